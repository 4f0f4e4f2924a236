/* SPDX-License-Identifier: Apache-2.0 */
/* The geometry of sliding windows: convolution and pooling, one axis each. */
#ifndef SC_PORTABLE_WINDOW_H
#define SC_PORTABLE_WINDOW_H

#include "runtime/call.h"

/* Output o reads inputs o * stride - pad + k * dilation, k = 0..kernel-1. */
typedef struct ScWindow {
    int64_t in, out, kernel, stride, pad, dilation;
} ScWindow;

/* Largest value that sizes and attributes may have: products stay in int64. */
#define SC_WINDOW_MAX 0x7fffffff

/* Item `axis` of a list argument with one item for all axes or one for each;
 * `fallback` when the list is empty. Clamped to what fits into 32 bits. */
int64_t sc_window_item(const ScCall *c, uint32_t index, uint32_t axis, int64_t fallback);

/* SC_E_SHAPE: attributes out of range. SC_E_SHAPE: out is not what a window
 * over in gives (torch's formula; ceil_mode rounds up). */
ScStatus sc_window_check(const ScWindow *w, bool ceil_mode);

/* The outputs [*out_first, *out_end) for which tap k reads inside the input. */
void sc_window_span(const ScWindow *w, int64_t k, int64_t *out_first, int64_t *out_end);

#endif
