/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Names of statuses, sizes of dtypes and of tensors.
 * Contract: include/sconce/runtime.h.
 */
#include "sconce/runtime.h"

const char *sc_status_name(ScStatus status) {
    static const char *const names[] = {
        "ok",          "bad argument",   "bad format",    "unknown version",
        "unsupported", "no kernel",      "no delegate",   "out of memory",
        "wrong shape", "out of range",   "limit reached", "i/o error",
        "not found",   "internal error", "engine failure"};
    int index = -(int)status;
    if (index < 0 || index >= (int)(sizeof names / sizeof names[0])) {
        return "unknown status";
    }
    return names[index];
}

size_t sc_dtype_size(ScDtype dtype) {
    /* One byte per number of the enumeration; 0 = not a dtype we know. */
    static const uint8_t sizes[] = {
        [SC_U8] = 1,  [SC_I8] = 1,  [SC_I16] = 2, [SC_I32] = 4,  [SC_I64] = 8,
        [SC_F16] = 2, [SC_F32] = 4, [SC_F64] = 8, [SC_BOOL] = 1, [SC_BF16] = 2,
        [SC_U16] = 2, [SC_U32] = 4, [SC_U64] = 8};
    uint32_t index = (uint32_t)dtype;
    return index < sizeof sizes ? sizes[index] : 0;
}

size_t sc_tensor_numel(const ScTensor *tensor) {
    size_t count = 1;
    for (uint32_t i = 0; i < tensor->rank; i++) {
        count *= (size_t)tensor->sizes[i];
    }
    return count;
}

size_t sc_tensor_bytes(const ScTensor *tensor) {
    return sc_tensor_numel(tensor) * sc_dtype_size((ScDtype)tensor->dtype);
}
