/* SPDX-License-Identifier: Apache-2.0 */
/* Finds the buffers behind the places of a file's tensors. Private. */
#ifndef SC_PROGRAM_READ_H
#define SC_PROGRAM_READ_H

#include "compiler/program/program.h"

/* Where a file puts a tensor; has is false for tensors without a place. */
typedef struct ScPlace {
    bool has;
    bool is_state;   /* the file stores a first value */
    bool is_scratch; /* of a delegate call: its last argument, and nothing else's */
    uint32_t memory;
    const void *initial; /* n_bytes of it; NULL = zeros */
    uint64_t offset, n_bytes;
} ScPlace;

/*
 * Makes program->buffers from places[n_values] and points the tensors at them.
 * A tensor that is read without having been written is a view of what was
 * written to these bytes last; one that is written over a living buffer shares
 * it (in place); all else is a buffer of its own. In a program with jumps or
 * moves, tensors whose bytes overlap share a buffer.
 */
void sc_buffers_recover(ScArena *arena, ScProgram *program, const ScPlace *places);

/*
 * Values that are overwritten before their last use; names[pid] is their index in the
 * file. Views carry their own value and no instruction, so what a view shows is what was
 * written to exactly its bytes before it is first read: an overwriting of that kind
 * between the two can't be told from a view. ours: Sconce wrote the file. Then
 * writing to a part of a living value is an update, a view may show a part of a value,
 * and one may stand for several views, one after the other.
 */
void sc_hazards_find(ScArena *arena, const ScProgram *program, const ScPlace *places,
                     const uint32_t *names, bool ours, ScHazard **out_hazards,
                     size_t *out_n);

/* Ties what lies inside of the scratch of a call that reads or writes it. Lifetimes
 * are known. */
void sc_ties_recover(ScProgram *program);

#endif
