/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What an instruction reads and writes, and from when to when a buffer lives.
 * Private to compiler/program and compiler/emit.
 */
#ifndef SC_PROGRAM_TOUCH_H
#define SC_PROGRAM_TOUCH_H

#include "compiler/program/program.h"

enum { SC_TOUCH_READ = 1, SC_TOUCH_WRITE = 2 };

/*
 * How argument `arg` is used: SC_TOUCH_* bits, 0 for the repeated return.
 * Where nobody said which arguments are outputs (n_outputs 0, not a call that
 * returns its argument 0), every argument counts as read and written.
 */
unsigned sc_pinst_access(const ScPInst *inst, uint32_t arg);

bool sc_pinst_outputs_known(const ScPInst *inst);

/* The number of outputs that the return value of a call shows: args ends in
 * (x, x), in k tensors and a list of them, or in its own argument 0. False
 * when it shows nothing (no return; a delegate). */
bool sc_pinst_infer_outputs(const ScProgram *program, const ScPInst *inst,
                            uint32_t *out_n_outputs);

typedef void (*ScTouchFn)(void *user, ScPid tensor, unsigned access);
/* Calls fn for every tensor of the instruction, members of lists included;
 * a tensor used twice is told twice. */
void sc_pinst_each_tensor(const ScProgram *program, const ScPInst *inst, ScTouchFn fn,
                          void *user);

/* The same for a tensor value, or the members of a list. */
void sc_pvalue_each_tensor(const ScProgram *program, ScPid pid, unsigned access,
                           ScTouchFn fn, void *user);

/* The buffer of a tensor value, or UINT32_MAX. */
uint32_t sc_pvalue_buffer(const ScProgram *program, ScPid pid);

/* True when order and lifetimes can't be read off the list of instructions
 * alone: jumps, or moves that make one tensor an alias of another. */
bool sc_program_has_flow(const ScProgram *program);

/* Moves, or views made at run time: the second half of the above. */
bool sc_program_has_aliases(const ScProgram *program);

/* Extends lifetimes to wherever a jump may lead to a read; for programs without
 * aliases (live.c). */
void sc_live_extend(ScArena *arena, ScProgram *program);

/* Fills in is_io, first and last of every buffer. Inputs live from -1, outputs
 * to the last instruction, state always. Where tensors become aliases at run time
 * a loop keeps alive all that it touches. */
void sc_program_lifetimes(ScArena *arena, ScProgram *program);

/* The part of sc_program_check() that is about values, inputs, outputs and
 * instructions; a fault is reported as `status` at `where`. */
ScStatus sc_program_check_parts(Sc *sc, const ScProgram *program, const char *where,
                                ScStatus status);

/* Two planned buffers that lie on the same bytes while both live; false when
 * there are none. */
bool sc_program_overlap(ScArena *arena, const ScProgram *program, size_t *out_a,
                        size_t *out_b);

/* Buffer `a` shall lie at the offset of `b` + distance, both being arguments of a
 * delegate call or its scratch. False, and nothing changes, when then buffers would
 * overlap that may not. Lifetimes are known. */
bool sc_tie_add(ScProgram *program, uint32_t a, uint32_t b, int64_t distance);
void sc_ties_clear(ScProgram *program);
/* The buffer that decides where this one lies, and at which distance: itself and 0
 * when it is free. */
uint32_t sc_tie_root(const ScProgram *program, uint32_t buffer, int64_t *out_distance);
/* Two buffers on the same bytes may live together: only during one delegate call, whose
 * scratch they lie in. */
bool sc_tie_allows(const ScPBuffer *a, const ScPBuffer *b);

/* The largest sum of bytes that live together in a memory, state included:
 * no plan of these lifetimes is smaller. Buffers count in units of 16 bytes. */
uint64_t sc_program_bound(Sc *sc, const ScProgram *program, uint32_t memory);

static inline bool sc_pbuffer_is_live(const ScPBuffer *buffer) {
    return buffer->first <= buffer->last && buffer->n_bytes > 0;
}

static inline uint64_t sc_align_up(uint64_t value, uint64_t alignment) {
    return (value + alignment - 1) / alignment * alignment;
}

#endif
