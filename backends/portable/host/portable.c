/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The portable engine: plain C kernels under stock ExecuTorch's names and
 * signatures. The reference of every other engine, and what runs the rest of a
 * graph. One row an operator; what is not here decomposes or is unsupported.
 */
#include "backends/portable/host/portable.h"

static ScStatus lower_same(const ScPattern *self, ScLower *lower, const ScMatch *match) {
    return sc_lower_same_args(lower, match->nodes[0], self->kernel, self->in_place);
}

/* dim_order_ops: (self, non_blocking, dim_order, out); the dim_order is that of
 * the result, spelled out. */
static ScStatus lower_dim_order(const ScPattern *self, ScLower *lower,
                                const ScMatch *match) {
    const ScNode *node = match->nodes[0];
    ScProgram *program = lower->program;
    int64_t order[SC_MAX_RANK];
    ScPid args[4];
    SC_TRY(sc_lower_result(lower, node, 0, &args[3]));
    const ScPTensor *out = program->values[args[3]].as.tensor;
    uint32_t rank = out->rank;
    for (uint32_t d = 0; d < rank; d++) {
        order[d] = out->dim_order[d];
    }
    args[0] = sc_lower_value(lower, sc_node_value(node, 0));
    args[1] = sc_program_bool(program, false);
    args[2] = sc_program_ints(program, order, rank);
    sc_program_call(program, self->kernel, args, 4, 1, self->in_place,
                    sc_node_where(program->arena, node));
    return SC_OK;
}

// clang-format off
/* The columns of the table: the others are the same in every row. */
#define ROW(op_, kernel_, match_, in_place_)                                    \
    { .op = op_, .kernel = kernel_, .match = sc_portable_match_##match_,       \
      .cost = sc_portable_cost, .lower = lower_same, .in_place = in_place_ }
/* Moves bytes of any dtype and layout. */
#define MOVE_ROW(op_, kernel_)                                                 \
    { .op = op_, .kernel = kernel_, .match = sc_portable_match_plain,          \
      .cost = sc_portable_cost, .lower = lower_same, .in_place = -1,           \
      .quant = {.rule = SC_QUANT_MOVE} }
#define DIM_ORDER_ROW(op_, kernel_)                                            \
    { .op = op_, .kernel = kernel_, .match = sc_portable_match_plain,          \
      .cost = sc_portable_cost, .lower = lower_dim_order, .in_place = -1 }
#define CLAMPED_ROW(op_, kernel_)                                              \
    { .op = op_, .kernel = kernel_, .ours = true,                              \
      .match = sc_portable_match_clamped, .cost = sc_portable_cost,            \
      .lower = sc_portable_lower_clamped, .in_place = -1 }
#define CONVERT_ROW(op_, kernel_)                                              \
    { .op = op_, .kernel = kernel_, .match = sc_portable_match_qdq,            \
      .cost = sc_portable_cost, .lower = lower_same, .in_place = -1,           \
      .quant = {.rule = SC_QUANT_CONVERT} }

/* op, kernel, match, argument that the output may overwrite */
static const ScPattern patterns[] = {
    ROW("aten._adaptive_avg_pool2d.default",
        "aten::_adaptive_avg_pool2d.out", plain, -1),
    ROW("aten._cdist_forward.default", "aten::_cdist_forward.out", plain, -1),
    ROW("aten._log_softmax.default", "aten::_log_softmax.out", plain, 0),
    ROW("aten._native_batch_norm_legit_no_training.default",
        "aten::_native_batch_norm_legit_no_training.out", plain, 0),
    ROW("aten._pdist_forward.default", "aten::_pdist_forward.out", plain, -1),
    ROW("aten._softmax.default", "aten::_softmax.out", plain, 0),
    DIM_ORDER_ROW("aten._to_copy.default",
                  "dim_order_ops::_to_dim_order_copy.out"),
    ROW("aten._upsample_bilinear2d_aa.default",
        "aten::_upsample_bilinear2d_aa.out", plain, -1),
    ROW("aten.abs.default", "aten::abs.out", plain, 0),
    ROW("aten.acos.default", "aten::acos.out", plain, 0),
    ROW("aten.acosh.default", "aten::acosh.out", plain, 0),
    ROW("aten.add.Scalar", "aten::add.Scalar_out", plain, 0),
    ROW("aten.add.Tensor", "aten::add.out", plain, 0),
    ROW("aten.addmm.default", "aten::addmm.out", contiguous, -1),
    CLAMPED_ROW("aten.addmm.default", "sconce::addmm_clamp.out"),
    MOVE_ROW("aten.alias.default", "aten::alias_copy.out"),
    MOVE_ROW("aten.alias_copy.default", "aten::alias_copy.out"),
    ROW("aten.amax.default", "aten::amax.out", plain, -1),
    ROW("aten.amin.default", "aten::amin.out", plain, -1),
    ROW("aten.any.default", "aten::any.all_out", plain, -1),
    ROW("aten.any.dim", "aten::any.out", plain, -1),
    ROW("aten.any.dims", "aten::any.dims_out", plain, -1),
    ROW("aten.arange.start_step", "aten::arange.start_out", plain, -1),
    ROW("aten.argmax.default", "aten::argmax.out", contiguous, -1),
    ROW("aten.argmin.default", "aten::argmin.out", contiguous, -1),
    ROW("aten.asin.default", "aten::asin.out", plain, 0),
    ROW("aten.asinh.default", "aten::asinh.out", plain, 0),
    ROW("aten.atan.default", "aten::atan.out", plain, 0),
    ROW("aten.atan2.default", "aten::atan2.out", plain, 0),
    ROW("aten.atanh.default", "aten::atanh.out", plain, 0),
    ROW("aten.avg_pool2d.default", "aten::avg_pool2d.out", plain, -1),
    ROW("aten.bitwise_and.Scalar", "aten::bitwise_and.Scalar_out", plain, 0),
    ROW("aten.bitwise_and.Tensor", "aten::bitwise_and.Tensor_out", plain, 0),
    ROW("aten.bitwise_left_shift.Tensor", "aten::bitwise_left_shift.Tensor_out", plain, 0),
    ROW("aten.bitwise_left_shift.Tensor_Scalar",
        "aten::bitwise_left_shift.Tensor_Scalar_out", plain, 0),
    ROW("aten.bitwise_not.default", "aten::bitwise_not.out", plain, 0),
    ROW("aten.bitwise_or.Scalar", "aten::bitwise_or.Scalar_out", plain, 0),
    ROW("aten.bitwise_or.Tensor", "aten::bitwise_or.Tensor_out", plain, 0),
    ROW("aten.bitwise_right_shift.Tensor",
        "aten::bitwise_right_shift.Tensor_out", plain, 0),
    ROW("aten.bitwise_right_shift.Tensor_Scalar",
        "aten::bitwise_right_shift.Tensor_Scalar_out", plain, 0),
    ROW("aten.bitwise_xor.Scalar", "aten::bitwise_xor.Scalar_out", plain, 0),
    ROW("aten.bitwise_xor.Tensor", "aten::bitwise_xor.Tensor_out", plain, 0),
    ROW("aten.bmm.default", "aten::bmm.out", contiguous, -1),
    MOVE_ROW("aten.cat.default", "aten::cat.out"),
    ROW("aten.ceil.default", "aten::ceil.out", plain, 0),
    ROW("aten.clamp.Tensor", "aten::clamp.Tensor_out", plain, 0),
    ROW("aten.clamp.default", "aten::clamp.out", plain, 0),
    DIM_ORDER_ROW("aten.clone.default",
                  "dim_order_ops::_clone_dim_order.out"),
    ROW("aten.constant_pad_nd.default", "aten::constant_pad_nd.out", plain, -1),
    ROW("aten.convolution.default", "aten::convolution.out", conv, -1),
    CLAMPED_ROW("aten.convolution.default", "sconce::convolution_clamp.out"),
    ROW("aten.cos.default", "aten::cos.out", plain, 0),
    ROW("aten.cosh.default", "aten::cosh.out", plain, 0),
    ROW("aten.cumsum.default", "aten::cumsum.out", plain, 0),
    MOVE_ROW("aten.detach.default", "aten::detach_copy.out"),
    MOVE_ROW("aten.detach_copy.default", "aten::detach_copy.out"),
    MOVE_ROW("aten.diagonal.default", "aten::diagonal_copy.out"),
    MOVE_ROW("aten.diagonal_copy.default", "aten::diagonal_copy.out"),
    ROW("aten.div.Scalar", "aten::div.Scalar_out", plain, 0),
    ROW("aten.div.Scalar_mode", "aten::div.Scalar_mode_out", plain, 0),
    ROW("aten.div.Tensor", "aten::div.out", plain, 0),
    ROW("aten.div.Tensor_mode", "aten::div.out_mode", plain, 0),
    ROW("aten.elu.default", "aten::elu.out", plain, 0),
    ROW("aten.embedding.default", "aten::embedding.out", contiguous, -1),
    ROW("aten.eq.Scalar", "aten::eq.Scalar_out", plain, 0),
    ROW("aten.eq.Tensor", "aten::eq.Tensor_out", plain, 0),
    ROW("aten.erf.default", "aten::erf.out", plain, 0),
    ROW("aten.exp.default", "aten::exp.out", plain, 0),
    MOVE_ROW("aten.expand.default", "aten::expand_copy.out"),
    ROW("aten.expm1.default", "aten::expm1.out", plain, 0),
    MOVE_ROW("aten.flip.default", "aten::flip.out"),
    ROW("aten.floor.default", "aten::floor.out", plain, 0),
    ROW("aten.floor_divide.default", "aten::floor_divide.out", plain, 0),
    ROW("aten.fmod.Scalar", "aten::fmod.Scalar_out", plain, 0),
    ROW("aten.fmod.Tensor", "aten::fmod.Tensor_out", plain, 0),
    ROW("aten.full.default", "aten::full.out", plain, -1),
    ROW("aten.gather.default", "aten::gather.out", plain, -1),
    ROW("aten.ge.Scalar", "aten::ge.Scalar_out", plain, 0),
    ROW("aten.ge.Tensor", "aten::ge.Tensor_out", plain, 0),
    ROW("aten.gelu.default", "aten::gelu.out", plain, 0),
    ROW("aten.glu.default", "aten::glu.out", contiguous, -1),
    ROW("aten.grid_sampler_2d.default", "aten::grid_sampler_2d.out", plain, -1),
    ROW("aten.gt.Scalar", "aten::gt.Scalar_out", plain, 0),
    ROW("aten.gt.Tensor", "aten::gt.Tensor_out", plain, 0),
    ROW("aten.hardtanh.default", "aten::hardtanh.out", plain, 0),
    ROW("aten.index.Tensor", "aten::index.Tensor_out", contiguous, -1),
    ROW("aten.index_put.default", "aten::index_put.out", contiguous, 0),
    ROW("aten.index_select.default", "aten::index_select.out", plain, -1),
    ROW("aten.isinf.default", "aten::isinf.out", plain, 0),
    ROW("aten.isnan.default", "aten::isnan.out", plain, 0),
    ROW("aten.le.Scalar", "aten::le.Scalar_out", plain, 0),
    ROW("aten.le.Tensor", "aten::le.Tensor_out", plain, 0),
    ROW("aten.leaky_relu.default", "aten::leaky_relu.out", plain, 0),
    MOVE_ROW("aten.lift_fresh.default", "aten::lift_fresh_copy.out"),
    MOVE_ROW("aten.lift_fresh_copy.default", "aten::lift_fresh_copy.out"),
    ROW("aten.log.default", "aten::log.out", plain, 0),
    ROW("aten.log10.default", "aten::log10.out", plain, 0),
    ROW("aten.log1p.default", "aten::log1p.out", plain, 0),
    ROW("aten.log2.default", "aten::log2.out", plain, 0),
    ROW("aten.logical_and.default", "aten::logical_and.out", plain, 0),
    ROW("aten.logical_not.default", "aten::logical_not.out", plain, 0),
    ROW("aten.logical_or.default", "aten::logical_or.out", plain, 0),
    ROW("aten.logical_xor.default", "aten::logical_xor.out", plain, 0),
    ROW("aten.logit.default", "aten::logit.out", plain, 0),
    ROW("aten.lt.Scalar", "aten::lt.Scalar_out", plain, 0),
    ROW("aten.lt.Tensor", "aten::lt.Tensor_out", plain, 0),
    ROW("aten.masked_fill.Scalar", "aten::masked_fill.Scalar_out", plain, 0),
    ROW("aten.masked_scatter.default", "aten::masked_scatter.out", plain, -1),
    ROW("aten.max.default", "aten::max.unary_out", plain, -1),
    ROW("aten.max.dim", "aten::max.dim_max", plain, -1),
    ROW("aten.max_pool2d_with_indices.default",
        "aten::max_pool2d_with_indices.out", plain, -1),
    ROW("aten.maximum.default", "aten::maximum.out", plain, 0),
    ROW("aten.mean.dim", "aten::mean.out", plain, -1),
    ROW("aten.min.default", "aten::min.unary_out", plain, -1),
    ROW("aten.min.dim", "aten::min.dim_min", plain, -1),
    ROW("aten.minimum.default", "aten::minimum.out", plain, 0),
    ROW("aten.mm.default", "aten::mm.out", contiguous, -1),
    ROW("aten.mul.Scalar", "aten::mul.Scalar_out", plain, 0),
    ROW("aten.mul.Tensor", "aten::mul.out", plain, 0),
    ROW("aten.native_group_norm.default", "aten::native_group_norm.out", contiguous, 0),
    ROW("aten.native_layer_norm.default", "aten::native_layer_norm.out", contiguous, 0),
    ROW("aten.ne.Scalar", "aten::ne.Scalar_out", plain, 0),
    ROW("aten.ne.Tensor", "aten::ne.Tensor_out", plain, 0),
    ROW("aten.neg.default", "aten::neg.out", plain, 0),
    MOVE_ROW("aten.permute.default", "aten::permute_copy.out"),
    MOVE_ROW("aten.pixel_shuffle.default", "aten::pixel_shuffle.out"),
    MOVE_ROW("aten.pixel_unshuffle.default", "aten::pixel_unshuffle.out"),
    ROW("aten.pow.Scalar", "aten::pow.Scalar_out", plain, 1),
    ROW("aten.pow.Tensor_Scalar", "aten::pow.Tensor_Scalar_out", plain, 0),
    ROW("aten.pow.Tensor_Tensor", "aten::pow.Tensor_Tensor_out", plain, 0),
    ROW("aten.prod.default", "aten::prod.out", plain, -1),
    ROW("aten.prod.dim_int", "aten::prod.int_out", plain, -1),
    ROW("aten.reciprocal.default", "aten::reciprocal.out", plain, 0),
    MOVE_ROW("aten.reflection_pad1d.default", "aten::reflection_pad1d.out"),
    MOVE_ROW("aten.reflection_pad2d.default", "aten::reflection_pad2d.out"),
    MOVE_ROW("aten.reflection_pad3d.default", "aten::reflection_pad3d.out"),
    ROW("aten.relu.default", "aten::relu.out", plain, 0),
    ROW("aten.remainder.Scalar", "aten::remainder.Scalar_out", plain, 0),
    ROW("aten.remainder.Tensor", "aten::remainder.Tensor_out", plain, 0),
    MOVE_ROW("aten.repeat.default", "aten::repeat.out"),
    MOVE_ROW("aten.replication_pad1d.default", "aten::replication_pad1d.out"),
    MOVE_ROW("aten.replication_pad2d.default", "aten::replication_pad2d.out"),
    MOVE_ROW("aten.replication_pad3d.default", "aten::replication_pad3d.out"),
    ROW("aten.roll.default", "aten::roll.out", contiguous, -1),
    ROW("aten.round.default", "aten::round.out", plain, 0),
    ROW("aten.rsqrt.default", "aten::rsqrt.out", plain, 0),
    ROW("aten.rsub.Scalar", "aten::rsub.Scalar_out", plain, 0),
    ROW("aten.scatter.src", "aten::scatter.src_out", plain, -1),
    ROW("aten.scatter.value", "aten::scatter.value_out", plain, -1),
    ROW("aten.scatter_add.default", "aten::scatter_add.out", plain, -1),
    MOVE_ROW("aten.select.int", "aten::select_copy.int_out"),
    ROW("aten.select_scatter.default", "aten::select_scatter.out", plain, 0),
    ROW("aten.sigmoid.default", "aten::sigmoid.out", plain, 0),
    ROW("aten.sign.default", "aten::sign.out", plain, 0),
    ROW("aten.sin.default", "aten::sin.out", plain, 0),
    ROW("aten.sinh.default", "aten::sinh.out", plain, 0),
    MOVE_ROW("aten.slice.Tensor", "aten::slice_copy.Tensor_out"),
    ROW("aten.slice_scatter.default", "aten::slice_scatter.out", plain, 0),
    ROW("aten.sqrt.default", "aten::sqrt.out", plain, 0),
    ROW("aten.sub.Scalar", "aten::sub.Scalar_out", plain, 0),
    ROW("aten.sub.Tensor", "aten::sub.out", plain, 0),
    ROW("aten.sum.dim_IntList", "aten::sum.IntList_out", plain, -1),
    ROW("aten.tan.default", "aten::tan.out", plain, 0),
    ROW("aten.tanh.default", "aten::tanh.out", plain, 0),
    ROW("aten.topk.default", "aten::topk.values", plain, -1),
    ROW("aten.tril.default", "aten::tril.out", contiguous, 0),
    ROW("aten.trunc.default", "aten::trunc.out", plain, 0),
    MOVE_ROW("aten.unfold.default", "aten::unfold_copy.out"),
    MOVE_ROW("aten.unfold_copy.default", "aten::unfold_copy.out"),
    ROW("aten.upsample_bilinear2d.vec", "aten::upsample_bilinear2d.vec_out", plain, -1),
    ROW("aten.upsample_nearest2d.vec", "aten::upsample_nearest2d.vec_out", plain, -1),
    ROW("aten.var.correction", "aten::var.correction_out", plain, -1),
    ROW("aten.var_mean.correction", "aten::var_mean.correction_out", plain, -1),
    ROW("aten.view.default", "aten::view_copy.out", contiguous, -1),
    ROW("aten.where.self", "aten::where.self_out", plain, 1),
    ROW("quantized_decomposed.choose_qparams.tensor",
        "quantized_decomposed::choose_qparams.Tensor_out", plain, -1),
    ROW("quantized_decomposed.choose_qparams_per_token_asymmetric.default",
        "quantized_decomposed::choose_qparams_per_token_asymmetric.out", contiguous, -1),
    CONVERT_ROW("quantized_decomposed.dequantize_per_channel.default",
                "quantized_decomposed::dequantize_per_channel.out"),
    CONVERT_ROW("quantized_decomposed.dequantize_per_tensor.default",
                "quantized_decomposed::dequantize_per_tensor.out"),
    ROW("quantized_decomposed.dequantize_per_tensor.tensor",
        "quantized_decomposed::dequantize_per_tensor.Tensor_out", plain, -1),
    ROW("quantized_decomposed.dequantize_per_token.default",
        "quantized_decomposed::dequantize_per_token.out", contiguous, -1),
    CONVERT_ROW("quantized_decomposed.quantize_per_channel.default",
                "quantized_decomposed::quantize_per_channel.out"),
    CONVERT_ROW("quantized_decomposed.quantize_per_tensor.default",
                "quantized_decomposed::quantize_per_tensor.out"),
    ROW("quantized_decomposed.quantize_per_tensor.tensor",
        "quantized_decomposed::quantize_per_tensor.Tensor_out", plain, -1),
    ROW("quantized_decomposed.quantize_per_token.default",
        "quantized_decomposed::quantize_per_token.out", contiguous, -1),
};
// clang-format on

static const ScFlowKernels loops = {
    .slice = "aten::select_copy.int_out",
    .stack = "executorch_prim::et_copy_index.tensor",
    .add = "executorch_prim::add.Scalar",
    .subtract = "executorch_prim::sub.Scalar",
    .equal = "executorch_prim::eq.Scalar",
};

const ScBackend sc_backend_portable = {
    .name = "portable",
    .doc = "plain C kernels in float32 and integers; runs everywhere",
    .patterns = patterns,
    .n_patterns = sizeof patterns / sizeof patterns[0],
    .is_reference = true,
    .copy_kernel = "aten::copy_",
    .flow = &loops,
    .kernels = &sc_portable_kernels,
};
