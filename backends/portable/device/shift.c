/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bitwise_left_shift and bitwise_right_shift of integers. A distance below 0 or
 * beyond the width of the result's dtype shifts everything out, as in torch:
 * left gives 0, right gives copies of the sign.
 */
#include "backends/portable/device/pointwise.h"
#include "backends/portable/device/portable.h"

/* k: the widest distance that leaves something, then the distance if it is a
 * scalar: with has_distance 1. */
enum { K_LIMIT, K_HAS_DISTANCE, K_DISTANCE, K_COUNT };

static int64_t distance_at(const int64_t *k, const int64_t *const *in, size_t i) {
    return k[K_HAS_DISTANCE] ? k[K_DISTANCE] : in[1][i];
}

static void row_left(const int64_t *k, size_t n, const int64_t *const *in, int64_t *out) {
    for (size_t i = 0; i < n; i++) {
        int64_t by = distance_at(k, in, i);
        bool gone = by < 0 || by >= k[K_LIMIT];
        out[i] = gone ? 0 : (int64_t)((uint64_t)in[0][i] << by);
    }
}

static void row_right(const int64_t *k, size_t n, const int64_t *const *in, int64_t *out) {
    for (size_t i = 0; i < n; i++) {
        int64_t by = distance_at(k, in, i);
        out[i] = in[0][i] >> (by < 0 || by > 63 ? 63 : by);
    }
}

/* Elements are int64 in a row, their own width counts only for what falls out. */
static ScStatus shift_run(const ScCall *c, ScRowI row, bool scalar) {
    ScTensor out = sc_arg_tensor(c, 2);
    int64_t k[K_COUNT] = {8 * (int64_t)sc_dtype_size((ScDtype)out.dtype), scalar, 0};
    if (scalar) {
        k[K_DISTANCE] = sc_arg_scalar(c, 1).i;
    }
    return sc_map_i(c, scalar ? 1 : 2, 2, row, k);
}

ScStatus sc_aten_bitwise_left_shift_Tensor_out_i(ScCall *c) {
    return shift_run(c, row_left, false);
}

ScStatus sc_aten_bitwise_left_shift_Tensor_Scalar_out_i(ScCall *c) {
    return shift_run(c, row_left, true);
}

ScStatus sc_aten_bitwise_right_shift_Tensor_out_i(ScCall *c) {
    return shift_run(c, row_right, false);
}

ScStatus sc_aten_bitwise_right_shift_Tensor_Scalar_out_i(ScCall *c) {
    return shift_run(c, row_right, true);
}
