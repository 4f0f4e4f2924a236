/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Programs that write to memory: what Graph they become, or why they are
 * refused. The expected texts are those of sc_graph_print(), without the
 * origins behind '@'.
 */
#include "tests/unit/import/make_pt2.h"

/* Removes ` @ "module" "source"` at line ends. */
static char *without_origins(ScArena *arena, const char *text) {
    ScBuf out = sc_buf(arena);
    while (*text) {
        size_t line = strcspn(text, "\n");
        const char *at = strstr(text, " @ ");
        size_t keep = at && at < text + line ? (size_t)(at - text) : line;
        sc_buf_bytes(&out, text, keep);
        sc_buf_str(&out, "\n");
        text += line + (text[line] == '\n');
    }
    return out.data;
}

static ScStatus import(Test *test, const Program *program, ScGraph **out_graph) {
    static const float record[8] = {0, 1, 2, 3, 4, 5, 6, 7};
    ScArena *arena = test->sc.arena;
    Parts parts = {.program = program_json(arena, program),
                   .weights = "{'config': {'h': " PAYLOAD(F32_4) ", 'k': " PAYLOAD(
                       F32_2_4) ", 'z': {'use_pickle': true}}}",
                   .record = record,
                   .record_bytes = sizeof record};
    return sc_import_pt2_bytes(&test->sc, "x.pt2", pt2_make(arena, &parts), test->ops,
                               out_graph);
}

#define INPUTS_X .inputs = T("x"), .input_specs = USER_IN("x")
#define INPUTS_HX \
    .inputs = T("b_h") "," T("x"), .input_specs = BUFFER_IN("h") "," USER_IN("x")
#define OUTPUT(name) .outputs = T(name), .output_specs = USER_OUT(name)
#define RELU(x, y) NODE("aten.relu.default", ARG("self", T(x)), T(y))
#define ADD(x, y, z) NODE("aten.add.Tensor", ARG("self", T(x)) "," ARG("other", T(y)), T(z))
#define ADD_(x, y, z) \
    NODE("aten.add_.Tensor", ARG("self", T(x)) "," ARG("other", T(y)), T(z))
#define V4(name) "'" name "': " F32_4
#define V24(name) "'" name "': " F32_2_4

typedef struct GoodCase {
    const char *situation;
    Program program;
    const char *text;
} GoodCase;

static const GoodCase good[] = {
    {"relu_ on an intermediate is pure",
     {INPUTS_X, OUTPUT("relu_"),
      .nodes = ADD("x", "x", "add") "," NODE("aten.relu_.default", ARG("self", T("add")),
                                             T("relu_")),
      .values = V4("x") "," V4("add") "," V4("relu_")},
     "graph net\n"
     "input %x : f32[4]\n"
     "%add : f32[4] = aten.add.Tensor(%x, %x, 1)\n"
     "%relu_ : f32[4] = aten.relu.default(%add)\n"
     "output \"relu_\" %relu_\n"
     "end\n"},
    {"the old name reads the new contents",
     {INPUTS_X, OUTPUT("out"),
      .nodes = ADD("x", "x", "a") "," ADD_("a", "x", "b") "," RELU("a", "out"),
      .values = V4("x") "," V4("a") "," V4("b") "," V4("out")},
     "graph net\n"
     "input %x : f32[4]\n"
     "%a : f32[4] = aten.add.Tensor(%x, %x, 1)\n"
     "%b : f32[4] = aten.add.Tensor(%a, %x, 1)\n"
     "%out : f32[4] = aten.relu.default(%b)\n"
     "output \"out\" %out\n"
     "end\n"},
    {"a written buffer is state, read before and after",
     {INPUTS_HX, OUTPUT("out"),
      .nodes = ADD("b_h", "x", "before") "," ADD_("b_h", "before",
                                                  "new") "," ADD("b_h", "before", "out"),
      .values = V4("b_h") "," V4("x") "," V4("before") "," V4("new") "," V4("out")},
     "graph net\n"
     "input %x : f32[4]\n"
     "state %b_h : f32[4] \"h\" = {0.0, 1.0, 2.0, 3.0}\n"
     "%before : f32[4] = aten.add.Tensor(%b_h, %x, 1)\n"
     "%new : f32[4] = aten.add.Tensor(%b_h, %before, 1)\n"
     "%out : f32[4] = aten.add.Tensor(%new, %before, 1)\n"
     "write %b_h <- %new\n"
     "output \"out\" %out\n"
     "end\n"},
    {"copy_ needs no node",
     {INPUTS_HX, OUTPUT("new"),
      .nodes = RELU("x", "new") "," NODE(
          "aten.copy_.default", ARG("self", T("b_h")) "," ARG("src", T("new")), T("copy_")),
      .values = V4("b_h") "," V4("x") "," V4("new") "," V4("copy_")},
     "graph net\n"
     "input %x : f32[4]\n"
     "state %b_h : f32[4] \"h\" = {0.0, 1.0, 2.0, 3.0}\n"
     "%new : f32[4] = aten.relu.default(%x)\n"
     "write %b_h <- %new\n"
     "output \"new\" %new\n"
     "end\n"},
    {"zero_ is full()",
     {INPUTS_HX, OUTPUT("b_h"),
      .nodes = NODE("aten.zero_.default", ARG("self", T("b_h")), T("zero_")),
      .values = V4("b_h") "," V4("x") "," V4("zero_")},
     "graph net\n"
     "input %x : f32[4]\n"
     "state %b_h : f32[4] \"h\" = {0.0, 1.0, 2.0, 3.0}\n"
     "%zero_ : f32[4] = aten.full.default(i[4], 0, dtype:f32, none, none, none)\n"
     "write %b_h <- %zero_\n"
     "output \"b_h\" %zero_\n"
     "end\n"},
    {"explicit mutation of the functional dialect",
     {INPUTS_HX, .nodes = ADD("b_h", "x", "new"), .outputs = T("new") "," T("b_h"),
      .output_specs =
          "{'buffer_mutation': {'arg': {'name': 'new'}, 'buffer_name': 'h'}}," USER_OUT(
              "b_h"),
      .values = V4("b_h") "," V4("x") "," V4("new")},
     "graph net\n"
     "input %x : f32[4]\n"
     "state %b_h : f32[4] \"h\" = {0.0, 1.0, 2.0, 3.0}\n"
     "%new : f32[4] = aten.add.Tensor(%b_h, %x, 1)\n"
     "write %b_h <- %new\n"
     "output \"b_h\" %b_h\n"
     "end\n"},
    {"a write through select reaches the base",
     {.inputs = T("x"),
      .input_specs = USER_IN("x"),
      OUTPUT("y"),
      .nodes = ADD("x", "x", "y") "," NODE(
          "aten.select.int",
          ARG("self", T("y")) "," ARG("dim", "{'as_int': 0}") "," ARG("index",
                                                                      "{'as_int': 1}"),
          T("row")) "," ADD_("row", "row", "row2"),
      .values = V24("x") "," V24("y") "," V4("row") "," V4("row2")},
     "graph net\n"
     "input %x : f32[2,4]\n"
     "%y : f32[2,4] = aten.add.Tensor(%x, %x, 1)\n"
     "%row : f32[4] = aten.select.int(%y, 0, 1)\n"
     "%row2 : f32[4] = aten.add.Tensor(%row, %row, 1)\n"
     "%select_scatter : f32[2,4] = aten.select_scatter.default(%y, %row2, 0, 1)\n"
     "output \"y\" %select_scatter\n"
     "end\n"},
    {"a view made before a write reads the new contents",
     {.inputs = T("x"),
      .input_specs = USER_IN("x"),
      OUTPUT("out"),
      .nodes = ADD("x", "x", "y") "," NODE(
          "aten.select.int",
          ARG("self", T("y")) "," ARG("dim", "{'as_int': 0}") "," ARG("index",
                                                                      "{'as_int': 1}"),
          T("row")) "," ADD_("y", "x", "y2") "," RELU("row", "out"),
      .values = V24("x") "," V24("y") "," V4("row") "," V24("y2") "," V4("out")},
     "graph net\n"
     "input %x : f32[2,4]\n"
     "%y : f32[2,4] = aten.add.Tensor(%x, %x, 1)\n"
     "%y2 : f32[2,4] = aten.add.Tensor(%y, %x, 1)\n"
     "%select : f32[4] = aten.select.int(%y2, 0, 1)\n"
     "%out : f32[4] = aten.relu.default(%select)\n"
     "output \"out\" %out\n"
     "end\n"},
    {"unused weights vanish, even those that can't be read",
     {.inputs = T("b_z") "," T("x"),
      .input_specs = BUFFER_IN("z") "," USER_IN("x"),
      OUTPUT("out"),
      .nodes = RELU("x", "out"),
      .values = V4("x") "," V4("out")},
     "graph net\n"
     "input %x : f32[4]\n"
     "%out : f32[4] = aten.relu.default(%x)\n"
     "output \"out\" %out\n"
     "end\n"},
    {"outputs repeat, pass through and are constants",
     {.inputs = T("x") ", {'as_none': true}, {'as_float': 0.5}",
      .input_specs = USER_IN("x") ", {'constant_input': {'name': 'mask', 'value': "
                                  "{'as_none': true}}}, {'constant_input': {'name': "
                                  "'scale', 'value': {'as_float': 0.5}}}",
      .outputs = T("y") "," T("y") "," T("x") ", {'as_none': true}, {'as_int': 7}",
      .output_specs = USER_OUT("y") "," USER_OUT("y") "," USER_OUT(
          "x") ", {'user_output': {'arg': {'as_none': true}}}, {'user_output': {'arg': "
               "{'as_int': 7}}}",
      .nodes = RELU("x", "y"),
      .values = V4("x") "," V4("y")},
     "graph net\n"
     "input %x : f32[4]\n"
     "%y : f32[4] = aten.relu.default(%x)\n"
     "output \"y\" %y\n"
     "output \"y\" %y\n"
     "output \"x\" %x\n"
     "output \"output_3\" none\n"
     "output \"output_4\" 7\n"
     "end\n"},
    {"assertions and unknown keys are dropped",
     {INPUTS_X, OUTPUT("y"),
      .nodes = RELU("x", "y") ",{'target': 'torch.ops.aten._assert_scalar.default', "
                              "'inputs': [], 'outputs': [], 'future_key': 1}",
      .values = V4("x") "," V4("y")},
     "graph net\n"
     "input %x : f32[4]\n"
     "%y : f32[4] = aten.relu.default(%x)\n"
     "output \"y\" %y\n"
     "end\n"},
    {"names that C or the text form wouldn't take",
     {.inputs = T("é-x"),
      .input_specs = USER_IN("é-x"),
      OUTPUT("2y"),
      .nodes = RELU("é-x", "2y"),
      .values = V4("é-x") "," V4("2y")},
     "graph net\n"
     "input %____x : f32[4]\n"
     "%_2y : f32[4] = aten.relu.default(%____x)\n"
     "output \"_2y\" %_2y\n"
     "end\n"},
};

static void import_any_program_gives_a_functional_graph(void **state) {
    Test *test = *state;
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        ScGraph *graph;
        ScStatus status = import(test, &good[i].program, &graph);
        if (status != SC_OK) {
            print_error("%s\n", good[i].situation);
            print_errors(test);
        }
        assert_int_equal(status, SC_OK);
        ScBuf text = sc_buf(test->sc.arena);
        sc_graph_print(graph, &text);
        const char *got = without_origins(test->sc.arena, text.data);
        if (strcmp(got, good[i].text) != 0) {
            print_error("%s\n%s", good[i].situation, got);
        }
        assert_string_equal(got, good[i].text);
        assert_int_equal(sc_graph_verify(&test->sc, graph), SC_OK);
    }
}

typedef struct BadCase {
    const char *situation;
    Program program;
    ScStatus status;
    const char *words;
} BadCase;

#define DYNAMIC                                                             \
    META("7",                                                               \
         "{'as_expr': {'expr_str': 'Symbol(`s77`, integer=True)', 'hint': " \
         "{'as_int': 2}}}",                                                 \
         N(1))

#define BODY(input, output, values)                                                   \
    "{'as_graph': {'name': 'b', 'graph': {'inputs': [" input "], 'outputs': [" output \
    "], 'nodes': [], 'tensor_values': {" values "}}}}"

static const BadCase bad[] = {
    {"write to an input",
     {INPUTS_X, OUTPUT("add_"), .nodes = ADD_("x", "x", "add_"),
      .values = V4("x") "," V4("add_")},
     SC_E_UNSUPPORTED,
     "x.pt2: the_node: aten.add_.Tensor at body.1, model.py:12|overwrites its input "
     "'x'|inplace=False|registered buffer"},
    {"write to an input in the functional dialect",
     {INPUTS_X, .nodes = ADD("x", "x", "y"), .outputs = T("y"),
      .output_specs =
          "{'user_input_mutation': {'arg': {'name': 'y'}, 'user_input_name': 'x'}}",
      .values = V4("x") "," V4("y")},
     SC_E_UNSUPPORTED,
     "overwrites its input 'x'"},
    {"write through expand",
     {INPUTS_X, OUTPUT("b"),
      .nodes = ADD("x", "x", "a") "," NODE(
          "aten.expand.default", ARG("self", T("a")) "," ARG("size", "{'as_ints': [2, 4]}"),
          T("e")) "," ADD_("e", "e", "b"),
      .values = V4("x") "," V4("a") "," V24("e") "," V24("b")},
     SC_E_UNSUPPORTED,
     "write through aten.expand.default|ep.run_decompositions({})"},
    {"write to one of two weights that share memory",
     {.inputs = T("b_h") "," T("b_k") "," T("x"),
      .input_specs = BUFFER_IN("h") "," BUFFER_IN("k") "," USER_IN("x"),
      OUTPUT("new"),
      .nodes = ADD_("b_h", "x", "new"),
      .values = V4("b_h") "," V24("b_k") "," V4("x") "," V4("new")},
     SC_E_UNSUPPORTED,
     "'h' is written, and 'k' shares its memory"},
    {"unknown operator",
     {INPUTS_X, OUTPUT("y"),
      .nodes = NODE("aten.leaky_rela.default", ARG("self", T("x")), T("y")),
      .values = V4("x") "," V4("y")},
     SC_E_UNSUPPORTED,
     "unknown operator aten.leaky_rela.default|at body.1, "
     "model.py:12|aten.leaky_relu.default|run_decompositions()|sconce ops"},
    {"unknown in-place operator",
     {INPUTS_X, OUTPUT("y"),
      .nodes = NODE("aten.resize_.default", ARG("self", T("x")), T("y")),
      .values = V4("x") "," V4("y")},
     SC_E_UNSUPPORTED,
     "unknown operator aten.resize_.default"},
    {"random numbers",
     {INPUTS_X, OUTPUT("y"),
      .nodes =
          ADD("x", "x", "a") "," NODE("aten.bernoulli_.float", ARG("self", T("a")), T("y")),
      .values = V4("x") "," V4("a") "," V4("y")},
     SC_E_UNSUPPORTED,
     "torch.bernoulli()|random numbers|an input of the model"},
    {"cond without branches",
     {INPUTS_X, OUTPUT("y"), .nodes = NODE("higher_order.cond", ARG("", T("x")), T("y")),
      .values = V4("x") "," V4("y")},
     SC_E_FORMAT,
     "1 arguments, 4 are known"},
    {"map over a body that takes a number",
     {INPUTS_X, OUTPUT("y"),
      .nodes =
          NODE("higher_order.map_impl",
               ARG("", BODY("{'as_sym_int': {'as_name': 'i'}}", "", "")) "," ARG(
                   "", "{'as_tensors': [{'name': 'x'}]}") "," ARG("", "{'as_tensors': []}"),
               T("y")),
      .values = V4("x") "," V4("y")},
     SC_E_UNSUPPORTED,
     "no tensor (as_sym_int)|torch.tensor(0)"},
    {"map over a body with another type",
     {INPUTS_X, OUTPUT("y"),
      .nodes =
          NODE("higher_order.map_impl",
               ARG("", BODY(T("x"), T("x"), V4("x"))) "," ARG(
                   "", "{'as_tensors': [{'name': 'x'}]}") "," ARG("", "{'as_tensors': []}"),
               T("y")),
      .values = V4("x") "," V4("y")},
     SC_E_SHAPE,
     "input 0 of body b is f32[4], it gets f32[]"},
    {"a body that uses what isn't in it",
     {INPUTS_X, OUTPUT("y"),
      .nodes =
          NODE("higher_order.map_impl",
               ARG("", BODY(T("a"), T("x"), V4("a"))) "," ARG(
                   "", "{'as_tensors': [{'name': 'x'}]}") "," ARG("", "{'as_tensors': []}"),
               T("y")),
      .values = V4("x") "," V4("y")},
     SC_E_FORMAT,
     "'x' is used but never made"},
    {"associative_scan",
     {INPUTS_X, OUTPUT("y"),
      .nodes = NODE("higher_order.associative_scan", ARG("", T("x")), T("y")),
      .values = V4("x") "," V4("y")},
     SC_E_UNSUPPORTED,
     "associative_scan()|scan()"},
    {"no_grad region",
     {INPUTS_X, OUTPUT("y"),
      .nodes = NODE("higher_order.wrap_with_set_grad_enabled", ARG("", T("x")), T("y")),
      .values = V4("x") "," V4("y")},
     SC_E_UNSUPPORTED,
     "torch.no_grad()|ep.run_decompositions({})"},
    {"arithmetic on sizes",
     {INPUTS_X, OUTPUT("y"),
      .nodes = "{'target': '_operator.mul', 'inputs': [], 'outputs': []}",
      .values = V4("x") "," V4("y")},
     SC_E_UNSUPPORTED,
     "dynamic size|fixed shapes"},
    {"extension operator",
     {INPUTS_X, OUTPUT("y"), .nodes = "{'target': '#ns:op', 'inputs': [], 'outputs': []}",
      .values = V4("x") "," V4("y")},
     SC_E_UNSUPPORTED,
     "extension's operator"},
    {"tensor subclass",
     {INPUTS_X, OUTPUT("y"),
      .nodes =
          NODE("export.access_subclass_inner_tensor.default", ARG("src", T("x")), T("y")),
      .values = V4("x") "," V4("y")},
     SC_E_UNSUPPORTED,
     "tensor subclass|PT2E"},
    {"training mode",
     {INPUTS_X, OUTPUT("y"),
      .nodes = NODE("aten.dropout.default",
                    ARG("input", T("x")) "," ARG("p", "{'as_float': 0.5}") "," ARG(
                        "train", "{'as_bool': true}"),
                    T("y")),
      .values = V4("x") "," V4("y")},
     SC_E_UNSUPPORTED,
     "training mode|model.eval()"},
    {"dynamic input",
     {INPUTS_X, OUTPUT("x"), .nodes = "", .values = "'x': " DYNAMIC},
     SC_E_UNSUPPORTED,
     "input: tensor 'x'|dimension 0 has the dynamic size s77|s77 is 2..8|fixed shapes"},
    {"complex input",
     {INPUTS_X, OUTPUT("x"), .nodes = "", .values = "'x': " META("10", N(4), N(1))},
     SC_E_UNSUPPORTED,
     "input: tensor 'x'|complex64"},
    {"torch's type isn't ours",
     {INPUTS_X, OUTPUT("y"), .nodes = RELU("x", "y"), .values = V4("x") "," V24("y")},
     SC_E_SHAPE,
     "torch recorded f32[2,4] for 'y'|f32[4]"},
    {"unknown argument name",
     {INPUTS_X, OUTPUT("y"),
      .nodes = NODE("aten.relu.default", ARG("inputs", T("x")), T("y")),
      .values = V4("x") "," V4("y")},
     SC_E_FORMAT,
     "argument 'inputs'"},
    {"argument given twice",
     {INPUTS_X, OUTPUT("y"),
      .nodes =
          NODE("aten.relu.default", ARG("self", T("x")) "," ARG("self", T("x")), T("y")),
      .values = V4("x") "," V4("y")},
     SC_E_FORMAT,
     "'self' is given twice"},
    {"missing argument",
     {INPUTS_X, OUTPUT("y"), .nodes = NODE("aten.relu.default", "", T("y")),
      .values = V4("x") "," V4("y")},
     SC_E_FORMAT,
     "'self' is missing"},
    {"used before it is made",
     {INPUTS_X, OUTPUT("y"), .nodes = RELU("z", "y"), .values = V4("x") "," V4("y")},
     SC_E_FORMAT,
     "'z' is used but never made"},
    {"made twice",
     {INPUTS_X, OUTPUT("x"), .nodes = RELU("x", "x"), .values = V4("x")},
     SC_E_FORMAT,
     "'x' is made twice"},
    {"too few results",
     {INPUTS_X, OUTPUT("x"), .nodes = NODE("aten.relu.default", ARG("self", T("x")), ""),
      .values = V4("x")},
     SC_E_FORMAT,
     "0 results"},
    {"no metadata of a result",
     {INPUTS_X, OUTPUT("y"), .nodes = RELU("x", "y"), .values = V4("x")},
     SC_E_FORMAT,
     "'y' has no entry in tensor_values"},
    {"signature of another length",
     {.inputs = T("x"), .input_specs = "", OUTPUT("x"), .nodes = "", .values = V4("x")},
     SC_E_FORMAT,
     "differ in length"},
    {"unknown kind of input",
     {.inputs = T("x"),
      .input_specs = "{'new_kind': {}}",
      OUTPUT("x"),
      .nodes = "",
      .values = V4("x")},
     SC_E_VERSION,
     "'new_kind'"},
    {"script object",
     {.inputs = T("x"),
      .input_specs = "{'custom_obj': {}}",
      OUTPUT("x"),
      .nodes = "",
      .values = V4("x")},
     SC_E_UNSUPPORTED,
     "script object"},
    {"training export",
     {INPUTS_X, .outputs = T("x"),
      .output_specs = "{'loss_output': {'arg': {'name': 'x'}}}", .nodes = "",
      .values = V4("x")},
     SC_E_UNSUPPORTED,
     "training loss|model.eval()"},
    {"string output",
     {INPUTS_X, .outputs = "{'as_string': 'a'}",
      .output_specs = "{'user_output': {'arg': {'as_string': 'a'}}}", .nodes = "",
      .values = V4("x")},
     SC_E_UNSUPPORTED,
     "neither tensor nor number"},
    {"a pickled weight that is used",
     {.inputs = T("b_z"),
      .input_specs = BUFFER_IN("z"),
      OUTPUT("b_z"),
      .nodes = "",
      .values = V4("b_z")},
     SC_E_UNSUPPORTED,
     "weight 'z'|pickle"},
    {"a weight of another type than its use",
     {.inputs = T("b_h"),
      .input_specs = BUFFER_IN("h"),
      OUTPUT("b_h"),
      .nodes = "",
      .values = V24("b_h")},
     SC_E_FORMAT,
     "weight 'h' has another type"},
};

static void import_unsupported_or_damaged_program_is_one_error(void **state) {
    Test *test = *state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        ScGraph *graph;
        ScStatus status = import(test, &bad[i].program, &graph);
        if (status != bad[i].status) {
            print_error("%s\n", bad[i].situation);
            print_errors(test);
        }
        assert_int_equal(status, bad[i].status);
        assert_one_error(test, bad[i].situation, bad[i].words);
    }
}

/* A chain of 1000 views and a write at its end: refused before the stack ends. */
static void import_endless_chain_of_views_is_refused(void **state) {
    Test *test = *state;
    enum { N_VIEWS = 1000 };
    ScBuf nodes = sc_buf(test->sc.arena), values = sc_buf(test->sc.arena);
    sc_buf_str(&nodes, ADD("x", "x", "v0"));
    sc_buf_str(&values, V4("x") "," V4("v0"));
    for (int i = 1; i <= N_VIEWS; i++) {
        sc_buf_fmt(&nodes, "," NODE("aten.alias.default", ARG("self", T("v%d")), T("v%d")),
                   i - 1, i);
        sc_buf_fmt(&values, "," V4("v%d"), i);
    }
    sc_buf_str(&nodes, "," ADD_("v0", "x", "w"));
    sc_buf_fmt(&nodes, "," RELU("v%d", "y"), N_VIEWS);
    sc_buf_str(&values, "," V4("w") "," V4("y"));
    Program program = {INPUTS_X, OUTPUT("y"), .nodes = nodes.data, .values = values.data};
    ScGraph *graph;
    assert_int_equal(import(test, &program, &graph), SC_E_LIMIT);
    assert_one_error(test, "chain", "too long a chain of views|run_decompositions({})");
}

typedef struct NamesCase {
    const char *out_spec; /* quotes within are \\" */
    const char *first, *second;
} NamesCase;

#define LEAF "{\\'type\\': null, \\'context\\': null, \\'children_spec\\': []}"
#define SPEC(type, context, children)                         \
    "{\\'type\\': \\'" type "\\', \\'context\\': \\'" context \
    "\\', \\'children_spec\\': [" children "]}"
#define DICT(context, children) SPEC("builtins.dict", context, children)
#define TUPLE(children) SPEC("builtins.tuple", "null", children)
#define KEY(name) "\\\\\\'" name "\\\\\\'"

static const NamesCase names[] = {
    {"[1, " DICT("[" KEY("score") ", " KEY("mask") "]", LEAF "," LEAF) "]", "score",
     "mask"},
    {"[1, " DICT("[" KEY("a b") "]", TUPLE(LEAF "," LEAF)) "]", "a_b_0", "a_b_1"},
    {"[1, " TUPLE(LEAF "," DICT("[" KEY("h") "]", LEAF)) "]", "y", "h"},
    {"[1, " TUPLE(DICT("[" KEY("h") "]", LEAF) "," DICT("[" KEY("h") "]", LEAF)) "]", "y",
     "x"},
    {"[1, " LEAF "]", "y", "x"}, /* another number of outputs */
    {"[1, " TUPLE(LEAF "," LEAF) "]", "y", "x"},
    {"[1, ", "y", "x"},
    {"3", "y", "x"},
};

static void import_outputs_are_named_after_dictionary_keys(void **state) {
    Test *test = *state;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        Program program = {INPUTS_X, .nodes = RELU("x", "y"), .outputs = T("y") "," T("x"),
                           .output_specs = USER_OUT("y") "," USER_OUT("x"),
                           .values = V4("x") "," V4("y")};
        program.calls = sc_arena_fmt(test->sc.arena, "{'signature': {'out_spec': '%s'}}",
                                     names[i].out_spec);
        ScGraph *graph;
        assert_int_equal(import(test, &program, &graph), SC_OK);
        assert_int_equal(test->sc.n_diags, 0);
        assert_string_equal(graph->outputs[0].name, names[i].first);
        assert_string_equal(graph->outputs[1].name, names[i].second);
    }
}

static void import_node_keeps_module_path_and_source(void **state) {
    Test *test = *state;
    static const Program program = {INPUTS_X, OUTPUT("y"), .nodes = RELU("x", "y"),
                                    .values = V4("x") "," V4("y")};
    ScGraph *graph;
    assert_int_equal(import(test, &program, &graph), SC_OK);
    assert_string_equal(graph->first->module_path, "body.1");
    assert_string_equal(graph->first->source, "model.py:12");
}

int main(void) {
#define TEST(name) cmocka_unit_test_setup_teardown(name, test_open, test_close)
    const struct CMUnitTest tests[] = {
        TEST(import_any_program_gives_a_functional_graph),
        TEST(import_unsupported_or_damaged_program_is_one_error),
        TEST(import_endless_chain_of_views_is_refused),
        TEST(import_outputs_are_named_after_dictionary_keys),
        TEST(import_node_keeps_module_path_and_source),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
