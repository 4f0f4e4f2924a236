/* SPDX-License-Identifier: Apache-2.0 */
/* One call from a .pte and arrays to what a simulated core makes of them: qemu.h. */
#include "compiler/onboard/qemu.h"

#include <string.h>
#include <unistd.h>

#include "compiler/onboard/parts.h"

enum { DEFAULT_TIMEOUT_S = 300, MAX_ARGUMENTS = 24 };

/* QEMU's option lists separate with commas and write a comma as two. */
static const char *option_escape(Sc *sc, const char *path) {
    ScBuf text = sc_buf(sc->arena);
    sc_buf_str(&text, "");
    for (; *path; path++) {
        sc_buf_bytes(&text, path, 1);
        if (*path == ',') {
            sc_buf_bytes(&text, ",", 1);
        }
    }
    return text.data;
}

static const char *plugin_option(const ScQemuRun *run) {
    Sc *sc = run->sc;
    ScBuf text = sc_buf(sc->arena);
    sc_buf_fmt(&text, "%s,out=%s", option_escape(sc, run->board.plugin),
               option_escape(sc, run->files.counts));
    if (run->request->pcs) {
        sc_buf_fmt(&text, ",pcs=%s", option_escape(sc, run->request->pcs));
    }
    if (run->board.strict) {
        sc_buf_str(&text, ",strict=1");
    }
    for (size_t i = 0; i < SC_N_MARKS; i++) {
        sc_buf_fmt(&text, ",mark=0x%llx", (unsigned long long)run->board.marks[i]);
    }
    return text.data;
}

static bool wants_plugin(const ScQemuRun *run) {
    const ScQemuRequest *r = run->request;
    return r->count || r->per_call || r->pcs || run->board.strict;
}

static ScStatus start(ScQemuRun *run, ScProcessEnd *out_end) {
    Sc *sc = run->sc;
    const ScBoard *board = &run->board;
    const char *loader = sc_arena_fmt(sc->arena, "loader,file=%s,addr=0x%llx,force-raw=on",
                                      option_escape(sc, run->files.job),
                                      (unsigned long long)board->job_start);
    const char *argv[MAX_ARGUMENTS] = {"qemu-system-arm",
                                       "-M",
                                       board->machine,
                                       "-nodefaults",
                                       "-display",
                                       "none",
                                       "-nic",
                                       "none",
                                       "-semihosting-config",
                                       "enable=on,target=native",
                                       "-kernel",
                                       board->image,
                                       "-device",
                                       loader};
    if (wants_plugin(run)) {
        argv[14] = "-plugin";
        argv[15] = plugin_option(run);
    }
    uint32_t timeout = run->request->timeout_s;
    ScProcess process = {.name = argv[0],
                         .argv = argv,
                         .timeout_s = timeout ? timeout : DEFAULT_TIMEOUT_S,
                         .install = "install QEMU (Debian: qemu-system-arm)"};
    return sc_process_run(sc, &process, out_end);
}

static ScStatus sets_run(ScQemuRun *run) {
    ScProcessEnd end;
    unlink(run->files.result); /* of the start before */
    SC_TRY(sc_qemu_job_write(run));
    SC_TRY(start(run, &end));
    return sc_qemu_result_read(run, &end);
}

static ScStatus files_name(ScQemuRun *run) {
    Sc *sc = run->sc;
    const char *dir;
    SC_TRY(sc_private_dir(sc, &dir));
    run->files.job = sc_arena_fmt(sc->arena, "%s/job", dir);
    run->files.result = sc_arena_fmt(sc->arena, "%s/result", dir);
    run->files.counts = sc_arena_fmt(sc->arena, "%s/counts", dir);
    return SC_OK;
}

static ScStatus request_check(const ScQemuRun *run) {
    Sc *sc = run->sc;
    const ScQemuRequest *r = run->request;
    uint32_t n = sc_input_count(&run->execution.method);
    if (r->n_inputs != n || !r->n_sets) {
        return sc_fail(sc, SC_E_ARG, r->where,
                       sc_arena_fmt(sc->arena, "%u inputs given, the model takes %u",
                                    r->n_sets ? r->n_inputs : 0, n),
                       NULL, "give one for each, in order; see `sconce inspect`");
    }
    if (wants_plugin(run) && access(run->board.plugin, R_OK) != 0) {
        return sc_fail(sc, SC_E_NOT_FOUND, run->board.plugin,
                       "the plugin that counts instructions isn't there", NULL,
                       "build it with `make boards`");
    }
    return SC_OK;
}

ScStatus sc_qemu_run(Sc *sc, const ScQemuRequest *request, ScQemuResult *out_result) {
    ScQemuRun *run = SC_NEW(sc->arena, ScQemuRun);
    memset(out_result, 0, sizeof *out_result);
    run->sc = sc;
    run->request = request;
    run->result = out_result;
    SC_TRY(sc_board_find(sc, request->core, request->boards_dir, &run->board));
    SC_TRY(sc_execution_open(sc, request->where, request->pte, &run->execution));
    SC_TRY(request_check(run));
    SC_TRY(files_name(run));
    out_result->n_sets = request->n_sets;
    out_result->n_outputs = sc_output_count(&run->execution.method);
    out_result->outputs = SC_NEW_ARRAY(
        sc->arena, ScArray, (size_t)request->n_sets * (out_result->n_outputs + (size_t)1));
    out_result->run_instructions =
        SC_NEW_ARRAY(sc->arena, uint64_t, (size_t)request->n_sets * sc_qemu_runs(run));
    uint32_t at_once = sc_qemu_sets_at_once(run);
    for (uint32_t set = 0; set < request->n_sets; set += at_once) {
        uint32_t left = request->n_sets - set;
        run->first_set = set;
        run->n_sets = left < at_once ? left : at_once;
        run->per_call = request->per_call && set == 0;
        SC_TRY(sets_run(run));
    }
    return SC_OK;
}
