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

static void range_data(const ScGraph *graph, const ScSamples *samples, ScRange *ranges) {
    for (size_t i = 0; i < graph->n_inputs && i < samples->n_inputs; i++) {
        const ScValue *input = graph->inputs[i];
        if (is_plain_float(input)) {
            range_add(&ranges[input->id], samples->inputs[i].data,
                      samples->n_samples * sc_type_numel(&input->type));
        }
    }
    for (size_t i = 0; i < graph->n_values; i++) {
        const ScValue *value = graph->values[i];
        if (is_plain_float(value) && value->data) {
            range_add(&ranges[i], value->data, sc_type_numel(&value->type));
        }
    }
}

ScStatus sc_calibrate(Sc *sc, const ScGraph *graph, const ScSamples *samples,
                      const ScEvaluator *evaluator, ScRange **out_ranges) {
    ScRange *ranges = SC_NEW_ARRAY(sc->arena, ScRange, graph->n_values + 1);
    uint32_t *ids = SC_NEW_ARRAY(sc->arena, uint32_t, graph->n_values + 1);
    const void **data = SC_NEW_ARRAY(sc->arena, const void *, graph->n_values + 1);
    const void **inputs = SC_NEW_ARRAY(sc->arena, const void *, samples->n_inputs + 1);
    ScGraph *copy;
    void *handle;
    size_t n;
    SC_TRY(observed_graph(sc, graph, &copy, ids, &n));
    SC_TRY(evaluator->open(evaluator->user, sc, copy, &handle));
    for (size_t s = 0; s < samples->n_samples; s++) {
        for (size_t i = 0; i < samples->n_inputs; i++) {
            size_t n_bytes = sc_type_bytes(&graph->inputs[i]->type);
            inputs[i] = (const char *)samples->inputs[i].data + s * n_bytes;
        }
        SC_TRY(evaluator->step(evaluator->user, sc, handle, inputs, data));
        for (size_t i = 0; i < n; i++) {
            range_add(&ranges[ids[i]], data[i],
                      sc_type_numel(&graph->values[ids[i]]->type));
        }
    }
    range_data(graph, samples, ranges);
    *out_ranges = ranges;
    return SC_OK;
}
