/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The packed linear layer of linear_dsp.h on cores with the DSP extension: one row
 * by eight channels, 19 instructions for 16 products, or 15. Requantization is that of
 * conv_dsp_pack_dsp.c.
 */
#include <string.h>

#include "backends/cortex_m/device/cortex_m.h"
#include "backends/cortex_m/device/linear_dsp.h"
#include "backends/cortex_m/device/simd_dsp.h"

typedef struct Product {
    const uint32_t *acts, *acts_end; /* k4 / 2 words {k, k + 2} */
    const int32_t *packed_end;
    int8_t *out;
    int32_t out_zero;
    int32_t first; /* steps before the first end of the unrolled loop, 1..8 */
    const int32_t *packed;
} Product;

/*
 * r0 activations, r1 packed, r2-r9 sums, r10-r12 and lr data. Stack: the fields of
 * Product, `first` replaced by where to enter the unrolled loop. The loop consists of
 * eight steps of STEP_BYTES.
 */
#define PRODUCT_OPEN(step_bytes) \
    ".syntax unified\n"          \
    "push {r4-r11, lr}\n"        \
    "ldm.w r0, {r2-r8}\n"        \
    "mov r1, r8\n"               \
    "movs r4, #" step_bytes "\n" \
    "adr.w r8, 3f\n"             \
    "mls r7, r7, r4, r8\n"       \
    "orr r7, r7, #1\n"           \
    "ldr r4, [r0, #8]\n"         \
    "push {r2-r7}\n"             \
    "1:\n"                       \
    "ldm r1!, {r2-r9}\n"

#define PRODUCT_ENTER      \
    "ldr r12, [sp, #20]\n" \
    "ldr r0, [sp, #0]\n"   \
    "bx r12\n"             \
    "2:\n"

#define PRODUCT_AGAIN     \
    "3:\n"                \
    "ldr r12, [sp, #4]\n" \
    "cmp r0, r12\n"       \
    "bne.w 2b\n"          \
    "ldrd r0, r12, [sp, #12]\n"

/* One sum, given twice_acc, which makes 2 acc of it. */
#define PRODUCT_ROUND(acc, twice_acc)                               \
    "ldrd r10, r11, [r1], #8\n" twice_acc "asr lr, " #acc ", #31\n" \
    "smmlar " #acc ", " #acc ", r10, lr\n"                          \
    "smmlar " #acc ", " #acc ", r11, r12\n"                         \
    "ssat " #acc ", #8, " #acc "\n"                                 \
    "strb " #acc ", [r0], #1\n"

/* An even and an odd channel. */
#define PRODUCT_ROUND_APART(even, odd)                    \
    PRODUCT_ROUND(even, "lsl " #even ", " #even ", #1\n") \
    PRODUCT_ROUND(odd, "lsl " #odd ", " #odd ", #1\n")
#define PRODUCT_ROUND_JOINED(even, odd)                        \
    "sub " #odd ", " #odd ", " #even                           \
    "\n" PRODUCT_ROUND(even, "lsl " #even ", " #even ", #1\n") \
        PRODUCT_ROUND(odd, "asr " #odd ", " #odd ", #7\n")

#define PRODUCT_CLOSE     \
    "ldr r12, [sp, #8]\n" \
    "str r0, [sp, #12]\n" \
    "cmp r1, r12\n"       \
    "bne.w 1b\n"          \
    "add sp, sp, #24\n"   \
    "pop {r4-r11, pc}\n"

/* Two k of two channels: word is lost where it is taken apart. */
#define PRODUCT_APART(word, even, odd)      \
    "sxtb16 lr, " #word "\n"                \
    "sxtb16 " #word ", " #word ", ror #8\n" \
    "smlad " #even ", lr, r12, " #even "\n" \
    "smlad " #odd ", " #word ", r12, " #odd "\n"
#define PRODUCT_JOINED(word, even, odd)     \
    "sxtb16 lr, " #word "\n"                \
    "smlad " #even ", lr, r12, " #even "\n" \
    "smlad " #odd ", " #word ", r12, " #odd "\n"

// clang-format off
/* Form 1. */
__attribute__((naked, noinline)) static void
product_run_apart(SC_DSP_UNUSED const Product *product) {
    __asm__ volatile(
        PRODUCT_OPEN("76")
        PRODUCT_ENTER
        ".rept 8\n"
        "ldr.w r12, [r0], #4\n"
        "ldrd r10, r11, [r1], #8\n"
        PRODUCT_APART(r10, r2, r3)
        PRODUCT_APART(r11, r4, r5)
        "ldrd r10, r11, [r1], #8\n"
        PRODUCT_APART(r10, r6, r7)
        PRODUCT_APART(r11, r8, r9)
        ".endr\n"
        PRODUCT_AGAIN
        PRODUCT_ROUND_APART(r2, r3)
        PRODUCT_ROUND_APART(r4, r5)
        PRODUCT_ROUND_APART(r6, r7)
        PRODUCT_ROUND_APART(r8, r9)
        PRODUCT_CLOSE);
}

/* Form 2. */
__attribute__((naked, noinline)) static void
product_run_joined(SC_DSP_UNUSED const Product *product) {
    __asm__ volatile(
        PRODUCT_OPEN("60")
        "add r3, r2, r3, lsl #8\n"
        "add r5, r4, r5, lsl #8\n"
        "add r7, r6, r7, lsl #8\n"
        "add r9, r8, r9, lsl #8\n"
        PRODUCT_ENTER
        ".rept 8\n"
        "ldr.w r12, [r0], #4\n"
        "ldrd r10, r11, [r1], #8\n"
        PRODUCT_JOINED(r10, r2, r3)
        PRODUCT_JOINED(r11, r4, r5)
        "ldrd r10, r11, [r1], #8\n"
        PRODUCT_JOINED(r10, r6, r7)
        PRODUCT_JOINED(r11, r8, r9)
        ".endr\n"
        PRODUCT_AGAIN
        PRODUCT_ROUND_JOINED(r2, r3)
        PRODUCT_ROUND_JOINED(r4, r5)
        PRODUCT_ROUND_JOINED(r6, r7)
        PRODUCT_ROUND_JOINED(r8, r9)
        PRODUCT_CLOSE);
}
// clang-format on

/* Of every four k the words {0, 2}, {1, 3}; what is behind k counts as 0. */
static void row_expand(const int8_t *x, size_t k, uint32_t *to) {
    for (; k >= 4; k -= 4, x += 4, to += 2) {
        uint32_t bytes;
        memcpy(&bytes, x, 4);
        __asm__("sxtb16 %0, %1" : "=r"(to[0]) : "r"(bytes));
        __asm__("sxtb16 %0, %1, ror #8" : "=r"(to[1]) : "r"(bytes));
    }
    if (k > 0) {
        to[0] = (uint16_t)x[0] | (uint32_t)(k > 2 ? (uint16_t)x[2] : 0) << 16;
        to[1] = k > 1 ? (uint16_t)x[1] : 0;
    }
}

static void linear_run(const ScDspLinear *layer) {
    uint8_t *at = layer->scratch + (4u - ((uintptr_t)layer->scratch & 3u)) % 4u;
    uint32_t *acts = (uint32_t *)(void *)at;
    int8_t *results = (int8_t *)(acts + layer->k4 / 2);
    bool direct = layer->n % 8 == 0;
    size_t groups = (layer->n + 7) / 8;
    Product p = {.acts = acts,
                 .acts_end = acts + layer->k4 / 2,
                 .packed = layer->packed,
                 .packed_end = layer->packed + groups * sc_dsp_linear_words(layer->k4),
                 .out_zero = layer->out_zero,
                 .first = (int32_t)((layer->k4 / 2 - 1) % 8 + 1)};
    for (size_t row = 0; row < layer->n_rows; row++) {
        int8_t *out = layer->out + row * layer->n;
        row_expand(layer->x + row * layer->k, layer->k, acts);
        p.out = direct ? out : results;
        if (layer->form == SC_DSP_JOINED) {
            product_run_joined(&p);
        } else {
            product_run_apart(&p);
        }
        if (!direct) {
            memcpy(out, results, layer->n);
        }
    }
    if (layer->min > -128 || layer->max < 127) {
        sc_dsp_clamp(layer->out, layer->n_rows * layer->n, layer->min, layer->max);
    }
}

ScStatus sc_sconce_linear_s8_dsp_out_i(ScCall *c) {
    ScDspLinear layer;
    SC_TRY(sc_dsp_linear_read(c, &layer));
    if (layer.form != SC_DSP_SHIFTS) {
        linear_run(&layer);
    } else {
        sc_dsp_linear_plain(&layer);
    }
    return SC_OK;
}
