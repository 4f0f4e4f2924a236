/* SPDX-License-Identifier: Apache-2.0 */
/* Target files: an accepted target has a name and engines that exist. */
#include "compiler/target.h"
#include "fuzz.h"

static ScStatus parse(Sc *sc, ScBytes input, void *user) {
    (void)user;
    ScTarget target;
    SC_TRY(sc_target_parse(sc, "input", (const char *)input.data, input.n_bytes, &target));
    fuzz_expect(target.name && target.name[0], "a target has a name");
    fuzz_expect(target.n_engines > 0 && target.n_engines <= SC_MAX_ENGINES,
                "a target has engines");
    for (size_t i = 0; i < target.n_engines; i++) {
        fuzz_expect(target.engines[i] != NULL, "engines exist");
    }
    return SC_OK;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n_bytes) {
    fuzz_with_arena(data, n_bytes, parse, NULL);
    return 0;
}
