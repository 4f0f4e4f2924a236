/* SPDX-License-Identifier: Apache-2.0 */
/* Buffers at a fixed distance: what may be tied, and what plan and check make of it. */
#include "tests/unit/program/bench.h"

/* a, b -> scratch of a delegate -> c; d lives beside all of it. */
static const char call[] = "program \"f\"\n"
                           "buffer 0 = 32\nbuffer 1 = 32\nbuffer 2 = 32\n"
                           "buffer 3 = 128 scratch\nbuffer 4 = 48\nbuffer 5 = 16\n"
                           "delegate 0 = \"D\" 0 crc32:0\n"
                           "%0 = i8[32] buffer 0\n%1 = i8[32] buffer 1\n"
                           "%2 = i8[32] buffer 2\n%3 = u8[128] buffer 3\n"
                           "%4 = i8[48] buffer 4\n%5 = i8[16] buffer 5\n"
                           "input %0\ninput %4\noutput %5\n"
                           "call a::f(%0 -> %1)\n"
                           "run 0(%0, %1 -> %2, %3)\n"
                           "call a::g(%2, %4 -> %5)\n";

/* Flags as the delegate's inputs (0, 1) and output (2) want them. */
static ScProgram *call_program(Sc *sc) {
    ScProgram *p = program_of(sc, call);
    sc_program_lifetimes(sc->arena, p);
    p->buffers[0].dies_inside = p->buffers[1].dies_inside = true;
    p->buffers[2].born_inside = true;
    return p;
}

static void tie_inputs_and_output_fill_the_scratch(void **state) {
    Sc *sc = *state;
    ScProgram *p = call_program(sc);
    int64_t distance;
    assert_true(sc_tie_add(p, 0, 3, 0));
    assert_true(sc_tie_add(p, 1, 3, 32));
    assert_true(sc_tie_add(p, 2, 3, 16)); /* over both inputs, which die as it is born */
    assert_true(sc_tie_add(p, 2, 3, 16));
    assert_false(sc_tie_add(p, 2, 3, 32)); /* it is elsewhere already */
    assert_int_equal(sc_tie_root(p, 2, &distance), 3);
    assert_int_equal(distance, 16);
    assert_ok(sc, sc_program_plan(sc, p));
    assert_ok(sc, sc_program_check(sc, p));
    assert_int_equal(p->buffers[0].offset, p->buffers[3].offset);
    assert_int_equal(p->buffers[1].offset, p->buffers[3].offset + 32);
    assert_int_equal(p->buffers[2].offset, p->buffers[3].offset + 16);
    /* Scratch and %4 live together; %5 has room in the scratch's bytes. */
    assert_int_equal(p->memory_bound[0], 128 + 48);
    assert_int_equal(p->memory_bytes[0], 128 + 48);
    sc_ties_clear(p);
    assert_ok(sc, sc_program_plan(sc, p));
    assert_int_equal(p->memory_bytes[0], 128 + 48 + 3 * 32);
}

static void tie_that_lets_living_buffers_overlap_is_refused(void **state) {
    Sc *sc = *state;
    ScProgram *p = call_program(sc);
    int64_t distance;
    assert_true(sc_tie_add(p, 0, 3, 0));
    assert_false(sc_tie_add(p, 1, 3, 16)); /* both inputs live before the call */
    assert_int_equal(sc_tie_root(p, 1, &distance), 1);
    assert_true(sc_tie_add(p, 1, 3, 32));
    assert_false(sc_tie_add(p, 4, 3, 64)); /* isn't inside by design */
    assert_true(sc_tie_add(p, 4, 3, 128)); /* behind it: no harm */
    p->buffers[2].born_inside = false;
    assert_false(sc_tie_add(p, 2, 3, 96));
    p->buffers[2].born_inside = true;
    assert_true(sc_tie_add(p, 2, 3, 96));
    assert_false(sc_tie_add(p, 5, 4, -32)); /* where %2 is */
    assert_true(sc_tie_add(p, 5, 4, -64));
    p = call_program(sc);
    p->buffers[5].memory = 1;
    assert_false(sc_tie_add(p, 5, 3, 0));
}

/* An item may reach below its root: the plan has no negative offsets. */
static void tie_below_its_root_is_planned_from_zero(void **state) {
    Sc *sc = *state;
    ScProgram *p = call_program(sc);
    assert_true(sc_tie_add(p, 3, 0, -64)); /* the scratch begins 64 before %0 */
    assert_true(sc_tie_add(p, 2, 3, 0));
    assert_ok(sc, sc_program_plan(sc, p));
    assert_ok(sc, sc_program_check(sc, p));
    assert_int_equal(p->buffers[3].offset + 64, p->buffers[0].offset);
    assert_int_equal(p->buffers[2].offset, p->buffers[3].offset);
    const char *text = text_of(sc, p);
    assert_non_null(strstr(text, "buffer 3 = 128 scratch tied 0 - 64 live 1..1"));
    assert_non_null(strstr(text, "buffer 2 = 32 tied 0 - 64 born_inside live 1..2"));
    assert_string_equal(text_of(sc, program_of(sc, text)), text);
}

static void check_ties_that_lie_are_found(void **state) {
    static const struct {
        const char *body, *says;
    } cases[] = {
        {"buffer 0 = 16 tied 5 + 0", "tied to nothing"},
        {"buffer 0 = 16 tied 0 + 0", "tied to nothing"},
        {"buffer 0 = 16 tied 1 + 0\nbuffer 1 = 16 tied 0 + 0", "tied to nothing"},
        {"buffer 0 = 16\nbuffer 1 = 16 in memory 1 tied 0 + 16", "where it is tied"},
        {"buffer 0 = 16\nbuffer 1 = 16 state tied 0 + 16", "where it is tied"},
        {"memory 0 bytes 64 bound 0\nbuffer 0 = 16 live 0..0 at 0\n"
         "buffer 1 = 16 tied 0 + 32 live 0..0 at 16",
         "where it is tied"},
        /* Tied, and yet both in use for longer than a call. */
        {"memory 0 bytes 64 bound 0\nbuffer 0 = 32 scratch live 1..1 at 0\n"
         "buffer 1 = 16 tied 0 + 0 live 0..1 at 0",
         "overlaps"},
        {"memory 0 bytes 64 bound 0\nbuffer 0 = 32 scratch live 1..1 at 0\n"
         "buffer 1 = 16 dies_inside live 0..1 at 0",
         "overlaps"},
        {"memory 0 bytes 64 bound 0\nbuffer 0 = 32 scratch live 1..1 at 0\n"
         "buffer 1 = 16 tied 0 + 0 dies_inside live 0..1 at 0",
         NULL},
    };
    Sc *sc = *state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const char *text = sc_arena_fmt(sc->arena, "program \"f\"\n%s\n", cases[i].body);
        ScProgram *p;
        ScStatus status = sc_program_parse(sc, "test", text, strlen(text), &p);
        const char *why = status == SC_OK ? "" : sc->diags[sc->n_diags - 1].what;
        if (cases[i].says ? !strstr(why, cases[i].says) : status != SC_OK) {
            fail_msg("case %zu: %s %s", i, sc_status_name(status), why);
        }
    }
}

/* ---- random ties -------------------------------------------------------------------- */

/* Some calls of a random program become calls of a delegate with a scratch, and their
 * tensors lie somewhere in it. */
static void delegates_add(Sc *sc, ScProgram *p, uint64_t *seed) {
    ScPDelegate delegate = {.id = "D"};
    SC_PUSH(p->arena, p->delegates, p->n_delegates, p->cap_delegates, delegate);
    for (size_t i = 0; i < p->n_insts; i++) {
        ScPInst *inst = &p->insts[i];
        if (inst->n_outputs != 1 || random_to(seed, 2)) {
            continue;
        }
        uint32_t buffer = sc_program_buffer(p, 512);
        int64_t dims[1] = {512};
        p->buffers[buffer].is_scratch = true;
        inst->kind = SC_P_DELEGATE;
        inst->index = 0;
        inst->in_place = -1;
        inst->n_outputs = 2;
        inst->args[inst->n_args - 1] =
            sc_program_tensor(p, NULL, SC_U8, 1, dims, SC_LAYOUT_CONTIGUOUS, buffer, 0);
    }
    sc_program_lifetimes(sc->arena, p);
}

static uint32_t ties_add(ScProgram *p, uint64_t *seed) {
    uint32_t n_tied = 0;
    for (size_t i = 0; i < p->n_insts; i++) {
        const ScPInst *inst = &p->insts[i];
        uint32_t n = inst->kind == SC_P_DELEGATE ? inst->n_args - 1 : 0;
        for (uint32_t a = 0; a < n; a++) {
            uint32_t b = sc_pvalue_buffer(p, inst->args[a]);
            uint32_t scratch = sc_pvalue_buffer(p, inst->args[n]);
            ScPBuffer *buffer = &p->buffers[b];
            bool output = a + 1 == n;
            bool *flag = output ? &buffer->born_inside : &buffer->dies_inside;
            int32_t edge = output ? buffer->first : buffer->last;
            if (buffer->is_state || edge != (int32_t)i || *flag) {
                continue;
            }
            *flag = true;
            *flag = sc_tie_add(p, b, scratch, 16 * (int64_t)random_to(seed, 17));
            n_tied += *flag;
        }
    }
    return n_tied;
}

static void tie_random_programs_are_planned_soundly(void **state) {
    enum { N = 300 };
    Sc *sc = *state;
    uint32_t n_tied = 0;
    for (uint64_t seed = 1; seed <= N; seed++) {
        uint64_t random = seed * 77;
        ScProgram *p = random_program(sc, seed);
        delegates_add(sc, p, &random);
        n_tied += ties_add(p, &random);
        assert_ok(sc, sc_program_plan(sc, p));
        assert_ok(sc, sc_program_check(sc, p)); /* ties hold, nothing else overlaps */
        assert_true(p->memory_bytes[0] >= p->memory_bound[0]);
        const char *text = text_of(sc, p);
        assert_string_equal(text_of(sc, program_of(sc, text)), text);
    }
    assert_true(n_tied > 2 * N);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        BENCH_TEST(tie_inputs_and_output_fill_the_scratch),
        BENCH_TEST(tie_that_lets_living_buffers_overlap_is_refused),
        BENCH_TEST(tie_below_its_root_is_planned_from_zero),
        BENCH_TEST(check_ties_that_lie_are_found),
        BENCH_TEST(tie_random_programs_are_planned_soundly),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
