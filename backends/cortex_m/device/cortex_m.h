/* SPDX-License-Identifier: Apache-2.0 */
/*
 * int8 kernels under stock's names (`cortex_m::`) and argument orders; the plain C
 * here defines their bits (profile cortex_m of docs/numerics.md). Images lie in
 * NHWC under logical NCHW sizes; a tensor with one channel or one pixel counts as
 * NHWC whatever its dim_order says.
 */
#ifndef SC_CORTEX_M_DEVICE_H
#define SC_CORTEX_M_DEVICE_H

#include "runtime/call.h"

ScStatus sc_cortex_m_dequantize_per_tensor_out_f(ScCall *c);
ScStatus sc_cortex_m_maximum_out_i(ScCall *c);
ScStatus sc_cortex_m_minimum_out_i(ScCall *c);
ScStatus sc_cortex_m_pad_out_i(ScCall *c);
ScStatus sc_cortex_m_quantize_per_tensor_out_f(ScCall *c);
ScStatus sc_cortex_m_quantized_activation_out_i(ScCall *c);
ScStatus sc_cortex_m_quantized_add_out_i(ScCall *c);
ScStatus sc_cortex_m_quantized_avg_pool2d_out_i(ScCall *c);
ScStatus sc_cortex_m_quantized_avg_pool2d_nhwc_out_i(ScCall *c);
ScStatus sc_cortex_m_quantized_batch_matmul_out_i(ScCall *c);
ScStatus sc_cortex_m_quantized_conv2d_out_i(ScCall *c);
ScStatus sc_cortex_m_quantized_conv2d_nhwc_out_i(ScCall *c);
ScStatus sc_cortex_m_quantized_depthwise_conv2d_out_i(ScCall *c);
ScStatus sc_cortex_m_quantized_depthwise_conv2d_nhwc_out_i(ScCall *c);
ScStatus sc_cortex_m_quantized_div_out_i(ScCall *c);
ScStatus sc_cortex_m_quantized_linear_out_i(ScCall *c);
ScStatus sc_cortex_m_quantized_max_pool2d_out_i(ScCall *c);
ScStatus sc_cortex_m_quantized_max_pool2d_nhwc_out_i(ScCall *c);
ScStatus sc_cortex_m_quantized_mul_out_i(ScCall *c);
ScStatus sc_cortex_m_quantized_transpose_conv2d_out_i(ScCall *c);
ScStatus sc_cortex_m_quantized_transpose_conv2d_nhwc_out_i(ScCall *c);
ScStatus sc_cortex_m_softmax_out_i(ScCall *c);
ScStatus sc_cortex_m_transpose_out_i(ScCall *c);

/* Ours: not in stock's vocabulary. */
ScStatus sc_sconce_avg_pool_s8_out_i(ScCall *c);
ScStatus sc_sconce_linear_s8_out_i(ScCall *c);

/* Ours, packed for DSP instructions. */
ScStatus sc_sconce_add_s8_dsp_out_i(ScCall *c);
ScStatus sc_sconce_conv2d_s8_dsp_out_i(ScCall *c);
ScStatus sc_sconce_depthwise3x3_s8_dsp_out_i(ScCall *c);
ScStatus sc_sconce_linear_s8_dsp_out_i(ScCall *c);

/* Ours, packed for Helium (gemm_mve.h). */
ScStatus sc_sconce_add_s8_mve_out_i(ScCall *c);
ScStatus sc_sconce_conv2d_s8_mve_out_i(ScCall *c);
ScStatus sc_sconce_depthwise3x3_s8_mve_out_i(ScCall *c);
ScStatus sc_sconce_linear_s8_mve_out_i(ScCall *c);

#endif
