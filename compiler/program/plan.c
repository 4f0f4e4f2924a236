/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Offsets of buffers in their memories.
 *
 * Two buffers conflict when they live at the same instruction. Buffers that are tied
 * (tie.c) are placed together, as one item with a part for each; between themselves
 * they don't conflict. No plan is smaller than the largest sum of bytes that live
 * together (the bound). Tried in turn until one reaches it: lowest-offset first-fit in
 * four orders; shared objects largest first, which is what ExecuTorch's greedy planner
 * does, so that a plan is never above it; then a local search over first-fit orders
 * with a fixed seed: an item that stands beside or below a topmost one moves
 * to an earlier place. State never shares bytes: it is packed.
 */
#include <stdlib.h>
#include <string.h>

#include "compiler/program/touch.h"

enum { MAX_TRIES = 1500 };

/* A buffer. */
typedef struct Part {
    uint32_t buffer, item;
    int32_t first, last;
    uint64_t size, at; /* bytes from the start of its item */
} Part;

/* What is placed at once: a free buffer, or all that are tied, by `at`. */
typedef struct Item {
    const Part *parts;
    size_t n_parts;
    int32_t first, last; /* of all parts together */
    uint64_t size, offset;
} Item;

typedef struct Plan {
    Item *items;
    size_t n;
    Part *parts;
    size_t n_parts;
    bool has_ties;
    uint64_t bound;
    uint32_t *order;  /* tried now */
    uint32_t *placed; /* scratch: parts, by offset */
    uint32_t *best_order;
    uint64_t *best_offsets;
    uint64_t best;
} Plan;

/* Of a part, an item, or one of each. */
#define LIVE_TOGETHER(a, b) ((a)->first <= (b)->last && (b)->first <= (a)->last)

static uint64_t part_offset(const Plan *plan, const Part *part) {
    return plan->items[part->item].offset + part->at;
}

/* ---- the bound ---------------------------------------------------------------------- */

/* Bytes that an item covers at an instruction: tied buffers may lie on each other. */
static uint64_t item_live(const Item *item, int32_t now) {
    uint64_t live = 0, end = 0;
    for (size_t i = 0; i < item->n_parts; i++) {
        const Part *part = &item->parts[i];
        uint64_t part_end = part->at + part->size;
        if (part->first <= now && now <= part->last && part_end > end) {
            live += part_end - (part->at > end ? part->at : end);
            end = part_end;
        }
    }
    return live;
}

/* The live sum only rises where a part is born: it is enough to look there. */
static uint64_t plan_bound(const Plan *plan) {
    uint64_t bound = 0;
    for (size_t i = 0; i < plan->n_parts; i++) {
        uint64_t live = 0;
        for (size_t j = 0; j < plan->n; j++) {
            live += item_live(&plan->items[j], plan->parts[i].first);
        }
        bound = live > bound ? live : bound;
    }
    return bound;
}

/* ---- first fit ------------------------------------------------------------------------
 */

/* Lowest offset of an item, not below `offset`, where `part` of it fits beside the n
 * placed parts. */
static uint64_t gap_find(const Plan *plan, const Part *part, uint64_t offset, size_t n) {
    uint64_t at = offset + part->at;
    for (size_t i = 0; i < n; i++) {
        const Part *other = &plan->parts[plan->placed[i]];
        if (!LIVE_TOGETHER(part, other)) {
            continue;
        }
        uint64_t start = part_offset(plan, other), end = start + other->size;
        if (start >= at + part->size) {
            break;
        }
        at = end > at ? end : at;
    }
    return at - part->at;
}

/* Where all parts fit: each may push the item up, until none does. */
static uint64_t item_fit(const Plan *plan, const Item *item, size_t n) {
    uint64_t offset = 0;
    for (size_t settled = 0, i = 0; settled < item->n_parts; i = (i + 1) % item->n_parts) {
        uint64_t found = gap_find(plan, &item->parts[i], offset, n);
        settled = found == offset ? settled + 1 : 1;
        offset = found;
    }
    return offset;
}

static void parts_insert(Plan *plan, const Item *item, size_t n) {
    for (size_t i = 0; i < item->n_parts; i++, n++) {
        uint64_t offset = item->offset + item->parts[i].at;
        size_t at = n;
        for (; at > 0; at--) {
            const Part *below = &plan->parts[plan->placed[at - 1]];
            if (part_offset(plan, below) <= offset) {
                break;
            }
            plan->placed[at] = plan->placed[at - 1];
        }
        plan->placed[at] = (uint32_t)(&item->parts[i] - plan->parts);
    }
}

static uint64_t first_fit(Plan *plan) {
    uint64_t total = 0;
    size_t n_placed = 0;
    for (size_t k = 0; k < plan->n; k++) {
        Item *item = &plan->items[plan->order[k]];
        item->offset = item_fit(plan, item, n_placed);
        parts_insert(plan, item, n_placed);
        n_placed += item->n_parts;
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
        if (home[plan->order[k]] == o && LIVE_TOGETHER(item, other)) {
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
        if (LIVE_TOGETHER(&plan->items[plan->order[k]], top) &&
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
    size_t cost = plan->n_parts * plan->n_parts;
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

static bool is_part(const ScProgram *program, uint32_t memory, uint32_t root, uint32_t b,
                    int64_t *out_distance) {
    const ScPBuffer *buffer = &program->buffers[b];
    return buffer->memory == memory && !buffer->is_state && sc_pbuffer_is_live(buffer) &&
           sc_tie_root(program, b, out_distance) == root;
}

/* Sorted by place, the lowest first. */
static void part_add(Part *parts, size_t n, const Part *part) {
    for (; n > 0 && parts[n - 1].at > part->at; n--) {
        parts[n] = parts[n - 1];
    }
    parts[n] = *part;
}

/* The item whose first buffer is b. */
static void item_add(const ScProgram *program, Plan *plan, uint32_t memory, uint32_t b) {
    Part *parts = plan->parts + plan->n_parts;
    Item item = {.parts = parts, .first = INT32_MAX, .last = -1};
    size_t end = plan->has_ties ? program->n_buffers : b + 1u;
    int64_t distance, lowest;
    uint32_t root = sc_tie_root(program, b, &lowest);
    for (uint32_t c = b; c < end; c++) {
        bool lower = is_part(program, memory, root, c, &distance) && distance < lowest;
        lowest = lower ? distance : lowest;
    }
    for (uint32_t c = b; c < end; c++) {
        const ScPBuffer *buffer = &program->buffers[c];
        if (!is_part(program, memory, root, c, &distance)) {
            continue;
        }
        Part part = {.buffer = c,
                     .item = (uint32_t)plan->n,
                     .first = buffer->first,
                     .last = buffer->last,
                     .size = sc_align_up(buffer->n_bytes, (uint64_t)SC_FILE_ALIGN),
                     .at = (uint64_t)(distance - lowest)};
        part_add(parts, item.n_parts++, &part);
        item.first = part.first < item.first ? part.first : item.first;
        item.last = part.last > item.last ? part.last : item.last;
        item.size = part.at + part.size > item.size ? part.at + part.size : item.size;
    }
    plan->n_parts += item.n_parts;
    plan->items[plan->n++] = item;
}

/* The buffers that share bytes; returns the bytes of state beside them. */
static uint64_t items_collect(Sc *sc, const ScProgram *program, uint32_t memory,
                              Plan *plan) {
    uint64_t state_bytes = 0;
    bool *done = SC_NEW_ARRAY(sc->arena, bool, program->n_buffers); /* per buffer */
    plan->items = SC_NEW_ARRAY(sc->arena, Item, program->n_buffers);
    plan->parts = SC_NEW_ARRAY(sc->arena, Part, program->n_buffers);
    for (uint32_t b = 0; b < program->n_buffers; b++) {
        plan->has_ties = plan->has_ties || program->buffers[b].tied;
    }
    for (uint32_t b = 0; b < program->n_buffers; b++) {
        const ScPBuffer *buffer = &program->buffers[b];
        if (buffer->memory != memory || done[b]) {
            continue;
        }
        if (buffer->is_state) {
            state_bytes += sc_align_up(buffer->n_bytes, (uint64_t)SC_FILE_ALIGN);
        } else if (sc_pbuffer_is_live(buffer)) {
            size_t from = plan->n_parts;
            item_add(program, plan, memory, b);
            for (; from < plan->n_parts; from++) {
                done[plan->parts[from].buffer] = true;
            }
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
        plan.placed = SC_NEW_ARRAY(sc->arena, uint32_t, plan.n_parts);
        plan.best_order = SC_NEW_ARRAY(sc->arena, uint32_t, plan.n);
        plan.best_offsets = SC_NEW_ARRAY(sc->arena, uint64_t, plan.n);
        plan_solve(sc, &plan);
    }
    /* State that shares a memory with activations lies below them. */
    for (size_t i = 0; i < plan.n_parts; i++) {
        const Part *part = &plan.parts[i];
        program->buffers[part->buffer].offset =
            state_bytes + plan.best_offsets[part->item] + part->at;
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
