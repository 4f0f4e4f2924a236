/* SPDX-License-Identifier: Apache-2.0 */
/* .pte files: run_pte.h says what must hold. */
#include "mutate_flat.h"
#include "run_pte.h"

static ScStatus take(Sc *sc, ScBytes input, void *user) {
    (void)user;
    return pte_take(sc, input, (ScBytes){0});
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n_bytes) {
    fuzz_with_arena(data, n_bytes, take, NULL);
    return 0;
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t n_bytes, size_t max_bytes,
                               unsigned int seed) {
    uint64_t state = seed;
    if (flat_pick(&state, 4) && flat_mutate(data, n_bytes, FLAT_PROGRAM, &state)) {
        return n_bytes;
    }
    return LLVMFuzzerMutate ? LLVMFuzzerMutate(data, n_bytes, max_bytes) : n_bytes;
}
