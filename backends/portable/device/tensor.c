/* SPDX-License-Identifier: Apache-2.0 */
/* Views of tensors; the contract is in tensor.h. */
#include "backends/portable/device/tensor.h"

#include <string.h>

#include "backends/portable/device/loop.h"

ScStatus sc_view(const ScTensor *tensor, ScView *out_view) {
    ptrdiff_t stride = 1;
    uint32_t seen = 0;
    if (tensor->rank > SC_MAX_RANK) {
        return SC_E_SHAPE;
    }
    out_view->data = tensor->data;
    out_view->rank = tensor->rank;
    out_view->n_elem_bytes = sc_dtype_size((ScDtype)tensor->dtype);
    for (uint32_t i = tensor->rank; i-- > 0;) {
        uint32_t d = tensor->dim_order[i];
        if (d >= tensor->rank || (seen >> d & 1) != 0 || tensor->sizes[d] < 0) {
            return SC_E_SHAPE;
        }
        seen |= 1u << d;
        out_view->sizes[d] = (size_t)tensor->sizes[d];
        out_view->strides[d] = stride;
        stride *= tensor->sizes[d];
    }
    if (out_view->n_elem_bytes == 0) {
        return SC_E_UNSUPPORTED;
    }
    return stride != 0 && !tensor->data ? SC_E_ARG : SC_OK;
}

size_t sc_view_numel(const ScView *view) {
    size_t n = 1;
    for (uint32_t d = 0; d < view->rank; d++) {
        n *= view->sizes[d];
    }
    return n;
}

ScStatus sc_axis(int64_t dim, uint32_t rank, uint32_t *out_axis) {
    int64_t n = rank ? (int64_t)rank : 1;
    if (dim < -n || dim >= n) {
        return SC_E_SHAPE;
    }
    *out_axis = (uint32_t)(dim < 0 ? dim + n : dim);
    return SC_OK;
}

void sc_view_slice(ScView *view, uint32_t axis, size_t start, size_t n, size_t step) {
    if (n > 0) {
        view->data +=
            (ptrdiff_t)start * view->strides[axis] * (ptrdiff_t)view->n_elem_bytes;
    }
    view->sizes[axis] = n;
    view->strides[axis] *= (ptrdiff_t)step;
}

void sc_view_select(ScView *view, uint32_t axis, size_t index) {
    sc_view_slice(view, axis, index, 1, 1);
    view->rank--;
    for (uint32_t d = axis; d < view->rank; d++) {
        view->sizes[d] = view->sizes[d + 1];
        view->strides[d] = view->strides[d + 1];
    }
}

void sc_view_unsqueeze(ScView *view, uint32_t axis) {
    for (uint32_t d = view->rank; d > axis; d--) {
        view->sizes[d] = view->sizes[d - 1];
        view->strides[d] = view->strides[d - 1];
    }
    view->sizes[axis] = 1;
    view->strides[axis] = 0;
    view->rank++;
}

void sc_view_vector(ScView *view) {
    if (view->rank == 0) {
        sc_view_unsqueeze(view, 0);
        view->strides[0] = 1;
    }
}

ScStatus sc_view_expand(ScView *view, uint32_t rank, const size_t *sizes) {
    if (view->rank > rank) {
        return SC_E_SHAPE;
    }
    while (view->rank < rank) {
        sc_view_unsqueeze(view, 0);
    }
    for (uint32_t d = 0; d < rank; d++) {
        if (view->sizes[d] == sizes[d]) {
            continue;
        }
        if (view->sizes[d] != 1) {
            return SC_E_SHAPE;
        }
        view->sizes[d] = sizes[d];
        view->strides[d] = 0;
    }
    return SC_OK;
}

bool sc_view_same_sizes(const ScView *a, const ScView *b) {
    if (a->rank != b->rank) {
        return false;
    }
    for (uint32_t d = 0; d < a->rank; d++) {
        if (a->sizes[d] != b->sizes[d]) {
            return false;
        }
    }
    return true;
}

static void row_copy(char *dst, ptrdiff_t dst_step, const char *src, ptrdiff_t src_step,
                     size_t n, size_t n_elem_bytes) {
    if (dst_step == 1 && src_step == 1) {
        memmove(dst, src, n * n_elem_bytes);
        return;
    }
    dst_step *= (ptrdiff_t)n_elem_bytes;
    src_step *= (ptrdiff_t)n_elem_bytes;
    for (size_t i = 0; i < n; i++) {
        switch (n_elem_bytes) { /* constant lengths: loads and stores, no calls */
        case 1:
            *dst = *src;
            break;
        case 2:
            memcpy(dst, src, 2);
            break;
        case 4:
            memcpy(dst, src, 4);
            break;
        default:
            memcpy(dst, src, 8);
            break;
        }
        dst += dst_step;
        src += src_step;
    }
}

ScStatus sc_view_copy(const ScView *dst, const ScView *src) {
    const ptrdiff_t *strides[2] = {dst->strides, src->strides};
    size_t n_bytes = dst->n_elem_bytes;
    ScLoop loop;
    if (!sc_view_same_sizes(dst, src) || n_bytes != src->n_elem_bytes) {
        return SC_E_SHAPE;
    }
    sc_loop_init(&loop, dst->rank, dst->sizes, strides, 2);
    while (sc_loop_next(&loop)) {
        row_copy(dst->data + loop.at[0] * (ptrdiff_t)n_bytes, loop.inner[0],
                 src->data + loop.at[1] * (ptrdiff_t)n_bytes, loop.inner[1], loop.n_inner,
                 n_bytes);
    }
    return SC_OK;
}

bool sc_same_sizes(const ScTensor *a, const ScTensor *b) {
    if (a->rank != b->rank) {
        return false;
    }
    for (uint32_t d = 0; d < a->rank; d++) {
        if (a->sizes[d] != b->sizes[d]) {
            return false;
        }
    }
    return true;
}

bool sc_same_dtype(const ScTensor *a, const ScTensor *b) {
    return a->dtype == b->dtype;
}

bool sc_same_layout(const ScTensor *a, const ScTensor *b) {
    if (!sc_same_sizes(a, b)) {
        return false;
    }
    for (uint32_t d = 0; d < a->rank; d++) {
        if (a->dim_order[d] != b->dim_order[d]) {
            return false;
        }
    }
    return true;
}

bool sc_is_contiguous(const ScTensor *tensor) {
    uint32_t last = 0;
    for (uint32_t i = 0; i < tensor->rank; i++) {
        uint32_t d = tensor->dim_order[i];
        if (d >= tensor->rank || (d < last && tensor->sizes[d] != 1)) {
            return false;
        }
        if (tensor->sizes[d] != 1) {
            last = d;
        }
    }
    return true;
}

ScStatus sc_need_dense(const ScTensor *tensor, ScDtype dtype) {
    ScView view;
    SC_TRY(sc_view(tensor, &view));
    if (tensor->dtype != dtype || !sc_is_contiguous(tensor)) {
        return SC_E_UNSUPPORTED;
    }
    return SC_OK;
}

/* Where the next element in logical order lies. */
static ptrdiff_t element_next(const ScView *view, size_t *index) {
    ptrdiff_t at = 0;
    for (uint32_t d = view->rank; d-- > 0;) {
        if (++index[d] < view->sizes[d]) {
            break;
        }
        index[d] = 0;
    }
    for (uint32_t d = 0; d < view->rank; d++) {
        at += (ptrdiff_t)index[d] * view->strides[d];
    }
    return at;
}

/* One by one in logical order: equal numbers of elements in other sizes. */
static void elements_copy(const ScView *to, const ScView *from) {
    size_t n = sc_view_numel(to), to_index[SC_MAX_RANK] = {0},
           from_index[SC_MAX_RANK] = {0};
    ptrdiff_t to_at = 0, from_at = 0, size = (ptrdiff_t)to->n_elem_bytes;
    for (size_t i = 0; i < n; i++) {
        memmove(to->data + to_at * size, from->data + from_at * size, to->n_elem_bytes);
        to_at = element_next(to, to_index);
        from_at = element_next(from, from_index);
    }
}

ScStatus sc_reshape_copy(const ScTensor *in, const ScTensor *out) {
    ScView from, to;
    SC_TRY(sc_view(in, &from));
    SC_TRY(sc_view(out, &to));
    if (!sc_same_dtype(in, out)) {
        return SC_E_UNSUPPORTED;
    }
    if (sc_view_numel(&from) != sc_view_numel(&to)) {
        return SC_E_SHAPE;
    }
    if (sc_same_sizes(in, out)) {
        return sc_view_copy(&to, &from);
    }
    if (!sc_is_contiguous(in) || !sc_is_contiguous(out)) {
        elements_copy(&to, &from);
        return SC_OK;
    }
    if (sc_view_numel(&to) > 0) {
        memmove(to.data, from.data, sc_tensor_bytes(out));
    }
    return SC_OK;
}
