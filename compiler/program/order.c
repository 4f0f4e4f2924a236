/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Order of instructions for a low peak.
 *
 * The bytes that live after a set of instructions ran depend on the set alone,
 * so the best order is a path of lowest bottleneck through the sets. The
 * search takes the set of lowest peak first (then the largest set), never one
 * that isn't below the peak of the order given, and stops after MAX_STATES
 * sets; then one greedy pass is tried. An instruction that frees at least what
 * it makes and doesn't raise the peak is run at once: liveness only shrinks,
 * so no order is lost. All choices are by index: the same program gives the
 * same order. Networks rarely have a better order than the one they were
 * written in; then the first bound ends the search.
 */
#include "compiler/program/order.h"

#include <string.h>

#include "compiler/program/touch.h"

enum { MAX_STATES = 6000, MAX_INSTS = 2000 };

typedef struct Use {
    uint32_t buffer;
    unsigned access;
} Use;

/* One instruction as the search sees it. */
typedef struct Step {
    Use *uses; /* each buffer once */
    size_t n, cap;
    bool swaps; /* the output may take over a dying input: from, to */
    uint32_t from, to;
    uint64_t *needs; /* bitset: instructions that must run before */
} Step;

typedef struct State {
    uint64_t *done; /* bitset */
    uint64_t peak;
    uint32_t n_done, parent;
    uint32_t *path; /* instructions run on the way from the parent */
    uint32_t n_path;
    bool closed;
} State;

typedef struct Search {
    ScArena *arena;
    const ScProgram *program;
    size_t n, words, n_buffers;
    Step *steps;
    uint64_t *bytes;      /* per buffer; 0 where placement is not ours to lower */
    uint32_t *n_touching; /* instructions per buffer */
    bool *from_start, *to_end;
    uint32_t *left; /* scratch: instructions still to touch a buffer */
    bool *born;     /* scratch */
    State *states;
    size_t n_states;
    uint32_t *heap;
    size_t n_heap;
    uint32_t *table; /* state + 1 by hash of done */
    size_t table_cap;
} Search;

static bool bit_get(const uint64_t *bits, size_t i) {
    return bits[i / 64] >> (i % 64) & 1;
}
static void bit_set(uint64_t *bits, size_t i) {
    bits[i / 64] |= (uint64_t)1 << (i % 64);
}

/* ---- the problem ---------------------------------------------------------------- */

typedef struct Collect {
    Search *search;
    Step *step;
} Collect;

static void use_add(void *user, ScPid pid, unsigned access) {
    Collect *c = user;
    uint32_t b = sc_pvalue_buffer(c->search->program, pid);
    if (b == UINT32_MAX || access == 0) {
        return;
    }
    for (size_t i = 0; i < c->step->n; i++) {
        if (c->step->uses[i].buffer == b) {
            c->step->uses[i].access |= access;
            return;
        }
    }
    Use use = {.buffer = b, .access = access};
    SC_PUSH(c->search->arena, c->step->uses, c->step->n, c->step->cap, use);
}

static void needs_fill(Search *s) {
    for (size_t i = 0; i < s->n; i++) {
        s->steps[i].needs = SC_NEW_ARRAY(s->arena, uint64_t, s->words);
    }
    /* Accesses of one buffer: everything waits for the last write, a write also
     * for the reads since then. */
    for (uint32_t b = 0; b < s->n_buffers; b++) {
        size_t writer = SIZE_MAX;
        for (size_t i = 0; i < s->n; i++) {
            unsigned access = 0;
            for (size_t u = 0; u < s->steps[i].n; u++) {
                access |= s->steps[i].uses[u].buffer == b ? s->steps[i].uses[u].access : 0;
            }
            if (!access) {
                continue;
            }
            if (writer != SIZE_MAX) {
                bit_set(s->steps[i].needs, writer);
            }
            if (!(access & SC_TOUCH_WRITE)) {
                continue;
            }
            for (size_t j = writer == SIZE_MAX ? 0 : writer; j < i; j++) {
                for (size_t u = 0; u < s->steps[j].n; u++) {
                    if (s->steps[j].uses[u].buffer == b) {
                        bit_set(s->steps[i].needs, j);
                    }
                }
            }
            writer = i;
        }
    }
}

static void io_mark(const ScProgram *program, const ScPIo *io, size_t n, bool *out_marks) {
    for (size_t i = 0; i < n; i++) {
        uint32_t b = sc_pvalue_buffer(program, io[i].value);
        if (b != UINT32_MAX) {
            out_marks[b] = true;
        }
    }
}

static void search_init(Search *s, ScArena *arena, const ScProgram *program) {
    *s = (Search){.arena = arena, .program = program, .n = program->n_insts};
    s->words = (s->n + 63) / 64;
    s->n_buffers = program->n_buffers;
    s->steps = SC_NEW_ARRAY(arena, Step, s->n);
    s->bytes = SC_NEW_ARRAY(arena, uint64_t, s->n_buffers);
    s->n_touching = SC_NEW_ARRAY(arena, uint32_t, s->n_buffers);
    s->left = SC_NEW_ARRAY(arena, uint32_t, s->n_buffers);
    s->born = SC_NEW_ARRAY(arena, bool, s->n_buffers);
    s->from_start = SC_NEW_ARRAY(arena, bool, s->n_buffers);
    s->to_end = SC_NEW_ARRAY(arena, bool, s->n_buffers);
    for (size_t i = 0; i < s->n; i++) {
        Step *step = &s->steps[i];
        Collect collect = {.search = s, .step = step};
        sc_pinst_each_tensor(program, &program->insts[i], use_add, &collect);
        for (size_t u = 0; u < step->n; u++) {
            s->n_touching[step->uses[u].buffer]++;
        }
        step->swaps = sc_inplace_pair(program, &program->insts[i], &step->from, &step->to);
    }
    for (size_t b = 0; b < s->n_buffers; b++) {
        const ScPBuffer *buffer = &program->buffers[b];
        s->bytes[b] =
            buffer->is_state ? 0 : sc_align_up(buffer->n_bytes, (uint64_t)SC_FILE_ALIGN);
    }
    io_mark(program, program->inputs, program->n_inputs, s->from_start);
    io_mark(program, program->outputs, program->n_outputs, s->to_end);
    needs_fill(s);
}

/* ---- running instructions over s->left and s->born --------------------------------- */

/* Sets the scratch arrays to "done ran"; returns the bytes that live. */
static uint64_t live_load(Search *s, const uint64_t *done) {
    memcpy(s->left, s->n_touching, s->n_buffers * sizeof *s->left);
    memcpy(s->born, s->from_start, s->n_buffers * sizeof *s->born);
    for (size_t i = 0; i < s->n; i++) {
        if (bit_get(done, i)) {
            for (size_t u = 0; u < s->steps[i].n; u++) {
                s->left[s->steps[i].uses[u].buffer]--;
                s->born[s->steps[i].uses[u].buffer] = true;
            }
        }
    }
    uint64_t live = 0;
    for (size_t b = 0; b < s->n_buffers; b++) {
        live += s->born[b] && (s->left[b] || s->to_end[b]) ? s->bytes[b] : 0;
    }
    return live;
}

static uint64_t step_peak(const Search *s, const Step *step, uint64_t live) {
    for (size_t u = 0; u < step->n; u++) {
        live += s->born[step->uses[u].buffer] ? 0 : s->bytes[step->uses[u].buffer];
    }
    bool swaps = step->swaps && s->born[step->from] && !s->born[step->to] &&
                 s->left[step->from] == 1 && !s->to_end[step->from];
    return live - (swaps ? s->bytes[step->to] : 0);
}

static uint64_t live_after(const Search *s, const Step *step, uint64_t live) {
    for (size_t u = 0; u < step->n; u++) {
        uint32_t b = step->uses[u].buffer;
        bool stays = s->left[b] > 1 || s->to_end[b];
        live += !s->born[b] && stays ? s->bytes[b] : 0;
        live -= s->born[b] && !stays ? s->bytes[b] : 0;
    }
    return live;
}

static uint64_t step_run(Search *s, const Step *step, uint64_t live) {
    live = live_after(s, step, live);
    for (size_t u = 0; u < step->n; u++) {
        s->left[step->uses[u].buffer]--;
        s->born[step->uses[u].buffer] = true;
    }
    return live;
}

static bool step_ready(const Search *s, size_t i, const uint64_t *done) {
    if (bit_get(done, i)) {
        return false;
    }
    for (size_t w = 0; w < s->words; w++) {
        if (s->steps[i].needs[w] & ~done[w]) {
            return false;
        }
    }
    return true;
}

/* Peak of the order the instructions stand in. */
static uint64_t natural_peak(Search *s, const uint64_t *none) {
    uint64_t live = live_load(s, none), peak = live;
    for (size_t i = 0; i < s->n; i++) {
        uint64_t now = step_peak(s, &s->steps[i], live);
        peak = now > peak ? now : peak;
        live = step_run(s, &s->steps[i], live);
    }
    return peak;
}

/* No order is below: an instruction needs its own buffers, the start the inputs. */
static uint64_t order_bound(Search *s, const uint64_t *none) {
    uint64_t bound = live_load(s, none);
    for (size_t i = 0; i < s->n; i++) {
        uint64_t own = 0;
        for (size_t u = 0; u < s->steps[i].n; u++) {
            own += s->bytes[s->steps[i].uses[u].buffer];
        }
        own -= s->steps[i].swaps ? s->bytes[s->steps[i].to] : 0;
        bound = own > bound ? own : bound;
    }
    return bound;
}

/* ---- states ----------------------------------------------------------------------- */

static bool state_before(const Search *s, uint32_t a, uint32_t b) {
    const State *x = &s->states[a], *y = &s->states[b];
    if (x->peak != y->peak) {
        return x->peak < y->peak;
    }
    return x->n_done != y->n_done ? x->n_done > y->n_done : a < b;
}

static void heap_push(Search *s, uint32_t state) {
    size_t i = s->n_heap++;
    for (; i > 0 && state_before(s, state, s->heap[(i - 1) / 2]); i = (i - 1) / 2) {
        s->heap[i] = s->heap[(i - 1) / 2];
    }
    s->heap[i] = state;
}

static uint32_t heap_pop(Search *s) {
    uint32_t top = s->heap[0], last = s->heap[--s->n_heap];
    size_t i = 0;
    for (size_t child = 1; child < s->n_heap; child = 2 * i + 1) {
        if (child + 1 < s->n_heap && state_before(s, s->heap[child + 1], s->heap[child])) {
            child++;
        }
        if (!state_before(s, s->heap[child], last)) {
            break;
        }
        s->heap[i] = s->heap[child];
        i = child;
    }
    s->heap[i] = last;
    return top;
}

/* Slot of a set of instructions in the table of states. */
static size_t table_slot(const Search *s, const uint64_t *done) {
    uint64_t hash = 0;
    for (size_t w = 0; w < s->words; w++) {
        hash = (hash ^ done[w]) * 0x9e3779b97f4a7c15u; /* 2^64 / golden ratio */
        hash ^= hash >> 29;
    }
    size_t slot = (size_t)hash & (s->table_cap - 1);
    while (s->table[slot] &&
           memcmp(s->states[s->table[slot] - 1].done, done, s->words * sizeof *done) != 0) {
        slot = (slot + 1) & (s->table_cap - 1);
    }
    return slot;
}

/* A set that was reached before at no lower peak takes the new way; heap
 * entries may be stale then, so it is pushed a second time. */
static void state_add(Search *s, const State *state, size_t max_heap) {
    size_t slot = table_slot(s, state->done);
    uint32_t id = s->table[slot] ? s->table[slot] - 1 : (uint32_t)s->n_states;
    bool known = s->table[slot] != 0;
    if (known && (s->states[id].closed || s->states[id].peak <= state->peak)) {
        return;
    }
    if ((!known && s->n_states == MAX_STATES) || s->n_heap == max_heap) {
        return;
    }
    s->states[id] = *state;
    s->n_states += !known;
    s->table[slot] = id + 1;
    heap_push(s, id);
}

/* ---- search ------------------------------------------------------------------------ */

/* Runs `first` and then everything that is free to run. */
static State state_follow(Search *s, uint32_t parent, uint32_t first, uint64_t live,
                          uint64_t limit) {
    const State *from = &s->states[parent];
    State next = {.peak = from->peak, .n_done = from->n_done, .parent = parent};
    next.done = sc_arena_copy(s->arena, from->done, s->words * sizeof *from->done);
    next.path = SC_NEW_ARRAY(s->arena, uint32_t, s->n - from->n_done);
    uint32_t run = first;
    while (run != UINT32_MAX) {
        uint64_t peak = step_peak(s, &s->steps[run], live);
        next.peak = peak > next.peak ? peak : next.peak;
        live = step_run(s, &s->steps[run], live);
        bit_set(next.done, run);
        next.path[next.n_path++] = run;
        next.n_done++;
        run = UINT32_MAX;
        for (uint32_t i = 0; i < s->n && next.peak < limit; i++) {
            const Step *step = &s->steps[i];
            if (step_ready(s, i, next.done) && step_peak(s, step, live) <= next.peak &&
                live_after(s, step, live) <= live) {
                run = i;
                break;
            }
        }
    }
    return next;
}

static const uint32_t *path_unroll(Search *s, uint32_t state) {
    uint32_t *order = SC_NEW_ARRAY(s->arena, uint32_t, s->n);
    size_t at = s->n;
    for (; s->states[state].n_done; state = s->states[state].parent) {
        at -= s->states[state].n_path;
        memcpy(order + at, s->states[state].path, s->states[state].n_path * sizeof *order);
    }
    return order;
}

static const uint32_t *search_sets(Search *s, const uint64_t *none, uint64_t limit) {
    size_t max_heap = 4 * (size_t)MAX_STATES;
    s->table_cap = 16384;
    s->table = SC_NEW_ARRAY(s->arena, uint32_t, s->table_cap);
    s->states = SC_NEW_ARRAY(s->arena, State, MAX_STATES);
    s->heap = SC_NEW_ARRAY(s->arena, uint32_t, max_heap);
    State start = {.peak = live_load(s, none)};
    start.done = sc_arena_copy(s->arena, none, s->words * sizeof *none);
    state_add(s, &start, max_heap);
    while (s->n_heap) {
        uint32_t id = heap_pop(s);
        if (s->states[id].closed) {
            continue;
        }
        s->states[id].closed = true;
        if (s->states[id].n_done == s->n) {
            return path_unroll(s, id);
        }
        for (uint32_t i = 0; i < s->n; i++) {
            if (!step_ready(s, i, s->states[id].done)) {
                continue;
            }
            uint64_t live = live_load(s, s->states[id].done);
            if (step_peak(s, &s->steps[i], live) < limit) {
                State next = state_follow(s, id, i, live, limit);
                state_add(s, &next, max_heap);
            }
        }
        if (s->n_states == MAX_STATES) {
            break;
        }
    }
    return NULL;
}

/* Always the ready instruction that leaves the fewest bytes alive. */
static const uint32_t *search_greedy(Search *s, const uint64_t *none, uint64_t limit) {
    uint32_t *order = SC_NEW_ARRAY(s->arena, uint32_t, s->n);
    uint64_t *done = sc_arena_copy(s->arena, none, s->words * sizeof *none);
    uint64_t live = live_load(s, none);
    for (size_t at = 0; at < s->n; at++) {
        uint32_t best = UINT32_MAX;
        uint64_t best_after = UINT64_MAX;
        for (uint32_t i = 0; i < s->n; i++) {
            if (step_ready(s, i, done) && step_peak(s, &s->steps[i], live) < limit &&
                live_after(s, &s->steps[i], live) < best_after) {
                best = i;
                best_after = live_after(s, &s->steps[i], live);
            }
        }
        if (best == UINT32_MAX) {
            return NULL;
        }
        live = step_run(s, &s->steps[best], live);
        bit_set(done, best);
        order[at] = best;
    }
    return order;
}

const uint32_t *sc_order_search(ScArena *arena, const ScProgram *program) {
    if (program->n_insts < 2 || program->n_insts > MAX_INSTS) {
        return NULL;
    }
    Search search;
    search_init(&search, arena, program);
    const uint64_t *none = SC_NEW_ARRAY(arena, uint64_t, search.words);
    uint64_t limit = natural_peak(&search, none);
    if (limit <= order_bound(&search, none)) {
        return NULL;
    }
    const uint32_t *order = search_sets(&search, none, limit);
    return order ? order : search_greedy(&search, none, limit);
}
