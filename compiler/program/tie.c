/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Buffers at a fixed distance from each other.
 *
 * A delegate computes in scratch memory and has a place in it for each input and
 * output. Where a tensor's buffer is that place, nothing has to be copied; but then the
 * buffer lies inside of the scratch, and lives longer: an input from its producer to
 * the call, an output from the call to its last reader. So they can't be one buffer;
 * they are tied. An output of one call and input of the next ties two scratches.
 *
 * Ties are a union-find forest with distances: `tied` leads towards the root.
 */
#include "compiler/program/touch.h"

uint32_t sc_tie_root(const ScProgram *program, uint32_t buffer, int64_t *out_distance) {
    *out_distance = 0;
    while (program->buffers[buffer].tied) {
        *out_distance += program->buffers[buffer].tied_at;
        buffer = program->buffers[buffer].tied - 1;
    }
    return buffer;
}

void sc_ties_clear(ScProgram *program) {
    for (size_t b = 0; b < program->n_buffers; b++) {
        ScPBuffer *buffer = &program->buffers[b];
        buffer->tied = 0;
        buffer->tied_at = 0;
        buffer->born_inside = buffer->dies_inside = false;
    }
}

/* The buffer is the scratch of call `now`, or lies in it. */
static bool is_inside(const ScPBuffer *b, int32_t now) {
    return (b->is_scratch && b->first == now && b->last == now) ||
           (b->born_inside && b->first == now) || (b->dies_inside && b->last == now);
}

bool sc_tie_allows(const ScPBuffer *a, const ScPBuffer *b) {
    int32_t first = a->first > b->first ? a->first : b->first;
    int32_t last = a->last < b->last ? a->last : b->last;
    return first > last || (first == last && is_inside(a, first) && is_inside(b, first));
}

/* Two trees, the second moved by `shift` against the first, hold buffers that may not
 * overlap and do. */
static bool trees_collide(const ScProgram *program, uint32_t root_a, uint32_t root_b,
                          int64_t shift) {
    for (uint32_t x = 0; x < program->n_buffers; x++) {
        int64_t at_x, at_y;
        const ScPBuffer *a = &program->buffers[x];
        if (!sc_pbuffer_is_live(a) || sc_tie_root(program, x, &at_x) != root_a) {
            continue;
        }
        for (uint32_t y = 0; y < program->n_buffers; y++) {
            const ScPBuffer *b = &program->buffers[y];
            if (!sc_pbuffer_is_live(b) || sc_tie_root(program, y, &at_y) != root_b) {
                continue;
            }
            int64_t between = at_y + shift - at_x;
            bool apart = between >= (int64_t)a->n_bytes || -between >= (int64_t)b->n_bytes;
            if (!apart && !sc_tie_allows(a, b)) {
                return true;
            }
        }
    }
    return false;
}

bool sc_tie_add(ScProgram *program, uint32_t a, uint32_t b, int64_t distance) {
    int64_t at_a, at_b;
    uint32_t root_a = sc_tie_root(program, a, &at_a);
    uint32_t root_b = sc_tie_root(program, b, &at_b);
    /* offset(a) = offset(root a) + at a, and the same of b. */
    int64_t shift = at_b + distance - at_a;
    if (root_a == root_b) {
        return shift == 0;
    }
    if (program->buffers[root_a].memory != program->buffers[root_b].memory ||
        trees_collide(program, root_b, root_a, shift)) {
        return false;
    }
    program->buffers[root_a].tied = root_b + 1;
    program->buffers[root_a].tied_at = shift;
    return true;
}
