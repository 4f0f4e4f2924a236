/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Writes flatbuffers front to back... see fbwrite.c for the order: objects are
 * appended to one byte buffer, children first, and the root table last; equal
 * vtables are shared. References are byte positions counted from the end, as
 * in every flatbuffers builder. Deterministic: same calls, same bytes.
 * Source: the flatbuffers "internals" page.
 */
#ifndef SC_BASE_FBWRITE_H
#define SC_BASE_FBWRITE_H

#include "compiler/base/text.h"

typedef struct ScFb ScFb;
typedef uint32_t ScFbRef; /* of a finished object; 0 = none */

ScFb *sc_fb_new(ScArena *arena);

ScFbRef sc_fb_string(ScFb *fb, const char *text);
/* Vector of n scalars of `size` bytes whose data starts at a multiple of
 * `align` (>= size) from the end of the buffer. */
ScFbRef sc_fb_vector(ScFb *fb, const void *items, size_t n, size_t size, size_t align);
ScFbRef sc_fb_refs(ScFb *fb, const ScFbRef *items, size_t n);

/* One table at a time: start, fields in any order, end. Fields equal to their
 * default are still written when asked for: the caller decides. */
void sc_fb_table(ScFb *fb, uint32_t n_fields);
void sc_fb_u8(ScFb *fb, uint32_t field, uint8_t value);
void sc_fb_u32(ScFb *fb, uint32_t field, uint32_t value);
void sc_fb_u64(ScFb *fb, uint32_t field, uint64_t value);
void sc_fb_f64(ScFb *fb, uint32_t field, double value);
void sc_fb_ref(ScFb *fb, uint32_t field, ScFbRef ref);
ScFbRef sc_fb_end(ScFb *fb);

/* Finishes: root offset, 4-byte identifier, then `reserve` zero bytes (for a
 * header that the file format puts at byte 8), then the rest; the whole length
 * is a multiple of the largest alignment used. */
ScBuf sc_fb_finish(ScFb *fb, ScFbRef root, const char identifier[4], uint32_t reserve);

#endif
