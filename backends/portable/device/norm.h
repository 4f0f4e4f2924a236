/* SPDX-License-Identifier: Apache-2.0 */
/* What the normalisations read the same way: weights, and where statistics go. */
#ifndef SC_PORTABLE_NORM_H
#define SC_PORTABLE_NORM_H

#include "backends/portable/device/tensor.h"
#include "runtime/math.h"

/* An optional tensor of n floats; *out_data NULL when None. */
ScStatus sc_norm_floats(const ScCall *c, uint32_t index, size_t n, const float **out_data);
/* Where to save n statistics; NULL when the output is empty (nobody asked). */
ScStatus sc_norm_stats(const ScCall *c, uint32_t index, size_t n, float **out_data);

#endif
