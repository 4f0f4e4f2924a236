/* SPDX-License-Identifier: Apache-2.0 */
/*
 * NumPy's .npy, versions 1.0-3.0, little-endian, C or Fortran order (made
 * dense C order on reading), and .npz (stored members, through zip.h).
 * Source: numpy/lib/format.py.
 */
#ifndef SC_BASE_NPY_H
#define SC_BASE_NPY_H

#include "compiler/base/file.h"

typedef struct ScArray {
    ScDtype dtype;
    uint8_t rank;
    int64_t dims[SC_MAX_RANK];
    const void *data; /* dense, C order; may be unaligned when in place */
    size_t n_bytes;
} ScArray;

ScStatus sc_npy_parse(Sc *sc, const char *where, ScBytes file, ScArray *out_array);
ScStatus sc_npy_read(Sc *sc, const char *path, ScArray *out_array);
/* NumPy has no bfloat16: such an array is written as float32, with a warning. */
ScStatus sc_npy_write(Sc *sc, const char *path, const ScArray *array);
/* Array `name` of an .npz written by numpy.savez (not savez_compressed). */
ScStatus sc_npz_read(Sc *sc, const char *path, const char *name, ScArray *out_array);
/* "f32", "i8", "bool" ...: the spelling used in every text form. "?" when unknown. */
const char *sc_dtype_name(ScDtype dtype);
/* The reverse; false when `name` (n_bytes long) is none. */
bool sc_dtype_parse(const char *name, size_t n_bytes, ScDtype *out_dtype);
bool sc_dtype_is_float(ScDtype dtype);

#endif
