/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sets of model inputs: for calibration and evaluation.
 *
 *   x.npy     one model input; [N, ...] with or without the model's batch of 1
 *   x.npz     one member an input, by the input's name, else in the order stored
 *   a folder  of .npy files, one sample each, in the order of their names; only
 *             for models with one input
 */
#ifndef SC_SAMPLES_H
#define SC_SAMPLES_H

#include "compiler/quantize/quantize.h"

/* Checks shapes and dtypes against the graph's inputs, and that every number is
 * finite. At least one sample. */
ScStatus sc_samples_read(Sc *sc, const char *path, const ScGraph *graph,
                         ScSamples *out_samples);

#endif
