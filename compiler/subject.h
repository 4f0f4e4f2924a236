/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A program that is being judged: takes samples and gives outputs as real numbers,
 * whatever its inputs and outputs are made of. Every run starts from the state that
 * is stored in the file. Scales and layouts come from the file itself.
 */
#ifndef SC_SUBJECT_H
#define SC_SUBJECT_H

#include "compiler/execute.h"
#include "compiler/quantize/quantize.h"

typedef struct ScSubject {
    ScExecution execution;
    uint32_t n_inputs, n_outputs;
    void **inputs;   /* [n_inputs] one sample each, dense */
    double *scratch; /* for the widest input or output */
} ScSubject;

/* pte: aligned to SC_FILE_ALIGN. */
ScStatus sc_subject_open(Sc *sc, const char *where, ScBytes pte, ScSubject *out);
/* A graph that has only the inputs of the program, as the PyTorch model has them
 * (float32 where they are quantized): what sc_samples_read() wants. */
ScStatus sc_subject_inputs(Sc *sc, const ScSubject *subject, ScGraph **out_graph);

/* Puts sample `at` into subject->inputs, quantized where the program wants that. */
ScStatus sc_subject_feed(Sc *sc, ScSubject *subject, const ScSamples *samples, size_t at);
/* Runs what was fed. */
ScStatus sc_subject_run(Sc *sc, ScSubject *subject);

/* Shape of an output; dims are logical. */
ScStatus sc_subject_type(Sc *sc, const ScSubject *subject, uint32_t output,
                         ScType *out_type);
/* The numbers that an output stands for, in logical order. */
ScStatus sc_subject_read(Sc *sc, ScSubject *subject, uint32_t output, double *out_reals);
/* The same for bytes that came from elsewhere: dense, in logical order. */
ScStatus sc_subject_reals(Sc *sc, const ScSubject *subject, uint32_t output,
                          const void *dense, double *out_reals);

#endif
