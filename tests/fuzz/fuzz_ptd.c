/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A .pte with its .ptd, behind each other: u32 bytes of the .pte, 12 bytes, the .pte, then
 * the .ptd. Both are damaged; run_pte.h says what must hold.
 */
#include <stdlib.h>
#include <string.h>

#include "compiler/look_data.h"
#include "mutate_flat.h"
#include "run_pte.h"
#include "runtime/flatbuf.h"

enum { HEAD = 16 };

/* Where the .ptd begins, 0 when there is none. */
static size_t split(const uint8_t *data, size_t n_bytes) {
    size_t n_pte = n_bytes >= HEAD ? sc_load_u32(data) : 0;
    return n_pte && n_pte < n_bytes - HEAD ? HEAD + n_pte : 0;
}

static ScStatus take(Sc *sc, ScBytes input, void *user) {
    size_t at = split(input.data, input.n_bytes);
    void *copy = NULL; /* a block of exactly its size */
    (void)user;
    if (!at || posix_memalign(&copy, SC_FILE_ALIGN, input.n_bytes - at) != 0) {
        return SC_OK;
    }
    memcpy(copy, input.data + at, input.n_bytes - at);
    ScBytes data = {copy, input.n_bytes - at}, pte = {input.data + HEAD, at - HEAD};
    ScBuf text = sc_buf(sc->arena);
    ScStatus look = sc_look_data(sc, "input.ptd", data, SC_TEXT, &text);
    ScStatus status = pte_take(sc, pte, data);
    free(copy);
    return look != SC_OK ? look : status;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n_bytes) {
    fuzz_with_arena(data, n_bytes, take, NULL);
    return 0;
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t n_bytes, size_t max_bytes,
                               unsigned int seed) {
    uint64_t state = seed;
    size_t at = split(data, n_bytes), choice = flat_pick(&state, 5);
    if (at && choice < 2 && flat_mutate(data + at, n_bytes - at, FLAT_DATA, &state)) {
        return n_bytes;
    }
    if (at && choice < 4 && flat_mutate(data + HEAD, at - HEAD, FLAT_PROGRAM, &state)) {
        return n_bytes;
    }
    return LLVMFuzzerMutate ? LLVMFuzzerMutate(data, n_bytes, max_bytes) : n_bytes;
}
