/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How a kernel reads its arguments.
 *
 * A kernel is `ScStatus name(ScCall *c)`. Arguments have the positions of the
 * operator's schema, outputs last. Their kinds and number were checked against
 * the kernel's signature when the method was initialised (sc_init), so the
 * accessors below can't fail on them; what a kernel must check itself is what
 * the signature can't say: ranks, sizes, dtypes, values.
 *
 * Nothing is decoded before a kernel asks for it; there is no per-value RAM.
 */
#ifndef SC_RUNTIME_CALL_H
#define SC_RUNTIME_CALL_H

#include "sconce/runtime.h"

/* A Scalar argument keeps the type it had in Python. */
typedef enum ScScalarKind { SC_SCALAR_INT, SC_SCALAR_DOUBLE, SC_SCALAR_BOOL } ScScalarKind;

typedef struct ScScalar {
    ScScalarKind kind;
    int64_t i; /* also 0/1 for a bool; truncated from a double */
    double d;  /* always set */
} ScScalar;

bool sc_arg_is_none(const ScCall *c, uint32_t index);

/* Tensor, optional tensor or output. data NULL when the argument is None. */
ScTensor sc_arg_tensor(const ScCall *c, uint32_t index);

int64_t sc_arg_int(const ScCall *c, uint32_t index);
bool sc_arg_bool(const ScCall *c, uint32_t index);
double sc_arg_double(const ScCall *c, uint32_t index); /* an Int is converted */
ScScalar sc_arg_scalar(const ScCall *c, uint32_t index);
/* Borrows the file. out_n_bytes excludes the terminating 0. */
const char *sc_arg_string(const ScCall *c, uint32_t index, uint32_t *out_n_bytes);

/* Lists: length (0 for None), then the items one by one; an index beyond the
 * length gives 0, false or a tensor with data NULL. */
uint32_t sc_arg_count(const ScCall *c, uint32_t index);
int64_t sc_arg_int_at(const ScCall *c, uint32_t index, uint32_t item);
double sc_arg_double_at(const ScCall *c, uint32_t index, uint32_t item);
bool sc_arg_bool_at(const ScCall *c, uint32_t index, uint32_t item);
ScTensor sc_arg_tensor_at(const ScCall *c, uint32_t index, uint32_t item);

/* Copies a list of ints into out_items[capacity]; SC_E_SHAPE when longer. */
ScStatus sc_arg_ints(const ScCall *c, uint32_t index, int64_t *out_items, uint32_t capacity,
                     uint32_t *out_n);

/*
 * What a kernel can change besides the bytes of its outputs.
 *
 * A number returned by an operator without outputs (sym_size, prims) is the
 * argument behind the last one of the schema; SC_E_ARG when the argument is
 * another kind of value.
 */
ScStatus sc_arg_set_int(ScCall *c, uint32_t index, int64_t number);
ScStatus sc_arg_set_bool(ScCall *c, uint32_t index, bool truth);
ScStatus sc_arg_set_double(ScCall *c, uint32_t index, double number);

/* Gives an output sizes[rank]. SC_E_SHAPE: other than the sizes of a static
 * tensor, or above the bound of a dynamic one. */
ScStatus sc_arg_set_sizes(ScCall *c, uint32_t index, const int32_t *sizes);

/* Makes an output share the bytes of argument `source` (et_view). SC_E_ARG:
 * the output has a place of its own; SC_E_SHAPE: it is larger. */
ScStatus sc_arg_alias(ScCall *c, uint32_t index, uint32_t source);

/* For hooks: arguments of this call, the repeated return included; 0 when the
 * instruction isn't a kernel call. Accessors used on an argument of another
 * kind, or out of range, give None, 0, false, an empty list or string. */
uint32_t sc_call_count(const ScCall *c);

#endif
