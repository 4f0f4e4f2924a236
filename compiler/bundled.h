/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reads a .bpte: a program together with inputs and the outputs that PyTorch made of
 * them. Every byte is taken for hostile. Format: bundled_program_schema.fbs of
 * ExecuTorch 1.5, identifier "BP08".
 */
#ifndef SC_BUNDLED_H
#define SC_BUNDLED_H

#include "compiler/base/file.h"
#include "compiler/base/npy.h"

typedef enum ScBundledKind {
    SC_BUNDLED_TENSOR = 1, /* numbers of the format's ValueUnion */
    SC_BUNDLED_INT = 2,
    SC_BUNDLED_BOOL = 3,
    SC_BUNDLED_DOUBLE = 4
} ScBundledKind;

typedef struct ScBundledValue {
    ScBundledKind kind;
    ScArray array; /* of a tensor, dense in logical order */
    int64_t i;     /* of an int or bool */
    double d;
} ScBundledValue;

typedef struct ScBundledCase {
    ScBundledValue *inputs, *outputs;
    size_t n_inputs, n_outputs;
} ScBundledCase;

typedef struct ScBundledSuite {
    const char *method;
    ScBundledCase *cases;
    size_t n_cases;
} ScBundledSuite;

typedef struct ScBundled {
    ScBytes program; /* an aligned copy */
    ScBundledSuite *suites;
    size_t n_suites;
} ScBundled;

/* Begins as a .bpte; its version may be another. */
bool sc_is_bundled(ScBytes file);
/* The program isn't looked at. */
ScStatus sc_bundled_read(Sc *sc, const char *where, ScBytes file, ScBundled *out);

#endif
