/* SPDX-License-Identifier: Apache-2.0 */
/* Numbers in text forms: checksums of long constants, short decimals of floats. */
#ifndef SC_PROGRAM_NUMBER_H
#define SC_PROGRAM_NUMBER_H

#include <stddef.h>
#include <stdint.h>

/* CRC-32 of zip and PNG. */
uint32_t sc_crc32(const void *bytes, size_t n_bytes);

/* Writes n_bytes (>= 4) whose checksum is `crc`: zeros, but for the last four. */
void sc_crc32_stand_in(uint32_t crc, uint8_t *out_bytes, size_t n_bytes);

/* The shortest decimal that rounds to the same float: 0.1f gives 0.1. */
double sc_float_shortest(float value);

#endif
