/* SPDX-License-Identifier: Apache-2.0 */
/* Every kernel of the Cortex-M engine, sorted by (name, class). */
#include "backends/cortex_m/device/cortex_m.h"
#include "backends/cortex_m/host/cortex_m.h"

static const ScKernel rows[] = {
    {"cortex_m::dequantize_per_tensor.out", "TfiiiiO",
     sc_cortex_m_dequantize_per_tensor_out_f, 'f'},
    {"cortex_m::maximum.out", "TTO", sc_cortex_m_maximum_out_i, 'i'},
    {"cortex_m::minimum.out", "TTO", sc_cortex_m_minimum_out_i, 'i'},
    {"cortex_m::pad.out", "TIIiO", sc_cortex_m_pad_out_i, 'i'},
    {"cortex_m::quantize_per_tensor.out", "TfiiiiO", sc_cortex_m_quantize_per_tensor_out_f,
     'f'},
    {"cortex_m::quantized_activation.out", "TTO", sc_cortex_m_quantized_activation_out_i,
     'i'},
    {"cortex_m::quantized_add.out", "TiiiTiiiiiiiiO", sc_cortex_m_quantized_add_out_i, 'i'},
    {"cortex_m::quantized_avg_pool2d.out", "TIIIbiiiTO",
     sc_cortex_m_quantized_avg_pool2d_out_i, 'i'},
    {"cortex_m::quantized_conv2d.out", "TTT?IIIiiTTiiTO",
     sc_cortex_m_quantized_conv2d_out_i, 'i'},
    {"cortex_m::quantized_depthwise_conv2d.out", "TTT?IIIiiiTTiiTO",
     sc_cortex_m_quantized_depthwise_conv2d_out_i, 'i'},
    {"cortex_m::quantized_linear.out", "TTT?T?iiiIIiiO", sc_cortex_m_quantized_linear_out_i,
     'i'},
    {"cortex_m::quantized_max_pool2d.out", "TIIIIbiiiiO",
     sc_cortex_m_quantized_max_pool2d_out_i, 'i'},
    {"cortex_m::quantized_mul.out", "TiTiiiiO", sc_cortex_m_quantized_mul_out_i, 'i'},
    {"cortex_m::softmax.out", "TiiiiiiO", sc_cortex_m_softmax_out_i, 'i'},
    {"cortex_m::transpose.out", "TIO", sc_cortex_m_transpose_out_i, 'i'},
    {"sconce::add_s8.dsp_out", "TTiiiiiiO", sc_sconce_add_s8_dsp_out_i, 'i'},
    {"sconce::add_s8.mve_out", "TTiiiiO", sc_sconce_add_s8_mve_out_i, 'i'},
    {"sconce::avg_pool_s8.out", "TIIiiiiO", sc_sconce_avg_pool_s8_out_i, 'i'},
    {"sconce::conv2d_s8.dsp_out", "TTIIIIiiiiiTO", sc_sconce_conv2d_s8_dsp_out_i, 'i'},
    {"sconce::conv2d_s8.mve_out", "TTIIIiiiiiTO", sc_sconce_conv2d_s8_mve_out_i, 'i'},
    {"sconce::depthwise3x3_s8.dsp_out", "TTIIiiiiiTO", sc_sconce_depthwise3x3_s8_dsp_out_i,
     'i'},
    {"sconce::depthwise3x3_s8.mve_out", "TTIIIiiiTO", sc_sconce_depthwise3x3_s8_mve_out_i,
     'i'},
    {"sconce::linear_s8.dsp_out", "TTiiiiTO", sc_sconce_linear_s8_dsp_out_i, 'i'},
    {"sconce::linear_s8.mve_out", "TTiiiiiTO", sc_sconce_linear_s8_mve_out_i, 'i'},
    {"sconce::linear_s8.out", "TTTTTiiiO", sc_sconce_linear_s8_out_i, 'i'},
};

const ScKernelTable sc_cortex_m_kernels = {rows, sizeof rows / sizeof rows[0]};
