/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Writes flatbuffers back to front, as every flatbuffers builder does: what is
 * referred to comes first and lands nearer to the end; the root table is last
 * and lands at the start. Equal vtables are shared. A reference is the distance
 * of an object from the end of the file. Deterministic: same calls, same bytes.
 * Source: https://flatbuffers.dev/internals
 */
#ifndef SC_BASE_FBWRITE_H
#define SC_BASE_FBWRITE_H

#include "compiler/base/text.h"

typedef struct ScFb ScFb;
typedef uint32_t ScFbRef; /* of a finished object; 0 = none */

ScFb *sc_fb_new(ScArena *arena);

ScFbRef sc_fb_string(ScFb *fb, const char *text);
/* Vector of n scalars of `size` bytes whose data starts at a multiple of
 * `align` (a power of two; raised to `size` and 4) in the finished file. */
ScFbRef sc_fb_vector(ScFb *fb, const void *items, size_t n, size_t size, size_t align);
ScFbRef sc_fb_refs(ScFb *fb, const ScFbRef *items, size_t n);

/* One table at a time: start, fields in any order, end. Fields equal to their
 * default are still written when asked for: the caller decides. A ref that is 0
 * is left out; a field given twice keeps the later value. */
void sc_fb_table(ScFb *fb, uint32_t n_fields);
void sc_fb_u8(ScFb *fb, uint32_t field, uint8_t value);
void sc_fb_u32(ScFb *fb, uint32_t field, uint32_t value);
void sc_fb_u64(ScFb *fb, uint32_t field, uint64_t value);
void sc_fb_f64(ScFb *fb, uint32_t field, double value);
void sc_fb_ref(ScFb *fb, uint32_t field, ScFbRef ref);
ScFbRef sc_fb_end(ScFb *fb);

/* Finishes: root offset, 4-byte identifier, then `reserve` zero bytes (for a
 * header that the file format puts at byte 8), then the rest; the whole length
 * is a multiple of the largest alignment used. Empty (data NULL) when the file
 * would pass 2 GiB, root is 0 or a vector of refs held a 0. Ends the use of fb. */
ScBuf sc_fb_finish(ScFb *fb, ScFbRef root, const char identifier[4], uint32_t reserve);

#endif
