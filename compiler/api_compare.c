/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sc_compare(): the int8 program against float, value by value. The program is
 * compiled as ever, except that all its values are outputs; the float values are
 * those of the graph that was calibrated, run by the reference engine.
 */
#include <stdlib.h>
#include <string.h>

#include "compiler/fidelity.h"
#include "compiler/samples.h"
#include "compiler/session.h"
#include "compiler/setup.h"
#include "compiler/subject.h"

typedef struct CompareRequest {
    const ScCompareOptions *options;
    ScFormat format;
} CompareRequest;

typedef struct Row {
    const ScWatched *item;
    size_t index; /* in the order in which they are computed */
    ScFidelity fidelity;
    ScFidelity alone; /* of the model's outputs when only this value is rounded */
} Row;

typedef struct Compare {
    const ScCompareOptions *o;
    ScSetup setup;
    ScWatch watch;
    ScSamples samples; /* to compare on */
    ScSubject want, got;
    double *wanted, *made;
    Row *rows;
} Compare;

/* ---- the two programs ------------------------------------------------------------------
 */

static ScStatus open_int8(Sc *sc, Compare *c) {
    ScGraph *graph;
    ScCompiled compiled;
    SC_TRY(sc_read_graph(sc, c->o->model, &graph));
    SC_TRY(sc_setup(sc, c->o->target, c->o->calibrate, graph, &c->setup));
    c->samples = c->setup.samples;
    if (c->o->data) {
        SC_TRY(sc_samples_read(sc, c->o->data, graph, &c->samples));
    }
    c->setup.pipeline.quant.int8_io = c->o->int8_io;
    c->setup.pipeline.watch = &c->watch;
    SC_TRY(sc_pipeline_run(sc, &c->setup.pipeline, graph, &compiled));
    for (size_t i = 0; i < c->watch.n_items; i++) {
        if (c->watch.items[i].value->type.quant) {
            return sc_subject_open(sc, c->o->model, compiled.pte, &c->got);
        }
    }
    return sc_fail(
        sc, SC_E_UNSUPPORTED, c->o->model, "nothing of it became int8",
        sc_arena_fmt(sc->arena, "no engine of target '%s' takes it", c->setup.target.name),
        "see `sconce ops --matrix`");
}

/* A copy of the reference, run by the reference engine. round: NULL, or a value of
 * the reference that is rounded to the type of `like`; then only the model's outputs
 * are made. */
static ScStatus open_reference(Sc *sc, const Compare *c, const ScWatched *round,
                               ScSubject *out) {
    ScGraph *graph;
    ScValue **twins, *rounded, *plain;
    ScPipeline pipeline;
    ScCompiled compiled;
    SC_TRY(sc_graph_clone(sc, c->watch.reference, &graph, &twins));
    if (round) {
        ScValue *x = twins[round->wanted->id];
        ScNode *behind = x->producer ? x->producer->next : graph->first;
        graph->n_outputs = c->watch.n_model_outputs;
        SC_TRY(
            sc_add_conversion(sc, graph, behind, true, x, &round->value->type, &rounded));
        SC_TRY(
            sc_add_conversion(sc, graph, behind, false, rounded, &rounded->type, &plain));
        sc_graph_replace_uses(graph, x, plain);
        rounded->producer->args[0] = sc_arg_of_value(x);
    }
    SC_TRY(sc_pipeline_reference(sc, &pipeline));
    SC_TRY(sc_pipeline_run(sc, &pipeline, graph, &compiled));
    return sc_subject_open(sc, c->o->model, compiled.pte, out);
}

static ScStatus widest_of(Sc *sc, const ScSubject *subject, size_t *widest) {
    for (uint32_t i = 0; i < subject->n_outputs; i++) {
        ScType type;
        SC_TRY(sc_subject_type(sc, subject, i, &type));
        size_t n = sc_type_numel(&type);
        *widest = n > *widest ? n : *widest;
    }
    return SC_OK;
}

static ScStatus prepare(Sc *sc, Compare *c) {
    size_t widest = 1;
    SC_TRY(open_int8(sc, c));
    SC_TRY(open_reference(sc, c, 0, &c->want));
    SC_TRY(widest_of(sc, &c->want, &widest));
    SC_TRY(widest_of(sc, &c->got, &widest));
    c->wanted = SC_NEW_ARRAY(sc->arena, double, widest);
    c->made = SC_NEW_ARRAY(sc->arena, double, widest);
    c->rows = SC_NEW_ARRAY(sc->arena, Row, c->watch.n_items);
    for (size_t i = 0; i < c->watch.n_items; i++) {
        c->rows[i].item = &c->watch.items[i];
        c->rows[i].index = i;
    }
    return SC_OK;
}

/* ---- running ----------------------------------------------------------------------------
 */

static ScStatus step(Sc *sc, Compare *c, ScSubject *subject, size_t sample) {
    SC_TRY(sc_subject_feed(sc, subject, &c->samples, sample));
    return sc_subject_run(sc, subject);
}

/* Adds output i of `got` against output `at` of the reference. */
static ScStatus add_output(Sc *sc, Compare *c, ScSubject *got, uint32_t i, uint32_t at,
                           ScFidelity *fidelity) {
    ScType type;
    SC_TRY(sc_subject_type(sc, got, i, &type));
    SC_TRY(sc_subject_read(sc, &c->want, at, c->wanted));
    SC_TRY(sc_subject_read(sc, got, i, c->made));
    sc_fidelity_add(fidelity, c->wanted, c->made, sc_type_numel(&type));
    return SC_OK;
}

static ScStatus run_values(Sc *sc, Compare *c) {
    for (size_t s = 0; s < c->samples.n_samples; s++) {
        SC_TRY(step(sc, c, &c->want, s));
        SC_TRY(step(sc, c, &c->got, s));
        for (uint32_t i = 0; i < c->watch.n_items; i++) {
            uint32_t at = (uint32_t)c->watch.n_model_outputs + i;
            SC_TRY(add_output(sc, c, &c->got, i, at, &c->rows[i].fidelity));
        }
    }
    return SC_OK;
}

static ScStatus run_alone(Sc *sc, Compare *c, Row *row) {
    ScSubject subject;
    SC_TRY(open_reference(sc, c, row->item, &subject));
    for (size_t s = 0; s < c->samples.n_samples; s++) {
        SC_TRY(step(sc, c, &c->want, s));
        SC_TRY(step(sc, c, &subject, s));
        for (uint32_t i = 0; i < c->watch.n_model_outputs; i++) {
            SC_TRY(add_output(sc, c, &subject, i, i, &row->alone));
        }
    }
    return SC_OK;
}

static bool has_alone(const Compare *c, const Row *row) {
    return c->o->sensitivity && row->item->value->type.quant;
}

/* ---- report
 * ------------------------------------------------------------------------------- */

static int row_compare(const void *a, const void *b) {
    const Row *x = a, *y = b;
    double dx = sc_fidelity_db(&x->fidelity), dy = sc_fidelity_db(&y->fidelity);
    return dx < dy ? -1 : dx > dy ? 1 : x->index < y->index ? -1 : x->index > y->index;
}

static const char *op_name(Sc *sc, const ScNode *node) {
    if (!node) {
        return "input";
    }
    bool rounds = strcmp(node->op->schema.ns, "quantized_decomposed") == 0;
    return rounds ? "rounding" : sc_arena_fmt(sc->arena, "%s", node->op->schema.name);
}

static const char *type_word(const ScValue *value) {
    return value->type.quant ? sc_dtype_name(value->type.dtype) : "float";
}

static void text_row(Sc *sc, const Compare *c, const Row *row, ScBuf *out) {
    const ScValue *value = row->item->value;
    const ScNode *node = row->item->node;
    const ScQuant *quant = value->type.quant;
    const char *scale = quant ? sc_arena_fmt(sc->arena, "%.4g", quant->scales[0]) : "-";
    sc_buf_fmt(out, "%7.2f  %9.3g  %9s", sc_fidelity_db(&row->fidelity),
               row->fidelity.worst, scale);
    if (has_alone(c, row)) {
        sc_buf_fmt(out, "  %7.2f", sc_fidelity_db(&row->alone));
    } else if (c->o->sensitivity) {
        sc_buf_str(out, "        -");
    }
    sc_buf_fmt(out, "  %-5s  %s = %s", type_word(value), row->item->wanted->name,
               op_name(sc, node));
    if (node && node->module_path && *node->module_path) {
        sc_buf_str(out, " at ");
        sc_buf_line(out, node->module_path);
    }
    sc_buf_str(out, "\n");
}

static void report_text(Sc *sc, const Compare *c, ScBuf *out) {
    sc_buf_fmt(out, "%s for %s: %zu samples, %zu values, worst first\n\n", c->o->model,
               c->setup.target.name, c->samples.n_samples, c->watch.n_items);
    sc_buf_fmt(out, "SQNR dB  max error      scale%s  type   value\n",
               c->o->sensitivity ? "    alone" : "");
    for (size_t i = 0; i < c->watch.n_items; i++) {
        text_row(sc, c, &c->rows[i], out);
    }
    if (c->o->sensitivity) {
        sc_buf_str(out, "\nalone: SQNR of the outputs when only this value is rounded\n");
    }
}

static void json_row(Sc *sc, const Compare *c, const Row *row, ScBuf *out) {
    const ScValue *value = row->item->value;
    const ScNode *node = row->item->node;
    sc_buf_str(out, "{\"value\": ");
    sc_buf_json_str(out, row->item->wanted->name);
    sc_buf_str(out, ", \"operator\": ");
    sc_buf_json_str(out, op_name(sc, node));
    sc_buf_str(out, ", \"module\": ");
    sc_buf_json_str(out, node && node->module_path ? node->module_path : "");
    sc_buf_fmt(out,
               ", \"order\": %zu, \"type\": \"%s\", \"sqnr_db\": %.4f, "
               "\"largest_error\": %.6g",
               row->index, type_word(value), sc_fidelity_db(&row->fidelity),
               row->fidelity.worst);
    if (value->type.quant) {
        sc_buf_str(out, ", \"scale\": ");
        sc_buf_double(out, value->type.quant->scales[0]);
        sc_buf_fmt(out, ", \"zero_point\": %lld",
                   (long long)value->type.quant->zero_points[0]);
    }
    if (has_alone(c, row)) {
        sc_buf_fmt(out, ", \"alone_sqnr_db\": %.4f", sc_fidelity_db(&row->alone));
    }
    sc_buf_str(out, "}");
}

static void report_json(Sc *sc, const Compare *c, ScBuf *out) {
    sc_buf_str(out, "{\"schema\": \"sconce.compare/1\", \"model\": ");
    sc_buf_json_str(out, c->o->model);
    sc_buf_str(out, ", \"target\": ");
    sc_buf_json_str(out, c->setup.target.name);
    sc_buf_fmt(out, ", \"samples\": %zu, \"values\": [", c->samples.n_samples);
    for (size_t i = 0; i < c->watch.n_items; i++) {
        sc_buf_str(out, i ? ", " : "");
        json_row(sc, c, &c->rows[i], out);
    }
    sc_buf_str(out, "]}\n");
}

static ScStatus compare(Sc *sc, const void *request, ScBuf *out) {
    const CompareRequest *r = request;
    Compare *c = SC_NEW(sc->arena, Compare);
    c->o = r->options;
    SC_TRY(prepare(sc, c));
    SC_TRY(run_values(sc, c));
    for (size_t i = 0; i < c->watch.n_items; i++) {
        if (has_alone(c, &c->rows[i])) {
            SC_TRY(run_alone(sc, c, &c->rows[i]));
        }
    }
    qsort(c->rows, c->watch.n_items, sizeof *c->rows, row_compare);
    (r->format == SC_JSON ? report_json : report_text)(sc, c, out);
    return SC_OK;
}

ScStatus sc_compare(ScSession *session, const ScCompareOptions *options, ScFormat format,
                    ScText *out_report) {
    CompareRequest request = {options, format};
    return sc_session_call(session, compare, &request, out_report);
}
