/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sc_mve_add() with Helium. The contract is in gemm_mve.h.
 *
 * 16 elements a step, widened to four vectors of a and four of b. VMLAS gives
 * a * fa + c at once (a vector of fa, a scalar c), VMLA adds b * fb. The shift by
 * 16 + n narrows twice: shifts that round, from which c has half a step taken off
 * beforehand, so that they truncate. floor(floor(s / 2^16) / 2^n) = floor(s / 2^(16+n)),
 * and clamping to int16 in between changes nothing that int8 keeps.
 * (The shifts that don't round would do without: gas 2.40 encodes them wrongly, as
 * those that do.)
 */
#include <arm_mve.h>

#include "backends/cortex_m/device/gemm_mve.h"

/* The assembly reads it by offset: 4 bytes a field, in this order. */
typedef struct Job {
    const int8_t *a, *b; /* 0, 4 */
    int8_t *out;         /* 8 */
    int32_t c, fb, fa;   /* 12, 16, 20 */
    uint32_t n_vectors;  /* 24 */
} Job;

// clang-format off
#define QUARTER(a, b, widen)                \
    widen " q2, " a "\n"                    \
    "vmlas.s32 q2, q7, r3\n"                \
    widen " q3, " b "\n"                    \
    "vmla.s32 q2, q3, r12\n"
/* r0 a, r1 b, r2 out, r3 c, r12 fb; q7 = fa. Even elements in q4, odd ones in q5. */
#define VECTORS(n)                           \
    "push {r4, lr}\n"                       \
    "vpush {d8-d15}\n"                      \
    "ldr r12, [r0, #16]\n"                  \
    "ldrd r4, lr, [r0, #20]\n"              \
    "vdup.32 q7, r4\n"                      \
    "ldm r0, {r0-r3}\n"                     \
    "dls lr, lr\n"                          \
    "1:\n"                                  \
    "vldrb.8 q0, [r0], #16\n"               \
    "vldrb.8 q1, [r1], #16\n"               \
    "vmovlb.s8 q5, q0\n"                    \
    "vmovlb.s8 q6, q1\n"                    \
    QUARTER("q5", "q6", "vmovlb.s16")       \
    "vqrshrnb.s32 q4, q2, #16\n"            \
    QUARTER("q5", "q6", "vmovlt.s16")       \
    "vqrshrnt.s32 q4, q2, #16\n"            \
    "vmovlt.s8 q0, q0\n"                    \
    "vmovlt.s8 q1, q1\n"                    \
    QUARTER("q0", "q1", "vmovlb.s16")       \
    "vqrshrnb.s32 q5, q2, #16\n"            \
    QUARTER("q0", "q1", "vmovlt.s16")       \
    "vqrshrnt.s32 q5, q2, #16\n"            \
    "vqrshrnb.s16 q4, q4, #" n "\n"           \
    "vqrshrnt.s16 q4, q5, #" n "\n"           \
    "vstrb.8 q4, [r2], #16\n"               \
    "le lr, 1b\n"                           \
    "vpop {d8-d15}\n"                       \
    "pop {r4, pc}\n"
// clang-format on

__attribute__((naked)) static void vectors_20(const Job *job __attribute__((unused))) {
    __asm__ volatile(VECTORS("4"));
}

__attribute__((naked)) static void vectors_21(const Job *job __attribute__((unused))) {
    __asm__ volatile(VECTORS("5"));
}

__attribute__((naked)) static void vectors_22(const Job *job __attribute__((unused))) {
    __asm__ volatile(VECTORS("6"));
}

void sc_mve_add(const ScMveAdd *add) {
    /* Half a step of each of the two shifts, in units of the sum. */
    uint32_t halves = (UINT32_C(1) << 15) + (UINT32_C(1) << (add->shift - 1));
    Job job = {.a = add->a,
               .b = add->b,
               .out = add->out,
               .c = (int32_t)((uint32_t)add->c - halves),
               .fb = add->fb,
               .fa = add->fa,
               .n_vectors = (uint32_t)(add->n / 16)};
    if (job.n_vectors > 0) {
        (add->shift == 20 ? vectors_20 : add->shift == 21 ? vectors_21 : vectors_22)(&job);
    }
    for (size_t i = add->n / 16 * 16; i < add->n; i++) {
        int32_t sum = (int32_t)((uint32_t)add->a[i] * (uint32_t)add->fa +
                                (uint32_t)add->b[i] * (uint32_t)add->fb + (uint32_t)add->c);
        sum >>= add->shift;
        add->out[i] = (int8_t)(sum < -128 ? -128 : sum > 127 ? 127 : sum);
    }
}
