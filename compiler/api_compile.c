/* SPDX-License-Identifier: Apache-2.0 */
/* sc_compile() and sc_kernels(). */
#include <string.h>

#include "compiler/delegates.h"
#include "compiler/execute.h"
#include "compiler/passes/passes.h"
#include "compiler/session.h"
#include "compiler/setup.h"
#include "runtime/model.h"
#include "runtime/schema.h"

typedef struct CompileRequest {
    const ScCompileOptions *options;
    ScFormat format;
} CompileRequest;

static ScStatus check_pass_name(Sc *sc, const char *name) {
    size_t n;
    const ScPass *passes = sc_passes(&n);
    const char *names = "";
    for (size_t i = 0; i < n; i++) {
        if (!name || strcmp(passes[i].name, name) == 0) {
            return SC_OK;
        }
        names = sc_arena_fmt(sc->arena, "%s%s%s", names, i ? ", " : "", passes[i].name);
    }
    return sc_fail(sc, SC_E_ARG, "--skip-pass",
                   sc_arena_fmt(sc->arena, "no pass is called '%s'", name), 0,
                   sc_arena_fmt(sc->arena, "choose one of: %s", names));
}

static ScStatus check_limits(Sc *sc, const ScCompileOptions *o, const ScCompiled *compiled,
                             bool is_pte) {
    const char *where = o->output ? o->output : o->input;
    ScExecution execution;
    if (!o->max_ram && !o->max_flash) {
        return SC_OK;
    }
    SC_TRY(sc_execution_open(sc, where, compiled->pte, &execution));
    ScLimits limits = {o->max_ram, o->max_flash, is_pte || o->calibrate != 0,
                       is_pte || o->int8_io};
    return sc_limits_check(sc, where, compiled->program, sc_bound_ram(&execution.method),
                           compiled->pte.n_bytes, &limits);
}

static ScStatus read_observer(Sc *sc, const char *name, ScQuantOptions *out) {
    if (!name || strcmp(name, "minmax") == 0) {
        return SC_OK;
    }
    if (strcmp(name, "mse") != 0) {
        return sc_fail(sc, SC_E_ARG, "--observer",
                       sc_arena_fmt(sc->arena, "no observer is called '%s'", name), 0,
                       "choose minmax or mse");
    }
    out->observer = SC_OBSERVE_MSE;
    out->margin = 1.0; /* it clips on purpose */
    return SC_OK;
}

/* ---- a .pte planned anew ----------------------------------------------------------- */

static ScStatus check_replan_options(Sc *sc, const ScCompileOptions *o) {
    const char *name = o->target        ? "--target"
                       : o->calibrate   ? "--calibrate"
                       : o->observer    ? "--observer"
                       : o->skip_pass   ? "--skip-pass"
                       : o->dump_dir    ? "--dump"
                       : o->int8_io     ? "--int8-io"
                       : o->nchw_inputs ? "--input-layout"
                                        : NULL;
    return name ? sc_fail(sc, SC_E_ARG, name, "this needs a .pt2",
                          "a .pte is compiled already: only its memories are planned anew",
                          "leave the option out, or compile the .pt2")
                : SC_OK;
}

static bool has_instructions(const ScModel *model, const char *method) {
    uint32_t plan = sc_plan_at(model, method);
    uint32_t chains = sc_flat_ref(model->file, plan, SC_PLAN_CHAINS);
    for (uint32_t i = 0; i < sc_flat_count(model->file, chains); i++) {
        uint32_t chain = sc_flat_table_at(model->file, chains, i);
        uint32_t vector = sc_flat_ref(model->file, chain, SC_CHAIN_INSTRUCTIONS);
        if (sc_flat_count(model->file, vector)) {
            return true;
        }
    }
    return false;
}

/* One method is written. Exporters add methods that only give a number, as scales of
 * inputs and outputs: those can be told and left out. */
static ScStatus check_methods(Sc *sc, const char *path, const ScModel *model) {
    uint32_t n = sc_method_count(model);
    for (uint32_t i = 1; i < n; i++) {
        const char *name = sc_method_name(model, i);
        if (has_instructions(model, name)) {
            return sc_fail(sc, SC_E_UNSUPPORTED, path,
                           sc_arena_fmt(sc->arena, "the file has several methods: %s, %s",
                                        sc_method_name(model, 0), name),
                           "only the first would be kept", "export one method a file");
        }
    }
    if (n > 1) {
        sc_warn(
            sc, path,
            sc_arena_fmt(sc->arena, "left out: %u method%s that only give%s a value", n - 1,
                         n == 2 ? "" : "s", n == 2 ? "s" : ""),
            sc_arena_fmt(sc->arena, "the first of them is %s", sc_method_name(model, 1)),
            "read them from the old file where they are needed");
    }
    return SC_OK;
}

static ScStatus replan_read(Sc *sc, const char *path, ScBytes file, ScBytes data,
                            ScModel *out_model, ScProgram **out_program) {
    ScReadOptions options = {.data = data, .measure = sc_delegate_measure};
    SC_TRY(sc_program_read_with(sc, path, file, &options, out_program));
    if (sc_open(file.data, file.n_bytes, out_model) != SC_OK ||
        (data.data && sc_open_data(out_model, data.data, data.n_bytes) != SC_OK)) {
        return sc_fail(sc, SC_E_INTERNAL, path, "a file that was read can't be opened",
                       NULL, NULL);
    }
    return check_methods(sc, path, out_model);
}

static ScStatus replan(Sc *sc, const CompileRequest *r, ScBytes file, ScBuf *out) {
    const ScCompileOptions *o = r->options;
    ScCompiled compiled;
    ScModel model;
    ScReplan changes;
    ScPteSizes sizes, before;
    ScBytes data = {0};
    memset(&compiled, 0, sizeof compiled);
    SC_TRY(check_replan_options(sc, o));
    if (o->data) {
        SC_TRY(sc_file_map(sc, o->data, &data));
    }
    SC_TRY(replan_read(sc, o->input, file, data, &model, &compiled.program));
    SC_TRY(
        sc_delegates_plan(sc, o->input, &model, compiled.program, o->stock_ops, &changes));
    ScBuf pte = sc_buf(sc->arena);
    SC_TRY(sc_emit_pte(sc, compiled.program, &pte));
    compiled.pte = (ScBytes){(const uint8_t *)pte.data, pte.len};
    SC_TRY(check_limits(sc, o, &compiled, true));
    SC_TRY(sc_pte_sizes(sc, o->output ? o->output : o->input, compiled.pte, &sizes));
    SC_TRY(sc_pte_sizes(sc, o->input, file, &before));
    changes.old_file = before.file + data.n_bytes;
    changes.new_file = sizes.file;
    changes.old_constants = before.constants;
    changes.new_constants = sizes.constants;
    const char *title = sc_arena_fmt(sc->arena, "%s, planned anew", o->input);
    SC_TRY(sc_report_replan(sc, title, compiled.program, &sizes, &changes, r->format, out));
    return o->output ? sc_file_write(sc, o->output, pte.data, pte.len) : SC_OK;
}

/* ---- compile ------------------------------------------------------------------------- */

static ScStatus compile(Sc *sc, const void *request, ScBuf *out) {
    const CompileRequest *r = request;
    const ScCompileOptions *o = r->options;
    ScGraph *graph;
    ScSetup setup;
    ScCompiled compiled;
    ScBytes file;
    SC_TRY(sc_file_map(sc, o->input, &file));
    if (sc_is_pte(file)) {
        return replan(sc, r, file, out);
    }
    if (o->data) {
        return sc_fail(sc, SC_E_ARG, "--data", "this needs a .pte",
                       "a .pt2 has its weights inside", "leave the option out");
    }
    SC_TRY(check_pass_name(sc, o->skip_pass));
    SC_TRY(sc_read_graph(sc, o->input, &graph));
    SC_TRY(sc_setup(sc, o->target, o->calibrate, graph, &setup));
    setup.pipeline.stock_ops = o->stock_ops;
    setup.pipeline.skip_pass = o->skip_pass;
    setup.pipeline.dump_dir = o->dump_dir;
    setup.pipeline.quant.int8_io = o->int8_io;
    setup.pipeline.quant.nhwc_inputs = !o->nchw_inputs;
    SC_TRY(read_observer(sc, o->observer, &setup.pipeline.quant));
    SC_TRY(sc_pipeline_run(sc, &setup.pipeline, graph, &compiled));
    SC_TRY(check_limits(sc, o, &compiled, false));
    ScPteSizes sizes;
    SC_TRY(sc_pte_sizes(sc, o->output ? o->output : o->input, compiled.pte, &sizes));
    const char *title = sc_arena_fmt(sc->arena, "%s for %s", o->input, setup.target.name);
    SC_TRY(sc_report_program(sc, title, compiled.program, &sizes, r->format, out));
    return o->output ? sc_file_write(sc, o->output, compiled.pte.data, compiled.pte.n_bytes)
                     : SC_OK;
}

ScStatus sc_compile(ScSession *session, const ScCompileOptions *options, ScFormat format,
                    ScText *out_report) {
    CompileRequest request = {options, format};
    return sc_session_call(session, compile, &request, out_report);
}

/* ---- the kernel table of some programs ------------------------------------------------
 */

typedef struct KernelsRequest {
    const char *const *paths;
    size_t n;
} KernelsRequest;

static ScStatus read_program(Sc *sc, const char *path, const ScProgram **out_program,
                             const ScMethod **out_method) {
    ScBytes file;
    ScExecution *execution = SC_NEW(sc->arena, ScExecution);
    ScProgram *program;
    SC_TRY(sc_file_map(sc, path, &file));
    SC_TRY(sc_execution_open(sc, path, file, execution));
    SC_TRY(sc_program_read(sc, path, file, &program));
    *out_program = program;
    *out_method = &execution->method;
    return SC_OK;
}

static ScStatus kernels(Sc *sc, const void *request, ScBuf *out) {
    const KernelsRequest *r = request;
    const ScProgram **programs = SC_NEW_ARRAY(sc->arena, const ScProgram *, r->n + 1);
    const ScMethod **methods = SC_NEW_ARRAY(sc->arena, const ScMethod *, r->n + 1);
    ScKernelTable offered;
    for (size_t i = 0; i < r->n; i++) {
        SC_TRY(read_program(sc, r->paths[i], &programs[i], &methods[i]));
    }
    SC_TRY(sc_host_kernels(sc, &offered));
    return sc_emit_kernel_table(sc, programs, methods, r->n, &offered, out);
}

ScStatus sc_kernels(ScSession *session, const char *const *pte_paths, size_t n_paths,
                    ScText *out_source) {
    KernelsRequest request = {pte_paths, n_paths};
    return sc_session_call(session, kernels, &request, out_source);
}
