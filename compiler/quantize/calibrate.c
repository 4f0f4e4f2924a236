/* SPDX-License-Identifier: Apache-2.0 */
/* Ranges of values, from running the float graph. The contract is in quantize.h. */
#include <math.h>

#include "compiler/quantize/quantize.h"

static void range_add(ScRange *range, const float *data, size_t n) {
    for (size_t i = 0; i < n; i++) {
        if (!isfinite(data[i])) {
            continue;
        }
        range->min = !range->seen || data[i] < range->min ? data[i] : range->min;
        range->max = !range->seen || data[i] > range->max ? data[i] : range->max;
        range->seen = true;
    }
}

static bool is_plain_float(const ScValue *value) {
    return value && value->type.dtype == SC_F32 && !value->type.quant;
}

/* A copy of the graph whose outputs are all float results, in the order of
 * out_ids[]. */
static ScStatus observed_graph(Sc *sc, const ScGraph *graph, ScGraph **out_copy,
                               uint32_t *out_ids, size_t *out_n) {
    ScValue **twins;
    SC_TRY(sc_graph_clone(sc, graph, out_copy, &twins));
    (*out_copy)->n_outputs = 0;
    *out_n = 0;
    for (size_t i = 0; i < graph->n_values; i++) {
        const ScValue *value = graph->values[i];
        if (is_plain_float(value) && value->kind == SC_VALUE_RESULT) {
            sc_graph_add_output(*out_copy, 0, sc_arg_of_value(twins[i]), 0);
            out_ids[(*out_n)++] = (uint32_t)i;
        }
    }
    return SC_OK;
}

/* What is done with the numbers of value `id`, in each of the two passes. */
typedef struct Watch {
    ScRange *ranges;
    ScHistogram **histograms; /* NULL in the first pass */
} Watch;

static void look_at(const Watch *watch, size_t id, const float *data, size_t n) {
    if (!watch->histograms) {
        range_add(&watch->ranges[id], data, n);
    } else if (watch->histograms[id]) {
        sc_histogram_add(watch->histograms[id], data, n);
    }
}

static void look_at_data(const ScGraph *graph, const ScSamples *samples,
                         const Watch *watch) {
    for (size_t i = 0; i < graph->n_inputs && i < samples->n_inputs; i++) {
        const ScValue *input = graph->inputs[i];
        if (is_plain_float(input)) {
            look_at(watch, input->id, samples->inputs[i].data,
                    samples->n_samples * sc_type_numel(&input->type));
        }
    }
    for (size_t i = 0; i < graph->n_values; i++) {
        const ScValue *value = graph->values[i];
        if (is_plain_float(value) && value->data) {
            look_at(watch, i, value->data, sc_type_numel(&value->type));
        }
    }
}

typedef struct Calibration {
    Sc *sc;
    const ScGraph *graph;
    const ScSamples *samples;
    const ScEvaluator *evaluator;
    void *handle;
    uint32_t *ids; /* of the values that the copy gives as outputs */
    size_t n;
} Calibration;

static ScStatus watch_samples(const Calibration *c, const Watch *watch) {
    const void **data = SC_NEW_ARRAY(c->sc->arena, const void *, c->n + 1);
    const void **inputs =
        SC_NEW_ARRAY(c->sc->arena, const void *, c->samples->n_inputs + 1);
    for (size_t s = 0; s < c->samples->n_samples; s++) {
        for (size_t i = 0; i < c->samples->n_inputs; i++) {
            size_t n_bytes = sc_type_bytes(&c->graph->inputs[i]->type);
            inputs[i] = (const char *)c->samples->inputs[i].data + s * n_bytes;
        }
        SC_TRY(c->evaluator->step(c->evaluator->user, c->sc, c->handle, inputs, data));
        for (size_t i = 0; i < c->n; i++) {
            const ScValue *value = c->graph->values[c->ids[i]];
            look_at(watch, c->ids[i], data[i], sc_type_numel(&value->type));
        }
    }
    look_at_data(c->graph, c->samples, watch);
    return SC_OK;
}

static ScStatus narrow_to_least_error(const Calibration *c, ScRange *ranges) {
    size_t n = c->graph->n_values;
    Watch watch = {ranges, SC_NEW_ARRAY(c->sc->arena, ScHistogram *, n + 1)};
    for (size_t i = 0; i < n; i++) {
        const ScRange *r = &ranges[i];
        if (r->seen && (r->min < 0.0f || r->max > 0.0f)) {
            watch.histograms[i] = SC_NEW(c->sc->arena, ScHistogram);
            watch.histograms[i]->min = r->min < 0.0f ? r->min : 0.0f;
            watch.histograms[i]->max = r->max > 0.0f ? r->max : 0.0f;
        }
    }
    SC_TRY(watch_samples(c, &watch));
    for (size_t i = 0; i < n; i++) {
        ranges[i] =
            watch.histograms[i] ? sc_histogram_range(watch.histograms[i]) : ranges[i];
    }
    return SC_OK;
}

ScStatus sc_calibrate(Sc *sc, const ScGraph *graph, const ScSamples *samples,
                      const ScEvaluator *evaluator, ScObserver observer,
                      ScRange **out_ranges) {
    Calibration c = {.sc = sc, .graph = graph, .samples = samples, .evaluator = evaluator};
    ScGraph *copy;
    Watch watch = {SC_NEW_ARRAY(sc->arena, ScRange, graph->n_values + 1), 0};
    c.ids = SC_NEW_ARRAY(sc->arena, uint32_t, graph->n_values + 1);
    SC_TRY(observed_graph(sc, graph, &copy, c.ids, &c.n));
    SC_TRY(evaluator->open(evaluator->user, sc, copy, &c.handle));
    SC_TRY(watch_samples(&c, &watch));
    if (observer == SC_OBSERVE_MSE) {
        SC_TRY(narrow_to_least_error(&c, watch.ranges));
    }
    *out_ranges = watch.ranges;
    return SC_OK;
}
