/* SPDX-License-Identifier: Apache-2.0 */
/* The .pte writer and reader: the same bytes twice, what is read is what was
 * written, nothing dead gets in; stock files read, print and write again. */
#include "tests/unit/program/bench.h"

#include "compiler/program/intern.h"
#include "runtime/flatbuf.h"
#include "runtime/schema.h"

/* Names of values and places in the source don't get into a .pte. */
static void names_strip(ScProgram *p) {
    for (size_t i = 0; i < p->n_values; i++) {
        p->values[i].name = NULL;
    }
    for (size_t i = 0; i < p->n_insts; i++) {
        p->insts[i].where = NULL;
        p->insts[i].in_place = -1;
    }
}

/* Every kind of value, state, views, a delegate, quantized input and output. */
static const char whole[] =
    "program \"forward\"\n"
    "memory 0 bytes 112 bound 96\n"
    "memory 1 bytes 48 bound 48\n"
    "const 0 = f32[1.0, 2.0, 3.0, 4.0]\n"
    "const 1 = i64[5]\n"
    "const 2 = f32[0.5, 0.0, 0.0, 0.25]\n"
    "buffer 0 = 32 io live -1..0 at 0\n"
    "buffer 1 = 32 live 0..1 at 32\n"
    "buffer 2 = 32 live 0..2 at 64\n"
    "buffer 3 = 16 in memory 1 state initial 2 live -1..6 at 0\n"
    "buffer 4 = 16 in memory 1 state live -1..6 at 16\n"
    "buffer 5 = 1 in memory 1 state live -1..6 at 32\n"
    "buffer 6 = 16 io live 2..6 at 96\n"
    "buffer 7 = 0 live 2..2 at 0\n"
    "delegate 0 = \"EthosUBackend\" 77 crc32:4f9de02a {\"key\" 6869} {\"empty\"}\n"
    "delegate 1 = \"EthosUBackend\" 77 crc32:4f9de02a\n"
    "%0 = f32[1,2,2,2]{0,2,3,1} buffer 0\n"
    "%1 = f32[4] const 0 fqn \"fc.weight\"\n"
    "%2 = f32[2,2] const 0\n"
    "%3 = i64[] const 1\n"
    "%4 = f32[8] buffer 1\n"
    "%5 = f32[8] buffer 2\n"
    "%6 = f32[4] buffer 3\n"
    "%7 = f32[4] buffer 4\n"
    "%8 = bool[1,1] buffer 5\n"
    "%9 = f32[4] buffer 2 + 16\n"
    "%10 = f32[4] buffer 6\n"
    "%11 = f32[0] buffer 7\n"
    "%12 = f32[2] unplanned dynamic 1\n"
    "%13 = f32[2] buffer 3 + 8\n"
    "$0 = 3\n"
    "input %0 \"x\" scale 0.05 zero_point -3 channels_last\n"
    "input 3\n"
    "output %10 \"y\"\n"
    "call a::two.out(%0, %1, [1, 0, -1], [], d[0.5, -0.0], b[true, false], \"sum\", null "
    "-> %4, %5)\n"
    "call a::f.out(o[%4, none, %3], t[%9, %2], 0, 0.0, false, 9223372036854775807, "
    "inf, %12 -> %5)\n"
    "run 0(%9, %13, %11, %10)\n"
    "run 1(%10)\n"
    "call executorch_prim::add.Scalar raw(3, 1, $0)\n"
    "call aten::copy_(%6, %7, true)\n"
    "call aten::copy_(%8, %3, false)\n";

static void emit_whole_program_reads_back_equal(void **state) {
    Sc *sc = *state;
    ScProgram *p = program_of(sc, whole);
    assert_string_equal(text_of(sc, p), whole);
    ScBuf pte = pte_of(sc, p);
    assert_int_equal(sc_verify(pte.data, pte.len, NULL), SC_OK);
    ScProgram *back = read_back(sc, &pte);
    assert_string_equal(text_of(sc, back), whole);
    ScBuf again = pte_of(sc, back);
    assert_int_equal(again.len, pte.len);
    assert_memory_equal(again.data, pte.data, pte.len);
}

static void emit_random_programs_read_back_equal(void **state) {
    Sc *sc = *state;
    for (uint64_t seed = 1; seed <= 300; seed++) {
        ScProgram *p = random_program(sc, seed);
        assert_ok(sc, sc_program_schedule(sc, p));
        assert_ok(sc, sc_program_plan(sc, p));
        names_strip(p);
        ScBuf pte = pte_of(sc, p), twice = pte_of(sc, p);
        assert_int_equal(pte.len, twice.len);
        assert_memory_equal(pte.data, twice.data, pte.len);
        ScProgram *back = read_back(sc, &pte);
        /* Views that nothing uses stay behind, and buffers get other numbers:
         * what must be equal is what is written of it. */
        ScBuf again = pte_of(sc, back);
        if (again.len != pte.len || memcmp(again.data, pte.data, pte.len) != 0) {
            fail_msg("seed %llu\n%s\n%s", (unsigned long long)seed, text_of(sc, p),
                     text_of(sc, back));
        }
        assert_int_equal(back->memory_bound[0], p->memory_bound[0]);
        assert_ok(sc, sc_program_check(sc, back));
    }
}

/* Scratch is read by one call and written by none: it is no view of what lay
 * on its bytes before. */
static void read_scratch_lives_for_one_call(void **state) {
    Sc *sc = *state;
    ScProgram *p = program_of(
        sc, "program \"forward\"\n"
            "buffer 0 = 64\nbuffer 1 = 32\nbuffer 2 = 64\nbuffer 3 = 32\nbuffer 4 = 64\n"
            "buffer 5 = 48\nbuffer 6 = 64\n"
            "%0 = f32[16] buffer 0\n%1 = u8[32] buffer 1\n%2 = f32[16] buffer 2\n"
            "%3 = u8[32] buffer 3\n%4 = f32[16] buffer 4\n%5 = u8[48] buffer 5\n"
            "%6 = f32[16] buffer 6\ninput %0\noutput %6\n"
            "call a::f(%0, %1 -> %2)\ncall a::f(%2, %3 -> %4)\ncall a::f(%4, %5 -> %6)\n");
    assert_ok(sc, sc_program_plan(sc, p));
    assert_int_equal(p->memory_bytes[0], 64 + 64 + 48);
    ScBuf pte = pte_of(sc, p);
    assert_string_equal(text_of(sc, read_back(sc, &pte)), text_of(sc, p));
    /* inside the bytes of a larger buffer that is dead by then */
    static const char inside[] =
        "program \"forward\"\nmemory 0 bytes 192 bound 160\n"
        "buffer 0 = 64 io live -1..0 at 0\nbuffer 1 = 64 live 0..1 at 64\n"
        "buffer 2 = 32 live 1..1 at 16\nbuffer 3 = 64 io live 1..1 at 128\n"
        "%0 = f32[16] buffer 0\n%1 = f32[16] buffer 1\n%2 = u8[32] buffer 2\n"
        "%3 = f32[16] buffer 3\ninput %0\noutput %3\n"
        "call a::f(%0 -> %1)\ncall a::f(%1, %2 -> %3)\n";
    pte = pte_of(sc, program_of(sc, inside));
    assert_string_equal(text_of(sc, read_back(sc, &pte)), inside);
}

static void emit_writes_nothing_that_is_dead(void **state) {
    Sc *sc = *state;
    ScProgram *p = program_of(
        sc, "program \"f\"\nmemory 0 bytes 32 bound 32\n"
            "const 0 = f32[1.0]\nconst 1 = f32[2.0]\nconst 2 = 4096 crc32:0123abcd\n"
            "buffer 0 = 4 at 0\nbuffer 1 = 4 at 16\n"
            "%0 = f32[1] const 0\n%1 = f32[1] const 1\n%2 = f32[1024] const 2\n"
            "%3 = f32[1] buffer 0\n%4 = f32[1] buffer 1\n"
            "input %3\noutput %4\ncall a::f(%3, %1 -> %4)\n");
    sc_program_int(p, 77);
    sc_operator_intern(p, "a::dead");
    ScBuf pte = pte_of(sc, p);
    ScProgram *back = read_back(sc, &pte);
    assert_int_equal(back->n_values, 3);
    assert_int_equal(back->n_constants, 1);
    assert_int_equal(back->n_operators, 1);
    assert_true(pte.len < 1200);
}

static void emit_header_and_segments_are_where_the_format_wants(void **state) {
    Sc *sc = *state;
    ScProgram *p = program_of(sc, whole);
    ScBuf pte = pte_of(sc, p);
    const uint8_t *file = (const uint8_t *)pte.data;
    assert_memory_equal(file + 4, "ET12eh00", 8);
    assert_int_equal(sc_load_u32(file + 12), 32);
    uint64_t program = sc_load_u64(file + 16), base = sc_load_u64(file + 24);
    assert_int_equal(base, sc_align_up(program, 128));
    assert_int_equal(base + sc_load_u64(file + 32), pte.len);
    uint32_t root = sc_load_u32(file);
    uint32_t segments = sc_flat_ref(file, root, SC_PROGRAM_SEGMENTS);
    assert_int_equal(sc_flat_count(file, segments), 3);
    for (uint32_t i = 0; i < 3; i++) {
        uint32_t segment = sc_flat_table_at(file, segments, i);
        assert_int_equal(sc_flat_u64(file, segment, SC_SEGMENT_OFFSET) % 128, 0);
    }
    uint32_t constants = sc_flat_ref(file, root, SC_PROGRAM_CONSTANT_SEGMENT);
    uint32_t offsets = sc_flat_ref(file, constants, SC_SUBSEGMENT_OFFSETS);
    assert_int_equal(sc_flat_count(file, offsets), 3); /* a dummy and two constants */
    assert_int_equal(sc_flat_u64_at(file, offsets, 0), 0);
    for (uint32_t i = 1; i < 3; i++) {
        assert_int_equal(sc_flat_u64_at(file, offsets, i) % 16, 0);
    }
    /* inline payloads: equal ones once, 16-byte aligned in the file */
    uint32_t data = sc_flat_ref(file, root, SC_PROGRAM_DELEGATE_DATA);
    assert_int_equal(sc_flat_count(file, data), 1);
    uint32_t bytes = sc_flat_ref(file, sc_flat_table_at(file, data, 0), SC_BYTES_DATA);
    assert_int_equal((bytes + 4) % 16, 0);
    assert_int_equal(sc_flat_count(file, bytes), 77);
}

static void emit_required_vectors_are_there_when_empty(void **state) {
    static const uint32_t fields[] = {
        SC_PLAN_VALUES,    SC_PLAN_INPUTS,    SC_PLAN_OUTPUTS,      SC_PLAN_CHAINS,
        SC_PLAN_OPERATORS, SC_PLAN_DELEGATES, SC_PLAN_MEMORY_SIZES, SC_PLAN_NAME};
    Sc *sc = *state;
    ScProgram *p = program_of(sc, "program \"empty\"\n");
    assert_ok(sc, sc_program_plan(sc, p));
    ScBuf pte = pte_of(sc, p);
    const uint8_t *file = (const uint8_t *)pte.data;
    assert_int_equal(sc_verify(file, pte.len, NULL), SC_OK);
    assert_true(pte.len >= 64); /* ExecuTorch reads this many bytes of any file */
    uint32_t plans = sc_flat_ref(file, sc_load_u32(file), SC_PROGRAM_PLANS);
    uint32_t plan = sc_flat_table_at(file, plans, 0);
    for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++) {
        assert_int_not_equal(sc_flat_ref(file, plan, fields[i]), 0);
    }
    assert_string_equal(text_of(sc, read_back(sc, &pte)), "program \"empty\"\n");
}

static void emit_io_segment_tells_names_scales_and_layouts(void **state) {
    Sc *sc = *state;
    ScBuf pte = pte_of(sc, program_of(sc, whole));
    ScModel model;
    ScIoInfo info;
    assert_int_equal(sc_open(pte.data, pte.len, &model), SC_OK);
    assert_int_equal(sc_input_info(&model, 0, &info), SC_OK);
    assert_string_equal(info.name, "x");
    assert_true(info.scale == 0.05f);
    assert_int_equal(info.zero_point, -3);
    assert_int_equal(info.layout, SC_LAYOUT_CHANNELS_LAST);
    assert_int_equal(sc_input_info(&model, 1, &info), SC_OK);
    assert_string_equal(info.name, "");
    assert_int_equal(sc_output_info(&model, 0, &info), SC_OK);
    assert_string_equal(info.name, "y");
    assert_true(info.scale == 0);
}

static void emit_unplanned_program_is_refused(void **state) {
    Sc *sc = *state;
    ScProgram *p =
        program_of(sc, "program \"f\"\nbuffer 0 = 4\n%0 = f32[1] buffer 0\ninput %0\n");
    ScBuf out = sc_buf(sc->arena);
    assert_int_equal(sc_emit_pte(sc, p, &out), SC_E_INTERNAL);
    assert_int_equal(out.len, 0);
}

static void read_damaged_file_is_refused_with_the_place(void **state) {
    Sc *sc = *state;
    ScBuf pte = pte_of(sc, program_of(sc, whole));
    for (size_t n = 0; n < pte.len; n += 61) {
        ScProgram *p;
        ScBytes file = {.data = sc_arena_copy(sc->arena, pte.data, pte.len), .n_bytes = n};
        if (sc_program_read(sc, "cut.pte", file, &p) == SC_OK) {
            fail_msg("cut to %zu bytes", n);
        }
        assert_string_equal(sc->diags[sc->n_diags - 1].where, "cut.pte");
    }
    /* One byte changed: refused, or read into something that checks. */
    for (size_t n = 0; n < pte.len; n++) {
        ScProgram *p;
        uint8_t *bytes = sc_arena_copy(sc->arena, pte.data, pte.len);
        bytes[n] ^= 0x41;
        if (sc_program_read(sc, "bad.pte", (ScBytes){bytes, pte.len}, &p) == SC_OK) {
            (void)text_of(sc, p);
            ScBuf report = sc_buf(sc->arena);
            sc_report_program(sc, "bad", p, NULL, SC_TEXT, &report);
        }
    }
}

/* Programs that stock ExecuTorch wrote (tests/fuzz/corpus). */
static void read_stock_files_print_and_write_again(void **state) {
    static const char *const names[] = {"attention", "convs", "integers", "shapes",
                                        "state"};
    Sc *sc = *state;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        ScBytes file;
        ScProgram *p;
        const char *path = sc_arena_fmt(sc->arena, "%s/tests/fuzz/corpus/pte/stock_%s.pte",
                                        SC_SOURCE_DIR, names[i]);
        assert_ok(sc, sc_file_map(sc, path, &file));
        assert_ok(sc, sc_program_read(sc, path, file, &p));
        assert_ok(sc, sc_program_check(sc, p)); /* no overlap: the buffers are right */
        const char *text = text_of(sc, p);
        assert_string_equal(text_of(sc, program_of(sc, text)), text);
        ScBuf pte = pte_of(sc, p);
        assert_string_equal(text_of(sc, read_back(sc, &pte)),
                            text_of(sc, read_back(sc, &pte)));
        if (pte.len > file.n_bytes + 400) { /* sconce.io comes on top */
            fail_msg("%s: %zu bytes from %zu", names[i], pte.len, file.n_bytes);
        }
        uint64_t stock = p->memory_bytes[0];
        assert_ok(sc, sc_program_plan(sc, p));
        assert_ok(sc, sc_program_check(sc, p));
        if (p->memory_bytes[0] > stock) {
            fail_msg("%s: planned %llu, stock %llu", names[i],
                     (unsigned long long)p->memory_bytes[0], (unsigned long long)stock);
        }
    }
}

/* All of it once, with every allocation failing in turn: it must come back
 * through the arena's door, and what was made before must be freed. */
static void everything_survives_any_failed_allocation(void **state) {
    (void)state;
    static uint64_t nth;
    static bool done;
    for (nth = 1, done = false; !done; nth++) {
        Sc sc = {.arena = sc_arena_new()};
        jmp_buf door;
        assert_non_null(sc.arena);
        if (setjmp(door) == 0) {
            sc_arena_guard(sc.arena, &door);
            sc_arena_fail_at(nth);
            ScProgram *p = program_of(&sc, whole);
            sc_program_schedule(&sc, p);
            sc_program_plan(&sc, p);
            ScBuf pte = pte_of(&sc, p), report = sc_buf(sc.arena);
            p = read_back(&sc, &pte);
            sc_report_program(&sc, "p", p, NULL, SC_TEXT, &report);
            done = true;
        }
        sc_arena_fail_at(0);
        sc_arena_free(sc.arena);
    }
    assert_true(nth > 20);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        BENCH_TEST(emit_whole_program_reads_back_equal),
        BENCH_TEST(emit_random_programs_read_back_equal),
        BENCH_TEST(read_scratch_lives_for_one_call),
        BENCH_TEST(emit_writes_nothing_that_is_dead),
        BENCH_TEST(emit_header_and_segments_are_where_the_format_wants),
        BENCH_TEST(emit_required_vectors_are_there_when_empty),
        BENCH_TEST(emit_io_segment_tells_names_scales_and_layouts),
        BENCH_TEST(emit_unplanned_program_is_refused),
        BENCH_TEST(read_damaged_file_is_refused_with_the_place),
        BENCH_TEST(read_stock_files_print_and_write_again),
        cmocka_unit_test(everything_survives_any_failed_allocation),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
