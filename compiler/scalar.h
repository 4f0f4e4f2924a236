/* SPDX-License-Identifier: Apache-2.0 */
/* Outputs that aren't tensors. Apart from execute.h, as the runtime's values and the
 * Graph's have one name. */
#ifndef SC_SCALAR_H
#define SC_SCALAR_H

#include "compiler/base/context.h"
#include "compiler/base/npy.h"

/* An output that is a number, as an array without dimensions: i64, f64 or bool. None
 * has data NULL. where: the file, for diagnostics. */
ScStatus sc_scalar_output(Sc *sc, const char *where, const ScMethod *method, uint32_t index,
                          ScArray *out_array);

#endif
