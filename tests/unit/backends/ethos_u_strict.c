/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Strict mode on streams written here: each pair of operations that waits have to order,
 * with and without the wait; jobs of two kernels side by side; sums at the edge of the
 * accumulators; bytes that nothing wrote. Findings change no result.
 */
#include <setjmp.h>
#include <stdarg.h>

#include "ethos_u_rig.h"

/* ---- waits
 * ------------------------------------------------------------------------------- */

/* Copies 64 bytes of region 1 from `from` to `to`. */
static void kernel(Rig *rig, uint32_t from, uint32_t to) {
    ScEthosUOperation op =
        copy_operation(dense_map(1, from, 2, 2, 16, 1), dense_map(1, to, 2, 2, 16, 1));
    op.act_min = -128;
    op.act_max = 127;
    stream_operation(&rig->s, &op);
}

static void dma(Rig *rig, uint8_t from_region, uint32_t from, uint32_t to) {
    ScEthosUDma copy = {.from = {.base = from, .region = from_region, .rank = 1},
                        .to = {.base = to, .region = 1, .rank = 1},
                        .n_bytes = 64};
    stream_dma(&rig->s, &copy);
}

/* A step of a stream. */
typedef struct Step {
    enum { NONE, KERNEL, DMA, CONSTANT, DMA_WAIT, KERNEL_WAIT } kind;
    uint32_t a, b; /* from, to; or what may stay in flight */
} Step;

enum { MAX_STEPS = 6 };

typedef struct WaitCase {
    const char *rule;
    Step steps[MAX_STEPS];
    uint32_t n_findings[2]; /* on U55, on U65 */
} WaitCase;

static const WaitCase wait_cases[] = {
    {"kernel reads what a DMA writes", {{DMA, 0, 64}, {KERNEL, 64, 512}}, {1, 1}},
    {"waited for", {{DMA, 0, 64}, {DMA_WAIT, 0, 0}, {KERNEL, 64, 512}}, {0, 0}},
    {"the wait leaves one", {{DMA, 0, 64}, {DMA_WAIT, 1, 0}, {KERNEL, 64, 512}}, {1, 1}},
    {"waited for the other kind",
     {{DMA, 0, 64}, {KERNEL_WAIT, 0, 0}, {KERNEL, 64, 512}},
     {1, 1}},
    {"the last byte", {{DMA, 0, 64}, {KERNEL, 127, 512}}, {1, 1}},
    {"one byte behind", {{DMA, 0, 64}, {KERNEL, 128, 512}}, {0, 0}},
    {"the first byte", {{DMA, 0, 64}, {KERNEL, 1, 512}}, {1, 1}},
    {"one byte before", {{DMA, 1024, 64}, {KERNEL, 0, 512}}, {0, 0}},
    {"kernel writes what a DMA reads", {{DMA, 0, 64}, {KERNEL, 512, 0}}, {1, 1}},
    {"both read", {{DMA, 0, 64}, {KERNEL, 0, 512}}, {0, 0}},
    {"both write", {{DMA, 0, 64}, {KERNEL, 512, 64}}, {1, 1}},
    {"another region", {{CONSTANT, 64, 1024}, {KERNEL, 64, 512}}, {0, 0}},
    {"DMA reads what a kernel writes", {{KERNEL, 0, 64}, {DMA, 64, 512}}, {1, 1}},
    {"waited for", {{KERNEL, 0, 64}, {KERNEL_WAIT, 0, 0}, {DMA, 64, 512}}, {0, 0}},
    {"the wait leaves one", {{KERNEL, 0, 64}, {KERNEL_WAIT, 1, 0}, {DMA, 64, 512}}, {1, 1}},
    {"waited for the other kind",
     {{KERNEL, 0, 64}, {DMA_WAIT, 0, 0}, {DMA, 64, 512}},
     {1, 1}},
    {"the wait leaves a later one",
     {{KERNEL, 0, 64}, {KERNEL, 256, 320}, {KERNEL_WAIT, 1, 0}, {DMA, 64, 512}},
     {0, 0}},
    {"it is the later one",
     {{KERNEL, 256, 320}, {KERNEL, 0, 64}, {KERNEL_WAIT, 1, 0}, {DMA, 64, 512}},
     {1, 1}},
    {"the wait leaves both",
     {{KERNEL, 0, 64}, {KERNEL, 256, 320}, {KERNEL_WAIT, 2, 0}, {DMA, 64, 512}},
     {1, 1}},
    {"a third kernel waits by itself",
     {{KERNEL, 0, 64}, {KERNEL, 256, 320}, {KERNEL, 256, 384}, {DMA, 64, 512}},
     {0, 0}},
    {"DMA writes what a kernel reads", {{KERNEL, 0, 64}, {CONSTANT, 0, 0}}, {1, 1}},
    {"DMA after DMA", {{DMA, 0, 64}, {DMA, 64, 512}}, {1, 1}},
    {"waited for", {{DMA, 0, 64}, {DMA_WAIT, 0, 0}, {DMA, 64, 512}}, {0, 0}},
    {"U55 has one DMA at a time",
     {{DMA, 0, 64}, {DMA, 1024, 2048}, {KERNEL, 64, 512}},
     {0, 1}},
    {"the wait leaves the later one",
     {{DMA, 0, 64}, {DMA, 1024, 2048}, {DMA_WAIT, 1, 0}, {KERNEL, 64, 512}},
     {0, 0}},
    {"a third DMA waits by itself",
     {{DMA, 0, 64}, {DMA, 1024, 2048}, {DMA, 1024, 3072}, {KERNEL, 64, 512}},
     {0, 0}},
};

static uint32_t steps_write(Rig *rig, const Step *steps) {
    uint32_t last = 0;
    for (uint32_t i = 0; i < MAX_STEPS && steps[i].kind != NONE; i++) {
        const Step *step = &steps[i];
        switch (step->kind) {
        case KERNEL:
            kernel(rig, step->a, step->b);
            break;
        case DMA:
        case CONSTANT:
            dma(rig, step->kind == DMA ? 1 : 0, step->a, step->b);
            break;
        default:
            narrow(&rig->s, step->kind == DMA_WAIT ? SC_EU_DMA_WAIT : SC_EU_KERNEL_WAIT,
                   step->a);
            continue;
        }
        last = rig->s.n - 1;
    }
    return last;
}

static void strict_operations_in_flight_that_meet_are_found(void **state) {
    Rig *rig = *state;
    for (uint32_t i = 0; i < COUNT(wait_cases); i++) {
        for (uint32_t k = 0; k < 2; k++) {
            const WaitCase *c = &wait_cases[i];
            rig->product = k ? SC_EU_U65 : SC_EU_U55;
            uint32_t word = steps_write(rig, c->steps);
            rig_run(rig);
            if (rig->n_findings != c->n_findings[k]) {
                fail_msg("case %u (%s), product %u: %u findings", i, c->rule, k,
                         rig->n_findings);
            }
            if (rig->n_findings) {
                assert_int_equal(rig->findings[0].kind, SC_EU_FOUND_HAZARD);
                assert_int_equal(rig->findings[0].word, word);
                assert_true(rig->findings[0].other_word < word);
            }
        }
    }
}

static void strict_finding_names_both_operations_and_the_range(void **state) {
    Rig *rig = *state;
    dma(rig, 0, 0, 4096); /* none of its bytes are touched again */
    narrow(&rig->s, SC_EU_DMA_WAIT, 0);
    dma(rig, 0, 0, 64);
    uint32_t other = rig->s.n - 1;
    kernel(rig, 100, 512);
    uint32_t word = rig->s.n - 1;
    uint8_t *wanted = malloc(64);
    memcpy(wanted, rig->base[0] + 36, 28);
    memcpy(wanted + 28, rig->base[1] + 128, 36);
    rig_run(rig);
    assert_int_equal(rig->n_findings, 1);
    assert_int_equal(rig->findings[0].word, word);
    assert_int_equal(rig->findings[0].other_word, other);
    assert_int_equal(rig->findings[0].range.role, SC_EU_ROLE_IFM);
    assert_int_equal(rig->findings[0].range.first, 100);
    assert_memory_equal(rig->base[1] + 512, wanted, 64); /* executed all the same */
    free(wanted);
}

/* ---- kernels side by side
 * ------------------------------------------------------------------ */

/* Two kernels over 8 rows in blocks of 2 rows: the second reads the map that the first
 * writes, `shift` rows further on, with BLOCKDEP `blockdep`. */
static bool blocks_meet(Rig *rig, uint32_t blockdep, uint32_t shift) {
    enum { ROW = 2 * 16, ROWS = 8 };
    ScEthosUOperation op =
        copy_operation(dense_map(1, 0, ROWS, 2, 16, 1), dense_map(1, 1024, ROWS, 2, 16, 1));
    stream_operation(&rig->s, &op);
    op.ifm.base[0] = 1024 + shift * ROW;
    op.ofm.base[0] = 4096;
    op.blockdep = (uint8_t)blockdep;
    stream_operation(&rig->s, &op);
    rig_run(rig);
    assert_true(rig->n_findings <= 1);
    return rig->n_findings;
}

/* The first kernel's last job writes rows 6 and 7; job i of the second reads rows
 * shift + 2i and the next. They run together as far as i < BLOCKDEP, and one job more of
 * the first for each one less. */
static void strict_blockdep_that_lets_blocks_meet_is_found(void **state) {
    Rig *rig = *state;
    for (uint32_t shift = 0; shift < 8; shift++) {
        for (uint32_t blockdep = 0; blockdep <= 3; blockdep++) {
            bool wanted = false;
            for (uint32_t i = 0; i < blockdep; i++) {
                for (uint32_t j = 0; i + j < blockdep; j++) {
                    uint32_t read = shift + 2 * i, written = 6 - 2 * j;
                    wanted |= read < written + 2 && written < read + 2;
                }
            }
            if (blocks_meet(rig, blockdep, shift) != wanted) {
                fail_msg("BLOCKDEP %u, %u rows further: %s", blockdep, shift,
                         wanted ? "not found" : "found");
            }
        }
    }
}

/* ---- accumulators
 * -------------------------------------------------------------------------- */

/* Adds n numbers of 32 bits, all the same but the last. */
static uint32_t sum_findings(Rig *rig, uint32_t n, int32_t number, int32_t last,
                             uint8_t acc_format) {
    ScEthosUOperation op =
        copy_operation(dense_map(1, 0, 1, 1, n, 4), dense_map(2, 0, 1, 1, 1, 4));
    op.mode = SC_EU_POOL_REDUCE_SUM;
    op.acc_format = acc_format;
    for (uint32_t i = 0; i < n; i++) {
        put_u32(rig->base[1] + 4 * i, (uint32_t)(i + 1 < n ? number : last));
    }
    stream_operation(&rig->s, &op);
    rig_run(rig);
    if (rig->n_findings) {
        assert_int_equal(rig->findings[0].kind, SC_EU_FOUND_OVERFLOW);
    }
    return rig->n_findings;
}

static void strict_sums_beyond_the_accumulator_are_found(void **state) {
    Rig *rig = *state;
    static const struct {
        uint32_t n;
        int32_t number, last;
        uint8_t acc_format;
        uint32_t n_findings;
    } cases[] = {
        {2, INT32_MAX, 0, SC_EU_ACC_I32, 0},
        {2, INT32_MAX, 1, SC_EU_ACC_I32, 1},
        {2, INT32_MIN, 0, SC_EU_ACC_I32, 0},
        {2, INT32_MIN, -1, SC_EU_ACC_I32, 1},
        {2, INT32_MAX, 1, SC_EU_ACC_I40, 0},
        {257, INT32_MAX, 255, SC_EU_ACC_I40, 0}, /* 2^39 - 1 */
        {257, INT32_MAX, 256, SC_EU_ACC_I40, 1},
        {257, INT32_MIN, 0, SC_EU_ACC_I40, 0},
        {257, INT32_MIN, -1, SC_EU_ACC_I40, 1},
    };
    for (uint32_t i = 0; i < COUNT(cases); i++) {
        uint32_t n = sum_findings(rig, cases[i].n, cases[i].number, cases[i].last,
                                  cases[i].acc_format);
        if (n != cases[i].n_findings) {
            fail_msg("case %u: %u findings", i, n);
        }
    }
}

/* One finding an operation, however many of its sums overflow. */
static void strict_overflow_is_reported_once_an_operation(void **state) {
    Rig *rig = *state;
    ScEthosUOperation op =
        copy_operation(dense_map(1, 0, 4, 4, 2, 4), dense_map(2, 0, 4, 4, 1, 4));
    op.mode = SC_EU_POOL_REDUCE_SUM;
    for (uint32_t i = 0; i < 32; i++) {
        put_u32(rig->base[1] + 4 * i, INT32_MAX);
    }
    stream_operation(&rig->s, &op);
    stream_operation(&rig->s, &op);
    rig_run(rig);
    assert_int_equal(rig->n_findings, 2);
    assert_true(rig->findings[0].word < rig->findings[1].word);
}

/* ---- bytes that nothing wrote
 * ---------------------------------------------------------------- */

/* Tracks the first bytes of region 1; all of those before `n` are written. */
static void track(Rig *rig, uint32_t n) {
    static uint8_t written[REGION_BYTES];
    memset(written, 0, sizeof written);
    memset(written, 1, n);
    rig->options.written[1] = written;
}

static void strict_reading_what_nothing_wrote_is_found(void **state) {
    Rig *rig = *state;
    track(rig, 64);
    kernel(rig, 0, 512); /* reads the input */
    kernel(rig, 512, 1024);
    rig_run(rig);
    assert_int_equal(rig->n_findings, 0);
    for (uint32_t i = 0; i < 64; i++) {
        assert_int_equal(rig->options.written[1][1024 + i], 1);
        assert_int_equal(rig->options.written[1][1088 + i], 0);
    }
    track(rig, 63);
    kernel(rig, 0, 512);
    rig_run(rig);
    assert_int_equal(rig->n_findings, 1);
    assert_int_equal(rig->findings[0].kind, SC_EU_FOUND_UNINITIALISED);
    assert_int_equal(rig->findings[0].range.role, SC_EU_ROLE_IFM);
    rig->options.written[1] = NULL;
    kernel(rig, 0, 512);
    rig_run(rig);
    assert_int_equal(rig->n_findings, 0);
}

static void strict_copies_carry_what_is_known(void **state) {
    Rig *rig = *state;
    track(rig, 32);
    dma(rig, 1, 0, 256); /* half of it unwritten: a copy may move padding */
    narrow(&rig->s, SC_EU_DMA_WAIT, 0);
    kernel(rig, 256, 512);
    rig_run(rig);
    assert_int_equal(rig->n_findings, 1);
    assert_int_equal(rig->findings[0].kind, SC_EU_FOUND_UNINITIALISED);
    track(rig, 0);
    dma(rig, 0, 0, 256); /* from a region that isn't tracked */
    narrow(&rig->s, SC_EU_DMA_WAIT, 0);
    kernel(rig, 256, 512);
    rig_run(rig);
    assert_int_equal(rig->n_findings, 0);
}

/* A map in few bytes whose elements nobody could count. */
static void strict_endless_maps_end_with_the_work_allowed(void **state) {
    Rig *rig = *state;
    ScEthosUOperation op = copy_operation(dense_map(1, 0, 65536, 65536, 64, 1),
                                          dense_map(1, 128, 65536, 65536, 64, 1));
    op.ifm.stride_y = op.ifm.stride_x = op.ofm.stride_y = op.ofm.stride_x = 0;
    track(rig, REGION_BYTES);
    rig->options.max_work = 1000000;
    stream_operation(&rig->s, &op);
    assert_int_equal(rig_try(rig), SC_E_LIMIT);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        WITH_RIG(strict_operations_in_flight_that_meet_are_found),
        WITH_RIG(strict_finding_names_both_operations_and_the_range),
        WITH_RIG(strict_blockdep_that_lets_blocks_meet_is_found),
        WITH_RIG(strict_sums_beyond_the_accumulator_are_found),
        WITH_RIG(strict_overflow_is_reported_once_an_operation),
        WITH_RIG(strict_reading_what_nothing_wrote_is_found),
        WITH_RIG(strict_copies_carry_what_is_known),
        WITH_RIG(strict_endless_maps_end_with_the_work_allowed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
