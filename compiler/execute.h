/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Runs a .pte on this computer with the runtime and every kernel that the
 * linked backends offer. Arrays are in the logical shape of the model,
 * whatever layout the program keeps.
 */
#ifndef SC_EXECUTE_H
#define SC_EXECUTE_H

#include "compiler/backend.h"

typedef struct ScExecution {
    ScModel model;
    ScMethod method;
    ScKernelTable kernels;
    size_t scratch_align; /* of what delegate calls need in method.config.scratch */
    const char *where;    /* names the file in diagnostics */
} ScExecution;

/* All kernels of all backends, sorted, and the row that runs delegates. */
ScStatus sc_host_kernels(Sc *sc, ScKernelTable *out_table);
/* The delegates of all backends, into config; its scratch is up to the caller. */
void sc_host_delegates(Sc *sc, ScConfig *config);

/* Begins as a .pte; its version may be another. */
bool sc_is_pte(ScBytes file);
/* Verifies, opens and initialises. file must stay where it is. */
ScStatus sc_execution_open(Sc *sc, const char *where, ScBytes file, ScExecution *out);
/* The same with the .ptd that the program needs ({0} = none), and one of several methods
 * (NULL = the first). */
ScStatus sc_execution_open_with(Sc *sc, const char *where, ScBytes file, ScBytes data,
                                const char *method, ScExecution *out);
/* What to say when a file lacks a method. */
ScStatus sc_method_missing(Sc *sc, const char *where, const ScModel *model,
                           const char *method);
/* False for an input whose value is fixed in the program: a number, None. */
bool sc_execution_takes(const ScExecution *execution, uint32_t index);
/*
 * The array as the model's input `index` takes it: itself, or, when it holds float32
 * for an int8 input whose scale the file tells, quantized by that. Checks the shape.
 */
ScStatus sc_execution_fit(Sc *sc, const ScExecution *execution, uint32_t index,
                          const ScArray *array, ScArray *out_array);
/* clamp(round(x / scale) + zero_point), ties to even. */
void sc_quantize_reals(const ScIoInfo *info, const float *reals, size_t n, int8_t *out);

/* Fits, and copies one input in. */
ScStatus sc_execution_set(Sc *sc, ScExecution *execution, uint32_t index,
                          const ScArray *array);
ScStatus sc_execution_run(Sc *sc, ScExecution *execution, const ScRunOptions *options);
/* A dense copy of one output, in the arena. A number is an array without dimensions
 * (i64, f64, bool); None has data NULL. */
ScStatus sc_execution_get(Sc *sc, const ScExecution *execution, uint32_t index,
                          ScArray *out_array);

/* Copies between a tensor, whatever its layout, and `flat`, dense in logical order. */
void sc_copy_logical(const ScTensor *tensor, void *flat, bool to_tensor);

#endif
