/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The op registry: what every operator of a Graph is, in one row each.
 * Nothing here is about a target.
 *
 * For `aten` and `quantized_decomposed` rows .schema is PyTorch's own string;
 * a test compares each with the installed torch. Names are torch's:
 * "aten.conv2d.default". See docs/adding-an-op.md.
 */
#ifndef SC_OPS_OPS_H
#define SC_OPS_OPS_H

#include "compiler/graph/graph.h"

enum {
    /* Always replaced by its decomposition: another spelling of other ops. */
    SC_OP_SYNONYM = 1u << 0,
    /* Result 0 is argument 0 (dropout in eval, detach, contiguous...). */
    SC_OP_IDENTITY = 1u << 1,
    /* Checks something at run time that the import already proved; dropped. */
    SC_OP_DROP = 1u << 2,
    /* Writes to argument 0; the functional twin is the name without '_'.
     * Never in a Graph: import/functionalize.c replaces it. */
    SC_OP_INPLACE = 1u << 3,
    /* In torch, result 0 (or each item) shares memory with argument 0. In a
     * Graph it is a copy like any other; the planner makes it free again. */
    SC_OP_VIEW = 1u << 4,
    /* Element i of the result depends on element i of the (broadcast) inputs. */
    SC_OP_POINTWISE = 1u << 5,
    /* A view that doesn't move bytes when contiguous: same elements, same order. */
    SC_OP_RESHAPE = 1u << 6,
    /* Control flow: owns bodies. The last argument lists what every run of every
     * body gets unchanged, bound to the last inputs. No engine takes it: see
     * sc_flow_pattern(). */
    SC_OP_FLOW = 1u << 7
};

enum { SC_MAX_RESULTS = 64 };

typedef struct ScOpDef {
    const char *name;
    const char *schema;
    /* Result types from the arguments (already checked against the schema):
     * out_types[0..*out_n), at most SC_MAX_RESULTS. Reads operand types through
     * sc_node_type(): a quantized operand shows as the real numbers it stands
     * for (float32); only q/dq ops look at the stored type itself. */
    ScStatus (*shape)(Sc *sc, const ScNode *node, ScType *out_types, uint32_t *out_n);
    /* Builds the same results from other ops before `node` and gives them in
     * out_results[n_results] (NULL items for unused ones). NULL = is primitive. */
    ScStatus (*decompose)(Sc *sc, ScGraph *graph, ScNode *node, ScValue **out_results);
    uint32_t flags;
    const char *doc; /* one line */
} ScOpDef;

typedef enum ScParamKind {
    SC_PARAM_TENSOR,
    SC_PARAM_TENSORS,
    SC_PARAM_OPTIONAL_TENSORS, /* Tensor?[] */
    SC_PARAM_INT,
    SC_PARAM_INTS,
    SC_PARAM_FLOAT,
    SC_PARAM_FLOATS,
    SC_PARAM_BOOL,
    SC_PARAM_BOOLS,
    SC_PARAM_SCALAR,
    SC_PARAM_STRING,
    SC_PARAM_DTYPE,
    SC_PARAM_LAYOUT,
    SC_PARAM_MEMORY_FORMAT,
    SC_PARAM_DEVICE,
    SC_PARAM_GRAPH /* a body; ours, torch has no schema for these */
} ScParamKind;

typedef struct ScParam {
    const char *name;
    ScParamKind kind;
    bool optional; /* "?" */
    bool has_default;
    bool kw_only;
    bool mutated;    /* "(a!)" */
    uint32_t list_n; /* "int[2]": a single int is repeated; 0 = any */
    ScArg fallback;  /* the default */
} ScParam;

typedef struct ScSchema {
    const char *ns;       /* "aten" */
    const char *name;     /* "conv2d" */
    const char *overload; /* "" when the schema has none */
    ScParam *params;
    uint32_t n_params;
    uint32_t n_results;
    bool list_result; /* one Tensor[] result */
} ScSchema;

struct ScOp {
    const ScOpDef *def;
    ScSchema schema;
};

struct ScOpTable {
    ScOp *rows; /* sorted by name */
    size_t n_rows;
};

/* Every row, sorted by name, schemas parsed. */
ScStatus sc_ops_load(Sc *sc, ScOpTable **out_table);
/* NULL when unknown. */
const ScOp *sc_ops_find(const ScOpTable *table, const char *name);
/* Names close to an unknown one, for diagnostics; "" when none. */
const char *sc_ops_suggest(ScArena *arena, const ScOpTable *table, const char *name);

/* Type of a value argument as the op computes on it: float32 when quantized.
 * The argument must be a value. */
ScType sc_node_type(const ScNode *node, uint32_t index);

/* Index of a parameter, -1 when there is none of that name. */
int sc_schema_param(const ScSchema *schema, const char *name);
ScStatus sc_schema_parse(Sc *sc, const char *text, ScSchema *out_schema);

/*
 * Checks one argument list against a schema and completes it: fills defaults,
 * turns an int into a float or a list where the schema asks for one.
 * args has schema->n_params items; kind SC_ARG_NONE with given[i] false = absent.
 */
ScStatus sc_schema_bind(Sc *sc, const char *where, ScArena *arena, const ScSchema *schema,
                        ScArg *args, const bool *given);

#endif
