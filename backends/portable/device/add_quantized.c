/* SPDX-License-Identifier: Apache-2.0 */
/*
 * quantized_decomposed::add.out: two tensors of one dtype, size and layout are
 * dequantized, added in float32 and quantized; limits lie in [0, 255].
 */
#include "backends/portable/device/element.h"
#include "backends/portable/device/portable.h"
#include "backends/portable/device/tensor.h"
#include "kernels/num.h"

typedef struct Side {
    float scale;
    int32_t zero_point, low, high;
} Side;

/* scale, zero_point, quant_min, quant_max from argument `first` on. */
static ScStatus side_read(const ScCall *c, uint32_t first, Side *out_side) {
    int64_t zero_point = sc_arg_int(c, first + 1);
    int64_t low = sc_arg_int(c, first + 2), high = sc_arg_int(c, first + 3);
    if (low < 0 || high > 255 || low > high || zero_point < INT32_MIN ||
        zero_point > INT32_MAX) {
        return SC_E_SHAPE;
    }
    *out_side = (Side){(float)sc_arg_double(c, first), (int32_t)zero_point, (int32_t)low,
                       (int32_t)high};
    return SC_OK;
}

static float side_at(const Side *side, const ScTensor *t, size_t i) {
    int64_t q;
    sc_load_i64(&q, t->data, t->dtype, (ptrdiff_t)i, 1, 1);
    return sc_dequantize((int32_t)q, side->zero_point, side->scale);
}

ScStatus sc_quantized_decomposed_add_out_i(ScCall *c) {
    ScTensor a = sc_arg_tensor(c, 0), b = sc_arg_tensor(c, 5), out = sc_arg_tensor(c, 14);
    ScView va, vb, vo;
    Side sa, sb, so;
    SC_TRY(sc_view(&a, &va));
    SC_TRY(sc_view(&b, &vb));
    SC_TRY(sc_view(&out, &vo));
    SC_TRY(side_read(c, 1, &sa));
    SC_TRY(side_read(c, 6, &sb));
    SC_TRY(side_read(c, 10, &so));
    if (!sc_same_dtype(&a, &out) || !sc_same_dtype(&b, &out) ||
        !sc_dtype_is_known(out.dtype, false) || out.dtype == SC_BOOL ||
        out.dtype == SC_U32 || out.dtype == SC_I64) {
        return SC_E_UNSUPPORTED;
    }
    if (!sc_same_layout(&a, &out) || !sc_same_layout(&b, &out)) {
        return SC_E_SHAPE;
    }
    size_t n = sc_view_numel(&vo);
    float inverse = 1.0f / so.scale;
    for (size_t i = 0; i < n; i++) {
        int64_t q = sc_quantize_half_even(side_at(&sa, &a, i) + side_at(&sb, &b, i),
                                          inverse, so.zero_point, so.low, so.high);
        sc_store_i64(out.data, out.dtype, (ptrdiff_t)i, 1, &q, 1);
    }
    return SC_OK;
}
