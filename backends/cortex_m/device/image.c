/* SPDX-License-Identifier: Apache-2.0 */
/* The contract is in image.h. */
#include <string.h>

#include "backends/cortex_m/device/image.h"

enum { SPAN_MAX = 32767 }; /* products of two fit into int32 */

static bool is_nhwc(const ScTensor *t) {
    static const uint8_t order[4] = {0, 2, 3, 1};
    bool same = t->sizes[1] == 1 || (t->sizes[2] == 1 && t->sizes[3] == 1);
    return same || memcmp(t->dim_order, order, 4) == 0;
}

ScStatus sc_image_of(const ScTensor *tensor, ScImage *out_image) {
    if (tensor->rank != 4 || tensor->dtype != SC_I8 || !is_nhwc(tensor)) {
        return SC_E_SHAPE;
    }
    *out_image = (ScImage){tensor->data, tensor->sizes[0], tensor->sizes[2],
                           tensor->sizes[3], tensor->sizes[1]};
    return SC_OK;
}

ScStatus sc_image_nhwc_of(const ScTensor *tensor, ScImage *out_image) {
    static const uint8_t order[4] = {0, 1, 2, 3};
    if (tensor->rank != 4 || tensor->dtype != SC_I8 ||
        memcmp(tensor->dim_order, order, 4) != 0) {
        return SC_E_SHAPE;
    }
    *out_image = (ScImage){tensor->data, tensor->sizes[0], tensor->sizes[1],
                           tensor->sizes[2], tensor->sizes[3]};
    return SC_OK;
}

static int64_t item_of(const ScCall *c, uint32_t index, uint32_t axis, int64_t missing) {
    uint32_t n = index ? sc_arg_count(c, index) : 0;
    return n == 0 ? missing : sc_arg_int_at(c, index, axis < n ? axis : n - 1);
}

ScStatus sc_span_of(const ScCall *c, uint32_t axis, uint32_t stride_index,
                    uint32_t pad_index, uint32_t dilation_index, ScSpan *span) {
    int64_t stride = item_of(c, stride_index, axis, 1);
    int64_t pad = item_of(c, pad_index, axis, 0);
    int64_t dilation = item_of(c, dilation_index, axis, 1);
    if (stride < 1 || stride > SPAN_MAX || pad < 0 || pad > SPAN_MAX || dilation < 1 ||
        dilation > SPAN_MAX || span->kernel < 1 || span->kernel > SPAN_MAX ||
        span->in > SPAN_MAX || span->out > SPAN_MAX) {
        return SC_E_SHAPE;
    }
    span->stride = (int32_t)stride;
    span->pad = (int32_t)pad;
    span->dilation = (int32_t)dilation;
    int64_t reach = dilation * (span->kernel - 1) + 1;
    int64_t room = span->in + 2 * pad - reach;
    bool fits = room >= 0 ? room / stride + 1 == span->out : span->out == 0;
    return fits ? SC_OK : SC_E_SHAPE;
}

int32_t sc_arg_small(const ScCall *c, uint32_t index) {
    int64_t value = sc_arg_int(c, index);
    return (int32_t)(value < -256 ? -256 : value > 256 ? 256 : value);
}

ScStatus sc_words_of(const ScTensor *tensor, int32_t n, const int32_t **out_words) {
    if (!tensor->data || tensor->dtype != SC_I32 || sc_tensor_numel(tensor) != (size_t)n) {
        return SC_E_SHAPE;
    }
    *out_words = tensor->data;
    return SC_OK;
}

ScStatus sc_same_bytes(const ScTensor *a, const ScTensor *b) {
    bool same = a->rank == b->rank && a->dtype == SC_I8 && b->dtype == SC_I8;
    for (uint32_t d = 0; same && d < a->rank; d++) {
        same = a->sizes[d] == b->sizes[d];
    }
    if (same && a->rank == 4 && (a->sizes[1] == 1 || a->sizes[2] * a->sizes[3] == 1)) {
        return SC_OK;
    }
    for (uint32_t d = 0; same && d < a->rank; d++) {
        same = a->dim_order[d] == b->dim_order[d];
    }
    return same ? SC_OK : SC_E_SHAPE;
}

ScStatus sc_same_order(const ScTensor *a, const ScTensor *b) {
    bool same = a->rank == b->rank;
    for (uint32_t d = 0; same && d < a->rank; d++) {
        same = a->sizes[d] == b->sizes[d] &&
               (a->dim_order[d] == b->dim_order[d] || a->rank != 4 || a->sizes[1] == 1 ||
                a->sizes[2] * a->sizes[3] == 1);
    }
    return same ? SC_OK : SC_E_SHAPE;
}
