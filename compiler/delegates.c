/* SPDX-License-Identifier: Apache-2.0 */
/* The contract is in delegates.h. */
#include "compiler/delegates.h"

#include <string.h>

#include "compiler/program/touch.h"

/* ---- asking ------------------------------------------------------------------------ */

ScDelegatePayload sc_delegate_payload(Sc *sc, const ScModel *model, const ScPDelegate *d) {
    ScDelegatePayload payload = {model, d->payload, (size_t)d->n_bytes};
    if ((uintptr_t)payload.data % SC_FILE_ALIGN != 0) {
        payload.data = sc_arena_copy(sc->arena, d->payload, payload.n_bytes);
    }
    return payload;
}

void sc_delegate_measure(Sc *sc, const ScModel *model, ScPDelegate *delegate) {
    const ScBackend *backend = sc_backend_of_delegate(delegate->id);
    delegate->linked = backend ? backend->delegate : NULL;
    if (backend) {
        ScDelegatePayload payload = sc_delegate_payload(sc, model, delegate);
        delegate->measured =
            backend->delegate->measure(backend->delegate, &payload, &delegate->need);
    }
}

/* ---- calls ------------------------------------------------------------------------- */

typedef struct Planner {
    Sc *sc;
    const ScModel *model;
    ScProgram *program;
    ScPInst *calls;     /* the instructions without planned scratch */
    ScPid *scratches;   /* per instruction: its scratch, once it has been made */
    ScPBuffer *buffers; /* as the file has them */
    size_t n_buffers;
    uint64_t memory_bytes[SC_MAX_MEMORIES];
    uint32_t n_memories;
    ScReplan *out;
} Planner;

/* The delegate of a call whose arguments are as it wants them, or NULL. */
static const ScPDelegate *call_known(const ScProgram *program, const ScPInst *inst) {
    if (inst->kind != SC_P_DELEGATE) {
        return NULL;
    }
    const ScPDelegate *d = &program->delegates[inst->index];
    uint32_t n = d->need.n_inputs + d->need.n_outputs;
    bool known =
        d->linked && d->measured == SC_OK && (inst->n_args == n || inst->n_args == n + 1);
    return known ? d : NULL;
}

static bool has_scratch(const ScPDelegate *d, const ScPInst *inst) {
    return inst->n_args == d->need.n_inputs + d->need.n_outputs + 1;
}

/* Scratch that the calls need outside of the plan: they take turns in it. */
static uint64_t scratch_outside(const ScProgram *program) {
    uint64_t most = 0;
    for (size_t i = 0; i < program->n_insts; i++) {
        const ScPDelegate *d = call_known(program, &program->insts[i]);
        if (d && !has_scratch(d, &program->insts[i]) && d->need.scratch_bytes > most) {
            most = d->need.scratch_bytes;
        }
    }
    return most;
}

static uint64_t planned_bytes(const ScProgram *program) {
    uint64_t n_bytes = 0;
    for (uint32_t m = 0; m < program->n_memories; m++) {
        n_bytes += program->memory_bytes[m];
    }
    return n_bytes;
}

static void plan_save(Planner *p) {
    const ScProgram *program = p->program;
    p->n_buffers = program->n_buffers;
    p->buffers = sc_arena_copy(p->sc->arena, program->buffers,
                               program->n_buffers * sizeof *p->buffers);
    p->n_memories = program->n_memories;
    memcpy(p->memory_bytes, program->memory_bytes, sizeof p->memory_bytes);
}

/* Calls as stock makes them; what an earlier plan tied is free again. */
static void calls_strip(Planner *p) {
    ScProgram *program = p->program;
    sc_ties_clear(program);
    for (size_t i = 0; i < program->n_insts; i++) {
        ScPInst *inst = &program->insts[i];
        const ScPDelegate *d = call_known(program, inst);
        if (d) {
            inst->n_args = d->need.n_inputs + d->need.n_outputs;
            inst->n_outputs = d->need.n_outputs;
        }
    }
    p->calls =
        sc_arena_copy(p->sc->arena, program->insts, program->n_insts * sizeof *p->calls);
    p->scratches = SC_NEW_ARRAY(p->sc->arena, ScPid, program->n_insts);
    memset(p->scratches, 0xff, program->n_insts * sizeof *p->scratches); /* NONE */
}

static bool scratch_fits_plan(const ScPDelegate *d, const ScPInst *inst) {
    return d->need.scratch_bytes > 0 && d->need.scratch_bytes <= INT32_MAX &&
           d->need.scratch_align <= SC_FILE_ALIGN && inst->n_args < SC_MAX_ARGS;
}

static ScPid scratch_make(ScProgram *program, uint64_t n_bytes) {
    int64_t dims[1] = {(int64_t)n_bytes};
    uint32_t buffer = sc_program_buffer(program, n_bytes);
    program->buffers[buffer].is_scratch = true;
    return sc_program_tensor(program, NULL, SC_U8, 1, dims, SC_LAYOUT_CONTIGUOUS, buffer,
                             0);
}

static void scratch_add(ScProgram *program, ScPInst *inst, ScPid scratch) {
    ScPid *args = SC_NEW_ARRAY(program->arena, ScPid, inst->n_args + 1u);
    memcpy(args, inst->args, inst->n_args * sizeof *args);
    args[inst->n_args] = scratch;
    inst->args = args;
    inst->n_args++;
    inst->n_outputs++;
}

static void scratches_add(Planner *p) {
    for (size_t i = 0; i < p->program->n_insts; i++) {
        ScPInst *inst = &p->program->insts[i];
        const ScPDelegate *d = call_known(p->program, inst);
        if (!d || !scratch_fits_plan(d, inst)) {
            continue;
        }
        if (p->scratches[i] == SC_PID_NONE) {
            p->scratches[i] = scratch_make(p->program, d->need.scratch_bytes);
        }
        scratch_add(p->program, inst, p->scratches[i]);
    }
}

/* ---- places ------------------------------------------------------------------------ */

typedef struct Search {
    const ScProgram *program;
    uint32_t buffer;
    bool found;
} Search;

static void search_look(void *user, ScPid pid, unsigned access) {
    Search *search = user;
    (void)access;
    search->found =
        search->found || sc_pvalue_buffer(search->program, pid) == search->buffer;
}

static bool is_output(const ScProgram *program, uint32_t buffer) {
    Search search = {program, buffer, false};
    for (size_t i = 0; i < program->n_outputs; i++) {
        sc_pvalue_each_tensor(program, program->outputs[i].value, SC_TOUCH_READ,
                              search_look, &search);
    }
    return search.found;
}

/* A tensor that is all of a buffer which may move. */
static bool fills_buffer(const ScProgram *program, ScPid pid, size_t n_bytes) {
    uint32_t b = sc_pvalue_buffer(program, pid);
    if (b == UINT32_MAX) {
        return false;
    }
    const ScPTensor *t = program->values[pid].as.tensor;
    const ScPBuffer *buffer = &program->buffers[b];
    return t->byte_offset == 0 && t->dynamism == 0 && !buffer->is_state &&
           !buffer->is_scratch && sc_ptensor_bytes(t) == n_bytes &&
           buffer->n_bytes == n_bytes;
}

/* The scratch overwrites an input: nothing may read it afterwards. An output must be
 * made by the call alone. */
static bool tensor_tie(ScProgram *program, int32_t now, const ScPInst *inst, uint32_t arg,
                       bool output, size_t offset) {
    uint32_t scratch = sc_pvalue_buffer(program, inst->args[inst->n_args - 1]);
    uint32_t b = sc_pvalue_buffer(program, inst->args[arg]);
    ScPBuffer *buffer = &program->buffers[b];
    bool *flag = output ? &buffer->born_inside : &buffer->dies_inside;
    bool right =
        output ? buffer->first == now : buffer->last == now && !is_output(program, b);
    if (!right || *flag) {
        return false;
    }
    *flag = true;
    *flag = sc_tie_add(program, b, scratch, (int64_t)offset);
    return *flag;
}

static void call_tie(Planner *p, int32_t now) {
    ScProgram *program = p->program;
    const ScPInst *inst = &program->insts[now];
    const ScPDelegate *d = call_known(program, inst);
    if (!d || !has_scratch(d, inst)) {
        return;
    }
    const ScDelegate *delegate = d->linked;
    ScDelegatePayload payload = sc_delegate_payload(p->sc, p->model, d);
    for (uint32_t arg = 0; arg + 1 < inst->n_args; arg++) {
        size_t offset, n_bytes;
        if (delegate->place(delegate, &payload, arg, &offset, &n_bytes) == SC_OK &&
            offset % SC_FILE_ALIGN == 0 && offset <= d->need.scratch_bytes &&
            n_bytes <= d->need.scratch_bytes - offset &&
            fills_buffer(program, inst->args[arg], n_bytes)) {
            p->out->n_in_place +=
                tensor_tie(program, now, inst, arg, arg >= d->need.n_inputs, offset);
        }
    }
}

static void calls_tie(Planner *p) {
    p->out->n_in_place = 0;
    sc_program_lifetimes(p->sc->arena, p->program);
    /* Where tensors alias each other, or code repeats, lifetimes are only hulls. */
    for (size_t i = 0; !sc_program_has_flow(p->program) && i < p->program->n_insts; i++) {
        call_tie(p, (int32_t)i);
    }
}

/* ---- the plan ------------------------------------------------------------------------ */

typedef enum Way { KEPT, OUTSIDE, PLANNED, TIED } Way;

/* The plan of the file: buffers that can't be told apart may make ours larger. */
static void plan_restore(Planner *p) {
    ScProgram *program = p->program;
    for (size_t b = 0; b < program->n_buffers; b++) {
        program->buffers[b].planned = true;
        program->buffers[b].offset = b < p->n_buffers ? p->buffers[b].offset : 0;
    }
    program->n_memories = p->n_memories;
    memcpy(program->memory_bytes, p->memory_bytes, sizeof p->memory_bytes);
    sc_program_lifetimes(p->sc->arena, program);
}

static ScStatus way_plan(Planner *p, Way way, uint64_t *out_total) {
    ScProgram *program = p->program;
    for (size_t i = 0; i < program->n_insts; i++) {
        program->insts[i] = p->calls[i];
    }
    sc_ties_clear(program);
    p->out->n_in_place = 0;
    if (way >= PLANNED) {
        scratches_add(p);
    }
    if (way == TIED) {
        calls_tie(p);
    }
    if (way == KEPT) {
        plan_restore(p);
    } else {
        SC_TRY(sc_program_plan(p->sc, program));
    }
    *out_total = planned_bytes(program) + scratch_outside(program);
    size_t a, b;
    if (way == KEPT && sc_program_overlap(p->sc->arena, program, &a, &b)) {
        *out_total = UINT64_MAX; /* the file's plan is wrong: any of ours is better */
    }
    return SC_OK;
}

static void calls_count(const ScProgram *program, ScReplan *out) {
    for (size_t i = 0; i < program->n_insts; i++) {
        const ScPInst *inst = &program->insts[i];
        const ScPDelegate *d = call_known(program, inst);
        if (d) {
            out->n_tensors += d->need.n_inputs + d->need.n_outputs;
            out->n_planned += has_scratch(d, inst);
        }
        out->n_calls += inst->kind == SC_P_DELEGATE;
        out->n_unknown += inst->kind == SC_P_DELEGATE && !d;
    }
}

ScStatus sc_delegates_plan(Sc *sc, const char *where, const ScModel *model,
                           ScProgram *program, bool stock_ops, ScReplan *out) {
    Planner p = {.sc = sc, .model = model, .program = program, .out = out};
    memset(out, 0, sizeof *out);
    SC_TRY(sc_program_check_parts(sc, program, where, SC_E_FORMAT));
    out->old_bytes = planned_bytes(program);
    out->old_scratch = scratch_outside(program);
    plan_save(&p);
    calls_strip(&p);
    Way best = KEPT;
    Way last = stock_ops || program->n_delegates == 0 ? OUTSIDE : TIED;
    uint64_t least, total;
    SC_TRY(way_plan(&p, KEPT, &least));
    for (Way way = OUTSIDE; way <= last; way++) {
        SC_TRY(way_plan(&p, way, &total));
        best = total <= least ? way : best;
        least = total <= least ? total : least;
    }
    if (best != last) {
        SC_TRY(way_plan(&p, best, &total));
    }
    calls_count(program, out);
    out->new_bytes = planned_bytes(program);
    out->new_scratch = scratch_outside(program);
    return sc_program_check(sc, program);
}
