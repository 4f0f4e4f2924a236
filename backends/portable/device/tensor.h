/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Views of tensors: sizes and strides over borrowed bytes. A kernel that moves
 * elements is two views and a copy; a kernel that computes walks views.
 *
 * The runtime vouches for every tensor it hands out: sizes >= 0, no overflow,
 * `data` as long as dtype and sizes say. Everything else a file says is checked
 * here or by the kernel.
 */
#ifndef SC_PORTABLE_TENSOR_H
#define SC_PORTABLE_TENSOR_H

#include "runtime/call.h"

typedef struct ScView {
    char *data;
    size_t n_elem_bytes;
    uint32_t rank;
    size_t sizes[SC_MAX_RANK];
    ptrdiff_t strides[SC_MAX_RANK]; /* in elements */
} ScView;

/* SC_E_SHAPE: rank or dim_order is bad. SC_E_UNSUPPORTED: unknown dtype.
 * SC_E_ARG: no data though there are elements. */
ScStatus sc_view(const ScTensor *tensor, ScView *out_view);
/* Whether argument 0, the list of sizes that a factory is given, is what `out` has. */
ScStatus sc_sizes_given(const ScCall *c, const ScTensor *out);
size_t sc_view_numel(const ScView *view);

/* Axis `dim` of a tensor of `rank`, negative ones counted from the end; a
 * scalar counts as rank 1. SC_E_SHAPE when out of range. */
ScStatus sc_axis(int64_t dim, uint32_t rank, uint32_t *out_axis);

/* Keeps [start, start + step * (n - 1)] of an axis; the caller has checked it. */
void sc_view_slice(ScView *view, uint32_t axis, size_t start, size_t n, size_t step);
/* Fixes an axis at an index that the caller has checked, and drops it. */
void sc_view_select(ScView *view, uint32_t axis, size_t index);
/* A scalar becomes a vector of one: operators along an axis take both. */
void sc_view_vector(ScView *view);
/* Inserts an axis of size 1. The rank must be below SC_MAX_RANK. */
void sc_view_unsqueeze(ScView *view, uint32_t axis);
/* Stretches to `sizes` by the broadcasting rules: SC_E_SHAPE when it can't. */
ScStatus sc_view_expand(ScView *view, uint32_t rank, const size_t *sizes);
bool sc_view_same_sizes(const ScView *a, const ScView *b);

/* dst[i] = src[i] for every index; equal sizes and element size, else
 * SC_E_SHAPE. The bytes may be the very same, else they don't overlap. */
ScStatus sc_view_copy(const ScView *dst, const ScView *src);

bool sc_same_sizes(const ScTensor *a, const ScTensor *b);
bool sc_same_dtype(const ScTensor *a, const ScTensor *b);
/* Equal bytes order: the same sizes and the same order of dimensions. */
bool sc_same_layout(const ScTensor *a, const ScTensor *b);
/* In logical order in memory; dimensions of size 1 may stand anywhere. */
bool sc_is_contiguous(const ScTensor *tensor);

/* A contiguous tensor of this dtype with data: what the kernels with plain
 * pointers need. SC_E_UNSUPPORTED: another dtype or layout. */
ScStatus sc_need_dense(const ScTensor *tensor, ScDtype dtype);

/* The same bytes under the same order of elements: reshapes and plain copies.
 * Permutes when the layouts differ. numel and dtype must agree. */
ScStatus sc_reshape_copy(const ScTensor *in, const ScTensor *out);

#endif
