/* SPDX-License-Identifier: Apache-2.0 */
/* hardtanh and clamp of integers; a missing bound is the widest integer. */
#include "backends/portable/device/pointwise.h"
#include "backends/portable/device/portable.h"

static void row_clamp(const int64_t *k, size_t n, const int64_t *const *in, int64_t *out) {
    for (size_t i = 0; i < n; i++) {
        int64_t v = in[0][i] < k[0] ? k[0] : in[0][i];
        out[i] = v > k[1] ? k[1] : v;
    }
}

ScStatus sc_aten_hardtanh_out_i(ScCall *c) {
    const int64_t k[2] = {sc_arg_scalar(c, 1).i, sc_arg_scalar(c, 2).i};
    return sc_map_i(c, 1, 3, row_clamp, k);
}

ScStatus sc_aten_clamp_out_i(ScCall *c) {
    int64_t k[2] = {INT64_MIN, INT64_MAX};
    for (uint32_t i = 0; i < 2; i++) {
        if (!sc_arg_is_none(c, 1 + i)) {
            k[i] = sc_arg_scalar(c, 1 + i).i;
        }
    }
    return sc_map_i(c, 1, 3, row_clamp, k);
}

/* k: is there a lower, an upper bound */
static void row_clamp_tensor(const int64_t *k, size_t n, const int64_t *const *in,
                             int64_t *out) {
    const int64_t *low = in[1], *high = k[0] ? in[2] : in[1];
    for (size_t i = 0; i < n; i++) {
        int64_t v = k[0] && in[0][i] < low[i] ? low[i] : in[0][i];
        out[i] = k[1] && v > high[i] ? high[i] : v;
    }
}

ScStatus sc_aten_clamp_Tensor_out_i(ScCall *c) {
    const int64_t k[2] = {!sc_arg_is_none(c, 1), !sc_arg_is_none(c, 2)};
    ScTensor in[3] = {sc_arg_tensor(c, 0)}, out = sc_arg_tensor(c, 3);
    uint32_t n = 1;
    for (uint32_t i = 0; i < 2; i++) {
        if (k[i]) {
            in[n++] = sc_arg_tensor(c, 1 + i);
        }
    }
    return n > 1 ? sc_pointwise_i(&out, in, n, row_clamp_tensor, k) : SC_E_SHAPE;
}
