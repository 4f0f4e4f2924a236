/* SPDX-License-Identifier: Apache-2.0 */
#include "fuzz.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void fuzz_expect(bool promise, const char *text) {
    if (!promise) {
        fprintf(stderr, "fuzz: broken promise: %s\n", text);
        __builtin_trap();
    }
}

static bool has_error(const Sc *sc) {
    for (size_t i = 0; i < sc->n_diags; i++) {
        if (sc->diags[i].severity == SC_ERROR) {
            return true;
        }
    }
    return false;
}

void fuzz_with_arena(const uint8_t *data, size_t n_bytes,
                     ScStatus (*work)(Sc *sc, ScBytes input, void *user), void *user) {
    void *copy = NULL; /* aligned as a mapping is, a sanitizer's red zone behind it */
    if (posix_memalign(&copy, SC_FILE_ALIGN, n_bytes ? n_bytes : 1) != 0) {
        return;
    }
    if (n_bytes) {
        memcpy(copy, data, n_bytes);
    }
    Sc sc = {.arena = sc_arena_new()};
    jmp_buf door;
    if (sc.arena && setjmp(door) == 0) {
        sc_arena_guard(sc.arena, &door);
        ScBytes input = {.data = copy, .n_bytes = n_bytes};
        ScStatus status = work(&sc, input, user);
        fuzz_expect((status != SC_OK) == has_error(&sc), "errors and status agree");
    }
    sc_arena_free(sc.arena);
    free(copy);
}
