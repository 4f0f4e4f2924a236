/* SPDX-License-Identifier: Apache-2.0 */
/* Filling tensors of any dtype with one number. */
#ifndef SC_PORTABLE_FILL_H
#define SC_PORTABLE_FILL_H

#include "backends/portable/device/tensor.h"

/* The bytes of a scalar as one element of `dtype`; SC_E_UNSUPPORTED for a dtype
 * that can't be made here. Doubles truncate to integers, integers wrap. */
ScStatus sc_scalar_bytes(ScScalar value, uint8_t dtype, uint8_t out_bytes[8]);
ScStatus sc_fill_scalar(const ScTensor *out, ScScalar value);

#endif
