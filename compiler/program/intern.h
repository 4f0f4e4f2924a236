/* SPDX-License-Identifier: Apache-2.0 */
/* Finds equal values and constants of a Program. Private to this room. */
#ifndef SC_PROGRAM_INTERN_H
#define SC_PROGRAM_INTERN_H

#include "compiler/program/program.h"

/* The first value equal to `value`, or SC_PID_NONE. Equal means: exchangeable
 * in any argument. Tensors on buffers and unplanned ones are never equal. */
ScPid sc_value_find(const ScProgram *program, const ScPValue *value);
/* Appends without looking for an equal one; the first of equals is the one
 * that sc_value_find() gives. */
ScPid sc_value_add(ScProgram *program, const ScPValue *value);

/* Appends a value of its own: sc_value_find() never gives it. */
ScPid sc_value_add_own(ScProgram *program, const ScPValue *value);

/* Index of a constant with these bytes, added when there is none. */
uint32_t sc_const_intern(ScProgram *program, const void *data, uint64_t n_bytes);
/* Appends without looking. */
uint32_t sc_const_add(ScProgram *program, const void *data, uint64_t n_bytes);
uint32_t sc_operator_intern(ScProgram *program, const char *name);

#endif
