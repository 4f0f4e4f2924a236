/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sc_mve_gemm() with Helium. The contract is in gemm_mve.h.
 *
 * VMLADAVA sums 16 products into an even core register, so eight sums (two pixels,
 * four channels) live in r0 r2 .. r12 lr and pointers in the odd ones. That is why
 * this is assembly: a compiler neither keeps eight sums in those registers nor
 * increments addresses inside the loads, which costs two thirds more instructions.
 *
 *   r1 r3 records of the two pixels   r9 table   r5 r7 outputs   r11 scratch
 *
 * Four functions: one chunk (weights stay in q0-q3, pixels stream), two chunks
 * (pixels stay in q4-q7, weights stream), many chunks (both stream), and many chunks
 * of a single pixel. The first two have no GENERAL form.
 *
 * Requantization of q0 (pixel 0) and q1 (pixel 1), multipliers and shifts in
 * vectors: VQRDMULH is the rounding high product. The rounding shift goes halves
 * up; it goes away from zero once negative values are one less, and
 * VQDMLAH y, y, 1 is y + (2 * y >> 32) = y + (y < 0 ? -1 : 0). A shift by 0 must not
 * get that (GENERAL masks by the sign of the shift). VQMOVN then clamps to the
 * int16 and int8 ranges.
 */
#include <arm_mve.h>

#include "backends/cortex_m/device/gemm_mve.h"

/* The assembly reads it by offset: 4 bytes a field, in this order. */
typedef struct Job {
    const int8_t *x0, *x1; /* 0, 4 */
    const int8_t *table;   /* 8 */
    int8_t *out0, *out1;   /* 12, 16 */
    int32_t n_pairs;       /* 20 */
    int32_t x_step;        /* 24: from a pair to the next */
    int32_t out_step;      /* 28: the same */
    int32_t n_groups;      /* 32 */
    int32_t span;          /* 36: bytes of a record */
    int32_t entry;         /* 40: bytes of unrolled code to skip */
    int32_t zero;          /* 44 */
    int32_t min, max;      /* 48, 52 */
} Job;

/* Steps of 16 weights unrolled, and bytes of code of one. */
enum { UNROLLED = 12, PAIR_STEP = 56, SINGLE_STEP = 36 };

// clang-format off
#define ENTER                 \
    "push {r4-r11, lr}\n"     \
    "vpush {d8-d15}\n"        \
    "sub sp, #32\n"
#define LEAVE                 \
    "add sp, #32\n"           \
    "vpop {d8-d15}\n"         \
    "pop {r4-r11, pc}\n"

/* One weight vector against both pixels: into sums a (pixel 0) and b (pixel 1). */
#define MAC2(w, x0, x1, a, b)               \
    "vmladava.s8 " a ", " x0 ", " w "\n"    \
    "vmladava.s8 " b ", " x1 ", " w "\n"
#define LOAD(q, base) "vldrb.8 " q ", [" base "], #16\n"

/* 32-bit encodings throughout: PAIR_STEP bytes. */
#define STEP_PAIR                          \
    LOAD("q0", "r1") LOAD("q1", "r3")      \
    LOAD("q2", "r9") LOAD("q3", "r9")      \
    MAC2("q2", "q0", "q1", "r0", "r8")     \
    LOAD("q2", "r9")                       \
    MAC2("q3", "q0", "q1", "r2", "r10")    \
    LOAD("q3", "r9")                       \
    MAC2("q2", "q0", "q1", "r4", "r12")    \
    MAC2("q3", "q0", "q1", "r6", "lr")

#define BIAS_PAIR                          \
    "ldm r9, {r0, r2, r4, r6}\n"           \
    "ldm r9!, {r8, r10, r12, lr}\n"
#define SUMS_TO(p, q)                      \
    "vmov " p "[2], " p "[0], r0, r4\n"    \
    "vmov " p "[3], " p "[1], r2, r6\n"    \
    "vmov " q "[2], " q "[0], r8, r12\n"   \
    "vmov " q "[3], " q "[1], r10, lr\n"

#define SCALE2(p, q, m)                    \
    "vqrdmulh.s32 " p ", " p ", " m "\n"   \
    "vqrdmulh.s32 " q ", " q ", " m "\n"
#define AWAY2(p, q, one)                   \
    "vqdmlah.s32 " p ", " p ", " one "\n"  \
    "vqdmlah.s32 " q ", " q ", " one "\n"
/* Only where the shift (q3) isn't 0; q2 is free. */
#define AWAY2_GENERAL                      \
    "vand q2, q0, q3\n"                    \
    "vshr.s32 q2, q2, #31\n"               \
    "vqadd.s32 q0, q0, q2\n"               \
    "vand q2, q1, q3\n"                    \
    "vshr.s32 q2, q2, #31\n"               \
    "vqadd.s32 q1, q1, q2\n"
/* To int16 with pixel 0 in the low halves, plus the zero point. */
#define NARROW2(p, q, shift, zero)         \
    "vrshl.s32 " p ", " p ", " shift "\n"  \
    "vrshl.s32 " q ", " q ", " shift "\n"  \
    "vqmovnb.s32 " p ", " p "\n"           \
    "vqmovnt.s32 " p ", " q "\n"           \
    "vqadd.s16 " p ", " p ", " zero "\n"   \
    "vqmovnb.s16 " p ", " p "\n"

/* ---- many chunks ------------------------------------------------------------- */

/* [sp]: 0 where to enter the unrolled steps, 4 span, 8 bytes of a pixel's output,
 * 12 end of r5's output, 16 x_step, 20 out_step. d14 = records, s30 = table,
 * s31 = pairs left, q6 = zero point, q5 q4 = limits. */
#define PAIRS_BEGIN                        \
    ENTER                                  \
    "ldrd r1, r3, [r0]\n"                  \
    "vmov d14, r1, r3\n"                   \
    "ldr r9, [r0, #8]\n"                   \
    "vmov s30, r9\n"                       \
    "ldr r5, [r0, #12]\n"                  \
    "ldr r7, [r0, #16]\n"                  \
    "ldr r2, [r0, #20]\n"                  \
    "vmov s31, r2\n"                       \
    "ldrd r2, r4, [r0, #24]\n"             \
    "strd r2, r4, [sp, #16]\n"             \
    "ldrd r2, r4, [r0, #32]\n"             \
    "lsl r2, r2, #2\n"                     \
    "strd r4, r2, [sp, #4]\n"              \
    "ldr r2, [r0, #40]\n"                  \
    "adr.w r4, 3f\n"                       \
    "add r2, r4\n"                         \
    "orr r2, #1\n"                         \
    "str r2, [sp]\n"                       \
    "ldr r2, [r0, #44]\n"                  \
    "vdup.16 q6, r2\n"                     \
    "ldrd r2, r4, [r0, #48]\n"             \
    "vdup.8 q5, r2\n"                      \
    "vdup.8 q4, r4\n"                      \
    "1:\n"                                 \
    "vmov r9, s30\n"                       \
    "vmov r1, r3, d14\n"                   \
    "ldrd r2, r4, [sp, #4]\n"              \
    "add r11, r1, r2\n"                    \
    "add r4, r5\n"                         \
    "str r4, [sp, #12]\n"                  \
    "2:\n"                                 \
    "vmov r1, r3, d14\n"                   \
    BIAS_PAIR                              \
    "ldr.w pc, [sp]\n"                     \
    ".balign 4\n"                          \
    "3:\n"                                 \
    ".rept 12\n"                           \
    STEP_PAIR                              \
    ".endr\n"                              \
    "cmp r1, r11\n"                        \
    "bne.w 3b\n"                           \
    SUMS_TO("q0", "q1")                    \
    LOAD("q2", "r9") LOAD("q3", "r9")      \
    SCALE2("q0", "q1", "q2")
#define PAIRS_END                          \
    "vstrb.32 q0, [r5], #4\n"              \
    "vrev32.16 q0, q0\n"                   \
    "vstrb.32 q0, [r7], #4\n"              \
    "ldr r0, [sp, #12]\n"                  \
    "cmp r5, r0\n"                         \
    "bne.w 2b\n"                           \
    "vmov r1, r3, d14\n"                   \
    "ldrd r0, r2, [sp, #16]\n"             \
    "add r1, r0\n"                         \
    "add r3, r0\n"                         \
    "vmov d14, r1, r3\n"                   \
    "add r5, r2\n"                         \
    "add r7, r2\n"                         \
    "vmov r0, s31\n"                       \
    "subs r0, #1\n"                        \
    "vmov s31, r0\n"                       \
    "bne.w 1b\n"                           \
    LEAVE

__attribute__((naked)) static void pairs_relu(const Job *job __attribute__((unused))) {
    __asm__ volatile(PAIRS_BEGIN NARROW2("q0", "q1", "q3", "q6") PAIRS_END);
}

__attribute__((naked)) static void pairs_full(const Job *job __attribute__((unused))) {
    __asm__ volatile(PAIRS_BEGIN "movs r0, #1\n" AWAY2("q0", "q1", "r0")
                         NARROW2("q0", "q1", "q3", "q6") PAIRS_END);
}

__attribute__((naked)) static void pairs_general(const Job *job __attribute__((unused))) {
    __asm__ volatile(PAIRS_BEGIN AWAY2_GENERAL NARROW2("q0", "q1", "q3", "q6")
                     "vmax.s8 q0, q0, q5\n"
                     "vmin.s8 q0, q0, q4\n" PAIRS_END);
}

/* ---- one pixel --------------------------------------------------------------- */

/* r8 = the record, r10 = where to enter, r11 = its end, r7 = groups left, r12 = 1. */
#define STEP_SINGLE                        \
    LOAD("q0", "r1")                       \
    LOAD("q1", "r9")                       \
    LOAD("q2", "r9")                       \
    "vmladava.s8 r0, q0, q1\n"             \
    LOAD("q1", "r9")                       \
    "vmladava.s8 r2, q0, q2\n"             \
    LOAD("q2", "r9")                       \
    "vmladava.s8 r4, q0, q1\n"             \
    "vmladava.s8 r6, q0, q2\n"

#define SINGLE_BEGIN                       \
    ENTER                                  \
    "ldr r8, [r0]\n"                       \
    "ldr r9, [r0, #8]\n"                   \
    "ldr r5, [r0, #12]\n"                  \
    "ldrd r7, r2, [r0, #32]\n"             \
    "add r11, r8, r2\n"                    \
    "ldr r2, [r0, #40]\n"                  \
    "adr.w r10, 3f\n"                      \
    "add r10, r2\n"                        \
    "orr r10, #1\n"                        \
    "ldr r3, [r0, #44]\n"                  \
    "ldrd r2, r4, [r0, #48]\n"             \
    "vdup.8 q5, r2\n"                      \
    "vdup.8 q4, r4\n"                      \
    "mov r12, #1\n"                        \
    "2:\n"                                 \
    "mov r1, r8\n"                         \
    "ldm r9!, {r0, r2, r4, r6}\n"          \
    "bx r10\n"                             \
    ".balign 4\n"                          \
    "3:\n"                                 \
    ".rept 12\n"                           \
    STEP_SINGLE                            \
    ".endr\n"                              \
    "cmp r1, r11\n"                        \
    "bne.w 3b\n"                           \
    "vmov q0[2], q0[0], r0, r4\n"          \
    "vmov q0[3], q0[1], r2, r6\n"          \
    LOAD("q2", "r9") LOAD("q3", "r9")      \
    "vqrdmulh.s32 q0, q0, q2\n"
#define SINGLE_END                         \
    "vrshl.s32 q0, q0, q3\n"               \
    "vqmovnb.s32 q0, q0\n"                 \
    "vqadd.s16 q0, q0, r3\n"               \
    "vqmovnb.s16 q0, q0\n"                 \
    "vmax.s8 q0, q0, q5\n"                 \
    "vmin.s8 q0, q0, q4\n"                 \
    "vstrb.32 q0, [r5], #4\n"              \
    "subs r7, #1\n"                        \
    "bne.w 2b\n"                           \
    LEAVE

__attribute__((naked)) static void single_full(const Job *job __attribute__((unused))) {
    __asm__ volatile(SINGLE_BEGIN "vqdmlah.s32 q0, q0, r12\n" SINGLE_END);
}

__attribute__((naked)) static void single_general(const Job *job __attribute__((unused))) {
    __asm__ volatile(SINGLE_BEGIN "vand q2, q0, q3\n"
                                  "vshr.s32 q2, q2, #31\n"
                                  "vqadd.s32 q0, q0, q2\n" SINGLE_END);
}

/* ---- two chunks --------------------------------------------------------------- */

/* r1 = groups left, r3 = 1, r11 = zero point; [sp]: 0 x0, 4 x1, 8 table, 12 groups,
 * 16 x_step, 20 out_step, 24 pairs left. */
#define TWO_BEGIN                          \
    ENTER                                  \
    "ldrd r1, r3, [r0]\n"                  \
    "strd r1, r3, [sp]\n"                  \
    "ldrd r2, r5, [r0, #8]\n"              \
    "ldrd r7, r6, [r0, #16]\n"             \
    "str r2, [sp, #8]\n"                   \
    "str r6, [sp, #24]\n"                  \
    "ldrd r2, r4, [r0, #24]\n"             \
    "strd r2, r4, [sp, #16]\n"             \
    "ldr r2, [r0, #32]\n"                  \
    "str r2, [sp, #12]\n"                  \
    "ldr r11, [r0, #44]\n"                 \
    "1:\n"                                 \
    "ldrd r1, r3, [sp]\n"                  \
    "vldrb.8 q4, [r1]\n"                   \
    "vldrb.8 q5, [r1, #16]\n"              \
    "vldrb.8 q6, [r3]\n"                   \
    "vldrb.8 q7, [r3, #16]\n"              \
    "ldr r0, [sp, #16]\n"                  \
    "add r1, r0\n"                         \
    "add r3, r0\n"                         \
    "strd r1, r3, [sp]\n"                  \
    "ldrd r9, r1, [sp, #8]\n"              \
    "movs r3, #1\n"                        \
    "2:\n"                                 \
    BIAS_PAIR                              \
    LOAD("q0", "r9") LOAD("q1", "r9")      \
    MAC2("q0", "q4", "q6", "r0", "r8")     \
    LOAD("q2", "r9")                       \
    MAC2("q1", "q4", "q6", "r2", "r10")    \
    LOAD("q3", "r9")                       \
    MAC2("q2", "q4", "q6", "r4", "r12")    \
    LOAD("q0", "r9")                       \
    MAC2("q3", "q4", "q6", "r6", "lr")     \
    LOAD("q1", "r9")                       \
    MAC2("q0", "q5", "q7", "r0", "r8")     \
    LOAD("q2", "r9")                       \
    MAC2("q1", "q5", "q7", "r2", "r10")    \
    LOAD("q3", "r9")                       \
    MAC2("q2", "q5", "q7", "r4", "r12")    \
    MAC2("q3", "q5", "q7", "r6", "lr")     \
    SUMS_TO("q0", "q1")                    \
    LOAD("q2", "r9") LOAD("q3", "r9")      \
    SCALE2("q0", "q1", "q2")
#define TWO_END                            \
    NARROW2("q0", "q1", "q3", "r11")       \
    "vstrb.32 q0, [r5], #4\n"              \
    "vrev32.16 q0, q0\n"                   \
    "vstrb.32 q0, [r7], #4\n"              \
    "subs r1, #1\n"                        \
    "bne.w 2b\n"                           \
    "ldrd r0, r2, [sp, #20]\n"             \
    "add r5, r0\n"                         \
    "add r7, r0\n"                         \
    "subs r2, #1\n"                        \
    "str r2, [sp, #24]\n"                  \
    "bne.w 1b\n"                           \
    LEAVE

__attribute__((naked)) static void two_relu(const Job *job __attribute__((unused))) {
    __asm__ volatile(TWO_BEGIN TWO_END);
}

__attribute__((naked)) static void two_full(const Job *job __attribute__((unused))) {
    __asm__ volatile(TWO_BEGIN AWAY2("q0", "q1", "r3") TWO_END);
}

/* ---- one chunk: records lie 16 bytes apart ------------------------------------- */

/* r1 = records, r3 = pairs left, r9 = biases of both pixels, r11 = zero point; [sp]:
 * 0 x0, 4 table, 8 out0, 12 out1, 16 pairs, 20 out_step, 24 = 1, 28 groups left, below
 * it the biases. */
#define ONE_BEGIN                          \
    ENTER                                  \
    "ldr r2, [r0]\n"                       \
    "ldr r4, [r0, #8]\n"                   \
    "strd r2, r4, [sp]\n"                  \
    "ldrd r2, r4, [r0, #12]\n"             \
    "strd r2, r4, [sp, #8]\n"              \
    "ldr r2, [r0, #20]\n"                  \
    "ldr r4, [r0, #28]\n"                  \
    "strd r2, r4, [sp, #16]\n"             \
    "movs r2, #1\n"                        \
    "ldr r4, [r0, #32]\n"                  \
    "strd r2, r4, [sp, #24]\n"             \
    "ldr r11, [r0, #44]\n"                 \
    "sub sp, #32\n"                        \
    "1:\n"                                 \
    "ldrd r1, r9, [sp, #32]\n"             \
    "ldrd r5, r7, [sp, #40]\n"              \
    "add r2, r5, #4\n"                     \
    "add r4, r7, #4\n"                     \
    "strd r2, r4, [sp, #40]\n"              \
    "add r6, r9, #112\n"                   \
    "str r6, [sp, #36]\n"                   \
    "ldr r3, [sp, #48]\n"                  \
    "vldrb.8 q0, [r9, #16]\n"              \
    "vldrb.8 q1, [r9, #32]\n"              \
    "vldrb.8 q2, [r9, #48]\n"              \
    "vldrb.8 q3, [r9, #64]\n"              \
    "vldrb.8 q4, [r9, #80]\n"              \
    "vldrb.8 q5, [r9, #96]\n"              \
    "ldm r9, {r0, r2, r4, r6}\n"           \
    "add r9, sp, #16\n"                    \
    "stm r9, {r0, r2, r4, r6}\n"           \
    "mov r9, sp\n"                         \
    "stm r9, {r0, r2, r4, r6}\n"           \
    "2:\n"                                 \
    LOAD("q6", "r1") LOAD("q7", "r1")      \
    "ldm r9, {r0, r2, r4, r6, r8, r10, r12, lr}\n" \
    MAC2("q0", "q6", "q7", "r0", "r8")     \
    MAC2("q1", "q6", "q7", "r2", "r10")    \
    MAC2("q2", "q6", "q7", "r4", "r12")    \
    MAC2("q3", "q6", "q7", "r6", "lr")     \
    SUMS_TO("q6", "q7")                    \
    "ldrd r2, r0, [sp, #52]\n"             \
    SCALE2("q6", "q7", "q4")
#define ONE_END                            \
    NARROW2("q6", "q7", "q5", "r11")       \
    "vstrb.32 q6, [r5]\n"                  \
    "add r5, r2\n"                         \
    "vrev32.16 q6, q6\n"                   \
    "vstrb.32 q6, [r7]\n"                  \
    "add r7, r2\n"                         \
    "subs r3, #1\n"                        \
    "bne.w 2b\n"                           \
    "ldr r0, [sp, #60]\n"                  \
    "subs r0, #1\n"                        \
    "str r0, [sp, #60]\n"                  \
    "bne.w 1b\n"                           \
    "add sp, #32\n"                        \
    LEAVE

__attribute__((naked)) static void one_relu(const Job *job __attribute__((unused))) {
    __asm__ volatile(ONE_BEGIN ONE_END);
}

__attribute__((naked)) static void one_full(const Job *job __attribute__((unused))) {
    __asm__ volatile(ONE_BEGIN AWAY2("q6", "q7", "r0") ONE_END);
}

// clang-format on
/* ---- which ----------------------------------------------------------------------- */

typedef void (*Run)(const Job *job);

static void pairs_run(const ScMveGemm *g, Job *job) {
    static const Run one[2] = {one_relu, one_full}, two[2] = {two_relu, two_full};
    static const Run many[3] = {pairs_relu, pairs_full, pairs_general};
    job->out_step = 2 * g->out_stride - 4 * g->n_groups;
    if (g->form != SC_MVE_GENERAL && g->n_chunks == 1 && g->x_stride == SC_MVE_CHUNK) {
        job->out_step = 2 * g->out_stride;
        one[g->form](job);
    } else if (g->form != SC_MVE_GENERAL && g->n_chunks == 2) {
        two[g->form](job);
    } else {
        many[g->form](job);
    }
}

void sc_mve_gemm(const ScMveGemm *g) {
    int32_t skip = (UNROLLED - g->n_chunks % UNROLLED) % UNROLLED;
    ptrdiff_t last = g->n_pixels - 1;
    Job job = {
        .x0 = g->x,
        .x1 = g->x + g->x_stride,
        .table = g->table,
        .out0 = g->out,
        .out1 = g->out + g->out_stride,
        .n_pairs = g->n_pixels / 2,
        .x_step = 2 * g->x_stride,
        .n_groups = g->n_groups,
        .span = SC_MVE_CHUNK * g->n_chunks,
        .entry = skip * PAIR_STEP,
        .zero = g->zero,
        .min = g->min,
        .max = g->max,
    };
    if (job.n_pairs > 0) {
        pairs_run(g, &job);
    }
    if (g->n_pixels % 2) {
        job.x0 = g->x + last * g->x_stride;
        job.out0 = g->out + last * g->out_stride;
        job.entry = skip * SINGLE_STEP;
        (g->form == SC_MVE_GENERAL ? single_general : single_full)(&job);
    }
}

/* ---- records -------------------------------------------------------------------- */

/* Rows of up to 16 bytes: a vector each, under one predicate. */
static void gather_short(const ScMveGather *g) {
    int8_t *to = g->to, *to_at;
    const int8_t *from = g->from, *from_at;
    int32_t n = g->n;
    __asm__ volatile(
        "vctp.8 %[n_bytes]\n"
        "1:\n"
        "mov %[from_at], %[from]\n"
        "mov %[to_at], %[to]\n"
        "dls lr, %[rows]\n"
        "2:\n"
        "vpstt\n"
        "vldrbt.8 q0, [%[from_at]]\n"
        "vstrbt.8 q0, [%[to_at]]\n"
        "add %[from_at], %[from_row]\n"
        "add %[to_at], %[to_row]\n"
        "le lr, 2b\n"
        "add %[from], %[from_step]\n"
        "add %[to], %[to_step]\n"
        "subs %[n], #1\n"
        "bne 1b\n"
        : [from_at] "=&r"(from_at), [to_at] "=&r"(to_at), [from] "+&r"(from),
          [to] "+&r"(to), [n] "+&r"(n)
        : [n_bytes] "r"(g->n_bytes), [rows] "r"(g->n_rows), [from_row] "r"(g->from_row),
          [to_row] "r"(g->to_row), [from_step] "r"(g->from_step), [to_step] "r"(g->to_step)
        : "lr", "q0", "cc", "memory");
}

/* The last vector of a row is predicated, but moves the pointers as far as any. */
void sc_mve_gather(const ScMveGather *g) {
    int8_t *to = g->to;
    const int8_t *from = g->from;
    if (g->n > 0 && g->n_bytes <= SC_MVE_CHUNK) {
        gather_short(g);
        return;
    }
    for (int32_t p = g->n; p > 0; p--) {
        int8_t *to_row = to, *to_at;
        const int8_t *from_row = from, *from_at;
        int32_t rows = g->n_rows;
        __asm__ volatile(
            "1:\n"
            "mov %[from_at], %[from_row]\n"
            "mov %[to_at], %[to_row]\n"
            "dlstp.8 lr, %[n_bytes]\n"
            "2:\n"
            "vldrb.8 q0, [%[from_at]], #16\n"
            "vstrb.8 q0, [%[to_at]], #16\n"
            "letp lr, 2b\n"
            "add %[from_row], %[from_pitch]\n"
            "add %[to_row], %[to_pitch]\n"
            "subs %[rows], #1\n"
            "bne 1b\n"
            : [from_at] "=&r"(from_at), [to_at] "=&r"(to_at), [from_row] "+&r"(from_row),
              [to_row] "+&r"(to_row), [rows] "+&r"(rows)
            : [n_bytes] "r"(g->n_bytes), [from_pitch] "r"(g->from_row),
              [to_pitch] "r"(g->to_row)
            : "lr", "q0", "cc", "memory");
        to += g->to_step;
        from += g->from_step;
    }
}

/* 16 channels of a row of pixels at a time. */
void sc_mve_columns(const ScMveColumns *c) {
    for (int32_t row = 0; c->n > 0 && row < c->n_rows; row++) {
        for (int32_t channel = 0; channel < c->channels; channel += SC_MVE_CHUNK) {
            const int8_t *from = c->from + (ptrdiff_t)row * c->row_bytes + channel;
            int8_t *to = c->to + (ptrdiff_t)row * c->channels + channel;
            __asm__ volatile(
                "dls lr, %[n]\n"
                "1:\n"
                "vldrb.8 q0, [%[from]]\n"
                "add %[from], %[channels]\n"
                "vstrb.8 q0, [%[to]]\n"
                "add %[to], %[column]\n"
                "le lr, 1b\n"
                : [from] "+&r"(from), [to] "+&r"(to)
                : [n] "r"(c->n), [channels] "r"(c->channels), [column] "r"(c->column_bytes)
                : "lr", "q0", "memory");
        }
    }
}

void sc_mve_fill(int8_t *to, int32_t to_step, int32_t n, int32_t n_bytes, int32_t value) {
    int8x16_t values = vdupq_n_s8((int8_t)value);
    for (; n > 0; n--) {
        int8_t *at = to;
        __asm__ volatile("dlstp.8 lr, %[n_bytes]\n"
                         "1:\n"
                         "vstrb.8 %q[values], [%[at]], #16\n"
                         "letp lr, 1b\n"
                         : [at] "+r"(at)
                         : [n_bytes] "r"(n_bytes), [values] "w"(values)
                         : "lr", "memory");
        to += to_step;
    }
}
