/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Bias correction: rounding weights and activations shifts the mean of every
 * output channel; the shift is measured over the calibration set and taken out of
 * the int32 bias. Layer by layer, each on the already quantized and corrected
 * values before it (docs/quantization.md). Values are carried as the real numbers
 * that their integers stand for, for all samples at once.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "compiler/quantize/quantize.h"

/* A value for all samples; freed after its last reader. */
typedef struct Stream {
    float *data; /* n_samples * numel, or NULL */
    size_t n_readers;
} Stream;

typedef struct Correct {
    Sc *sc;
    ScGraph *graph;
    const ScSamples *samples;
    const ScEvaluator *evaluator;
    double **means;  /* float means a channel, by value id; NULL = no layer */
    Stream *streams; /* by value id */
    size_t n_values;
    ScNode *node;
    ScStatus status;
} Correct;

static void streams_free(void *what) {
    Correct *c = what;
    for (size_t i = 0; i < c->n_values; i++) {
        free(c->streams[i].data);
    }
}

static ScStatus stream_make(Correct *c, const ScValue *value, float **out) {
    size_t n = c->samples->n_samples * sc_type_numel(&value->type);
    Stream *stream = &c->streams[value->id];
    stream->data = calloc(n + 1, sizeof *stream->data);
    *out = stream->data;
    return stream->data ? SC_OK
                        : sc_fail(c->sc, SC_E_MEMORY, value->name, "out of memory",
                                  "bias correction holds a layer for all samples",
                                  "give fewer calibration samples");
}

static void count_reader(void *user, ScValue **slot) {
    Correct *c = user;
    c->streams[(*slot)->id].n_readers++;
}

static void drop_reader(void *user, ScValue **slot) {
    Correct *c = user;
    Stream *stream = &c->streams[(*slot)->id];
    if (--stream->n_readers == 0) {
        free(stream->data);
        stream->data = 0;
    }
}

/* ---- layers ----------------------------------------------------------------------------
 */

/* The int8 weight and int32 bias among a node's constants. */
typedef struct Layer {
    ScValue *weight, *bias;
} Layer;

static void look_for_layer(void *user, ScValue **slot) {
    Layer *layer = user;
    ScValue *value = *slot;
    if (value->kind == SC_VALUE_CONST && value->type.quant && value->type.dtype == SC_I32) {
        layer->bias = value;
    } else if (value->kind == SC_VALUE_CONST && value->type.quant && value->type.rank > 1) {
        layer->weight = value;
    }
}

static bool layer_of(ScNode *node, Layer *out) {
    *out = (Layer){0, 0};
    sc_node_each_value(node, look_for_layer, out);
    return out->weight && out->bias && node->results[0] && node->results[0]->type.rank > 1;
}

static void add_means(double *means, const ScType *type, const float *data) {
    size_t channels = (size_t)type->dims[1], inner = 1;
    for (uint32_t d = 2; d < type->rank; d++) {
        inner *= (size_t)type->dims[d];
    }
    size_t n = sc_type_numel(type);
    for (size_t i = 0; i < n; i++) {
        means[i / inner % channels] += (double)data[i] / (double)(n / channels);
    }
}

/* ---- float means, from the graph as it was
 * -------------------------------------------------- */

static ScStatus float_means(Correct *c, ScGraph *reference, ScValue *const *twins,
                            size_t n_twins) {
    size_t n = 0;
    const ScValue **values = SC_NEW_ARRAY(c->sc->arena, const ScValue *, c->n_values + 1);
    reference->n_outputs = 0;
    for (ScNode *node = c->graph->first; node; node = node->next) {
        Layer layer;
        if (!layer_of(node, &layer) || node->results[0]->id >= n_twins ||
            !twins[node->results[0]->id]) {
            continue;
        }
        const ScValue *value = node->results[0];
        sc_graph_add_output(reference, 0, sc_arg_of_value(twins[value->id]), 0);
        c->means[value->id] =
            SC_NEW_ARRAY(c->sc->arena, double, (size_t)value->type.dims[1] + 1);
        values[n++] = value;
    }
    void *handle;
    const void **data = SC_NEW_ARRAY(c->sc->arena, const void *, n + 1);
    const void **inputs =
        SC_NEW_ARRAY(c->sc->arena, const void *, c->samples->n_inputs + 1);
    SC_TRY(c->evaluator->open(c->evaluator->user, c->sc, reference, &handle));
    for (size_t s = 0; s < c->samples->n_samples; s++) {
        for (size_t i = 0; i < c->samples->n_inputs; i++) {
            size_t n_bytes = c->samples->inputs[i].n_bytes / c->samples->n_samples;
            inputs[i] = (const char *)c->samples->inputs[i].data + s * n_bytes;
        }
        SC_TRY(c->evaluator->step(c->evaluator->user, c->sc, handle, inputs, data));
        for (size_t i = 0; i < n; i++) {
            add_means(c->means[values[i]->id], &values[i]->type, data[i]);
        }
    }
    return SC_OK;
}

/* ---- one node in real numbers
 * ------------------------------------------------------------------ */

static double real_of(const ScValue *value, size_t i) {
    const ScQuant *q = value->type.quant;
    size_t channel = 0, inner = 1;
    for (int d = value->type.rank - 1; q->axis >= 0 && d > q->axis; d--) {
        inner *= (size_t)value->type.dims[d];
    }
    if (q->axis >= 0) {
        channel = i / inner % (size_t)value->type.dims[q->axis];
        channel = channel < q->n ? channel : 0;
    }
    double x = value->type.dtype == SC_I8 ? (double)((const int8_t *)value->data)[i]
                                          : (double)((const int32_t *)value->data)[i];
    return (x - (double)q->zero_points[channel]) * q->scales[channel];
}

static ScValue *const_real(Correct *c, ScGraph *mini, const ScValue *value) {
    ScType type = value->type;
    type.dtype = SC_F32;
    type.quant = 0;
    size_t n = sc_type_numel(&type);
    float *data = SC_NEW_ARRAY(c->sc->arena, float, n + 1);
    for (size_t i = 0; i < n; i++) {
        data[i] = (float)real_of(value, i);
    }
    return sc_graph_add_const(mini, value->name, &type, data);
}

typedef struct Mini {
    Correct *c;
    ScGraph *graph;
    ScValue **twins;
    const ScValue *inputs[16]; /* of the big graph */
    size_t n_inputs;
    bool too_many;
} Mini;

static void make_operand(void *user, ScValue **slot) {
    Mini *mini = user;
    ScValue *value = *slot;
    ScValue **twin = &mini->twins[value->id];
    if (*twin) {
        return;
    }
    if (value->kind == SC_VALUE_CONST) {
        *twin = value->type.quant ? const_real(mini->c, mini->graph, value) : 0;
        return; /* plain constants are copied with the node */
    }
    if (mini->n_inputs == 16) {
        mini->too_many = true;
        return;
    }
    ScType type = value->type;
    type.layout = SC_LAYOUT_CONTIGUOUS;
    if (type.quant) {
        type.dtype = SC_F32;
        type.quant = 0;
    }
    *twin = sc_graph_add_input(mini->graph, value->name, &type);
    mini->inputs[mini->n_inputs++] = value;
}

static ScStatus mini_open(Correct *c, ScNode *node, Mini *mini, void **out_handle) {
    memset(mini, 0, sizeof *mini);
    mini->c = c;
    mini->graph = sc_graph_new(c->sc->arena, c->graph->ops, "layer");
    mini->twins = SC_NEW_ARRAY(c->sc->arena, ScValue *, c->graph->n_values + 1);
    sc_node_each_value(node, make_operand, mini);
    if (mini->too_many) {
        return SC_E_UNSUPPORTED;
    }
    ScNode *twin;
    SC_TRY(sc_graph_copy_node(c->sc, node, mini->graph, mini->twins, &twin));
    for (uint32_t i = 0; i < twin->n_results; i++) {
        if (twin->results[i]) {
            if (twin->results[i]->type.quant) {
                twin->results[i]->type.dtype = SC_F32;
                twin->results[i]->type.quant = 0;
            }
            sc_graph_add_output(mini->graph, 0, sc_arg_of_value(twin->results[i]), 0);
        }
    }
    return c->evaluator->open(c->evaluator->user, c->sc, mini->graph, out_handle);
}

static void round_to(const ScType *type, float *data, size_t n) {
    const ScQuant *q = type->quant;
    for (size_t i = 0; q && i < n; i++) {
        double x = nearbyint((double)data[i] / q->scales[0]) + (double)q->zero_points[0];
        x = x < (double)q->qmin   ? (double)q->qmin
            : x > (double)q->qmax ? (double)q->qmax
                                  : x;
        data[i] = (float)((x - (double)q->zero_points[0]) * q->scales[0]);
    }
}

/* Runs the node on all samples into the streams of its results. */
static ScStatus node_run(Correct *c, ScNode *node) {
    Mini mini;
    void *handle;
    const void *inputs[16];
    const void **data = SC_NEW_ARRAY(c->sc->arena, const void *, node->n_results + 1u);
    SC_TRY(mini_open(c, node, &mini, &handle));
    for (uint32_t i = 0; i < node->n_results; i++) {
        float *made;
        if (node->results[i] && !c->streams[node->results[i]->id].data) {
            SC_TRY(stream_make(c, node->results[i], &made));
        }
    }
    for (size_t s = 0; s < c->samples->n_samples; s++) {
        for (size_t i = 0; i < mini.n_inputs; i++) {
            const ScValue *value = mini.inputs[i];
            inputs[i] = c->streams[value->id].data + s * sc_type_numel(&value->type);
        }
        SC_TRY(c->evaluator->step(c->evaluator->user, c->sc, handle, inputs, data));
        for (uint32_t i = 0, k = 0; i < node->n_results; i++) {
            const ScValue *value = node->results[i];
            if (value) {
                size_t n = sc_type_numel(&value->type);
                float *to = c->streams[value->id].data + s * n;
                memcpy(to, data[k++], n * sizeof *to);
            }
        }
    }
    return SC_OK;
}

static void correct_layer(Correct *c, const ScNode *node, const Layer *layer) {
    const ScValue *made = node->results[0];
    const double *wanted = c->means[made->id];
    size_t channels = (size_t)made->type.dims[1], n = sc_type_numel(&made->type);
    double *means = SC_NEW_ARRAY(c->sc->arena, double, channels + 1);
    for (size_t s = 0; s < c->samples->n_samples; s++) {
        add_means(means, &made->type, c->streams[made->id].data + s * n);
    }
    int32_t *words = sc_arena_copy(c->graph->arena, layer->bias->data,
                                   sc_type_bytes(&layer->bias->type));
    for (size_t ch = 0; ch < channels; ch++) {
        double error = (wanted[ch] - means[ch]) / (double)c->samples->n_samples;
        double step = nearbyint(error / layer->bias->type.quant->scales[ch]);
        double moved = (double)words[ch] + step;
        if (fabs(moved) < 2147483647.0) {
            words[ch] = (int32_t)moved;
        }
    }
    layer->bias->data = words;
}

/* q/dq change how a number is written, and q rounds it. */
static bool is_conversion(const ScNode *node) {
    return strcmp(node->op->schema.ns, "quantized_decomposed") == 0;
}

static ScStatus convert(Correct *c, const ScNode *node) {
    const ScValue *x = sc_node_value(node, 0), *y = node->results[0];
    size_t n = c->samples->n_samples * sc_type_numel(&y->type);
    float *to;
    SC_TRY(stream_make(c, y, &to));
    memcpy(to, c->streams[x->id].data, n * sizeof *to);
    round_to(&y->type, to, n);
    return SC_OK;
}

static ScStatus step(Correct *c, ScNode *node) {
    Layer layer;
    if (is_conversion(node)) {
        return convert(c, node);
    }
    SC_TRY(node_run(c, node));
    if (layer_of(node, &layer) && c->means[node->results[0]->id]) {
        correct_layer(c, node, &layer);
        SC_TRY(node_run(c, node)); /* again, with the corrected bias */
    }
    for (uint32_t i = 0; i < node->n_results; i++) {
        const ScValue *value = node->results[i];
        if (value) {
            round_to(&value->type, c->streams[value->id].data,
                     c->samples->n_samples * sc_type_numel(&value->type));
        }
    }
    return SC_OK;
}

static bool is_float_only(const ScGraph *graph) {
    for (size_t i = 0; i < graph->n_values; i++) {
        const ScValue *value = graph->values[i];
        /* Results that nobody reads (where a maximum was found) don't matter. */
        bool activation =
            value && value->kind != SC_VALUE_CONST && sc_graph_count_uses(graph, value) > 0;
        if (activation && value->type.dtype != SC_F32 && !value->type.quant) {
            return false;
        }
        if (value && value->kind == SC_VALUE_STATE) {
            return false;
        }
    }
    return true;
}

ScStatus sc_correct_biases(Sc *sc, ScGraph *graph, ScGraph *reference,
                           ScValue *const *twins, size_t n_twins, const ScSamples *samples,
                           const ScEvaluator *evaluator) {
    if (!is_float_only(graph)) {
        sc_warn(sc, graph->name, "biases aren't corrected",
                "the model has integer values or state", 0);
        return SC_OK;
    }
    Correct *c = SC_NEW(sc->arena, Correct);
    *c = (Correct){.sc = sc, .graph = graph, .samples = samples, .evaluator = evaluator};
    c->n_values = graph->n_values;
    c->means = SC_NEW_ARRAY(sc->arena, double *, graph->n_values + 1);
    c->streams = SC_NEW_ARRAY(sc->arena, Stream, graph->n_values + 1);
    sc_arena_defer(sc->arena, streams_free, c);
    SC_TRY(float_means(c, reference, twins, n_twins));
    for (size_t i = 0; i < graph->n_inputs; i++) {
        const ScValue *input = graph->inputs[i];
        float *data;
        SC_TRY(stream_make(c, input, &data));
        memcpy(data, samples->inputs[i].data, samples->inputs[i].n_bytes);
        round_to(&input->type, data, samples->n_samples * sc_type_numel(&input->type));
    }
    for (ScNode *node = graph->first; node; node = node->next) {
        sc_node_each_value(node, count_reader, c);
    }
    for (ScNode *node = graph->first; node; node = node->next) {
        SC_TRY(step(c, node));
        sc_node_each_value(node, drop_reader, c);
    }
    return SC_OK;
}
