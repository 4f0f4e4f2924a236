/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Writes command streams, driver payloads and vela_bin_streams for the Ethos-U tests: the
 * way opposite to backends/ethos_u/device, from the same description of the format
 * (command.h, payload.h) and without its code.
 */
#ifndef SC_TESTS_ETHOS_U_MAKE_H
#define SC_TESTS_ETHOS_U_MAKE_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "backends/ethos_u/sim/sim.h"

#define COUNT(list) (sizeof(list) / sizeof(list)[0])

/* ---- numbers ------------------------------------------------------------------------- */

static inline uint64_t random_next(uint64_t *state) {
    uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15); /* splitmix64 */
    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return z ^ z >> 31;
}

/* 0 .. n - 1 */
static inline uint32_t random_below(uint64_t *state, uint32_t n) {
    return (uint32_t)(random_next(state) % n);
}

/* ---- command streams ----------------------------------------------------------------- */

enum { STREAM_WORDS = 4096 };

typedef struct Stream {
    uint32_t words[STREAM_WORDS];
    uint32_t n;
} Stream;

static inline void stream_word(Stream *s, uint32_t word) {
    if (s->n == STREAM_WORDS) {
        abort();
    }
    s->words[s->n++] = word;
}

/* One word: a register of 16 bits, or an operation. */
static inline void narrow(Stream *s, uint32_t code, uint32_t param) {
    stream_word(s, code | (param & 0xffffu) << 16);
}

static inline void wide(Stream *s, uint32_t code, uint32_t param, uint32_t value) {
    stream_word(s, code | 1u << 14 | (param & 0xffffu) << 16);
    stream_word(s, value);
}

/* 40 bits, negative ones as two's complement. */
static inline void address(Stream *s, uint32_t code, int64_t value) {
    wide(s, code, (uint32_t)((uint64_t)value >> 32) & 0xffu, (uint32_t)value);
}

/* Where the registers of a map lie; `base` also finds the strides. */
typedef struct MapPlace {
    uint32_t precision, zero_point, width0, height0, height1, region, base;
} MapPlace;

static const MapPlace place_ifm = {261, 265, 266, 267, 268, 271, 0};
static const MapPlace place_ifm2 = {389, 393, 394, 395, 396, 399, 128};
static const MapPlace place_ofm = {276, 280, 282, 283, 284, 287, 16};

static inline uint32_t log2_of(uint32_t n) {
    uint32_t bits = 0;
    while (1u << bits < n) {
        bits++;
    }
    return bits;
}

/* All registers of a map but its sizes; more: further bits of the precision. */
static inline void stream_map(Stream *s, const MapPlace *place, const ScEthosUMap *map,
                              uint32_t more) {
    uint32_t width_bit = place == &place_ofm ? 1 : 2;
    narrow(s, place->precision,
           (map->is_signed ? 1u : 0u) | log2_of(map->n_bytes) << width_bit |
               (map->bricks ? 1u : 0u) << 6 | more);
    narrow(s, place->zero_point, (uint32_t)map->zero_point);
    narrow(s, place->width0, map->width0 - 1);
    narrow(s, place->height0, map->height0 - 1);
    narrow(s, place->height1, map->height1 - 1);
    narrow(s, place->region, map->region);
    for (uint32_t i = 0; i < 4; i++) {
        address(s, place->base + i, (int64_t)map->base[i]);
    }
    address(s, place->base + 4, map->stride_x);
    address(s, place->base + 5, map->stride_y);
    address(s, place->base + 6, map->stride_c);
}

static inline void stream_kernel(Stream *s, const ScEthosUOperation *op) {
    narrow(s, 288, (op->kernel_w - 1) * op->dilation_x);
    narrow(s, 289, (op->kernel_h - 1) * op->dilation_y);
    uint32_t x = op->step_x - 1, y = op->step_y - 1;
    narrow(s, 290,
           (x & 1u) | (y & 1u) << 1 | (op->part_kernel ? 1u : 0u) << 2 |
               (op->dilation_x - 1) << 3 | (op->dilation_y - 1) << 4 |
               (op->pieces_4x4 ? 1u : 0u) << 5 | x >> 1 << 6 | y >> 1 << 9);
}

static inline void stream_constants(Stream *s, const ScEthosUOperation *op) {
    static const uint32_t weights[] = {32, 144}, scales[] = {34, 146};
    narrow(s, 291, op->n_cores - 1u);
    narrow(s, 296, op->weight_region);
    narrow(s, 297, op->scale_region);
    for (uint32_t i = 0; i < SC_EU_MAX_CORES; i++) {
        address(s, weights[i], (int64_t)op->weights[i].base);
        wide(s, weights[i] + 1, 0, (uint32_t)op->weights[i].n_bytes);
        address(s, scales[i], (int64_t)op->scales[i].base);
        wide(s, scales[i] + 1, 0, (uint32_t)op->scales[i].n_bytes);
    }
}

static inline void stream_output(Stream *s, const ScEthosUOperation *op) {
    narrow(s, 273, op->ofm.width - 1);
    narrow(s, 274, op->ofm.height - 1);
    narrow(s, 275, op->ofm.depth - 1);
    narrow(s, 277, op->block_w - 1);
    narrow(s, 278, op->block_h - 1);
    narrow(s, 279, op->block_d - 1);
    narrow(s, 292, op->acc_format);
    narrow(s, 293, op->act_function | (uint32_t)op->clip << 12);
    narrow(s, 294, (uint32_t)op->act_min);
    narrow(s, 295, (uint32_t)op->act_max);
    narrow(s, 303, op->blockdep);
    wide(s, 36, op->ofm_shift, op->ofm_scale);
    wide(s, 37, op->opa_shift, op->opa_scale);
    wide(s, 38, 0, op->opb_scale);
}

/* Sets every register that `op` is decoded from, and starts it. The IFM's sizes follow
 * from the others and aren't looked at. */
static inline void stream_operation(Stream *s, const ScEthosUOperation *op) {
    stream_map(s, &place_ifm, &op->ifm,
               (uint32_t)op->ifm_scale_mode << 8 | (uint32_t)op->ifm_round << 14);
    stream_map(s, &place_ifm2, &op->ifm2, 0);
    stream_map(s, &place_ofm, &op->ofm,
               (op->global_scale ? 1u : 0u) << 8 | (uint32_t)op->ofm_round << 14);
    narrow(s, 256, op->pad_top);
    narrow(s, 257, op->pad_left);
    narrow(s, 258, op->pad_right);
    narrow(s, 259, op->pad_bottom);
    narrow(s, 260, op->ifm.depth - 1);
    narrow(s, 263, op->upscale);
    narrow(s, 384,
           (op->ifm2.height < op->ofm.height ? 1u : 0u) |
               (op->ifm2.width < op->ofm.width ? 1u : 0u) << 1 |
               (op->ifm2.depth < op->ofm.depth ? 1u : 0u) << 2 |
               (op->swapped ? 1u : 0u) << 6 | (op->scalar2 ? 1u : 0u) << 7);
    narrow(s, 385, (uint32_t)op->scalar);
    stream_kernel(s, op);
    stream_constants(s, op);
    stream_output(s, op);
    narrow(s, (uint32_t)op->code, op->mode);
}

static inline void stream_dma(Stream *s, const ScEthosUDma *dma) {
    narrow(s, 304,
           dma->from.region | (dma->from.internal ? 1u : 0u) << 8 |
               (uint32_t)(dma->from.rank - 1) << 9);
    narrow(s, 305,
           dma->to.region | (dma->to.internal ? 1u : 0u) << 8 |
               (uint32_t)(dma->to.rank - 1) << 9);
    narrow(s, 306, dma->size0);
    narrow(s, 307, dma->size1);
    address(s, 48, (int64_t)dma->from.base);
    address(s, 49, (int64_t)dma->to.base);
    address(s, 50, (int64_t)dma->n_bytes);
    address(s, 51, dma->skip0);
    address(s, 52, dma->skip1);
    narrow(s, SC_EU_DMA_START, 0);
}

static inline void stream_stop(Stream *s) {
    narrow(s, SC_EU_STOP, 0xffff);
}

/* The words as bytes; the machines that build this are little-endian. */
static inline const uint8_t *stream_bytes(const Stream *s) {
    return (const uint8_t *)s->words;
}

/* A driver payload's reading of the stream, without one. */
static inline ScEthosUCommands stream_commands(const Stream *s) {
    return (ScEthosUCommands){
        .config = {.product = SC_EU_U55, .n_macs = 128, .n_cores = 1, .shram_bytes = 24576},
        .words = stream_bytes(s),
        .n_words = s->n,
        .fast_bytes = UINT64_MAX};
}

/* ---- operations to start from -------------------------------------------------------- */

/* NHWC, dense, in one tile. */
static inline ScEthosUMap dense_map(uint8_t region, uint64_t base, uint32_t h, uint32_t w,
                                    uint32_t c, uint8_t n_bytes) {
    return (ScEthosUMap){.base = {base},
                         .stride_y = (int64_t)w * c * n_bytes,
                         .stride_x = (int64_t)c * n_bytes,
                         .stride_c = n_bytes,
                         .height = h,
                         .width = w,
                         .depth = c,
                         .height0 = h,
                         .height1 = h,
                         .width0 = w,
                         .region = region,
                         .n_bytes = n_bytes,
                         .is_signed = true};
}

/* Copies the IFM to the OFM: an average over one element, scaled by 1. */
static inline ScEthosUOperation copy_operation(ScEthosUMap ifm, ScEthosUMap ofm) {
    return (ScEthosUOperation){.code = SC_EU_POOL,
                               .mode = SC_EU_POOL_AVERAGE,
                               .scaled = false,
                               .ifm = ifm,
                               .ifm2 = dense_map(1, 0, 1, 1, 1, 1),
                               .ofm = ofm,
                               .kernel_h = 1,
                               .kernel_w = 1,
                               .dilation_y = 1,
                               .dilation_x = 1,
                               .step_y = 1,
                               .step_x = 1,
                               .block_h = 2,
                               .block_w = 2,
                               .block_d = 16,
                               .act_min = -32768,
                               .act_max = 32767,
                               .n_cores = 1,
                               .global_scale = true,
                               .ofm_round = SC_EU_ROUND_NATURAL,
                               .ofm_scale = 1};
}

/* ---- vela_bin_streams ---------------------------------------------------------------- */

enum { PAYLOAD_BYTES = 65536 };

typedef struct Payload {
    _Alignas(16) uint8_t bytes[PAYLOAD_BYTES];
    size_t n;
} Payload;

static inline void put_u32(uint8_t *at, uint32_t value) {
    for (uint32_t i = 0; i < 4; i++) {
        at[i] = (uint8_t)(value >> 8 * i);
    }
}

static inline void payload_block(Payload *p, const char *name, const void *data, size_t n,
                                 uint8_t external) {
    size_t padded = (n + 15) / 16 * 16;
    if (PAYLOAD_BYTES - p->n < 32 + padded) {
        abort();
    }
    uint8_t *at = p->bytes + p->n;
    memset(at, 0, 32 + padded);
    memcpy(at, name, strlen(name));
    put_u32(at + 16, (uint32_t)n);
    at[20] = external;
    if (n) {
        memcpy(at + 32, data, n);
    }
    p->n += 32 + padded;
}

static inline void payload_ios(Payload *p, const char *name, const ScEthosUIo *ios,
                               uint32_t n) {
    uint8_t rows[4 + 36 * SC_EU_MAX_IO];
    put_u32(rows, n);
    for (uint32_t i = 0; i < n; i++) {
        uint8_t *row = rows + 4 + 36 * i;
        for (uint32_t d = 0; d < SC_EU_IO_RANK; d++) {
            put_u32(row + 4 * d, ios[i].shape[d]);
        }
        put_u32(row + 24, ios[i].element_bytes);
        put_u32(row + 28, ios[i].offset);
        put_u32(row + 32, ios[i].region);
    }
    payload_block(p, name, rows, 4 + 36 * (size_t)n, 0);
}

/* "COP1" of a U55-128 around the stream, padded to 16 bytes by words that do nothing. */
static inline uint32_t cop1_make(const Stream *s, uint8_t *out) {
    enum { CONFIG = 0x00001807, ARCH = 0x10066001 };
    uint32_t n_pad = (4 - (5 + s->n) % 4) % 4, at = 4;
    memcpy(out, "COP1", 4);
    put_u32(out + at, 1);
    put_u32(out + at + 4, CONFIG);
    put_u32(out + at + 8, ARCH);
    at += 12;
    for (uint32_t i = 0; i < n_pad; i++, at += 4) {
        put_u32(out + at, 5);
    }
    put_u32(out + at, 2u | s->n >> 16 << 8 | s->n << 16);
    memcpy(out + at + 4, s->words, 4 * (size_t)s->n);
    return at + 4 + 4 * s->n;
}

#endif
