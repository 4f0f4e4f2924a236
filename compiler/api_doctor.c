/* SPDX-License-Identifier: Apache-2.0 */
/* sc_doctor(): what is here beside the compiler itself, and how to get the rest. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "compiler/onboard/board.h"
#include "compiler/session.h"
#include "compiler/target.h"

typedef struct DoctorRequest {
    ScFormat format;
} DoctorRequest;

/* The command is a constant of this file: nothing of the user's reaches a shell. */
typedef struct Tool {
    const char *name, *use, *command, *install;
} Tool;

static const Tool tools[] = {
    {"qemu-system-arm", "runs programs on simulated cores: sconce run --on qemu",
     "qemu-system-arm --version 2>/dev/null", "apt-get install qemu-system-arm"},
    {"arm-none-eabi-gcc", "builds firmware and board images",
     "arm-none-eabi-gcc --version 2>/dev/null",
     "apt-get install gcc-arm-none-eabi libnewlib-arm-none-eabi"},
    {"cmake", "builds firmware and board images", "cmake --version 2>/dev/null",
     "apt-get install cmake"},
};

enum { N_TOOLS = sizeof tools / sizeof tools[0], MAX_LINE = 200 };

/* One line of the report. version NULL: it isn't here. */
typedef struct Finding {
    const char *name, *use, *version, *install;
} Finding;

/* The first line of what the command prints, or NULL. */
static const char *first_line(Sc *sc, const char *command) {
    char line[MAX_LINE] = "";
    FILE *pipe = popen(command, "r");
    if (!pipe) {
        return 0;
    }
    bool got = fgets(line, sizeof line, pipe) != 0;
    char rest[MAX_LINE];
    while (fgets(rest, sizeof rest, pipe)) {
        /* until it ends, so that it isn't killed by a closed pipe */
    }
    bool ok = pclose(pipe) == 0;
    line[strcspn(line, "\n")] = 0;
    return got && ok ? sc_arena_fmt(sc->arena, "%s", line) : 0;
}

static const char *image_of(Sc *sc, const char *core) {
    ScBoard board;
    size_t n_diags = sc->n_diags;
    ScStatus status = sc_board_find(sc, core, 0, &board);
    sc->n_diags = n_diags; /* a missing image is what the report says */
    return status == SC_OK ? board.image : 0;
}

static void report_text(const Finding *findings, size_t n, ScBuf *out) {
    size_t n_missing = 0;
    for (size_t i = 0; i < n; i++) {
        const Finding *f = &findings[i];
        sc_buf_fmt(out, "%-8s %-18s %s\n", f->version ? "here" : "missing", f->name,
                   f->version ? f->version : f->use);
        if (!f->version) {
            sc_buf_fmt(out, "%-8s %-18s to get it: %s\n", "", "", f->install);
            n_missing++;
        }
    }
    sc_buf_str(out, n_missing
                        ? "Compiling, and running on this computer, needs none of it.\n"
                        : "Nothing is missing.\n");
}

static void report_json(const Finding *findings, size_t n, ScBuf *out) {
    sc_buf_str(out, "{\"schema\": \"sconce.doctor/1\", \"tools\": [");
    for (size_t i = 0; i < n; i++) {
        const char *keys[] = {"name", "use", "found", "install"};
        const char *texts[] = {findings[i].name, findings[i].use, findings[i].version,
                               findings[i].install};
        sc_buf_str(out, i ? ", " : "");
        for (size_t k = 0; k < 4; k++) {
            sc_buf_fmt(out, "%s\"%s\": ", k ? ", " : "{", keys[k]);
            if (texts[k]) {
                sc_buf_json_str(out, texts[k]);
            } else {
                sc_buf_str(out, "null");
            }
        }
        sc_buf_str(out, "}");
    }
    sc_buf_str(out, "]}\n");
}

static ScStatus doctor(Sc *sc, const void *request, ScBuf *out) {
    const DoctorRequest *r = request;
    size_t n = 0, n_files;
    const ScTargetFile *files = sc_target_files(&n_files);
    Finding *findings = SC_NEW_ARRAY(sc->arena, Finding, N_TOOLS + n_files);
    for (; n < N_TOOLS; n++) {
        findings[n] = (Finding){tools[n].name, tools[n].use,
                                first_line(sc, tools[n].command), tools[n].install};
    }
    for (size_t i = 0; i < n_files; i++) {
        ScTarget target;
        SC_TRY(sc_target_parse(sc, files[i].name, files[i].text, strlen(files[i].text),
                               &target));
        if (target.core) {
            findings[n++] = (Finding){sc_arena_fmt(sc->arena, "image %s", target.core),
                                      sc_arena_fmt(sc->arena,
                                                   "runner for sconce run --on qemu "
                                                   "--target %s",
                                                   target.name),
                                      image_of(sc, target.core), "make boards"};
        }
    }
    (r->format == SC_JSON ? report_json : report_text)(findings, n, out);
    return SC_OK;
}

ScStatus sc_doctor(ScSession *session, ScFormat format, ScText *out_report) {
    DoctorRequest request = {format};
    return sc_session_call(session, doctor, &request, out_report);
}
