/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the compiler knows of an engine. A backend is one const struct; its
 * heart is a table of patterns. An op that no pattern takes is unsupported:
 * the support matrix is printed from these tables. See
 * docs/adding-a-backend.md; backends/null is the one to clone.
 */
#ifndef SC_BACKEND_H
#define SC_BACKEND_H

#include "compiler/ops/ops.h"
#include "compiler/program/program.h"

enum { SC_MAX_COVERED = 8 };

typedef struct ScChoice ScChoice;

/* How the nodes of a body are made: choices in lowering order. */
typedef struct ScBodyPlace {
    const ScChoice *choices;
    size_t n;
} ScBodyPlace;

/* What a pattern takes at an anchor node. */
typedef struct ScMatch {
    ScNode *nodes[SC_MAX_COVERED]; /* in graph order; the anchor is among them */
    uint32_t n_nodes;
    ScValue *result;           /* of the last one, for patterns of several nodes */
    const ScBodyPlace *bodies; /* of a node of control flow, in argument order */
} ScMatch;

typedef struct ScCost {
    double time_us; /* ESTIMATE until measured; 0 = unknown */
    uint64_t flash_bytes;
    uint64_t scratch_bytes;
} ScCost;

struct ScBackend;
typedef struct ScBackend ScBackend;

/* Lowering state: turns graph values into program values. Given to .lower. */
typedef struct ScLower {
    Sc *sc;
    const ScGraph *graph;
    const ScBackend *host; /* the engine that runs what isn't delegated */
    const char *isa;       /* kind of core ("dsp", "mve"), or NULL */
    ScProgram *program;
    ScPid *pids; /* per graph value id; SC_PID_NONE until made */
} ScLower;

/*
 * What a pattern demands of quantized operands and results, as data. The
 * quantizer reads it; `lower` then finds the types on the values.
 */
typedef enum ScQuantRule {
    SC_QUANT_NONE,   /* computes on plain numbers only */
    SC_QUANT_FREE,   /* int8 in, int8 out with a scale of its own */
    SC_QUANT_SAME,   /* int8 in, int8 out with the parameters of its operands, which
                        share theirs (pools, pads, joins, moves) */
    SC_QUANT_FIXED,  /* int8 in, int8 out with the parameters below */
    SC_QUANT_MOVE,   /* moves bytes of any dtype; int8 as with SAME */
    SC_QUANT_CONVERT /* a q/dq operator: one side is quantized */
} ScQuantRule;

typedef struct ScQuantRules {
    ScQuantRule rule;
    double scale;       /* FIXED */
    int64_t zero_point; /* FIXED */
    /* Constant weights (sc_node_weighted) become int8, the bias int32. */
    bool weights;
    bool per_channel;   /* one weight scale an output channel, else one for all */
    bool channels_last; /* rank-4 operands and results lie in NHWC */
    bool scalars;       /* constants of one element stay float: lowering reads them */
} ScQuantRules;

typedef struct ScPattern {
    const char *op;     /* the anchor: "aten.conv2d.default" */
    const char *kernel; /* kernel that it becomes, for tables: "aten::convolution.out" */
    bool ours;          /* not in stock's vocabulary: left out with --ops stock */
    const char *isa;    /* only for targets of this kind ("dsp", "mve"); NULL = any */
    /* Fills in out_match and returns NULL, or says in one sentence why not
     * ("float64 input; this engine computes in float32"). */
    const char *(*match)(const struct ScPattern *self, const ScGraph *graph, ScNode *anchor,
                         ScMatch *out_match);
    /* The types that this engine wants; NULL = as they are. Decides the
     * quantization of the node's values by the engine's rules; returns NULL or
     * why not (a veto: place runs again without this choice). */
    const char *(*quantize)(const struct ScPattern *self, ScGraph *graph,
                            const ScMatch *match);
    void (*cost)(const struct ScPattern *self, const ScMatch *match, ScCost *out_cost);
    ScStatus (*lower)(const struct ScPattern *self, ScLower *lower, const ScMatch *match);
    int in_place; /* argument that the output may overwrite, -1 = none */
    ScQuantRules quant;
} ScPattern;

/* Kernels that loops are made of, under stock's names and with stock's arguments. */
typedef struct ScFlowKernels {
    const char *slice; /* (x, dim, index, out): x[index] of a dimension */
    const char *stack; /* (to, slice, index), no return: to[index] = slice. It sets the
                          size of dimension 0 to index + 1: `to` must be dynamic */
    const char *add, *subtract; /* (number, number, out number) */
    const char *equal;          /* (number, number, out bool) */
} ScFlowKernels;

struct ScBackend {
    const char *name; /* as in target files: "portable" */
    const char *doc;
    const ScPattern *patterns;
    size_t n_patterns;
    bool is_reference; /* its kernels define results: constants are folded, and a
                          .pt2 is run, with them. Exactly one backend says so. */
    /* A kernel (destination, source, non_blocking) that overwrites its
     * destination, for state that is written back; NULL = can't host state. */
    const char *copy_kernel;
    /* NULL = can't host loops over slices. An engine that has it has the copies. */
    const ScFlowKernels *flow;
    /* Kernels that this engine's device part offers on this host, sorted. */
    const ScKernelTable *kernels;
    /* What runs this engine's payloads on this host; NULL = nothing does. */
    const ScDelegate *delegate;
    /* Appends what a payload holds: lines of text, or one JSON value. NULL = the
     * engine can't tell. A payload that makes no sense is told, not an error. */
    ScStatus (*inspect)(Sc *sc, const ScDelegatePayload *payload, ScFormat format,
                        ScBuf *out);
    /* Why the delegate refuses a payload, in one sentence; NULL = it is sound as such. The
     * member is NULL where the engine can't tell. */
    const char *(*refusal)(Sc *sc, const ScDelegatePayload *payload);
};

/* What place decided for one or more nodes. */
struct ScChoice {
    const ScBackend *backend; /* NULL = a view: no call, no bytes */
    const ScPattern *pattern;
    ScMatch match;
};

/* Lowers a node of control flow (SC_OP_FLOW) to jumps around what its bodies become;
 * its match has `bodies`. Belongs to no engine: the host runs the jumps. */
const ScPattern *sc_flow_pattern(void);

/* All linked backends, in a fixed order; the list is made by the build. */
const ScBackend *const *sc_backends(size_t *out_n);
const ScBackend *sc_backend_find(const char *name);
/* The one whose delegate has this id, or NULL. */
const ScBackend *sc_backend_of_delegate(const char *id);

/* ---- helpers for .lower -------------------------------------------------------- */

/* Program value of a graph value: a constant, or a tensor on its buffer
 * (made now when it is a result). */
ScPid sc_lower_value(ScLower *lower, const ScValue *value);
/* Any other argument: literals are interned, lists become lists. */
ScPid sc_lower_arg(ScLower *lower, const ScArg *arg);
/* The tensor that result `index` is written to; an unused result gets a
 * scratch tensor that lives for this call only. */
ScStatus sc_lower_result(ScLower *lower, const ScNode *node, uint32_t index,
                         ScPid *out_pid);
/* Scratch bytes that live for the next call only. */
ScPid sc_lower_scratch(ScLower *lower, uint64_t n_bytes);
/*
 * Calls `kernel` with the node's arguments in schema order and its results as
 * outputs: what most stock operators want. Tensor options (dtype, layout,
 * device, pin_memory of factory ops) are left out, as in torch's `.out` forms.
 */
ScStatus sc_lower_same_args(ScLower *lower, const ScNode *node, const char *kernel,
                            int in_place);

#endif
