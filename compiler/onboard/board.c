/* SPDX-License-Identifier: Apache-2.0 */
/* The contract is in board.h; the file `<core>.board`: boards/qemu/board_file.cmake. */
#include "compiler/onboard/board.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "compiler/base/file.h"

enum { MAX_PATH_BYTES = 4096 };

/* ---- the folder ------------------------------------------------------------------ */

/* Folder of the running command, "" where the system doesn't tell. */
static const char *command_dir(Sc *sc) {
    char *path = sc_arena_alloc(sc->arena, MAX_PATH_BYTES);
    ssize_t n = readlink("/proc/self/exe", path, MAX_PATH_BYTES - 1);
    path[n < 0 ? 0 : n] = 0;
    char *slash = strrchr(path, '/');
    if (slash) {
        *slash = 0;
    }
    return path;
}

static bool has_image(Sc *sc, const char *dir, const char *core) {
    return access(sc_arena_fmt(sc->arena, "%s/%s.board", dir, core), R_OK) == 0 &&
           access(sc_arena_fmt(sc->arena, "%s/%s.elf", dir, core), R_OK) == 0;
}

static ScStatus dir_find(Sc *sc, const char *core, const char *given,
                         const char **out_dir) {
    const char *named = given ? given : getenv("SCONCE_BOARDS");
    const char *dirs[2] = {named, NULL};
    if (!named || !*named) {
        const char *here = command_dir(sc);
        dirs[0] = sc_arena_fmt(sc->arena, "%s/boards", here);
        dirs[1] = sc_arena_fmt(sc->arena, "%s/../lib/sconce/boards", here);
    }
    for (size_t i = 0; i < 2 && dirs[i]; i++) {
        if (has_image(sc, dirs[i], core)) {
            *out_dir = dirs[i];
            return SC_OK;
        }
    }
    return sc_fail(
        sc, SC_E_NOT_FOUND, core, "there is no runner image for this core",
        sc_arena_fmt(sc->arena, "%s has no %s.elf and %s.board", dirs[0], core, core),
        "build the images with `make boards`, or name their folder in "
        "SCONCE_BOARDS");
}

/* ---- the file ---------------------------------------------------------------------- */

typedef struct Field {
    const char *key;
    uint64_t *number; /* or */
    const char **text;
} Field;

static ScStatus board_damaged(Sc *sc, const char *path, const char *what) {
    return sc_fail(sc, SC_E_FORMAT, path, what, "it is damaged or of another version",
                   "make it again with `make boards`");
}

static ScStatus line_take(Sc *sc, const char *path, const char *line, const Field *fields,
                          size_t n_fields) {
    for (size_t i = 0; i < n_fields; i++) {
        size_t n = strlen(fields[i].key);
        if (strncmp(line, fields[i].key, n) != 0 || line[n] != ' ') {
            continue;
        }
        if (fields[i].text) {
            *fields[i].text = line + n + 1;
            return SC_OK;
        }
        char *end;
        *fields[i].number = strtoull(line + n + 1, &end, 0);
        return *end ? board_damaged(sc, path, "a number can't be read") : SC_OK;
    }
    return SC_OK; /* of a newer version */
}

static ScStatus board_read(Sc *sc, const char *path, ScBoard *board) {
    const Field fields[] = {
        {"machine", NULL, &board->machine},
        {"strict", &board->strict, NULL},
        {"job_start", &board->job_start, NULL},
        {"job_end", &board->job_end, NULL},
        {"mark_verify", &board->marks[SC_MARK_VERIFY], NULL},
        {"mark_load", &board->marks[SC_MARK_LOAD], NULL},
        {"mark_loaded", &board->marks[SC_MARK_LOADED], NULL},
        {"mark_run", &board->marks[SC_MARK_RUN], NULL},
        {"mark_ran", &board->marks[SC_MARK_RAN], NULL},
        {"mark_call", &board->marks[SC_MARK_CALL], NULL},
        {"mark_called", &board->marks[SC_MARK_CALLED], NULL},
    };
    size_t n_fields = sizeof fields / sizeof fields[0];
    ScBytes file;
    SC_TRY(sc_file_map(sc, path, &file));
    char *text = sc_arena_strn(sc->arena, (const char *)file.data, file.n_bytes);
    char *rest = NULL;
    for (char *line = strtok_r(text, "\n", &rest); line;
         line = strtok_r(NULL, "\n", &rest)) {
        SC_TRY(line_take(sc, path, line, fields, n_fields));
    }
    for (size_t i = 2; i < n_fields; i++) { /* all but machine and strict */
        if (!*fields[i].number) {
            return board_damaged(sc, path,
                                 sc_arena_fmt(sc->arena, "%s is missing", fields[i].key));
        }
    }
    bool whole = board->machine && board->job_end > board->job_start;
    return whole ? SC_OK : board_damaged(sc, path, "machine or job_end is wrong");
}

ScStatus sc_board_find(Sc *sc, const char *core, const char *dir, ScBoard *out_board) {
    memset(out_board, 0, sizeof *out_board);
    if (!*core || strchr(core, '/')) {
        return sc_fail(sc, SC_E_ARG, core, "this is no name of a core", NULL, NULL);
    }
    SC_TRY(dir_find(sc, core, dir, &out_board->dir));
    out_board->core = core;
    out_board->image = sc_arena_fmt(sc->arena, "%s/%s.elf", out_board->dir, core);
    out_board->plugin = sc_arena_fmt(sc->arena, "%s/count.so", out_board->dir);
    return board_read(sc, sc_arena_fmt(sc->arena, "%s/%s.board", out_board->dir, core),
                      out_board);
}
