/* SPDX-License-Identifier: Apache-2.0 */
/* The text form: what is printed reads back to the same text; broken text is
 * refused at its line; the checker finds broken Programs. */
#include "tests/unit/program/bench.h"

#include "compiler/program/intern.h"
#include "compiler/program/number.h"

/* As sc_program_print() writes it: every statement and every kind of value. */
static const char whole[] =
    "program \"forward\"\n"
    "memory 0 bytes 112 bound 96\n"
    "memory 1 bytes 16 bound 16\n"
    "const 0 = f32[1.0, -2.5, 0.1, inf]\n"
    "const 1 = u32[2143289344, 0, 0, 0]\n"
    "const 2 = 4096 crc32:0123abcd\n"
    "const 3 = i64[-9223372036854775808, 9223372036854775807]\n"
    "const 4 = u16[15360, 0]\n"
    "const 5 = f32[]\n"
    "buffer 0 = 16 io live -1..3 at 0\n"
    "buffer 1 = 32 live 0..3 at 32\n"
    "buffer 2 = 16 in memory 1 state initial 0 live -1..3 at 0\n"
    "buffer 3 = 48 io live 2..3 at 64\n"
    "delegate 0 = \"EthosUBackend\" 77 crc32:4f9de02a {\"key\" 6869} {\"empty\"}\n"
    "%0 \"x\" = f32[1,4] buffer 0\n"
    "%1 \"w \\\"quoted\\\"\\n\" = f32[4] const 0 fqn \"fc.weight\"\n"
    "%2 = f32[4] const 1\n"
    "%3 = f32[1024] const 2\n"
    "%4 = i64[2] const 3\n"
    "%5 = f16[2] const 4\n"
    "%6 = f32[0] const 5\n"
    "%7 = f32[1,2,1,2]{0,2,3,1} buffer 1 + 16\n"
    "%8 = i8[16] buffer 2\n"
    "%9 = f32[3,4] buffer 3 dynamic 1\n"
    "%10 = f32[] unplanned\n"
    "$0 = 3\n"
    "$1 = [3, $0]\n"
    "input %0 \"x\" scale 0.05 zero_point -3 channels_last\n"
    "input 3\n"
    "output %9\n"
    "call a::many.out(%0, 3, $0, $1, -1, 0.5, inf, nan, nan:7ff0000000000001, true, "
    "null, \"sum\", [1, 2], [], d[0.5], b[true, false], t[%0, %1], o[%2, none] -> %7) "
    "in_place 0 at \"fc: model.py:3\"\n"
    "call a::two.out(%0 -> %7, %9)\n"
    "call a::list.out(%0 -> t[%7, %9])\n"
    "call aten::copy_(%8, %0, false)\n"
    "call executorch_prim::et_view.default raw(%0, [1, 2], %9)\n"
    "call a::odd raw(%0, %9, %7) outputs 1\n"
    "run 0(%0 -> %9) at \"npu\"\n"
    "run 0(%0, %9)\n"
    "move %0 %10\n"
    "jump_false %0 3\n"
    "free %10\n";

static void text_every_statement_prints_as_it_was(void **state) {
    Sc *sc = *state;
    ScProgram *p = program_of(sc, whole);
    assert_string_equal(text_of(sc, p), whole);
}

static void text_blanks_and_comments_are_free(void **state) {
    Sc *sc = *state;
    ScProgram *p = program_of(sc, "program \"f\" # a comment\n\n"
                                  "  buffer 0=16\r\n\t%0=f32 [ 2 , 2 ] buffer 0\n"
                                  "input %0 # io\noutput %0");
    assert_string_equal(text_of(sc, p), "program \"f\"\nbuffer 0 = 16\n"
                                        "%0 = f32[2,2] buffer 0\ninput %0\noutput %0\n");
}

static void text_broken_is_refused_at_its_line(void **state) {
    static const struct {
        const char *text, *where;
    } cases[] = {
        {"", "test:1"},
        {"program forward", "test:1"},
        {"program \"f\"\nbuffer 1 = 4", "test:2"},
        {"program \"f\"\nbuffer 0 = -4", "test:2"},
        {"program \"f\"\n\n%0 = f99[1] unplanned", "test:3"},
        {"program \"f\"\n%0 = f32[1,1,1,1,1,1,1,1,1] unplanned", "test:2"},
        {"program \"f\"\n%0 = f32[1] somewhere", "test:2"},
        {"program \"f\"\ninput %0", "test:2"},
        {"program \"f\"\noutput $0", "test:2"},
        {"program \"f\"\nconst 0 = f32[1.0", "test:2"},
        {"program \"f\"\nconst 0 = 99999999999 crc32:0", "test:2"},
        {"program \"f\"\ncall a::b(1", "test:2"},
        {"program \"f\"\ncall a::b(none)", "test:2"},
        {"program \"f\"\nmemory 8 bytes 1 bound 1", "test:2"},
        {"program \"f\"\nwhat", "test:2"},
        {"program \"f", "test:1"},
        {"program \"f\\", "test:1"},
        {"program \"f\"\ndelegate 0 = \"D\" 0 crc32:0 {\"k\" 6", "test:2"},
    };
    Sc *sc = *state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        ScProgram *p;
        ScStatus status =
            sc_program_parse(sc, "test", cases[i].text, strlen(cases[i].text), &p);
        if (status != SC_E_FORMAT) {
            fail_msg("case %zu: %s", i, sc_status_name(status));
        }
        assert_string_equal(sc->diags[sc->n_diags - 1].where, cases[i].where);
    }
}

static void check_broken_program_is_refused(void **state) {
    static const struct {
        const char *body, *says;
    } cases[] = {
        {"%0 = f32[4] buffer 0", "outside its bytes"},
        {"buffer 0 = 15\n%0 = f32[4] buffer 0", "outside its bytes"},
        {"buffer 0 = 16\n%0 = f32[4] buffer 0 + 4", "outside its bytes"},
        {"const 0 = f32[1.0]\n%0 = f32[2] const 0", "outside its bytes"},
        {"%0 = f32[2]{1} unplanned", "dim_order"},
        {"%0 = f32[2,2]{1,1} unplanned", "dim_order"},
        {"%0 = f32[-1] unplanned", "sizes"},
        {"%0 = f32[2147483647,2147483647,2147483647] unplanned", "sizes"},
        {"%0 = f32[1] unplanned\ncall a::b([%0])", "another kind"},
        {"call a::b(t[1])", "another kind"},
        {"run 0()", "don't exist"},
        {"jump_false true 2", "don't exist"},
        {"%0 = f32[1] unplanned\ncall a::b(-> %0) in_place 7", "in_place"},
        {"const 0 = f32[1.0]\n%0 = f32[1] const 0\ncall a::b(-> %0)", "constant"},
        {"call a::b raw(1) outputs 1", "more outputs"},
        {"buffer 0 = 4 in memory 8", "memory"},
        {"buffer 0 = 4 state initial 0", "first value"},
        {"memory 0 bytes 16 bound 16\nbuffer 0 = 16 live 0..1 at 4", "outside its memory"},
        {"memory 0 bytes 32 bound 32\nbuffer 0 = 16 live 0..1 at 0\n"
         "buffer 1 = 16 live 1..2 at 8",
         "overlaps"},
    };
    Sc *sc = *state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        ScProgram *p;
        const char *text = sc_arena_fmt(sc->arena, "program \"f\"\n%s\n", cases[i].body);
        ScStatus status = sc_program_parse(sc, "test", text, strlen(text), &p);
        if (status == SC_OK || !strstr(last_diag(sc), cases[i].says)) {
            fail_msg("case %zu: %s: %s", i, sc_status_name(status), last_diag(sc));
        }
    }
}

static void check_list_before_its_member_is_refused(void **state) {
    Sc *sc = *state;
    ScProgram *p = sc_program_new(sc->arena, "f");
    ScPid member = 1;
    ScPValue list = {.kind = SC_P_TENSORS, .n = 1, .as.items = &member};
    sc_value_add(p, &list);
    sc_program_const(p, "w", SC_U8, 0, NULL, SC_LAYOUT_CONTIGUOUS, "");
    assert_int_equal(sc_program_check(sc, p), SC_E_INTERNAL);
    assert_non_null(strstr(last_diag(sc), "before its member"));
}

static void check_buffers_apart_in_time_or_memory_may_share_bytes(void **state) {
    Sc *sc = *state;
    program_of(sc,
               "program \"f\"\nmemory 0 bytes 16 bound 16\nmemory 1 bytes 16 bound 16\n"
               "buffer 0 = 16 live 0..1 at 0\nbuffer 1 = 16 live 2..2 at 0\n"
               "buffer 2 = 16 in memory 1 live 0..2 at 0\nbuffer 3 = 0 live 0..2 at 0\n");
}

static void crc32_stand_in_has_the_checksum(void **state) {
    (void)state;
    assert_int_equal(sc_crc32("123456789", 9), 0xcbf43926u); /* the published check value */
    static const uint32_t sums[] = {0, 1, 0xffffffffu, 0x0123abcd};
    uint8_t bytes[300];
    for (size_t i = 0; i < sizeof sums / sizeof sums[0]; i++) {
        for (size_t n = 4; n < sizeof bytes; n += 37) {
            sc_crc32_stand_in(sums[i], bytes, n);
            assert_int_equal(sc_crc32(bytes, n), sums[i]);
        }
    }
}

static void float_shortest_reads_back_equal(void **state) {
    (void)state;
    assert_true(sc_float_shortest(0.1f) == 0.1);
    assert_true(sc_float_shortest(0.05f) == 0.05);
    uint64_t seed = 7;
    for (int i = 0; i < 2000; i++) {
        uint32_t bits = (uint32_t)random_next(&seed);
        float value;
        memcpy(&value, &bits, sizeof value);
        if (value == value) {
            assert_true((float)sc_float_shortest(value) == value);
        }
    }
}

static void text_random_programs_print_as_they_were(void **state) {
    Sc *sc = *state;
    for (uint64_t seed = 1; seed <= 100; seed++) {
        ScProgram *p = random_program(sc, seed);
        const char *text = text_of(sc, p);
        const char *again = text_of(sc, program_of(sc, text));
        if (strcmp(text, again) != 0) {
            fail_msg("seed %llu:\n%s\n%s", (unsigned long long)seed, text, again);
        }
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        BENCH_TEST(text_every_statement_prints_as_it_was),
        BENCH_TEST(text_blanks_and_comments_are_free),
        BENCH_TEST(text_broken_is_refused_at_its_line),
        BENCH_TEST(check_broken_program_is_refused),
        BENCH_TEST(check_list_before_its_member_is_refused),
        BENCH_TEST(check_buffers_apart_in_time_or_memory_may_share_bytes),
        BENCH_TEST(crc32_stand_in_has_the_checksum),
        BENCH_TEST(float_shortest_reads_back_equal),
        BENCH_TEST(text_random_programs_print_as_they_were),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
