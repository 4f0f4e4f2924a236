/* SPDX-License-Identifier: Apache-2.0 */
/* The contract is in scalar.h. */
#include "compiler/scalar.h"

#include <string.h>

#include "runtime/method.h"

ScStatus sc_scalar_output(Sc *sc, const char *where, const ScMethod *method, uint32_t index,
                          ScArray *out_array) {
    memset(out_array, 0, sizeof *out_array);
    uint32_t at = sc_flat_u32_at(method->model->file, method->outputs, index);
    ScValue value = sc_value_read(method, at);
    uint64_t bits = sc_value_bits(method, &value);
    if (value.kind == SC_KIND_NULL) {
        return SC_OK;
    }
    if (value.kind < SC_KIND_INT || value.kind > SC_KIND_DOUBLE) {
        return sc_fail(
            sc, SC_E_UNSUPPORTED, where,
            sc_arena_fmt(sc->arena, "output %u is neither tensor nor number", index),
            "lists and strings can't be stored as arrays",
            "return tensors and numbers only");
    }
    out_array->dtype = value.kind == SC_KIND_INT    ? SC_I64
                       : value.kind == SC_KIND_BOOL ? SC_BOOL
                                                    : SC_F64;
    out_array->n_bytes = sc_dtype_size(out_array->dtype);
    /* Little-endian hosts only: a bool is the first byte. */
    out_array->data = sc_arena_copy(sc->arena, &bits, sizeof bits);
    return SC_OK;
}
