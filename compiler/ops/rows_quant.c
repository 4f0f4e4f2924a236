/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The quantize and dequantize operators of PT2E-quantized models. The import
 * absorbs those with constant parameters into the types of values; the others
 * compute on the stored integers, so these rows look at stored types.
 * Source: torch/ao/quantization/fx/_decomposed.py.
 */
#include "compiler/ops/families.h"
#include "compiler/ops/shape.h"

static ScType stored_type(const ScNode *node) {
    ScType type = node->args[0].as.value->type;
    return sc_type_make(type.dtype, type.rank, type.dims);
}

static ScStatus check_axis(Sc *sc, const ScNode *node, const ScType *x) {
    if (!sc_take_given(node, "axis")) {
        return SC_OK;
    }
    uint32_t axis;
    SC_TRY(sc_take_dim(sc, node, "axis", x->rank, &axis));
    ScType scales = sc_take_type(node, "scales");
    if (scales.rank != 1 || x->rank == 0 || scales.dims[0] != x->dims[axis]) {
        return sc_bad_shape(sc, node, "there must be a scale for each index of the axis");
    }
    return SC_OK;
}

static ScStatus shape_quantize(Sc *sc, const ScNode *node, ScType *out_types,
                               uint32_t *out_n) {
    ScType type = sc_node_type(node, 0);
    SC_TRY(check_axis(sc, node, &type));
    type.dtype = sc_take_dtype(node, "dtype", SC_I8);
    return sc_shape_give(sc, node, type, out_types, out_n);
}

static ScStatus shape_dequantize(Sc *sc, const ScNode *node, ScType *out_types,
                                 uint32_t *out_n) {
    ScType type = stored_type(node);
    SC_TRY(check_axis(sc, node, &type));
    if (type.dtype != sc_take_dtype(node, "dtype", type.dtype)) {
        return sc_bad_shape(sc, node, "the input is %s, not what 'dtype' says",
                            sc_dtype_name(type.dtype));
    }
    type.dtype = sc_take_dtype(node, "out_dtype", SC_F32);
    return sc_shape_give(sc, node, type, out_types, out_n);
}

/* scale (float64) and zero point (int64) of one element. */
static ScStatus shape_choose(Sc *sc, const ScNode *node, ScType *out_types,
                             uint32_t *out_n) {
    int64_t one = 1;
    SC_TRY(sc_shape_give(sc, node, sc_type_make(SC_F64, 1, &one), out_types, out_n));
    return sc_shape_add(sc, node, sc_type_make(SC_I64, 1, &one), out_types, out_n);
}

/* ---- per token: a row of the last dimension -------------------------------------------
 */

/* A scale for each row. */
static ScStatus check_tokens(Sc *sc, const ScNode *node, const ScType *x) {
    ScType scales = sc_take_type(node, "scales"), tokens = *x;
    if (x->rank == 0) {
        return sc_bad_shape(sc, node, "there must be a dimension of tokens");
    }
    tokens.dims[x->rank - 1] = 1;
    return sc_dims_equal(&scales, &tokens)
               ? SC_OK
               : sc_bad_shape(sc, node, "there must be a scale for each row, as [...,1]");
}

static ScStatus shape_quantize_tokens(Sc *sc, const ScNode *node, ScType *out_types,
                                      uint32_t *out_n) {
    ScType type = sc_node_type(node, 0);
    SC_TRY(check_tokens(sc, node, &type));
    type.dtype = sc_take_dtype(node, "dtype", SC_I8);
    return sc_shape_give(sc, node, type, out_types, out_n);
}

static ScStatus shape_dequantize_tokens(Sc *sc, const ScNode *node, ScType *out_types,
                                        uint32_t *out_n) {
    ScType type = stored_type(node);
    SC_TRY(check_tokens(sc, node, &type));
    type.dtype = sc_take_dtype(node, "output_dtype", SC_F32);
    return sc_shape_give(sc, node, type, out_types, out_n);
}

static ScStatus shape_choose_tokens(Sc *sc, const ScNode *node, ScType *out_types,
                                    uint32_t *out_n) {
    ScType type = sc_node_type(node, 0);
    if (type.rank == 0) {
        return sc_bad_shape(sc, node, "there must be a dimension of tokens");
    }
    type = sc_type_make(SC_F64, type.rank, type.dims);
    type.dims[type.rank - 1] = 1;
    SC_TRY(sc_shape_give(sc, node, type, out_types, out_n));
    type.dtype = SC_I64;
    return sc_shape_add(sc, node, type, out_types, out_n);
}

static const ScOpDef rows[] = {
    {.name = "quantized_decomposed.choose_qparams.tensor",
     .schema = "quantized_decomposed::choose_qparams.tensor(Tensor input, int quant_min, "
               "int quant_max, float eps, ScalarType dtype) -> (Tensor, Tensor)",
     .shape = shape_choose,
     .doc = "scale and zero point for the range of a tensor"},
    {.name = "quantized_decomposed.choose_qparams_per_token_asymmetric.default",
     .schema = "quantized_decomposed::choose_qparams_per_token_asymmetric(Tensor input, "
               "ScalarType dtype) -> (Tensor, Tensor)",
     .shape = shape_choose_tokens,
     .doc = "scale and zero point for the range of each row"},
    {.name = "quantized_decomposed.dequantize_per_channel.default",
     .schema = "quantized_decomposed::dequantize_per_channel(Tensor input, Tensor scales, "
               "Tensor? zero_points, int axis, int quant_min, int quant_max, ScalarType "
               "dtype, *, ScalarType? out_dtype=None) -> Tensor",
     .shape = shape_dequantize,
     .doc = "real numbers for integers: (q - zero_point) * scale"},
    {.name = "quantized_decomposed.dequantize_per_tensor.default",
     .schema = "quantized_decomposed::dequantize_per_tensor(Tensor input, float scale, int "
               "zero_point, int quant_min, int quant_max, ScalarType dtype, *, ScalarType? "
               "out_dtype=None) -> Tensor",
     .shape = shape_dequantize,
     .doc = "real numbers for integers: (q - zero_point) * scale"},
    {.name = "quantized_decomposed.dequantize_per_tensor.tensor",
     .schema = "quantized_decomposed::dequantize_per_tensor.tensor(Tensor input, Tensor "
               "scale, Tensor zero_point, int quant_min, int quant_max, ScalarType dtype, "
               "*, ScalarType? out_dtype=None) -> Tensor",
     .shape = shape_dequantize,
     .doc = "real numbers for integers: (q - zero_point) * scale"},
    {.name = "quantized_decomposed.dequantize_per_token.default",
     .schema = "quantized_decomposed::dequantize_per_token(Tensor input, Tensor scales, "
               "Tensor zero_points, int quant_min, int quant_max, ScalarType dtype, "
               "ScalarType output_dtype) -> Tensor",
     .shape = shape_dequantize_tokens,
     .doc = "real numbers for integers: (q - zero_point) * scale"},
    {.name = "quantized_decomposed.quantize_per_channel.default",
     .schema =
         "quantized_decomposed::quantize_per_channel(Tensor input, Tensor scales, Tensor "
         "zero_points, int axis, int quant_min, int quant_max, ScalarType dtype) -> Tensor",
     .shape = shape_quantize,
     .doc = "integers for real numbers: round(x / scale) + zero_point"},
    {.name = "quantized_decomposed.quantize_per_tensor.default",
     .schema = "quantized_decomposed::quantize_per_tensor(Tensor input, float scale, int "
               "zero_point, int quant_min, int quant_max, ScalarType dtype) -> Tensor",
     .shape = shape_quantize,
     .doc = "integers for real numbers: round(x / scale) + zero_point"},
    {.name = "quantized_decomposed.quantize_per_tensor.tensor",
     .schema =
         "quantized_decomposed::quantize_per_tensor.tensor(Tensor input, Tensor scale, "
         "Tensor zero_point, int quant_min, int quant_max, ScalarType dtype) -> Tensor",
     .shape = shape_quantize,
     .doc = "integers for real numbers: round(x / scale) + zero_point"},
    {.name = "quantized_decomposed.quantize_per_token.default",
     .schema =
         "quantized_decomposed::quantize_per_token(Tensor input, Tensor scales, Tensor "
         "zero_points, int quant_min, int quant_max, ScalarType dtype) -> Tensor",
     .shape = shape_quantize_tokens,
     .doc = "integers for real numbers: round(x / scale) + zero_point"},
};

const ScOpFamily sc_family_quant = SC_OP_FAMILY(rows);
