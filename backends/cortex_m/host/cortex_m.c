/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The Cortex-M engine: int8 operators with the arithmetic of profile cortex_m
 * (docs/numerics.md), under stock names and signatures. What stays float is
 * left to the portable engine, which runs on the same core.
 */
#include "backends/cortex_m/host/cortex_m.h"
#include "backends/cortex_m/host/fast_dsp.h"

#define LAYER \
    { .rule = SC_QUANT_FREE, .weights = true, .per_channel = true, .channels_last = true }
#define ROWS \
    { .rule = SC_QUANT_FREE, .weights = true, .per_channel = true }
#define LINEAR \
    { .rule = SC_QUANT_FREE, .weights = true, .per_channel = false }
#define IMAGE_SAME \
    { .rule = SC_QUANT_SAME, .channels_last = true }
#define FREE \
    { .rule = SC_QUANT_FREE, .channels_last = true }

#define ROW(op_, kernel_, match_, lower_, in_place_, ...)                  \
    {                                                                      \
        .op = op_, .kernel = kernel_, .match = sc_cortex_m_match_##match_, \
        .cost = sc_cortex_m_cost, .lower = sc_cortex_m_lower_##lower_,     \
        .in_place = in_place_, .quant = __VA_ARGS__                        \
    }
/* In front of stock's rows: at equal cost the first one wins. */
#define OURS(op_, kernel_, match_, lower_, ...)                                          \
    {                                                                                    \
        .op = op_, .kernel = kernel_, .ours = true, .match = sc_cortex_m_match_##match_, \
        .cost = sc_cortex_m_cost, .lower = sc_cortex_m_lower_##lower_, .in_place = -1,   \
        .quant = __VA_ARGS__                                                             \
    }
/* Packed for Helium. */
#define MVE(op_, kernel_, what_, in_place_, ...)                              \
    {                                                                         \
        .op = op_, .kernel = kernel_, .ours = true, .isa = "mve",             \
        .match = sc_cortex_m_match_mve_##what_, .cost = sc_cortex_m_cost_mve, \
        .lower = sc_cortex_m_lower_mve_##what_, .in_place = in_place_,        \
        .quant = __VA_ARGS__                                                  \
    }
/* For cores with DSP instructions. */
#define DSP(op_, kernel_, what_, in_place_, ...)                                           \
    {                                                                                      \
        .op = op_, .kernel = kernel_, .ours = true, .isa = "dsp",                          \
        .match = sc_dsp_match_##what_, .cost = sc_dsp_cost, .lower = sc_dsp_lower_##what_, \
        .in_place = in_place_, .quant = __VA_ARGS__                                        \
    }
/* A number among the operands is part of the function. */
#define NUMBER(op_)                                                   \
    ROW(op_, "cortex_m::quantized_activation.out", number, table, -1, \
        {.rule = SC_QUANT_FREE, .channels_last = true, .scalars = true})
#define TABLE(op_) ROW(op_, "cortex_m::quantized_activation.out", table, table, 0, FREE)

// clang-format off
static const ScPattern patterns[] = {
    DSP("aten.convolution.default", "sconce::conv2d_s8.dsp_out", conv, -1, LAYER),
    DSP("aten.convolution.default", "sconce::depthwise3x3_s8.dsp_out", depthwise, -1, LAYER),
    DSP("aten.linear.default", "sconce::linear_s8.dsp_out", linear, -1, LAYER),
    DSP("aten.addmm.default", "sconce::linear_s8.dsp_out", linear, -1, LAYER),
    DSP("aten.add.Tensor", "sconce::add_s8.dsp_out", add, 0, FREE),
    MVE("aten.convolution.default", "sconce::conv2d_s8.mve_out", conv, -1, LAYER),
    MVE("aten.convolution.default", "sconce::depthwise3x3_s8.mve_out", depthwise, -1, LAYER),
    MVE("aten.linear.default", "sconce::linear_s8.mve_out", linear, -1, LAYER),
    MVE("aten.addmm.default", "sconce::linear_s8.mve_out", linear, -1, LAYER),
    MVE("aten.add.Tensor", "sconce::add_s8.mve_out", add, 0, FREE),
    OURS("aten.linear.default", "sconce::linear_s8.out", linear, linear_ours, LAYER),
    OURS("aten.addmm.default", "sconce::linear_s8.out", linear, linear_ours, LAYER),
    OURS("aten.avg_pool2d.default", "sconce::avg_pool_s8.out", pool_ours, pool_ours, FREE),
    OURS("aten.mean.dim", "sconce::avg_pool_s8.out", mean, mean_ours, FREE),
    ROW("aten.convolution.default", "cortex_m::quantized_depthwise_conv2d.out", depthwise,
        conv, -1, LAYER),
    ROW("aten.convolution.default", "cortex_m::quantized_conv2d.out", conv, conv, -1, LAYER),
    ROW("aten.convolution.default", "cortex_m::quantized_depthwise_conv2d.out", conv1d,
        conv1d, -1, ROWS),
    ROW("aten.convolution.default", "cortex_m::quantized_conv2d.out", conv1d, conv1d, -1,
        ROWS),
    ROW("aten.convolution.default", "cortex_m::quantized_transpose_conv2d.out", transposed,
        transposed, -1, LAYER),
    ROW("aten.linear.default", "cortex_m::quantized_linear.out", linear, linear, -1, LINEAR),
    ROW("aten.addmm.default", "cortex_m::quantized_linear.out", linear, linear, -1, LINEAR),
    ROW("aten.add.Tensor", "cortex_m::quantized_add.out", binary, add, 0, FREE),
    ROW("aten.add.Tensor", "cortex_m::quantized_add.out", broadcast, add, -1, FREE),
    ROW("aten.sub.Tensor", "cortex_m::quantized_add.out", binary, add, 0, FREE),
    ROW("aten.mul.Tensor", "cortex_m::quantized_mul.out", binary, mul, 0, FREE),
    ROW("aten.mul.Tensor", "cortex_m::quantized_mul.out", broadcast, mul, -1, FREE),
    ROW("aten.div.Tensor", "cortex_m::quantized_div.out", binary, div, 0, FREE),
    ROW("aten.minimum.default", "cortex_m::minimum.out", binary, select, 0, IMAGE_SAME),
    ROW("aten.maximum.default", "cortex_m::maximum.out", binary, select, 0, IMAGE_SAME),
    ROW("aten.bmm.default", "cortex_m::quantized_batch_matmul.out", matmul, matmul, -1,
        FREE),
    ROW("aten.permute.default", "cortex_m::quantized_batch_matmul.out", matmul_turned,
        matmul, -1, FREE),
    ROW("aten.avg_pool2d.default", "cortex_m::quantized_avg_pool2d.out", pool, pool, -1,
        IMAGE_SAME),
    ROW("aten.mean.dim", "cortex_m::quantized_avg_pool2d.out", mean, mean, -1, IMAGE_SAME),
    ROW("aten.max_pool2d_with_indices.default", "cortex_m::quantized_max_pool2d.out", pool,
        max_pool, -1, IMAGE_SAME),
    ROW("aten._softmax.default", "cortex_m::softmax.out", softmax, softmax, -1,
        {.rule = SC_QUANT_FIXED, .scale = 1.0 / 256.0, .zero_point = -128}),
    ROW("aten.constant_pad_nd.default", "cortex_m::pad.out", pad, pad, -1, IMAGE_SAME),
    TABLE("aten.relu.default"),
    TABLE("aten.hardtanh.default"),
    TABLE("aten.clamp.default"),
    TABLE("aten.sigmoid.default"),
    TABLE("aten.tanh.default"),
    TABLE("aten.silu.default"),
    TABLE("aten.gelu.default"),
    TABLE("aten.hardswish.default"),
    TABLE("aten.hardsigmoid.default"),
    TABLE("aten.leaky_relu.default"),
    TABLE("aten.elu.default"),
    TABLE("aten.abs.default"),
    TABLE("aten.cos.default"),
    TABLE("aten.erf.default"),
    TABLE("aten.exp.default"),
    TABLE("aten.expm1.default"),
    TABLE("aten.log.default"),
    TABLE("aten.log10.default"),
    TABLE("aten.log1p.default"),
    TABLE("aten.log2.default"),
    TABLE("aten.log_sigmoid.default"),
    TABLE("aten.mish.default"),
    TABLE("aten.neg.default"),
    TABLE("aten.reciprocal.default"),
    TABLE("aten.rsqrt.default"),
    TABLE("aten.sin.default"),
    TABLE("aten.sqrt.default"),
    TABLE("aten.square.default"),
    NUMBER("aten.add.Scalar"),
    NUMBER("aten.add.Tensor"),
    NUMBER("aten.div.Scalar"),
    NUMBER("aten.div.Tensor"),
    NUMBER("aten.maximum.default"),
    NUMBER("aten.minimum.default"),
    NUMBER("aten.mul.Scalar"),
    NUMBER("aten.mul.Tensor"),
    NUMBER("aten.pow.Tensor_Scalar"),
    NUMBER("aten.prelu.default"),
    NUMBER("aten.rsub.Scalar"),
    NUMBER("aten.sub.Scalar"),
    NUMBER("aten.sub.Tensor"),
    ROW("quantized_decomposed.quantize_per_tensor.default",
        "cortex_m::quantize_per_tensor.out", convert, convert, -1,
        {.rule = SC_QUANT_CONVERT}),
    ROW("quantized_decomposed.dequantize_per_tensor.default",
        "cortex_m::dequantize_per_tensor.out", convert, convert, -1,
        {.rule = SC_QUANT_CONVERT}),
};
// clang-format on

const ScBackend sc_backend_cortex_m = {
    .name = "cortex_m",
    .doc = "int8 kernels for Cortex-M cores, bit for bit those of stock",
    .patterns = patterns,
    .n_patterns = sizeof patterns / sizeof patterns[0],
    .kernels = &sc_cortex_m_kernels,
};
