/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The families that registry.c joins into one table. A family is a file
 * rows_NAME.c: rows, and beside them the functions that they name.
 */
#ifndef SC_OPS_FAMILIES_H
#define SC_OPS_FAMILIES_H

#include "compiler/ops/ops.h"

typedef struct ScOpFamily {
    const ScOpDef *rows;
    size_t n_rows;
} ScOpFamily;

extern const ScOpFamily sc_family_activation;
extern const ScOpFamily sc_family_attention;
extern const ScOpFamily sc_family_binary;
extern const ScOpFamily sc_family_conv;
extern const ScOpFamily sc_family_copy;
extern const ScOpFamily sc_family_create;
extern const ScOpFamily sc_family_einsum;
extern const ScOpFamily sc_family_flow;
extern const ScOpFamily sc_family_index;
extern const ScOpFamily sc_family_inplace;
extern const ScOpFamily sc_family_join;
extern const ScOpFamily sc_family_linear;
extern const ScOpFamily sc_family_norm;
extern const ScOpFamily sc_family_pad;
extern const ScOpFamily sc_family_pool;
extern const ScOpFamily sc_family_quant;
extern const ScOpFamily sc_family_reduce;
extern const ScOpFamily sc_family_rnn;
extern const ScOpFamily sc_family_sample;
extern const ScOpFamily sc_family_softmax;
extern const ScOpFamily sc_family_unary;
extern const ScOpFamily sc_family_view;

#define SC_OP_FAMILY(rows) \
    { rows, sizeof(rows) / sizeof(rows)[0] }

#endif
