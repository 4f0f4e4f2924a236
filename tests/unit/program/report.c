/* SPDX-License-Identifier: Apache-2.0 */
/* Kernel tables and reports. */
#include "tests/unit/program/bench.h"

#include "compiler/base/json.h"

/* ---- kernel table -------------------------------------------------------------------- */

static const ScKernel offered_rows[] = {
    {"aten::add.out", "TTSO", 0, 'f'},       {"aten::add.out", "TTSO", 0, 'i'},
    {"aten::cat.out", "ViO", 0, '*'},        {"aten::mul.out", "TTO", 0, 'f'},
    {"b::very_long.name.out", "TO", 0, 'f'},
};
static const ScKernelTable offered = {offered_rows, 5};

static const char calls[] = "program \"f\"\nbuffer 0 = 16\nbuffer 1 = 16\nbuffer 2 = 8\n"
                            "%0 = f32[4] buffer 0\n%1 = i32[4] buffer 1\n"
                            "%2 = f16[4] buffer 2\n";

static ScStatus table_of(Sc *sc, const char *body, ScBuf *out) {
    const ScProgram *p[2] = {program_of(sc, sc_arena_fmt(sc->arena, "%s%s", calls, body))};
    p[1] = p[0];
    return sc_emit_kernel_table(sc, p, NULL, 2, &offered, out);
}

static void kernels_table_has_what_is_called_sorted_once(void **state) {
    Sc *sc = *state;
    ScBuf out = sc_buf(sc->arena);
    assert_ok(sc, table_of(sc,
                           "call aten::cat.out(t[%0, %0], 0 -> %0)\n"
                           "call b::very_long.name.out(%0 -> %0)\n"
                           "call aten::add.out(%1, %1, 1 -> %1)\n"
                           "call aten::add.out(%0, %1, 1 -> %0)\n"
                           "call aten::add.out(%0, %0, 1 -> %0)\n",
                           &out));
    const char *rows = strstr(out.data, "#include");
    assert_string_equal(
        rows, "#include \"sconce/runtime.h\"\n\n"
              "ScStatus sc_aten_add_out_f(ScCall *call);\n"
              "ScStatus sc_aten_add_out_i(ScCall *call);\n"
              "ScStatus sc_aten_cat_out_x(ScCall *call);\n"
              "ScStatus sc_b_very_long_name_out_f(ScCall *call);\n\n"
              "static const ScKernel rows[] = {\n"
              "    {\"aten::add.out\", \"TTSO\", sc_aten_add_out_f, 'f'},\n"
              "    {\"aten::add.out\", \"TTSO\", sc_aten_add_out_i, 'i'},\n"
              "    {\"aten::cat.out\", \"ViO\", sc_aten_cat_out_x, '*'},\n"
              "    {\"b::very_long.name.out\", \"TO\", sc_b_very_long_name_out_f, 'f'},\n"
              "};\n\n"
              "extern const ScKernelTable sc_kernel_table;\n"
              "const ScKernelTable sc_kernel_table = {rows, 4};\n");
}

static void kernels_no_calls_give_an_empty_table(void **state) {
    Sc *sc = *state;
    ScBuf out = sc_buf(sc->arena);
    assert_ok(sc, table_of(sc, "", &out));
    assert_non_null(strstr(out.data, "sc_kernel_table = {0, 0};"));
    assert_null(strstr(out.data, "rows[]"));
}

static void kernels_missing_row_names_operator_and_class(void **state) {
    Sc *sc = *state;
    ScBuf out = sc_buf(sc->arena);
    assert_int_equal(table_of(sc, "call aten::mul.out(%1, %1 -> %1) at \"m.py:3\"\n", &out),
                     SC_E_NO_KERNEL);
    assert_string_equal(last_diag(sc), "m.py:3: no kernel for aten::mul.out of dtype class "
                                       "'i'; it is offered for class 'f'");
    assert_int_equal(table_of(sc, "call a::none(%2, %2 -> %2)\n", &out), SC_E_NO_KERNEL);
    assert_string_equal(last_diag(sc), "f: no kernel for a::none of dtype class 'h'; "
                                       "no linked backend offers this operator");
    assert_int_equal(out.len, 0);
}

static void kernels_class_is_that_of_the_widest_tensor(void **state) {
    static const struct {
        const char *args;
        char dtype_class;
    } cases[] = {
        {"1", 'i'},      {"%0", 'i'},          {"0.5, %0", 'i'}, {"%1, %0", 'f'},
        {"%2, %0", 'h'}, {"%3, %0", 'h'},      {"%4, %1", 'd'},  {"t[%0, %1]", 'f'},
        {"%5", 'i'},     {"o[none, %4]", 'd'},
    };
    Sc *sc = *state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        ScProgram *p = program_of(
            sc,
            sc_arena_fmt(sc->arena,
                         "program \"f\"\n%%0 = i64[1] unplanned\n%%1 = f32[1] unplanned\n"
                         "%%2 = f16[1] unplanned\n%%3 = bf16[1] unplanned\n"
                         "%%4 = f64[1] unplanned\n%%5 = bool[1] unplanned\n"
                         "call a::f(%s)\n",
                         cases[i].args));
        if (sc_call_dtype_class(p, &p->insts[0]) != cases[i].dtype_class) {
            fail_msg("(%s): '%c'", cases[i].args, sc_call_dtype_class(p, &p->insts[0]));
        }
    }
}

/* ---- report ----------------------------------------------------------------------------
 */

static const char model[] =
    "program \"forward\"\n"
    "const 0 = f32[1.0, 2.0]\nconst 1 = 4096 crc32:00000000\n"
    "buffer 0 = 4096\nbuffer 1 = 8\nbuffer 2 = 8 in memory 1 state\n"
    "delegate 0 = \"EthosUBackend\" 77 crc32:4f9de02a\n"
    "%0 \"x\" = f32[1024]{0} buffer 0\n%1 \"y\" = f32[2] buffer 1\n%2 \"h\" = f32[2] "
    "buffer 2\n"
    "%3 \"w\" = f32[2] const 0\n%4 = f32[1024] const 1 fqn \"old.weight\"\n"
    "input %0 \"x\" scale 0.5 zero_point 3\noutput %1 \"y\"\n"
    "call a::f.out(%0, %3, 1 -> %1)\nrun 0(%2 -> %2)\ncall a::f.out(%1, %2, 1 -> %1)\n";

static ScProgram *model_of(Sc *sc) {
    ScProgram *p = program_of(sc, model);
    assert_ok(sc, sc_program_schedule(sc, p));
    assert_ok(sc, sc_program_plan(sc, p));
    return p;
}

static void report_json_tells_sizes_plan_and_dead_constants(void **state) {
    Sc *sc = *state;
    ScPteSizes sizes = {
        .file = 9000, .flatbuffer = 4000, .segments = 5000, .constants = 4104};
    ScBuf out = sc_buf(sc->arena);
    json_t *json, *value;
    assert_ok(sc, sc_report_program(sc, "m.pte", model_of(sc), &sizes, SC_JSON, &out));
    ScBytes text = {.data = (const uint8_t *)out.data, .n_bytes = out.len};
    assert_ok(sc, sc_json_parse(sc, "report", text, &json));
    const char *schema;
    assert_ok(sc, sc_json_string(sc, "report", json, "schema", &schema));
    assert_string_equal(schema, "sconce.inspect/1");
    value = json_object_get(json, "constants");
    assert_int_equal(json_integer_value(json_object_get(value, "bytes")), 4104);
    assert_int_equal(json_integer_value(json_object_get(value, "dead_bytes")), 4096);
    value = json_object_get(json_object_get(json, "sizes"), "file");
    assert_int_equal(json_integer_value(value), 9000);
    value = json_array_get(json_object_get(json, "memories"), 0);
    assert_int_equal(json_integer_value(json_object_get(value, "bytes")), 4112);
    assert_int_equal(json_integer_value(json_object_get(value, "bound")), 4112);
    assert_int_equal(json_array_size(json_object_get(value, "buffers")), 2);
    value = json_array_get(json_object_get(json, "operators"), 0);
    assert_int_equal(json_integer_value(json_object_get(value, "calls")), 2);
    value = json_array_get(json_object_get(json, "delegates"), 0);
    assert_int_equal(json_integer_value(json_object_get(value, "bytes")), 77);
    value = json_array_get(json_object_get(json, "inputs"), 0);
    assert_true(json_real_value(json_object_get(value, "scale")) == 0.5);
    assert_true(json_is_null(json_object_get(json, "overlap")));
}

static void report_text_starts_with_a_summary(void **state) {
    Sc *sc = *state;
    ScBuf out = sc_buf(sc->arena);
    assert_ok(sc, sc_report_program(sc, "m.pte", model_of(sc), NULL, SC_TEXT, &out));
    assert_string_equal(
        out.data,
        "m.pte\n"
        "\n"
        "  constants            4,104 B   in 2 blocks; nothing uses 1 of them, 4,096 B\n"
        "  memory 0             4,112 B   = lower bound of this order, peak at 0 a::f.out\n"
        "  memory 1                16 B   state, kept between runs\n"
        "  instructions             3     kernels 1, delegate calls 1, values 5 (dead: 1)\n"
        "\n"
        "  input  0  x                    f32[1024]                4,096 B  scale 0.5 "
        "zero "
        "point 3\n"
        "  output 0  y                    f32[2]                       8 B\n"
        "\n"
        "Operators\n"
        "   calls  class  operator\n"
        "       2      f  a::f.out\n"
        "\n"
        "Delegates\n"
        "       0  EthosUBackend                     77 B  not linked "
        "into this build\n"
        "\n"
        "Values in use\n"
        "       1  int\n"
        "       4  tensor\n"
        "\n"
        "Memory 0 (* lives at the peak)\n"
        "       bytes      offset   first   last  name\n"
        "       4,096           0      -1      0 *x [io]\n"
        "           8       4,096       0      2 *y [io]\n"
        "\n"
        "Memory 1 (* lives at the peak)\n"
        "       bytes      offset   first   last  name\n"
        "           8           0      -1      2 *h [state]\n"
        "\n"
        "Dead constants\n"
        "       4,096  f32[1024]  old.weight\n");
}

static void report_overlap_of_a_file_is_shown(void **state) {
    Sc *sc = *state;
    ScProgram *p = model_of(sc);
    p->buffers[1].offset = 16;
    ScBuf out = sc_buf(sc->arena);
    assert_ok(sc, sc_report_program(sc, "m.pte", p, NULL, SC_TEXT, &out));
    assert_non_null(strstr(out.data, "WRONG: x and y overlap while both are in use"));
    ScBuf json = sc_buf(sc->arena);
    assert_ok(sc, sc_report_program(sc, "m.pte", p, NULL, SC_JSON, &json));
    assert_non_null(strstr(json.data, "\"overlap\": [\"x\", \"y\"]"));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        BENCH_TEST(kernels_table_has_what_is_called_sorted_once),
        BENCH_TEST(kernels_no_calls_give_an_empty_table),
        BENCH_TEST(kernels_missing_row_names_operator_and_class),
        BENCH_TEST(kernels_class_is_that_of_the_widest_tensor),
        BENCH_TEST(report_json_tells_sizes_plan_and_dead_constants),
        BENCH_TEST(report_text_starts_with_a_summary),
        BENCH_TEST(report_overlap_of_a_file_is_shown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
