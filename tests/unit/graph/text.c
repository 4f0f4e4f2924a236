/* SPDX-License-Identifier: Apache-2.0 */
/* The text form: what is printed reads back to the same text; broken text is
 * refused with its line; the verifier finds broken graphs. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "compiler/graph/graph.h"
#include "compiler/ops/ops.h"

typedef struct Bench {
    Sc sc;
    ScOpTable *ops;
    jmp_buf door;
} Bench;

static int setup(void **state) {
    static Bench bench;
    memset(&bench, 0, sizeof bench);
    bench.sc.arena = sc_arena_new();
    if (setjmp(bench.door)) {
        return -1;
    }
    sc_arena_guard(bench.sc.arena, &bench.door);
    *state = &bench;
    return sc_ops_load(&bench.sc, &bench.ops);
}

static int teardown(void **state) {
    Bench *bench = *state;
    sc_arena_free(bench->sc.arena);
    return 0;
}

static ScStatus parse(Bench *b, const char *text, ScGraph **out) {
    return sc_graph_parse(&b->sc, "test.scg", b->ops, text, strlen(text), out);
}

static const char whole[] =
    "graph forward\n"
    "input %x : f32[1,4]\n"
    "const %w : f32[4] \"fc.\\\"w\" = {1.0, -2.5, inf, nan}\n"
    "const %b : i8[2,2]{q 0 [0.5, 0.25] [0, -3] -128 127} = {-128, 127, 0, 1}\n"
    "const %big : f32[100] = hash:29f37f94ea5ba545\n"
    "state %h : f32[1,4] = {0.0, 0.0, 0.0, 0.0}\n"
    "%r : f32[1,4] = aten.relu.default(%x) @ \"act\" \"model.py:3\"\n"
    "%s : f32[1,4] = aten.add.Tensor(%r, %h, 1)\n"
    "%q : i8[1,4]{q -1 [0.1] [4] -128 127} = aten.mul.Tensor(%s, %w)\n"
    "%c : f32[2,4] = aten.cat.default(v[%r,%s], 0)\n"
    "write %h <- %s\n"
    "output \"y\" %c\n"
    "output \"\" %q\n"
    "output \"n\" none\n"
    "output \"k\" 3\n"
    "end\n";

/* A body in a body; names that are taken outside. */
static const char bodies[] =
    "graph forward\n"
    "input %x : f32[1,4]\n"
    "input %p : bool[]\n"
    "const %w : f32[4] = {1.0, 2.0, 3.0, 4.0}\n"
    "body yes\n"
    "  input %x : f32[1,4]\n"
    "  input %w : f32[4]\n"
    "  %r : f32[1,4] = aten.mul.Tensor(%x, %w)\n"
    "  %dead : f32[1,4] = aten.relu.default(%x)\n"
    "  output \"\" %r\n"
    "end\n"
    "body no\n"
    "  input %x : f32[1,4]\n"
    "  input %w : f32[4]\n"
    "  const %t : bool[] = {0}\n"
    "  body yes\n"
    "    input %x : f32[1,4]\n"
    "    output \"\" %x\n"
    "  end\n"
    "  body no\n"
    "    input %x : f32[1,4]\n"
    "    output \"\" %x\n"
    "  end\n"
    "  %y : f32[1,4] = higher_order.cond(%t, body:yes, body:no, v[%x])\n"
    "  output \"\" %y\n"
    "end\n"
    "%z : f32[1,4] = higher_order.cond(%p, body:yes, body:no, v[%x,%w])\n"
    "output \"z\" %z\n"
    "end\n";

static void text_bodies_read_back_equal(void **state) {
    Bench *b = *state;
    ScGraph *graph, *copy;
    ScValue **twins;
    assert_int_equal(parse(b, bodies, &graph), SC_OK);
    ScBuf once = sc_buf(b->sc.arena), twice = sc_buf(b->sc.arena);
    sc_graph_print(graph, &once);
    assert_string_equal(once.data, bodies);
    assert_int_equal(sc_graph_clone(&b->sc, graph, &copy, &twins), SC_OK);
    /* A change in the copy's body doesn't reach the original's. */
    copy->first->args[1].as.graph->first->results[0]->name = "renamed";
    sc_graph_print(graph, &twice);
    assert_string_equal(twice.data, bodies);
}

static void verify_broken_body_is_found(void **state) {
    Bench *b = *state;
    ScGraph *graph;
    for (int fault = 0; fault < 4; fault++) {
        assert_int_equal(parse(b, bodies, &graph), SC_OK);
        ScGraph *yes = graph->first->args[1].as.graph;
        if (fault == 0) { /* a value from outside */
            yes->first->args[0].as.value = graph->inputs[0];
        } else if (fault == 1) {
            yes->inputs[1]->kind = SC_VALUE_STATE;
        } else if (fault == 2) { /* more inputs than operands */
            graph->first->args[3].n = 1;
        } else { /* gives something of another type */
            yes->outputs[0].value.as.value = yes->inputs[1];
        }
        assert_int_not_equal(sc_graph_verify(&b->sc, graph), SC_OK);
    }
}

static void text_whole_graph_reads_back_equal(void **state) {
    Bench *b = *state;
    ScGraph *graph, *again;
    assert_int_equal(parse(b, whole, &graph), SC_OK);
    ScBuf once = sc_buf(b->sc.arena), twice = sc_buf(b->sc.arena);
    sc_graph_print(graph, &once);
    assert_int_equal(parse(b, once.data, &again), SC_OK);
    sc_graph_print(again, &twice);
    assert_string_equal(once.data, twice.data);
    assert_non_null(strstr(once.data, "{1.0, -2.5, inf, nan}"));
    assert_non_null(strstr(once.data, "i8[2,2]{q 0 [0.5, 0.25] [0, -3] -128 127}"));
    assert_non_null(strstr(once.data, "write %h <- %s"));
}

static void text_broken_is_refused_with_its_line(void **state) {
    static const struct {
        const char *text, *line, *what;
    } cases[] = {
        {"grph g\nend\n", ":1", "'graph ' expected"},
        {"graph g\ninput %x : f33[1]\nend\n", ":2", "no dtype"},
        {"graph g\ninput %x : f32[-1]\nend\n", ":2", "out of range"},
        {"graph g\ninput %x : f32[1,1,1,1,1,1,1,1,1]\nend\n", ":2", "rank"},
        {"graph g\noutput \"y\" %x\nend\n", ":2", "isn't made"},
        {"graph g\ninput %x : f32[1]\ninput %x : f32[1]\nend\n", ":3", "made twice"},
        {"graph g\ninput %x : f32[1]\n%y : f32[2] = aten.relu.default(%x)\nend\n", ":3",
         "otherwise than inferred"},
        {"graph g\ninput %x : f32[1]\n%y : f32[1] = aten.nothing.default(%x)\nend\n", "",
         "no such operator"},
        {"graph g\noutput \"y\n", ":2", "isn't closed"},
        {"graph g\n", ":2", "expected"},
        {"graph g\ninput %x : f32[1]\ninput %p : bool[]\n"
         "%y : f32[1] = higher_order.cond(%p, body:a, body:a, v[%x])\nend\n",
         ":4", "no body 'a'"},
        /* one body for two places */
        {"graph g\ninput %x : f32[1]\ninput %p : bool[]\n"
         "body a\ninput %x : f32[1]\noutput \"\" %x\nend\n"
         "%y : f32[1] = higher_order.cond(%p, body:a, body:a, v[%x])\nend\n",
         ":8", "no body 'a'"},
        {"graph g\nbody a\nbody a\nbody a\nbody a\nbody a\nbody a\nbody a\nbody a\n"
         "body a\nbody a\nbody a\nbody a\nbody a\nbody a\nbody a\nbody a\nbody a\n",
         ":18", "nested"},
    };
    Bench *b = *state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        ScGraph *graph;
        b->sc.n_diags = 0;
        assert_int_not_equal(parse(b, cases[i].text, &graph), SC_OK);
        assert_int_equal(b->sc.n_diags, 1);
        if (!strstr(b->sc.diags[0].what, cases[i].what) ||
            !strstr(b->sc.diags[0].where, cases[i].line)) {
            fail_msg("case %zu says '%s: %s'", i, b->sc.diags[0].where,
                     b->sc.diags[0].what);
        }
    }
}

static void verify_broken_graph_is_found(void **state) {
    Bench *b = *state;
    ScGraph *graph;
    for (int fault = 0; fault < 5; fault++) {
        b->sc.n_diags = 0;
        assert_int_equal(parse(b, whole, &graph), SC_OK);
        ScNode *relu = graph->first, *add = relu->next;
        if (fault == 0) { /* used before it is made */
            relu->args[0].as.value = add->results[0];
        } else if (fault == 1) { /* type isn't what the op infers */
            relu->results[0]->type.dims[1] = 5;
        } else if (fault == 2) { /* two names */
            relu->results[0]->name = add->results[0]->name;
        } else if (fault == 3) { /* removed, still used */
            sc_graph_remove_node(graph, relu);
        } else { /* the state has another type */
            graph->outputs[0].state = graph->inputs[0];
        }
        assert_int_equal(sc_graph_verify(&b->sc, graph), SC_E_INTERNAL);
    }
}

static void sweep_unused_things_go(void **state) {
    Bench *b = *state;
    ScGraph *graph;
    assert_int_equal(parse(b, whole, &graph), SC_OK);
    /* %b and %big are used by nothing. */
    assert_int_equal(sc_graph_sweep(graph), 2);
    assert_int_equal(sc_graph_sweep(graph), 0);
    graph->n_outputs = 1;                       /* only the state write stays */
    assert_int_equal(sc_graph_sweep(graph), 3); /* %q %c %w */
    assert_int_equal(sc_graph_verify(&b->sc, graph), SC_OK);
}

static void uses_are_counted_and_replaced(void **state) {
    Bench *b = *state;
    ScGraph *graph;
    assert_int_equal(parse(b, whole, &graph), SC_OK);
    ScValue *r = graph->first->results[0], *s = graph->first->next->results[0];
    assert_int_equal(sc_graph_count_uses(graph, r), 2);
    assert_int_equal(sc_graph_count_uses(graph, s), 3); /* mul, cat, the write */
    assert_null(sc_graph_single_user(graph, r));
    assert_ptr_equal(sc_graph_single_user(graph, graph->inputs[0]), graph->first);
    sc_graph_replace_uses(graph, r, graph->inputs[0]);
    assert_int_equal(sc_graph_count_uses(graph, r), 0);
    assert_int_equal(sc_graph_count_uses(graph, graph->inputs[0]), 3);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(text_whole_graph_reads_back_equal, setup, teardown),
        cmocka_unit_test_setup_teardown(text_bodies_read_back_equal, setup, teardown),
        cmocka_unit_test_setup_teardown(verify_broken_body_is_found, setup, teardown),
        cmocka_unit_test_setup_teardown(text_broken_is_refused_with_its_line, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(verify_broken_graph_is_found, setup, teardown),
        cmocka_unit_test_setup_teardown(sweep_unused_things_go, setup, teardown),
        cmocka_unit_test_setup_teardown(uses_are_counted_and_replaced, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
