/* SPDX-License-Identifier: Apache-2.0 */
/* Plan: never overlapping, not below the bound, not above greedy by size. */
#include "tests/unit/program/bench.h"

/* Largest first into shared objects, as ExecuTorch 1.5's default planner does:
 * an object takes what is idle during its life at 0, else above the highest
 * item it meets; ties by index. */
static uint64_t greedy_bytes(const ScProgram *p) {
    uint64_t size[256], offset[256], object_size[256], total = 0;
    size_t order[256], home[256], n = 0, n_objects = 0;
    for (size_t b = 0; b < p->n_buffers; b++) {
        if (sc_pbuffer_is_live(&p->buffers[b]) && !p->buffers[b].is_state) {
            order[n++] = b;
        }
    }
    for (size_t i = 1; i < n; i++) {
        for (size_t k = i;
             k > 0 && p->buffers[order[k]].n_bytes > p->buffers[order[k - 1]].n_bytes;
             k--) {
            size_t swap = order[k];
            order[k] = order[k - 1];
            order[k - 1] = swap;
        }
    }
    for (size_t i = 0; i < n; i++) {
        const ScPBuffer *a = &p->buffers[order[i]];
        size[i] = sc_align_up(a->n_bytes, 16);
        home[i] = SIZE_MAX;
        for (int pass = 0; pass < 2 && home[i] == SIZE_MAX; pass++) {
            for (size_t o = 0; o < n_objects && home[i] == SIZE_MAX; o++) {
                uint64_t top = 0;
                for (size_t j = 0; j < i; j++) {
                    const ScPBuffer *b = &p->buffers[order[j]];
                    bool meets = home[j] == o && a->first <= b->last && b->first <= a->last;
                    top = meets && offset[j] + size[j] > top ? offset[j] + size[j] : top;
                }
                if ((pass == 0) == (top == 0) && top + size[i] <= object_size[o]) {
                    home[i] = o;
                    offset[i] = top;
                }
            }
        }
        if (home[i] == SIZE_MAX) {
            home[i] = n_objects;
            offset[i] = 0;
            total += size[i];
            object_size[n_objects++] = size[i];
        }
    }
    return total;
}

static uint64_t bound_bytes(const ScProgram *p) {
    uint64_t bound = 0;
    for (int32_t now = -1; now < (int32_t)p->n_insts; now++) {
        uint64_t live = 0;
        for (size_t b = 0; b < p->n_buffers; b++) {
            const ScPBuffer *x = &p->buffers[b];
            bool lives = !x->is_state && x->first <= now && now <= x->last;
            live += lives ? sc_align_up(x->n_bytes, 16) : 0;
        }
        bound = live > bound ? live : bound;
    }
    return bound;
}

static void buffers_assert_apart(const ScProgram *p, uint64_t seed) {
    for (size_t i = 0; i < p->n_buffers; i++) {
        const ScPBuffer *a = &p->buffers[i];
        assert_int_equal(a->offset % 16, 0);
        assert_true(!sc_pbuffer_is_live(a) ||
                    a->offset + a->n_bytes <= p->memory_bytes[a->memory]);
        for (size_t j = i + 1; j < p->n_buffers; j++) {
            const ScPBuffer *b = &p->buffers[j];
            bool meet = sc_pbuffer_is_live(a) && sc_pbuffer_is_live(b) &&
                        a->memory == b->memory && a->first <= b->last &&
                        b->first <= a->last && a->offset < b->offset + b->n_bytes &&
                        b->offset < a->offset + a->n_bytes;
            if (meet) {
                fail_msg("seed %llu: buffers %zu and %zu overlap", (unsigned long long)seed,
                         i, j);
            }
        }
    }
}

static void plan_random_programs_lie_between_bound_and_greedy(void **state) {
    enum { N = 600 };
    Sc *sc = *state;
    size_t n_bound = 0, n_greedy_bound = 0;
    for (uint64_t seed = 1; seed <= N; seed++) {
        ScProgram *p = random_program(sc, seed);
        if (seed % 2) { /* with and without what the schedule does */
            assert_ok(sc, sc_program_schedule(sc, p));
        }
        assert_ok(sc, sc_program_plan(sc, p));
        assert_ok(sc, sc_program_check(sc, p));
        buffers_assert_apart(p, seed);
        uint64_t bytes = p->memory_bytes[0], greedy = greedy_bytes(p);
        assert_int_equal(p->memory_bound[0], bound_bytes(p));
        if (bytes < p->memory_bound[0] || bytes > greedy) {
            fail_msg("seed %llu: bound %llu, plan %llu, greedy %llu",
                     (unsigned long long)seed, (unsigned long long)p->memory_bound[0],
                     (unsigned long long)bytes, (unsigned long long)greedy);
        }
        n_bound += bytes == p->memory_bound[0];
        n_greedy_bound += greedy == p->memory_bound[0];
    }
    print_message("at the bound: %zu of %d, greedy %zu\n", n_bound, N, n_greedy_bound);
    assert_true(n_bound * 100 >= N * 99);
    assert_true(n_greedy_bound < n_bound); /* else the nets are too easy */
}

/* MobileNetV1-0.25-96: greedy by size needs 73,728, the bound is 55,296. */
static void plan_mobilenet_v1_reaches_the_bound(void **state) {
    static const uint32_t sizes[] = {27648, 18432, 18432, 36864, 9216, 18432, 18432, 18432,
                                     4608,  9216,  9216,  9216,  2304, 4608,  4608,  4608,
                                     4608,  4608,  4608,  4608,  4608, 4608,  4608,  4608,
                                     1152,  2304,  2304,  2304,  256};
    enum { N = sizeof sizes / sizeof sizes[0] };
    Sc *sc = *state;
    ScProgram *p = sc_program_new(sc->arena, "forward");
    ScPid previous = SC_PID_NONE;
    for (size_t i = 0; i < N; i++) {
        int64_t dims[1] = {sizes[i]};
        ScPid t = sc_program_tensor(p, NULL, SC_I8, 1, dims, SC_LAYOUT_CONTIGUOUS,
                                    sc_program_buffer(p, sizes[i]), 0);
        if (i == 0) {
            random_io(p, t, false);
        } else {
            sc_program_call(p, "a::conv", (ScPid[]){previous, t}, 2, 1, -1, NULL);
        }
        previous = t;
    }
    random_io(p, previous, true);
    assert_ok(sc, sc_program_schedule(sc, p));
    assert_ok(sc, sc_program_plan(sc, p));
    assert_int_equal(p->memory_bound[0], 55296);
    assert_int_equal(p->memory_bytes[0], 55296);
}

static void plan_state_is_packed_and_never_shared(void **state) {
    Sc *sc = *state;
    ScProgram *p = program_of(
        sc,
        "program \"f\"\nbuffer 0 = 20 in memory 1 state\nbuffer 1 = 4 in memory 1 state\n"
        "buffer 2 = 0 in memory 1 state\nbuffer 3 = 4 in memory 1 state\n"
        "buffer 4 = 16 state\nbuffer 5 = 16\n"
        "%0 = f32[5] buffer 0\n%1 = f32[4] buffer 5\ncall a::f(%0 -> %1)\noutput %1\n");
    assert_ok(sc, sc_program_schedule(sc, p));
    assert_ok(sc, sc_program_plan(sc, p));
    assert_int_equal(p->memory_bytes[1], 64);
    assert_int_equal(p->memory_bound[1], 64);
    assert_int_equal(p->memory_bytes[0], 32); /* state beside an activation */
    assert_int_equal(p->buffers[5].offset, 16);
    buffers_assert_apart(p, 0);
}

static void plan_empty_and_untouched_buffers_take_nothing(void **state) {
    Sc *sc = *state;
    ScProgram *p = program_of(sc, "program \"f\"\nbuffer 0 = 0\nbuffer 1 = 64\n"
                                  "%0 = f32[0] buffer 0\n%1 = f32[16] buffer 1\n"
                                  "input %0\noutput %0\n");
    assert_ok(sc, sc_program_plan(sc, p));
    assert_ok(sc, sc_program_check(sc, p));
    assert_int_equal(p->memory_bytes[0], 0);
    ScProgram *none = program_of(sc, "program \"f\"\n");
    assert_ok(sc, sc_program_plan(sc, none));
    assert_int_equal(none->n_memories, 1);
    assert_int_equal(none->memory_bytes[0], 0);
}

static void plan_same_program_gets_the_same_plan(void **state) {
    Sc *sc = *state;
    for (uint64_t seed = 1; seed <= 50; seed++) {
        const char *text[2];
        for (int i = 0; i < 2; i++) {
            ScProgram *p = random_program(sc, seed);
            assert_ok(sc, sc_program_schedule(sc, p));
            assert_ok(sc, sc_program_plan(sc, p));
            text[i] = text_of(sc, p);
        }
        assert_string_equal(text[0], text[1]);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        BENCH_TEST(plan_random_programs_lie_between_bound_and_greedy),
        BENCH_TEST(plan_mobilenet_v1_reaches_the_bound),
        BENCH_TEST(plan_state_is_packed_and_never_shared),
        BENCH_TEST(plan_empty_and_untouched_buffers_take_nothing),
        BENCH_TEST(plan_same_program_gets_the_same_plan),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
