/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Checks the memory plan of a file as it stands: replays the instructions and notes whose
 * bytes are overwritten before they are read for the last time. The contract, and what
 * can't be told, is in read.h.
 */
#include "compiler/program/read.h"
#include "compiler/program/touch.h"

enum { NEVER = -2 }; /* inputs are written at -1 */

typedef struct Held {
    bool is_view;    /* no instruction writes it */
    bool is_scratch; /* of one call, which may write it: u8[n], used by nothing else */
    int32_t written; /* itself or, a view, the value that it shows */
    ScPid writer;
    bool was_read; /* a view: its writer is settled */
    bool is_lost, is_told;
    int32_t lost_at;
    ScPid lost_to;
} Held;

typedef struct Hazards {
    ScArena *arena;
    const ScProgram *program;
    const ScPlace *places;
    const uint32_t *names;
    bool ours;
    Held *held; /* per pid */
    int32_t now;
    bool unsure; /* which arguments the instruction writes */
    bool writing;
    ScHazard *items;
    size_t n, cap;
} Hazards;

static bool is_planned(const Hazards *h, ScPid pid) {
    return h->places[pid].has && h->places[pid].n_bytes > 0;
}

static bool same_bytes(const ScPlace *a, const ScPlace *b) {
    return a->memory == b->memory && a->offset == b->offset && a->n_bytes == b->n_bytes;
}

static bool meets(const ScPlace *a, const ScPlace *b) {
    return a->memory == b->memory && a->offset < b->offset + b->n_bytes &&
           b->offset < a->offset + a->n_bytes;
}

static bool is_part(const ScPlace *part, const ScPlace *whole) {
    return part->n_bytes < whole->n_bytes && part->offset >= whole->offset &&
           part->offset + part->n_bytes <= whole->offset + whole->n_bytes;
}

static void hazard_add(Hazards *h, ScPid pid) {
    const Held *held = &h->held[pid];
    const ScPlace *a = &h->places[pid], *b = &h->places[held->lost_to];
    uint64_t end_a = a->offset + a->n_bytes, end_b = b->offset + b->n_bytes;
    ScHazard item = {.value = h->names[pid],
                     .other = h->names[held->lost_to],
                     .read_at = h->now,
                     .written_at = held->lost_at,
                     .memory = a->memory,
                     .offset = a->offset > b->offset ? a->offset : b->offset};
    item.n_bytes = (end_a < end_b ? end_a : end_b) - item.offset;
    SC_PUSH(h->arena, h->items, h->n, h->cap, item);
}

/* ---- what one write does to another value -------------------------------------- */

static bool loses(const Hazards *h, ScPid pid, ScPid writer) {
    const Held *held = &h->held[pid];
    const ScPlace *mine = &h->places[pid], *its = &h->places[writer];
    if ((held->written == NEVER && !mine->is_state) || (mine->is_state && its->is_state)) {
        return false;
    }
    if (h->ours && is_part(its, mine)) {
        return false;
    }
    /* In the same call: unknown outputs may be inputs; what lies in its scratch does so
     * by design. */
    bool together = held->written == h->now;
    return !together || !(h->unsure || held->is_scratch || h->held[writer].is_scratch);
}

static void write_over(Hazards *h, ScPid pid, ScPid writer) {
    Held *held = &h->held[pid];
    const ScPlace *mine = &h->places[pid], *its = &h->places[writer];
    bool shows =
        held->is_view && !held->is_scratch && !h->held[writer].is_scratch &&
        (h->ours ? same_bytes(mine, its) || is_part(mine, its)
                 : same_bytes(mine, its) && (!held->was_read || held->writer == writer));
    if (shows) {
        held->written = h->now;
        held->writer = writer;
        held->is_lost = false;
    } else if (!held->is_lost && loses(h, pid, writer)) {
        held->is_lost = true;
        held->lost_at = h->now;
        held->lost_to = writer;
    }
}

static void value_write(Hazards *h, ScPid pid) {
    Held *held = &h->held[pid];
    for (ScPid other = 0; other < h->program->n_values; other++) {
        if (other != pid && is_planned(h, other) &&
            meets(&h->places[other], &h->places[pid])) {
            write_over(h, other, pid);
        }
    }
    held->written = h->now;
    held->writer = pid;
    held->is_lost = false;
}

static void value_read(Hazards *h, ScPid pid) {
    Held *held = &h->held[pid];
    held->was_read = true;
    if (held->is_lost && !held->is_told && !held->is_scratch) {
        held->is_told = true;
        hazard_add(h, pid);
    }
}

/* ---- the replay ----------------------------------------------------------------- */

static void writers_mark(void *user, ScPid pid, unsigned access) {
    Hazards *h = user;
    Held *held = &h->held[pid];
    const ScPTensor *t = h->program->values[pid].as.tensor;
    bool written = access & SC_TOUCH_WRITE && !h->unsure;
    bool first = held->written == NEVER; /* how often it is used, for now */
    held->written = first ? 0 : 1;
    held->is_view = held->is_view && !(access & SC_TOUCH_WRITE);
    held->is_scratch = h->places[pid].is_scratch ||
                       (first && access && !written && t->dtype == SC_U8 && t->rank == 1 &&
                        h->now >= 0 && h->now < (int32_t)h->program->n_insts);
}

static void touch(void *user, ScPid pid, unsigned access) {
    Hazards *h = user;
    if (!is_planned(h, pid)) {
        return;
    }
    if (!h->writing && access & SC_TOUCH_READ) {
        value_read(h, pid);
    }
    bool writes = access & SC_TOUCH_WRITE || (access && h->held[pid].is_scratch);
    if (h->writing && writes) {
        value_write(h, pid);
    }
}

static void io_each(Hazards *h, const ScPIo *io, size_t n, unsigned access, ScTouchFn fn) {
    for (size_t i = 0; i < n; i++) {
        sc_pvalue_each_tensor(h->program, io[i].value, access, fn, h);
    }
}

static void mark_all(Hazards *h) {
    const ScProgram *p = h->program;
    for (ScPid pid = 0; pid < p->n_values; pid++) {
        h->held[pid] = (Held){.is_view = !h->places[pid].is_state, .written = NEVER};
    }
    h->now = -1;
    io_each(h, p->inputs, p->n_inputs, SC_TOUCH_WRITE, writers_mark);
    for (size_t i = 0; i < p->n_insts; i++) {
        h->now = (int32_t)i;
        h->unsure = !sc_pinst_outputs_known(&p->insts[i]);
        sc_pinst_each_tensor(p, &p->insts[i], writers_mark, h);
    }
    h->now = (int32_t)p->n_insts;
    io_each(h, p->outputs, p->n_outputs, SC_TOUCH_READ, writers_mark);
    for (ScPid pid = 0; pid < p->n_values; pid++) {
        h->held[pid].written = NEVER;
    }
}

void sc_hazards_find(ScArena *arena, const ScProgram *program, const ScPlace *places,
                     const uint32_t *names, bool ours, ScHazard **out_hazards,
                     size_t *out_n) {
    Hazards h = {.arena = arena,
                 .program = program,
                 .places = places,
                 .names = names,
                 .ours = ours,
                 .held = SC_NEW_ARRAY(arena, Held, program->n_values + 1)};
    mark_all(&h);
    h.now = -1;
    h.unsure = false;
    h.writing = true;
    io_each(&h, program->inputs, program->n_inputs, SC_TOUCH_WRITE, touch);
    for (size_t i = 0; i < program->n_insts; i++) {
        h.now = (int32_t)i;
        h.unsure = !sc_pinst_outputs_known(&program->insts[i]);
        h.writing = false;
        sc_pinst_each_tensor(program, &program->insts[i], touch, &h);
        h.writing = true;
        sc_pinst_each_tensor(program, &program->insts[i], touch, &h);
    }
    h.now = (int32_t)program->n_insts;
    h.writing = false;
    io_each(&h, program->outputs, program->n_outputs, SC_TOUCH_READ, touch);
    *out_hazards = h.items;
    *out_n = h.n;
}
