/* SPDX-License-Identifier: Apache-2.0 */
/*
 * quantize: types of values by the rules of the engines that use them.
 *
 *   sc_calibrate      float ranges of every value, from samples
 *   sc_assign_types   int8 types for what int8 patterns make and take
 *   sc_correct_biases takes the mean error of each layer out of its bias
 *   sc_assign_layouts NHWC where kernels want it, relayouts at the borders
 *   sc_convert        dequantize and quantize around what computes in float
 *   sc_watch_*        int8 values beside the same in float, for sc_compare()
 *
 * Measured defaults and why: docs/quantization.md.
 */
#ifndef SC_QUANTIZE_QUANTIZE_H
#define SC_QUANTIZE_QUANTIZE_H

#include "compiler/backend.h"
#include "compiler/graph/evaluator.h"

/* Calibration or evaluation data: inputs[i] holds n_samples dense values of
 * graph input i, one behind the other. */
typedef struct ScSamples {
    const ScArray *inputs;
    size_t n_inputs;
    size_t n_samples;
} ScSamples;

typedef struct ScRange {
    float min, max;
    bool seen;
} ScRange;

typedef enum ScObserver {
    SC_OBSERVE_MINMAX, /* everything that was seen fits: the default, and why is measured */
    SC_OBSERVE_MSE     /* the range that loses the least energy; no margin then */
} ScObserver;

typedef struct ScQuantOptions {
    ScObserver observer;
    bool int8_io;     /* inputs and outputs of the model are int8 where they can be */
    bool nhwc_inputs; /* rank-4 inputs are given in NHWC */
    double margin;    /* factor on every range, >= 1 */
    bool keep_biases; /* no bias correction */
    bool stock_moves; /* kernels that move bytes want contiguous images, as stock's do */
} ScQuantOptions;

/* Ranges of every float value of the graph, by value id. */
ScStatus sc_calibrate(Sc *sc, const ScGraph *graph, const ScSamples *samples,
                      const ScEvaluator *evaluator, ScObserver observer,
                      ScRange **out_ranges);

/* histogram.c. min and max hold 0 and are set before anything is added. */
enum { SC_HISTOGRAM_BINS = 2048 };
typedef struct ScHistogram {
    float min, max;
    uint32_t counts[SC_HISTOGRAM_BINS];
} ScHistogram;
void sc_histogram_add(ScHistogram *histogram, const float *data, size_t n);
ScRange sc_histogram_range(const ScHistogram *histogram);

/*
 * Types values that aren't typed yet (a PT2E-quantized model keeps its types):
 * results and operands of int8 patterns get int8 parameters from their ranges,
 * weights become int8, biases int32. Adds the quantize nodes that bring float
 * values in, and dequantize nodes in front of float outputs.
 * The choices are stale afterwards: survey and place again.
 */
ScStatus sc_assign_types(Sc *sc, ScGraph *graph, const ScChoice *choices, size_t n_choices,
                         const ScRange *ranges, const ScQuantOptions *options);

/*
 * Takes the mean error of each int8 layer out of its bias. reference: a clone of
 * the graph from before types were assigned (consumed), twins[0..n_twins) by value id.
 * SC_E_UNSUPPORTED with no diagnostic: some node can't be computed here.
 */
ScStatus sc_correct_biases(Sc *sc, ScGraph *graph, ScGraph *reference,
                           ScValue *const *twins, size_t n_twins, const ScSamples *samples,
                           const ScEvaluator *evaluator);

/* Layout of every rank-4 value; adds copies where two users disagree. */
ScStatus sc_assign_layouts(Sc *sc, ScGraph *graph, const ScChoice *choices,
                           size_t n_choices, const ScQuantOptions *options);

/*
 * A pattern that computes on plain numbers gets a dequantize before and a
 * quantize behind its nodes: exactly the fake-quantized program. *out_changed:
 * nodes were added, so survey and place must run again. Ends: an added
 * conversion never needs another.
 */
ScStatus sc_convert(Sc *sc, ScGraph *graph, const ScChoice *choices, size_t n_choices,
                    bool *out_changed);

typedef struct ScWatched {
    ScValue *value;     /* of the typed graph */
    ScValue *wanted;    /* of the reference: the same in float */
    const ScNode *node; /* that makes it, NULL for an input */
} ScWatched;

typedef struct ScWatch {
    ScGraph *reference; /* float; its outputs: the model's, then the wanted values */
    size_t n_model_outputs;
    ScWatched *items; /* in the order of the typed graph's outputs */
    size_t n_items;
    ScValue **twins; /* of the graph that was cloned, by value id */
    size_t n_twins;
} ScWatch;

/* Before types are assigned. */
ScStatus sc_watch_begin(Sc *sc, const ScGraph *graph, ScWatch *watch);
/* Afterwards, with fresh choices: what kernels of the typed graph make becomes its
 * outputs, in place of the model's, and those of the reference too. */
ScStatus sc_watch_end(Sc *sc, ScGraph *graph, const ScChoice *choices, size_t n_choices,
                      ScWatch *watch);

/* Adds quantize (or dequantize) of x by the numbers of type->quant. */
ScStatus sc_add_conversion(Sc *sc, ScGraph *graph, ScNode *before, bool quantize,
                           ScValue *x, const ScType *type, ScValue **out_value);

/* The range times margin, but not beyond what the value's op can give (a ReLU6). */
ScRange sc_range_widen(const ScValue *value, ScRange range, double margin);

/* scale and zero point of int8 for a range that is widened to hold 0. */
const ScQuant *sc_quant_of_range(ScArena *arena, ScRange range);

#endif
