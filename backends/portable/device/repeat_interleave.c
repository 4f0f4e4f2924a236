/* SPDX-License-Identifier: Apache-2.0 */
/*
 * aten::repeat_interleave.Tensor_out(Tensor repeats, SymInt? output_size, Tensor(a!)
 * out): index i stands repeats[i] times in out. Its length is known at run time: an
 * output whose size can change gets it, another one must have it (SC_E_SHAPE).
 */
#include "backends/portable/device/element.h"
#include "backends/portable/device/portable.h"
#include "backends/portable/device/tensor.h"

static int64_t repeat_at(const ScTensor *repeats, size_t i) {
    int64_t value;
    sc_load_i64(&value, repeats->data, repeats->dtype, (ptrdiff_t)i, 1, 1);
    return value;
}

static ScStatus repeats_sum(const ScTensor *repeats, size_t n, int32_t *out_total) {
    int64_t total = 0;
    for (size_t i = 0; i < n; i++) {
        int64_t value = repeat_at(repeats, i);
        if (value < 0 || value > INT32_MAX - total) {
            return SC_E_RANGE;
        }
        total += value;
    }
    *out_total = (int32_t)total;
    return SC_OK;
}

ScStatus sc_aten_repeat_interleave_Tensor_out_i(ScCall *c) {
    ScTensor repeats = sc_arg_tensor(c, 0), out = sc_arg_tensor(c, 2);
    ScView view;
    int32_t total;
    size_t to = 0;
    SC_TRY(sc_view(&repeats, &view));
    if ((repeats.dtype != SC_I64 && repeats.dtype != SC_I32) ||
        out.dtype != repeats.dtype) {
        return SC_E_UNSUPPORTED;
    }
    if (view.rank != 1 || out.rank != 1) {
        return SC_E_SHAPE;
    }
    SC_TRY(repeats_sum(&repeats, view.sizes[0], &total));
    if (!sc_arg_is_none(c, 1) && sc_arg_int(c, 1) != total) {
        return SC_E_SHAPE;
    }
    SC_TRY(sc_arg_set_sizes(c, 2, &total));
    out = sc_arg_tensor(c, 2);
    for (size_t i = 0; i < view.sizes[0]; i++) {
        int64_t index = (int64_t)i;
        int64_t n = repeat_at(&repeats, i);
        /* a hostile file may lay out over repeats: never more than was counted */
        for (; n > 0 && to < (size_t)total; n--) {
            sc_store_i64(out.data, out.dtype, (ptrdiff_t)to++, 1, &index, 1);
        }
    }
    return SC_OK;
}
