/* SPDX-License-Identifier: Apache-2.0 */
/* Passes on graph text: what they fold, and what they must leave alone. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "compiler/passes/passes.h"
#include "compiler/place/place.h"
#include "compiler/quantize/quantize.h"

static Sc sc;
static ScOpTable *ops;
static jmp_buf door;

static int setup(void **state) {
    (void)state;
    memset(&sc, 0, sizeof sc);
    sc.arena = sc_arena_new();
    if (setjmp(door)) {
        return -1;
    }
    sc_arena_guard(sc.arena, &door);
    return sc_ops_load(&sc, &ops);
}

static int teardown(void **state) {
    (void)state;
    sc_arena_free(sc.arena);
    return 0;
}

static ScGraph *parse(const char *text) {
    ScGraph *graph;
    if (sc_graph_parse(&sc, "test.scg", ops, text, strlen(text), &graph) != SC_OK) {
        fail_msg("%s: %s", sc.diags[0].where, sc.diags[0].what);
    }
    return graph;
}

static size_t count(const ScGraph *graph, const char *op) {
    size_t n = 0;
    for (const ScNode *node = graph->first; node; node = node->next) {
        n += strcmp(node->op->def->name, op) == 0;
    }
    return n;
}

#define NORM "aten._native_batch_norm_legit_no_training.default"
#define STATISTICS                      \
    "const %g : f32[2] = {2.0, 3.0}\n"  \
    "const %b : f32[2] = {1.0, -1.0}\n" \
    "const %m : f32[2] = {0.5, 0.0}\n"  \
    "const %v : f32[2] = {4.0, 1.0}\n"

static void batch_norm_behind_convolution_is_folded(void **state) {
    (void)state;
    ScGraph *graph =
        parse("graph g\n"
              "input %x : f32[1,1,2,2]\n"
              "const %w : f32[2,1,1,1] = {3.0, 5.0}\n" STATISTICS
              "%c : f32[1,2,2,2] = aten.convolution.default(%x, %w, none, "
              "i[1,1], i[0,0], i[1,1], false, i[0,0], 1)\n"
              "%y : f32[1,2,2,2], _, _ = " NORM "(%c, %g, %b, %m, %v, 0.1, 0.0)\n"
              "output \"y\" %y\n"
              "end\n");
    assert_int_equal(sc_pass_fold_batch_norm(&sc, graph, 0), SC_OK);
    assert_int_equal(sc_graph_verify(&sc, graph), SC_OK);
    assert_int_equal(count(graph, NORM), 0);
    const float *w = sc_node_value(graph->first, 1)->data;
    const float *b = sc_node_value(graph->first, 2)->data;
    /* scale = g / sqrt(v), shift = b - m * scale */
    assert_float_equal(w[0], 3.0f, 0);
    assert_float_equal(w[1], 15.0f, 0);
    assert_float_equal(b[0], 0.5f, 0);
    assert_float_equal(b[1], -1.0f, 0);
}

static void
batch_norm_of_grouped_transposed_convolution_scales_the_right_channels(void **state) {
    (void)state;
    /* weight [in 2, out/groups 1], groups 2: element i belongs to output i. */
    ScGraph *graph =
        parse("graph g\n"
              "input %x : f32[1,2,2,2]\n"
              "const %w : f32[2,1,1,1] = {3.0, 5.0}\n" STATISTICS
              "%c : f32[1,2,2,2] = aten.convolution.default(%x, %w, none, "
              "i[1,1], i[0,0], i[1,1], true, i[0,0], 2)\n"
              "%y : f32[1,2,2,2], _, _ = " NORM "(%c, %g, %b, %m, %v, 0.1, 0.0)\n"
              "output \"y\" %y\n"
              "end\n");
    assert_int_equal(sc_pass_fold_batch_norm(&sc, graph, 0), SC_OK);
    const float *w = sc_node_value(graph->first, 1)->data;
    assert_int_equal(count(graph, NORM), 0);
    assert_float_equal(w[0], 3.0f, 0);
    assert_float_equal(w[1], 15.0f, 0);
}

static void batch_norm_of_a_value_with_another_reader_stays(void **state) {
    (void)state;
    ScGraph *graph =
        parse("graph g\n"
              "input %x : f32[1,1,2,2]\n"
              "const %w : f32[2,1,1,1] = {3.0, 5.0}\n" STATISTICS
              "%c : f32[1,2,2,2] = aten.convolution.default(%x, %w, none, "
              "i[1,1], i[0,0], i[1,1], false, i[0,0], 1)\n"
              "%y : f32[1,2,2,2], _, _ = " NORM "(%c, %g, %b, %m, %v, 0.1, 0.0)\n"
              "%z : f32[1,2,2,2] = aten.add.Tensor(%y, %c)\n"
              "output \"z\" %z\n"
              "end\n");
    assert_int_equal(sc_pass_fold_batch_norm(&sc, graph, 0), SC_OK);
    assert_int_equal(count(graph, NORM), 1);
}

static void canonicalize_leaves_no_synonym_identity_or_check(void **state) {
    (void)state;
    ScGraph *graph = parse("graph g\n"
                           "input %x : f32[1,2,4,4]\n"
                           "const %w : f32[2,2,1,1] = {1.0, 0.0, 0.0, 1.0}\n"
                           "%c : f32[1,2,4,4] = aten.conv2d.default(%x, %w)\n"
                           "%d : f32[1,2,4,4] = aten.dropout.default(%c, 0.5, false)\n"
                           "%f : f32[1,32] = aten.flatten.using_ints(%d, 1)\n"
                           "output \"f\" %f\n"
                           "end\n");
    assert_int_equal(sc_canonicalize(&sc, graph), SC_OK);
    assert_int_equal(sc_graph_verify(&sc, graph), SC_OK);
    assert_int_equal(count(graph, "aten.convolution.default"), 1);
    assert_int_equal(count(graph, "aten.view.default"), 1);
    assert_null(graph->first->next->next); /* those two and nothing else */
    assert_string_equal(graph->outputs[0].value.as.value->name, "f");
}

/* A stand-in for the reference engine: relu of the only constant. */
static float relu_data[8];

static ScStatus relu_open(void *user, Sc *context, ScGraph *graph, void **out_handle) {
    (void)user;
    (void)context;
    *out_handle = graph;
    return SC_OK;
}

static ScStatus relu_step(void *user, Sc *context, void *handle, const void *const *inputs,
                          const void **out_data) {
    const ScGraph *graph = handle;
    (void)user;
    (void)context;
    (void)inputs;
    const ScValue *x = sc_node_value(graph->first, 0);
    for (size_t i = 0; i < sc_type_numel(&x->type); i++) {
        float value = ((const float *)x->data)[i];
        relu_data[i] = value > 0.0f ? value : 0.0f;
    }
    out_data[0] = relu_data;
    return SC_OK;
}

/* Channel 0 of the first layer is relu(-1) = 0: it goes, through the padded
 * depthwise layer, whose bias 0.5 for it moves into the last layer's bias. Channel 1
 * is relu(2) = 2, no constant behind the padding: it stays. Channel 2 is alive. */
static void dead_channels_are_cut_and_their_constants_moved(void **state) {
    (void)state;
    ScGraph *graph =
        parse("graph g\n"
              "input %x : f32[1,1,2,2]\n"
              "const %w : f32[3,1,1,1] = {1e-30, 0.0, 3.0}\n"
              "const %b : f32[3] = {-1.0, 2.0, 0.25}\n"
              "const %dw : f32[3,1,1,1] = {5.0, 6.0, 7.0}\n"
              "const %db : f32[3] = {0.5, 0.0, 0.0}\n"
              "const %v : f32[1,3,1,1] = {10.0, 20.0, 30.0}\n"
              "%c : f32[1,3,2,2] = aten.convolution.default(%x, %w, %b, i[1,1], i[0,0], "
              "i[1,1], false, i[0,0], 1)\n"
              "%r : f32[1,3,2,2] = aten.relu.default(%c)\n"
              "%d : f32[1,3,4,4] = aten.convolution.default(%r, %dw, %db, i[1,1], i[1,1], "
              "i[1,1], false, i[0,0], 3)\n"
              "%y : f32[1,1,4,4] = aten.convolution.default(%d, %v, none, i[1,1], i[0,0], "
              "i[1,1], false, i[0,0], 1)\n"
              "output \"y\" %y\n"
              "end\n");
    const ScEvaluator evaluator = {NULL, NULL, relu_open, relu_step};
    assert_int_equal(sc_pass_drop_dead_channels(&sc, graph, &evaluator), SC_OK);
    assert_int_equal(sc_graph_verify(&sc, graph), SC_OK);
    const ScNode *reader = graph->last;
    const float *w = sc_node_value(graph->first, 1)->data;
    const float *v = sc_node_value(reader, 1)->data;
    const float *bias = sc_node_value(reader, 2)->data;
    assert_int_equal(graph->first->results[0]->type.dims[1], 2);
    assert_float_equal(w[0], 0.0f, 0);
    assert_float_equal(w[1], 3.0f, 0);
    assert_float_equal(v[0], 20.0f, 0);
    assert_float_equal(v[1], 30.0f, 0);
    assert_float_equal(bias[0], 5.0f, 0); /* 10 * 0.5 */
}

/* An engine without quantized kernels sees plain numbers; who reads the
 * quantized value still gets it. */
static void quantize_converts_at_the_border_of_a_float_engine(void **state) {
    (void)state;
    ScGraph *graph = parse("graph g\n"
                           "input %x : i8[4]{q -1 [0.5] [1] -128 127}\n"
                           "%r : i8[4]{q -1 [0.25] [0] -128 127} = aten.relu.default(%x)\n"
                           "%s : f32[4] = aten.sigmoid.default(%r)\n"
                           "output \"s\" %s\n"
                           "output \"r\" %r\n"
                           "end\n");
    size_t n;
    bool changed;
    const ScBackend *float_engine[] = {sc_backend_find("portable")};
    ScTargetEngines engines = {float_engine, 1, false, NULL, false};
    ScChoice *choices;
    assert_int_equal(sc_survey(&sc, graph, &engines), SC_OK);
    assert_int_equal(sc_place(&sc, graph, &engines, &choices, &n), SC_OK);
    assert_int_equal(sc_convert(&sc, graph, choices, n, &changed), SC_OK);
    assert_true(changed);
    assert_int_equal(sc_graph_verify(&sc, graph), SC_OK);
    assert_int_equal(count(graph, "quantized_decomposed.quantize_per_tensor.default"), 1);
    assert_int_equal(count(graph, "quantized_decomposed.dequantize_per_tensor.default"), 2);
    assert_non_null(graph->outputs[1].value.as.value->type.quant);
    assert_int_equal(sc_place(&sc, graph, &engines, &choices, &n), SC_OK);
    assert_int_equal(sc_convert(&sc, graph, choices, n, &changed), SC_OK);
    assert_false(changed);
}

/* log is too steep for int8; rounding its operand for it would only lose. */
static void types_values_that_only_float_readers_take_stay_float(void **state) {
    (void)state;
    ScGraph *graph = parse("graph g\n"
                           "input %x : f32[1,4]\n"
                           "%s : f32[1,4] = aten.sigmoid.default(%x)\n"
                           "%l : f32[1,4] = aten.log.default(%s)\n"
                           "%t : f32[1,4] = aten.tanh.default(%l)\n"
                           "output \"t\" %t\n"
                           "end\n");
    size_t n;
    const ScBackend *backends[] = {sc_backend_find("cortex_m"),
                                   sc_backend_find("portable")};
    ScTargetEngines engines = {backends, 2, false, NULL, true};
    ScRange ranges[8] = {
        {-1.0f, 1.0f, true}, {0.2f, 0.8f, true}, {-2.0f, 0.0f, true}, {-1.0f, 0.0f, true}};
    ScQuantOptions options = {.margin = 1.1};
    ScChoice *choices;
    assert_int_equal(sc_survey(&sc, graph, &engines), SC_OK);
    assert_int_equal(sc_place(&sc, graph, &engines, &choices, &n), SC_OK);
    assert_int_equal(sc_assign_types(&sc, graph, choices, n, ranges, &options), SC_OK);
    assert_null(graph->first->results[0]->type.quant);       /* sigmoid */
    assert_null(graph->first->next->results[0]->type.quant); /* log */
    const ScNode *last = graph->last; /* dequantize of tanh, which is int8 */
    assert_non_null(sc_node_value(last, 0)->type.quant);
}

static void survey_without_an_engine_says_who_refused(void **state) {
    (void)state;
    ScGraph *graph =
        parse("graph g\n"
              "input %x : f32[4]\n"
              "%r : f32[4] = aten.relu.default(%x) @ \"block.act\" \"m.py:7\"\n"
              "output \"r\" %r\n"
              "end\n");
    const ScBackend *null_engine[] = {sc_backend_find("null")};
    ScTargetEngines engines = {null_engine, 1, false, NULL, false};
    assert_int_equal(sc_survey(&sc, graph, &engines), SC_E_UNSUPPORTED);
    assert_int_equal(sc.n_diags, 1);
    assert_non_null(strstr(sc.diags[0].where, "aten.relu.default at block.act, m.py:7"));
    assert_non_null(strstr(sc.diags[0].why, "null: the null engine takes nothing"));
    assert_non_null(sc.diags[0].todo);
}

static void bodies_get_constants_and_lose_dead_nodes(void **state) {
    (void)state;
    static const char text[] = "graph g\n"
                               "input %x : f32[1,4]\n"
                               "input %p : bool[]\n"
                               "const %w : f32[4] = {1.0, 2.0, 3.0, 4.0}\n"
                               "body yes\n"
                               "input %x : f32[1,4]\n"
                               "input %w : f32[4]\n"
                               "%r : f32[1,4] = aten.mul.Tensor(%x, %w)\n"
                               "%dead : f32[1,4] = aten.relu.default(%x)\n"
                               "output \"\" %r\n"
                               "end\n"
                               "body no\n"
                               "input %x : f32[1,4]\n"
                               "input %w : f32[4]\n"
                               "%d : f32[1,4] = aten.dropout.default(%x, 0.5, false)\n"
                               "output \"\" %d\n"
                               "end\n"
                               "%z : f32[1,4] = higher_order.cond(%p, body:yes, body:no, "
                               "v[%x,%w])\n"
                               "output \"z\" %z\n"
                               "end\n";
    ScGraph *graph = parse(text);
    const ScNode *cond = graph->first;
    const ScGraph *yes = cond->args[1].as.graph, *no = cond->args[2].as.graph;
    const float weights[] = {1.0f, 2.0f, 3.0f, 4.0f};
    assert_int_equal(sc_canonicalize(&sc, graph), SC_OK);
    assert_int_equal(cond->args[3].n, 1);
    assert_int_equal(yes->n_inputs, 1);
    assert_int_equal(no->n_inputs, 1);
    const ScValue *weight = yes->first->args[1].as.value;
    assert_int_equal(weight->kind, SC_VALUE_CONST);
    assert_memory_equal(weight->data, weights, sizeof weights);
    assert_ptr_equal(yes->first, yes->last); /* %dead went */
    assert_null(no->first);                  /* and dropout */
    assert_ptr_equal(no->outputs[0].value.as.value, no->inputs[0]);
    assert_int_equal(sc_graph_verify(&sc, graph), SC_OK);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(batch_norm_behind_convolution_is_folded, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(
            batch_norm_of_grouped_transposed_convolution_scales_the_right_channels, setup,
            teardown),
        cmocka_unit_test_setup_teardown(batch_norm_of_a_value_with_another_reader_stays,
                                        setup, teardown),
        cmocka_unit_test_setup_teardown(canonicalize_leaves_no_synonym_identity_or_check,
                                        setup, teardown),
        cmocka_unit_test_setup_teardown(dead_channels_are_cut_and_their_constants_moved,
                                        setup, teardown),
        cmocka_unit_test_setup_teardown(quantize_converts_at_the_border_of_a_float_engine,
                                        setup, teardown),
        cmocka_unit_test_setup_teardown(
            types_values_that_only_float_readers_take_stay_float, setup, teardown),
        cmocka_unit_test_setup_teardown(survey_without_an_engine_says_who_refused, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(bodies_get_constants_and_lose_dead_nodes, setup,
                                        teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
