/* SPDX-License-Identifier: Apache-2.0 */
/* Shape functions against torch's recorded result types, and what they refuse. */
#include "bench.h"

static void shape_every_case_has_torchs_type(void **state) {
    (void)state;
    size_t n_failed = 0;
    for (size_t i = 0; i < N_OP_CASES; i++) {
        ScGraph *graph;
        if (parse(case_text(&op_cases[i]), &graph) != SC_OK ||
            sc_graph_verify(&bench, graph) != SC_OK) {
            print_error("%s\n", op_cases[i].call);
            print_last_diag();
            n_failed++;
        }
    }
    assert_int_equal(n_failed, 0);
}

static void shape_wrong_call_is_refused_with_the_reason(void **state) {
    (void)state;
    static const struct {
        const char *inputs, *call, *what;
    } cases[] = {
        {"%a:f32[2,3] %b:f32[2,4]", "aten.add.Tensor(%a, %b)",
         "f32[2,3] and f32[2,4] don't broadcast"},
        {"%a:i64[2]", "aten.mean.dim(%a, i[0])", "a float type is needed"},
        {"%a:i64[2]", "aten.gelu.default(%a)", "a float type is needed"},
        {"%a:f32[1,5,8,8] %w:f32[4,3,3,3]", "aten.conv2d.default(%a, %w)",
         "the input has 5 channels, the weight wants 3"},
        {"%a:f32[1,3,2,2] %w:f32[4,3,3,3]", "aten.conv2d.default(%a, %w)",
         "the kernel is larger than the padded input"},
        {"%a:f32[1,3,8,8] %w:f32[4,3,3,3]", "aten.conv2d.default(%a, %w, none, i[0,1])",
         "'stride' has 0"},
        {"%a:f32[1,3,8,8] %w:f32[4,3,3,3]",
         "aten.conv2d.default(%a, %w, none, i[9223372036854775807,1])", "out of range"},
        {"%a:f32[1,3,8,8] %w:f32[4,3,3,3]",
         "aten.conv2d.default(%a, %w, none, i[1,1], i[0,0], i[1,1], 2)", "wants 6"},
        {"%a:f32[1,3,8,8] %w:f32[4,3,3,3]",
         "aten.conv2d.default(%a, %w, none, i[1,1], i[0,0], i[1,1], 0)", "groups"},
        {"%a:f32[1,3,8,8] %w:f32[4,3,3,3]",
         "aten.conv2d.padding(%a, %w, none, i[2,2], \"same\")", "stride 1"},
        {"%a:f32[1,3,8,8] %w:f64[4,3,3,3]", "aten.conv2d.default(%a, %w)",
         "input is f32, weight is f64"},
        {"%a:f32[2,3] %b:f32[4,2]", "aten.mm.default(%a, %b)",
         "inner dimensions are 3 and 4"},
        {"%a:f32[2,3] %w:f32[4,2]", "aten.linear.default(%a, %w)", "inner dimensions"},
        {"%a:f32[3,2,3] %b:f32[2,3,2]", "aten.matmul.default(%a, %b)",
         "batch dimensions don't broadcast"},
        {"%a:f32[2,3]", "aten.view.default(%a, i[4,-1])",
         "6 elements don't fit the new shape"},
        {"%a:f32[2,3]", "aten.view.default(%a, i[-1,-1])", "invalid"},
        {"%a:f32[2,3]", "aten.view.default(%a, i[4611686018427387904,4])", "invalid"},
        {"%a:f32[0,3]", "aten.view.default(%a, i[0,-1])", "new shape"},
        {"%a:f32[2,3]", "aten.permute.default(%a, i[0,0])", "listed twice"},
        {"%a:f32[2,3]", "aten.permute.default(%a, i[0])", "1 dimensions are listed"},
        {"%a:f32[2,3]", "aten.select.int(%a, 1, 3)", "index 3 is out of range"},
        {"%a:f32[2,3]", "aten.select.int(%a, 2, 0)", "dimension 2 of a tensor with 2"},
        {"%a:f32[2,3]", "aten.slice.Tensor(%a, 0, 0, 1, 0)", "step must be positive"},
        {"%a:f32[2,3]", "aten.expand.default(%a, i[4,3])", "can't become 4"},
        {"%a:f32[1]", "aten.expand.default(%a, i[65536,65536,4])", "beyond 4 GB"},
        {"%a:f32[1]", "aten.expand.default(%a, i[9223372036854775807])", "beyond 4 GB"},
        {"%a:f32[2]", "aten.repeat.default(%a, i[2147483647])", "beyond 4 GB"},
        {"%a:f32[100]", "aten.unbind.int(%a)", "more than 64 results"},
        {"%a:f32[2,3]", "aten.split_with_sizes.default(%a, i[1,1], 1)", "leave 1 over"},
        {"%a:f32[2,3]", "aten.split.Tensor(%a, 0)", "positive size"},
        {"%a:f32[2,3] %b:f32[3,3]", "aten.cat.default(v[%a,%b], 1)",
         "tensor 1 doesn't fit the first one"},
        {"", "aten.cat.default(v[])", "nothing to join"},
        {"%a:f32[2,3]", "aten.sum.dim_IntList(%a, i[1,-1])", "listed twice"},
        {"%a:f32[0]", "aten.amax.default(%a)", "largest of nothing"},
        {"%a:f32[1,1,4,4]", "aten.max_pool2d.default(%a, i[2,2], i[2,2], i[2,2])",
         "exceeds half of the kernel"},
        {"%a:f32[1,1,2,2]", "aten.avg_pool2d.default(%a, i[3,3])", "larger than"},
        {"%a:f32[2,3]", "aten.dropout.default(%a, 0.5, true)", "training mode"},
        {"%a:f32[2,3]",
         "aten.batch_norm.default(%a, none, none, none, none, true, 0.1, "
         "1e-05, true)",
         "training mode"},
        {"%a:f32[2,3]", "aten.layer_norm.default(%a, i[2])", "normalized_shape"},
        {"%a:f32[2,3] %m:f32[2,3]", "aten.where.self(%m, %a, %a)", "not bool"},
        {"%a:f32[2,3] %m:bool[2]", "aten.index.Tensor(%a, v[%m])", "depends on data"},
        {"%a:f32[2,3]", "aten.pad.default(%a, i[1,1], \"cyclic\")",
         "padding mode 'cyclic'"},
        {"%a:f32[2,3]", "aten.constant_pad_nd.default(%a, i[-2,-2])", "cut off"},
        {"%a:f32[2,3] %h:f32[1,3,4]",
         "aten.gru.input(%a, %h, v[], true, 1, 0.0, false, false, false)", "0 weights"},
        {"", "aten.arange.start_step(0, 10, 0)", "no length"},
        {"", "aten.full.default(i[1,1,1,1,1,1,1,1,1], 0)", "9 dimensions"},
        {"%a:f32[2,4] %b:f32[2,4]",
         "aten.scaled_dot_product_attention.default(%a, %b, %b, none, 0.5)", "dropout"},
        {"%a:f32[2147483647,2147483647,2147483647]", "aten.flatten.using_ints(%a)",
         "argument 'self' is too large"},
        {"%a:f32[0,65536,65536]", "aten.cat.default(v[%a])",
         "argument 'tensors' is too large"},
        {"%a:f32[2,3]", "aten.einsum.default(\"ii->i\", v[%a])", "letter twice"},
        {"%a:f32[2,3]", "aten.einsum.default(\"ij->k\", v[%a])", "'k' stands in no"},
        {"%a:f32[2,3] %b:f32[2,3]", "aten.einsum.default(\"ij,jk->ik\", v[%a,%b])",
         "'j' has two sizes"},
        {"%a:f32[1,1,3,3]", "aten.reflection_pad2d.default(%a, i[3,0,0,0])",
         "padding 3 of a dimension of size 3"},
        {"%a:f32[1,1,3,3]", "aten.replication_pad2d.default(%a, i[-1,0,0,0])",
         "padding that cuts"},
        {"%a:f32[2]", "aten.rleu.default(%a)", "no such operator"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        OpCase c = {cases[i].inputs, "f32[1]", cases[i].call};
        ScGraph *graph;
        size_t before = bench.n_diags;
        ScStatus status = parse(case_text(&c), &graph);
        if (status == SC_OK || bench.n_diags != before + 1 ||
            !strstr(bench.diags[before].what, cases[i].what)) {
            print_last_diag();
            fail_msg("%s: '%s' expected", cases[i].call, cases[i].what);
        }
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(shape_every_case_has_torchs_type),
        cmocka_unit_test(shape_wrong_call_is_refused_with_the_reason),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
