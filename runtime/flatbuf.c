/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reads flatbuffers in place. A table starts with the distance back to its
 * vtable: u16 {bytes of vtable, bytes of table, field offsets...}, an offset 0
 * meaning "left out". A reference holds the distance forward to its target.
 * Contract and source: flatbuf.h.
 */
#include "runtime/flatbuf.h"

uint32_t sc_load_clipped(const uint8_t *at) {
    return sc_load_u32(at + 4) ? UINT32_MAX : sc_load_u32(at);
}

uint32_t sc_flat_field(const uint8_t *file, uint32_t table, uint32_t field) {
    uint32_t vtable = table - sc_load_u32(file + table); /* signed, wraps right */
    uint32_t offset = sc_flat_offset(file + vtable, field);
    return offset ? table + offset : 0;
}

uint8_t sc_flat_u8(const uint8_t *file, uint32_t table, uint32_t field) {
    uint32_t at = sc_flat_field(file, table, field);
    return at ? file[at] : 0;
}

uint32_t sc_flat_u32(const uint8_t *file, uint32_t table, uint32_t field) {
    uint32_t at = sc_flat_field(file, table, field);
    return at ? sc_load_u32(file + at) : 0;
}

uint64_t sc_flat_u64(const uint8_t *file, uint32_t table, uint32_t field) {
    uint32_t at = sc_flat_field(file, table, field);
    return at ? sc_load_u64(file + at) : 0;
}

uint32_t sc_flat_ref(const uint8_t *file, uint32_t table, uint32_t field) {
    uint32_t at = sc_flat_field(file, table, field);
    return at ? at + sc_load_u32(file + at) : 0;
}

const char *sc_flat_chars(const uint8_t *file, uint32_t vector) {
    return vector ? (const char *)(file + vector + 4) : "";
}
