/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A .pte says where each tensor lies, not which of them are one thing: views,
 * outputs written in place, and unrelated tensors that use the same bytes at
 * other times all look alike. The order of reads and writes tells them apart.
 * See read.h.
 */
#include <stdlib.h>

#include "compiler/program/intern.h"
#include "compiler/program/read.h"
#include "compiler/program/touch.h"

enum { NEVER = INT32_MAX };

/* A planned tensor and when it is touched. */
typedef struct Planned {
    ScPid pid;
    int32_t first, last;
    bool reads_first, is_written;
    uint64_t state_bytes; /* 0 when it isn't state */
    bool unsure;          /* first touched by an instruction whose outputs aren't known */
    uint32_t group;       /* pid of the first tensor of its buffer */
} Planned;

typedef struct Group {
    uint32_t memory;
    uint64_t offset, end;
    int32_t last;
    const void *initial; /* of the tensor that started it */
    bool is_state, is_written, reads_first, is_scratch, exists;
} Group;

typedef struct Recover {
    ScProgram *program;
    const ScPlace *places;
    Planned *planned; /* per pid */
    Group *groups;    /* per pid: of the first tensor of a buffer */
    uint32_t *made;   /* groups in the order in which they were made */
    size_t n_made;
    int32_t now;
    bool unsure;
} Recover;

/* ---- touches ----------------------------------------------------------------------- */

static void tensor_touch(void *user, ScPid pid, unsigned access) {
    Recover *r = user;
    Planned *t = &r->planned[pid];
    if (access == 0) {
        return;
    }
    bool reads = access & SC_TOUCH_READ;
    if (t->first == NEVER) {
        t->first = r->now;
        t->reads_first = reads;
        t->unsure = r->unsure;
    } else if (t->first == r->now && reads) {
        t->reads_first = true;
    }
    t->last = r->now;
    t->is_written = t->is_written || access & SC_TOUCH_WRITE;
}

static void io_touch(Recover *r, const ScPIo *io, size_t n, unsigned access) {
    for (size_t i = 0; i < n; i++) {
        sc_pvalue_each_tensor(r->program, io[i].value, access, tensor_touch, r);
    }
}

static void touches_collect(Recover *r) {
    const ScProgram *p = r->program;
    for (ScPid pid = 0; pid < p->n_values; pid++) {
        r->planned[pid] = (Planned){.pid = pid, .first = NEVER, .last = -1};
        r->planned[pid].state_bytes = r->places[pid].is_state ? r->places[pid].n_bytes : 0;
    }
    r->now = -1;
    io_touch(r, p->inputs, p->n_inputs, SC_TOUCH_WRITE);
    for (size_t i = 0; i < p->n_insts; i++) {
        r->now = (int32_t)i;
        r->unsure = !sc_pinst_outputs_known(&p->insts[i]);
        sc_pinst_each_tensor(p, &p->insts[i], tensor_touch, r);
    }
    r->unsure = false;
    r->now = (int32_t)p->n_insts; /* after all: an output may be a view */
    io_touch(r, p->outputs, p->n_outputs, SC_TOUCH_READ);
}

/* ---- groups ------------------------------------------------------------------------ */

static bool group_holds(const Group *g, const ScPlace *place) {
    return g->exists && g->memory == place->memory && g->offset <= place->offset &&
           place->offset + place->n_bytes <= g->end;
}

static bool group_meets(const Group *g, const ScPlace *place) {
    return g->exists && g->memory == place->memory &&
           g->offset < place->offset + place->n_bytes && place->offset < g->end;
}

static void group_start(Recover *r, Planned *t) {
    const ScPlace *place = &r->places[t->pid];
    Group *g = &r->groups[t->pid];
    *g = (Group){.memory = place->memory,
                 .offset = place->offset,
                 .end = place->offset + place->n_bytes,
                 .last = t->last,
                 .is_state = place->is_state,
                 .initial = place->initial,
                 .reads_first = t->reads_first && !t->unsure,
                 .is_written = t->is_written,
                 .is_scratch = place->is_scratch,
                 .exists = true};
    t->group = t->pid;
    r->made[r->n_made++] = t->pid;
}

static void group_join(Recover *r, Planned *t, uint32_t group) {
    Group *g = &r->groups[group];
    g->last = t->last > g->last ? t->last : g->last;
    g->is_written = g->is_written || t->is_written;
    t->group = group;
}

/* Stock's scratch is a row of bytes that one call takes and nobody writes; a
 * view is as large as what it views. */
static bool looks_like_scratch(const Recover *r, const Planned *t) {
    const ScPTensor *tensor = r->program->values[t->pid].as.tensor;
    return t->reads_first && !t->is_written && t->first == t->last &&
           tensor->dtype == SC_U8 && tensor->rank == 1;
}

static bool group_equals(const Group *g, const ScPlace *place) {
    return g->offset == place->offset && g->end == place->offset + place->n_bytes;
}

/* The buffer that tensor t belongs to, or SC_PID_NONE for a new one. What is
 * read is what was made last on these bytes; what is written shares only what
 * is still needed. */
static uint32_t group_choose(const Recover *r, const Planned *t) {
    const ScPlace *place = &r->places[t->pid];
    if (place->is_scratch) {
        return SC_PID_NONE;
    }
    bool scratch = looks_like_scratch(r, t);
    for (size_t i = r->n_made; i-- > 0 && place->n_bytes > 0;) {
        const Group *g = &r->groups[r->made[i]];
        bool lives = g->last >= t->first || g->is_state;
        bool fits = group_holds(g, place) && (g->is_state || !place->is_state) &&
                    (!scratch || group_equals(g, place));
        if ((scratch && !g->is_written && !g->is_state) || g->is_scratch) {
            continue; /* scratch of an earlier call, or a delegate's */
        }
        if (group_meets(g, place) && (t->reads_first || (lives && fits))) {
            return fits ? r->made[i] : SC_PID_NONE;
        }
    }
    return SC_PID_NONE;
}

/* State lives all the time: its largest tensor goes first, views follow. */
static int by_first_touch(const void *a, const void *b) {
    const Planned *x = *(Planned *const *)a, *y = *(Planned *const *)b;
    if (x->state_bytes != y->state_bytes) {
        return x->state_bytes > y->state_bytes ? -1 : 1;
    }
    if (x->first != y->first) {
        return x->first < y->first ? -1 : 1;
    }
    if (x->reads_first != y->reads_first) {
        return x->reads_first ? -1 : 1;
    }
    return x->pid < y->pid ? -1 : x->pid > y->pid;
}

static void groups_by_time(Recover *r, Planned **order, size_t n) {
    for (size_t i = 0; i < n; i++) {
        uint32_t group = order[i]->first == NEVER ? SC_PID_NONE : group_choose(r, order[i]);
        if (group == SC_PID_NONE) {
            group_start(r, order[i]);
        } else {
            group_join(r, order[i], group);
        }
    }
}

/* With jumps or moves time says nothing: bytes that overlap are one buffer. */
static void groups_by_place(Recover *r, Planned **order, size_t n) {
    for (size_t i = 0; i < n; i++) {
        Planned *t = order[i];
        group_start(r, t);
        for (bool again = r->places[t->pid].n_bytes > 0; again;) {
            again = false;
            Group *mine = &r->groups[t->pid];
            ScPlace place = {.memory = mine->memory,
                             .offset = mine->offset,
                             .n_bytes = mine->end - mine->offset};
            for (size_t m = 0; m < r->n_made; m++) {
                uint32_t g = r->made[m];
                Group *other = &r->groups[g];
                if (other == mine || other->offset == other->end ||
                    !group_meets(other, &place)) {
                    continue;
                }
                mine->offset = other->offset < mine->offset ? other->offset : mine->offset;
                mine->end = other->end > mine->end ? other->end : mine->end;
                mine->is_state = mine->is_state || other->is_state;
                other->exists = false;
                for (size_t k = 0; k < i; k++) {
                    order[k]->group = order[k]->group == g ? t->pid : order[k]->group;
                }
                again = true;
            }
        }
    }
}

/* ---- buffers ------------------------------------------------------------------------ */

/* Read before anything wrote it, and written later: it keeps its bytes between
 * runs, though the file stores no first value. (Never written: scratch.) */
static bool group_is_state(const Recover *r, const Group *g) {
    bool flow = sc_program_has_flow(r->program);
    return g->is_state || (!flow && g->reads_first && g->is_written && g->end > g->offset &&
                           !g->is_scratch);
}

static void buffers_make(Recover *r, size_t n_planned, Planned **by_pid, ScArena *arena) {
    ScProgram *p = r->program;
    uint32_t *buffer_of = SC_NEW_ARRAY(arena, uint32_t, p->n_values); /* + 1, per group */
    for (size_t i = 0; i < n_planned; i++) {
        const Planned *t = by_pid[i];
        const Group *g = &r->groups[t->group];
        if (buffer_of[t->group] == 0) {
            uint32_t b = sc_program_buffer(p, g->end - g->offset);
            p->buffers[b].memory = g->memory;
            p->buffers[b].offset = g->offset;
            p->buffers[b].planned = true;
            p->buffers[b].is_state = group_is_state(r, g);
            p->buffers[b].is_scratch = g->is_scratch && !sc_program_has_flow(p);
            /* A first value that is only of a part of the buffer can't be kept. */
            bool fits = g->initial && r->places[t->group].n_bytes == g->end - g->offset;
            p->buffers[b].initial =
                fits ? sc_const_intern(p, g->initial, g->end - g->offset) : SC_PID_NONE;
            buffer_of[t->group] = b + 1;
        }
        ScPTensor *tensor = p->values[t->pid].as.tensor;
        tensor->storage = SC_P_BUFFER;
        tensor->index = buffer_of[t->group] - 1;
        tensor->byte_offset = r->places[t->pid].offset - g->offset;
    }
}

void sc_buffers_recover(ScArena *arena, ScProgram *program, const ScPlace *places) {
    size_t n = program->n_values, n_planned = 0;
    Recover r = {.program = program,
                 .places = places,
                 .planned = SC_NEW_ARRAY(arena, Planned, n),
                 .groups = SC_NEW_ARRAY(arena, Group, n),
                 .made = SC_NEW_ARRAY(arena, uint32_t, n)};
    touches_collect(&r);
    Planned **by_pid = SC_NEW_ARRAY(arena, Planned *, n);
    Planned **by_time = SC_NEW_ARRAY(arena, Planned *, n);
    for (size_t i = 0; i < n; i++) {
        if (places[i].has) {
            by_pid[n_planned] = by_time[n_planned] = &r.planned[i];
            n_planned++;
        }
    }
    if (n_planned > 1) {
        qsort(by_time, n_planned, sizeof *by_time, by_first_touch);
    }
    if (sc_program_has_flow(program)) {
        groups_by_place(&r, by_pid, n_planned);
    } else {
        groups_by_time(&r, by_time, n_planned);
    }
    buffers_make(&r, n_planned, by_pid, arena);
}

/* ---- ties ------------------------------------------------------------------------------
 */

static void tie_recover(ScProgram *p, uint32_t b, uint32_t scratch, int32_t now) {
    ScPBuffer *buffer = &p->buffers[b], *s = &p->buffers[scratch];
    bool inside = buffer->memory == s->memory && !buffer->is_state && b != scratch &&
                  buffer->offset >= s->offset && sc_pbuffer_is_live(buffer) &&
                  buffer->offset + buffer->n_bytes <= s->offset + s->n_bytes;
    bool born = inside && buffer->first == now, dies = inside && buffer->last == now;
    if (born || dies) {
        buffer->born_inside = buffer->born_inside || born;
        buffer->dies_inside = buffer->dies_inside || dies;
        sc_tie_add(p, b, scratch, (int64_t)(buffer->offset - s->offset));
    }
}

void sc_ties_recover(ScProgram *program) {
    for (size_t i = 0; i < program->n_insts; i++) {
        const ScPInst *inst = &program->insts[i];
        uint32_t n = inst->kind == SC_P_DELEGATE ? inst->n_args : 0;
        uint32_t scratch = n ? sc_pvalue_buffer(program, inst->args[n - 1]) : UINT32_MAX;
        if (scratch == UINT32_MAX || !program->buffers[scratch].is_scratch) {
            continue;
        }
        for (uint32_t a = 0; a + 1 < n; a++) {
            uint32_t b = sc_pvalue_buffer(program, inst->args[a]);
            if (b != UINT32_MAX) {
                tie_recover(program, b, scratch, (int32_t)i);
            }
        }
    }
}
