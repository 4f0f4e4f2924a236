/* SPDX-License-Identifier: Apache-2.0 */
/* The parts of the .pte writer: pte.c writes the plan and the file, pte_values.c
 * the values, constants, first values of state and the io segment. Private. */
#ifndef SC_EMIT_PTE_WRITE_H
#define SC_EMIT_PTE_WRITE_H

#include "compiler/base/fbwrite.h"
#include "compiler/emit/emit.h"

enum { SC_PTE_SEGMENT_ALIGN = 128, SC_PTE_CONSTANT_ALIGN = 16 };

/* Bytes that were written before, and where. */
typedef struct ScPteWritten {
    const void *bytes;
    size_t n_bytes, n, align;
    ScFbRef ref;
} ScPteWritten;

/* Offsets of a segment's parts; item 0 is the format's dummy. */
typedef struct ScPteParts {
    ScBuf bytes;
    uint64_t *offsets;
    size_t n, cap;
} ScPteParts;

typedef struct ScPteWriter {
    Sc *sc;
    const ScProgram *program;
    ScFb *fb;
    bool *used;         /* values that something refers to */
    uint32_t *position; /* of a value in the file */
    uint32_t n_values;
    uint32_t *constant_part; /* per constant: index in constants.offsets, 0 = not yet */
    uint32_t *operator_at;   /* per operator: index in the file + 1 */
    ScPteParts constants, state;
    uint64_t *initial_at; /* per constant: its offset + 1 in state.bytes, 0 = not yet */
    uint64_t zeros_at;    /* the same of the zeros that states without one share */
    uint64_t zeros_bytes; /* of the largest of those */
    ScPteWritten *vectors;
    size_t n_vectors, cap_vectors;
    ScPteWritten *places; /* AllocationDetails, bytes = {memory, offset} */
    size_t n_places, cap_places;
} ScPteWriter;

/* Vectors of scalars and strings: equal ones are one object of the file. align
 * 0 is for sc_pte_string() alone. */
ScFbRef sc_pte_vector(ScPteWriter *w, const void *items, size_t n, size_t size,
                      size_t align);
ScFbRef sc_pte_string(ScPteWriter *w, const char *text);

/* The vector of the EValues in use; fills constants and state. */
ScFbRef sc_pte_values(ScPteWriter *w);
ScBuf sc_pte_io_segment(ScPteWriter *w);

void sc_pte_parts_init(ScPteParts *parts, ScArena *arena);
void sc_pte_align(ScBuf *buf, size_t align);
void sc_pte_u32_put(ScBuf *buf, uint32_t value);

#endif
