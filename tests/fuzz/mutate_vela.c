/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A mutator for vela_bin_streams: takes a sound one apart, changes a command, a register,
 * an input's or output's row, the scratch's size, the configuration or the weights, and
 * writes it again with lengths that fit, so that mutations reach the verifier and the
 * simulator and not just the parser. Unsound ones, and one time in eight any, get
 * libFuzzer's own byte mutations. It replaces nothing when linked with replay.c.
 */
#include <stdlib.h>
#include <string.h>

#include "backends/ethos_u/device/command.h"
#include "backends/ethos_u/device/payload.h"
#include "fuzz.h"
#include "runtime/flatbuf.h"

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t n_bytes, size_t max_bytes,
                               unsigned int seed);
/* libFuzzer's; missing in the replay program. */
size_t LLVMFuzzerMutate(uint8_t *data, size_t n_bytes, size_t max_bytes)
    __attribute__((weak));

enum {
    MAX_WORDS = 4096,
    MAX_WEIGHTS = 1 << 14,
    IO_WORDS = 9,
    HEADER = 32,
    N_OPERATIONS = 6
};

/* A payload in pieces. */
typedef struct Pieces {
    uint32_t words[MAX_WORDS];
    uint32_t n_words;
    uint32_t starts[MAX_WORDS]; /* of the commands */
    uint32_t n_commands;
    uint32_t config, arch, scratch_bytes;
    uint8_t weights[MAX_WEIGHTS];
    uint32_t n_weights;
    uint32_t ios[2][IO_WORDS * SC_EU_MAX_IO]; /* inputs, outputs */
    uint32_t n_ios[2];
} Pieces;

typedef struct Mutator {
    uint64_t state;
    Pieces p;
} Mutator;

/* Knuth's MMIX generator; quality doesn't matter here. */
static uint32_t pick(Mutator *m, uint32_t n) {
    m->state = m->state * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(m->state >> 33) % n;
}

/* ---- apart -----------------------------------------------------------------------------
 */

static void commands_find(Pieces *p) {
    ScEthosUCommand command;
    p->n_commands = 0;
    for (uint32_t at = 0; at < p->n_words;) {
        p->starts[p->n_commands++] = at;
        if (sc_ethos_u_command_read((const uint8_t *)p->words, p->n_words, &at, &command) !=
            SC_OK) {
            at++; /* no command: one word that isn't known */
        }
    }
}

/* The configuration word of what the parser has decoded. */
static uint32_t config_word(const ScEthosUConfig *config) {
    uint32_t log2_macs = 0;
    while (1u << log2_macs < config->n_macs) {
        log2_macs++;
    }
    return (uint32_t)config->product << 28 |
           config->shram_bytes * config->n_cores / 1024 << 8 | log2_macs;
}

static void rows_take(Pieces *p, uint32_t which, const uint8_t *rows, uint32_t n) {
    p->n_ios[which] = n;
    memcpy(p->ios[which], rows, 4 * IO_WORDS * (size_t)n);
}

static bool take_apart(const uint8_t *data, size_t n_bytes, Pieces *p) {
    ScEthosUPayload payload;
    if (sc_ethos_u_payload_read(data, n_bytes, NULL, &payload, NULL) != SC_OK ||
        payload.commands.n_words >= MAX_WORDS || payload.weight_bytes > MAX_WEIGHTS) {
        return false;
    }
    p->n_words = payload.commands.n_words;
    memcpy(p->words, payload.commands.words, 4 * (size_t)p->n_words);
    p->config = config_word(&payload.commands.config);
    p->arch = payload.commands.config.arch;
    p->scratch_bytes = payload.scratch_bytes;
    p->n_weights = payload.weight_bytes;
    memcpy(p->weights, payload.weights, p->n_weights);
    rows_take(p, 0, payload.inputs, payload.n_inputs);
    rows_take(p, 1, payload.outputs, payload.n_outputs);
    commands_find(p);
    return p->n_commands > 0;
}

/* ---- together --------------------------------------------------------------------------
 */

typedef struct Out {
    uint8_t *data;
    size_t at, max_bytes;
    bool full;
} Out;

static void put(Out *out, const void *bytes, size_t n_bytes) {
    if (out->full || n_bytes > out->max_bytes - out->at) {
        out->full = true;
    } else if (n_bytes) {
        memcpy(out->data + out->at, bytes, n_bytes);
        out->at += n_bytes;
    }
}

static void put_word(Out *out, uint32_t word) {
    put(out, &word, 4);
}

static void put_header(Out *out, const char *name, uint32_t n_bytes) {
    uint8_t header[HEADER] = {0};
    memcpy(header, name, strlen(name));
    memcpy(header + 16, &n_bytes, 4);
    put(out, header, sizeof header);
}

static void put_padding(Out *out) {
    static const uint8_t zeros[15];
    put(out, zeros, (16 - out->at % 16) % 16);
}

static void put_commands(Out *out, const Pieces *p) {
    uint32_t n_nops = (4 - (5 + p->n_words) % 4) % 4;
    put_header(out, "cmd_data", 4 * (5 + n_nops + p->n_words));
    put(out, "COP1", 4);
    put_word(out, 1);
    put_word(out, p->config);
    put_word(out, p->arch);
    for (uint32_t i = 0; i < n_nops; i++) {
        put_word(out, 5);
    }
    put_word(out, 2u | p->n_words << 16);
    put(out, p->words, 4 * (size_t)p->n_words);
}

static void put_rows(Out *out, const char *name, const uint32_t *rows, uint32_t n) {
    put_header(out, name, 4 + 4 * IO_WORDS * n);
    put_word(out, n);
    put(out, rows, 4 * IO_WORDS * (size_t)n);
    put_padding(out);
}

static bool put_together(const Pieces *p, uint8_t *data, size_t max_bytes, size_t *out_n) {
    Out out = {data, 0, max_bytes, false};
    put_header(&out, "vela_bin_stream", 0);
    put_commands(&out, p);
    put_header(&out, "weight_data", p->n_weights);
    put(&out, p->weights, p->n_weights);
    put_padding(&out);
    put_header(&out, "scratch_size", 4);
    put_word(&out, p->scratch_bytes);
    put_padding(&out);
    put_rows(&out, "inputs", p->ios[0], p->n_ios[0]);
    put_rows(&out, "outputs", p->ios[1], p->n_ios[1]);
    put_header(&out, "vela_end_stream", 0);
    *out_n = out.at;
    return !out.full;
}

/* ---- changes ---------------------------------------------------------------------------
 */

static uint32_t odd_number(Mutator *m, uint32_t near, uint32_t n_bits) {
    static const uint32_t odd[] = {0,   1,   2,    3,    4,    7,    8,      9,     15,
                                   16,  17,  31,   32,   33,   63,   64,     127,   128,
                                   255, 256, 1023, 1024, 2048, 4095, 0x8000, 0xffff};
    uint32_t n = sizeof odd / sizeof odd[0], mask = n_bits < 32 ? (1u << n_bits) - 1 : ~0u;
    switch (pick(m, 6)) {
    case 0:
        return (near ^ 1u << pick(m, n_bits)) & mask;
    case 1:
        return (near + 1) & mask;
    case 2:
        return (near - 1) & mask;
    case 3:
        return (near + odd[pick(m, n)]) & mask;
    case 4:
        return (0 - odd[pick(m, n)]) & mask;
    default:
        return odd[pick(m, n)] & mask;
    }
}

/* A register of a command gets another value, often one that such a command has
 * somewhere else. */
static void command_change(Mutator *m) {
    Pieces *p = &m->p;
    uint32_t at = p->starts[pick(m, p->n_commands)];
    bool wide = p->words[at] >> 14 & 1u && at + 1 < p->n_words;
    if (pick(m, 3) == 0) {
        for (uint32_t tries = 0; tries < 40; tries++) {
            uint32_t other = p->starts[pick(m, p->n_commands)];
            if (other != at && !((p->words[other] ^ p->words[at]) & 0xffff)) {
                p->words[at] = p->words[other];
                p->words[wide ? at + 1 : at] = p->words[wide ? other + 1 : other];
                return;
            }
        }
    }
    if (wide && pick(m, 4) != 0) {
        p->words[at + 1] = odd_number(m, p->words[at + 1], 32);
    } else {
        p->words[at] = (p->words[at] & 0xffff) | odd_number(m, p->words[at] >> 16, 16)
                                                     << 16;
    }
}

/* Opens or closes a gap of n words. */
static void words_move(Pieces *p, uint32_t at, uint32_t n, bool open) {
    uint32_t from = open ? at : at + n, to = open ? at + n : at;
    memmove(p->words + to, p->words + from, 4 * (size_t)(p->n_words - from));
    p->n_words = open ? p->n_words + n : p->n_words - n;
}

static uint32_t command_length(const Pieces *p, uint32_t index) {
    uint32_t end = index + 1 < p->n_commands ? p->starts[index + 1] : p->n_words;
    return end - p->starts[index];
}

/* A command of any register, or an operation, in front of an operation or anywhere. */
static void command_insert(Mutator *m) {
    static const uint8_t operations[N_OPERATIONS] = {SC_EU_CONV,      SC_EU_DEPTHWISE,
                                                     SC_EU_POOL,      SC_EU_ELEMENTWISE,
                                                     SC_EU_DMA_START, SC_EU_KERNEL_WAIT};
    Pieces *p = &m->p;
    uint32_t kind = pick(m, 3), n = kind == 0 ? 2 : 1;
    uint32_t at = p->starts[pick(m, p->n_commands)];
    if (p->n_words + n >= MAX_WORDS) {
        return;
    }
    words_move(p, at, n, true);
    if (kind == 0) {
        p->words[at] = pick(m, 160) | 1u << 14;
        p->words[at + 1] = odd_number(m, 0, 32);
    } else if (kind == 1) {
        p->words[at] = (256 + pick(m, 150)) | odd_number(m, 0, 16) << 16;
    } else {
        p->words[at] = operations[pick(m, N_OPERATIONS)] | pick(m, 10) << 16;
    }
}

/* Removes a command, copies it elsewhere, or lets an operation be another one. */
static void command_shuffle(Mutator *m) {
    Pieces *p = &m->p;
    uint32_t index = pick(m, p->n_commands), at = p->starts[index];
    uint32_t n = command_length(p, index), copy[2] = {p->words[at], p->words[at + n - 1]};
    switch (pick(m, 3)) {
    case 0:
        words_move(p, at, n, false);
        break;
    case 1:
        at = p->starts[pick(m, p->n_commands)];
        if (p->n_words + n < MAX_WORDS) {
            words_move(p, at, n, true);
            memcpy(p->words + at, copy, 4 * (size_t)n);
        }
        break;
    default:
        for (uint32_t i = 0; i < p->n_commands; i++) {
            uint32_t word = p->words[p->starts[i]], code = word & 0xffffu;
            if (code >= SC_EU_CONV && code <= SC_EU_ELEMENTWISE && pick(m, 3) == 0) {
                p->words[p->starts[i]] = (2 + pick(m, 5)) | pick(m, 10) << 16;
            }
        }
    }
}

static void weights_change(Mutator *m) {
    Pieces *p = &m->p;
    if (LLVMFuzzerMutate && p->n_weights) {
        uint32_t at = pick(m, p->n_weights), n = p->n_weights - at;
        n = n > 64 ? 64 : n;
        LLVMFuzzerMutate(p->weights + at, n, n);
    }
}

static void frame_change(Mutator *m) {
    static const uint32_t configs[] = {0x00001005, 0x00001006, 0x00001807,
                                       0x00003008, 0x10003008, 0x10006009};
    Pieces *p = &m->p;
    uint32_t which = pick(m, 2);
    switch (pick(m, 4)) {
    case 0:
        p->config = configs[pick(m, sizeof configs / sizeof configs[0])];
        break;
    case 1:
        p->scratch_bytes = odd_number(m, p->scratch_bytes, 18);
        break;
    case 2:
        p->n_weights = odd_number(m, p->n_weights, 12); /* what is there stays there */
        break;
    default:
        if (p->n_ios[which]) {
            uint32_t *word = &p->ios[which][pick(m, IO_WORDS * p->n_ios[which])];
            *word = odd_number(m, *word, 20);
        }
    }
}

static void change(Mutator *m) {
    uint32_t kind = pick(m, 16);
    commands_find(&m->p);
    if (m->p.n_commands == 0 || kind < 2) {
        frame_change(m);
    } else if (kind < 10) {
        command_change(m);
    } else if (kind < 12) {
        command_insert(m);
    } else if (kind < 14) {
        command_shuffle(m);
    } else {
        weights_change(m);
    }
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t n_bytes, size_t max_bytes,
                               unsigned int seed) {
    static Mutator m;
    void *aligned = NULL;
    size_t n_out = 0;
    m.state = seed;
    if (posix_memalign(&aligned, SC_FILE_ALIGN, n_bytes ? n_bytes : 1) != 0) {
        abort();
    }
    memcpy(aligned, data, n_bytes);
    bool whole = take_apart(aligned, n_bytes, &m.p);
    free(aligned);
    if (whole && pick(&m, 8) != 0) {
        for (uint32_t n = 1 + pick(&m, 4); n > 0; n--) {
            change(&m);
        }
        if (put_together(&m.p, data, max_bytes, &n_out)) {
            return n_out;
        }
    }
    return LLVMFuzzerMutate ? LLVMFuzzerMutate(data, n_bytes, max_bytes) : n_bytes;
}
