/* SPDX-License-Identifier: Apache-2.0 */
/* The pipeline, as in DESIGN: import is sc_read_graph(), the rest is below. */
#include "compiler/pipeline.h"

#include <string.h>

#include "compiler/emit/emit.h"
#include "compiler/execute.h"
#include "compiler/import/pt2.h"
#include "compiler/lower/lower.h"
#include "compiler/passes/passes.h"
#include "compiler/place/place.h"
#include "compiler/quantize/quantize.h"

static ScStatus simplify(Sc *sc, const ScPipeline *pipeline, ScGraph *graph);
static ScStatus survey_place_quantize(Sc *sc, const ScPipeline *pipeline, ScGraph *graph,
                                      ScCompiled *out);
static ScStatus dump_graph(Sc *sc, const ScPipeline *pipeline, const char *stage,
                           const ScGraph *graph);
static ScStatus dump_program(Sc *sc, const ScPipeline *pipeline, const char *stage,
                             const ScProgram *program);

/* The engine whose copies write state back: the first that has a kernel for it. */
static const ScBackend *copying_engine(const ScPipeline *pipeline) {
    for (size_t i = 0; i < pipeline->n_engines; i++) {
        if (pipeline->engines[i]->copy_kernel) {
            return pipeline->engines[i];
        }
    }
    return pipeline->engines[0];
}

ScStatus sc_pipeline_run(Sc *sc, const ScPipeline *pipeline, ScGraph *graph,
                         ScCompiled *out) {
    memset(out, 0, sizeof *out);
    SC_TRY(dump_graph(sc, pipeline, "1-import", graph));
    SC_TRY(sc_canonicalize(sc, graph));
    SC_TRY(simplify(sc, pipeline, graph));
    SC_TRY(dump_graph(sc, pipeline, "2-simplify", graph));
    SC_TRY(survey_place_quantize(sc, pipeline, graph, out));
    SC_TRY(dump_graph(sc, pipeline, "3-place", graph));
    SC_TRY(sc_lower_graph(sc, graph, copying_engine(pipeline), pipeline->isa, out->choices,
                          out->n_choices, &out->program));
    SC_TRY(dump_program(sc, pipeline, "4-lower", out->program));
    SC_TRY(sc_program_schedule(sc, out->program));
    SC_TRY(sc_program_plan(sc, out->program));
    SC_TRY(sc_program_check(sc, out->program));
    SC_TRY(dump_program(sc, pipeline, "5-plan", out->program));
    ScBuf pte = sc_buf(sc->arena);
    SC_TRY(sc_emit_pte(sc, out->program, &pte));
    out->pte = (ScBytes){(const uint8_t *)pte.data, pte.len};
    return SC_OK;
}

/* ---- the reference engine: folds constants, runs a .pt2 ------------------------------ */

ScStatus sc_pipeline_reference(Sc *sc, ScPipeline *out) {
    size_t n;
    const ScBackend *const *all = sc_backends(&n);
    for (size_t i = 0; i < n; i++) {
        if (all[i]->is_reference) {
            *out = (ScPipeline){.engines = &all[i], .n_engines = 1};
            return SC_OK;
        }
    }
    return sc_fail(sc, SC_E_NOT_FOUND, "sconce", "this build has no reference engine", 0,
                   "build with backends/portable");
}

static ScStatus evaluator_open(void *user, Sc *sc, ScGraph *graph, void **out_handle) {
    const ScPipeline *reference = user;
    ScCompiled compiled;
    ScExecution *execution = SC_NEW(sc->arena, ScExecution);
    size_t n_diags = sc->n_diags;
    ScStatus status = sc_pipeline_run(sc, reference, graph, &compiled);
    if (status == SC_E_UNSUPPORTED) {
        sc->n_diags = n_diags; /* not an error: the device computes it then */
    }
    SC_TRY(status);
    *out_handle = execution;
    return sc_execution_open(sc, graph->name, compiled.pte, execution);
}

static ScStatus evaluator_step(void *user, Sc *sc, void *handle, const void *const *inputs,
                               const void **out_data) {
    ScExecution *execution = handle;
    ScTensor t;
    (void)user;
    for (uint32_t i = 0; i < sc_input_count(&execution->method); i++) {
        SC_TRY(sc_input(&execution->method, i, &t));
        memcpy(t.data, inputs[i], sc_tensor_bytes(&t));
    }
    SC_TRY(sc_execution_run(sc, execution, 0));
    for (uint32_t i = 0; i < sc_output_count(&execution->method); i++) {
        /* The reference engine's values are contiguous. */
        SC_TRY(sc_output(&execution->method, i, &t));
        out_data[i] = t.data;
    }
    return SC_OK;
}

static bool evaluator_can_run(void *user, Sc *sc, const ScGraph *graph, ScNode *node) {
    const ScPipeline *reference = user;
    ScTargetEngines engines = {reference->engines, reference->n_engines, false, 0, false};
    return node->op->def->decompose || !sc_survey_refusal(sc, graph, node, &engines);
}

static ScStatus evaluator_make(Sc *sc, ScEvaluator *out) {
    ScPipeline *reference = SC_NEW(sc->arena, ScPipeline);
    SC_TRY(sc_pipeline_reference(sc, reference));
    *out = (ScEvaluator){reference, evaluator_can_run, evaluator_open, evaluator_step};
    return SC_OK;
}

/* ---- stages ------------------------------------------------------------------------ */

typedef ScStatus (*PassFn)(Sc *sc, ScGraph *graph, const ScEvaluator *evaluator);

/* On the graph, then on the bodies in it, which may have got constants by that. */
static ScStatus run_pass(Sc *sc, PassFn pass, ScGraph *graph,
                         const ScEvaluator *evaluator) {
    SC_TRY(pass(sc, graph, evaluator));
    for (const ScNode *node = graph->first; node; node = node->next) {
        uint32_t at = 0;
        for (ScGraph *body; (body = sc_node_next_body(node, &at));) {
            SC_TRY(run_pass(sc, pass, body, evaluator));
        }
    }
    return SC_OK;
}

static ScStatus fold_constants(Sc *sc, ScGraph *graph) {
    ScEvaluator evaluator;
    SC_TRY(evaluator_make(sc, &evaluator));
    return run_pass(sc, sc_pass_fold_constants, graph, &evaluator);
}

static ScStatus simplify(Sc *sc, const ScPipeline *pipeline, ScGraph *graph) {
    if (!pipeline->simplify) {
        return SC_OK;
    }
    ScEvaluator evaluator;
    SC_TRY(evaluator_make(sc, &evaluator));
    size_t n;
    const ScPass *passes = sc_passes(&n);
    for (size_t i = 0; i < n; i++) {
        if (!pipeline->skip_pass || strcmp(pipeline->skip_pass, passes[i].name) != 0) {
            SC_TRY(run_pass(sc, passes[i].run, graph, &evaluator));
            SC_TRY(sc_graph_verify(sc, graph));
        }
    }
    return SC_OK;
}

static bool skips(const ScPipeline *pipeline, const char *pass) {
    return !pipeline->simplify ||
           (pipeline->skip_pass && !strcmp(pipeline->skip_pass, pass));
}

static ScStatus survey_and_place(Sc *sc, const ScTargetEngines *engines, ScGraph *graph,
                                 ScCompiled *out) {
    SC_TRY(sc_survey(sc, graph, engines));
    return sc_place(sc, graph, engines, &out->choices, &out->n_choices);
}

/* Nothing is measured inside of bodies. */
static void warn_of_bodies(Sc *sc, const ScGraph *graph) {
    for (const ScNode *node = graph->first; node; node = node->next) {
        if (sc_node_has_bodies(node)) {
            sc_warn(sc, sc_node_where(sc->arena, node),
                    "branches and loop bodies stay float",
                    "only values outside of them are measured",
                    "move large layers out of them, where the model allows it");
        }
    }
}

static ScStatus quantize(Sc *sc, const ScPipeline *pipeline, ScTargetEngines *engines,
                         ScGraph *graph, ScCompiled *out) {
    ScEvaluator evaluator;
    warn_of_bodies(sc, graph);
    ScRange *ranges;
    SC_TRY(evaluator_make(sc, &evaluator));
    SC_TRY(sc_calibrate(sc, graph, pipeline->samples, &evaluator, pipeline->quant.observer,
                        &ranges));
    ScGraph *reference;
    ScValue **twins;
    SC_TRY(sc_graph_clone(sc, graph, &reference, &twins));
    size_t n_twins = graph->n_values;
    if (pipeline->watch) {
        SC_TRY(sc_watch_begin(sc, graph, pipeline->watch));
    }
    SC_TRY(
        sc_assign_types(sc, graph, out->choices, out->n_choices, ranges, &pipeline->quant));
    if (!pipeline->quant.keep_biases) {
        SC_TRY(sc_correct_biases(sc, graph, reference, twins, n_twins, pipeline->samples,
                                 &evaluator));
    }
    engines->quantizes = false; /* what isn't typed now stays float */
    SC_TRY(survey_and_place(sc, engines, graph, out));
    return pipeline->watch
               ? sc_watch_end(sc, graph, out->choices, out->n_choices, pipeline->watch)
               : SC_OK;
}

/* Decompositions and conversions leave constant nodes behind (a transposed
 * weight, dequantized weights): they are folded before the final placement. */
static ScStatus survey_place_quantize(Sc *sc, const ScPipeline *pipeline, ScGraph *graph,
                                      ScCompiled *out) {
    ScTargetEngines engines = {pipeline->engines, pipeline->n_engines, pipeline->stock_ops,
                               pipeline->isa, pipeline->samples != 0};
    SC_TRY(survey_and_place(sc, &engines, graph, out));
    if (!skips(pipeline, "fold-constants")) {
        SC_TRY(fold_constants(sc, graph));
        SC_TRY(survey_and_place(sc, &engines, graph, out));
    }
    if (pipeline->samples) {
        SC_TRY(quantize(sc, pipeline, &engines, graph, out));
    }
    for (bool changed = true; changed;) {
        SC_TRY(sc_convert(sc, graph, out->choices, out->n_choices, &changed));
        SC_TRY(survey_and_place(sc, &engines, graph, out));
    }
    ScQuantOptions options = pipeline->quant;
    options.stock_moves = pipeline->stock_ops;
    SC_TRY(sc_assign_layouts(sc, graph, out->choices, out->n_choices, &options));
    if (!skips(pipeline, "fold-constants")) {
        SC_TRY(fold_constants(sc, graph));
    }
    SC_TRY(sc_graph_verify(sc, graph));
    return survey_and_place(sc, &engines, graph, out);
}

/* ---- reading and dumping ------------------------------------------------------------- */

static bool ends_with(const char *text, const char *end) {
    size_t n = strlen(text), m = strlen(end);
    return n >= m && strcmp(text + n - m, end) == 0;
}

ScStatus sc_read_graph(Sc *sc, const char *path, ScGraph **out_graph) {
    ScOpTable *ops;
    SC_TRY(sc_ops_load(sc, &ops));
    if (ends_with(path, ".scg")) {
        ScBytes text;
        SC_TRY(sc_file_map(sc, path, &text));
        return sc_graph_parse(sc, path, ops, (const char *)text.data, text.n_bytes,
                              out_graph);
    }
    SC_TRY(sc_import_pt2(sc, path, ops, out_graph));
    return sc_graph_verify(sc, *out_graph);
}

static ScStatus dump(Sc *sc, const ScPipeline *pipeline, const char *stage, const char *end,
                     const ScBuf *text) {
    const char *path = sc_arena_fmt(sc->arena, "%s/%s.%s", pipeline->dump_dir, stage, end);
    return sc_file_write(sc, path, text->data, text->len);
}

static ScStatus dump_graph(Sc *sc, const ScPipeline *pipeline, const char *stage,
                           const ScGraph *graph) {
    if (!pipeline->dump_dir) {
        return SC_OK;
    }
    ScBuf text = sc_buf(sc->arena);
    sc_graph_print(graph, &text);
    return dump(sc, pipeline, stage, "scg", &text);
}

static ScStatus dump_program(Sc *sc, const ScPipeline *pipeline, const char *stage,
                             const ScProgram *program) {
    if (!pipeline->dump_dir) {
        return SC_OK;
    }
    ScBuf text = sc_buf(sc->arena);
    sc_program_print(program, &text);
    return dump(sc, pipeline, stage, "scp", &text);
}
