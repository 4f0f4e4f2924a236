/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The Graph: typed values and the nodes of the op registry that make them.
 *
 * Rules that sc_graph_verify() holds:
 * - SSA: every value has one maker: input, constant, state, or one node result;
 *   nodes are in topological order; names are unique.
 * - Functional: no node writes to a value. State changes are outputs with
 *   `state` set; they take effect at the end of a run.
 * - A node has exactly one argument per schema argument, in schema order,
 *   defaults filled in; its result types are what its op infers.
 * - Quantization lives on the type of a value. An op computes on the real
 *   numbers that its inputs stand for and rounds to the type of its result.
 * - Constants are dense and contiguous in logical order.
 */
#ifndef SC_GRAPH_GRAPH_H
#define SC_GRAPH_GRAPH_H

#include "compiler/base/context.h"
#include "compiler/base/npy.h"
#include "compiler/base/text.h"

/* real = scale * (q - zero_point), q in [qmin, qmax]. Per channel when
 * axis >= 0 (then n = dims[axis]), else n = 1. */
typedef struct ScQuant {
    int axis;
    uint32_t n;
    const double *scales;
    const int64_t *zero_points;
    int64_t qmin, qmax;
} ScQuant;

/* dims are constants; an upper bound with a symbol beside it is how bounded
 * dynamic sizes will be added (docs/adr/0004). */
typedef struct ScType {
    ScDtype dtype;
    ScLayout layout; /* of the bytes; dims stay logical */
    uint8_t rank;
    int64_t dims[SC_MAX_RANK];
    const ScQuant *quant; /* NULL = plain numbers */
} ScType;

typedef enum ScValueKind {
    SC_VALUE_INPUT,
    SC_VALUE_CONST,
    SC_VALUE_STATE, /* a mutated buffer: read as of the start of the run */
    SC_VALUE_RESULT
} ScValueKind;

typedef struct ScNode ScNode;

typedef struct ScValue {
    const char *name; /* [A-Za-z_][A-Za-z0-9_]*, unique in the graph */
    const char *fqn;  /* of a parameter or buffer in the model, or NULL */
    ScValueKind kind;
    ScType type;
    const void *data; /* CONST, STATE (initial): sc_type_bytes() bytes */
    ScNode *producer; /* RESULT */
    uint32_t result_index;
    uint32_t id; /* index in graph->values */
} ScValue;

typedef enum ScArgKind {
    SC_ARG_NONE,
    SC_ARG_VALUE,
    SC_ARG_VALUES, /* items may be NULL (None) */
    SC_ARG_INT,
    SC_ARG_FLOAT,
    SC_ARG_BOOL,
    SC_ARG_STRING,
    SC_ARG_INTS,
    SC_ARG_FLOATS,
    SC_ARG_BOOLS,
    SC_ARG_DTYPE,         /* i = ScDtype */
    SC_ARG_LAYOUT,        /* torch.layout; i: 7 = strided */
    SC_ARG_MEMORY_FORMAT, /* i: 1 contiguous, 2 channels_last, 4 preserve */
    SC_ARG_DEVICE,        /* s = "cpu" */
    SC_ARG_GRAPH          /* a body: branch of a cond, step of a loop */
} ScArgKind;

typedef struct ScGraph ScGraph;

typedef struct ScArg {
    ScArgKind kind;
    uint32_t n; /* of the list kinds */
    union {
        int64_t i;
        double f;
        bool b;
        const char *s;
        ScValue *value;
        ScValue **values;
        const int64_t *ints;
        const double *floats;
        const bool *bools;
        ScGraph *graph;
    } as;
} ScArg;

typedef struct ScOp ScOp; /* a row of the op registry: compiler/ops/ops.h */

struct ScNode {
    const ScOp *op;
    ScArg *args;
    uint32_t n_args;
    ScValue **results; /* NULL item: the schema's result that nobody asked for */
    uint32_t n_results;
    ScNode *prev, *next;
    const char *module_path; /* "features.0.conv", or NULL */
    const char *source;      /* "model.py:12", or NULL */
    uint32_t id;             /* unique in the graph, stable over passes */
};

/* What a run returns. value is NONE, INT, FLOAT, BOOL or VALUE. */
typedef struct ScOutput {
    const char *name;
    ScArg value;
    ScValue *state; /* not NULL: not a user output; written back to this state */
} ScOutput;

typedef struct ScOpTable ScOpTable;

struct ScGraph {
    ScArena *arena;
    const ScOpTable *ops;
    const char *name;
    ScValue **values; /* every value ever made; removed ones have NULL */
    size_t n_values, cap_values;
    ScValue **inputs; /* INPUT values in the model's order */
    size_t n_inputs, cap_inputs;
    ScOutput *outputs; /* state writes first, then user outputs */
    size_t n_outputs, cap_outputs;
    ScNode *first, *last;
    uint32_t next_node_id;
    uint32_t next_name;
};

/*
 * Bodies. A node of control flow owns graphs as arguments; a body sees only its
 * inputs, which the node's operands are bound to in order, and has no state. So
 * nothing outside of a body uses its values, and passes work on it as on any
 * graph. See docs/adr/0012.
 */
enum { SC_MAX_BODY_DEPTH = 16 };

/* The next body among the node's arguments, from *at on (start with 0), or NULL. */
ScGraph *sc_node_next_body(const ScNode *node, uint32_t *at);
bool sc_node_has_bodies(const ScNode *node);

/* ---- types ----------------------------------------------------------------- */

size_t sc_type_numel(const ScType *type);
size_t sc_type_bytes(const ScType *type);
/* quant and layout compared too. */
bool sc_type_equal(const ScType *a, const ScType *b);
bool sc_dims_equal(const ScType *a, const ScType *b);
ScType sc_type_make(ScDtype dtype, uint32_t rank, const int64_t *dims);
/* "f32[1,3,64,64]", "i8[8,16]{q 0.05 3}" */
void sc_type_print(const ScType *type, ScBuf *out);

/* ---- arguments --------------------------------------------------------------- */

static inline ScArg sc_arg_of_none(void) {
    return (ScArg){.kind = SC_ARG_NONE};
}
static inline ScArg sc_arg_of_value(ScValue *v) {
    return v ? (ScArg){.kind = SC_ARG_VALUE, .as.value = v} : sc_arg_of_none();
}
static inline ScArg sc_arg_of_int(int64_t i) {
    return (ScArg){.kind = SC_ARG_INT, .as.i = i};
}
static inline ScArg sc_arg_of_float(double f) {
    return (ScArg){.kind = SC_ARG_FLOAT, .as.f = f};
}
static inline ScArg sc_arg_of_bool(bool b) {
    return (ScArg){.kind = SC_ARG_BOOL, .as.b = b};
}
static inline ScArg sc_arg_of_graph(ScGraph *body) {
    return (ScArg){.kind = SC_ARG_GRAPH, .as.graph = body};
}
static inline ScArg sc_arg_of_string(const char *s) {
    return (ScArg){.kind = SC_ARG_STRING, .as.s = s};
}
static inline ScArg sc_arg_of_dtype(ScDtype d) {
    return (ScArg){.kind = SC_ARG_DTYPE, .as.i = (int64_t)d};
}
/* Copies the items into the arena. */
ScArg sc_arg_of_ints(ScArena *arena, const int64_t *items, size_t n);
ScArg sc_arg_of_values(ScArena *arena, ScValue *const *items, size_t n);

/* ---- building and editing ------------------------------------------------------ */

ScGraph *sc_graph_new(ScArena *arena, const ScOpTable *ops, const char *name);

/* name NULL or taken: a fresh one is made from it. */
ScValue *sc_graph_add_value(ScGraph *graph, ScValueKind kind, const char *name,
                            const ScType *type);
ScValue *sc_graph_add_input(ScGraph *graph, const char *name, const ScType *type);
/* data is borrowed (keep it in the arena or in the mapped file); NULL = zeros. */
ScValue *sc_graph_add_const(ScGraph *graph, const char *name, const ScType *type,
                            const void *data);
ScValue *sc_graph_add_state(ScGraph *graph, const char *name, const ScType *type,
                            const void *data);
void sc_graph_add_output(ScGraph *graph, const char *name, ScArg value, ScValue *state);

/*
 * Adds a node before `before` (NULL = at the end). args: n_args leading
 * arguments in schema order; the rest take their defaults. Checks argument
 * kinds and infers the result types. Fails with the op's own diagnostic.
 */
ScStatus sc_graph_add_node(Sc *sc, ScGraph *graph, ScNode *before, const char *op_name,
                           const ScArg *args, size_t n_args, ScNode **out_node);

/* Every use of `from` (arguments and outputs) becomes `to`. */
void sc_graph_replace_uses(ScGraph *graph, ScValue *from, ScValue *to);
size_t sc_graph_count_uses(const ScGraph *graph, const ScValue *value);
/* Uses by nodes only; the single user when there is exactly one, else NULL.
 * Also NULL when an output uses it. */
ScNode *sc_graph_single_user(const ScGraph *graph, const ScValue *value);
/* The node's results must be unused. */
void sc_graph_remove_node(ScGraph *graph, ScNode *node);
/* Removes nodes, constants whose results nobody uses. Inputs and states stay.
 * Returns how many nodes and values went. */
size_t sc_graph_sweep(ScGraph *graph);

/* The argument called `name`; NULL when the schema has none. */
const ScArg *sc_node_arg(const ScNode *node, const char *name);
ScValue *sc_node_value(const ScNode *node, uint32_t index); /* NULL for None */
/* "conv1: aten.conv2d.default at features.0, model.py:12": for diagnostics. */
const char *sc_node_where(ScArena *arena, const ScNode *node);

/* Calls fn for every value argument of a node, list items included. */
void sc_node_each_value(ScNode *node, void (*fn)(void *user, ScValue **slot), void *user);

/* ---- copies -------------------------------------------------------------------------- */

/*
 * Adds a copy of `node` at the end of `to`. twins[value id of node's graph] is
 * the value's copy in `to`: operands must have one, except constants, which are
 * copied when they are met. Sets the twins of the results. out_node may be NULL.
 */
ScStatus sc_graph_copy_node(Sc *sc, const ScNode *node, ScGraph *to, ScValue **twins,
                            ScNode **out_node);

/* The whole graph; data of constants is shared. */
ScStatus sc_graph_clone(Sc *sc, const ScGraph *graph, ScGraph **out_graph,
                        ScValue ***out_twins);

/* ---- text and verifier ------------------------------------------------------------ */

void sc_graph_print(const ScGraph *graph, ScBuf *out);
/* Parses what sc_graph_print() writes. */
ScStatus sc_graph_parse(Sc *sc, const char *where, const ScOpTable *ops, const char *text,
                        size_t n_bytes, ScGraph **out_graph);
ScStatus sc_graph_verify(Sc *sc, const ScGraph *graph);

#endif
