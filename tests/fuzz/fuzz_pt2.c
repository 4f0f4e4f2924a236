/* SPDX-License-Identifier: Apache-2.0 */
/* .pt2 archives, as they are or as bundles (bundle.h): what is imported is a
 * sound graph. */
#include <string.h>

#include "bundle.h"
#include "compiler/import/pt2.h"

static ScStatus import(Sc *sc, ScBytes input, void *user) {
    bool is_zip = input.n_bytes >= 2 && memcmp(input.data, "PK", 2) == 0;
    ScBytes file = is_zip ? input : bundle_zip(sc->arena, input);
    ScGraph *graph;
    ScBuf text = sc_buf(sc->arena);
    SC_TRY(sc_import_pt2_bytes(sc, "input", file, user, &graph));
    fuzz_expect(sc_graph_verify(sc, graph) == SC_OK, "an imported graph is sound");
    sc_graph_print(graph, &text);
    return SC_OK;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n_bytes) {
    static Sc sc; /* the registry is loaded once and kept */
    static ScOpTable *ops;
    if (!ops) {
        sc.arena = sc_arena_new();
        fuzz_expect(sc_ops_load(&sc, &ops) == SC_OK, "the op registry loads");
    }
    fuzz_with_arena(data, n_bytes, import, ops);
    return 0;
}
