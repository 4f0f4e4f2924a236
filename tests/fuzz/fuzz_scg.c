/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Graph text, through the whole compiler. What is accepted is a sound graph;
 * printing it gives text that parses to the same text (from the second printing
 * on: constants that are printed as a hash read back as zeros); what compiles is
 * a .pte that sc_verify() accepts and that runs within its own memory plan or
 * fails with a status.
 */
#include <string.h>

#include "compiler/execute.h"
#include "compiler/ops/ops.h"
#include "compiler/pipeline.h"
#include "fuzz.h"

enum {
    MAX_BYTES = 1 << 16, /* of all values: larger graphs are only parsed */
    MAX_NODES = 200
};

static ScStatus print_is_stable(Sc *sc, const ScOpTable *ops, ScBytes input) {
    ScBuf texts[3];
    const char *text = (const char *)input.data;
    size_t n_bytes = input.n_bytes;
    for (int i = 0; i < 3; i++) {
        ScGraph *graph;
        ScStatus status = sc_graph_parse(sc, "input", ops, text, n_bytes, &graph);
        fuzz_expect(i == 0 || status == SC_OK, "printed text parses");
        SC_TRY(status);
        fuzz_expect(sc_graph_verify(sc, graph) == SC_OK, "a parsed graph is sound");
        texts[i] = sc_buf(sc->arena);
        sc_graph_print(graph, &texts[i]);
        text = texts[i].data;
        n_bytes = texts[i].len;
    }
    fuzz_expect(texts[1].len == texts[2].len &&
                    memcmp(texts[1].data, texts[2].data, texts[1].len) == 0,
                "printing is stable");
    return SC_OK;
}

static bool is_small(const ScGraph *graph) {
    size_t left = MAX_BYTES, n_nodes = 0;
    for (size_t i = 0; i < graph->n_values; i++) {
        if (graph->values[i]) {
            size_t n_bytes = sc_type_bytes(&graph->values[i]->type);
            if (n_bytes > left) {
                return false;
            }
            left -= n_bytes;
        }
    }
    for (const ScNode *node = graph->first; node; node = node->next) {
        n_nodes++;
    }
    return n_nodes <= MAX_NODES;
}

/* Inputs stay as the fresh memory is: zeros. */
static ScStatus run(Sc *sc, ScBytes pte) {
    ScExecution execution;
    ScArray array;
    ScRunOptions options = {.max_instructions = 1000};
    SC_TRY(sc_execution_open(sc, "compiled", pte, &execution));
    for (uint32_t i = 0; i < sc_input_count(&execution.method); i++) {
        ScTensor tensor;
        if (sc_input(&execution.method, i, &tensor) == SC_OK && !tensor.data) {
            size_t n_bytes = sc_tensor_bytes(&tensor);
            void *data = sc_arena_alloc(sc->arena, n_bytes);
            fuzz_expect(sc_set_input(&execution.method, i, data, n_bytes) == SC_OK,
                        "an input can be set");
        }
    }
    SC_TRY(sc_execution_run(sc, &execution, &options));
    for (uint32_t i = 0; i < sc_output_count(&execution.method); i++) {
        SC_TRY(sc_execution_get(sc, &execution, i, &array));
    }
    return SC_OK;
}

static ScStatus compile_and_run(Sc *sc, const ScOpTable *ops, ScBytes input,
                                bool simplify) {
    ScGraph *graph;
    ScPipeline pipeline;
    ScCompiled compiled;
    ScVerifyReport report;
    SC_TRY(
        sc_graph_parse(sc, "input", ops, (const char *)input.data, input.n_bytes, &graph));
    if (!is_small(graph)) {
        return SC_OK;
    }
    SC_TRY(sc_pipeline_reference(sc, &pipeline));
    pipeline.simplify = simplify;
    ScStatus status = sc_pipeline_run(sc, &pipeline, graph, &compiled);
    fuzz_expect(status != SC_E_INTERNAL, "a graph that is sound breaks no stage");
    SC_TRY(status);
    if (sc_verify(compiled.pte.data, compiled.pte.n_bytes, &report) != SC_OK) {
        fuzz_expect(false, report.what);
    }
    return run(sc, compiled.pte);
}

static ScStatus take(Sc *sc, ScBytes input, void *user) {
    const ScOpTable *ops = user;
    SC_TRY(print_is_stable(sc, ops, input));
    SC_TRY(compile_and_run(sc, ops, input, false));
    return compile_and_run(sc, ops, input, true);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n_bytes) {
    static Sc sc; /* the registry is loaded once and kept */
    static ScOpTable *ops;
    if (!ops) {
        sc.arena = sc_arena_new();
        fuzz_expect(sc_ops_load(&sc, &ops) == SC_OK, "the op registry loads");
    }
    fuzz_with_arena(data, n_bytes, take, ops);
    return 0;
}
