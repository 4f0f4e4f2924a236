/* SPDX-License-Identifier: Apache-2.0 */
/* Graph text: what is accepted is a sound graph, and printing it gives text that
 * parses to the same text. */
#include <string.h>

#include "compiler/ops/ops.h"
#include "fuzz.h"

static ScStatus parse_and_print(Sc *sc, ScBytes input, void *user) {
    const ScOpTable *ops = user;
    ScGraph *graph, *again;
    ScBuf text = sc_buf(sc->arena), second = sc_buf(sc->arena);
    SC_TRY(
        sc_graph_parse(sc, "input", ops, (const char *)input.data, input.n_bytes, &graph));
    fuzz_expect(sc_graph_verify(sc, graph) == SC_OK, "a parsed graph is sound");
    sc_graph_print(graph, &text);
    SC_TRY(sc_graph_parse(sc, "printed", ops, text.data, text.len, &again));
    sc_graph_print(again, &second);
    fuzz_expect(text.len == second.len && memcmp(text.data, second.data, text.len) == 0,
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
