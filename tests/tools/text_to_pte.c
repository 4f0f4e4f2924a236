/* SPDX-License-Identifier: Apache-2.0 */
/*
 * text_to_pte [--schedule] program.txt program.pte: the text form of a Program
 * to a planned .pte file; for tests that have other runtimes read our files.
 */
#include <stdio.h>
#include <string.h>

#include "compiler/emit/emit.h"

static ScStatus convert(Sc *sc, const char *input, const char *output, bool schedule) {
    ScBytes text;
    ScProgram *program;
    ScBuf pte = sc_buf(sc->arena);
    SC_TRY(sc_file_map(sc, input, &text));
    SC_TRY(sc_program_parse(sc, input, (const char *)text.data, text.n_bytes, &program));
    if (schedule) {
        SC_TRY(sc_program_schedule(sc, program));
    }
    SC_TRY(sc_program_plan(sc, program));
    SC_TRY(sc_program_check(sc, program));
    SC_TRY(sc_emit_pte(sc, program, &pte));
    return sc_file_write(sc, output, pte.data, pte.len);
}

int main(int argc, char **argv) {
    bool schedule = argc == 4 && strcmp(argv[1], "--schedule") == 0;
    if (argc != 3 && !schedule) {
        fprintf(stderr, "usage: text_to_pte [--schedule] program.txt program.pte\n");
        return 2;
    }
    Sc sc = {.arena = sc_arena_new()};
    if (!sc.arena) {
        return 1;
    }
    ScStatus status = convert(&sc, argv[argc - 2], argv[argc - 1], schedule);
    for (size_t i = 0; i < sc.n_diags; i++) {
        fprintf(stderr, "%s: %s; %s\n", sc.diags[i].where, sc.diags[i].what,
                sc.diags[i].why ? sc.diags[i].why : "");
    }
    sc_arena_free(sc.arena);
    return status == SC_OK ? 0 : 1;
}
