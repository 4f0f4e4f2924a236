/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Walks several operands of equal sizes row by row:
 *
 *     sc_loop_init(&loop, rank, sizes, strides, n_ops);
 *     while (sc_loop_next(&loop)) {
 *         n_inner elements: operand k starts at element at[k], steps inner[k]
 *     }
 *
 * Dimensions are visited in the memory order of operand 0 and merged where all
 * operands allow it, so equal layouts become one long row. Rows come in a fixed
 * order; a size of 0 gives no row.
 */
#ifndef SC_PORTABLE_LOOP_H
#define SC_PORTABLE_LOOP_H

#include "sconce/runtime.h"

enum { SC_LOOP_OPS = 4 };

typedef struct ScLoop {
    size_t n_inner;
    ptrdiff_t at[SC_LOOP_OPS];
    ptrdiff_t inner[SC_LOOP_OPS];
    /* private */
    uint32_t n_ops, rank;
    bool started, empty;
    size_t sizes[SC_MAX_RANK], index[SC_MAX_RANK];
    ptrdiff_t strides[SC_LOOP_OPS][SC_MAX_RANK];
} ScLoop;

/* strides[k][rank]: of operand k, in elements. n_ops <= SC_LOOP_OPS. */
void sc_loop_init(ScLoop *loop, uint32_t rank, const size_t *sizes,
                  const ptrdiff_t *const *strides, uint32_t n_ops);
bool sc_loop_next(ScLoop *loop);
/* Back to before the first row. */
void sc_loop_rewind(ScLoop *loop);

#endif
