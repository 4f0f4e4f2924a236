/* SPDX-License-Identifier: Apache-2.0 */
/* Building Programs: equal values are one, calls get their return. */
#include "tests/unit/program/bench.h"

#include <math.h>

static void scalars_equal_are_one_value(void **state) {
    Sc *sc = *state;
    ScProgram *p = sc_program_new(sc->arena, "forward");
    assert_int_equal(sc_program_int(p, 3), sc_program_int(p, 3));
    assert_int_not_equal(sc_program_int(p, 1), sc_program_bool(p, true));
    assert_int_equal(sc_program_bool(p, true), sc_program_bool(p, true));
    assert_int_equal(sc_program_null(p), sc_program_null(p));
    assert_int_equal(sc_program_string(p, "sum"), sc_program_string(p, "sum"));
    assert_int_not_equal(sc_program_string(p, "sum"), sc_program_string(p, "mean"));
    size_t n = p->n_values;
    assert_int_equal(sc_program_double(p, (double)NAN), sc_program_double(p, (double)NAN));
    assert_int_not_equal(sc_program_double(p, 0.0), sc_program_double(p, -0.0));
    assert_int_equal(p->n_values, n + 3);
}

static void lists_equal_are_one_value_and_share_items(void **state) {
    Sc *sc = *state;
    ScProgram *p = sc_program_new(sc->arena, "forward");
    ScPid a = sc_program_ints(p, (int64_t[]){1, 1, 2}, 3);
    size_t n = p->n_values;
    assert_int_equal(a, sc_program_ints(p, (int64_t[]){1, 1, 2}, 3));
    assert_int_not_equal(a, sc_program_ints(p, (int64_t[]){1, 2}, 2));
    assert_int_equal(p->n_values, n + 1);
    assert_int_equal(p->values[a].as.items[0], p->values[a].as.items[1]);
    assert_int_not_equal(sc_program_ints(p, NULL, 0), sc_program_doubles(p, NULL, 0));
    assert_int_equal(sc_program_doubles(p, (double[]){0.5}, 1),
                     sc_program_doubles(p, (double[]){0.5}, 1));
    assert_int_equal(sc_program_bools(p, (bool[]){true, false}, 2),
                     sc_program_bools(p, (bool[]){true, false}, 2));
}

static void constants_equal_bytes_are_one_equal_tensors_too(void **state) {
    Sc *sc = *state;
    ScProgram *p = sc_program_new(sc->arena, "forward");
    float w[6] = {1, 2, 3, 4, 5, 6}, same[6] = {1, 2, 3, 4, 5, 6};
    int64_t row[1] = {6}, grid[2] = {2, 3};
    ScPid a = sc_program_const(p, "w", SC_F32, 1, row, SC_LAYOUT_CONTIGUOUS, w);
    assert_int_equal(a,
                     sc_program_const(p, "v", SC_F32, 1, row, SC_LAYOUT_CONTIGUOUS, same));
    ScPid b = sc_program_const(p, "g", SC_F32, 2, grid, SC_LAYOUT_CONTIGUOUS, same);
    assert_int_not_equal(a, b);
    assert_int_equal(p->values[a].as.tensor->index, p->values[b].as.tensor->index);
    same[5] = 7;
    ScPid c = sc_program_const(p, "h", SC_F32, 1, row, SC_LAYOUT_CONTIGUOUS, same);
    assert_int_not_equal(a, c);
    assert_int_equal(p->n_constants, 2);
    ScPid d = sc_program_const(p, "i", SC_I32, 1, row, SC_LAYOUT_CONTIGUOUS, w);
    assert_int_not_equal(a, d);
    assert_int_equal(p->n_constants, 2);
}

static void many_values_stay_found(void **state) {
    Sc *sc = *state;
    ScProgram *p = sc_program_new(sc->arena, "forward");
    for (int64_t i = 0; i < 3000; i++) {
        sc_program_int(p, i * 65536);
    }
    for (int64_t i = 0; i < 3000; i++) {
        assert_int_equal(p->values[sc_program_int(p, i * 65536)].as.i, i * 65536);
    }
    assert_int_equal(p->n_values, 3000);
}

static void tensor_channels_last_moves_dimension_one_innermost(void **state) {
    static const struct {
        uint32_t rank;
        uint8_t order[5];
    } cases[] = {
        {0, {0}}, {2, {0, 1}}, {3, {0, 2, 1}}, {4, {0, 2, 3, 1}}, {5, {0, 2, 3, 4, 1}}};
    Sc *sc = *state;
    ScProgram *p = sc_program_new(sc->arena, "forward");
    int64_t dims[5] = {2, 2, 2, 2, 2};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        uint32_t buffer = sc_program_buffer(p, 128);
        ScPid t = sc_program_tensor(p, NULL, SC_F32, cases[i].rank, dims,
                                    SC_LAYOUT_CHANNELS_LAST, buffer, 0);
        assert_memory_equal(p->values[t].as.tensor->dim_order, cases[i].order,
                            cases[i].rank);
        assert_int_equal(sc_ptensor_is_contiguous(p->values[t].as.tensor),
                         cases[i].rank < 3);
    }
}

static void call_return_is_repeated_as_the_format_wants(void **state) {
    Sc *sc = *state;
    ScProgram *p = sc_program_new(sc->arena, "forward");
    int64_t dims[1] = {4};
    ScPid t[3];
    for (int i = 0; i < 3; i++) {
        t[i] = sc_program_tensor(p, NULL, SC_F32, 1, dims, SC_LAYOUT_CONTIGUOUS,
                                 sc_program_buffer(p, 16), 0);
    }
    ScPInst one = *sc_program_call(p, "a::b.out", t, 2, 1, 0, "where");
    assert_int_equal(one.n_args, 3);
    assert_int_equal(one.args[2], t[1]);
    ScPInst two = *sc_program_call(p, "a::c.out", t, 3, 2, -1, NULL);
    const ScPValue *list = &p->values[two.args[3]];
    assert_int_equal(list->kind, SC_P_TENSORS);
    assert_int_equal(list->n, 2);
    assert_int_equal(list->as.items[1], t[2]);
    ScPInst none = *sc_program_call(p, "aten::copy_", t, 2, 0, -1, NULL);
    assert_int_equal(none.args[2], t[0]);
    assert_int_equal(p->n_operators, 3);
    sc_program_call(p, "a::b.out", t, 2, 1, 0, NULL);
    assert_int_equal(p->n_operators, 3);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        BENCH_TEST(scalars_equal_are_one_value),
        BENCH_TEST(lists_equal_are_one_value_and_share_items),
        BENCH_TEST(constants_equal_bytes_are_one_equal_tensors_too),
        BENCH_TEST(many_values_stay_found),
        BENCH_TEST(tensor_channels_last_moves_dimension_one_innermost),
        BENCH_TEST(call_return_is_repeated_as_the_format_wants),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
