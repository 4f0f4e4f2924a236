/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which bytes an operation can touch, and the verifier that holds every operation of a
 * stream against its regions: the NPU is a bus master, so nothing else stops it.
 */
#ifndef SC_ETHOS_U_RANGES_H
#define SC_ETHOS_U_RANGES_H

#include "backends/ethos_u/device/operation.h"

enum {
    SC_EU_N_REGIONS = 8,
    SC_EU_INTERNAL = 8,   /* the NPU's own memory, as a region */
    SC_EU_MAX_RANGES = 17 /* 3 maps of 4 tiles, 2 weights, 2 scales, a table */
};

/* What a range is for. */
typedef enum ScEthosURole {
    SC_EU_ROLE_IFM,
    SC_EU_ROLE_IFM2,
    SC_EU_ROLE_OFM,
    SC_EU_ROLE_WEIGHTS,
    SC_EU_ROLE_SCALES,
    SC_EU_ROLE_TABLE,
    SC_EU_ROLE_FROM,
    SC_EU_ROLE_TO
} ScEthosURole;

/* Bytes [first, end) of a region; first may be negative when a stride is. */
typedef struct ScEthosURange {
    int64_t first, end;
    uint8_t region;
    uint8_t role; /* ScEthosURole */
    bool write;
} ScEthosURange;

/* One range a tile, from its lowest to its highest byte. Bricks count whole: 16 channels.
 */
uint32_t sc_ethos_u_ranges(const ScEthosUOperation *op, uint32_t shram_bytes,
                           ScEthosURange out_ranges[SC_EU_MAX_RANGES]);
/* Two: what is read, what is written. SC_E_FORMAT: it is too long to be meant. */
ScStatus sc_ethos_u_dma_ranges(const ScEthosUDma *dma, ScEthosURange out_ranges[2]);

/* Bytes of each region, 0 = not there; bit i of `writable`: region i. */
typedef struct ScEthosUSpace {
    uint64_t n_bytes[SC_EU_N_REGIONS];
    uint32_t writable;
    uint32_t shram_bytes; /* of the NPU's own memory, one core */
} ScEthosUSpace;

bool sc_ethos_u_range_fits(const ScEthosURange *range, const ScEthosUSpace *space);

/* The first fault of a stream. */
typedef struct ScEthosUFault {
    uint32_t word;    /* of the stream, where the command stands */
    const char *what; /* static English text */
    ScEthosURange range;
} ScEthosUFault;

/*
 * Checks a whole stream of n_words: every command exists, the last and only the last is
 * STOP, every operation can be decoded, every range fits into its region and is written
 * only where that is allowed. Work: proportional to n_words. SC_E_FORMAT or, for a range,
 * SC_E_RANGE; out_fault may be NULL.
 */
ScStatus sc_ethos_u_verify(const uint8_t *words, uint32_t n_words,
                           const ScEthosUSpace *space, ScEthosUFault *out_fault);

/* Bytes that a stream touches of each region, from its start: a region must be as large.
 * For files that don't say how large a region is. Same errors as above, ranges excepted. */
ScStatus sc_ethos_u_extents(const uint8_t *words, uint32_t n_words, uint32_t shram_bytes,
                            uint64_t out_bytes[SC_EU_N_REGIONS]);

#endif
