/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The packed depthwise layer of depthwise_dsp.h on cores with the DSP extension.
 * Four channels at a time become planes of int16, two columns a word, with x_zero
 * around the image: nothing below asks where the image ends. Then a channel's six
 * pairs of weights stay in registers and two neighbouring outputs are made at once.
 *
 * Requantization is that of conv_dsp_pack_dsp.c; here the weights are doubled, so
 * that the sum comes out as 2 acc, and t is lessened by 1 where it is negative.
 */
#include <string.h>

#include "backends/cortex_m/device/cortex_m.h"
#include "backends/cortex_m/device/depthwise_dsp.h"
#include "backends/cortex_m/device/simd_dsp.h"

/* ---- two outputs at a time ------------------------------------------------------------
 */

typedef struct Plane {
    int32_t start[2]; /* 2 start, twice */
    int32_t factor, power, out_zero;
    int32_t step;              /* bytes between neighbours of the output */
    const uint32_t *row_end;   /* first row's words end here */
    int32_t row_bytes, n_rows; /* from one row of outputs to the next */
    int32_t skip, back;        /* at the end of a row: of words, of output */
    const uint32_t *rows[3];
    int32_t weights[3];
    int8_t *out;
} Plane;

/* Registers: r0-r2 rows, r3-r8 weights, r9 and r10 sums, r11 and r12 data, lr output;
 * the stack holds the fields of Plane before `rows`. */
#define PLANE_OPEN                     \
    ".syntax unified\n"                \
    "push {r4-r11, lr}\n"              \
    "ldm r0!, {r1-r11}\n"              \
    "push {r1-r11}\n"                  \
    "ldm.w r0, {r0-r5, lr}\n"          \
    "sxtb16 r8, r5, ror #8\n"          \
    "sxtb16 r7, r5\n"                  \
    "sxtb16 r6, r4, ror #8\n"          \
    "sxtb16 r5, r4\n"                  \
    "sxtb16 r4, r3, ror #8\n"          \
    "sxtb16 r3, r3\n"                  \
    ".irp w, r3, r4, r5, r6, r7, r8\n" \
    "lsl \\w, \\w, #1\n"               \
    "bic \\w, \\w, #0x10000\n"         \
    ".endr\n"

#define PLANE_STORE                \
    "ldr r11, [sp, #8]\n"          \
    "smmulr r9, r9, r11\n"         \
    "smmulr r10, r10, r11\n"       \
    "ldrd r11, r12, [sp, #12]\n"   \
    "add r9, r9, r9, asr #31\n"    \
    "add r10, r10, r10, asr #31\n" \
    "smmlar r9, r9, r11, r12\n"    \
    "smmlar r10, r10, r11, r12\n"  \
    "ldrd r11, r12, [sp, #20]\n"   \
    "ssat r9, #8, r9\n"            \
    "ssat r10, #8, r10\n"          \
    "strb r9, [lr]\n"              \
    "strb r10, [lr, r11]\n"        \
    "add lr, lr, r11, lsl #1\n"    \
    "cmp r0, r12\n"                \
    "bne 1b\n"

#define PLANE_NEXT_ROW           \
    "ldr r11, [sp, #32]\n"       \
    "subs r11, r11, #1\n"        \
    "str r11, [sp, #32]\n"       \
    "beq 2f\n"                   \
    "ldr r11, [sp, #28]\n"       \
    "add r12, r12, r11\n"        \
    "str r12, [sp, #24]\n"       \
    "ldrd r11, r12, [sp, #36]\n" \
    "add r0, r0, r11\n"          \
    "add r1, r1, r11\n"          \
    "add r2, r2, r11\n"          \
    "add lr, lr, r12\n"          \
    "b 1b\n"                     \
    "2:\n"                       \
    "add sp, sp, #44\n"          \
    "pop {r4-r11, pc}\n"

/* Words (c0 c1) (c2 c3): the outputs at c0 and c1. */
__attribute__((naked, noinline)) static void plane_run_1(SC_DSP_UNUSED const Plane *plane) {
    __asm__ volatile(PLANE_OPEN "1:\n"
                                "ldrd r9, r10, [sp, #0]\n"
                                "ldrd r11, r12, [r0], #4\n"
                                "smlad r9, r11, r3, r9\n"
                                "smlatb r10, r11, r3, r10\n"
                                "smlabt r9, r12, r4, r9\n"
                                "smlad r10, r12, r4, r10\n"
                                "ldrd r11, r12, [r1], #4\n"
                                "smlad r9, r11, r5, r9\n"
                                "smlatb r10, r11, r5, r10\n"
                                "smlabt r9, r12, r6, r9\n"
                                "smlad r10, r12, r6, r10\n"
                                "ldrd r11, r12, [r2], #4\n"
                                "smlad r9, r11, r7, r9\n"
                                "smlatb r10, r11, r7, r10\n"
                                "smlabt r9, r12, r8, r9\n"
                                "smlad r10, r12, r8, r10\n" PLANE_STORE PLANE_NEXT_ROW);
}

/* Words (c0 c1) (c2 c3) (c4 c5): the outputs at c0 and c2. */
__attribute__((naked, noinline)) static void plane_run_2(SC_DSP_UNUSED const Plane *plane) {
    __asm__ volatile(PLANE_OPEN "1:\n"
                                "ldrd r9, r10, [sp, #0]\n"
                                "ldrd r11, r12, [r0], #8\n"
                                "smlad r9, r11, r3, r9\n"
                                "smlabt r9, r12, r4, r9\n"
                                "smlad r10, r12, r3, r10\n"
                                "ldr r11, [r0]\n"
                                "smlabt r10, r11, r4, r10\n"
                                "ldrd r11, r12, [r1], #8\n"
                                "smlad r9, r11, r5, r9\n"
                                "smlabt r9, r12, r6, r9\n"
                                "smlad r10, r12, r5, r10\n"
                                "ldr r11, [r1]\n"
                                "smlabt r10, r11, r6, r10\n"
                                "ldrd r11, r12, [r2], #8\n"
                                "smlad r9, r11, r7, r9\n"
                                "smlabt r9, r12, r8, r9\n"
                                "smlad r10, r12, r7, r10\n"
                                "ldr r11, [r2]\n"
                                "smlabt r10, r11, r8, r10\n" PLANE_STORE PLANE_NEXT_ROW);
}

/* ---- planes
 * ------------------------------------------------------------------------------ */

typedef struct Planes {
    const ScDspDepthwise *layer;
    uint32_t *words;  /* of the first of four planes */
    size_t row_words; /* of a row of a plane */
    size_t n_words;   /* of a plane */
    int32_t n_rows;   /* of output at once */
    int8_t *results;  /* a row of outputs */
} Planes;

/* Neighbours a and b, four channels each, as a word in each plane. */
static inline void word_put(uint32_t a, uint32_t b, uint32_t *to, size_t n_words) {
    uint32_t low, high, word;
    __asm__("pkhbt %0, %1, %2, lsl #16" : "=r"(low) : "r"(a), "r"(b));
    __asm__("pkhtb %0, %2, %1, asr #16" : "=r"(high) : "r"(a), "r"(b));
    __asm__("sxtb16 %0, %1" : "=r"(word) : "r"(low));
    to[0] = word;
    __asm__("sxtb16 %0, %1, ror #8" : "=r"(word) : "r"(low));
    to[n_words] = word;
    __asm__("sxtb16 %0, %1" : "=r"(word) : "r"(high));
    to[2 * n_words] = word;
    __asm__("sxtb16 %0, %1, ror #8" : "=r"(word) : "r"(high));
    to[3 * n_words] = word;
}

static inline uint32_t pixel_of(const int8_t *at) {
    uint32_t word;
    memcpy(&word, at, 4);
    return word;
}

static void row_fill(const Planes *planes, const int8_t *from, uint32_t *to) {
    const ScDspDepthwise *layer = planes->layer;
    size_t n_words = planes->n_words, channels = (size_t)layer->x.c;
    uint32_t zeros = (uint32_t)(uint8_t)layer->x_zero * 0x01010101u;
    uint32_t *end = to + planes->row_words;
    int32_t left = layer->x.w; /* columns that remain */
    if (from && layer->w.pad && left > 0) {
        word_put(zeros, pixel_of(from), to++, n_words);
        from += channels;
        left--;
    }
    for (; from && left >= 2 && to < end; left -= 2, from += 2 * channels) {
        word_put(pixel_of(from), pixel_of(from + channels), to++, n_words);
    }
    if (from && left == 1 && to < end) {
        word_put(pixel_of(from), zeros, to++, n_words);
    }
    while (to < end) {
        word_put(zeros, zeros, to++, n_words);
    }
}

/* The rows that outputs from row y on need, of four channels from `channel` on. */
static void planes_fill(const Planes *planes, int32_t n, int32_t y, int32_t n_rows,
                        int32_t channel) {
    const ScDspDepthwise *layer = planes->layer;
    const ScImage *x = &layer->x;
    int32_t first = y * layer->h.stride - layer->h.pad;
    int32_t n_plane_rows = (n_rows - 1) * layer->h.stride + 3;
    uint32_t *to = planes->words;
    for (int32_t i = 0; i < n_plane_rows; i++, to += planes->row_words) {
        int32_t row = first + i;
        const int8_t *from = 0;
        if (row >= 0 && row < x->h) {
            size_t pixel = ((size_t)n * (size_t)x->h + (size_t)row) * (size_t)x->w;
            from = x->data + pixel * (size_t)x->c + (size_t)channel;
        }
        row_fill(planes, from, to);
    }
}

/* ---- the layer -------------------------------------------------------------------------
 */

static void plane_run(const ScDspDepthwise *layer, const Plane *plane) {
    if (layer->w.stride == 1) {
        plane_run_1(plane);
    } else {
        plane_run_2(plane);
    }
}

/* An odd row's last pair writes one output too many. Over the next row's first one
 * that does no harm; the last row goes through a place of its own. */
static void channel_run(const Planes *planes, int32_t n, int32_t y, int32_t n_rows,
                        int32_t channel) {
    const ScDspDepthwise *layer = planes->layer;
    const ScImage *out = &layer->out;
    const int32_t *words = layer->packed + (size_t)channel * SC_DSP_DEPTHWISE_WORDS;
    const uint32_t *from = planes->words + (size_t)(channel % 4) * planes->n_words;
    size_t row_words = planes->row_words, used = row_words - 1;
    size_t advance = row_words * (size_t)layer->h.stride;
    size_t pixel = ((size_t)n * (size_t)out->h + (size_t)y) * (size_t)out->w;
    int32_t twice = (int32_t)((uint32_t)words[0] * 2u);
    bool odd = out->w % 2 != 0;
    Plane plane = {
        .start = {twice, twice},
        .factor = words[1],
        .power = words[2],
        .out_zero = layer->out_zero,
        .step = out->c,
        .row_end = from + used,
        .row_bytes = (int32_t)(advance * 4u),
        .n_rows = odd ? n_rows - 1 : n_rows,
        .skip = (int32_t)((advance - used) * 4u),
        .back = odd ? -out->c : 0,
        .rows = {from, from + row_words, from + 2 * row_words},
        .weights = {words[3], words[4], words[5]},
        .out = out->data + pixel * (size_t)out->c + (size_t)channel,
    };
    if (plane.n_rows > 0) {
        plane_run(layer, &plane);
    }
    if (odd) {
        size_t offset = (size_t)plane.n_rows * advance;
        int8_t *to = plane.out + (size_t)plane.n_rows * (size_t)out->w * (size_t)out->c;
        for (uint32_t i = 0; i < 3; i++) {
            plane.rows[i] += offset;
        }
        plane.row_end += offset;
        plane.n_rows = 1;
        plane.step = 1;
        plane.out = planes->results;
        plane_run(layer, &plane);
        for (int32_t x = 0; x < out->w; x++, to += out->c) {
            *to = planes->results[x];
        }
    }
}

static void planes_open(const ScDspDepthwise *layer, Planes *planes) {
    const ScImage *out = &layer->out;
    uint8_t *at = layer->scratch + (4u - ((uintptr_t)layer->scratch & 3u)) % 4u;
    *planes = (Planes){.layer = layer, .words = (uint32_t *)(void *)at, .n_rows = 1};
    while (planes->n_rows < out->h &&
           sc_dsp_depthwise_scratch(planes->n_rows + 1, layer->h.stride, out->w,
                                    layer->w.stride) <= layer->n_scratch) {
        planes->n_rows++;
    }
    planes->row_words = sc_dsp_plane_words(out->w, layer->w.stride);
    planes->n_words =
        (size_t)((planes->n_rows - 1) * layer->h.stride + 3) * planes->row_words;
    planes->results = (int8_t *)(planes->words + 4 * planes->n_words);
}

static void depthwise_run(const ScDspDepthwise *layer) {
    const ScImage *out = &layer->out;
    Planes planes;
    planes_open(layer, &planes);
    for (int32_t n = 0; n < out->n; n++) {
        for (int32_t y = 0; y < out->h; y += planes.n_rows) {
            int32_t left = out->h - y;
            int32_t n_rows = left < planes.n_rows ? left : planes.n_rows;
            for (int32_t channel = 0; channel < out->c; channel++) {
                if (channel % 4 == 0) {
                    planes_fill(&planes, n, y, n_rows, channel);
                }
                channel_run(&planes, n, y, n_rows, channel);
            }
        }
    }
    if (layer->min > -128 || layer->max < 127) {
        size_t n_bytes = (size_t)out->n * (size_t)out->h * (size_t)out->w * (size_t)out->c;
        sc_dsp_clamp(out->data, n_bytes, layer->min, layer->max);
    }
}

ScStatus sc_sconce_depthwise3x3_s8_dsp_out_i(ScCall *c) {
    ScDspDepthwise layer;
    SC_TRY(sc_dsp_depthwise_read(c, &layer));
    if (layer.form != SC_DSP_SHIFTS) {
        depthwise_run(&layer);
    } else {
        sc_dsp_depthwise_plain(&layer);
    }
    return SC_OK;
}
