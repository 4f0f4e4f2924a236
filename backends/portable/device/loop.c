/* SPDX-License-Identifier: Apache-2.0 */
/* Walking operands row by row; the contract is in loop.h. */
#include "backends/portable/device/loop.h"

/* Axes of size != 1, by falling stride of operand 0; equal strides keep their
 * order. Returns how many. */
static uint32_t axes_sort(uint32_t rank, const size_t *sizes, const ptrdiff_t *strides,
                          uint8_t *out_axes) {
    uint32_t n = 0;
    for (uint32_t d = 0; d < rank; d++) {
        if (sizes[d] == 1) {
            continue;
        }
        uint32_t at = n++;
        while (at > 0 && strides[out_axes[at - 1]] < strides[d]) {
            out_axes[at] = out_axes[at - 1];
            at--;
        }
        out_axes[at] = (uint8_t)d;
    }
    return n;
}

/* Can axis `d` continue axis `last` of the loop in every operand? */
static bool axes_merge(const ScLoop *loop, uint32_t last, const ptrdiff_t *const *strides,
                       uint32_t d, size_t size) {
    for (uint32_t k = 0; k < loop->n_ops; k++) {
        if (loop->strides[k][last] != strides[k][d] * (ptrdiff_t)size) {
            return false;
        }
    }
    return true;
}

void sc_loop_init(ScLoop *loop, uint32_t rank, const size_t *sizes,
                  const ptrdiff_t *const *strides, uint32_t n_ops) {
    uint8_t axes[SC_MAX_RANK];
    uint32_t n_axes = axes_sort(rank, sizes, strides[0], axes);
    loop->n_ops = n_ops;
    loop->rank = 0;
    loop->empty = false;
    for (uint32_t i = 0; i < n_axes; i++) {
        uint32_t d = axes[i];
        uint32_t to = loop->rank;
        loop->empty = loop->empty || sizes[d] == 0;
        if (to > 0 && axes_merge(loop, to - 1, strides, d, sizes[d])) {
            to--;
            loop->sizes[to] *= sizes[d];
        } else {
            loop->sizes[to] = sizes[d];
            loop->rank++;
        }
        for (uint32_t k = 0; k < n_ops; k++) {
            loop->strides[k][to] = strides[k][d];
        }
    }
    loop->n_inner = 1;
    for (uint32_t k = 0; k < n_ops; k++) {
        loop->inner[k] = loop->rank ? loop->strides[k][loop->rank - 1] : 1;
    }
    if (loop->rank) {
        loop->n_inner = loop->sizes[--loop->rank];
    }
    sc_loop_rewind(loop);
}

void sc_loop_rewind(ScLoop *loop) {
    loop->started = false;
    for (uint32_t k = 0; k < loop->n_ops; k++) {
        loop->at[k] = 0;
    }
    for (uint32_t d = 0; d < loop->rank; d++) {
        loop->index[d] = 0;
    }
}

bool sc_loop_next(ScLoop *loop) {
    if (!loop->started) {
        loop->started = true;
        return !loop->empty;
    }
    for (uint32_t d = loop->rank; d-- > 0;) {
        bool wraps = ++loop->index[d] == loop->sizes[d];
        for (uint32_t k = 0; k < loop->n_ops; k++) {
            loop->at[k] += wraps ? -loop->strides[k][d] * (ptrdiff_t)(loop->sizes[d] - 1)
                                 : loop->strides[k][d];
        }
        if (!wraps) {
            return true;
        }
        loop->index[d] = 0;
    }
    return false;
}
