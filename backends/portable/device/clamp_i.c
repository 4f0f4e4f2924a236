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
