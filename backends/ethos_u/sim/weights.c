/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Weight stream decoder; weights.h explains the format. It pulls: a chunk is decoded
 * when the caller wants a symbol that no earlier chunk held, into two short queues.
 *
 * Why the queues suffice: flow control keeps the weights begun at most 7 + 12 ahead
 * of the runs begun, and the runs at most 12 ahead of the weights. A chunk is decoded
 * only when one queue is empty, so the other holds at most 19 symbols before and 31
 * after it. decode_chunk() checks that all the same.
 *
 * Why it ends: every chunk takes 12 bits or completes a symbol, and runs are limited.
 */
#include "backends/ethos_u/sim/weights.h"

#include <string.h>

enum {
    NO_RUNS = 6,  /* zdiv */
    END_MARK = 7, /* zdiv */
    PLAIN = 7,    /* wdiv */
    MAX_DIV = 5,  /* wdiv that isn't PLAIN */
    MAX_INDEX = 511,
    MAX_QUOTIENT = 1 << 25 /* of a run: 2^28 zeros with the largest divisor */
};

/* ---- bits ---------------------------------------------------------------- */

/* At least n bits into w->bits; zeros behind the end of the stream. */
static void bits_fill(ScEthosUWeights *w, uint32_t n) {
    if (w->end - w->next >= 4) {
        uint32_t word;
        memcpy(&word, w->next, 4); /* runtime.h: little-endian hosts only */
        w->bits |= (uint64_t)word << w->n_bits;
        w->n_bits += 32;
        w->next += 4;
        return;
    }
    while (w->n_bits < n && w->next < w->end) {
        w->bits |= (uint64_t)*w->next++ << w->n_bits;
        w->n_bits += 8;
    }
    if (w->n_bits < n) {
        w->status = SC_E_FORMAT;
        w->n_bits = n;
    }
}

/* The next n <= 16 bits; sets w->status at the end of the stream. */
static inline uint32_t bits_take(ScEthosUWeights *w, uint32_t n) {
    if (w->n_bits < n) {
        bits_fill(w, n);
    }
    uint32_t value = (uint32_t)w->bits & ((1u << n) - 1);
    w->bits >>= n;
    w->n_bits -= n;
    return value;
}

static size_t bits_left(const ScEthosUWeights *w) {
    return (size_t)(w->end - w->next) * 8 + w->n_bits;
}

/* ---- slice header -------------------------------------------------------- */

static int16_t weight_from(uint32_t coded) {
    int16_t magnitude = (int16_t)(coded >> 1);
    return (coded & 1) ? (int16_t)-magnitude : magnitude;
}

static void read_palette(ScEthosUWeights *w) {
    w->direct_offset = bits_take(w, 5);
    w->n_palette = bits_take(w, 5);
    w->n_palette += w->n_palette > 0;
    w->palette_bits = bits_take(w, 3) + 2;
    for (uint32_t i = 0; i < w->n_palette; i++) {
        w->palette[i] = weight_from(bits_take(w, w->palette_bits));
    }
}

/* Bits of a plain index. */
static uint32_t plain_bits(const ScEthosUWeights *w) {
    if (w->n_palette == 0) {
        return w->palette_bits;
    }
    uint32_t bits = 0;
    while ((1u << bits) < w->n_palette) {
        bits++;
    }
    return bits;
}

static void symbols_start(ScEthosUSymbols *s, uint32_t n) {
    s->n_to_begin = n;
    s->carry = 0;
    s->n_chunk = 0;
    s->head = 0;
    s->tail = 0;
}

/* Takes end marks; true if a slice follows, whose zdiv is out_zdiv. */
static bool find_slice(ScEthosUWeights *w, uint32_t *out_zdiv) {
    while (bits_left(w) >= 3) {
        *out_zdiv = bits_take(w, 3);
        if (*out_zdiv != END_MARK) {
            return true;
        }
        bits_take(w, w->n_bits % 8); /* bytes go in whole, so this aligns */
        w->has_values = false;
    }
    return false;
}

static ScStatus start_slice(ScEthosUWeights *w) {
    uint32_t zdiv = 0;
    if (!find_slice(w, &zdiv)) {
        return SC_E_FORMAT;
    }
    uint32_t n = bits_take(w, 15) + 1;
    uint32_t wdiv = bits_take(w, 3);
    w->truncated = bits_take(w, 1) != 0;
    bool new_palette = bits_take(w, 1) != 0;
    bool has_runs = zdiv != NO_RUNS;
    if (new_palette) {
        read_palette(w);
    } else if (!w->has_values || w->has_runs != has_runs) {
        return SC_E_FORMAT;
    }
    w->plain = wdiv == PLAIN;
    if (w->status != SC_OK || (zdiv > 3 && has_runs) || (wdiv > MAX_DIV && !w->plain)) {
        return SC_E_FORMAT;
    }
    w->has_values = true;
    w->has_runs = has_runs;
    w->run_div = has_runs ? zdiv : 0;
    w->weight_div = w->plain ? plain_bits(w) : wdiv;
    w->n_to_read = n;
    w->run_next = has_runs && new_palette;
    w->balance = 0;
    symbols_start(&w->weights, n);
    symbols_start(&w->runs, has_runs ? n + w->run_next : 0);
    return SC_OK;
}

/* ---- chunks -------------------------------------------------------------- */

/* Decoded symbols move to the front, so that a chunk has room behind them. */
static ScStatus queue_make_room(ScEthosUSymbols *s, uint32_t n) {
    uint32_t n_waiting = s->tail - s->head;
    if (n_waiting + n > SC_ETHOS_U_QUEUE) {
        return SC_E_INTERNAL;
    }
    memmove(s->value, s->value + s->head, n_waiting * sizeof s->value[0]);
    s->head = 0;
    s->tail = n_waiting;
    return SC_OK;
}

/* The remainders of the previous chunk complete its symbols. */
static ScStatus read_remainders(ScEthosUWeights *w, ScEthosUSymbols *s, uint32_t div) {
    uint32_t n = s->n_chunk;
    for (uint32_t i = 0; i < n; i++) {
        s->value[s->tail + i] = (s->quotient[i] << div) + bits_take(w, div);
    }
    s->tail += n;
    s->n_chunk = 0;
    return w->status;
}

static uint32_t ones_of_12_bits(uint32_t x) {
    x -= (x >> 1) & 0x555;
    x = (x & 0x333) + ((x >> 2) & 0x333);
    return (x + (x >> 4) + (x >> 8)) & 0xf;
}

/* Quotients of a chunk of weights into `next`, at most those that are left. */
static void weight_quotients(ScEthosUWeights *w, uint32_t first, uint32_t second,
                             ScEthosUSymbols *s, uint32_t *next, uint32_t *out_n) {
    uint32_t n_most = s->n_to_begin;
    uint32_t quotient = s->carry;
    uint32_t n = 0;
    for (uint32_t i = 0; i < SC_ETHOS_U_CHUNK && n < n_most; i++) {
        uint32_t one = first & 1;
        uint32_t two = one & second;
        next[n] = quotient + one + two;
        bool goes_on = two && !w->truncated;
        quotient = goes_on ? next[n] : 0;
        n += !goes_on;
        first >>= 1;
        second >>= one;
    }
    s->carry = quotient;
    *out_n = n;
}

static void run_quotients(ScEthosUSymbols *s, uint32_t unary, uint32_t n_unary,
                          uint32_t *next, uint32_t *out_n) {
    uint32_t n_most = s->n_to_begin;
    uint32_t n = 0;
    for (uint32_t i = 0; i < n_unary && n < n_most; i++) {
        if ((unary >> i) & 1) {
            s->carry++;
        } else {
            next[n++] = s->carry;
            s->carry = 0;
        }
    }
    *out_n = n;
}

/* The new chunk's quotients take the place of the previous ones. */
static void keep_quotients(ScEthosUSymbols *s, const uint32_t *next, uint32_t n) {
    memcpy(s->quotient, next, n * sizeof next[0]);
    s->n_chunk = n;
    s->n_to_begin -= n;
}

/* One chunk: quotients of new symbols, then remainders of the last chunk's. */
static ScStatus decode_chunk(ScEthosUWeights *w) {
    ScEthosUSymbols *weights = &w->weights, *runs = &w->runs;
    uint32_t next_weights[SC_ETHOS_U_CHUNK] = {0}, next_runs[SC_ETHOS_U_CHUNK] = {0};
    uint32_t n_weights = 0, n_runs = 0, first = 0, unary = 0;
    bool has_weights = weights->n_to_begin > 0 && w->balance < 8;
    bool has_runs = runs->n_to_begin > 0 && w->balance >= 0;
    uint32_t n_unary = w->run_div == 3 ? 8 : 12;

    if (has_weights && !w->plain) {
        first = bits_take(w, 12);
    }
    if (has_runs) {
        unary = bits_take(w, n_unary);
        run_quotients(runs, unary, n_unary, next_runs, &n_runs);
    }
    if (has_weights && !w->plain) {
        uint32_t second = bits_take(w, ones_of_12_bits(first));
        weight_quotients(w, first, second, weights, next_weights, &n_weights);
    } else if (has_weights) {
        uint32_t n_most = w->weight_div > 5 ? 8 : 12;
        n_weights = weights->n_to_begin < n_most ? weights->n_to_begin : n_most;
    }
    if (weights->carry > MAX_INDEX || runs->carry >= MAX_QUOTIENT) {
        return weights->carry > MAX_INDEX ? SC_E_FORMAT : SC_E_LIMIT;
    }
    SC_TRY(queue_make_room(weights, weights->n_chunk));
    SC_TRY(queue_make_room(runs, runs->n_chunk));
    SC_TRY(read_remainders(w, weights, w->weight_div));
    SC_TRY(read_remainders(w, runs, w->run_div));
    keep_quotients(weights, next_weights, n_weights);
    keep_quotients(runs, next_runs, n_runs);
    if (w->has_runs) {
        w->balance += (int32_t)n_weights - (int32_t)n_runs;
    }
    return SC_OK;
}

/* ---- the caller's side --------------------------------------------------- */

/* Gives up to n decoded weights, one where runs stand between. */
static ScStatus give_weights(ScEthosUWeights *w, int16_t *out, size_t n, size_t *out_n) {
    ScEthosUSymbols *s = &w->weights;
    size_t n_here = s->tail - s->head;
    n_here = n_here < n ? n_here : n;
    n_here = w->has_runs ? 1 : n_here;
    for (size_t i = 0; i < n_here; i++) {
        uint32_t index = s->value[s->head + i];
        uint32_t coded = index - w->n_palette + w->direct_offset;
        if (index < w->n_palette) {
            out[i] = w->palette[index];
        } else if (index <= MAX_INDEX && coded <= MAX_INDEX) {
            out[i] = weight_from(coded);
        } else {
            return SC_E_FORMAT;
        }
    }
    s->head += (uint32_t)n_here;
    w->n_to_read -= (uint32_t)n_here;
    w->run_next = w->has_runs;
    *out_n = n_here;
    return SC_OK;
}

/* One step towards n weights: some zeros, some weights, a run, a chunk or a header;
 * how many weights it gave is out_n. */
static ScStatus read_some(ScEthosUWeights *w, int16_t *out, size_t n, size_t *out_n) {
    *out_n = 0;
    if (w->n_zeros > 0) {
        size_t n_zeros = w->n_zeros < n ? w->n_zeros : n;
        memset(out, 0, n_zeros * sizeof out[0]);
        w->n_zeros -= (uint32_t)n_zeros;
        *out_n = n_zeros;
        return SC_OK;
    }
    if (w->run_next) {
        if (w->runs.head == w->runs.tail) {
            return decode_chunk(w);
        }
        w->n_zeros = w->runs.value[w->runs.head++];
        w->run_next = false;
        return SC_OK;
    }
    if (w->n_to_read == 0) {
        return start_slice(w);
    }
    if (w->weights.head == w->weights.tail) {
        return decode_chunk(w);
    }
    return give_weights(w, out, n, out_n);
}

void sc_ethos_u_weights_open(ScEthosUWeights *w, const uint8_t *stream, size_t n_bytes) {
    memset(w, 0, sizeof *w);
    w->next = stream;
    w->end = n_bytes > 0 ? stream + n_bytes : stream;
}

ScStatus sc_ethos_u_weights_read(ScEthosUWeights *w, int16_t *out, size_t n) {
    while (n > 0 && w->status == SC_OK) {
        size_t n_given;
        w->status = read_some(w, out, n, &n_given);
        out += n_given;
        n -= n_given;
    }
    return w->status;
}

/* A run may still be waiting; it is no padding unless it is empty. */
ScStatus sc_ethos_u_weights_close(ScEthosUWeights *w) {
    size_t n_given = 0;
    while (w->status == SC_OK && w->n_zeros == 0 && w->run_next) {
        w->status = read_some(w, NULL, 0, &n_given);
    }
    SC_TRY(w->status);
    uint32_t zdiv = 0;
    if (w->n_zeros > 0 || w->n_to_read > 0 || find_slice(w, &zdiv)) {
        w->status = SC_E_FORMAT;
    }
    return w->status;
}
