/* SPDX-License-Identifier: Apache-2.0 */
/* The sum of add_dsp.h on cores with the DSP extension: saturation is the clamp, and
 * the shift comes with it where it is the usual one. */
#include "backends/cortex_m/device/add_dsp.h"
#include "backends/cortex_m/device/cortex_m.h"
#include "backends/cortex_m/device/simd_dsp.h"

/* What the compiler prefers: the most digits that leave room for the sum. */
enum { USUAL_SHIFT = 22 };

static inline uint32_t sum_of(const ScDspAdd *add, size_t i) {
    return (uint32_t)add->a[i] * add->factor_a + add->offset +
           (uint32_t)add->b[i] * add->factor_b;
}

/* Four elements a turn: the operands' words, taken apart by SXTB. The output may
 * lie over an operand: it is written behind what was read. */
static void sum_usual(const ScDspAdd *add) {
    const int8_t *a = add->a, *b = add->b;
    int8_t *out = add->out, *end = out + (add->n & ~(size_t)3);
    uint32_t wa = 0, wb = 0, ta = 0, tb = 0;
    if (out == end) {
        return;
    }
    __asm__ volatile("1:\n\t"
                     "ldr %[wa], [%[a]], #4\n\t"
                     "ldr %[wb], [%[b]], #4\n\t"
                     "sxtb %[ta], %[wa]\n\t"
                     "sxtb %[tb], %[wb]\n\t"
                     "mla %[ta], %[ta], %[fa], %[offset]\n\t"
                     "mla %[ta], %[tb], %[fb], %[ta]\n\t"
                     "ssat %[ta], #8, %[ta], asr #22\n\t"
                     "strb %[ta], [%[out]], #4\n\t"
                     ".irp at, 8, 16, 24\n\t"
                     "sxtb %[ta], %[wa], ror #\\at\n\t"
                     "sxtb %[tb], %[wb], ror #\\at\n\t"
                     "mla %[ta], %[ta], %[fa], %[offset]\n\t"
                     "mla %[ta], %[tb], %[fb], %[ta]\n\t"
                     "ssat %[ta], #8, %[ta], asr #22\n\t"
                     "strb %[ta], [%[out], #(\\at / 8 - 4)]\n\t"
                     ".endr\n\t"
                     "cmp %[out], %[end]\n\t"
                     "bne 1b\n\t"
                     : [a] "+r"(a), [b] "+r"(b), [out] "+r"(out), [wa] "+r"(wa),
                       [wb] "+r"(wb), [ta] "+r"(ta), [tb] "+r"(tb)
                     : [fa] "r"(add->factor_a), [fb] "r"(add->factor_b),
                       [offset] "r"(add->offset), [end] "r"(end)
                     : "cc", "memory");
}

ScStatus sc_sconce_add_s8_dsp_out_i(ScCall *c) {
    ScDspAdd add;
    SC_TRY(sc_dsp_add_read(c, &add));
    size_t i = 0;
    if (add.shift == USUAL_SHIFT) {
        sum_usual(&add);
        i = add.n & ~(size_t)3;
    }
    for (; i < add.n; i++) {
        int32_t value = (int32_t)sum_of(&add, i) >> add.shift;
        __asm__("ssat %0, #8, %1" : "=r"(value) : "r"(value));
        add.out[i] = (int8_t)value;
    }
    if (add.min > -128 || add.max < 127) {
        sc_dsp_clamp(add.out, add.n, add.min, add.max);
    }
    return SC_OK;
}
