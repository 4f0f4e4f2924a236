/* SPDX-License-Identifier: Apache-2.0 */
/* Elementwise operators on integers; the contract is in pointwise.h. */
#include "backends/portable/device/element.h"
#include "backends/portable/device/loop.h"
#include "backends/portable/device/pointwise.h"

/* Elements converted at a time: 1 KB of stack. */
enum { CHUNK = 32 };

ScStatus sc_pointwise_i(const ScTensor *out, const ScTensor *in, uint32_t n_in, ScRowI row,
                        const int64_t *k) {
    int64_t buffers[SC_POINTWISE_INPUTS + 1][CHUNK];
    const int64_t *from[SC_POINTWISE_INPUTS] = {buffers[1], buffers[2], buffers[3]};
    ScLoop loop;
    SC_TRY(sc_pointwise_begin(out, in, n_in, false, &loop));
    while (sc_loop_next(&loop)) {
        for (size_t first = 0; first < loop.n_inner; first += CHUNK) {
            size_t left = loop.n_inner - first;
            size_t n = left < CHUNK ? left : CHUNK;
            for (uint32_t i = 0; i < n_in; i++) {
                ptrdiff_t step = loop.inner[i + 1];
                sc_load_i64(buffers[i + 1], in[i].data, in[i].dtype,
                            loop.at[i + 1] + (ptrdiff_t)first * step, step, n);
            }
            row(k, n, from, buffers[0]);
            sc_store_i64(out->data, out->dtype,
                         loop.at[0] + (ptrdiff_t)first * loop.inner[0], loop.inner[0],
                         buffers[0], n);
        }
    }
    return SC_OK;
}

ScStatus sc_map_i(const ScCall *c, uint32_t n_in, uint32_t out, ScRowI row,
                  const int64_t *k) {
    ScTensor in[SC_POINTWISE_INPUTS];
    ScTensor to = sc_arg_tensor(c, out);
    for (uint32_t i = 0; i < n_in; i++) {
        in[i] = sc_arg_tensor(c, i);
    }
    return sc_pointwise_i(&to, in, n_in, row, k);
}

int64_t sc_scalar_as(const ScCall *c, uint32_t index, uint32_t like) {
    ScTensor tensor = sc_arg_tensor(c, like);
    int64_t value = sc_arg_scalar(c, index).i, cut = 0;
    if (tensor.dtype == SC_BOOL || !sc_dtype_is_known(tensor.dtype, false)) {
        return value;
    }
    sc_store_i64(&cut, tensor.dtype, 0, 1, &value, 1);
    sc_load_i64(&value, &cut, tensor.dtype, 0, 1, 1);
    return value;
}
