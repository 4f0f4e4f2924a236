/* SPDX-License-Identifier: Apache-2.0 */
/* sc_run_file(): a .pte, or a .pt2 as it is (lowered, not simplified). */
#include <string.h>
#include <time.h>

#include "compiler/execute.h"
#include "compiler/onboard.h"
#include "compiler/pipeline.h"
#include "compiler/session.h"

typedef struct RunRequest {
    const ScRunFileOptions *options;
    ScFormat format;
} RunRequest;

/* Time of one operator, summed over its instructions and runs. */
typedef struct Row {
    char name[96];
    uint64_t n_calls;
    double seconds;
} Row;

enum { MAX_ROWS = 128 };

typedef struct Profile {
    Row rows[MAX_ROWS];
    size_t n_rows;
    struct timespec last;
} Profile;

static double seconds_since(struct timespec *last) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    double seconds =
        (double)(now.tv_sec - last->tv_sec) + 1e-9 * (double)(now.tv_nsec - last->tv_nsec);
    *last = now;
    return seconds;
}

static ScStatus profile_hook(void *user, const ScMethod *method, uint32_t instruction,
                             ScCall *call) {
    Profile *profile = user;
    char name[96];
    (void)call;
    double seconds = seconds_since(&profile->last);
    sc_operator_name(method, instruction, name, sizeof name);
    size_t i = 0;
    while (i < profile->n_rows && strcmp(profile->rows[i].name, name) != 0) {
        i++;
    }
    if (i == profile->n_rows && i < MAX_ROWS) {
        memcpy(profile->rows[profile->n_rows++].name, name, sizeof name);
    }
    if (i < MAX_ROWS) {
        profile->rows[i].n_calls++;
        profile->rows[i].seconds += seconds;
    }
    clock_gettime(CLOCK_MONOTONIC, &profile->last);
    return SC_OK;
}

static bool is_pte(const char *path) {
    size_t n = strlen(path);
    return n > 4 && strcmp(path + n - 4, ".pte") == 0;
}

static ScStatus load(Sc *sc, const char *path, ScBytes *out_pte) {
    if (is_pte(path)) {
        return sc_file_map(sc, path, out_pte);
    }
    ScPipeline pipeline;
    ScGraph *graph;
    ScCompiled compiled;
    SC_TRY(sc_pipeline_reference(sc, &pipeline));
    SC_TRY(sc_read_graph(sc, path, &graph));
    SC_TRY(sc_pipeline_run(sc, &pipeline, graph, &compiled));
    *out_pte = compiled.pte;
    return SC_OK;
}

static ScStatus set_inputs(Sc *sc, ScExecution *execution, const ScRunFileOptions *o) {
    uint32_t n = sc_input_count(&execution->method), n_taken = 0;
    for (uint32_t i = 0; i < n; i++) {
        n_taken += sc_execution_takes(execution, i);
    }
    if (o->n_inputs != n_taken) {
        return sc_fail(sc, SC_E_ARG, o->model,
                       sc_arena_fmt(sc->arena, "%zu inputs given, the model takes %u",
                                    o->n_inputs, n_taken),
                       0,
                       "give one --input x.npy for each, in order; see `sconce inspect`");
    }
    for (uint32_t i = 0, given = 0; i < n; i++) {
        ScArray array;
        if (sc_execution_takes(execution, i)) {
            SC_TRY(sc_npy_read(sc, o->inputs[given++], &array));
            SC_TRY(sc_execution_set(sc, execution, i, &array));
        }
    }
    return SC_OK;
}

static ScStatus write_outputs(Sc *sc, const ScExecution *execution, const char *dir) {
    uint32_t n = sc_output_count(&execution->method);
    ScArray *arrays = SC_NEW_ARRAY(sc->arena, ScArray, n + 1u);
    for (uint32_t i = 0; i < n; i++) {
        SC_TRY(sc_execution_get(sc, execution, i, &arrays[i]));
    }
    SC_TRY(sc_dir_make(sc, dir));
    for (uint32_t i = 0; i < n; i++) {
        const char *path = sc_arena_fmt(sc->arena, "%s/out%u.npy", dir, i);
        if (arrays[i].data) {
            SC_TRY(sc_npy_write(sc, path, &arrays[i]));
        }
    }
    return SC_OK;
}

/* ---- report ------------------------------------------------------------------------- */

/* " = 3" for what is one number. */
static void report_value(ScBuf *out, const ScArray *array) {
    int64_t whole = 0;
    double real = 0;
    if (array->dtype == SC_I64) {
        memcpy(&whole, array->data, sizeof whole);
        sc_buf_fmt(out, " = %lld", (long long)whole);
    } else if (array->dtype == SC_F64) {
        memcpy(&real, array->data, sizeof real);
        sc_buf_str(out, " = ");
        sc_buf_double(out, real);
    } else if (array->dtype == SC_BOOL) {
        sc_buf_str(out, *(const uint8_t *)array->data ? " = true" : " = false");
    }
}

static void report_tensor(ScBuf *out, ScFormat format, const char *word, uint32_t i,
                          const ScArray *array) {
    if (!array->data) {
        sc_buf_fmt(out, format == SC_JSON ? "%snull" : "%snone\n",
                   format != SC_JSON ? sc_arena_fmt(out->arena, "%s %u  ", word, i)
                   : i               ? ", "
                                     : "");
        return;
    }
    ScType type = sc_type_make(array->dtype, array->rank, array->dims);
    if (format == SC_JSON) {
        sc_buf_fmt(out, "%s{\"dtype\": ", i ? ", " : "");
        sc_buf_json_str(out, sc_dtype_name(array->dtype));
        sc_buf_str(out, ", \"shape\": [");
        for (uint32_t d = 0; d < array->rank; d++) {
            sc_buf_fmt(out, "%s%lld", d ? ", " : "", (long long)array->dims[d]);
        }
        sc_buf_str(out, "]}");
        return;
    }
    sc_buf_fmt(out, "%s %u  ", word, i);
    sc_type_print(&type, out);
    if (array->rank == 0) {
        report_value(out, array);
    }
    sc_buf_str(out, "\n");
}

static void report_profile(ScBuf *out, ScFormat format, const Profile *profile) {
    sc_buf_str(out,
               format == SC_JSON ? ", \"profile\": [" : "\n       ms  calls  operator\n");
    for (size_t i = 0; i < profile->n_rows; i++) {
        const Row *row = &profile->rows[i];
        if (format == SC_JSON) {
            sc_buf_fmt(out, "%s{\"operator\": \"%s\", \"calls\": %llu, \"ms\": %.4f}",
                       i ? ", " : "", row->name, (unsigned long long)row->n_calls,
                       row->seconds * 1e3);
        } else {
            sc_buf_fmt(out, "%9.3f  %5llu  %s\n", row->seconds * 1e3,
                       (unsigned long long)row->n_calls, row->name);
        }
    }
    sc_buf_str(out, format == SC_JSON ? "]" : "");
}

static ScStatus report(Sc *sc, const RunRequest *r, const ScExecution *execution,
                       double seconds, const Profile *profile, ScBuf *out) {
    bool json = r->format == SC_JSON;
    uint32_t runs = r->options->n_runs ? r->options->n_runs : 1;
    if (json) {
        sc_buf_str(out, "{\"schema\": \"sconce.run/1\", \"model\": ");
        sc_buf_json_str(out, r->options->model);
        sc_buf_fmt(out, ", \"runs\": %u, \"ms_per_run\": %.4f, \"outputs\": [", runs,
                   seconds * 1e3 / runs);
    }
    for (uint32_t i = 0; i < sc_output_count(&execution->method); i++) {
        ScArray array;
        SC_TRY(sc_execution_get(sc, execution, i, &array));
        report_tensor(out, r->format, "output", i, &array);
    }
    if (json) {
        sc_buf_str(out, "]");
    } else {
        sc_buf_fmt(out, "%u run%s, %.3f ms each on this computer\n", runs,
                   runs == 1 ? "" : "s", seconds * 1e3 / runs);
    }
    if (r->options->profile) {
        report_profile(out, r->format, profile);
    }
    sc_buf_str(out, json ? "}\n" : "");
    return SC_OK;
}

static ScStatus check_method(Sc *sc, const ScRunFileOptions *o) {
    if (o->method && !is_pte(o->model)) {
        return sc_fail(sc, SC_E_ARG, "--method", "this needs a .pte",
                       "an archive of torch.export has one method", "leave the option out");
    }
    if (o->on && (o->method || o->max_instructions)) {
        return sc_fail(sc, SC_E_ARG, "--on",
                       "a simulated board runs the first method, with the usual limit",
                       "its image knows no other",
                       "leave --method and --max-instructions out, or --on");
    }
    return SC_OK;
}

static ScStatus run(Sc *sc, const void *request, ScBuf *out) {
    const RunRequest *r = request;
    const ScRunFileOptions *o = r->options;
    if (o->data && (o->on || !is_pte(o->model))) {
        return sc_fail(sc, SC_E_ARG, "--data", "this is for a .pte on this computer",
                       "only a .pte leaves weights in a .ptd",
                       "for --on, put them into the program: sconce compile in.pte --data "
                       "x.ptd -o out.pte");
    }
    SC_TRY(check_method(sc, o));
    if (o->on) {
        return sc_run_onboard(sc, o, r->format, out);
    }
    ScBytes pte, data = {0};
    ScExecution execution;
    SC_TRY(load(sc, o->model, &pte));
    if (o->data) {
        SC_TRY(sc_file_map(sc, o->data, &data));
    }
    SC_TRY(sc_execution_open_with(sc, o->model, pte, data, o->method, &execution));
    Profile *profile = SC_NEW(sc->arena, Profile);
    ScRunOptions options = {o->max_instructions, o->profile ? profile_hook : 0, profile};
    double seconds = 0;
    for (uint32_t i = 0; i < (o->n_runs ? o->n_runs : 1); i++) {
        /* Inputs may be overwritten by a run: set them again. */
        SC_TRY(set_inputs(sc, &execution, o));
        struct timespec start;
        clock_gettime(CLOCK_MONOTONIC, &start);
        profile->last = start;
        SC_TRY(sc_execution_run(sc, &execution, &options));
        seconds += seconds_since(&start);
    }
    if (o->out_dir) {
        SC_TRY(write_outputs(sc, &execution, o->out_dir));
    }
    return report(sc, r, &execution, seconds, profile, out);
}

ScStatus sc_run_file(ScSession *session, const ScRunFileOptions *options, ScFormat format,
                     ScText *out_report) {
    RunRequest request = {options, format};
    return sc_session_call(session, run, &request, out_report);
}
