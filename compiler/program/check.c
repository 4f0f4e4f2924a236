/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Holds the rules of a Program: every index in range, kinds that fit, members
 * before lists, tensors inside their bytes. Once it is planned also: buffers
 * inside their memory and no two that live together on the same bytes.
 * A fault is ours (SC_E_INTERNAL); the reader of files has the first part of
 * the checks report faults of the file.
 */
#include <stdlib.h>

#include "compiler/program/touch.h"

typedef struct Checker {
    Sc *sc;
    const ScProgram *program;
    const char *title; /* the file, or "program" */
    ScStatus status;
} Checker;

static ScStatus broken(const Checker *c, const char *where, size_t index,
                       const char *what) {
    return sc_fail(c->sc, c->status,
                   sc_arena_fmt(c->sc->arena, "%s: %s %zu", c->title, where, index), what,
                   NULL, NULL);
}

/* ---- values ------------------------------------------------------------------------- */

static bool dim_order_is_permutation(const ScPTensor *t) {
    unsigned seen = 0;
    for (uint32_t i = 0; i < t->rank; i++) {
        if (t->dim_order[i] >= t->rank) {
            return false;
        }
        seen |= 1u << t->dim_order[i];
    }
    return seen == (1u << t->rank) - 1;
}

/* Bytes with overflow and negative sizes caught: UINT64_MAX. */
static uint64_t tensor_bytes(const ScPTensor *t) {
    uint64_t n = sc_dtype_size(t->dtype);
    bool empty = false;
    for (uint32_t i = 0; i < t->rank; i++) {
        if (t->sizes[i] < 0 || n > (uint64_t)INT64_MAX / ((uint64_t)t->sizes[i] + 1)) {
            return UINT64_MAX;
        }
        empty = empty || t->sizes[i] == 0;
        n *= t->sizes[i] ? (uint64_t)t->sizes[i] : 1;
    }
    return empty ? 0 : n;
}

static ScStatus tensor_check(const Checker *c, ScPid pid) {
    const ScProgram *p = c->program;
    const ScPTensor *t = p->values[pid].as.tensor;
    if (!t || t->rank > SC_MAX_RANK || sc_dtype_size(t->dtype) == 0) {
        return broken(c, "value", pid, "the tensor's rank or dtype is out of range");
    }
    uint64_t n = tensor_bytes(t), room = UINT64_MAX;
    if (n == UINT64_MAX || !dim_order_is_permutation(t)) {
        return broken(c, "value", pid, "the tensor's sizes or dim_order are wrong");
    }
    if (t->storage == SC_P_CONST) {
        room = t->index < p->n_constants ? p->constants[t->index].n_bytes : 0;
    } else if (t->storage == SC_P_BUFFER) {
        room = t->index < p->n_buffers ? p->buffers[t->index].n_bytes : 0;
    }
    bool known = t->storage == SC_P_UNPLANNED ||
                 t->index < (t->storage == SC_P_CONST ? p->n_constants : p->n_buffers);
    if (!known || t->byte_offset > room || n > room - t->byte_offset) {
        return broken(c, "value", pid, "the tensor lies outside its bytes");
    }
    return SC_OK;
}

static ScStatus items_check(const Checker *c, ScPid pid) {
    const ScPValue *v = &c->program->values[pid];
    for (uint32_t i = 0; i < v->n; i++) {
        ScPid item = v->as.items[i];
        if (item == SC_PID_NONE && v->kind == SC_P_OPTIONAL_TENSORS) {
            continue;
        }
        if (item >= c->program->n_values) {
            return broken(c, "value", pid, "the list has an item that doesn't exist");
        }
        ScPKind kind = c->program->values[item].kind;
        if (kind != (v->kind == SC_P_INTS ? SC_P_INT : SC_P_TENSOR)) {
            return broken(c, "value", pid, "the list has an item of another kind");
        }
        if (item > pid && v->kind != SC_P_INTS) {
            return broken(c, "value", pid, "the list stands before its member");
        }
    }
    return SC_OK;
}

static ScStatus value_check(const Checker *c, ScPid pid) {
    switch (c->program->values[pid].kind) {
    case SC_P_TENSOR:
        return tensor_check(c, pid);
    case SC_P_INTS:
    case SC_P_TENSORS:
    case SC_P_OPTIONAL_TENSORS:
        return items_check(c, pid);
    case SC_P_STRING:
        return c->program->values[pid].as.s
                   ? SC_OK
                   : broken(c, "value", pid, "a string without text");
    case SC_P_NULL:
    case SC_P_INT:
    case SC_P_BOOL:
    case SC_P_DOUBLE:
    case SC_P_DOUBLES:
    case SC_P_BOOLS:
        return SC_OK;
    }
    return broken(c, "value", pid, "no such kind of value");
}

/* ---- instructions ---------------------------------------------------------------------
 */

static ScStatus outputs_check(const Checker *c, size_t index) {
    const ScPInst *inst = &c->program->insts[index];
    uint32_t n_return = inst->kind == SC_P_CALL;
    if (inst->n_outputs + n_return > inst->n_args) {
        return broken(c, "instruction", index, "it has more outputs than arguments");
    }
    for (uint32_t a = 0; a < inst->n_args; a++) {
        const ScPValue *v = &c->program->values[inst->args[a]];
        bool is_const = v->kind == SC_P_TENSOR && v->as.tensor->storage == SC_P_CONST;
        if (inst->n_outputs && is_const && sc_pinst_access(inst, a) & SC_TOUCH_WRITE) {
            return broken(c, "instruction", index, "it writes to a constant");
        }
    }
    return SC_OK;
}

static ScStatus inst_check(const Checker *c, size_t index) {
    const ScProgram *p = c->program;
    const ScPInst *inst = &p->insts[index];
    for (uint32_t a = 0; a < inst->n_args; a++) {
        if (inst->args[a] >= p->n_values) {
            return broken(c, "instruction", index, "an argument doesn't exist");
        }
    }
    uint32_t wanted = 0;
    switch (inst->kind) {
    case SC_P_CALL:
        wanted = inst->index < p->n_operators ? inst->n_args : UINT32_MAX;
        break;
    case SC_P_DELEGATE:
        wanted = inst->index < p->n_delegates ? inst->n_args : UINT32_MAX;
        break;
    case SC_P_MOVE:
        wanted = 2;
        break;
    case SC_P_JUMP_FALSE: /* one behind the last instruction ends the run */
        wanted = inst->target <= p->n_insts ? 1 : UINT32_MAX;
        break;
    case SC_P_FREE:
        wanted = 1;
        break;
    }
    if (wanted == UINT32_MAX || inst->n_args != wanted) {
        return broken(c, "instruction", index,
                      "its operator, delegate, target or arguments don't exist");
    }
    if (inst->in_place >= 0 && (uint32_t)inst->in_place >= inst->n_args) {
        return broken(c, "instruction", index, "in_place names no argument");
    }
    return outputs_check(c, index);
}

/* ---- memory -----------------------------------------------------------------------------
 */

/* Ties lead to a root, in the same memory, and the plan keeps them. */
static ScStatus tie_check(const Checker *c, size_t index) {
    const ScProgram *p = c->program;
    const ScPBuffer *b = &p->buffers[index];
    size_t n_steps = 0;
    for (const ScPBuffer *to = b; to->tied; n_steps++) {
        if (to->tied > p->n_buffers || n_steps > p->n_buffers) {
            return broken(c, "buffer", index, "it is tied to nothing");
        }
        to = &p->buffers[to->tied - 1];
    }
    if (!b->tied) {
        return SC_OK;
    }
    const ScPBuffer *to = &p->buffers[b->tied - 1];
    bool apart = b->planned && to->planned && sc_pbuffer_is_live(b) &&
                 sc_pbuffer_is_live(to) &&
                 (int64_t)b->offset != (int64_t)to->offset + b->tied_at;
    if (b->memory != to->memory || b->is_state || to->is_state || apart) {
        return broken(c, "buffer", index, "it doesn't lie where it is tied to");
    }
    return SC_OK;
}

static ScStatus buffer_check(const Checker *c, size_t index) {
    const ScProgram *p = c->program;
    const ScPBuffer *b = &p->buffers[index];
    if (b->memory >= SC_MAX_MEMORIES) {
        return broken(c, "buffer", index, "its memory doesn't exist");
    }
    if (b->initial != SC_PID_NONE &&
        (b->initial >= p->n_constants || p->constants[b->initial].n_bytes != b->n_bytes)) {
        return broken(c, "buffer", index, "its first value has another size");
    }
    SC_TRY(tie_check(c, index));
    bool used = sc_pbuffer_is_live(b);
    if (b->planned && used &&
        (b->memory >= p->n_memories || b->n_bytes > p->memory_bytes[b->memory] ||
         b->offset > p->memory_bytes[b->memory] - b->n_bytes)) {
        return broken(c, "buffer", index, "it lies outside its memory");
    }
    return SC_OK;
}

static int by_offset(const void *a, const void *b) {
    const ScPBuffer *x = *(const ScPBuffer *const *)a, *y = *(const ScPBuffer *const *)b;
    if (x->memory != y->memory) {
        return x->memory < y->memory ? -1 : 1;
    }
    return x->offset != y->offset ? (x->offset < y->offset ? -1 : 1) : x < y ? -1 : x > y;
}

static bool tie_allows(const ScProgram *program, const ScPBuffer *a, const ScPBuffer *b) {
    int64_t distance;
    uint32_t root_a = sc_tie_root(program, (uint32_t)(a - program->buffers), &distance);
    uint32_t root_b = sc_tie_root(program, (uint32_t)(b - program->buffers), &distance);
    return root_a == root_b && sc_tie_allows(a, b);
}

bool sc_program_overlap(ScArena *arena, const ScProgram *program, size_t *out_a,
                        size_t *out_b) {
    const ScPBuffer **sorted = SC_NEW_ARRAY(arena, const ScPBuffer *, program->n_buffers);
    size_t n = 0;
    for (size_t i = 0; i < program->n_buffers; i++) {
        if (program->buffers[i].planned && sc_pbuffer_is_live(&program->buffers[i])) {
            sorted[n++] = &program->buffers[i];
        }
    }
    if (n > 1) {
        qsort(sorted, n, sizeof *sorted, by_offset);
    }
    for (size_t i = 0; i < n; i++) {
        const ScPBuffer *a = sorted[i];
        for (size_t j = i + 1; j < n && sorted[j]->memory == a->memory &&
                               sorted[j]->offset - a->offset < a->n_bytes;
             j++) {
            bool together = a->first <= sorted[j]->last && sorted[j]->first <= a->last;
            if (together && !tie_allows(program, a, sorted[j])) {
                *out_a = (size_t)(a - program->buffers);
                *out_b = (size_t)(sorted[j] - program->buffers);
                return true;
            }
        }
    }
    return false;
}

static ScStatus parts_check(const Checker *c) {
    const ScProgram *p = c->program;
    for (size_t i = 0; i < p->n_values; i++) {
        SC_TRY(value_check(c, (ScPid)i));
    }
    for (size_t i = 0; i < p->n_inputs; i++) {
        if (p->inputs[i].value >= p->n_values) {
            return broken(c, "input", i, "its value doesn't exist");
        }
    }
    for (size_t i = 0; i < p->n_outputs; i++) {
        if (p->outputs[i].value >= p->n_values) {
            return broken(c, "output", i, "its value doesn't exist");
        }
    }
    for (size_t i = 0; i < p->n_insts; i++) {
        SC_TRY(inst_check(c, i));
    }
    return SC_OK;
}

ScStatus sc_program_check_parts(Sc *sc, const ScProgram *program, const char *where,
                                ScStatus status) {
    Checker c = {.sc = sc, .program = program, .title = where, .status = status};
    return parts_check(&c);
}

ScStatus sc_program_check(Sc *sc, const ScProgram *program) {
    Checker c = {.sc = sc, .program = program, .title = "program"};
    c.status = SC_E_INTERNAL;
    for (size_t i = 0; i < program->n_buffers; i++) {
        SC_TRY(buffer_check(&c, i));
    }
    SC_TRY(parts_check(&c));
    size_t a, b;
    if (sc_program_overlap(sc->arena, program, &a, &b)) {
        return broken(
            &c, "buffer", a,
            sc_arena_fmt(sc->arena, "it overlaps buffer %zu, which lives too", b));
    }
    return SC_OK;
}
