/* SPDX-License-Identifier: Apache-2.0 */
/* The spelling of dtypes in every text form. Sizes: runtime/ (sc_dtype_size). */
#include "compiler/base/npy.h"

#include <string.h>

static const struct {
    ScDtype dtype;
    const char *name;
} names[] = {
    {SC_U8, "u8"},   {SC_I8, "i8"},   {SC_I16, "i16"}, {SC_I32, "i32"},   {SC_I64, "i64"},
    {SC_F16, "f16"}, {SC_F32, "f32"}, {SC_F64, "f64"}, {SC_BOOL, "bool"}, {SC_BF16, "bf16"},
    {SC_U16, "u16"}, {SC_U32, "u32"}, {SC_U64, "u64"},
};

enum { N_NAMES = sizeof names / sizeof names[0] };

const char *sc_dtype_name(ScDtype dtype) {
    for (size_t i = 0; i < N_NAMES; i++) {
        if (names[i].dtype == dtype) {
            return names[i].name;
        }
    }
    return "?";
}

bool sc_dtype_parse(const char *name, size_t n_bytes, ScDtype *out_dtype) {
    for (size_t i = 0; i < N_NAMES; i++) {
        if (strlen(names[i].name) == n_bytes && memcmp(names[i].name, name, n_bytes) == 0) {
            *out_dtype = names[i].dtype;
            return true;
        }
    }
    return false;
}

bool sc_dtype_is_float(ScDtype dtype) {
    return dtype == SC_F16 || dtype == SC_BF16 || dtype == SC_F32 || dtype == SC_F64;
}
