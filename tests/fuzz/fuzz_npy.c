/* SPDX-License-Identifier: Apache-2.0 */
/* .npy files: an accepted array has the bytes that its shape needs. */
#include "compiler/base/npy.h"
#include "fuzz.h"

static ScStatus parse_and_sum(Sc *sc, ScBytes input, void *user) {
    (void)user;
    ScArray array;
    SC_TRY(sc_npy_parse(sc, "input", input, &array));
    size_t n = sc_dtype_size(array.dtype);
    fuzz_expect(n > 0, "the dtype has a size");
    fuzz_expect(array.rank <= SC_MAX_RANK, "the rank is allowed");
    for (uint8_t i = 0; i < array.rank; i++) {
        fuzz_expect(array.dims[i] >= 0, "sizes aren't negative");
        n *= (size_t)array.dims[i];
    }
    fuzz_expect(n == array.n_bytes, "bytes and shape agree");
    volatile uint8_t sum = 0; /* reads every byte: a sanitizer checks them */
    for (size_t i = 0; i < n; i++) {
        sum = (uint8_t)(sum + ((const uint8_t *)array.data)[i]);
    }
    return SC_OK;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n_bytes) {
    fuzz_with_arena(data, n_bytes, parse_and_sum, NULL);
    return 0;
}
