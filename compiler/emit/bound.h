/* SPDX-License-Identifier: Apache-2.0 */
/* The second half of what `sconce kernels` writes. Private to compiler/emit. */
#ifndef SC_EMIT_BOUND_H
#define SC_EMIT_BOUND_H

#include "compiler/base/text.h"
#include "sconce/runtime.h"

/* Rows of the kernel table that is written, in its order. */
typedef struct ScKernelRows {
    const ScKernel **items;
    size_t n, cap;
} ScKernelRows;

/* Appends `const ScBound sc_bound[]`, one item a method; each was initialised by
 * sc_init() with kernels that `rows` has. */
void sc_emit_bounds(const ScKernelRows *rows, const ScMethod *const *methods,
                    size_t n_methods, ScBuf *out);

#endif
