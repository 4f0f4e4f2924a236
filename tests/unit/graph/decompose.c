/* SPDX-License-Identifier: Apache-2.0 */
/* Decompositions keep the types, end, and leave a valid graph. Their numbers
 * are compared with torch in tests/python/test_ops.py. */
#include "bench.h"
#include "compiler/ops/build.h"

static bool types_stay(const ScNode *node, ScValue *const *results) {
    for (uint32_t i = 0; i < node->n_results; i++) {
        if (!results[i] || !sc_type_equal(&results[i]->type, &node->results[i]->type)) {
            return false;
        }
    }
    return true;
}

/* Expands every node that has a decomposition; the first one that fails, or
 * NULL. */
static const ScNode *expand_all(ScGraph *graph) {
    enum { MAX_STEPS = 10000 };
    int n_steps = 0;
    for (ScNode *node = graph->first, *next; node; node = next) {
        next = node->next;
        if (!node->op->def->decompose) {
            continue;
        }
        ScNode *prev = node->prev;
        ScValue *results[SC_MAX_RESULTS] = {0};
        ScStatus status = node->op->def->decompose(&bench, graph, node, results);
        if (status != SC_OK || !types_stay(node, results) || n_steps++ > MAX_STEPS) {
            return node;
        }
        for (uint32_t i = 0; i < node->n_results; i++) {
            sc_graph_replace_uses(graph, node->results[i], results[i]);
        }
        sc_graph_remove_node(graph, node);
        next = prev ? prev->next : graph->first;
    }
    return 0;
}

static void decompose_every_case_keeps_its_types(void **state) {
    (void)state;
    size_t n_failed = 0, n_done = 0;
    for (size_t i = 0; i < N_OP_CASES; i++) {
        ScGraph *graph;
        const ScOp *op = case_op(&op_cases[i]);
        if (!op || !op->def->decompose) {
            continue;
        }
        assert_int_equal(parse(case_text(&op_cases[i]), &graph), SC_OK);
        const ScNode *bad = expand_all(graph);
        if (bad || sc_graph_verify(&bench, graph) != SC_OK) {
            print_error("%s: at %s\n", op_cases[i].call, bad ? bad->op->def->name : "-");
            print_last_diag();
            n_failed++;
        }
        n_done++;
    }
    assert_int_equal(n_failed, 0);
    assert_true(n_done > 150);
}

/* Where tensors are quantized, an op computes on the real numbers. */
static void decompose_quantized_operand_is_seen_as_float(void **state) {
    (void)state;
    static const char text[] = "graph g\n"
                               "input %x : i8[1,3,4,4]{q -1 [0.1] [4] -128 127}\n"
                               "const %w : i8[2,3,1,1]{q 0 [0.5, 0.25] [0, 0] -127 127} = "
                               "{1, 2, 3, 4, 5, 6}\n"
                               "%c : f32[1,2,4,4] = aten.conv2d.default(%x, %w)\n"
                               "%s : f32[1,2,4,4] = aten.hardswish.default(%c)\n"
                               "%p : f32[1,2,1,1] = aten.adaptive_avg_pool2d.default(%s, "
                               "i[1,1])\n"
                               "%f : f32[1,2] = aten.flatten.using_ints(%p, 1)\n"
                               "%t : f32[1,3,4,4] = aten.to.dtype(%x, dtype:f32)\n"
                               "output \"f\" %f\n"
                               "output \"t\" %t\n"
                               "end\n";
    ScGraph *graph;
    assert_int_equal(parse(text, &graph), SC_OK);
    for (ScNode *node = graph->first; node && node->next; node = node->next) {
        assert_int_equal(node->results[0]->type.dtype, SC_F32);
    }
    ScNode *conv = graph->first;
    ScValue *results[1] = {0};
    assert_int_equal(conv->op->def->decompose(&bench, graph, conv, results), SC_OK);
    assert_true(sc_type_equal(&results[0]->type, &conv->results[0]->type));
}

static void build_after_a_failure_does_nothing_more(void **state) {
    (void)state;
    int64_t dims[2] = {2, 3};
    ScType type = sc_type_make(SC_F32, 2, dims);
    ScGraph *graph = sc_graph_new(bench.arena, ops, "g");
    ScValue *x = sc_graph_add_input(graph, "x", &type);
    ScBuild build = sc_build(&bench, graph, 0), *b = &build;
    size_t before = bench.n_diags;
    ScValue *bad = b_matmul(b, x, x); /* 3 and 2 don't fit */
    ScValue *sum = b_add(b, bad, b_call1(b, "aten.exp.default", bad));
    assert_non_null(sum);
    assert_int_equal(build.status, SC_E_SHAPE);
    assert_int_equal(bench.n_diags, before + 1);
    assert_null(graph->first);
}

static void build_view_to_the_same_shape_adds_no_node(void **state) {
    (void)state;
    int64_t dims[2] = {2, 3};
    ScType type = sc_type_make(SC_F32, 2, dims);
    ScGraph *graph = sc_graph_new(bench.arena, ops, "g");
    ScValue *x = sc_graph_add_input(graph, "x", &type);
    ScBuild build = sc_build(&bench, graph, 0), *b = &build;
    assert_ptr_equal(b_view_like(b, x, &type), x);
    assert_ptr_equal(b_expand(b, x, 2, dims), x);
    assert_ptr_equal(b_cast(b, x, SC_F32), x);
    assert_ptr_equal(b_cat(b, &x, 1, 0), x);
    assert_null(graph->first);
    assert_ptr_not_equal(b_unsqueeze(b, x, 0), x);
    assert_int_equal(build.status, SC_OK);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(decompose_every_case_keeps_its_types),
        cmocka_unit_test(decompose_quantized_operand_is_seen_as_float),
        cmocka_unit_test(build_after_a_failure_does_nothing_more),
        cmocka_unit_test(build_view_to_the_same_shape_adds_no_node),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
