/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sc_eval(): how often a model is right, in float, in int8 and on a simulated
 * core. A prediction is the largest of the last dimension of output 0.
 */
#include <math.h>
#include <string.h>

#include "compiler/fidelity.h"
#include "compiler/onboard/qemu.h"
#include "compiler/samples.h"
#include "compiler/session.h"
#include "compiler/setup.h"
#include "compiler/subject.h"

typedef struct EvalRequest {
    const ScEvalOptions *options;
    ScFormat format;
} EvalRequest;

/* One way of running the model. */
typedef struct Side {
    const char *name;
    ScSubject subject;
    ScBytes pte;
    double *reals; /* output 0, then one output after the other */
    size_t n_right;
} Side;

typedef struct Eval {
    const ScEvalOptions *o;
    ScFormat format;
    ScTarget target;
    ScSamples samples;
    Side sides[2]; /* as it was given; int8 when it was quantized */
    size_t n_sides;
    const int64_t *labels; /* [n_samples * n_rows] or NULL */
    size_t n_rows;         /* predictions a sample */
    size_t n_classes;
    size_t n_labelled, n_agree, n_predictions;
    ScFidelity *outputs; /* of int8 against float, by output */
    bool has_device;
    size_t device_right, device_equal; /* equal: samples with the same bytes */
} Eval;

static bool ends_with(const char *text, const char *end) {
    size_t n = strlen(text), m = strlen(end);
    return n >= m && strcmp(text + n - m, end) == 0;
}

/* ---- what is to be judged --------------------------------------------------------------
 */

static ScStatus side_open(Sc *sc, Eval *e, const char *name, ScBytes pte) {
    Side *side = &e->sides[e->n_sides++];
    side->name = name;
    side->pte = pte;
    return sc_subject_open(sc, e->o->model, pte, &side->subject);
}

static ScStatus open_float(Sc *sc, Eval *e) {
    ScPipeline pipeline;
    ScGraph *graph;
    ScCompiled compiled;
    SC_TRY(sc_pipeline_reference(sc, &pipeline));
    pipeline.simplify = true;
    SC_TRY(sc_read_graph(sc, e->o->model, &graph));
    SC_TRY(sc_samples_read(sc, e->o->data, graph, &e->samples));
    SC_TRY(sc_pipeline_run(sc, &pipeline, graph, &compiled));
    return side_open(sc, e, "float", compiled.pte);
}

static ScStatus open_int8(Sc *sc, Eval *e) {
    ScGraph *graph;
    ScCompiled compiled;
    ScSetup *setup = SC_NEW(sc->arena, ScSetup);
    SC_TRY(sc_read_graph(sc, e->o->model, &graph));
    SC_TRY(sc_setup(sc, e->o->target, e->o->calibrate, graph, setup));
    setup->pipeline.quant.int8_io = e->o->int8_io;
    SC_TRY(sc_pipeline_run(sc, &setup->pipeline, graph, &compiled));
    return side_open(sc, e, "int8", compiled.pte);
}

static ScStatus open_program(Sc *sc, Eval *e) {
    ScBytes pte;
    ScGraph *inputs;
    SC_TRY(sc_file_map(sc, e->o->model, &pte));
    SC_TRY(side_open(sc, e, "program", pte));
    SC_TRY(sc_subject_inputs(sc, &e->sides[0].subject, &inputs));
    return sc_samples_read(sc, e->o->data, inputs, &e->samples);
}

static ScStatus check_request(Sc *sc, Eval *e) {
    const ScEvalOptions *o = e->o;
    bool program = ends_with(o->model, ".pte");
    if (program && o->calibrate) {
        return sc_fail(sc, SC_E_ARG, o->model, "a .pte can't be quantized", 0,
                       "give the .pt2, or leave --calibrate out");
    }
    if (o->calibrate && !o->target) {
        return sc_fail(sc, SC_E_ARG, "--calibrate", "int8 for which target?", 0,
                       "add --target; see `sconce targets`");
    }
    if (!o->calibrate && !o->labels) {
        return sc_fail(sc, SC_E_ARG, o->model, "nothing to judge it by", 0,
                       "give --labels, or --calibrate and --target to compare int8 with "
                       "float");
    }
    if (o->on && strcmp(o->on, "qemu") != 0) {
        return sc_fail(sc, SC_E_ARG, "--on", sc_arena_fmt(sc->arena, "no '%s' here", o->on),
                       0, "--on qemu is what there is");
    }
    if (o->on && (!o->target || (!program && !o->calibrate))) {
        return sc_fail(sc, SC_E_ARG, "--on", "a board runs what was compiled for its core",
                       0, "add --target, and --calibrate for a .pt2");
    }
    if (o->target) {
        SC_TRY(sc_target_load(sc, o->target, &e->target));
    }
    if (o->on && !e->target.core) {
        return sc_fail(sc, SC_E_ARG, o->target, "this target names no core", 0,
                       "take one with a core; see `sconce targets`");
    }
    return SC_OK;
}

/* ---- predictions
 * ------------------------------------------------------------------------- */

static bool label_at(const ScArray *array, size_t i, int64_t *out) {
    int64_t wide;
    int32_t word;
    const uint8_t *bytes = array->data;
    switch (array->dtype) {
    case SC_I64:
        memcpy(&wide, bytes + 8 * i, sizeof wide);
        *out = wide;
        return true;
    case SC_I32:
        memcpy(&word, bytes + 4 * i, sizeof word);
        *out = word;
        return true;
    case SC_U8:
        *out = bytes[i];
        return true;
    case SC_I8:
        *out = (int8_t)bytes[i];
        return true;
    default:
        return false;
    }
}

static ScStatus read_labels(Sc *sc, Eval *e) {
    ScArray array;
    SC_TRY(sc_npy_read(sc, e->o->labels, &array));
    size_t wanted = e->samples.n_samples * e->n_rows, size = sc_dtype_size(array.dtype);
    if (array.n_bytes != wanted * size) {
        return sc_fail(sc, SC_E_SHAPE, e->o->labels,
                       sc_arena_fmt(sc->arena, "%zu labels for %zu predictions",
                                    array.n_bytes / size, wanted),
                       sc_arena_fmt(sc->arena, "%zu samples, %zu predictions each",
                                    e->samples.n_samples, e->n_rows),
                       "give one label for each");
    }
    int64_t *labels = SC_NEW_ARRAY(sc->arena, int64_t, wanted + 1);
    for (size_t i = 0; i < wanted; i++) {
        if (!label_at(&array, i, &labels[i])) {
            return sc_fail(
                sc, SC_E_SHAPE, e->o->labels, "labels are whole numbers",
                sc_arena_fmt(sc->arena, "these are %s", sc_dtype_name(array.dtype)),
                "save them as int64, int32, int8 or uint8");
        }
        if (labels[i] >= (int64_t)e->n_classes) {
            return sc_fail(
                sc, SC_E_RANGE, e->o->labels,
                sc_arena_fmt(sc->arena, "label %zu is %lld", i, (long long)labels[i]),
                sc_arena_fmt(sc->arena, "the model tells %zu classes apart", e->n_classes),
                0);
        }
        e->n_labelled += labels[i] >= 0;
    }
    e->labels = labels;
    return SC_OK;
}

static ScStatus prepare(Sc *sc, Eval *e) {
    ScType type;
    for (size_t s = 0; s < e->n_sides; s++) {
        size_t total = 0;
        for (uint32_t i = 0; i < e->sides[s].subject.n_outputs; i++) {
            SC_TRY(sc_subject_type(sc, &e->sides[s].subject, i, &type));
            total += sc_type_numel(&type);
        }
        e->sides[s].reals = SC_NEW_ARRAY(sc->arena, double, total + 1);
    }
    if (e->sides[0].subject.n_outputs == 0) {
        return sc_fail(sc, SC_E_ARG, e->o->model, "the model has no outputs", 0, 0);
    }
    SC_TRY(sc_subject_type(sc, &e->sides[0].subject, 0, &type));
    e->n_classes = type.rank ? (size_t)type.dims[type.rank - 1] : 1;
    e->n_rows = e->n_classes ? sc_type_numel(&type) / e->n_classes : 0;
    e->outputs =
        SC_NEW_ARRAY(sc->arena, ScFidelity, e->sides[0].subject.n_outputs + (size_t)1);
    return e->o->labels ? read_labels(sc, e) : SC_OK;
}

static size_t predict(const Eval *e, const double *reals, size_t row) {
    const double *scores = reals + row * e->n_classes;
    size_t best = 0;
    for (size_t c = 1; c < e->n_classes; c++) {
        best = scores[c] > scores[best] ? c : best;
    }
    return best;
}

static size_t count_right(const Eval *e, const double *reals, size_t sample) {
    size_t n = 0;
    for (size_t row = 0; e->labels && row < e->n_rows; row++) {
        int64_t label = e->labels[sample * e->n_rows + row];
        n += label >= 0 && predict(e, reals, row) == (size_t)label;
    }
    return n;
}

/* ---- running
 * ------------------------------------------------------------------------------ */

static ScStatus side_step(Sc *sc, Eval *e, Side *side, size_t sample) {
    SC_TRY(sc_subject_feed(sc, &side->subject, &e->samples, sample));
    SC_TRY(sc_subject_run(sc, &side->subject));
    double *reals = side->reals;
    for (uint32_t i = 0; i < side->subject.n_outputs; i++) {
        ScType type;
        SC_TRY(sc_subject_type(sc, &side->subject, i, &type));
        SC_TRY(sc_subject_read(sc, &side->subject, i, reals));
        reals += sc_type_numel(&type);
    }
    side->n_right += count_right(e, side->reals, sample);
    return SC_OK;
}

static ScStatus compare_sides(Sc *sc, Eval *e) {
    const double *want = e->sides[0].reals, *got = e->sides[1].reals;
    for (size_t row = 0; row < e->n_rows; row++) {
        e->n_agree += predict(e, want, row) == predict(e, got, row);
    }
    for (uint32_t i = 0; i < e->sides[0].subject.n_outputs; i++) {
        ScType type;
        SC_TRY(sc_subject_type(sc, &e->sides[0].subject, i, &type));
        size_t n = sc_type_numel(&type);
        sc_fidelity_add(&e->outputs[i], want, got, n);
        want += n;
        got += n;
    }
    return SC_OK;
}

static ScStatus run_host(Sc *sc, Eval *e) {
    for (size_t s = 0; s < e->samples.n_samples; s++) {
        for (size_t k = 0; k < e->n_sides; k++) {
            SC_TRY(side_step(sc, e, &e->sides[k], s));
        }
        if (e->n_sides == 2) {
            SC_TRY(compare_sides(sc, e));
        }
        e->n_predictions += e->n_rows;
    }
    return SC_OK;
}

/* ---- the simulated core
 * --------------------------------------------------------------------- */

static ScStatus device_inputs(Sc *sc, Eval *e, Side *side, ScArray *inputs) {
    for (size_t s = 0; s < e->samples.n_samples; s++) {
        SC_TRY(sc_subject_feed(sc, &side->subject, &e->samples, s));
        for (uint32_t i = 0; i < side->subject.n_inputs; i++) {
            ScTensor t;
            ScArray *array = &inputs[s * side->subject.n_inputs + i];
            if (sc_input(&side->subject.execution.method, i, &t) != SC_OK) {
                return sc_fail(sc, SC_E_INTERNAL, e->o->model, "an input is lost", 0, 0);
            }
            array->dtype = (ScDtype)t.dtype;
            array->rank = t.rank;
            for (uint32_t d = 0; d < t.rank; d++) {
                array->dims[d] = t.sizes[d];
            }
            array->n_bytes = sc_tensor_bytes(&t);
            array->data = sc_arena_copy(sc->arena, side->subject.inputs[i], array->n_bytes);
        }
    }
    return SC_OK;
}

static ScStatus device_compare(Sc *sc, Eval *e, Side *side, const ScQemuResult *result) {
    for (size_t s = 0; s < e->samples.n_samples; s++) {
        const ScArray *there = &result->outputs[s * result->n_outputs];
        bool equal = true;
        SC_TRY(sc_subject_feed(sc, &side->subject, &e->samples, s));
        SC_TRY(sc_subject_run(sc, &side->subject));
        for (uint32_t i = 0; i < side->subject.n_outputs; i++) {
            ScTensor t;
            if (sc_output(&side->subject.execution.method, i, &t) != SC_OK) {
                return sc_fail(sc, SC_E_INTERNAL, e->o->model, "an output is lost", 0, 0);
            }
            sc_copy_logical(&t, side->subject.scratch, false);
            equal = equal && there[i].n_bytes == sc_tensor_bytes(&t) &&
                    memcmp(there[i].data, side->subject.scratch, there[i].n_bytes) == 0;
        }
        SC_TRY(sc_subject_reals(sc, &side->subject, 0, there[0].data, side->reals));
        e->device_equal += equal;
        e->device_right += count_right(e, side->reals, s);
    }
    return SC_OK;
}

static ScStatus run_device(Sc *sc, Eval *e) {
    Side *side = &e->sides[e->n_sides - 1];
    size_t n = e->samples.n_samples * side->subject.n_inputs;
    ScArray *inputs = SC_NEW_ARRAY(sc->arena, ScArray, n + 1);
    SC_TRY(device_inputs(sc, e, side, inputs));
    ScQemuRequest request = {.core = e->target.core,
                             .where = e->o->model,
                             .pte = side->pte,
                             .inputs = inputs,
                             .n_inputs = side->subject.n_inputs,
                             .n_sets = (uint32_t)e->samples.n_samples};
    ScQemuResult result;
    SC_TRY(sc_qemu_run(sc, &request, &result));
    e->has_device = true;
    return device_compare(sc, e, side, &result);
}

/* ---- report
 * ----------------------------------------------------------------------------------- */

static double percent(size_t n, size_t of) {
    return of ? 100.0 * (double)n / (double)of : 0.0;
}

static void text_side(const Eval *e, const char *name, size_t n_right, ScBuf *out) {
    if (e->labels) {
        sc_buf_fmt(out, "%-14s %6.2f %%   %zu of %zu right\n", name,
                   percent(n_right, e->n_labelled), n_right, e->n_labelled);
    }
}

static void report_text(const Eval *e, ScBuf *out) {
    sc_buf_fmt(out, "%s: %zu samples\n", e->o->model, e->samples.n_samples);
    for (size_t i = 0; i < e->n_sides; i++) {
        text_side(e, e->sides[i].name, e->sides[i].n_right, out);
    }
    if (e->has_device) {
        text_side(e, e->target.core, e->device_right, out);
        sc_buf_fmt(out, "%s gives the bytes of this computer for %zu of %zu samples\n",
                   e->target.core, e->device_equal, e->samples.n_samples);
    }
    if (e->n_sides < 2) {
        return;
    }
    sc_buf_fmt(out, "int8 says what float says in %.2f %%\n",
               percent(e->n_agree, e->n_predictions));
    for (uint32_t i = 0; i < e->sides[0].subject.n_outputs; i++) {
        sc_buf_fmt(out, "output %u: SQNR %.2f dB, largest error %.4g\n", i,
                   sc_fidelity_db(&e->outputs[i]), e->outputs[i].worst);
    }
}

static void json_side(const Eval *e, const char *key, size_t n_right, ScBuf *out) {
    sc_buf_fmt(out, ", \"%s\": {\"right\": %zu, \"top1\": %.6f}", key, n_right,
               percent(n_right, e->n_labelled) / 100.0);
}

static void report_json(const Eval *e, ScBuf *out) {
    sc_buf_str(out, "{\"schema\": \"sconce.eval/1\", \"model\": ");
    sc_buf_json_str(out, e->o->model);
    sc_buf_fmt(out, ", \"samples\": %zu, \"labelled\": %zu", e->samples.n_samples,
               e->n_labelled);
    for (size_t i = 0; e->labels && i < e->n_sides; i++) {
        json_side(e, e->sides[i].name, e->sides[i].n_right, out);
    }
    if (e->n_sides == 2) {
        sc_buf_fmt(out, ", \"agreement\": %.6f, \"outputs\": [",
                   percent(e->n_agree, e->n_predictions) / 100.0);
        for (uint32_t i = 0; i < e->sides[0].subject.n_outputs; i++) {
            sc_buf_fmt(out, "%s{\"sqnr_db\": %.4f, \"largest_error\": %.6g}", i ? ", " : "",
                       sc_fidelity_db(&e->outputs[i]), e->outputs[i].worst);
        }
        sc_buf_str(out, "]");
    }
    if (e->has_device) {
        sc_buf_str(out, ", \"core\": ");
        sc_buf_json_str(out, e->target.core);
        sc_buf_fmt(out, ", \"samples_equal\": %zu", e->device_equal);
        if (e->labels) {
            json_side(e, "device", e->device_right, out);
        }
    }
    sc_buf_str(out, "}\n");
}

static ScStatus eval(Sc *sc, const void *request, ScBuf *out) {
    const EvalRequest *r = request;
    Eval *e = SC_NEW(sc->arena, Eval);
    e->o = r->options;
    SC_TRY(check_request(sc, e));
    if (ends_with(e->o->model, ".pte")) {
        SC_TRY(open_program(sc, e));
    } else {
        SC_TRY(open_float(sc, e));
    }
    if (e->o->calibrate) {
        SC_TRY(open_int8(sc, e));
    }
    SC_TRY(prepare(sc, e));
    SC_TRY(run_host(sc, e));
    if (e->o->on) {
        SC_TRY(run_device(sc, e));
    }
    (r->format == SC_JSON ? report_json : report_text)(e, out);
    return SC_OK;
}

ScStatus sc_eval(ScSession *session, const ScEvalOptions *options, ScFormat format,
                 ScText *out_report) {
    EvalRequest request = {options, format};
    return sc_session_call(session, eval, &request, out_report);
}
