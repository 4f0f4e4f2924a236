/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ethos_u_inspect [--json] PAYLOAD...: what `sconce inspect --npu` says of bare
 * vela_bin_streams, many a process. A line of one 0x1e stands behind each. `-` instead of
 * the names: they come from standard input, one a line. Exit 0, 1 when a file can't be
 * read, 2 on bad use.
 *
 * Used by tests/python/test_ethos_u_inspect.py.
 */
#include <stdio.h>
#include <string.h>

#include "compiler/backend.h"
#include "compiler/base/file.h"

enum { MAX_LINE = 4096 };

static ScStatus show(Sc *sc, const char *path, ScFormat format, ScBuf *out) {
    ScBytes file;
    SC_TRY(sc_file_map(sc, path, &file));
    ScPDelegate delegate = {
        .id = "EthosUBackend", .payload = file.data, .n_bytes = file.n_bytes};
    return sc_backend_of_delegate(delegate.id)->inspect(sc, &delegate, format, out);
}

static bool show_file(const char *path, ScFormat format) {
    Sc sc = {.arena = sc_arena_new()};
    jmp_buf door;
    if (!sc.arena || setjmp(door) != 0) {
        fprintf(stderr, "%s: no memory\n", path);
        return false;
    }
    sc_arena_guard(sc.arena, &door);
    ScBuf out = sc_buf(sc.arena);
    ScStatus status = show(&sc, path, format, &out);
    if (status == SC_OK) {
        fwrite(out.data, 1, out.len, stdout);
        fputs("\n\x1e\n", stdout);
    } else {
        fprintf(stderr, "%s: %s\n", path, sc_status_name(status));
    }
    sc_arena_free(sc.arena);
    return status == SC_OK;
}

static bool show_listed(ScFormat format) {
    char line[MAX_LINE];
    bool ok = true;
    while (fgets(line, sizeof line, stdin)) {
        line[strcspn(line, "\n")] = 0;
        ok = show_file(line, format) && ok;
    }
    return ok;
}

int main(int argc, char **argv) {
    bool json = argc > 1 && strcmp(argv[1], "--json") == 0;
    ScFormat format = json ? SC_JSON : SC_TEXT;
    int first = json ? 2 : 1;
    bool ok = true;
    if (first == argc) {
        fprintf(stderr, "usage: ethos_u_inspect [--json] (PAYLOAD... | -)\n");
        return 2;
    }
    for (int i = first; i < argc; i++) {
        ok = (strcmp(argv[i], "-") == 0 ? show_listed(format)
                                        : show_file(argv[i], format)) &&
             ok;
    }
    return ok ? 0 : 1;
}
