/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Graph text: what is accepted is a sound graph, and printing it gives text that
 * parses to the same text. The second printing is the first that can be compared:
 * constants that are printed as a hash read back as zeros.
 */
#include <string.h>

#include "compiler/ops/ops.h"
#include "fuzz.h"

static ScStatus parse_and_print(Sc *sc, ScBytes input, void *user) {
    ScBuf texts[3];
    const char *text = (const char *)input.data;
    size_t n_bytes = input.n_bytes;
    for (int i = 0; i < 3; i++) {
        ScGraph *graph;
        ScStatus status = sc_graph_parse(sc, "input", user, text, n_bytes, &graph);
        fuzz_expect(i == 0 || status == SC_OK, "printed text parses");
        SC_TRY(status);
        fuzz_expect(sc_graph_verify(sc, graph) == SC_OK, "a parsed graph is sound");
        texts[i] = sc_buf(sc->arena);
        sc_graph_print(graph, &texts[i]);
        text = texts[i].data;
        n_bytes = texts[i].len;
    }
    fuzz_expect(texts[1].len == texts[2].len &&
                    memcmp(texts[1].data, texts[2].data, texts[1].len) == 0,
                "printing is stable");
    return SC_OK;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n_bytes) {
    static Sc sc; /* the registry is loaded once and kept */
    static ScOpTable *ops;
    if (!ops) {
        sc.arena = sc_arena_new();
        fuzz_expect(sc_ops_load(&sc, &ops) == SC_OK, "the op registry loads");
    }
    fuzz_with_arena(data, n_bytes, parse_and_print, ops);
    return 0;
}
