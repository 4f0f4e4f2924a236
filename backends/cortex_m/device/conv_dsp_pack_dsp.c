/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The packed convolution of conv_dsp.h on cores with the DSP extension: a matrix
 * product of 4 pixels x 2 channels. Windows are expanded to int16 once for four
 * pixels; then every pair of k costs 13 instructions for 16 products, or 12.
 *
 * Requantization in four instructions, exact for |acc| < 2^30 and n >= 2:
 *     t = SMMLAR(2 acc, factor, sign)   the rounding high multiply, 1 less if acc < 0
 *     r = SMMLAR(t, 2^(32 - n), zero)   floor(t / 2^n + 1/2) + zero: halves away from
 *                                       zero, because of that 1
 * (the sign of acc stands for that of the product: where they differ r is 0).
 */
#include <string.h>

#include "backends/cortex_m/device/conv_dsp.h"
#include "backends/cortex_m/device/cortex_m.h"
#include "backends/cortex_m/device/simd_dsp.h"
#include "kernels/num.h"

/* ---- the matrix product -------------------------------------------------------------- */

typedef struct Product {
    const int16_t *acts, *acts_end; /* k4 / 2 times 4 pixels of {k, k + 2} */
    const int32_t *packed, *packed_end;
    int8_t *out;
    int32_t stride; /* bytes from pixel to pixel */
    int32_t out_zero;
    int32_t first; /* steps before the first end of the unrolled loop, 0..7 */
} Product;

/*
 * r0 activations, r1 packed, r2-r5 and r6-r9 sums of the even and the odd channel,
 * r10-r12 and lr data. Stack: the fields of Product, `first` replaced by where to
 * enter the unrolled loop. The loop consists of eight steps of STEP_BYTES.
 */
#define PRODUCT_OPEN(step_bytes) \
    ".syntax unified\n"          \
    "push {r4-r11, lr}\n"        \
    "ldm.w r0, {r1-r8}\n"        \
    "push {r1-r8}\n"             \
    "movs r4, #" step_bytes "\n" \
    "adr.w r5, 3f\n"             \
    "mls r5, r8, r4, r5\n"       \
    "orr r5, r5, #1\n"           \
    "str r5, [sp, #28]\n"        \
    "mov r1, r3\n"               \
    "1:\n"                       \
    "ldr r0, [sp, #0]\n"         \
    "ldrd r5, r9, [r1], #8\n"

/* Two k of four pixels, by the pairs of weights in r10 and r11. The first ones are
 * added to the starts, which lie where the last pixel's sums will. */
#define PRODUCT_FIRST          \
    "smlad r2, r10, r12, r5\n" \
    "smlad r6, r11, r12, r9\n" \
    "smlad r3, r10, lr, r5\n"  \
    "smlad r7, r11, lr, r9\n"  \
    "ldrd r12, lr, [r0], #8\n" \
    "smlad r4, r10, r12, r5\n" \
    "smlad r8, r11, r12, r9\n" \
    "smlad r5, r10, lr, r5\n"  \
    "smlad r9, r11, lr, r9\n"  \
    "ldr r12, [sp, #28]\n"     \
    "bx r12\n"                 \
    "2:\n"

#define PRODUCT_STEP           \
    "smlad r2, r10, r12, r2\n" \
    "smlad r6, r11, r12, r6\n" \
    "smlad r3, r10, lr, r3\n"  \
    "smlad r7, r11, lr, r7\n"  \
    "ldrd r12, lr, [r0], #8\n" \
    "smlad r4, r10, r12, r4\n" \
    "smlad r8, r11, r12, r8\n" \
    "smlad r5, r10, lr, r5\n"  \
    "smlad r9, r11, lr, r9\n"

#define PRODUCT_AGAIN     \
    "3:\n"                \
    "ldr r12, [sp, #4]\n" \
    "cmp r0, r12\n"       \
    "bne.w 2b\n"          \
    "ldr r12, [sp, #24]\n"

// clang-format off
/* The high multiply of 2 acc, for halves away from zero; or plainly. */
#define HIGH_AWAY                    \
    "asr lr, \\acc, #31\n"           \
    "smmlar \\acc, \\acc, r10, lr\n"
#define HIGH_UP                      \
    "smmulr \\acc, \\acc, r10\n"

/* Of four sums, given twice_acc, which makes 2 acc of each, and one of the above. */
#define PRODUCT_ROUND(a, b, c, d, twice_acc, high) \
    "ldrd r10, r11, [r1], #8\n"                    \
    ".irp acc, " #a ", " #b ", " #c ", " #d "\n"   \
    twice_acc                                      \
    high                                           \
    "smmlar \\acc, \\acc, r11, r12\n"              \
    "ssat \\acc, #8, \\acc\n"                      \
    ".endr\n"
// clang-format on

#define PRODUCT_STORE            \
    "ldrd r10, r11, [sp, #16]\n" \
    "strb r6, [r10, #1]\n"       \
    "strb r2, [r10], #2\n"       \
    "str r10, [sp, #16]\n"       \
    "add r10, r10, r11\n"        \
    "strb r3, [r10, #-2]\n"      \
    "strb r7, [r10, #-1]\n"      \
    "add r10, r10, r11\n"        \
    "strb r4, [r10, #-2]\n"      \
    "strb r8, [r10, #-1]\n"      \
    "add r10, r10, r11\n"        \
    "strb r5, [r10, #-2]\n"      \
    "strb r9, [r10, #-1]\n"      \
    "ldr r12, [sp, #12]\n"       \
    "cmp r1, r12\n"              \
    "bne.w 1b\n"                 \
    "add sp, sp, #32\n"          \
    "pop {r4-r11, pc}\n"

// clang-format off
/* Form 1: two SXTB16 take a word apart. */
__attribute__((naked, noinline)) static void
product_run_apart(SC_DSP_UNUSED const Product *product) {
    __asm__ volatile(
        PRODUCT_OPEN("52")
        "ldr.w r11, [r1], #4\n"
        "ldrd r12, lr, [r0], #8\n"
        "sxtb16 r10, r11\n"
        "sxtb16 r11, r11, ror #8\n"
        PRODUCT_FIRST
        ".rept 8\n"
        "ldr.w r11, [r1], #4\n"
        "ldrd r12, lr, [r0], #8\n"
        "sxtb16 r10, r11\n"
        "sxtb16 r11, r11, ror #8\n"
        PRODUCT_STEP
        ".endr\n"
        PRODUCT_AGAIN
        PRODUCT_ROUND(r2, r3, r4, r5, "lsl \\acc, \\acc, #1\n", HIGH_AWAY)
        PRODUCT_ROUND(r6, r7, r8, r9, "lsl \\acc, \\acc, #1\n", HIGH_AWAY)
        PRODUCT_STORE);
}

/* Form 2: a word's halves are 256 odd + even, so the odd sums come out as 256 odd +
 * even; less the even ones they are 256 odd, modulo 2^32. */
#define PRODUCT_JOINED(high)                                        \
    PRODUCT_OPEN("48")                                              \
    "add r9, r5, r9, lsl #8\n"                                      \
    "ldr.w r11, [r1], #4\n"                                         \
    "ldrd r12, lr, [r0], #8\n"                                      \
    "sxtb16 r10, r11\n"                                             \
    PRODUCT_FIRST                                                   \
    ".rept 8\n"                                                     \
    "ldr.w r11, [r1], #4\n"                                         \
    "ldrd r12, lr, [r0], #8\n"                                      \
    "sxtb16 r10, r11\n"                                             \
    PRODUCT_STEP                                                    \
    ".endr\n"                                                       \
    PRODUCT_AGAIN                                                   \
    "sub r6, r6, r2\n"                                              \
    "sub r7, r7, r3\n"                                              \
    "sub r8, r8, r4\n"                                              \
    "sub r9, r9, r5\n"                                              \
    PRODUCT_ROUND(r2, r3, r4, r5, "lsl \\acc, \\acc, #1\n", high)   \
    PRODUCT_ROUND(r6, r7, r8, r9, "asr \\acc, \\acc, #7\n", high)   \
    PRODUCT_STORE

__attribute__((naked, noinline)) static void
product_run_joined(SC_DSP_UNUSED const Product *product) {
    __asm__ volatile(PRODUCT_JOINED(HIGH_AWAY));
}

/* Where every negative result is clamped away (a ReLU) its halves don't matter. */
__attribute__((naked, noinline)) static void
product_run_positive(SC_DSP_UNUSED const Product *product) {
    __asm__ volatile(PRODUCT_JOINED(HIGH_UP));
}
// clang-format on

/* ---- windows of four pixels ---------------------------------------------------------- */

typedef struct Expansion {
    const int8_t *from[4];
    int16_t *to, *end;
} Expansion;

/* Bytes of four pixels to int16, interleaved: of every four k the pairs {0, 2}
 * of all pixels, then {1, 3}. */
__attribute__((naked, noinline)) static void
expansion_run(SC_DSP_UNUSED const Expansion *expansion) {
    __asm__ volatile(".syntax unified\n"
                     "push {r4-r11, lr}\n"
                     "ldm.w r0, {r0-r3, r12, lr}\n"
                     "1:\n"
                     "ldr r4, [r0], #4\n"
                     "ldr r5, [r1], #4\n"
                     "ldr r6, [r2], #4\n"
                     "ldr r7, [r3], #4\n"
                     "sxtb16 r8, r4, ror #8\n"
                     "sxtb16 r9, r5, ror #8\n"
                     "sxtb16 r10, r6, ror #8\n"
                     "sxtb16 r11, r7, ror #8\n"
                     "sxtb16 r4, r4\n"
                     "sxtb16 r5, r5\n"
                     "sxtb16 r6, r6\n"
                     "sxtb16 r7, r7\n"
                     "stm r12!, {r4-r11}\n"
                     "cmp r12, lr\n"
                     "bne 1b\n"
                     "pop {r4-r11, pc}\n");
}

typedef struct Window {
    const ScDspConv *conv;
    int16_t *acts;
    uint8_t *side;      /* records of bytes, or a pixel of x_zero */
    int8_t *results;    /* four pixels that aren't stored as they are */
    bool pixel_is_row;  /* 1 x 1: k is a pixel's channels */
    bool whole_columns; /* channels come in fours */
    int32_t n, y, x;    /* of the next pixel */
} Window;

typedef struct Corner {
    const int8_t *at; /* where the window starts; may lie outside of the image */
    int32_t row, col;
} Corner;

/* Modulo 2^32: windows may start outside of the image, before its first byte. */
static const int8_t *byte_at(const int8_t *base, uint32_t offset) {
    return (const int8_t *)((uintptr_t)base + offset);
}

static Corner corner_next(Window *window) {
    const ScDspConv *conv = window->conv;
    Corner corner;
    corner.row = window->y * conv->h.stride - conv->h.pad;
    corner.col = window->x * conv->w.stride - conv->w.pad;
    uint32_t row = (uint32_t)window->n * (uint32_t)conv->x.h + (uint32_t)corner.row;
    uint32_t pixel = row * (uint32_t)conv->x.w + (uint32_t)corner.col;
    corner.at = byte_at(conv->x.data, pixel * (uint32_t)conv->x.c);
    if (++window->x == conv->out.w) {
        window->x = 0;
        if (++window->y == conv->out.h) {
            window->y = 0;
            window->n++;
        }
    }
    return corner;
}

static bool row_is_inside(const ScDspConv *conv, const Corner *corner, int32_t row) {
    return row >= 0 && row < conv->x.h && corner->col >= 0 &&
           corner->col + conv->w.kernel <= conv->x.w && conv->w.dilation == 1;
}

/* Channels in fours: whole window rows where all four lie inside, else taps. */
static void expand_rows(Window *window, const Corner corners[4]) {
    const ScDspConv *conv = window->conv;
    Expansion e = {.to = window->acts};
    uint32_t channels = (uint32_t)conv->x.c, line = (uint32_t)conv->x.w * channels;
    for (int32_t kh = 0; kh < conv->h.kernel; kh++) {
        int32_t down = kh * conv->h.dilation;
        bool inside = true;
        for (uint32_t i = 0; i < 4; i++) {
            inside = inside && row_is_inside(conv, &corners[i], corners[i].row + down);
            e.from[i] = byte_at(corners[i].at, (uint32_t)down * line);
        }
        if (inside) {
            e.end = e.to + (size_t)(conv->w.kernel * conv->x.c) * 4u;
            expansion_run(&e);
            e.to = e.end;
            continue;
        }
        for (int32_t kw = 0; kw < conv->w.kernel; kw++) {
            int32_t right = kw * conv->w.dilation;
            for (uint32_t i = 0; i < 4; i++) {
                int32_t row = corners[i].row + down, col = corners[i].col + right;
                bool there = row >= 0 && row < conv->x.h && col >= 0 && col < conv->x.w;
                uint32_t offset = (uint32_t)down * line + (uint32_t)right * channels;
                e.from[i] =
                    there ? byte_at(corners[i].at, offset) : (const int8_t *)window->side;
            }
            e.end = e.to + (size_t)conv->x.c * 4u;
            expansion_run(&e);
            e.to = e.end;
        }
    }
}

/* Part of a kernel row: bytes left and right of the image, and inside of it. */
typedef struct Clip {
    int32_t n_left, n_inside, n_right;
} Clip;

static Clip clip_of(const ScDspConv *conv, const Corner *corner) {
    int32_t kernel = conv->w.kernel, channels = conv->x.c;
    int32_t left = sc_clamp_i32(-corner->col, 0, kernel);
    int32_t right = sc_clamp_i32(corner->col + kernel - conv->x.w, 0, kernel - left);
    return (Clip){left * channels, (kernel - left - right) * channels, right * channels};
}

/* One window as k4 bytes, row by row. Everything goes in words: up to 3 bytes behind
 * a part are written, which the next part overwrites, and (where the image goes on
 * for so long) read. */
static void record_fill(const ScDspConv *conv, const Corner *corner, int8_t *record) {
    uint32_t line = (uint32_t)conv->x.w * (uint32_t)conv->x.c;
    uint32_t next = (uint32_t)conv->h.dilation * line;
    uint32_t zeros = (uint32_t)(uint8_t)conv->x_zero * 0x01010101u;
    Clip clip = clip_of(conv, corner);
    int32_t n_row = clip.n_left + clip.n_inside + clip.n_right, row = corner->row;
    const int8_t *from = byte_at(corner->at, (uint32_t)clip.n_left);
    const int8_t *end =
        byte_at(conv->x.data, (uint32_t)conv->x.n * (uint32_t)conv->x.h * line);
    for (int32_t kh = 0; kh < conv->h.kernel; kh++, row += conv->h.dilation) {
        if (row >= 0 && row < conv->x.h) {
            sc_dsp_fill_words(record, zeros, clip.n_left);
            record += clip.n_left;
            if (end - from >= clip.n_inside + 3) {
                sc_dsp_copy_words(record, from, clip.n_inside);
            } else {
                memcpy(record, from, (size_t)clip.n_inside);
            }
            record += clip.n_inside;
            sc_dsp_fill_words(record, zeros, clip.n_right);
            record += clip.n_right;
        } else {
            sc_dsp_fill_words(record, zeros, n_row);
            record += n_row;
        }
        from = byte_at(from, next);
    }
}

/* The same where columns aren't neighbours. */
static void record_gather(const ScDspConv *conv, const Corner *corner, int8_t *record) {
    uint32_t channels = (uint32_t)conv->x.c, line = (uint32_t)conv->x.w * channels;
    for (int32_t kh = 0; kh < conv->h.kernel; kh++) {
        int32_t down = kh * conv->h.dilation, row = corner->row + down;
        for (int32_t kw = 0; kw < conv->w.kernel; kw++, record += channels) {
            int32_t right = kw * conv->w.dilation, col = corner->col + right;
            if (row >= 0 && row < conv->x.h && col >= 0 && col < conv->x.w) {
                uint32_t offset = (uint32_t)down * line + (uint32_t)right * channels;
                memcpy(record, byte_at(corner->at, offset), channels);
            } else {
                memset(record, conv->x_zero, channels);
            }
        }
    }
}

static void window_fill(Window *window, uint32_t n_pixels) {
    const ScDspConv *conv = window->conv;
    Corner corners[4];
    Expansion e = {.to = window->acts, .end = window->acts + (size_t)conv->k4 * 4u};
    for (uint32_t i = 0; i < 4; i++) {
        corners[i] = i < n_pixels ? corner_next(window) : corners[0];
    }
    if (window->whole_columns && !window->pixel_is_row) {
        expand_rows(window, corners);
        return;
    }
    for (uint32_t i = 0; i < 4; i++) {
        e.from[i] = corners[i].at;
        if (!window->pixel_is_row) {
            int8_t *record = (int8_t *)window->side + i * ((uint32_t)conv->k4 + 4u);
            if (conv->w.dilation == 1) {
                record_fill(conv, &corners[i], record);
            } else {
                record_gather(conv, &corners[i], record);
            }
            e.from[i] = record;
        }
    }
    expansion_run(&e);
}

/* ---- the layer ----------------------------------------------------------------------- */

static void window_open(const ScDspConv *conv, Window *window) {
    uint8_t *at = conv->scratch + (8u - ((uintptr_t)conv->scratch & 7u)) % 8u;
    *window = (Window){.conv = conv, .acts = (int16_t *)(void *)at};
    window->side = at + (size_t)conv->k4 * 8u;
    ScDspShape shape = sc_dsp_shape_of(conv);
    window->results = (int8_t *)window->side + sc_dsp_side_bytes(&shape);
    window->whole_columns = conv->x.c % 4 == 0;
    window->pixel_is_row = sc_dsp_is_pointwise(&shape);
    if (window->whole_columns && !window->pixel_is_row) {
        memset(window->side, conv->x_zero, (size_t)conv->x.c);
    }
}

static void results_copy(const ScDspConv *conv, const int8_t *from, size_t stride,
                         int8_t *to, uint32_t n_pixels) {
    for (uint32_t i = 0; i < n_pixels; i++) {
        memcpy(to + i * (size_t)conv->out.c, from + i * stride, (size_t)conv->out.c);
    }
}

static void conv_run(const ScDspConv *conv) {
    Window window;
    window_open(conv, &window);
    uint32_t pairs = ((uint32_t)conv->out.c + 1u) / 2u;
    uint32_t n = (uint32_t)(conv->out.n * conv->out.h * conv->out.w);
    Product p = {.acts = window.acts,
                 .acts_end = window.acts + (size_t)conv->k4 * 4u,
                 .packed = conv->packed,
                 .packed_end = conv->packed + pairs * sc_dsp_conv_words(conv->k4),
                 .out_zero = conv->out_zero,
                 .first = (conv->k4 / 2 - 1) % 8};
    int8_t *to = conv->out.data;
    for (uint32_t i = 0; i < n; i += 4) {
        uint32_t n_pixels = n - i < 4 ? n - i : 4;
        bool direct = n_pixels == 4 && conv->out.c % 2 == 0;
        p.out = direct ? to : window.results;
        p.stride = (int32_t)pairs * 2;
        window_fill(&window, n_pixels);
        if (conv->form != SC_DSP_JOINED) {
            product_run_apart(&p);
        } else if (conv->min >= conv->out_zero) {
            product_run_positive(&p);
        } else {
            product_run_joined(&p);
        }
        if (!direct) {
            results_copy(conv, window.results, pairs * 2u, to, n_pixels);
        }
        size_t n_bytes = n_pixels * (size_t)conv->out.c;
        if (conv->min > -128 || conv->max < 127) {
            sc_dsp_clamp(to, n_bytes, conv->min, conv->max);
        }
        to += n_bytes;
    }
}

ScStatus sc_sconce_conv2d_s8_dsp_out_i(ScCall *c) {
    ScDspConv conv;
    SC_TRY(sc_dsp_conv_read(c, &conv));
    if (conv.form != SC_DSP_SHIFTS) {
        conv_run(&conv);
    } else {
        sc_dsp_conv_plain(&conv);
    }
    return SC_OK;
}
