/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The state of one import, shared by its files:
 *
 *   pt2.c            inputs and outputs of the program
 *   nodes.c          its nodes: names, arguments by name, results checked
 *   arguments.c      the 31 kinds of arguments
 *   functionalize.c  memory: what aliases what, in-place operators, state
 *   views.c          which operators give views, and how to write through one
 *   outnames.c       names of outputs
 *   absorb.c         quantize/dequantize nodes into value types
 *   flow.c           control flow: operators that own graphs
 *   refuse.c         messages about operators that can't be imported
 *
 * A plain export isn't functional: its tensors are windows into storages that
 * in-place operators change. So every torch name is bound to an ScImportTensor, which
 * is the root of a storage or a view of another one. Reading one gives the
 * ScValue of its present contents; a write makes a new value for it and for
 * every base up to the root, and views that were made earlier are computed anew
 * when they are read next. Without writes nothing of this leaves a trace.
 */
#ifndef SC_IMPORT_IMPORT_H
#define SC_IMPORT_IMPORT_H

#include "compiler/import/archive.h"
#include "compiler/import/pt2.h"

typedef struct ScImportTensor ScImportTensor;

typedef enum ScStorageKind {
    SC_STORAGE_TEMPORARY, /* made by a node */
    SC_STORAGE_WEIGHT,    /* parameter, buffer or constant: written = state */
    SC_STORAGE_INPUT      /* the caller's tensor */
} ScStorageKind;

typedef struct ScStorage {
    ScStorageKind kind;
    ScImportTensor *root;
    uint32_t generation; /* how often it was written */
    const json_t *table; /* WEIGHT: where its payload is described ... */
    const char *fqn;     /* ... and under which name */
    ScValue *initial;    /* WEIGHT: CONST or STATE value, NULL until it is used */
    ScValue *final;      /* WEIGHT: what an explicit buffer_mutation writes */
} ScStorage;

struct ScImportTensor {
    const char *name; /* first torch name */
    ScPt2Meta meta;   /* of a weight: read when it is first used */
    bool has_meta;
    ScStorage *storage;
    ScImportTensor *base;  /* NULL = root */
    const ScNode *view;    /* made it from base; computed anew after writes */
    uint32_t result_index; /* which result of `view` */
    uint32_t depth;        /* number of bases */
    ScValue *value;        /* contents as of `generation`; NULL = not read yet */
    uint32_t generation;
};

typedef struct ScNameSlot {
    const char *name;
    ScImportTensor *tensor;
} ScNameSlot;

typedef struct ScImport {
    Sc *sc;
    ScPt2 pt2;
    const ScOpTable *ops;
    ScGraph *graph;
    const json_t *tensor_values;
    const json_t *ranges; /* range_constraints or NULL */
    ScNameSlot *names;    /* open addressing, cap is a power of two */
    size_t n_names, cap_names;
    ScStorage **weights; /* in the order of the signature */
    size_t n_weights, cap_weights;
    const char *const *output_names; /* of user outputs, NULL when unknown */
    size_t n_user_outputs;           /* made so far */
    /* Of the node being imported: */
    const char *where; /* for diagnostics */
    const char *module_path, *source;
    uint32_t depth; /* of bodies: 0 = the program itself */
} ScImport;

/* ---- nodes.c ------------------------------------------------------------------------- */

ScStatus sc_import_find(ScImport *im, const char *name, ScImportTensor **out_tensor);
ScStatus sc_import_bind(ScImport *im, const char *name, ScImportTensor *tensor);
/* The name means another tensor from here on. */
ScStatus sc_import_rebind(ScImport *im, const char *name, ScImportTensor *tensor);
/* Metadata of a name from tensor_values. */
ScStatus sc_import_meta(ScImport *im, const char *name, ScPt2Meta *out_meta);
ScType sc_import_type(const ScPt2Meta *meta);
/* A torch name as graph.h wants it: letters, digits and '_'. */
const char *sc_import_clean_name(ScImport *im, const char *name);
/* Renames a value so; a taken name gets a number. */
void sc_import_name_value(ScImport *im, ScValue *value, const char *name);

/* Adds a node at the end, with the module path and source of the one being
 * imported; diagnostics get im->where. */
ScStatus sc_import_emit(ScImport *im, const char *op, const ScArg *args, size_t n_args,
                        ScNode **out_node);
/* The same for one result. */
ScStatus sc_import_emit1(ScImport *im, const char *op, const ScArg *args, size_t n_args,
                         ScValue **out_value);

/* Argument list of a node in the order of a schema, defaults filled in. */
ScStatus sc_import_arguments(ScImport *im, const json_t *node, const ScSchema *schema,
                             ScArg **out_args);
/* The overload that takes what the node gives: numbers where `op` wants tensors. */
const ScOp *sc_import_overload(ScImport *im, const ScOp *op, const json_t *node);
/* The argument called `name` of a node; NULL when it isn't given. */
const json_t *sc_import_node_arg(const json_t *node, const char *name);
/* Name of its only result. */
ScStatus sc_import_output_name(ScImport *im, const json_t *node, const char **out_name);
/* A node as a call of the functional operator `op`; binds its results. */
ScStatus sc_import_call(ScImport *im, const ScOp *op, const json_t *node);
/* Result `index` of a node that shares memory with nothing; named: {"name": ...}. */
ScStatus sc_import_bind_fresh(ScImport *im, ScNode *node, uint32_t index,
                              const json_t *named);
/* Any node. */
ScStatus sc_import_node(ScImport *im, const json_t *node);

/* ---- arguments.c ------------------------------------------------------------------- */

ScStatus sc_import_argument(ScImport *im, const json_t *json, ScArg *out_arg);
/* The only key of a union object, and its value; NULL when it is none. */
const char *sc_import_union(const json_t *json, const json_t **out_value);
/* The name in {"as_tensor": {"name": ...}}; NULL when it is something else. */
const char *sc_import_tensor_name(const json_t *json);

/* ---- functionalize.c ------------------------------------------------------------------
 */

/* meta NULL: see sc_import_need_meta(). */
ScImportTensor *sc_import_new_root(ScImport *im, ScStorageKind kind, const char *name,
                                   const ScPt2Meta *meta);
/* A weight of a dtype that can't be imported does no harm while nothing uses it. */
ScStatus sc_import_need_meta(ScImport *im, ScImportTensor *tensor);
/* A root that holds `value`. */
ScImportTensor *sc_import_new_temporary(ScImport *im, const char *name,
                                        const ScPt2Meta *meta, ScValue *value);
ScImportTensor *sc_import_new_view(ScImport *im, const char *name, const ScPt2Meta *meta,
                                   ScImportTensor *base, const ScNode *node,
                                   uint32_t result_index);
/* The value of what the tensor holds at this point of the program. */
ScStatus sc_import_read(ScImport *im, ScImportTensor *tensor, ScValue **out_value);
/* From here on it holds `value`, and so do its bases and their other views. */
ScStatus sc_import_write(ScImport *im, ScImportTensor *tensor, ScValue *value);
/* The value a weight has at the start of a run. */
ScStatus sc_import_weight(ScImport *im, ScStorage *storage, ScValue **out_value);
/* It is written: from CONST to STATE, if it may. */
ScStatus sc_import_make_state(ScImport *im, ScStorage *storage);

/* The program writes to the caller's tensor `name`. */
ScStatus sc_import_refuse_input_write(ScImport *im, const char *name);

/* True for names like aten.relu_.default (not aten.__or__.Tensor). */
bool sc_import_is_inplace(const char *op);
/* Imports an in-place node. */
ScStatus sc_import_inplace(ScImport *im, const char *op, const json_t *node);

/* ---- views.c ---------------------------------------------------------------------------
 */

/* "aten.squeeze.dim" is one that gives views, at least sometimes. */
bool sc_import_is_view_name(const char *op);
/* Does result `out` of this node share memory with its argument 0, `in`? */
bool sc_import_is_view(const ScOp *op, const ScArg *args, const ScPt2Meta *in,
                       const ScPt2Meta *out);
/* The base's new value when `value` is written through a view of it. old_base:
 * the base's value before. */
ScStatus sc_import_write_through(ScImport *im, const ScImportTensor *view,
                                 ScValue *old_base, ScValue *value, ScValue **out_base);

/* ---- outnames.c -----------------------------------------------------------------------
 */

/* n_outputs names of what the user gets, in order, each may be NULL; NULL when
 * nothing is known. */
const char *const *sc_import_output_names(ScImport *im, size_t n_outputs);

/* ---- absorb.c --------------------------------------------------------------------------
 */

ScStatus sc_import_absorb(Sc *sc, ScGraph *graph);

/* ---- flow.c -----------------------------------------------------------------------------
 */

/* The row of a higher-order operator that can be imported, else NULL. */
const ScOp *sc_import_flow_op(const ScImport *im, const char *target);
ScStatus sc_import_flow(ScImport *im, const ScOp *op, const json_t *node);

/* ---- refuse.c ---------------------------------------------------------------------------
 */

/* For a target that has no row in the registry. */
ScStatus sc_import_refuse_target(ScImport *im, const char *target);
extern const char sc_import_advice_decompose[];

#endif
