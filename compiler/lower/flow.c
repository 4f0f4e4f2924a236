/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Control flow becomes jumps around what the bodies become, in one list of
 * instructions. Inputs of a body are the operands themselves. Results of a cond are
 * written by both branches to one place; what a loop carries has one place too, copied
 * to at the end of each turn, so that a turn reads what the last one left:
 *
 *   cond                     while_loop               map_impl, scan
 *        jump_false p, E          copy init -> c           copy init -> c; i = 0
 *        true branch -> r      H: cond body -> p        H: slice x[i]; body
 *        jump_false 0, X          jump_false p, X          stack y[i]; copy -> c
 *     E: false branch -> r        body; copy -> c          i += 1; b = i == n
 *     X:                          jump_false 0, H          jump_false b, H
 *                              X:                          i -= n
 *
 * Stock's emitter makes the same of cond, map_impl and scan (exir/emit/_emitter.py of
 * ExecuTorch 1.5.1), with moves instead of results in place; it has no while_loop.
 */
#include <string.h>

#include "compiler/lower/lower.h"
#include "compiler/ops/view.h"

typedef struct Flow {
    ScLower *lower;
    const ScNode *node;
    const ScBodyPlace *places; /* of the bodies, in argument order */
    const char *where;         /* in the program's arena */
} Flow;

static const ScArg *list_of(const Flow *f, const char *name) {
    return sc_node_arg(f->node, name);
}

static ScPid *pids_new(const Flow *f, size_t n) {
    return SC_NEW_ARRAY(f->lower->sc->arena, ScPid, n + 1);
}

static uint32_t here(const Flow *f) {
    return (uint32_t)f->lower->program->n_insts;
}

static size_t jump_false(const Flow *f, ScPid condition, uint32_t target) {
    return sc_program_jump_false(f->lower->program, condition, target, f->where);
}

static size_t jump(const Flow *f, uint32_t target) {
    return jump_false(f, sc_program_bool(f->lower->program, false), target);
}

static void land(const Flow *f, size_t jump_index) {
    f->lower->program->insts[jump_index].target = here(f);
}

/* ---- bodies --------------------------------------------------------------------- */

typedef struct Body {
    const ScGraph *graph;
    const ScBodyPlace *place;
    ScPid *inputs;  /* one for each of graph->inputs */
    ScPid *outputs; /* out; SC_PID_NONE, or where the result is wanted */
    uint32_t n_bound;
} Body;

static Body body_open(const Flow *f, const char *name, uint32_t place) {
    Body body = {.graph = list_of(f, name)->as.graph, .place = &f->places[place]};
    body.inputs = pids_new(f, body.graph->n_inputs);
    body.outputs = pids_new(f, body.graph->n_outputs);
    for (size_t i = 0; i < body.graph->n_outputs; i++) {
        body.outputs[i] = SC_PID_NONE;
    }
    return body;
}

static void body_bind(Body *body, const ScPid *pids, uint32_t n) {
    for (uint32_t i = 0; i < n; i++) {
        body->inputs[body->n_bound++] = pids[i];
    }
}

static void body_bind_list(const Flow *f, Body *body, const char *name) {
    const ScArg *list = list_of(f, name);
    for (uint32_t i = 0; i < list->n; i++) {
        body->inputs[body->n_bound++] = sc_lower_value(f->lower, list->as.values[i]);
    }
}

/* A kernel of the body makes the value, and may write it where it is wanted. */
static bool is_made(const ScLower *inner, const ScValue *value) {
    return value->kind == SC_VALUE_RESULT && inner->pids[value->id] == SC_PID_NONE &&
           !sc_node_is_view(value->producer);
}

static ScStatus body_lower(const Flow *f, Body *body) {
    ScLower inner = *f->lower;
    const ScGraph *graph = body->graph;
    inner.graph = graph;
    sc_lower_pids(&inner);
    for (size_t i = 0; i < graph->n_inputs; i++) {
        inner.pids[graph->inputs[i]->id] = body->inputs[i];
    }
    for (size_t i = 0; i < graph->n_outputs; i++) {
        const ScValue *value = graph->outputs[i].value.as.value;
        if (body->outputs[i] != SC_PID_NONE && is_made(&inner, value)) {
            inner.pids[value->id] = body->outputs[i];
        }
    }
    SC_TRY(sc_lower_choices(&inner, body->place->choices, body->place->n));
    for (size_t i = 0; i < graph->n_outputs; i++) {
        body->outputs[i] = sc_lower_arg(&inner, &graph->outputs[i].value);
    }
    return SC_OK;
}

/* ---- places of results ---------------------------------------------------------- */

static ScStatus results_make(const Flow *f, ScPid **out_pids) {
    ScPid *pids = pids_new(f, f->node->n_results);
    for (uint32_t i = 0; i < f->node->n_results; i++) {
        SC_TRY(sc_lower_result(f->lower, f->node, i, &pids[i]));
    }
    *out_pids = pids;
    return SC_OK;
}

static uint32_t buffer_of(const Flow *f, ScPid pid) {
    const ScPTensor *tensor = f->lower->program->values[pid].as.tensor;
    return tensor->storage == SC_P_BUFFER ? tensor->index : UINT32_MAX;
}

/* to[i] <- from[i], all at once: what lies where an earlier copy writes is saved. */
static void copy_all(const Flow *f, const ScPid *to, ScPid *from, const ScOutput *outputs,
                     uint32_t n) {
    for (uint32_t i = 0; i < n; i++) {
        for (uint32_t k = 0; k < n; k++) {
            if (from[i] != to[i] && buffer_of(f, from[i]) == buffer_of(f, to[k])) {
                const ScType *type = &outputs[i].value.as.value->type;
                from[i] = sc_lower_saved(f->lower, from[i], type);
                break;
            }
        }
    }
    for (uint32_t i = 0; i < n; i++) {
        if (from[i] != to[i]) {
            sc_lower_copy(f->lower, to[i], from[i], f->where);
        }
    }
}

/* The values that a loop starts from. */
static void copy_initial(const Flow *f, const ScPid *carried, const char *name) {
    const ScArg *list = list_of(f, name);
    for (uint32_t i = 0; i < list->n; i++) {
        sc_lower_copy(f->lower, carried[i], sc_lower_value(f->lower, list->as.values[i]),
                      f->where);
    }
}

/* ---- cond ------------------------------------------------------------------------ */

static ScStatus branch_lower(const Flow *f, const char *name, uint32_t place,
                             const ScPid *results) {
    Body body = body_open(f, name, place);
    uint32_t n = (uint32_t)body.graph->n_outputs;
    body_bind_list(f, &body, "operands");
    memcpy(body.outputs, results, n * sizeof *results);
    SC_TRY(body_lower(f, &body));
    copy_all(f, results, body.outputs, body.graph->outputs, n);
    return SC_OK;
}

static ScStatus lower_cond(const Flow *f) {
    ScPid *results;
    SC_TRY(results_make(f, &results));
    ScPid pred = sc_lower_value(f->lower, sc_node_arg(f->node, "pred")->as.value);
    size_t to_false = jump_false(f, pred, 0);
    SC_TRY(branch_lower(f, "true_fn", 0, results));
    size_t to_end = jump(f, 0);
    land(f, to_false);
    SC_TRY(branch_lower(f, "false_fn", 1, results));
    land(f, to_end);
    return SC_OK;
}

/* ---- while_loop ------------------------------------------------------------------ */

static void bind_carried(const Flow *f, Body *body, const ScPid *carried, uint32_t n) {
    body_bind(body, carried, n);
    body_bind_list(f, body, "additional");
}

static ScStatus lower_while(const Flow *f) {
    ScPid *carried;
    uint32_t n = list_of(f, "carried")->n;
    SC_TRY(results_make(f, &carried));
    copy_initial(f, carried, "carried");
    Body cond = body_open(f, "cond_fn", 0), body = body_open(f, "body_fn", 1);
    bind_carried(f, &cond, carried, n);
    bind_carried(f, &body, carried, n);
    uint32_t head = here(f);
    SC_TRY(body_lower(f, &cond));
    size_t to_end = jump_false(f, cond.outputs[0], 0);
    SC_TRY(body_lower(f, &body));
    copy_all(f, carried, body.outputs, body.graph->outputs, n);
    jump(f, head);
    land(f, to_end);
    return SC_OK;
}

/* ---- map_impl and scan ------------------------------------------------------------ */

/* Counts the turns. */
typedef struct Turns {
    ScPid index, done, one, n;
} Turns;

static Turns turns_new(const Flow *f) {
    ScProgram *program = f->lower->program;
    Turns turns = {.index = sc_program_counter(program, 0),
                   .done = sc_program_flag(program, false),
                   .one = sc_program_int(program, 1)};
    turns.n = sc_program_int(program, list_of(f, "xs")->as.values[0]->type.dims[0]);
    return turns;
}

static ScPid slice_lower(const Flow *f, const ScValue *x, const Turns *turns) {
    ScProgram *program = f->lower->program;
    ScType type = sc_type_make(x->type.dtype, x->type.rank - 1u, x->type.dims + 1);
    uint32_t buffer = sc_program_buffer(program, sc_type_bytes(&type));
    ScPid slice = sc_program_tensor(program, "slice", type.dtype, type.rank, type.dims,
                                    SC_LAYOUT_CONTIGUOUS, buffer, 0);
    ScPid args[] = {sc_lower_value(f->lower, x), sc_program_int(program, 0), turns->index,
                    slice};
    sc_program_call(program, f->lower->host->flow->slice, args, 4, 1, -1, f->where);
    return slice;
}

/* The kernel sets the size of what it stacks into: another name of the result's bytes,
 * so that the result itself keeps its sizes. */
static void stack_lower(const Flow *f, ScPid result, ScPid slice, const Turns *turns) {
    ScProgram *program = f->lower->program;
    ScPTensor as = *program->values[result].as.tensor; /* copied: the arrays may move */
    int64_t dims[SC_MAX_RANK];
    for (uint32_t i = 0; i < as.rank; i++) {
        dims[i] = as.sizes[i];
    }
    ScPid stack = sc_program_tensor(program, "stack", as.dtype, as.rank, dims,
                                    SC_LAYOUT_CONTIGUOUS, as.index, as.byte_offset);
    program->values[stack].as.tensor->dynamism = 1; /* DYNAMIC_BOUND */
    ScPid args[] = {stack, slice, turns->index};
    sc_program_call_raw(program, f->lower->host->flow->stack, args, 3, f->where);
}

static void count_lower(const Flow *f, const char *kernel, ScPid a, ScPid b, ScPid out) {
    ScPid args[] = {a, b, out};
    sc_program_call_raw(f->lower->program, kernel, args, 3, f->where);
}

/* `n_carried` values are carried on, initially those of list `init`. */
static ScStatus lower_turns(const Flow *f, const char *name, const char *init,
                            uint32_t n_carried, const char *lasting) {
    ScPid *results;
    const ScFlowKernels *kernels = f->lower->host->flow;
    const ScArg *xs = list_of(f, "xs");
    Body body = body_open(f, name, 0);
    SC_TRY(results_make(f, &results));
    if (init) {
        copy_initial(f, results, init);
        body_bind(&body, results, n_carried);
    }
    Turns turns = turns_new(f);
    uint32_t head = here(f);
    for (uint32_t i = 0; i < xs->n; i++) {
        ScPid slice = slice_lower(f, xs->as.values[i], &turns);
        body_bind(&body, &slice, 1);
    }
    body_bind_list(f, &body, lasting);
    SC_TRY(body_lower(f, &body));
    for (uint32_t i = n_carried; i < body.graph->n_outputs; i++) {
        stack_lower(f, results[i], body.outputs[i], &turns);
    }
    copy_all(f, results, body.outputs, body.graph->outputs, n_carried);
    count_lower(f, kernels->add, turns.index, turns.one, turns.index);
    count_lower(f, kernels->equal, turns.index, turns.n, turns.done);
    jump_false(f, turns.done, head);
    /* Stock's runtime keeps numbers from run to run. */
    count_lower(f, kernels->subtract, turns.index, turns.n, turns.index);
    return SC_OK;
}

static ScStatus lower_map(const Flow *f) {
    return lower_turns(f, "f", NULL, 0, "args");
}

static ScStatus lower_scan(const Flow *f) {
    return lower_turns(f, "combine_fn", "init", list_of(f, "init")->n, "additional");
}

/* ---- the pattern ------------------------------------------------------------------- */

typedef struct FlowRow {
    const char *op;
    ScStatus (*lower)(const Flow *f);
    bool counts; /* needs ScFlowKernels */
} FlowRow;

static const FlowRow flows[] = {
    {"cond", lower_cond, false},
    {"while_loop", lower_while, false},
    {"map_impl", lower_map, true},
    {"scan", lower_scan, true},
};

static ScStatus lower_flow(const ScPattern *self, ScLower *lower, const ScMatch *match) {
    const ScNode *node = match->nodes[0];
    const char *where = sc_node_where(lower->sc->arena, node);
    Flow f = {lower, node, match->bodies, where};
    (void)self;
    for (size_t i = 0; i < sizeof flows / sizeof flows[0]; i++) {
        if (strcmp(flows[i].op, node->op->schema.name) != 0) {
            continue;
        }
        if (!lower->host->copy_kernel || (flows[i].counts && !lower->host->flow)) {
            return sc_fail(lower->sc, SC_E_UNSUPPORTED, where,
                           "no engine of the target can host control flow",
                           sc_arena_fmt(lower->sc->arena, "engine %s has no kernels for it",
                                        lower->host->name),
                           "choose another target, or unroll it before export");
        }
        return flows[i].lower(&f);
    }
    return sc_fail(lower->sc, SC_E_INTERNAL, where, "unknown control flow", NULL, NULL);
}

const ScPattern *sc_flow_pattern(void) {
    static const ScPattern pattern = {
        .op = "higher_order", .lower = lower_flow, .in_place = -1};
    return &pattern;
}
