/* SPDX-License-Identifier: Apache-2.0 */
/* The geometry of pooling over images [N,C,H,W] or [C,H,W], of any layout and dtype. */
#ifndef SC_PORTABLE_POOL_ARGS_H
#define SC_PORTABLE_POOL_ARGS_H

#include "backends/portable/device/tensor.h"
#include "backends/portable/device/window.h"

typedef struct ScPool {
    ScView in, out; /* rank 4 */
    ScWindow h, w;
} ScPool;

/* A rectangle of the input: rows [y, y_end), columns [x, x_end). */
typedef struct ScRect {
    int64_t y, y_end, x, x_end;
} ScRect;

static inline ptrdiff_t sc_image_at(const ScView *v, size_t n, size_t c, int64_t y,
                                    int64_t x) {
    return (ptrdiff_t)n * v->strides[0] + (ptrdiff_t)c * v->strides[1] +
           (ptrdiff_t)y * v->strides[2] + (ptrdiff_t)x * v->strides[3];
}

/* A view of rank 4. */
ScStatus sc_image_view(const ScTensor *t, ScDtype dtype, ScView *out_view);
/* Both of `dtype`, with the same images and channels. */
ScStatus sc_pool_views(const ScTensor *in, const ScTensor *out, ScDtype dtype,
                       ScPool *pool);
/* kernel, stride, padding, dilation are the arguments 1, 2, 3 and `dilation`
 * (0 = the operator has none). */
ScStatus sc_pool_window(const ScCall *c, const ScPool *pool, uint32_t axis,
                        uint32_t dilation, bool ceil_mode, ScWindow *out_window);
/* Where a window lies; out_padded: its area with the padding (but not what
 * ceil_mode lets stick out beyond it). */
ScRect sc_pool_rect(const ScPool *pool, int64_t oy, int64_t ox, int64_t *out_padded);
/* The taps [*out_first, *out_end) of output o that read inside the input. */
void sc_pool_taps(const ScWindow *w, int64_t o, int64_t *out_first, int64_t *out_end);
/* _adaptive_avg_pool2d: SC_E_SHAPE when the sizes of argument 1 aren't those of out. */
ScStatus sc_pool_adaptive(const ScCall *c, const ScPool *pool);
/* What output (y, x) of an adaptive pool averages: [floor(y*in/out), ceil((y+1)*in/out)).
 */
ScRect sc_pool_adaptive_rect(const ScPool *pool, int64_t y, int64_t x);

#endif
