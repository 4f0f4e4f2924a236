/* SPDX-License-Identifier: Apache-2.0 */
/* sc_check_plan(): does a .pte's own memory plan keep what is still needed? */
#include "compiler/delegates.h"
#include "compiler/execute.h"
#include "compiler/session.h"

typedef struct PlanRequest {
    const char *path, *data;
    ScFormat format;
    bool *out_sound;
} PlanRequest;

static void moment_print(int32_t at, size_t n_insts, ScBuf *out) {
    if (at < 0) {
        sc_buf_str(out, "as an input");
    } else if ((size_t)at >= n_insts) {
        sc_buf_str(out, "as an output");
    } else {
        sc_buf_fmt(out, "by instruction %d", (int)at);
    }
}

static void hazard_print(const ScHazard *h, size_t index, size_t n_insts, ScFormat format,
                         ScBuf *out) {
    if (format == SC_JSON) {
        sc_buf_fmt(out,
                   "%s\n{\"value\": %u, \"other\": %u, \"memory\": %u, \"offset\": %llu, "
                   "\"bytes\": %llu, \"written_at\": %d, \"read_at\": %d}",
                   index ? "," : "", h->value, h->other, h->memory + 1,
                   (unsigned long long)h->offset, (unsigned long long)h->n_bytes,
                   (int)h->written_at, (int)h->read_at);
        return;
    }
    sc_buf_fmt(out, "  values %u and %u: memory %u, %llu B from %llu; %u is written ",
               h->value, h->other, h->memory + 1, (unsigned long long)h->n_bytes,
               (unsigned long long)h->offset, h->other);
    moment_print(h->written_at, n_insts, out);
    sc_buf_fmt(out, ", then %u is read ", h->value);
    moment_print(h->read_at, n_insts, out);
    sc_buf_str(out, "\n");
}

static ScStatus method_check(Sc *sc, const PlanRequest *r, ScBytes file, ScBytes data,
                             const char *name, bool first, ScBuf *out) {
    ScHazard *hazards;
    size_t n;
    ScProgram *program;
    bool json = r->format == SC_JSON;
    ScReadOptions options = {.data = data,
                             .method = name,
                             .measure = sc_delegate_measure,
                             .out_hazards = &hazards,
                             .out_n_hazards = &n};
    SC_TRY(sc_program_read_with(sc, r->path, file, &options, &program));
    *r->out_sound = *r->out_sound && n == 0;
    if (json) {
        sc_buf_fmt(out, "%s\n{\"name\": ", first ? "" : ",");
        sc_buf_json_str(out, name);
        sc_buf_str(out, ", \"overlaps\": [");
    } else {
        sc_buf_line(out, name);
        sc_buf_fmt(out, ": %zu instructions, ", program->n_insts);
        sc_buf_fmt(out,
                   n ? "%zu overlaps of living values\n" : "no overlap of living values\n",
                   n);
    }
    for (size_t i = 0; i < n; i++) {
        hazard_print(&hazards[i], i, program->n_insts, r->format, out);
    }
    sc_buf_str(out, json ? "]}" : "");
    return SC_OK;
}

static ScStatus check(Sc *sc, const void *request, ScBuf *out) {
    const PlanRequest *r = request;
    ScBytes file, data = {0};
    ScModel model;
    *r->out_sound = true;
    SC_TRY(sc_file_map(sc, r->path, &file));
    if (!sc_is_pte(file)) {
        return sc_fail(sc, SC_E_ARG, r->path, "not a .pte", "only those have a memory plan",
                       "compile it first");
    }
    if (r->data) {
        SC_TRY(sc_file_map(sc, r->data, &data));
    }
    /* Reads the first method, and so verifies the file, before it is asked for more. */
    ScReadOptions options = {.data = data};
    ScProgram *program;
    SC_TRY(sc_program_read_with(sc, r->path, file, &options, &program));
    SC_TRY(sc_open(file.data, file.n_bytes, &model));
    if (r->format == SC_JSON) {
        sc_buf_str(out, "{\"schema\": \"sconce.plan/1\", \"file\": ");
        sc_buf_json_str(out, r->path);
        sc_buf_str(out, ", \"methods\": [");
    }
    for (uint32_t i = 0; i < sc_method_count(&model); i++) {
        SC_TRY(method_check(sc, r, file, data, sc_method_name(&model, i), i == 0, out));
    }
    if (r->format == SC_JSON) {
        sc_buf_fmt(out, "], \"sound\": %s}\n", *r->out_sound ? "true" : "false");
    }
    return SC_OK;
}

ScStatus sc_check_plan(ScSession *session, const char *path, const char *data,
                       ScFormat format, ScText *out_report, bool *out_sound) {
    PlanRequest request = {path, data, format, out_sound};
    return sc_session_call(session, check, &request, out_report);
}
