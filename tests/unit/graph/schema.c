/* SPDX-License-Identifier: Apache-2.0 */
/* Schema strings and argument lists bound to them. */
#include "bench.h"

static const ScParam *param(const ScSchema *schema, const char *name) {
    int index = sc_schema_param(schema, name);
    if (index < 0) {
        fail_msg("no parameter %s", name);
    }
    return &schema->params[index];
}

static void schema_conv2d_is_read_with_its_defaults(void **state) {
    (void)state;
    ScSchema s;
    const char *text =
        "aten::conv2d.padding(Tensor input, Tensor weight, Tensor? bias=None, "
        "SymInt[2] stride=[1, 2], str padding=\"valid\", SymInt[2] "
        "dilation=1, SymInt groups=-1) -> Tensor";
    assert_int_equal(sc_schema_parse(&bench, text, &s), SC_OK);
    assert_string_equal(s.ns, "aten");
    assert_string_equal(s.name, "conv2d");
    assert_string_equal(s.overload, "padding");
    assert_int_equal(s.n_params, 7);
    assert_int_equal(s.n_results, 1);
    assert_false(s.list_result);
    const ScParam *bias = param(&s, "bias");
    assert_int_equal(bias->kind, SC_PARAM_TENSOR);
    assert_true(bias->optional && bias->has_default);
    assert_int_equal(bias->fallback.kind, SC_ARG_NONE);
    const ScParam *stride = param(&s, "stride");
    assert_int_equal(stride->kind, SC_PARAM_INTS);
    assert_int_equal(stride->list_n, 2);
    assert_int_equal(stride->fallback.as.ints[1], 2);
    const ScParam *dilation = param(&s, "dilation");
    assert_int_equal(dilation->fallback.n, 2);
    assert_int_equal(dilation->fallback.as.ints[1], 1);
    assert_string_equal(param(&s, "padding")->fallback.as.s, "valid");
    assert_int_equal(param(&s, "groups")->fallback.as.i, -1);
    assert_int_equal(sc_schema_param(&s, "nothing"), -1);
}

static void schema_type_is_read_as_its_kind(void **state) {
    (void)state;
    static const struct {
        const char *param;
        ScParamKind kind;
        bool optional, mutated;
        uint32_t list_n;
    } cases[] = {
        {"Tensor x", SC_PARAM_TENSOR, false, false, 0},
        {"Tensor? x", SC_PARAM_TENSOR, true, false, 0},
        {"Tensor(a) x", SC_PARAM_TENSOR, false, false, 0},
        {"Tensor(a!) x", SC_PARAM_TENSOR, false, true, 0},
        {"Tensor(a -> *) x", SC_PARAM_TENSOR, false, false, 0},
        {"Tensor(a!)? x", SC_PARAM_TENSOR, true, true, 0},
        {"Tensor[] x", SC_PARAM_TENSORS, false, false, 0},
        {"Tensor(a)[] x", SC_PARAM_TENSORS, false, false, 0},
        {"Tensor?[] x", SC_PARAM_OPTIONAL_TENSORS, false, false, 0},
        {"int x", SC_PARAM_INT, false, false, 0},
        {"SymInt? x", SC_PARAM_INT, true, false, 0},
        {"int[1]? x", SC_PARAM_INTS, true, false, 1},
        {"SymInt[] x", SC_PARAM_INTS, false, false, 0},
        {"float[]? x", SC_PARAM_FLOATS, true, false, 0},
        {"float x", SC_PARAM_FLOAT, false, false, 0},
        {"bool[3] x", SC_PARAM_BOOLS, false, false, 3},
        {"Scalar? x", SC_PARAM_SCALAR, true, false, 0},
        {"str x", SC_PARAM_STRING, false, false, 0},
        {"ScalarType? x", SC_PARAM_DTYPE, true, false, 0},
        {"Layout? x", SC_PARAM_LAYOUT, true, false, 0},
        {"MemoryFormat x", SC_PARAM_MEMORY_FORMAT, false, false, 0},
        {"Device? x", SC_PARAM_DEVICE, true, false, 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        ScSchema s;
        const char *text = sc_arena_fmt(bench.arena, "ns::op(%s) -> ()", cases[i].param);
        assert_int_equal(sc_schema_parse(&bench, text, &s), SC_OK);
        assert_string_equal(s.params[0].name, "x");
        assert_int_equal(s.params[0].kind, cases[i].kind);
        assert_int_equal(s.params[0].optional, cases[i].optional);
        assert_int_equal(s.params[0].mutated, cases[i].mutated);
        assert_int_equal(s.params[0].list_n, cases[i].list_n);
        assert_int_equal(s.n_results, 0);
    }
}

static void schema_default_number_keeps_its_value(void **state) {
    (void)state;
    ScSchema s;
    const char *text =
        "a::b(float eps=1.0000000000000001e-05, float p=0., Scalar n=-3, "
        "Scalar f=0.125, int big=9223372036854775807, int[] e=[], bool t=True, "
        "*, bool u=False, MemoryFormat m=1, ScalarType? d=None) -> "
        "(Tensor values, Tensor(a!) indices)";
    assert_int_equal(sc_schema_parse(&bench, text, &s), SC_OK);
    assert_true(param(&s, "eps")->fallback.as.f == 1e-05);
    assert_int_equal(param(&s, "p")->fallback.kind, SC_ARG_FLOAT);
    assert_int_equal(param(&s, "n")->fallback.as.i, -3);
    assert_true(param(&s, "f")->fallback.as.f == 0.125);
    assert_true(param(&s, "big")->fallback.as.i == INT64_MAX);
    assert_int_equal(param(&s, "e")->fallback.kind, SC_ARG_INTS);
    assert_int_equal(param(&s, "e")->fallback.n, 0);
    assert_true(param(&s, "t")->fallback.as.b);
    assert_false(param(&s, "u")->fallback.as.b);
    assert_false(param(&s, "t")->kw_only);
    assert_true(param(&s, "u")->kw_only);
    /* c10's 1 is preserve_format, the archive's 4. */
    assert_int_equal(param(&s, "m")->fallback.kind, SC_ARG_MEMORY_FORMAT);
    assert_int_equal(param(&s, "m")->fallback.as.i, 4);
    assert_int_equal(s.n_results, 2);
}

static void schema_list_result_is_marked(void **state) {
    (void)state;
    ScSchema s;
    const char *text = "aten::split.Tensor(Tensor(a -> *) self, SymInt n) -> Tensor(a)[]";
    assert_int_equal(sc_schema_parse(&bench, text, &s), SC_OK);
    assert_true(s.list_result);
    assert_int_equal(s.n_results, 1);
}

static void schema_broken_text_is_refused(void **state) {
    (void)state;
    static const char *const cases[] = {
        "",
        "aten",
        "aten::",
        "aten::relu",
        "aten::relu(",
        "aten::relu(Tensor self",
        "aten::relu(Tensor self) Tensor",
        "aten::relu(Tensor self) -> ",
        "aten::relu(Tensor self) -> Tensor extra stuff",
        "aten::relu(Tensr self) -> Tensor",
        "aten::relu(Tensor(a! self) -> Tensor",
        "aten::relu(Tensor) -> Tensor",
        "aten::relu(int x=) -> Tensor",
        "aten::relu(int[] x=[1) -> Tensor",
        "aten::relu(int[] x=[1, 2, 3, 4, 5, 6, 7, 8, 9]) -> Tensor",
        "aten::relu(str x=\"a) -> Tensor",
        "aten::relu(Scalar[] x) -> Tensor",
        "aten::relu(int?[] x) -> Tensor",
        "aten::relu(int x int y) -> Tensor",
        "aten::relu(int x=11111111111111111111111111111111111111111111) -> Tensor",
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        ScSchema s;
        size_t before = bench.n_diags;
        if (sc_schema_parse(&bench, cases[i], &s) != SC_E_FORMAT) {
            fail_msg("accepted: %s", cases[i]);
        }
        assert_int_equal(bench.n_diags, before + 1);
    }
}

/* ---- binding ------------------------------------------------------------------------ */

static const char bind_schema[] =
    "a::b(Tensor x, int[2] stride=1, float eps=0.5, Tensor?[] list=[], Scalar s=1, "
    "int n=0, float[]? scales=None, Tensor[] many=[]) -> Tensor";

typedef struct Bound {
    ScSchema schema;
    ScArg args[8];
    bool given[8];
    ScValue *x;
} Bound;

static Bound *bound(void) {
    Bound *b = SC_NEW(bench.arena, Bound);
    assert_int_equal(sc_schema_parse(&bench, bind_schema, &b->schema), SC_OK);
    b->x = SC_NEW(bench.arena, ScValue);
    b->args[0] = sc_arg_of_value(b->x);
    b->given[0] = true;
    return b;
}

static ScStatus bind(Bound *b) {
    return sc_schema_bind(&bench, "here", bench.arena, &b->schema, b->args, b->given);
}

static void bind_absent_arguments_get_defaults(void **state) {
    (void)state;
    Bound *b = bound();
    assert_int_equal(bind(b), SC_OK);
    assert_int_equal(b->args[1].n, 2);
    assert_int_equal(b->args[1].as.ints[1], 1);
    assert_true(b->args[2].as.f == 0.5);
    assert_int_equal(b->args[3].kind, SC_ARG_VALUES);
    assert_int_equal(b->args[3].n, 0);
    assert_int_equal(b->args[4].as.i, 1);
    assert_int_equal(b->args[6].kind, SC_ARG_NONE);
}

static void bind_converts_what_python_converts(void **state) {
    (void)state;
    Bound *b = bound();
    int64_t twos[2] = {2, 3};
    memset(b->given, 1, sizeof b->given);
    b->args[1] = sc_arg_of_int(7);
    b->args[2] = sc_arg_of_int(3);
    b->args[3] = sc_arg_of_ints(bench.arena, twos, 0);
    b->args[4] = sc_arg_of_bool(true);
    b->args[5] = sc_arg_of_bool(true);
    b->args[6] = sc_arg_of_ints(bench.arena, twos, 2);
    b->args[7] = sc_arg_of_ints(bench.arena, twos, 0);
    assert_int_equal(bind(b), SC_OK);
    assert_int_equal(b->args[1].kind, SC_ARG_INTS);
    assert_int_equal(b->args[1].as.ints[1], 7);
    assert_int_equal(b->args[2].kind, SC_ARG_FLOAT);
    assert_true(b->args[2].as.f == 3.0);
    assert_int_equal(b->args[3].kind, SC_ARG_VALUES);
    assert_int_equal(b->args[4].kind, SC_ARG_BOOL); /* a Scalar keeps its type */
    assert_int_equal(b->args[5].as.i, 1);
    assert_int_equal(b->args[6].kind, SC_ARG_FLOATS);
    assert_true(b->args[6].as.floats[1] == 3.0);
    assert_int_equal(b->args[7].kind, SC_ARG_VALUES);
}

static void bind_wrong_argument_is_refused_by_name(void **state) {
    (void)state;
    ScValue *none = 0;
    const struct {
        uint32_t index;
        ScArg arg;
        const char *what;
    } cases[] = {
        {0, sc_arg_of_none(), "argument 'x' must be a tensor"},
        {0, sc_arg_of_float(2.0), "argument 'x' must be a tensor"},
        {1, sc_arg_of_string("same"), "argument 'stride' must be a list of integers"},
        {1, sc_arg_of_none(), "argument 'stride' must be a list of integers"},
        {2, sc_arg_of_string("x"), "argument 'eps' must be a float"},
        {4, sc_arg_of_string("x"), "argument 's' must be a number"},
        {5, sc_arg_of_float(1.5), "argument 'n' must be an integer"},
        {7, sc_arg_of_values(bench.arena, &none, 1),
         "argument 'many' must be a list of tensors"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        Bound *b = bound();
        b->args[cases[i].index] = cases[i].arg;
        b->given[cases[i].index] = true;
        assert_int_equal(bind(b), SC_E_FORMAT);
        assert_string_equal(bench.diags[bench.n_diags - 1].what, cases[i].what);
        assert_string_equal(bench.diags[bench.n_diags - 1].where, "here");
    }
}

static void bind_missing_argument_is_refused_by_name(void **state) {
    (void)state;
    Bound *b = bound();
    b->given[0] = false;
    assert_int_equal(bind(b), SC_E_FORMAT);
    assert_string_equal(bench.diags[bench.n_diags - 1].what, "argument 'x' is missing");
}

static void bind_none_stays_in_a_list_of_optional_tensors(void **state) {
    (void)state;
    Bound *b = bound();
    ScValue *items[2] = {0, b->x};
    b->args[3] = sc_arg_of_values(bench.arena, items, 2);
    b->given[3] = true;
    assert_int_equal(bind(b), SC_OK);
    assert_null(b->args[3].as.values[0]);
    assert_ptr_equal(b->args[3].as.values[1], b->x);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(schema_conv2d_is_read_with_its_defaults),
        cmocka_unit_test(schema_type_is_read_as_its_kind),
        cmocka_unit_test(schema_default_number_keeps_its_value),
        cmocka_unit_test(schema_list_result_is_marked),
        cmocka_unit_test(schema_broken_text_is_refused),
        cmocka_unit_test(bind_absent_arguments_get_defaults),
        cmocka_unit_test(bind_converts_what_python_converts),
        cmocka_unit_test(bind_wrong_argument_is_refused_by_name),
        cmocka_unit_test(bind_missing_argument_is_refused_by_name),
        cmocka_unit_test(bind_none_stays_in_a_list_of_optional_tensors),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
