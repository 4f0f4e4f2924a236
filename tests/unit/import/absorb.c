/* SPDX-License-Identifier: Apache-2.0 */
/* PT2E's quantize and dequantize nodes: graph text before and after. */
#include "tests/unit/import/make_pt2.h"

#include "compiler/import/import.h"

#define Q(to, from) Q_("quantize_per_tensor", to, "i8[4]", from, "0.5, 3, -128, 127", "")
#define DQ(to, from) \
    Q_("dequantize_per_tensor", to, "f32[4]", from, "0.5, 3, -128, 127", ", none")
#define Q_(op, to, type, from, params, more)                                      \
    "%" to " : " type " = quantized_decomposed." op ".default(%" from ", " params \
    ", dtype:i8" more ")\n"
#define RELU(to, from) "%" to " : f32[4] = aten.relu.default(%" from ")\n"
#define QI8 "i8[4]{q -1 [0.5] [3] -128 127}"
#define HEAD "graph g\ninput %x : f32[4]\n"

typedef struct Case {
    const char *situation, *before, *after;
} Case;

static const Case cases[] = {
    {"pairs around operators become types, the input keeps its q",
     HEAD Q("q0", "x") DQ("d0", "q0") RELU("a", "d0") Q("q1", "a") DQ("d1", "q1")
         RELU("b", "d1") Q("q2", "b") DQ("d2", "q2") "output \"d2\" %d2\nend\n",
     HEAD Q_("quantize_per_tensor", "q0", QI8, "x", "0.5, 3, -128, 127",
             "") "%a : " QI8 " = aten.relu.default(%q0)\n"
                 "%b : " QI8
                 " = aten.relu.default(%a)\n" DQ("d2", "b") "output \"d2\" %d2\nend\n"},
    {"a value with other uses keeps its q",
     HEAD RELU("a", "x") Q("q", "a") DQ("d", "q")
         RELU("b", "d") "output \"a\" %a\noutput \"b\" %b\nend\n",
     HEAD RELU("a", "x") Q_("quantize_per_tensor", "q", QI8, "a", "0.5, 3, -128, 127", "")
         RELU("b", "q") "output \"a\" %a\noutput \"b\" %b\nend\n"},
    {"an output and users of one dq: the dq stays for the output",
     HEAD RELU("a", "x") Q("q", "a") DQ("d", "q")
         RELU("b", "d") "output \"d\" %d\noutput \"b\" %b\nend\n",
     HEAD "%a : " QI8 " = aten.relu.default(%x)\n" DQ("d", "a")
         RELU("b", "a") "output \"d\" %d\noutput \"b\" %b\nend\n"},
    {"other parameters in the dq: nothing is absorbed",
     HEAD RELU("a", "x") Q("q", "a")
         Q_("dequantize_per_tensor", "d", "f32[4]", "q", "0.25, 3, -128, 127", ", none")
             RELU("b", "d") "output \"b\" %b\nend\n",
     NULL},
    {"another scale between dq and q stays as a conversion",
     HEAD RELU("a", "x") Q("q", "a") DQ("d", "q") Q_("quantize_per_tensor", "q2", "i8[4]",
                                                     "d", "0.25, 0, -128, 127", "")
         Q_("dequantize_per_tensor", "d2", "f32[4]", "q2", "0.25, 0, -128, 127", ", none")
             RELU("b", "d2") "output \"b\" %b\nend\n",
     HEAD "%a : " QI8 " = aten.relu.default(%x)\n" DQ("d", "a")
         Q_("quantize_per_tensor", "q2", "i8[4]{q -1 [0.25] [0] -128 127}", "d",
            "0.25, 0, -128, 127", "") RELU("b", "q2") "output \"b\" %b\nend\n"},
    {"a constant gets the type",
     HEAD "const %w : i8[4] = {1, 2, 3, 4}\n" DQ(
         "d", "w") "%b : f32[4] = aten.add.Tensor(%x, %d, 1)\noutput \"b\" %b\nend\n",
     HEAD "const %w : " QI8 " = {1, 2, 3, 4}\n"
          "%b : f32[4] = aten.add.Tensor(%x, %w, 1)\noutput \"b\" %b\nend\n"},
    {"a constant with two readings is two values on the same bytes",
     HEAD "const %w : i8[4] = {1, 2, 3, 4}\n" DQ("d", "w")
         Q_("dequantize_per_tensor", "e", "f32[4]", "w", "0.25, 0, -128, 127",
            ", none") "%b : f32[4] = aten.add.Tensor(%d, %e, 1)\noutput \"b\" %b\nend\n",
     HEAD "const %w : i8[4]{q -1 [0.25] [0] -128 127} = {1, 2, 3, 4}\n"
          "const %w_0 : " QI8 " = {1, 2, 3, 4}\n"
          "%b : f32[4] = aten.add.Tensor(%w_0, %w, 1)\noutput \"b\" %b\nend\n"},
    {"a constant outside of its range keeps the dq",
     HEAD "const %w : i8[4] = {1, 2, 3, 4}\n" Q_(
         "dequantize_per_tensor", "d", "f32[4]",
         "w", "0.5, 0, -3, 3",
         ", none") "%b : f32[4] = aten.add.Tensor(%x, %d, 1)\noutput \"b\" %b\nend\n",
     NULL},
    {"per channel",
     HEAD "const %w : i8[2,4] = {1, 2, 3, 4, 5, 6, 7, 8}\n"
          "const %s : f32[2] = {0.5, 0.25}\nconst %z : i64[2] = {0, 1}\n"
          "%d : f32[2,4] = quantized_decomposed.dequantize_per_channel.default(%w, %s, %z, "
          "0, -127, 127, dtype:i8, none)\n"
          "%b : f32[2,4] = aten.add.Tensor(%x, %d, 1)\noutput \"b\" %b\nend\n",
     HEAD "const %w : i8[2,4]{q 0 [0.5, 0.25] [0, 1] -127 127} = "
          "{1, 2, 3, 4, 5, 6, 7, 8}\n"
          "%b : f32[2,4] = aten.add.Tensor(%x, %w, 1)\noutput \"b\" %b\nend\n"},
    {"an int8 input keeps its dq",
     "graph g\ninput %x : i8[4]\n" DQ("d", "x") RELU("b", "d") "output \"b\" %b\nend\n",
     NULL},
};

static const char *print(Test *test, const ScGraph *graph) {
    ScBuf text = sc_buf(test->sc.arena);
    sc_graph_print(graph, &text);
    return text.data;
}

static void absorb_pairs_become_types(void **state) {
    Test *test = *state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        ScGraph *graph;
        const char *before = cases[i].before;
        ScStatus status = sc_graph_parse(&test->sc, cases[i].situation, test->ops, before,
                                         strlen(before), &graph);
        if (status != SC_OK) {
            print_errors(test);
        }
        assert_int_equal(status, SC_OK);
        before = print(test, graph);
        assert_int_equal(sc_import_absorb(&test->sc, graph), SC_OK);
        sc_graph_sweep(graph);
        const char *after = print(test, graph);
        const char *expected = cases[i].after ? cases[i].after : before;
        if (strcmp(after, expected) != 0) {
            print_error("%s\n%s", cases[i].situation, after);
        }
        assert_string_equal(after, expected);
        if (sc_graph_verify(&test->sc, graph) != SC_OK) {
            print_errors(test);
            fail();
        }
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(absorb_pairs_become_types, test_open, test_close),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
