/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the shape functions of the rows share: reading arguments by name,
 * messages, PyTorch's rules of broadcasting and type promotion, and the shape
 * functions that many rows use.
 *
 * No arithmetic here can overflow: types of values pass sc_type_can_exist()
 * (sc_shape_give() holds that for results), and arguments that enter into
 * arithmetic are checked by sc_take_sizes().
 */
#ifndef SC_OPS_SHAPE_H
#define SC_OPS_SHAPE_H

#include "compiler/ops/ops.h"

/* ---- messages ---------------------------------------------------------------- */

/* SC_E_SHAPE: the arguments don't fit each other. */
ScStatus sc_bad_shape(Sc *sc, const ScNode *node, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* SC_E_UNSUPPORTED: what isn't done, and the way out. */
ScStatus sc_not_done(Sc *sc, const ScNode *node, const char *todo, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* ---- arguments by name ------------------------------------------------------- */

/* A name that the schema lacks reads as None, 0 or false. */
ScArg sc_take(const ScNode *node, const char *name);
bool sc_take_given(const ScNode *node, const char *name); /* not None */
int64_t sc_take_int(const ScNode *node, const char *name);
bool sc_take_bool(const ScNode *node, const char *name);
/* A float, int or bool as a double. */
double sc_take_number(const ScNode *node, const char *name);
const char *sc_take_string(const ScNode *node, const char *name); /* "" for None */
ScValue *sc_take_value(const ScNode *node, const char *name);     /* NULL for None */
/* sc_node_type() by name; the argument must be a value. */
ScType sc_take_type(const ScNode *node, const char *name);
/* fallback when it is None. */
ScDtype sc_take_dtype(const ScNode *node, const char *name, ScDtype fallback);
/* sc_node_type() of item i of a tensor list. */
ScType sc_take_item_type(const ScNode *node, const char *name, uint32_t i);
/* Exactly n integers in [low, INT32_MAX]; a list of one is repeated. */
ScStatus sc_take_sizes(Sc *sc, const ScNode *node, const char *name, uint32_t n,
                       int64_t low, int64_t *out_items);

/* 0..rank-1 from a possibly negative dimension; rank 0 counts as 1. */
ScStatus sc_wrap_dim(Sc *sc, const ScNode *node, int64_t dim, uint32_t rank,
                     uint32_t *out_dim);
/* The same for an argument called `name`. */
ScStatus sc_take_dim(Sc *sc, const ScNode *node, const char *name, uint32_t rank,
                     uint32_t *out_dim);
/* Bit d set = dimension d is in the list `name`; None or [] = all of them. */
ScStatus sc_take_dims(Sc *sc, const ScNode *node, const char *name, uint32_t rank,
                      uint32_t *out_mask);

/* ---- types ------------------------------------------------------------------- */

bool sc_dtype_is_int(ScDtype dtype); /* integers without bool */
/* torch.promote_types() */
ScDtype sc_promote_dtypes(ScDtype a, ScDtype b);

/* torch.result_type(): tensors with dimensions outrank those without, which
 * outrank Python numbers, unless of a higher category. Start from zeros. */
typedef struct ScPromotion {
    bool has[3];
    ScDtype dtype[3]; /* dimensioned, 0-dim, number */
} ScPromotion;

void sc_promote_type(ScPromotion *p, const ScType *type);
void sc_promote_number(ScPromotion *p, const ScArg *number); /* None: nothing */
ScDtype sc_promoted(const ScPromotion *p);

/* Widens *type's dims to broadcast with `other`; false when they don't fit. */
bool sc_broadcast(ScType *type, const ScType *other);

/* The type without the dimensions of `mask`, or with 1 there when keepdim. */
ScType sc_reduced(const ScType *type, uint32_t mask, bool keepdim);

/* ---- results ----------------------------------------------------------------- */

/* Known dtype, rank <= SC_MAX_RANK, dimensions <= INT32_MAX, below 4 GB. */
bool sc_type_can_exist(const ScType *type);
/* Checks that the type can exist and gives it as the only one. */
ScStatus sc_shape_give(Sc *sc, const ScNode *node, ScType type, ScType *out_types,
                       uint32_t *out_n);
/* One more result; start with *out_n = 0. */
ScStatus sc_shape_add(Sc *sc, const ScNode *node, ScType type, ScType *out_types,
                      uint32_t *out_n);

/* ---- shape functions that many rows use --------------------------------------- */

/* As argument 0. */
ScStatus sc_shape_same(Sc *sc, const ScNode *node, ScType *out_types, uint32_t *out_n);
/* As argument 0; integers become float32. */
ScStatus sc_shape_float(Sc *sc, const ScNode *node, ScType *out_types, uint32_t *out_n);
/* As argument 0, which must be a float (torch has no integer kernel). */
ScStatus sc_shape_float_only(Sc *sc, const ScNode *node, ScType *out_types,
                             uint32_t *out_n);
/* Dimensions of argument 0, bool. */
ScStatus sc_shape_bool(Sc *sc, const ScNode *node, ScType *out_types, uint32_t *out_n);
/* Arguments 0 and 1 (tensor or number) broadcast and promoted. */
ScStatus sc_shape_binary(Sc *sc, const ScNode *node, ScType *out_types, uint32_t *out_n);
/* The same; integers become float32. */
ScStatus sc_shape_binary_float(Sc *sc, const ScNode *node, ScType *out_types,
                               uint32_t *out_n);
/* The same; bool. */
ScStatus sc_shape_compare(Sc *sc, const ScNode *node, ScType *out_types, uint32_t *out_n);
/* No results. */
ScStatus sc_shape_none(Sc *sc, const ScNode *node, ScType *out_types, uint32_t *out_n);

#endif
