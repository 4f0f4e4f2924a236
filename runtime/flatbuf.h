/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reads flatbuffers in place. Positions are byte offsets from the start of the
 * file; position 0 means "absent" and reads as 0 / empty. Nothing is checked
 * here: the bytes were verified (verify.c) or are trusted firmware.
 * Loads are written byte by byte so that no alignment is assumed; compilers
 * make one load of each where the CPU allows it.
 * Source: the flatbuffers "internals" page.
 */
#ifndef SC_RUNTIME_FLATBUF_H
#define SC_RUNTIME_FLATBUF_H

#include <stdint.h>

/* One instruction each once loads are merged, which inliners don't foresee. */
#define SC_INLINE static inline __attribute__((always_inline))

SC_INLINE uint32_t sc_load_u16(const uint8_t *at) {
    return (uint32_t)at[0] | (uint32_t)at[1] << 8;
}
SC_INLINE uint32_t sc_load_u32(const uint8_t *at) {
    return (uint32_t)at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 |
           (uint32_t)at[3] << 24;
}
SC_INLINE uint64_t sc_load_u64(const uint8_t *at) {
    return (uint64_t)sc_load_u32(at) | (uint64_t)sc_load_u32(at + 4) << 32;
}

/* A 64-bit size or offset, UINT32_MAX when it is larger: no file, memory or
 * index that is in range reaches that. */
uint32_t sc_load_clipped(const uint8_t *at);

/* For tables of which several fields are read: where the vtable is, and the
 * distance of a field from the table's start, 0 when the table leaves it out. */
SC_INLINE const uint8_t *sc_flat_vtable(const uint8_t *table) {
    return table - (int32_t)sc_load_u32(table);
}
SC_INLINE uint32_t sc_flat_offset(const uint8_t *vtable, uint32_t field) {
    uint32_t entry = 4 + 2 * field;
    return entry + 2 > sc_load_u16(vtable) ? 0 : sc_load_u16(vtable + entry);
}
/* The same for a field that the verifier demands. */
SC_INLINE uint32_t sc_flat_present(const uint8_t *vtable, uint32_t field) {
    return sc_load_u16(vtable + 4 + 2 * field);
}
/* What a reference at `at` refers to. */
SC_INLINE const uint8_t *sc_flat_follow(const uint8_t *at) {
    return at + sc_load_u32(at);
}

/* Position of a table's field, 0 when the table leaves it out. */
uint32_t sc_flat_field(const uint8_t *file, uint32_t table, uint32_t field);
/* Scalars, 0 when left out. */
uint8_t sc_flat_u8(const uint8_t *file, uint32_t table, uint32_t field);
uint32_t sc_flat_u32(const uint8_t *file, uint32_t table, uint32_t field);
uint64_t sc_flat_u64(const uint8_t *file, uint32_t table, uint32_t field);
/* Position of the table, vector or string that a field refers to. */
uint32_t sc_flat_ref(const uint8_t *file, uint32_t table, uint32_t field);

/* A vector's position is that of its length; strings are vectors of bytes. */
SC_INLINE uint32_t sc_flat_count(const uint8_t *file, uint32_t vector) {
    return vector ? sc_load_u32(file + vector) : 0;
}
/* Items of vectors of 32- and 64-bit numbers. */
SC_INLINE uint32_t sc_flat_u32_at(const uint8_t *file, uint32_t vector, uint32_t item) {
    return sc_load_u32(file + vector + 4 + 4 * item);
}
SC_INLINE uint64_t sc_flat_u64_at(const uint8_t *file, uint32_t vector, uint32_t item) {
    return sc_load_u64(file + vector + 4 + 8 * item);
}
/* Position of an item of a vector of tables. */
SC_INLINE uint32_t sc_flat_table_at(const uint8_t *file, uint32_t vector, uint32_t item) {
    uint32_t at = vector + 4 + 4 * item;
    return at + sc_load_u32(file + at);
}
/* The first byte of a vector; "" of an absent one, so that strings are never NULL. */
const char *sc_flat_chars(const uint8_t *file, uint32_t vector);

#endif
