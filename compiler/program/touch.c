/* SPDX-License-Identifier: Apache-2.0 */
/* Reads and writes of instructions; lifetimes of buffers. See touch.h. */
#include "compiler/program/touch.h"

#include <string.h>

/* ---- one instruction ----------------------------------------------------------- */

static bool returns_first(const ScPInst *inst) {
    return inst->kind == SC_P_CALL && inst->n_args >= 2 &&
           inst->args[0] == inst->args[inst->n_args - 1];
}

bool sc_pinst_outputs_known(const ScPInst *inst) {
    bool calls = inst->kind == SC_P_CALL || inst->kind == SC_P_DELEGATE;
    return !calls || inst->n_outputs > 0 || returns_first(inst);
}

static unsigned call_access(const ScPInst *inst, uint32_t arg) {
    uint32_t n = inst->n_args;
    if (inst->n_outputs > 0 || returns_first(inst)) {
        if (arg + 1 == n) {
            return 0;
        }
        if (inst->n_outputs == 0 && arg == 0) {
            return SC_TOUCH_READ | SC_TOUCH_WRITE;
        }
        return arg + 1 + inst->n_outputs >= n ? SC_TOUCH_WRITE : SC_TOUCH_READ;
    }
    return SC_TOUCH_READ | SC_TOUCH_WRITE;
}

unsigned sc_pinst_access(const ScPInst *inst, uint32_t arg) {
    switch (inst->kind) {
    case SC_P_CALL:
        return call_access(inst, arg);
    case SC_P_DELEGATE:
        if (inst->n_outputs == 0) {
            return SC_TOUCH_READ | SC_TOUCH_WRITE;
        }
        return arg + inst->n_outputs >= inst->n_args ? SC_TOUCH_WRITE : SC_TOUCH_READ;
    case SC_P_MOVE:
    case SC_P_JUMP_FALSE:
    case SC_P_FREE:
        return SC_TOUCH_READ;
    }
    return SC_TOUCH_READ | SC_TOUCH_WRITE;
}

bool sc_pinst_infer_outputs(const ScProgram *program, const ScPInst *inst,
                            uint32_t *out_n_outputs) {
    uint32_t n = inst->n_args;
    *out_n_outputs = 0;
    if (inst->kind != SC_P_CALL || n < 2) {
        return false;
    }
    ScPid result = inst->args[n - 1];
    if (inst->args[n - 2] == result) {
        /* copy_(x, x) would look the same; no kernel is called that way. */
        *out_n_outputs = 1;
        return true;
    }
    const ScPValue *list = &program->values[result];
    bool fits = list->kind == SC_P_TENSORS && list->n >= 2 && list->n < n;
    if (fits && memcmp(list->as.items, inst->args + n - 1 - list->n,
                       list->n * sizeof *list->as.items) == 0) {
        *out_n_outputs = list->n;
        return true;
    }
    return inst->args[0] == result;
}

void sc_pvalue_each_tensor(const ScProgram *program, ScPid pid, unsigned access,
                           ScTouchFn fn, void *user) {
    const ScPValue *v = &program->values[pid];
    if (v->kind == SC_P_TENSOR) {
        fn(user, pid, access);
    }
    bool is_list = v->kind == SC_P_TENSORS || v->kind == SC_P_OPTIONAL_TENSORS;
    for (uint32_t i = 0; is_list && i < v->n; i++) {
        if (v->as.items[i] != SC_PID_NONE) {
            fn(user, v->as.items[i], access);
        }
    }
}

void sc_pinst_each_tensor(const ScProgram *program, const ScPInst *inst, ScTouchFn fn,
                          void *user) {
    for (uint32_t a = 0; a < inst->n_args; a++) {
        sc_pvalue_each_tensor(program, inst->args[a], sc_pinst_access(inst, a), fn, user);
    }
}

uint32_t sc_pvalue_buffer(const ScProgram *program, ScPid pid) {
    if (pid >= program->n_values || program->values[pid].kind != SC_P_TENSOR) {
        return UINT32_MAX;
    }
    const ScPTensor *t = program->values[pid].as.tensor;
    return t->storage == SC_P_BUFFER ? t->index : UINT32_MAX;
}

/* ---- control flow ---------------------------------------------------------------- */

/* Instructions after which one tensor value points at another one's bytes.
 * et_view makes its output (argument 2) a view of argument 0 at run time. */
static bool inst_aliases(const ScProgram *program, const ScPInst *inst, ScPid *out_from,
                         ScPid *out_to) {
    bool move = inst->kind == SC_P_MOVE && inst->n_args == 2;
    bool view =
        inst->kind == SC_P_CALL && inst->n_args == 3 &&
        strcmp(program->operators[inst->index], "executorch_prim::et_view.default") == 0;
    if (!move && !view) {
        return false;
    }
    *out_from = inst->args[0];
    *out_to = inst->args[inst->n_args - 1];
    return true;
}

bool sc_program_has_aliases(const ScProgram *program) {
    ScPid from, to;
    for (size_t i = 0; i < program->n_insts; i++) {
        const ScPInst *inst = &program->insts[i];
        if (inst->kind == SC_P_FREE || inst_aliases(program, inst, &from, &to)) {
            return true;
        }
    }
    return false;
}

static bool has_jumps(const ScProgram *program) {
    for (size_t i = 0; i < program->n_insts; i++) {
        if (program->insts[i].kind == SC_P_JUMP_FALSE) {
            return true;
        }
    }
    return false;
}

bool sc_program_has_flow(const ScProgram *program) {
    return has_jumps(program) || sc_program_has_aliases(program);
}

/* ---- lifetimes ------------------------------------------------------------------- */

typedef struct Lives {
    ScProgram *program;
    int32_t now;
} Lives;

static void buffer_extend(ScPBuffer *buffer, int32_t first, int32_t last) {
    if (buffer->first > buffer->last) {
        buffer->first = first;
        buffer->last = last;
        return;
    }
    buffer->first = first < buffer->first ? first : buffer->first;
    buffer->last = last > buffer->last ? last : buffer->last;
}

static void value_touch(void *user, ScPid pid, unsigned access) {
    Lives *lives = user;
    (void)access;
    uint32_t b = sc_pvalue_buffer(lives->program, pid);
    if (b != UINT32_MAX) {
        buffer_extend(&lives->program->buffers[b], lives->now, lives->now);
    }
}

static void io_touch(void *user, ScPid pid, unsigned access) {
    Lives *lives = user;
    uint32_t b = sc_pvalue_buffer(lives->program, pid);
    if (b != UINT32_MAX) {
        lives->program->buffers[b].is_io = true;
    }
    value_touch(user, pid, access);
}

static void ios_touch(ScProgram *program, const ScPIo *io, size_t n, int32_t now) {
    Lives lives = {.program = program, .now = now};
    for (size_t i = 0; i < n; i++) {
        sc_pvalue_each_tensor(program, io[i].value, SC_TOUCH_READ, io_touch, &lives);
    }
}

/* Hulls of values that become aliases of each other, by union-find. */
typedef struct Alias {
    ScPid *parent;
    int32_t *first, *last; /* of the root */
    int32_t now;
} Alias;

static ScPid alias_root(const Alias *alias, ScPid pid) {
    while (alias->parent[pid] != pid) {
        pid = alias->parent[pid];
    }
    return pid;
}

static void alias_touch(void *user, ScPid pid, unsigned access) {
    Alias *alias = user;
    (void)access;
    ScPid root = alias_root(alias, pid);
    if (alias->first[root] > alias->last[root]) {
        alias->first[root] = alias->now;
    }
    alias->last[root] = alias->now;
}

static void aliases_unite(const ScProgram *program, Alias *alias) {
    ScPid from, to;
    for (size_t i = 0; i < program->n_values; i++) {
        alias->parent[i] = (ScPid)i;
        alias->last[i] = -1;
    }
    for (size_t i = 0; i < program->n_insts; i++) {
        if (inst_aliases(program, &program->insts[i], &from, &to)) {
            alias->parent[alias_root(alias, to)] = alias_root(alias, from);
        }
    }
}

static void aliases_extend(ScArena *arena, ScProgram *program) {
    size_t n = program->n_values;
    Alias alias = {.parent = SC_NEW_ARRAY(arena, ScPid, n),
                   .first = SC_NEW_ARRAY(arena, int32_t, n),
                   .last = SC_NEW_ARRAY(arena, int32_t, n)};
    aliases_unite(program, &alias);
    for (size_t i = 0; i < program->n_insts; i++) {
        alias.now = (int32_t)i;
        sc_pinst_each_tensor(program, &program->insts[i], alias_touch, &alias);
    }
    for (size_t i = 0; i < program->n_outputs; i++) {
        alias.now = (int32_t)program->n_insts - 1;
        sc_pvalue_each_tensor(program, program->outputs[i].value, SC_TOUCH_READ,
                              alias_touch, &alias);
    }
    for (ScPid pid = 0; pid < n; pid++) {
        uint32_t b = sc_pvalue_buffer(program, pid);
        ScPid root = alias_root(&alias, pid);
        if (b != UINT32_MAX && alias.first[root] <= alias.last[root]) {
            buffer_extend(&program->buffers[b], alias.first[root], alias.last[root]);
        }
    }
}

/* What a loop touches lives for the whole loop: a later turn may read what an
 * earlier one wrote. Repeats until nothing changes, for nested loops. */
static void loops_extend(ScProgram *program) {
    for (bool again = true; again;) {
        again = false;
        for (size_t i = 0; i < program->n_insts; i++) {
            const ScPInst *inst = &program->insts[i];
            int32_t head = (int32_t)inst->target, tail = (int32_t)i;
            if (inst->kind != SC_P_JUMP_FALSE || head > tail) {
                continue;
            }
            for (size_t b = 0; b < program->n_buffers; b++) {
                ScPBuffer *buffer = &program->buffers[b];
                bool inside = buffer->first <= tail && buffer->last >= head;
                bool whole = buffer->first <= head && buffer->last >= tail;
                if (sc_pbuffer_is_live(buffer) && inside && !whole) {
                    buffer_extend(buffer, head, tail);
                    again = true;
                }
            }
        }
    }
}

void sc_program_lifetimes(ScArena *arena, ScProgram *program) {
    int32_t end = (int32_t)program->n_insts - 1;
    for (size_t b = 0; b < program->n_buffers; b++) {
        ScPBuffer *buffer = &program->buffers[b];
        buffer->is_io = false;
        buffer->first = buffer->is_state ? -1 : 0;
        buffer->last = buffer->is_state ? end : -1;
    }
    ios_touch(program, program->inputs, program->n_inputs, -1);
    Lives lives = {.program = program};
    for (size_t i = 0; i < program->n_insts; i++) {
        lives.now = (int32_t)i;
        sc_pinst_each_tensor(program, &program->insts[i], value_touch, &lives);
    }
    ios_touch(program, program->outputs, program->n_outputs, end);
    if (sc_program_has_aliases(program)) {
        aliases_extend(arena, program);
        loops_extend(program);
    } else if (has_jumps(program)) {
        sc_live_extend(arena, program);
    }
}
