/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The packed depthwise layer of depthwise_dsp.h on cores with the DSP extension.
 * Four channels at a time become planes of int16, two columns a word, with x_zero
 * around the image: nothing below asks where the image ends. Then a channel's six
 * pairs of weights stay in registers and two neighbouring outputs are made at once.
 * Without scratch for a row of planes the windows are taken apart one by one.
 *
 * Requantization is that of conv_dsp_pack_dsp.c; here the weights are doubled, so
 * that the sum comes out as 2 acc, and t is lessened by 1 where it is negative.
 */
#include <string.h>

#include "backends/cortex_m/device/cortex_m.h"
#include "backends/cortex_m/device/depthwise_dsp.h"
#include "backends/cortex_m/device/simd_dsp.h"
#include "kernels/num.h"

/* ---- two outputs at a time ------------------------------------------------------------
 */

typedef struct Plane {
    int32_t start[2], factor, power; /* of the channel at work; set below */
    int32_t out_zero;
    int32_t step;            /* bytes between neighbours of the output */
    const uint32_t *row_end; /* set below */
    int32_t row_bytes;       /* from the words of one row of outputs to the next */
    int32_t rows_left;       /* set below */
    int32_t skip, back;      /* at the end of a row: of words, of output */
    const uint32_t *row;     /* of the first channel's plane, and its length */
    int32_t plane_row_bytes;
    const int32_t *packed;
    int8_t *out;
    int32_t n_rows, used_bytes;    /* of outputs; of a row by the pointer */
    int32_t plane_bytes, out_next; /* to the next channel */
    int32_t channels;
} Plane;

/* Registers: r0-r2 rows, r3-r8 weights, r9 and r10 sums, r11 and r12 data, lr output;
 * the stack holds Plane. Opens a channel; all of its six words are read at once. */
#define PLANE_OPEN                     \
    ".syntax unified\n"                \
    "push {r4-r11, lr}\n"              \
    "sub sp, sp, #80\n"                \
    "mov r1, sp\n"                     \
    "ldm r0!, {r2-r11}\n"              \
    "stm r1!, {r2-r11}\n"              \
    "ldm r0!, {r2-r11}\n"              \
    "stm r1!, {r2-r11}\n"              \
    "0:\n"                             \
    "ldrd r10, lr, [sp, #52]\n"        \
    "ldm r10!, {r3-r8}\n"              \
    "str r10, [sp, #52]\n"             \
    "lsl r3, r3, #1\n"                 \
    "strd r3, r3, [sp, #0]\n"          \
    "strd r4, r5, [sp, #8]\n"          \
    "sxtb16 r4, r6, ror #8\n"          \
    "sxtb16 r3, r6\n"                  \
    "sxtb16 r6, r7, ror #8\n"          \
    "sxtb16 r5, r7\n"                  \
    "sxtb16 r7, r8\n"                  \
    "sxtb16 r8, r8, ror #8\n"          \
    ".irp w, r3, r4, r5, r6, r7, r8\n" \
    "lsl \\w, \\w, #1\n"               \
    "bic \\w, \\w, #0x10000\n"         \
    ".endr\n"                          \
    "ldrd r0, r11, [sp, #44]\n"        \
    "ldrd r9, r10, [sp, #60]\n"        \
    "add r1, r0, r11\n"                \
    "add r2, r1, r11\n"                \
    "add r10, r10, r0\n"               \
    "str r10, [sp, #24]\n"             \
    "str r9, [sp, #32]\n"

// clang-format off
/* Lessens negative high products by 1, for halves away from zero. */
#define AWAY                       \
    "add r9, r9, r9, asr #31\n"    \
    "add r10, r10, r10, asr #31\n"

#define PLANE_STORE(away)                \
    "ldr r11, [sp, #8]\n"          \
    "smmulr r9, r9, r11\n"         \
    "smmulr r10, r10, r11\n"       \
    "ldrd r11, r12, [sp, #12]\n"   \
    away \
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
// clang-format on

#define PLANE_NEXT               \
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
    "ldrd r9, r10, [sp, #68]\n"  \
    "ldr r0, [sp, #44]\n"        \
    "ldr lr, [sp, #56]\n"        \
    "ldr r11, [sp, #76]\n"       \
    "add r0, r0, r9\n"           \
    "add lr, lr, r10\n"          \
    "str r0, [sp, #44]\n"        \
    "str lr, [sp, #56]\n"        \
    "subs r11, r11, #1\n"        \
    "str r11, [sp, #76]\n"       \
    "bne 0b\n"                   \
    "add sp, sp, #80\n"          \
    "pop {r4-r11, pc}\n"

// clang-format off
/* Words (c0 c1) (c2 c3): the outputs at c0 and c1. */
#define PLANE_1(away) \
    PLANE_OPEN                       \
    "1:\n"                           \
    "ldrd r9, r10, [sp, #0]\n"       \
    "ldrd r11, r12, [r0], #4\n"      \
    "smlad r9, r11, r3, r9\n"        \
    "smlatb r10, r11, r3, r10\n"     \
    "smlabt r9, r12, r4, r9\n"       \
    "smlad r10, r12, r4, r10\n"      \
    "ldrd r11, r12, [r1], #4\n"      \
    "smlad r9, r11, r5, r9\n"        \
    "smlatb r10, r11, r5, r10\n"     \
    "smlabt r9, r12, r6, r9\n"       \
    "smlad r10, r12, r6, r10\n"      \
    "ldrd r11, r12, [r2], #4\n"      \
    "smlad r9, r11, r7, r9\n"        \
    "smlatb r10, r11, r7, r10\n"     \
    "smlabt r9, r12, r8, r9\n"       \
    "smlad r10, r12, r8, r10\n"      \
    PLANE_STORE(away) \
    PLANE_NEXT

/* Words (c0 c1) (c2 c3) (c4 c5): the outputs at c0 and c2. */
#define PLANE_2(away) \
    PLANE_OPEN                       \
    "1:\n"                           \
    "ldrd r9, r10, [sp, #0]\n"       \
    "ldrd r11, r12, [r0], #8\n"      \
    "smlad r9, r11, r3, r9\n"        \
    "smlabt r9, r12, r4, r9\n"       \
    "smlad r10, r12, r3, r10\n"      \
    "ldr r11, [r0]\n"                \
    "smlabt r10, r11, r4, r10\n"     \
    "ldrd r11, r12, [r1], #8\n"      \
    "smlad r9, r11, r5, r9\n"        \
    "smlabt r9, r12, r6, r9\n"       \
    "smlad r10, r12, r5, r10\n"      \
    "ldr r11, [r1]\n"                \
    "smlabt r10, r11, r6, r10\n"     \
    "ldrd r11, r12, [r2], #8\n"      \
    "smlad r9, r11, r7, r9\n"        \
    "smlabt r9, r12, r8, r9\n"       \
    "smlad r10, r12, r7, r10\n"      \
    "ldr r11, [r2]\n"                \
    "smlabt r10, r11, r8, r10\n"     \
    PLANE_STORE(away) \
    PLANE_NEXT
// clang-format on

__attribute__((naked, noinline)) static void plane_run_1(SC_DSP_UNUSED const Plane *plane) {
    __asm__ volatile(PLANE_1(AWAY));
}

__attribute__((naked, noinline)) static void plane_run_2(SC_DSP_UNUSED const Plane *plane) {
    __asm__ volatile(PLANE_2(AWAY));
}

/* Where every negative result is clamped away (a ReLU) its halves don't matter. */
__attribute__((naked, noinline)) static void
plane_run_1_positive(SC_DSP_UNUSED const Plane *plane) {
    __asm__ volatile(PLANE_1(""));
}

__attribute__((naked, noinline)) static void
plane_run_2_positive(SC_DSP_UNUSED const Plane *plane) {
    __asm__ volatile(PLANE_2(""));
}

/* ---- planes -------------------------------------------------------------------------- */

/* Rows of the image to rows of the four planes. */
typedef struct Filling {
    const int8_t *from; /* first pixel of the first row, at the first channel */
    uint32_t *to;       /* of the first plane */
    int32_t plane_bytes, pixel_bytes;
    uint32_t zeros; /* x_zero in four bytes */
    int32_t n_rows; /* >= 1 */
    int32_t row_bytes;
    /* Words of a row: {x_zero, x}; {x, x}; {x, x_zero}; {x_zero, x_zero}. */
    int32_t n_first, n_pairs, n_last, n_behind;
} Filling;

/* Neighbours r5 and r6, four channels each, as a word in each plane. */
#define FILLING_PUT               \
    "pkhbt r7, r5, r6, lsl #16\n" \
    "pkhtb r8, r6, r5, asr #16\n" \
    "sxtb16 r5, r7\n"             \
    "sxtb16 r7, r7, ror #8\n"     \
    "sxtb16 r6, r8\n"             \
    "sxtb16 r8, r8, ror #8\n"     \
    "str r7, [r1, r2]\n"          \
    "str r6, [r1, r2, lsl #1]\n"  \
    "str r8, [r1, r3]\n"          \
    "str r5, [r1], #4\n"

/* r0 from, r1 to, r2 and r3 bytes to the second and fourth plane, r4 bytes of a pixel,
 * r5-r8 data, r9 x_zero in four bytes, r10 words left, r11 rows left, r12 the row;
 * the stack holds the fields of Filling from row_bytes on. */
__attribute__((naked, noinline)) static void
filling_run(SC_DSP_UNUSED const Filling *filling) {
    __asm__ volatile(".syntax unified\n"
                     "push {r4-r11, lr}\n"
                     "add r12, r0, #24\n"
                     "ldm r12, {r4-r8}\n"
                     "push {r4-r8}\n"
                     "ldm.w r0, {r5-r8, r9, r11}\n"
                     "mov r12, r5\n"
                     "mov r1, r6\n"
                     "mov r2, r7\n"
                     "mov r4, r8\n"
                     "add r3, r2, r2, lsl #1\n"
                     "1:\n"
                     "mov r0, r12\n"
                     "ldrd lr, r10, [sp, #0]\n"
                     "add r12, r12, lr\n"
                     "cmp r10, #0\n"
                     "beq 2f\n"
                     "mov r5, r9\n"
                     "ldr r6, [r0]\n"
                     "add r0, r0, r4\n" FILLING_PUT "2:\n"
                     "ldrd r10, lr, [sp, #8]\n"
                     "cmp r10, #0\n"
                     "beq 4f\n"
                     "3:\n"
                     "ldr r5, [r0]\n"
                     "ldr r6, [r0, r4]\n"
                     "add r0, r0, r4, lsl #1\n"
                     "subs r10, r10, #1\n" FILLING_PUT "bne 3b\n"
                     "4:\n"
                     "cmp lr, #0\n"
                     "beq 5f\n"
                     "ldr r5, [r0]\n"
                     "mov r6, r9\n" FILLING_PUT "5:\n"
                     "ldr r10, [sp, #16]\n"
                     "cmp r10, #0\n"
                     "beq 7f\n"
                     "sxtb16 r5, r9\n"
                     "6:\n"
                     "str r5, [r1, r2]\n"
                     "str r5, [r1, r2, lsl #1]\n"
                     "str r5, [r1, r3]\n"
                     "str r5, [r1], #4\n"
                     "subs r10, r10, #1\n"
                     "bne 6b\n"
                     "7:\n"
                     "subs r11, r11, #1\n"
                     "bne 1b\n"
                     "add sp, sp, #20\n"
                     "pop {r4-r11, pc}\n");
}

typedef struct Planes {
    const ScDspDepthwise *layer;
    uint32_t *words;  /* of the first of four planes */
    size_t row_words; /* of a row of a plane */
    size_t n_words;   /* of a plane */
    int32_t n_rows;   /* of output at once */
    Filling filling;
    int8_t *results; /* a row of outputs of each plane */
} Planes;

/* How the words of a row come about; the same for all rows and channels. */
static Filling filling_of(const Planes *planes) {
    const ScDspDepthwise *layer = planes->layer;
    int32_t words = (int32_t)planes->row_words, left = layer->x.w;
    Filling f = {.plane_bytes = (int32_t)(planes->n_words * 4u),
                 .pixel_bytes = layer->x.c,
                 .zeros = (uint32_t)(uint8_t)layer->x_zero * 0x01010101u,
                 .row_bytes = layer->x.w * layer->x.c};
    f.n_first = layer->w.pad > 0 && left > 0;
    left -= f.n_first;
    f.n_pairs = sc_clamp_i32(left / 2, 0, words - f.n_first);
    left -= 2 * f.n_pairs;
    f.n_last = left > 0 && f.n_first + f.n_pairs < words;
    f.n_behind = words - f.n_first - f.n_pairs - f.n_last;
    return f;
}

static void rows_clear(const Planes *planes, int32_t row, int32_t n_rows) {
    uint32_t zero = (uint32_t)planes->layer->x_zero & 0xffffu;
    uint32_t *to = planes->words + (size_t)row * planes->row_words;
    for (uint32_t i = 0; n_rows > 0 && i < 4; i++, to += planes->n_words) {
        for (size_t k = 0; k < (size_t)n_rows * planes->row_words; k++) {
            to[k] = zero << 16 | zero;
        }
    }
}

/* The rows that n_rows of output from row y on need, of four channels. */
static void planes_fill(const Planes *planes, int32_t n, int32_t y, int32_t n_rows,
                        int32_t channel) {
    const ScDspDepthwise *layer = planes->layer;
    const ScImage *x = &layer->x;
    int32_t first = y * layer->h.stride - layer->h.pad;
    int32_t n_plane_rows = (n_rows - 1) * layer->h.stride + 3;
    int32_t above = sc_clamp_i32(-first, 0, n_plane_rows);
    int32_t below = sc_clamp_i32(first + n_plane_rows - x->h, 0, n_plane_rows - above);
    int32_t inside = n_plane_rows - above - below;
    if (inside > 0) {
        Filling f = planes->filling;
        size_t row = (size_t)n * (size_t)x->h + (size_t)(first + above);
        f.from = x->data + row * (size_t)f.row_bytes + (size_t)channel;
        f.to = planes->words + (size_t)above * planes->row_words;
        f.n_rows = inside;
        filling_run(&f);
    }
    if (channel == 0) { /* the other channels have the same above and below */
        rows_clear(planes, 0, above);
        rows_clear(planes, above + inside, below);
    }
}

/* ---- without planes ---------------------------------------------------------------- */

static inline uint32_t low_bytes(uint32_t word) { /* 0 and 2 */
    uint32_t result;
    __asm__("sxtb16 %0, %1" : "=r"(result) : "r"(word));
    return result;
}

static inline uint32_t high_bytes(uint32_t word) { /* 1 and 3 */
    uint32_t result;
    __asm__("sxtb16 %0, %1, ror #8" : "=r"(result) : "r"(word));
    return result;
}

/* sum + a0 w0 + b0 w1, w the pair of them. */
static inline int32_t add_two(int32_t sum, uint32_t pair, uint32_t w) {
    __asm__("smlad %0, %1, %2, %0" : "+r"(sum) : "r"(pair), "r"(w));
    return sum;
}

static inline int32_t add_low(int32_t sum, uint32_t pair, uint32_t w) {
    __asm__("smlabt %0, %1, %2, %0" : "+r"(sum) : "r"(pair), "r"(w));
    return sum;
}

static inline int32_t add_high(int32_t sum, uint32_t pair, uint32_t w) {
    __asm__("smlatt %0, %1, %2, %0" : "+r"(sum) : "r"(pair), "r"(w));
    return sum;
}

static inline int8_t round_of(int32_t sum, const int32_t *words, int32_t out_zero) {
    int32_t twice = (int32_t)((uint32_t)sum * 2u), sign = twice >> 31;
    __asm__("smmlar %0, %0, %1, %2" : "+r"(twice) : "r"(words[1]), "r"(sign));
    __asm__("smmlar %0, %0, %1, %2" : "+r"(twice) : "r"(words[2]), "r"(out_zero));
    __asm__("ssat %0, #8, %0" : "+r"(twice));
    return (int8_t)twice;
}

typedef struct Taps {
    const int8_t *at[9]; /* NULL outside of the image */
    uint32_t zeros;      /* what is read there, four bytes */
    bool all_inside;
} Taps;

static inline uint32_t tap_read(const Taps *taps, int32_t i, int32_t channel, bool inside) {
    uint32_t word = taps->zeros;
    if (inside || taps->at[i]) {
        memcpy(&word, taps->at[i] + channel, 4);
    }
    return word;
}

/* Four channels of one output. */
static inline void four_put(const ScDspDepthwise *layer, const Taps *taps, int32_t channel,
                            bool inside, int8_t *out) {
    enum { N = SC_DSP_DEPTHWISE_WORDS };
    const int32_t *words = layer->packed + (size_t)channel * N;
    int32_t s0 = words[0], s1 = words[N], s2 = words[2 * N], s3 = words[3 * N];
    for (int32_t row = 0; row < 3; row++) {
        uint32_t a = tap_read(taps, 3 * row, channel, inside), low, high;
        uint32_t b = tap_read(taps, 3 * row + 1, channel, inside);
        uint32_t c = tap_read(taps, 3 * row + 2, channel, inside);
        uint32_t c02 = low_bytes(c), c13 = high_bytes(c);
        const int32_t *w = words + 3 + row;
        __asm__("pkhbt %0, %1, %2, lsl #16" : "=r"(low) : "r"(a), "r"(b));
        __asm__("pkhtb %0, %2, %1, asr #16" : "=r"(high) : "r"(a), "r"(b));
        s0 = add_two(s0, low_bytes(low), low_bytes((uint32_t)w[0]));
        s0 = add_low(s0, c02, high_bytes((uint32_t)w[0]));
        s1 = add_two(s1, high_bytes(low), low_bytes((uint32_t)w[N]));
        s1 = add_low(s1, c13, high_bytes((uint32_t)w[N]));
        s2 = add_two(s2, low_bytes(high), low_bytes((uint32_t)w[2 * N]));
        s2 = add_high(s2, c02, high_bytes((uint32_t)w[2 * N]));
        s3 = add_two(s3, high_bytes(high), low_bytes((uint32_t)w[3 * N]));
        s3 = add_high(s3, c13, high_bytes((uint32_t)w[3 * N]));
    }
    out[0] = round_of(s0, words, layer->out_zero);
    out[1] = round_of(s1, words + N, layer->out_zero);
    out[2] = round_of(s2, words + 2 * N, layer->out_zero);
    out[3] = round_of(s3, words + 3 * N, layer->out_zero);
}

static void taps_find(const ScDspDepthwise *layer, int32_t n, int32_t y, int32_t x,
                      Taps *taps) {
    const ScImage *image = &layer->x;
    taps->all_inside = true;
    for (int32_t i = 0; i < 9; i++) {
        int32_t row = y * layer->h.stride - layer->h.pad + i / 3;
        int32_t col = x * layer->w.stride - layer->w.pad + i % 3;
        size_t pixel =
            ((size_t)n * (size_t)image->h + (size_t)row) * (size_t)image->w + (size_t)col;
        bool inside = row >= 0 && row < image->h && col >= 0 && col < image->w;
        taps->at[i] = inside ? image->data + pixel * (size_t)image->c : 0;
        taps->all_inside = taps->all_inside && inside;
    }
}

static void pixel_put(const ScDspDepthwise *layer, const Taps *taps, int8_t *out) {
    if (taps->all_inside) {
        for (int32_t channel = 0; channel < layer->out.c; channel += 4) {
            four_put(layer, taps, channel, true, out + channel);
        }
    } else {
        for (int32_t channel = 0; channel < layer->out.c; channel += 4) {
            four_put(layer, taps, channel, false, out + channel);
        }
    }
}

/* Where there is no scratch: every window is taken apart anew. */
static void direct_run(const ScDspDepthwise *layer) {
    const ScImage *out = &layer->out;
    Taps taps = {.zeros = (uint32_t)(uint8_t)layer->x_zero * 0x01010101u};
    int8_t *to = out->data;
    for (int32_t n = 0; n < out->n; n++) {
        for (int32_t y = 0; y < out->h; y++) {
            for (int32_t x = 0; x < out->w; x++, to += out->c) {
                taps_find(layer, n, y, x, &taps);
                pixel_put(layer, &taps, to);
            }
        }
    }
}

/* ---- the layer -------------------------------------------------------------------------
 */

static void plane_run(const ScDspDepthwise *layer, const Plane *plane) {
    bool positive = layer->min >= layer->out_zero;
    if (layer->w.stride == 1) {
        (positive ? plane_run_1_positive : plane_run_1)(plane);
    } else {
        (positive ? plane_run_2_positive : plane_run_2)(plane);
    }
}

/* An odd row's last pair writes one output too many. Over the next row's first one
 * that does no harm; the last row goes through a place of its own. */
static void channels_run(const Planes *planes, int32_t n, int32_t y, int32_t n_rows,
                         int32_t channel) {
    const ScDspDepthwise *layer = planes->layer;
    const ScImage *out = &layer->out;
    size_t row_words = planes->row_words, used = row_words - 1;
    size_t advance = row_words * (size_t)layer->h.stride;
    size_t pixel = ((size_t)n * (size_t)out->h + (size_t)y) * (size_t)out->w;
    bool odd = out->w % 2 != 0;
    Plane plane = {
        .out_zero = layer->out_zero,
        .step = out->c,
        .row_bytes = (int32_t)(advance * 4u),
        .skip = (int32_t)((advance - used) * 4u),
        .back = odd ? -out->c : 0,
        .row = planes->words,
        .plane_row_bytes = (int32_t)(row_words * 4u),
        .packed = layer->packed + (size_t)channel * SC_DSP_DEPTHWISE_WORDS,
        .out = out->data + pixel * (size_t)out->c + (size_t)channel,
        .n_rows = odd ? n_rows - 1 : n_rows,
        .used_bytes = (int32_t)(used * 4u),
        .plane_bytes = (int32_t)(planes->n_words * 4u),
        .out_next = 1,
        .channels = 4,
    };
    if (plane.n_rows > 0) {
        plane_run(layer, &plane);
    }
    if (odd) {
        int8_t *to = plane.out + (size_t)plane.n_rows * (size_t)out->w * (size_t)out->c;
        plane.row += (size_t)plane.n_rows * advance;
        plane.n_rows = 1;
        plane.step = 1;
        plane.out = planes->results;
        plane.out_next = out->w + 1;
        plane_run(layer, &plane);
        const int8_t *from = planes->results;
        for (int32_t x = 0; x < out->w; x++, to += out->c, from++) {
            for (int32_t i = 0; i < 4; i++) {
                to[i] = from[i * (out->w + 1)];
            }
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
    planes->filling = filling_of(planes);
    planes->results = (int8_t *)(planes->words + 4 * planes->n_words);
}

static void planes_run(const ScDspDepthwise *layer) {
    const ScImage *out = &layer->out;
    Planes planes;
    planes_open(layer, &planes);
    for (int32_t n = 0; n < out->n; n++) {
        for (int32_t y = 0; y < out->h; y += planes.n_rows) {
            int32_t left = out->h - y;
            int32_t n_rows = left < planes.n_rows ? left : planes.n_rows;
            for (int32_t channel = 0; channel < out->c; channel += 4) {
                planes_fill(&planes, n, y, n_rows, channel);
                channels_run(&planes, n, y, n_rows, channel);
            }
        }
    }
}

static void depthwise_run(const ScDspDepthwise *layer) {
    const ScImage *out = &layer->out;
    size_t n_bytes = (size_t)out->n * (size_t)out->h * (size_t)out->w * (size_t)out->c;
    if (layer->n_scratch <
        sc_dsp_depthwise_scratch(1, layer->h.stride, out->w, layer->w.stride)) {
        direct_run(layer);
    } else {
        planes_run(layer);
    }
    if (layer->min > -128 || layer->max < 127) {
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
