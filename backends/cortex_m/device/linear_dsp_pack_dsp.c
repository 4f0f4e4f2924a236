/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The packed linear layer of linear_dsp.h on cores with the DSP extension: one row
 * by eight channels, 19 instructions for 16 products. Requantization is that of
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
 * Product, `first` replaced by where to enter the unrolled loop (a step: 76 bytes).
 */
__attribute__((naked, noinline)) static void
product_run(SC_DSP_UNUSED const Product *product) {
    __asm__ volatile(".syntax unified\n"
                     "push {r4-r11, lr}\n"
                     "ldm.w r0, {r2-r8}\n"
                     "mov r1, r8\n"
                     "movs r4, #76\n"
                     "adr.w r8, 3f\n"
                     "mls r7, r7, r4, r8\n"
                     "orr r7, r7, #1\n"
                     "ldr r4, [r0, #8]\n"
                     "push {r2-r7}\n"
                     "1:\n"
                     "ldr r12, [sp, #20]\n"
                     "ldr r0, [sp, #0]\n"
                     "ldm r1!, {r2-r9}\n"
                     "bx r12\n"
                     "2:\n"
                     ".rept 8\n"
                     "ldr.w r12, [r0], #4\n"
                     "ldrd r10, r11, [r1], #8\n"
                     "sxtb16 lr, r10\n"
                     "sxtb16 r10, r10, ror #8\n"
                     "smlad r2, lr, r12, r2\n"
                     "smlad r3, r10, r12, r3\n"
                     "sxtb16 lr, r11\n"
                     "sxtb16 r11, r11, ror #8\n"
                     "smlad r4, lr, r12, r4\n"
                     "smlad r5, r11, r12, r5\n"
                     "ldrd r10, r11, [r1], #8\n"
                     "sxtb16 lr, r10\n"
                     "sxtb16 r10, r10, ror #8\n"
                     "smlad r6, lr, r12, r6\n"
                     "smlad r7, r10, r12, r7\n"
                     "sxtb16 lr, r11\n"
                     "sxtb16 r11, r11, ror #8\n"
                     "smlad r8, lr, r12, r8\n"
                     "smlad r9, r11, r12, r9\n"
                     ".endr\n"
                     "3:\n"
                     "ldr r12, [sp, #4]\n"
                     "cmp r0, r12\n"
                     "bne.w 2b\n"
                     "ldrd r0, r12, [sp, #12]\n"
                     ".irp acc, r2, r3, r4, r5, r6, r7, r8, r9\n"
                     "ldrd r10, r11, [r1], #8\n"
                     "lsl \\acc, \\acc, #1\n"
                     "asr lr, \\acc, #31\n"
                     "smmlar \\acc, \\acc, r10, lr\n"
                     "smmlar \\acc, \\acc, r11, r12\n"
                     "ssat \\acc, #8, \\acc\n"
                     "strb.w \\acc, [r0], #1\n"
                     ".endr\n"
                     "ldr r12, [sp, #8]\n"
                     "str r0, [sp, #12]\n"
                     "cmp r1, r12\n"
                     "bne.w 1b\n"
                     "add sp, sp, #24\n"
                     "pop {r4-r11, pc}\n");
}

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
        product_run(&p);
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
    if (layer.powers) {
        linear_run(&layer);
    } else {
        sc_dsp_linear_plain(&layer);
    }
    return SC_OK;
}
