/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Offsets of buffers in their memories.
 *
 * Two buffers conflict when they live at the same instruction. No plan is
 * smaller than the largest sum of bytes that live together (the bound). Tried
 * in turn until one reaches it: lowest-offset first-fit in four orders; shared
 * objects largest first, which is what ExecuTorch's greedy planner does, so
 * that a plan is never above it; then a local search over first-fit orders
 * with a fixed seed: an item that stands beside or below a topmost one moves
 * to an earlier place. State never shares bytes: it is packed.
 */
#include <stdlib.h>
#include <string.h>

#include "compiler/program/touch.h"

enum { MAX_TRIES = 1500 };

typedef struct Item {
    uint32_t buffer;
    int32_t first, last;
    uint64_t size, offset;
} Item;

typedef struct Plan {
    Item *items;
    size_t n;
    uint64_t bound;
    uint32_t *order;  /* tried now */
    uint32_t *placed; /* scratch: by offset */
    uint32_t *best_order;
    uint64_t *best_offsets;
    uint64_t best;
} Plan;

static bool items_conflict(const Item *a, const Item *b) {
    return a->first <= b->last && b->first <= a->last;
}

/* ---- the bound ---------------------------------------------------------------------- */

/* The live sum only rises where an item is born: it is enough to look there. */
static uint64_t plan_bound(const Plan *plan) {
    uint64_t bound = 0;
    for (size_t i = 0; i < plan->n; i++) {
        uint64_t live = 0;
        int32_t now = plan->items[i].first;
        for (size_t j = 0; j < plan->n; j++) {
            bool lives = plan->items[j].first <= now && now <= plan->items[j].last;
            live += lives ? plan->items[j].size : 0;
        }
        bound = live > bound ? live : bound;
    }
    return bound;
}

/* ---- first fit ------------------------------------------------------------------------
 */

/* Lowest offset where `item` fits beside the n placed ones, sorted by offset. */
static uint64_t gap_find(const Plan *plan, const Item *item, size_t n) {
    uint64_t offset = 0;
    for (size_t i = 0; i < n; i++) {
        const Item *other = &plan->items[plan->placed[i]];
        if (!items_conflict(item, other)) {
            continue;
        }
        if (other->offset >= offset + item->size) {
            break;
        }
        uint64_t end = other->offset + other->size;
        offset = end > offset ? end : offset;
    }
    return offset;
}

static uint64_t first_fit(Plan *plan) {
    uint64_t total = 0;
    for (size_t k = 0; k < plan->n; k++) {
        Item *item = &plan->items[plan->order[k]];
        item->offset = gap_find(plan, item, k);
        size_t at = k;
        for (; at > 0 && plan->items[plan->placed[at - 1]].offset > item->offset; at--) {
            plan->placed[at] = plan->placed[at - 1];
        }
        plan->placed[at] = plan->order[k];
        uint64_t end = item->offset + item->size;
        total = end > total ? end : total;
    }
    return total;
}

static void plan_keep(Plan *plan, uint64_t total) {
    plan->best = total;
    memcpy(plan->best_order, plan->order, plan->n * sizeof *plan->order);
    for (size_t i = 0; i < plan->n; i++) {
        plan->best_offsets[i] = plan->items[i].offset;
    }
}

/* ---- orders -----------------------------------------------------------------------------
 */

typedef struct Key {
    double major, minor; /* larger first */
    uint32_t item;
} Key;

static int key_compare(const void *a, const void *b) {
    const Key *x = a, *y = b;
    if (x->major != y->major) {
        return x->major > y->major ? -1 : 1;
    }
    if (x->minor != y->minor) {
        return x->minor > y->minor ? -1 : 1;
    }
    return x->item < y->item ? -1 : 1;
}

static Key item_key(const Plan *plan, uint32_t i, int rule) {
    const Item *item = &plan->items[i];
    double size = (double)item->size, life = (double)(item->last - item->first + 1);
    switch (rule) {
    case 0:
        return (Key){.major = size, .minor = life, .item = i};
    case 1:
        return (Key){.major = size * life, .minor = size, .item = i};
    case 2:
        return (Key){.major = -(double)item->first, .minor = size, .item = i};
    default:
        return (Key){.major = life, .minor = size, .item = i};
    }
}

static void order_sort(Sc *sc, Plan *plan, int rule) {
    Key *keys = SC_NEW_ARRAY(sc->arena, Key, plan->n);
    for (uint32_t i = 0; i < plan->n; i++) {
        keys[i] = item_key(plan, i, rule);
    }
    qsort(keys, plan->n, sizeof *keys, key_compare);
    for (size_t i = 0; i < plan->n; i++) {
        plan->order[i] = keys[i].item;
    }
}

/* ---- shared objects, largest first ----------------------------------------------------
 */

typedef struct Object {
    uint64_t size, offset;
    int32_t first, last;
} Object;

/* Where in object `o` the item goes: 0 when the object is idle during its life,
 * else above the highest item that it meets; UINT64_MAX when it doesn't fit. */
static uint64_t object_place(const Plan *plan, const Object *objects, const uint32_t *home,
                             size_t o, const Item *item, size_t n_placed) {
    uint64_t top = 0;
    for (size_t k = 0; k < n_placed; k++) {
        const Item *other = &plan->items[plan->order[k]];
        if (home[plan->order[k]] == o && items_conflict(item, other)) {
            uint64_t end = other->offset + other->size;
            top = end > top ? end : top;
        }
    }
    return top + item->size <= objects[o].size ? top : UINT64_MAX;
}

static uint64_t shared_objects(Sc *sc, Plan *plan) {
    Object *objects = SC_NEW_ARRAY(sc->arena, Object, plan->n);
    uint32_t *home = SC_NEW_ARRAY(sc->arena, uint32_t, plan->n);
    size_t n_objects = 0;
    for (size_t k = 0; k < plan->n; k++) {
        Item *item = &plan->items[plan->order[k]];
        size_t chosen = n_objects;
        item->offset = 0;
        for (size_t o = 0; o < n_objects; o++) {
            uint64_t at = object_place(plan, objects, home, o, item, k);
            if (at == 0 || (at != UINT64_MAX && chosen == n_objects)) {
                chosen = o;
                item->offset = at;
            }
            if (at == 0) {
                break;
            }
        }
        if (chosen == n_objects) {
            objects[n_objects++].size = item->size;
        }
        home[plan->order[k]] = (uint32_t)chosen;
    }
    uint64_t total = 0;
    for (size_t o = 0; o < n_objects; o++) {
        objects[o].offset = total;
        total += objects[o].size;
    }
    for (size_t i = 0; i < plan->n; i++) {
        plan->items[i].offset += objects[home[i]].offset;
    }
    return total;
}

/* ---- local search ----------------------------------------------------------------------
 */

/* xorshift64 (Marsaglia 2003). */
static uint32_t random_below(uint64_t *state, uint32_t n) {
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return (uint32_t)((*state >> 32) % n);
}

/* Position in the order of a random item that conflicts with one that reaches
 * the top; that one itself counts. */
static size_t culprit_pick(const Plan *plan, uint64_t total, uint64_t *random) {
    const Item *top = NULL;
    uint32_t n_tops = 0, n_found = 0;
    for (size_t i = 0; i < plan->n; i++) {
        const Item *item = &plan->items[i];
        if (item->offset + item->size == total && random_below(random, ++n_tops) == 0) {
            top = item;
        }
    }
    size_t found = 0;
    for (size_t k = 0; top && k < plan->n; k++) {
        if (items_conflict(&plan->items[plan->order[k]], top) &&
            random_below(random, ++n_found) == 0) {
            found = k;
        }
    }
    return found;
}

static void order_move(uint32_t *order, size_t from, size_t to) {
    uint32_t item = order[from];
    memmove(order + to + 1, order + to, (from - to) * sizeof *order);
    order[to] = item;
}

static void order_search(Sc *sc, Plan *plan) {
    uint64_t random = 0x5c0ce; /* any fixed seed but 0 */
    size_t tries = MAX_TRIES;
    size_t cost = plan->n * plan->n;
    if (cost > 200000) { /* keeps the search below about a second */
        tries = 300000000 / cost < tries ? 300000000 / cost : tries;
    }
    uint32_t *current = SC_NEW_ARRAY(sc->arena, uint32_t, plan->n);
    memcpy(current, plan->best_order, plan->n * sizeof *current);
    memcpy(plan->order, current, plan->n * sizeof *current);
    uint64_t height = first_fit(plan);
    for (size_t t = 0; t < tries && plan->best > plan->bound; t++) {
        size_t from = culprit_pick(plan, height, &random);
        if (from > 0) {
            order_move(plan->order, from, random_below(&random, (uint32_t)from));
        }
        uint64_t total = first_fit(plan);
        if (total < plan->best) {
            plan_keep(plan, total);
        }
        if (total <= height || random_below(&random, 50) == 0) {
            memcpy(current, plan->order, plan->n * sizeof *current);
            height = total;
        } else {
            memcpy(plan->order, current, plan->n * sizeof *current);
            (void)first_fit(plan); /* offsets of the order that was kept */
        }
    }
}

/* ---- memories ---------------------------------------------------------------------------
 */

static void plan_solve(Sc *sc, Plan *plan) {
    plan->best = UINT64_MAX;
    plan->bound = plan_bound(plan);
    for (int rule = 0; rule < 4 && plan->best > plan->bound; rule++) {
        order_sort(sc, plan, rule);
        uint64_t total = first_fit(plan);
        if (total < plan->best) {
            plan_keep(plan, total);
        }
    }
    if (plan->best > plan->bound) {
        order_sort(sc, plan, 0);
        uint64_t total = shared_objects(sc, plan);
        if (total < plan->best) {
            plan_keep(plan, total);
        }
        order_search(sc, plan);
    }
}

/* The buffers that share bytes; returns the bytes of state beside them. */
static uint64_t items_collect(Sc *sc, const ScProgram *program, uint32_t memory,
                              Plan *plan) {
    uint64_t state_bytes = 0;
    plan->items = SC_NEW_ARRAY(sc->arena, Item, program->n_buffers);
    for (uint32_t b = 0; b < program->n_buffers; b++) {
        const ScPBuffer *buffer = &program->buffers[b];
        uint64_t size = sc_align_up(buffer->n_bytes, (uint64_t)SC_FILE_ALIGN);
        if (buffer->memory != memory) {
            continue;
        }
        if (buffer->is_state) {
            state_bytes += size;
        } else if (sc_pbuffer_is_live(buffer)) {
            plan->items[plan->n++] = (Item){
                .buffer = b, .first = buffer->first, .last = buffer->last, .size = size};
        }
    }
    return state_bytes;
}

/* State packed from 0; all else at 0 until it is placed. */
static void offsets_start(ScProgram *program, uint32_t memory) {
    uint64_t offset = 0;
    for (uint32_t b = 0; b < program->n_buffers; b++) {
        ScPBuffer *buffer = &program->buffers[b];
        if (buffer->memory == memory) {
            buffer->planned = true;
            buffer->offset = buffer->is_state ? offset : 0;
            offset += buffer->is_state
                          ? sc_align_up(buffer->n_bytes, (uint64_t)SC_FILE_ALIGN)
                          : 0;
        }
    }
}

uint64_t sc_program_bound(Sc *sc, const ScProgram *program, uint32_t memory) {
    Plan plan = {.n = 0};
    uint64_t state_bytes = items_collect(sc, program, memory, &plan);
    return state_bytes + plan_bound(&plan);
}

static void memory_plan(Sc *sc, ScProgram *program, uint32_t memory) {
    Plan plan = {.n = 0};
    uint64_t state_bytes = items_collect(sc, program, memory, &plan);
    offsets_start(program, memory);
    if (plan.n > 0) {
        plan.order = SC_NEW_ARRAY(sc->arena, uint32_t, plan.n);
        plan.placed = SC_NEW_ARRAY(sc->arena, uint32_t, plan.n);
        plan.best_order = SC_NEW_ARRAY(sc->arena, uint32_t, plan.n);
        plan.best_offsets = SC_NEW_ARRAY(sc->arena, uint64_t, plan.n);
        plan_solve(sc, &plan);
    }
    /* State that shares a memory with activations lies below them. */
    for (size_t i = 0; i < plan.n; i++) {
        program->buffers[plan.items[i].buffer].offset = state_bytes + plan.best_offsets[i];
    }
    program->memory_bytes[memory] = state_bytes + plan.best;
    program->memory_bound[memory] = state_bytes + plan.bound;
}

ScStatus sc_program_plan(Sc *sc, ScProgram *program) {
    sc_program_lifetimes(sc->arena, program);
    program->n_memories = 1;
    for (size_t b = 0; b < program->n_buffers; b++) {
        uint32_t memory = program->buffers[b].memory;
        if (memory >= SC_MAX_MEMORIES) {
            return sc_fail(sc, SC_E_INTERNAL, "plan",
                           sc_arena_fmt(sc->arena, "buffer %zu is in memory %u", b, memory),
                           "a method has at most 8 memories", NULL);
        }
        program->n_memories =
            memory + 1 > program->n_memories ? memory + 1 : program->n_memories;
    }
    for (uint32_t memory = 0; memory < program->n_memories; memory++) {
        memory_plan(sc, program, memory);
    }
    return SC_OK;
}
