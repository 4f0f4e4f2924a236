/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Lifetimes in a program with jumps: where a buffer holds bytes that some way through
 * the program still reads. The usual backward analysis, instruction by instruction:
 *
 *   live before i = read by i, or live after i and not wholly overwritten by i
 *   live after i  = live before any instruction that may run next
 *
 * So what a turn of a loop makes and uses up lives only there, and what is carried
 * round lives all along the loop. Tensors must not become aliases at run time.
 */
#include "compiler/program/touch.h"

#include <string.h>

typedef struct Live {
    ScProgram *program;
    size_t n, words;
    uint64_t *reads, *kills, *before; /* [instruction][word]: sets of buffers */
    size_t now;
} Live;

static void set_add(uint64_t *set, uint32_t b) {
    set[b / 64] |= (uint64_t)1 << (b % 64);
}

static bool set_has(const uint64_t *set, size_t b) {
    return set[b / 64] >> (b % 64) & 1;
}

static bool fills_buffer(const ScProgram *program, const ScPTensor *t) {
    return t->byte_offset == 0 && t->dynamism == 0 &&
           sc_ptensor_bytes(t) == program->buffers[t->index].n_bytes;
}

static void note(void *user, ScPid pid, unsigned access) {
    Live *live = user;
    uint32_t b = sc_pvalue_buffer(live->program, pid);
    if (b == UINT32_MAX || access == 0) {
        return;
    }
    bool whole = fills_buffer(live->program, live->program->values[pid].as.tensor);
    if (access == SC_TOUCH_WRITE && whole) {
        set_add(live->kills + live->now * live->words, b);
    } else {
        set_add(live->reads + live->now * live->words, b);
    }
}

/* jump_false on a False that nothing changes. */
static bool always_jumps(const ScProgram *program, const ScPInst *inst) {
    const ScPValue *value = &program->values[inst->args[0]];
    if (value->kind != SC_P_BOOL || value->as.b) {
        return false;
    }
    for (size_t i = 0; i < program->n_insts; i++) {
        const ScPInst *other = &program->insts[i];
        bool may_set = other->kind != SC_P_JUMP_FALSE && other->n_args > 0;
        if (may_set && other->args[other->n_args - 1] == inst->args[0]) {
            return false;
        }
    }
    return true;
}

static uint64_t before_at(const Live *live, size_t inst, size_t word) {
    return inst < live->n ? live->before[inst * live->words + word] : 0;
}

/* True when the set before instruction i grew. */
static bool flow_back(Live *live, size_t i, bool jumps) {
    const ScPInst *inst = &live->program->insts[i];
    bool grew = false;
    for (size_t w = 0; w < live->words; w++) {
        size_t at = i * live->words + w;
        uint64_t after = jumps ? 0 : before_at(live, i + 1, w);
        if (inst->kind == SC_P_JUMP_FALSE) {
            after |= before_at(live, inst->target, w);
        }
        uint64_t set = live->reads[at] | (after & ~live->kills[at]);
        grew = grew || set != live->before[at];
        live->before[at] = set;
    }
    return grew;
}

static void extend(ScPBuffer *buffer, int32_t now) {
    if (buffer->first > buffer->last) {
        buffer->first = buffer->last = now;
    }
    buffer->first = now < buffer->first ? now : buffer->first;
    buffer->last = now > buffer->last ? now : buffer->last;
}

void sc_live_extend(ScArena *arena, ScProgram *program) {
    Live live = {.program = program, .n = program->n_insts};
    live.words = (program->n_buffers + 63) / 64;
    size_t cells = live.n * live.words + 1;
    live.reads = SC_NEW_ARRAY(arena, uint64_t, cells);
    live.kills = SC_NEW_ARRAY(arena, uint64_t, cells);
    live.before = SC_NEW_ARRAY(arena, uint64_t, cells);
    bool *jumps = SC_NEW_ARRAY(arena, bool, live.n + 1);
    for (size_t i = 0; i < live.n; i++) {
        const ScPInst *inst = &program->insts[i];
        live.now = i;
        sc_pinst_each_tensor(program, inst, note, &live);
        jumps[i] = inst->kind == SC_P_JUMP_FALSE && always_jumps(program, inst);
    }
    for (bool again = true; again;) {
        again = false;
        for (size_t i = live.n; i-- > 0;) {
            again = flow_back(&live, i, jumps[i]) || again;
        }
    }
    for (size_t i = 0; i < live.n; i++) {
        for (size_t b = 0; b < program->n_buffers; b++) {
            if (set_has(live.before + i * live.words, b)) {
                extend(&program->buffers[b], (int32_t)i);
            }
        }
    }
}
