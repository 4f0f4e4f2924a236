/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The portable kernels, by file. Each is `ScStatus f(ScCall *)` for the stock
 * ExecuTorch operator of that name, arguments in schema order, outputs last.
 *
 * A symbol is "sc_", the operator's name with "::" and "." made "_", "_" and
 * the dtype class ('f' float32, 'i' integers and bool, 'd' float64; 'x' stands
 * for '*': moves any bytes): aten::add.out in float is sc_aten_add_out_f.
 * `sconce kernels` writes tables from this rule. host/kernels.c has them all.
 *
 * All check ranks, sizes and dtypes, whatever the file says: SC_E_SHAPE,
 * SC_E_RANGE for an index out of range, SC_E_UNSUPPORTED for a dtype or layout
 * that isn't done. None allocates, recurses or keeps state; an output may
 * overlap an input only where host/portable.c says in_place.
 */
#ifndef SC_PORTABLE_H
#define SC_PORTABLE_H

#include "runtime/call.h"

/* activation_f.c */
ScStatus sc_aten_clamp_out_f(ScCall *c);
ScStatus sc_aten_elu_out_f(ScCall *c);
ScStatus sc_aten_gelu_out_f(ScCall *c);
ScStatus sc_aten_glu_out_f(ScCall *c);
ScStatus sc_aten_hardtanh_out_f(ScCall *c);
ScStatus sc_aten_leaky_relu_out_f(ScCall *c);
ScStatus sc_aten_logit_out_f(ScCall *c);

/* advanced.c */
ScStatus sc_aten_index_Tensor_out_x(ScCall *c);
ScStatus sc_aten_index_put_out_f(ScCall *c);
ScStatus sc_aten_index_put_out_i(ScCall *c);

/* argmax.c */
ScStatus sc_aten_argmax_out_f(ScCall *c);
ScStatus sc_aten_argmax_out_i(ScCall *c);
ScStatus sc_aten_argmin_out_f(ScCall *c);
ScStatus sc_aten_argmin_out_i(ScCall *c);
ScStatus sc_aten_max_dim_max_f(ScCall *c);
ScStatus sc_aten_max_dim_max_i(ScCall *c);
ScStatus sc_aten_min_dim_min_f(ScCall *c);
ScStatus sc_aten_min_dim_min_i(ScCall *c);

/* arith_f.c */
ScStatus sc_aten_add_Scalar_out_f(ScCall *c);
ScStatus sc_aten_add_out_f(ScCall *c);
ScStatus sc_aten_clamp_Tensor_out_f(ScCall *c);
ScStatus sc_aten_div_Scalar_mode_out_f(ScCall *c);
ScStatus sc_aten_div_Scalar_out_f(ScCall *c);
ScStatus sc_aten_div_out_f(ScCall *c);
ScStatus sc_aten_div_out_mode_f(ScCall *c);
ScStatus sc_aten_floor_divide_out_f(ScCall *c);
ScStatus sc_aten_fmod_Scalar_out_f(ScCall *c);
ScStatus sc_aten_fmod_Tensor_out_f(ScCall *c);
ScStatus sc_aten_maximum_out_f(ScCall *c);
ScStatus sc_aten_minimum_out_f(ScCall *c);
ScStatus sc_aten_mul_Scalar_out_f(ScCall *c);
ScStatus sc_aten_mul_out_f(ScCall *c);
ScStatus sc_aten_remainder_Scalar_out_f(ScCall *c);
ScStatus sc_aten_remainder_Tensor_out_f(ScCall *c);
ScStatus sc_aten_rsub_Scalar_out_f(ScCall *c);
ScStatus sc_aten_sub_Scalar_out_f(ScCall *c);
ScStatus sc_aten_sub_out_f(ScCall *c);

/* arith_i.c */
ScStatus sc_aten_add_Scalar_out_i(ScCall *c);
ScStatus sc_aten_add_out_i(ScCall *c);
ScStatus sc_aten_div_Scalar_mode_out_i(ScCall *c);
ScStatus sc_aten_div_out_mode_i(ScCall *c);
ScStatus sc_aten_floor_divide_out_i(ScCall *c);
ScStatus sc_aten_fmod_Scalar_out_i(ScCall *c);
ScStatus sc_aten_fmod_Tensor_out_i(ScCall *c);
ScStatus sc_aten_maximum_out_i(ScCall *c);
ScStatus sc_aten_minimum_out_i(ScCall *c);
ScStatus sc_aten_mul_Scalar_out_i(ScCall *c);
ScStatus sc_aten_mul_out_i(ScCall *c);
ScStatus sc_aten_pow_Scalar_out_i(ScCall *c);
ScStatus sc_aten_pow_Tensor_Scalar_out_i(ScCall *c);
ScStatus sc_aten_pow_Tensor_Tensor_out_i(ScCall *c);
ScStatus sc_aten_remainder_Scalar_out_i(ScCall *c);
ScStatus sc_aten_remainder_Tensor_out_i(ScCall *c);
ScStatus sc_aten_rsub_Scalar_out_i(ScCall *c);
ScStatus sc_aten_sub_Scalar_out_i(ScCall *c);
ScStatus sc_aten_sub_out_i(ScCall *c);

/* clamp_i.c */
ScStatus sc_aten_clamp_out_i(ScCall *c);
ScStatus sc_aten_hardtanh_out_i(ScCall *c);

/* compare_f.c */
ScStatus sc_aten_eq_Scalar_out_f(ScCall *c);
ScStatus sc_aten_eq_Tensor_out_f(ScCall *c);
ScStatus sc_aten_ge_Scalar_out_f(ScCall *c);
ScStatus sc_aten_ge_Tensor_out_f(ScCall *c);
ScStatus sc_aten_gt_Scalar_out_f(ScCall *c);
ScStatus sc_aten_gt_Tensor_out_f(ScCall *c);
ScStatus sc_aten_le_Scalar_out_f(ScCall *c);
ScStatus sc_aten_le_Tensor_out_f(ScCall *c);
ScStatus sc_aten_lt_Scalar_out_f(ScCall *c);
ScStatus sc_aten_lt_Tensor_out_f(ScCall *c);
ScStatus sc_aten_ne_Scalar_out_f(ScCall *c);
ScStatus sc_aten_ne_Tensor_out_f(ScCall *c);

/* compare_i.c */
ScStatus sc_aten_eq_Scalar_out_i(ScCall *c);
ScStatus sc_aten_eq_Tensor_out_i(ScCall *c);
ScStatus sc_aten_ge_Scalar_out_i(ScCall *c);
ScStatus sc_aten_ge_Tensor_out_i(ScCall *c);
ScStatus sc_aten_gt_Scalar_out_i(ScCall *c);
ScStatus sc_aten_gt_Tensor_out_i(ScCall *c);
ScStatus sc_aten_le_Scalar_out_i(ScCall *c);
ScStatus sc_aten_le_Tensor_out_i(ScCall *c);
ScStatus sc_aten_lt_Scalar_out_i(ScCall *c);
ScStatus sc_aten_lt_Tensor_out_i(ScCall *c);
ScStatus sc_aten_ne_Scalar_out_i(ScCall *c);
ScStatus sc_aten_ne_Tensor_out_i(ScCall *c);

/* conv.c */
ScStatus sc_aten_convolution_out_f(ScCall *c);
ScStatus sc_sconce_convolution_clamp_out_f(ScCall *c);

/* convert.c */
ScStatus sc_aten__to_copy_out_f(ScCall *c);
ScStatus sc_aten__to_copy_out_i(ScCall *c);
ScStatus sc_aten_copy_out_f(ScCall *c);
ScStatus sc_aten_copy_out_i(ScCall *c);
ScStatus sc_aten_copy__f(ScCall *c);
ScStatus sc_aten_copy__i(ScCall *c);
ScStatus sc_dim_order_ops__to_dim_order_copy_out_f(ScCall *c);
ScStatus sc_dim_order_ops__to_dim_order_copy_out_i(ScCall *c);

/* copy.c */
ScStatus sc_aten_alias_copy_out_x(ScCall *c);
ScStatus sc_aten_clone_out_x(ScCall *c);
ScStatus sc_aten_detach_copy_out_x(ScCall *c);
ScStatus sc_aten_lift_fresh_copy_out_x(ScCall *c);
ScStatus sc_aten_squeeze_copy_dim_out_x(ScCall *c);
ScStatus sc_aten_squeeze_copy_dims_out_x(ScCall *c);
ScStatus sc_aten_unsqueeze_copy_out_x(ScCall *c);
ScStatus sc_aten_view_copy_out_x(ScCall *c);
ScStatus sc_dim_order_ops__clone_dim_order_out_x(ScCall *c);

/* fill.c */
ScStatus sc_aten_empty_out_x(ScCall *c);
ScStatus sc_aten_fill_Scalar_out_x(ScCall *c);
ScStatus sc_aten_full_out_x(ScCall *c);
ScStatus sc_aten_full_like_out_x(ScCall *c);
ScStatus sc_aten_ones_out_x(ScCall *c);
ScStatus sc_aten_scalar_tensor_out_x(ScCall *c);
ScStatus sc_aten_zeros_out_x(ScCall *c);

/* index.c */
ScStatus sc_aten_embedding_out_x(ScCall *c);
ScStatus sc_aten_gather_out_x(ScCall *c);
ScStatus sc_aten_index_select_out_x(ScCall *c);

/* logical_f.c */
ScStatus sc_aten_logical_and_out_f(ScCall *c);
ScStatus sc_aten_logical_or_out_f(ScCall *c);
ScStatus sc_aten_logical_xor_out_f(ScCall *c);

/* logical_i.c */
ScStatus sc_aten_bitwise_and_Scalar_out_i(ScCall *c);
ScStatus sc_aten_bitwise_and_Tensor_out_i(ScCall *c);
ScStatus sc_aten_bitwise_or_Scalar_out_i(ScCall *c);
ScStatus sc_aten_bitwise_or_Tensor_out_i(ScCall *c);
ScStatus sc_aten_bitwise_xor_Scalar_out_i(ScCall *c);
ScStatus sc_aten_bitwise_xor_Tensor_out_i(ScCall *c);
ScStatus sc_aten_logical_and_out_i(ScCall *c);
ScStatus sc_aten_logical_or_out_i(ScCall *c);
ScStatus sc_aten_logical_xor_out_i(ScCall *c);

/* matmul.c */
ScStatus sc_aten_addmm_out_f(ScCall *c);
ScStatus sc_sconce_addmm_clamp_out_f(ScCall *c);
ScStatus sc_aten_bmm_out_f(ScCall *c);
ScStatus sc_aten_bmm_out_i(ScCall *c);
ScStatus sc_aten_mm_out_f(ScCall *c);
ScStatus sc_aten_mm_out_i(ScCall *c);

/* norm.c */
ScStatus sc_aten__native_batch_norm_legit_no_training_out_f(ScCall *c);
ScStatus sc_aten_native_group_norm_out_f(ScCall *c);
ScStatus sc_aten_native_layer_norm_out_f(ScCall *c);

/* pad.c */
ScStatus sc_aten_reflection_pad1d_out_x(ScCall *c);
ScStatus sc_aten_reflection_pad2d_out_x(ScCall *c);
ScStatus sc_aten_replication_pad1d_out_x(ScCall *c);
ScStatus sc_aten_replication_pad2d_out_x(ScCall *c);
ScStatus sc_aten_roll_out_x(ScCall *c);
ScStatus sc_aten_upsample_nearest2d_vec_out_x(ScCall *c);

/* permute.c */
ScStatus sc_aten_expand_copy_out_x(ScCall *c);
ScStatus sc_aten_flip_out_x(ScCall *c);
ScStatus sc_aten_permute_copy_out_x(ScCall *c);
ScStatus sc_aten_repeat_out_x(ScCall *c);
ScStatus sc_aten_t_copy_out_x(ScCall *c);
ScStatus sc_aten_transpose_copy_int_out_x(ScCall *c);

/* pixel.c */
ScStatus sc_aten_pixel_shuffle_out_x(ScCall *c);
ScStatus sc_aten_pixel_unshuffle_out_x(ScCall *c);

/* pool.c */
ScStatus sc_aten__adaptive_avg_pool2d_out_f(ScCall *c);
ScStatus sc_aten_avg_pool2d_out_f(ScCall *c);
ScStatus sc_aten_max_pool2d_with_indices_out_f(ScCall *c);

/* pow_f.c */
ScStatus sc_aten_pow_Scalar_out_f(ScCall *c);
ScStatus sc_aten_pow_Tensor_Scalar_out_f(ScCall *c);
ScStatus sc_aten_pow_Tensor_Tensor_out_f(ScCall *c);

/* prim.c: numbers, see there for where results go */
ScStatus sc_aten_sym_size_int_x(ScCall *c);
ScStatus sc_executorch_prim_add_Scalar_x(ScCall *c);
ScStatus sc_executorch_prim_eq_Scalar_x(ScCall *c);
ScStatus sc_executorch_prim_et_copy_index_tensor_x(ScCall *c);
ScStatus sc_executorch_prim_sub_Scalar_x(ScCall *c);

/* quantize.c */
ScStatus sc_quantized_decomposed_dequantize_per_channel_out_d(ScCall *c);
ScStatus sc_quantized_decomposed_dequantize_per_channel_out_f(ScCall *c);
ScStatus sc_quantized_decomposed_dequantize_per_tensor_out_f(ScCall *c);
ScStatus sc_quantized_decomposed_quantize_per_channel_out_d(ScCall *c);
ScStatus sc_quantized_decomposed_quantize_per_channel_out_f(ScCall *c);
ScStatus sc_quantized_decomposed_quantize_per_tensor_out_f(ScCall *c);

/* reduce_f.c */
ScStatus sc_aten_amax_out_f(ScCall *c);
ScStatus sc_aten_amin_out_f(ScCall *c);
ScStatus sc_aten_any_all_out_f(ScCall *c);
ScStatus sc_aten_any_dims_out_f(ScCall *c);
ScStatus sc_aten_any_out_f(ScCall *c);
ScStatus sc_aten_mean_out_f(ScCall *c);
ScStatus sc_aten_sum_IntList_out_f(ScCall *c);
ScStatus sc_aten_max_unary_out_f(ScCall *c);
ScStatus sc_aten_min_unary_out_f(ScCall *c);
ScStatus sc_aten_prod_int_out_f(ScCall *c);
ScStatus sc_aten_prod_out_f(ScCall *c);

/* reduce_i.c */
ScStatus sc_aten_amax_out_i(ScCall *c);
ScStatus sc_aten_amin_out_i(ScCall *c);
ScStatus sc_aten_any_all_out_i(ScCall *c);
ScStatus sc_aten_any_dims_out_i(ScCall *c);
ScStatus sc_aten_any_out_i(ScCall *c);
ScStatus sc_aten_sum_IntList_out_i(ScCall *c);
ScStatus sc_aten_max_unary_out_i(ScCall *c);
ScStatus sc_aten_min_unary_out_i(ScCall *c);
ScStatus sc_aten_prod_int_out_i(ScCall *c);
ScStatus sc_aten_prod_out_i(ScCall *c);

/* scatter.c */
ScStatus sc_aten_scatter_src_out_x(ScCall *c);
ScStatus sc_aten_scatter_value_out_x(ScCall *c);
ScStatus sc_aten_scatter_add_out_f(ScCall *c);
ScStatus sc_aten_scatter_add_out_i(ScCall *c);

/* select.c */
ScStatus sc_aten_masked_fill_Scalar_out_x(ScCall *c);
ScStatus sc_aten_tril_out_x(ScCall *c);
ScStatus sc_aten_where_self_out_f(ScCall *c);
ScStatus sc_aten_where_self_out_i(ScCall *c);

/* sequence.c */
ScStatus sc_aten_arange_out_f(ScCall *c);
ScStatus sc_aten_arange_out_i(ScCall *c);
ScStatus sc_aten_arange_start_out_f(ScCall *c);
ScStatus sc_aten_arange_start_out_i(ScCall *c);
ScStatus sc_aten_cumsum_out_f(ScCall *c);
ScStatus sc_aten_cumsum_out_i(ScCall *c);

/* slice.c */
ScStatus sc_aten_cat_out_x(ScCall *c);
ScStatus sc_aten_constant_pad_nd_out_x(ScCall *c);
ScStatus sc_aten_select_copy_int_out_x(ScCall *c);
ScStatus sc_aten_select_scatter_out_x(ScCall *c);
ScStatus sc_aten_slice_copy_Tensor_out_x(ScCall *c);
ScStatus sc_aten_slice_scatter_out_x(ScCall *c);
ScStatus sc_aten_split_copy_Tensor_out_x(ScCall *c);
ScStatus sc_aten_split_with_sizes_copy_out_x(ScCall *c);
ScStatus sc_aten_stack_out_x(ScCall *c);
ScStatus sc_aten_unbind_copy_int_out_x(ScCall *c);

/* softmax.c */
ScStatus sc_aten__log_softmax_out_f(ScCall *c);
ScStatus sc_aten__softmax_out_f(ScCall *c);

/* topk.c */
ScStatus sc_aten_topk_values_f(ScCall *c);
ScStatus sc_aten_topk_values_i(ScCall *c);

/* unary_arc_f.c */
ScStatus sc_aten_acos_out_f(ScCall *c);
ScStatus sc_aten_acosh_out_f(ScCall *c);
ScStatus sc_aten_asin_out_f(ScCall *c);
ScStatus sc_aten_asinh_out_f(ScCall *c);
ScStatus sc_aten_atan_out_f(ScCall *c);
ScStatus sc_aten_atan2_out_f(ScCall *c);
ScStatus sc_aten_atanh_out_f(ScCall *c);

/* unary_f.c */
ScStatus sc_aten_abs_out_f(ScCall *c);
ScStatus sc_aten_ceil_out_f(ScCall *c);
ScStatus sc_aten_floor_out_f(ScCall *c);
ScStatus sc_aten_isinf_out_f(ScCall *c);
ScStatus sc_aten_isnan_out_f(ScCall *c);
ScStatus sc_aten_logical_not_out_f(ScCall *c);
ScStatus sc_aten_neg_out_f(ScCall *c);
ScStatus sc_aten_reciprocal_out_f(ScCall *c);
ScStatus sc_aten_relu_out_f(ScCall *c);
ScStatus sc_aten_round_out_f(ScCall *c);
ScStatus sc_aten_rsqrt_out_f(ScCall *c);
ScStatus sc_aten_sign_out_f(ScCall *c);
ScStatus sc_aten_sqrt_out_f(ScCall *c);
ScStatus sc_aten_trunc_out_f(ScCall *c);

/* unary_i.c */
ScStatus sc_aten_abs_out_i(ScCall *c);
ScStatus sc_aten_bitwise_not_out_i(ScCall *c);
ScStatus sc_aten_ceil_out_i(ScCall *c);
ScStatus sc_aten_floor_out_i(ScCall *c);
ScStatus sc_aten_isinf_out_i(ScCall *c);
ScStatus sc_aten_isnan_out_i(ScCall *c);
ScStatus sc_aten_logical_not_out_i(ScCall *c);
ScStatus sc_aten_neg_out_i(ScCall *c);
ScStatus sc_aten_relu_out_i(ScCall *c);
ScStatus sc_aten_round_out_i(ScCall *c);
ScStatus sc_aten_sign_out_i(ScCall *c);
ScStatus sc_aten_trunc_out_i(ScCall *c);

/* unary_math_f.c */
ScStatus sc_aten_cos_out_f(ScCall *c);
ScStatus sc_aten_cosh_out_f(ScCall *c);
ScStatus sc_aten_erf_out_f(ScCall *c);
ScStatus sc_aten_exp_out_f(ScCall *c);
ScStatus sc_aten_expm1_out_f(ScCall *c);
ScStatus sc_aten_log_out_f(ScCall *c);
ScStatus sc_aten_log10_out_f(ScCall *c);
ScStatus sc_aten_log1p_out_f(ScCall *c);
ScStatus sc_aten_log2_out_f(ScCall *c);
ScStatus sc_aten_sigmoid_out_f(ScCall *c);
ScStatus sc_aten_sin_out_f(ScCall *c);
ScStatus sc_aten_sinh_out_f(ScCall *c);
ScStatus sc_aten_tan_out_f(ScCall *c);
ScStatus sc_aten_tanh_out_f(ScCall *c);

/* upsample_f.c */
ScStatus sc_aten_upsample_bilinear2d_vec_out_f(ScCall *c);

/* var_f.c */
ScStatus sc_aten_var_correction_out_f(ScCall *c);
ScStatus sc_aten_var_out_f(ScCall *c);
ScStatus sc_aten_var_mean_correction_out_f(ScCall *c);

#endif
