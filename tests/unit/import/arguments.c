/* SPDX-License-Identifier: Apache-2.0 */
/* Each of the 31 argument kinds: read, or refused by name. */
#include <math.h>

#include "tests/unit/import/make_pt2.h"

#include "compiler/import/import.h"

/* An import that knows one tensor, %x. */
static ScImport import_new(Test *test) {
    ScImport im = {.sc = &test->sc, .ops = test->ops, .where = "here"};
    im.graph = sc_graph_new(test->sc.arena, test->ops, "g");
    ScPt2Meta meta = {.dtype = SC_F32};
    ScType type = sc_import_type(&meta);
    ScValue *x = sc_graph_add_input(im.graph, "x", &type);
    sc_import_bind(&im, "x", sc_import_new_temporary(&im, "x", &meta, x));
    return im;
}

static ScStatus parse(Test *test, ScImport *im, const char *json, ScArg *out) {
    char *text = json_text(test->sc.arena, json);
    json_t *parsed;
    ScBytes bytes = {(const uint8_t *)text, strlen(text)};
    assert_int_equal(sc_json_parse(&test->sc, "json", bytes, &parsed), SC_OK);
    return sc_import_argument(im, parsed, out);
}

typedef struct GoodCase {
    const char *json;
    ScArgKind kind;
    int64_t i;  /* of the number, or of the last item */
    uint32_t n; /* length of a list */
} GoodCase;

static const GoodCase good[] = {
    {"{'as_none': true}", SC_ARG_NONE, 0, 0},
    {"{'as_tensor': {'name': 'x'}}", SC_ARG_VALUE, 0, 0},
    {"{'as_tensors': [{'name': 'x'}, {'name': 'x'}]}", SC_ARG_VALUES, 0, 2},
    {"{'as_tensors': []}", SC_ARG_VALUES, 0, 0},
    {"{'as_optional_tensor': {'as_tensor': {'name': 'x'}}}", SC_ARG_VALUE, 0, 0},
    {"{'as_optional_tensor': {'as_none': true}}", SC_ARG_NONE, 0, 0},
    {"{'as_optional_tensors': [{'as_none': true}, {'as_tensor': {'name': 'x'}}]}",
     SC_ARG_VALUES, 0, 2},
    {"{'as_int': 9223372036854775807}", SC_ARG_INT, INT64_MAX, 0},
    {"{'as_int': 4611686018427387907}", SC_ARG_INT, 4611686018427387907, 0},
    {"{'as_ints': [1, -2]}", SC_ARG_INTS, -2, 2},
    {"{'as_sym_int': {'as_int': 5}}", SC_ARG_INT, 5, 0},
    {"{'as_sym_ints': [{'as_int': 3}, {'as_int': 4}]}", SC_ARG_INTS, 4, 2},
    {"{'as_bool': true}", SC_ARG_BOOL, 1, 0},
    {"{'as_bools': [true, false]}", SC_ARG_BOOLS, 0, 2},
    {"{'as_sym_bool': {'as_bool': true}}", SC_ARG_BOOL, 1, 0},
    {"{'as_sym_bools': [{'as_bool': true}]}", SC_ARG_BOOLS, 1, 1},
    {"{'as_scalar_type': 13}", SC_ARG_DTYPE, SC_BF16, 0},
    {"{'as_layout': 7}", SC_ARG_LAYOUT, 7, 0},
    {"{'as_memory_format': 2}", SC_ARG_MEMORY_FORMAT, 2, 0},
    {"{'as_device': {'type': 'cuda', 'index': 0}}", SC_ARG_DEVICE, 0, 0},
    {"{'as_string': 'same'}", SC_ARG_STRING, 0, 0},
};

static int64_t number_of(const ScArg *arg) {
    switch (arg->kind) {
    case SC_ARG_INT:
    case SC_ARG_DTYPE:
    case SC_ARG_LAYOUT:
    case SC_ARG_MEMORY_FORMAT:
        return arg->as.i;
    case SC_ARG_BOOL:
        return arg->as.b;
    case SC_ARG_INTS:
        return arg->as.ints[arg->n - 1];
    case SC_ARG_BOOLS:
        return arg->as.bools[arg->n - 1];
    default:
        return 0;
    }
}

static void argument_known_kind_keeps_type_and_value(void **state) {
    Test *test = *state;
    ScImport im = import_new(test);
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        ScArg arg;
        ScStatus status = parse(test, &im, good[i].json, &arg);
        if (status != SC_OK || arg.kind != good[i].kind) {
            print_error("%s\n", good[i].json);
            print_errors(test);
        }
        assert_int_equal(status, SC_OK);
        assert_int_equal(arg.kind, good[i].kind);
        assert_int_equal(arg.n, good[i].n);
        assert_int_equal(number_of(&arg), good[i].i);
    }
}

static void argument_floats_keep_infinities_and_precision(void **state) {
    Test *test = *state;
    ScImport im = import_new(test);
    ScArg arg;
    assert_int_equal(parse(test, &im,
                           "{'as_floats': [1e-05, 3.0, 2, 'Infinity', '-Infinity', 'NaN']}",
                           &arg),
                     SC_OK);
    assert_int_equal(arg.kind, SC_ARG_FLOATS);
    assert_true(arg.as.floats[0] == 1e-05 && arg.as.floats[1] == 3.0);
    assert_true(arg.as.floats[2] == 2.0);
    assert_true(isinf(arg.as.floats[3]) && arg.as.floats[3] > 0);
    assert_true(isinf(arg.as.floats[4]) && arg.as.floats[4] < 0);
    assert_true(isnan(arg.as.floats[5]));
    assert_int_equal(parse(test, &im, "{'as_float': 'NaN'}", &arg), SC_OK);
    assert_true(arg.kind == SC_ARG_FLOAT && isnan(arg.as.f));
    assert_int_equal(parse(test, &im, "{'as_sym_float': {'as_float': 0.1}}", &arg), SC_OK);
    assert_true(arg.kind == SC_ARG_FLOAT && arg.as.f == 0.1);
    assert_int_equal(parse(test, &im, "{'as_sym_floats': [{'as_float': 0.5}]}", &arg),
                     SC_OK);
    assert_true(arg.kind == SC_ARG_FLOATS && arg.n == 1 && arg.as.floats[0] == 0.5);
}

typedef struct BadCase {
    const char *json;
    ScStatus status;
    const char *words;
} BadCase;

static const BadCase bad[] = {
    {"{'as_graph': {'name': 'g', 'graph': {}}}", SC_E_UNSUPPORTED, "sub-graph|as_graph"},
    {"{'as_complex': {'real': 1.0, 'imag': 2.0}}", SC_E_UNSUPPORTED, "complex number"},
    {"{'as_custom_obj': {'name': 'o', 'class_fqn': 'c'}}", SC_E_UNSUPPORTED,
     "script object"},
    {"{'as_operator': 'aten.add'}", SC_E_UNSUPPORTED, "as_operator"},
    {"{'as_strings': ['a']}", SC_E_UNSUPPORTED, "as_strings"},
    {"{'as_nested_tensors': []}", SC_E_UNSUPPORTED, "as_nested_tensors"},
    {"{'as_int_lists': []}", SC_E_UNSUPPORTED, "as_int_lists"},
    {"{'as_float_lists': []}", SC_E_UNSUPPORTED, "as_float_lists"},
    {"{'as_string_to_argument': {}}", SC_E_UNSUPPORTED, "as_string_to_argument"},
    {"{'as_sym_int': {'as_name': 's77'}}", SC_E_UNSUPPORTED, "'s77'|fixed shapes"},
    {"{'as_sym_ints': [{'as_name': 's1'}]}", SC_E_UNSUPPORTED, "'s1'|fixed shapes"},
    {"{'as_sym_float': {'as_name': 'zuf0'}}", SC_E_UNSUPPORTED, "'zuf0'"},
    {"{'as_sym_bool': {'as_name': 'b'}}", SC_E_UNSUPPORTED, "'b'"},
    {"{'as_scalar_type': 10}", SC_E_UNSUPPORTED, "complex64"},
    {"{'as_new_kind': 1}", SC_E_VERSION, "as_new_kind|torch 2.13"},
    {"{'as_tensor': {'name': 'y'}}", SC_E_FORMAT, "'y' is used but never made"},
    {"{'as_tensor': 'x'}", SC_E_FORMAT, "as_tensor"},
    {"{'as_tensors': {}}", SC_E_FORMAT, "list"},
    {"{'as_int': 1.5}", SC_E_FORMAT, "as_int"},
    {"{'as_int': true}", SC_E_FORMAT, "as_int"},
    {"{'as_float': 'inf'}", SC_E_FORMAT, "as_float"},
    {"{'as_bool': 1}", SC_E_FORMAT, "as_bool"},
    {"{'as_string': 1}", SC_E_FORMAT, "as_string"},
    {"{'as_device': 'cpu'}", SC_E_FORMAT, "as_device"},
    {"{'as_optional_tensor': {'as_int': 1}}", SC_E_FORMAT, "as_optional_tensor"},
    {"{}", SC_E_FORMAT, "malformed"},
    {"{'as_int': 1, 'as_bool': true}", SC_E_FORMAT, "malformed"},
    {"[1]", SC_E_FORMAT, "malformed"},
};

static void argument_unknown_or_malformed_is_one_error(void **state) {
    Test *test = *state;
    ScImport im = import_new(test);
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        ScArg arg;
        ScStatus status = parse(test, &im, bad[i].json, &arg);
        if (status != bad[i].status) {
            print_error("%s\n", bad[i].json);
            print_errors(test);
        }
        assert_int_equal(status, bad[i].status);
        assert_one_error(test, bad[i].json, bad[i].words);
    }
}

int main(void) {
#define TEST(name) cmocka_unit_test_setup_teardown(name, test_open, test_close)
    const struct CMUnitTest tests[] = {
        TEST(argument_known_kind_keeps_type_and_value),
        TEST(argument_floats_keep_infinities_and_precision),
        TEST(argument_unknown_or_malformed_is_one_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
