/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sc_mve_depthwise() with Helium. The contract is in gemm_mve.h.
 *
 * 16 channels a step. VMULLB and VMULLT give 16-bit products of the even and the odd
 * channels; the products of two taps are added in 16 bits, which can't overflow
 * (2 * 128 * 127), then widened and added in 32. Four sums of four channels live in
 * q0-q3, so a pair of taps has four registers left and loads its second input twice.
 *
 *   r0-r8 taps   r9 table   r10 output   r11 = 1   r12 zero point   lr blocks left
 *
 * Assembly, because gcc 12 needs twice the instructions for the same in intrinsics.
 */
#include <arm_mve.h>

#include "backends/cortex_m/device/gemm_mve.h"

// clang-format off
#define LOAD(q, base) "vldrb.8 " q ", [" base "], #16\n"

/* 16-bit sums of the products of taps a and b: even channels q6, odd q4. */
#define PRODUCTS(a, b)                        \
    LOAD("q4", a) LOAD("q5", "r9")            \
    "vmullb.s8 q6, q4, q5\n"                  \
    "vmullt.s8 q4, q4, q5\n"                  \
    "vldrb.8 q5, [" b "]\n"                   \
    LOAD("q7", "r9")                          \
    "vmullb.s8 q5, q5, q7\n"                  \
    "vadd.i16 q6, q6, q5\n"                   \
    LOAD("q5", b)                             \
    "vmullt.s8 q5, q5, q7\n"                  \
    "vadd.i16 q4, q4, q5\n"
#define SUMS                                  \
    "vmovlb.s16 q5, q6\n"                     \
    "vmovlt.s16 q6, q6\n"                     \
    "vadd.i32 q0, q0, q5\n"                   \
    "vadd.i32 q1, q1, q6\n"                   \
    "vmovlb.s16 q5, q4\n"                     \
    "vmovlt.s16 q4, q4\n"                     \
    "vadd.i32 q2, q2, q5\n"                   \
    "vadd.i32 q3, q3, q4\n"
#define EACH4(op, a, b, c, d)                 \
    op " q0, q0, " a "\n"                     \
    op " q1, q1, " b "\n"                     \
    op " q2, q2, " c "\n"                     \
    op " q3, q3, " d "\n"
#define WORDS                                 \
    LOAD("q4", "r9") LOAD("q5", "r9")         \
    LOAD("q6", "r9") LOAD("q7", "r9")

/* [sp]: the run; offsets as in ScMveDepthwise. */
#define BEGIN                                 \
    "push {r0, r4-r11, lr}\n"                 \
    "vpush {d8-d15}\n"                        \
    "sub sp, #8\n"                            \
    "mov r12, r0\n"                           \
    "ldr lr, [r12, #44]\n"                    \
    "strd lr, r12, [sp]\n"                    \
    "ldr r10, [r12, #40]\n"                   \
    "mov r11, #1\n"                           \
    "ldr lr, [r12, #52]\n"                    \
    "ldm r12, {r0-r8}\n"                      \
    "mov r12, lr\n"                           \
    "1:\n"                                    \
    "ldr lr, [sp, #4]\n"                      \
    "ldr r9, [lr, #36]\n"                     \
    "ldr lr, [lr, #48]\n"                     \
    "dls lr, lr\n"                            \
    "2:\n"                                    \
    /* The first pair finds q0-q3 empty. */   \
    LOAD("q0", "r0") LOAD("q5", "r9")         \
    LOAD("q1", "r1") LOAD("q7", "r9")         \
    "vmullb.s8 q6, q0, q5\n"                  \
    "vmullb.s8 q4, q1, q7\n"                  \
    "vadd.i16 q6, q6, q4\n"                   \
    "vmullt.s8 q4, q0, q5\n"                  \
    "vmullt.s8 q5, q1, q7\n"                  \
    "vadd.i16 q4, q4, q5\n"                   \
    "vmovlb.s16 q0, q6\n"                     \
    "vmovlt.s16 q1, q6\n"                     \
    "vmovlb.s16 q2, q4\n"                     \
    "vmovlt.s16 q3, q4\n"                     \
    PRODUCTS("r2", "r3") SUMS                 \
    PRODUCTS("r4", "r5") SUMS                 \
    PRODUCTS("r6", "r7") SUMS                 \
    LOAD("q4", "r8") LOAD("q5", "r9")         \
    "vmullb.s8 q6, q4, q5\n"                  \
    "vmullt.s8 q4, q4, q5\n"                  \
    SUMS                                      \
    WORDS EACH4("vadd.i32", "q4", "q5", "q6", "q7") \
    WORDS EACH4("vqrdmulh.s32", "q4", "q5", "q6", "q7") \
    WORDS
/* Even channels in q0, odd in q2; the narrowing writes low and high halves. */
#define END                                   \
    EACH4("vrshl.s32", "q4", "q5", "q6", "q7") \
    "vqmovnb.s32 q0, q0\n"                    \
    "vqmovnt.s32 q0, q1\n"                    \
    "vqmovnb.s32 q2, q2\n"                    \
    "vqmovnt.s32 q2, q3\n"                    \
    "vqadd.s16 q0, q0, r12\n"                 \
    "vqadd.s16 q2, q2, r12\n"                 \
    "vqmovnb.s16 q0, q0\n"                    \
    "vqmovnt.s16 q0, q2\n"                    \
    "vstrb.8 q0, [r10], #16\n"                \
    "le lr, 2b\n"                             \
    "ldrd lr, r9, [sp]\n"                     \
    "subs lr, #1\n"                           \
    "beq 3f\n"                                \
    "str lr, [sp]\n"                          \
    "ldr lr, [r9, #96]\n"                     \
    "cmp lr, #0\n"                            \
    "beq.w 1b\n"                              \
    "ldr lr, [r9, #56]\n"                     \
    "add r0, lr\n"                            \
    "ldr lr, [r9, #60]\n"                     \
    "add r1, lr\n"                            \
    "ldr lr, [r9, #64]\n"                     \
    "add r2, lr\n"                            \
    "ldr lr, [r9, #68]\n"                     \
    "add r3, lr\n"                            \
    "ldr lr, [r9, #72]\n"                     \
    "add r4, lr\n"                            \
    "ldr lr, [r9, #76]\n"                     \
    "add r5, lr\n"                            \
    "ldr lr, [r9, #80]\n"                     \
    "add r6, lr\n"                            \
    "ldr lr, [r9, #84]\n"                     \
    "add r7, lr\n"                            \
    "ldr lr, [r9, #88]\n"                     \
    "add r8, lr\n"                            \
    "ldr lr, [r9, #92]\n"                     \
    "add r10, lr\n"                           \
    "b.w 1b\n"                                \
    "3:\n"                                    \
    "add sp, #8\n"                            \
    "vpop {d8-d15}\n"                         \
    "pop {r0, r4-r11, pc}\n"

// clang-format on

__attribute__((naked)) static void run_relu(const ScMveDepthwise *run
                                            __attribute__((unused))) {
    __asm__ volatile(BEGIN END);
}

__attribute__((naked)) static void run_full(const ScMveDepthwise *run
                                            __attribute__((unused))) {
    __asm__ volatile(BEGIN "vqdmlah.s32 q0, q0, r11\n"
                           "vqdmlah.s32 q1, q1, r11\n"
                           "vqdmlah.s32 q2, q2, r11\n"
                           "vqdmlah.s32 q3, q3, r11\n" END);
}

void sc_mve_depthwise(const ScMveDepthwise *run) {
    (run->form == SC_MVE_RELU ? run_relu : run_full)(run);
}
