/* SPDX-License-Identifier: Apache-2.0 */
/* JSON text: what is accepted can be written and read again, equal. */
#include <stdlib.h>
#include <string.h>

#include "compiler/base/json.h"
#include "fuzz.h"

static ScStatus parse_twice(Sc *sc, ScBytes input, void *user) {
    (void)user;
    json_t *json, *again = NULL;
    SC_TRY(sc_json_parse(sc, "input", input, &json));
    char *text = json_dumps(json, 0);
    if (!text) {
        return SC_OK; /* out of memory */
    }
    const char *copy = sc_arena_str(sc->arena, text);
    free(text);
    ScBytes bytes = {.data = (const uint8_t *)copy, .n_bytes = strlen(copy)};
    SC_TRY(sc_json_parse(sc, "again", bytes, &again));
    fuzz_expect(json_equal(json, again) == 1, "JSON survives writing and reading");
    return SC_OK;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n_bytes) {
    fuzz_with_arena(data, n_bytes, parse_twice, NULL);
    return 0;
}
