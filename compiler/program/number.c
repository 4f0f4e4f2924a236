/* SPDX-License-Identifier: Apache-2.0 */
/*
 * CRC-32, polynomial 0x04c11db7 reflected. The register runs both ways: from
 * the checksum wanted, 32 steps back give what the register must be when the
 * last four bytes are mixed in. Source: ISO 3309; PNG specification, annex D.
 */
#include "compiler/program/number.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const uint32_t polynomial = 0xedb88320u;

/* The register after n_bytes more. */
static uint32_t register_run(uint32_t crc, const uint8_t *bytes, size_t n_bytes) {
    uint32_t table[256];
    for (uint32_t i = 0; i < 256; i++) {
        table[i] = i;
        for (int bit = 0; bit < 8; bit++) {
            table[i] = table[i] >> 1 ^ (table[i] & 1 ? polynomial : 0);
        }
    }
    for (size_t i = 0; i < n_bytes; i++) {
        crc = crc >> 8 ^ table[(crc ^ bytes[i]) & 0xff];
    }
    return crc;
}

uint32_t sc_crc32(const void *bytes, size_t n_bytes) {
    return ~register_run(UINT32_MAX, bytes, n_bytes);
}

void sc_crc32_stand_in(uint32_t crc, uint8_t *out_bytes, size_t n_bytes) {
    memset(out_bytes, 0, n_bytes);
    uint32_t before = register_run(UINT32_MAX, out_bytes, n_bytes - 4);
    uint32_t needed = ~crc;
    for (int bit = 0; bit < 32; bit++) {
        needed = needed & 0x80000000u ? (needed ^ polynomial) << 1 | 1 : needed << 1;
    }
    uint32_t last = needed ^ before;
    for (size_t i = 0; i < 4; i++) {
        out_bytes[n_bytes - 4 + i] = (uint8_t)(last >> (8 * i));
    }
}

double sc_float_shortest(float value) {
    for (int precision = 1; precision <= 9; precision++) {
        char text[32];
        snprintf(text, sizeof text, "%.*g", precision, (double)value);
        double short_value = strtod(text, NULL);
        if ((float)short_value == value) {
            return short_value;
        }
    }
    return (double)value;
}
