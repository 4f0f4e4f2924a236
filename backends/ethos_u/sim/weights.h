/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The compressed weights of Ethos-U55 and U65, read as a stream.
 *
 *     sc_ethos_u_weights_open(&w, stream, n_bytes)    borrows the bytes
 *     sc_ethos_u_weights_read(&w, out, n)             the next n, as often as wanted
 *     sc_ethos_u_weights_close(&w)                    was that all of them?
 *
 * The format, learnt from the streams that Vela's encoder writes:
 *
 * Bits are taken from the low end of each byte, fields have their low bit first. A
 * stream is a chain of slices and ends with its bytes. A slice is a header and then
 * the weights, some of which may stand in runs of zeros. The header:
 *
 *   bits  field
 *   3     zdiv     0..3: zeros are in runs, divisor 2^zdiv; 6: no runs;
 *                  7: no slice but an end mark: skip to the next byte, there may be
 *                  another slice (the padding of a stream is bytes of 0xff). Fewer
 *                  than 3 bits behind the last slice are padding, too.
 *   15    length   weights in this slice less one, those of zero runs not counted
 *   3     wdiv     0..5: divisor 2^wdiv of the weights; 7: plain indices (below)
 *   1     wtrunc   the unary part of a weight ends at 2
 *   1     newpal   five more fields follow; otherwise the last slice's values stay,
 *                  and so must its having or not having runs
 *   5     dirofs   direct offset
 *   5     palsize  0: no palette, else entries less one (so 2..32 of them)
 *   3     palbits  bits of a palette entry less two
 *   palsize x palbits   the entries
 *
 * A slice codes an *index* for each weight. Indices below the size of the palette
 * give an entry of that, index i above gives i - size + dirofs. Either way it is
 * magnitude * 2 + sign. No index and no result exceeds 511.
 *
 * With runs a slice is  w r w r ... w r,  where r is the number of zeros behind w; a
 * slice with a new palette has one more r in front. Weights and runs are coded as
 * quotient (unary) and remainder (zdiv or wdiv bits), in chunks of symbols:
 *
 *   weights: 12 bits `first`, then one bit `second` for each 1 in `first`. From the
 *            low end: 0 ends a quotient; 1 with second 0 adds one and ends it; 1 with
 *            second 1 adds two and goes on (with wtrunc: ends it). A quotient may go
 *            on in the next chunk.
 *   runs:    12 bits (8 for zdiv 3): 1 adds one to a quotient, 0 ends it.
 *   plain:   no unary part: a chunk is 12 indices (8 where they have more than 5
 *            bits) of as many bits as number the palette, or of palbits without one.
 *            (No stream was seen that has runs and plain indices of 6 bits.)
 *
 * A chunk stands in this order: first of the weights, unary of the runs, second of
 * the weights, remainders of the *previous* chunk's weights, remainders of the
 * previous chunk's runs. Let d = weights - runs begun so far in this slice: a chunk
 * has weights if some are left and d < 8, runs if some are left and d >= 0 (always
 * weights, never runs where zeros aren't in runs). Symbols behind the last of a slice
 * are padding without remainder. The last chunk has remainders only.
 */
#ifndef SC_BACKENDS_ETHOS_U_SIM_WEIGHTS_H
#define SC_BACKENDS_ETHOS_U_SIM_WEIGHTS_H

#include "sconce/runtime.h"

enum {
    SC_ETHOS_U_CHUNK = 12,   /* symbols of a chunk at most */
    SC_ETHOS_U_PALETTE = 32, /* entries */
    SC_ETHOS_U_QUEUE = 32    /* decoded symbols that wait: at most 19 + a chunk */
};

/* Weights or runs of one slice. Private. */
typedef struct ScEthosUSymbols {
    uint32_t n_to_begin;                 /* symbols whose quotient isn't complete */
    uint32_t carry;                      /* quotient so far of the next one */
    uint32_t n_chunk;                    /* quotients without remainder yet */
    uint32_t quotient[SC_ETHOS_U_CHUNK]; /* of these */
    uint32_t head;                       /* decoded and taken out of value[] */
    uint32_t tail;                       /* decoded */
    uint32_t value[SC_ETHOS_U_QUEUE];    /* head..tail-1 are valid */
} ScEthosUSymbols;

/* A stream and where it is read. Fields are private; about 600 bytes. */
typedef struct ScEthosUWeights {
    const uint8_t *next; /* the first byte that isn't in bits */
    const uint8_t *end;
    uint64_t bits;
    uint32_t n_bits;
    ScStatus status; /* what all calls say from the first error on */

    /* values that slices hand on */
    int16_t palette[SC_ETHOS_U_PALETTE]; /* weights */
    uint32_t n_palette;
    uint32_t palette_bits;
    uint32_t direct_offset;
    bool has_values; /* a palette or its absence was told since the last end mark */
    bool has_runs;

    /* the slice */
    uint32_t weight_div, run_div; /* bits of a remainder */
    bool truncated, plain;
    uint32_t n_to_read; /* weights of the slice that weren't given to the caller */
    bool run_next;      /* a run comes before the next weight */
    uint32_t n_zeros;   /* of the current run */
    int32_t balance;    /* d above */
    ScEthosUSymbols weights, runs;
} ScEthosUWeights;

/* The stream must outlive w. n_bytes is what WEIGHT_LENGTH says; may be 0. */
void sc_ethos_u_weights_open(ScEthosUWeights *w, const uint8_t *stream, size_t n_bytes);

/*
 * The next n weights in stream order, -255..255 (the zero point is already taken
 * off). SC_E_FORMAT: damaged, or fewer than n are left; out is then partly written
 * and every further call fails alike. SC_E_LIMIT: a run of 2^28 zeros or more, which
 * no buffer of this hardware's reach needs.
 */
ScStatus sc_ethos_u_weights_read(ScEthosUWeights *w, int16_t *out, size_t n);

/* SC_OK if nothing but end marks and padding is left, SC_E_FORMAT otherwise. */
ScStatus sc_ethos_u_weights_close(ScEthosUWeights *w);

#endif
