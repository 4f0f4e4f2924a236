/* SPDX-License-Identifier: Apache-2.0 */
/* sc_inspect(), sc_ops(), sc_targets(). */
#include <stdlib.h>
#include <string.h>

#include "compiler/delegates.h"
#include "compiler/bundled.h"
#include "compiler/execute.h"
#include "compiler/look_data.h"
#include "compiler/pipeline.h"
#include "compiler/session.h"
#include "compiler/target.h"
#include "runtime/model.h"

typedef struct LookRequest {
    const char *path;
    const char *data;   /* a .ptd, or NULL */
    const char *method; /* of a .pte; NULL = the first */
    ScFormat format;
    bool matrix;
    bool payloads;
} LookRequest;

/* ---- inspect ------------------------------------------------------------------------ */

/* ---- what delegates would run ---------------------------------------------------- */

/* The engine's text of a payload, or why there is none. */
static ScStatus payload_text(Sc *sc, const ScModel *model, const ScPDelegate *d,
                             ScFormat format, ScBuf *out, const char **out_why) {
    const ScBackend *backend = sc_backend_of_delegate(d->id);
    *out_why = !backend            ? "this delegate isn't linked into this build"
               : !backend->inspect ? "its engine can't tell what a payload holds"
                                   : NULL;
    ScDelegatePayload payload = sc_delegate_payload(sc, model, d);
    return *out_why ? SC_OK : backend->inspect(sc, &payload, format, out);
}

static ScStatus payload_print(Sc *sc, const ScModel *model, const ScProgram *program,
                              size_t at, ScFormat format, bool first, ScBuf *out) {
    const ScPDelegate *d = &program->delegates[program->insts[at].index];
    ScBuf text = sc_buf(sc->arena);
    const char *why;
    sc_buf_str(&text, "");
    SC_TRY(payload_text(sc, model, d, format, &text, &why));
    if (format == SC_JSON) {
        sc_buf_fmt(out, "%s\n{\"instruction\": %zu, \"delegate\": ", first ? "" : ",", at);
        sc_buf_json_str(out, d->id);
        sc_buf_fmt(out, ", \"bytes\": %llu, \"payload\": %s, \"why\": ",
                   (unsigned long long)d->n_bytes, why ? "null" : text.data);
        if (why) {
            sc_buf_json_str(out, why);
        } else {
            sc_buf_str(out, "null");
        }
        sc_buf_str(out, "}");
        return SC_OK;
    }
    sc_buf_fmt(out, "\ninstruction %zu: ", at);
    sc_buf_line(out, d->id);
    sc_buf_fmt(out, ", %llu B\n", (unsigned long long)d->n_bytes);
    if (why) {
        sc_buf_fmt(out, "  nothing to show: %s\n", why);
    }
    sc_buf_bytes(out, text.data, text.len);
    return SC_OK;
}

static ScStatus payloads_print(Sc *sc, const LookRequest *r, const ScModel *model,
                               const ScProgram *program, ScBuf *out) {
    bool json = r->format == SC_JSON, any = false;
    if (json) {
        sc_buf_str(out, "{\"schema\": \"sconce.npu/1\", \"file\": ");
        sc_buf_json_str(out, r->path);
        sc_buf_str(out, ", \"calls\": [");
    } else {
        sc_buf_line(out, r->path);
        sc_buf_str(out, "\n");
    }
    for (size_t i = 0; i < program->n_insts; i++) {
        if (program->insts[i].kind == SC_P_DELEGATE) {
            SC_TRY(payload_print(sc, model, program, i, r->format, !any, out));
            any = true;
        }
    }
    sc_buf_str(out, json ? "]}\n" : any ? "" : "\nno delegate is called\n");
    return SC_OK;
}

static ScStatus inspect_pte(Sc *sc, const LookRequest *r, ScBytes file, ScBuf *out) {
    ScVerifyReport fault = {0, 0};
    ScReadOptions options = {.measure = sc_delegate_measure, .method = r->method};
    if (r->data) {
        SC_TRY(sc_file_map(sc, r->data, &options.data));
    }
    ScStatus status = sc_verify_with_data(file.data, file.n_bytes, options.data.data,
                                          options.data.n_bytes, &fault);
    if (status != SC_OK) {
        return sc_fail(sc, status, r->path,
                       sc_arena_fmt(sc->arena, "not a usable .pte: %s at byte %u",
                                    fault.what ? fault.what : sc_status_name(status),
                                    fault.offset),
                       "the file is damaged, cut off, of another version, or not whole",
                       sc_fault_todo(&fault));
    }
    ScProgram *program;
    ScPteSizes sizes;
    ScModel model;
    SC_TRY(sc_open(file.data, file.n_bytes, &model));
    if (r->method && !sc_plan_at(&model, r->method)) {
        return sc_method_missing(sc, r->path, &model, r->method);
    }
    SC_TRY(sc_program_read_with(sc, r->path, file, &options, &program));
    if (r->payloads) {
        if (r->data) {
            SC_TRY(sc_open_data(&model, options.data.data, options.data.n_bytes));
        }
        return payloads_print(sc, r, &model, program, out);
    }
    SC_TRY(sc_pte_sizes(sc, r->path, file, &sizes));
    return sc_report_program(sc, r->path, program, &sizes, r->format, out);
}

typedef struct OpCount {
    const char *name;
    size_t n;
} OpCount;

static int count_compare(const void *a, const void *b) {
    const OpCount *x = a, *y = b;
    if (x->n != y->n) {
        return x->n < y->n ? 1 : -1;
    }
    return strcmp(x->name, y->name);
}

typedef struct Counts {
    ScArena *arena;
    OpCount *items;
    size_t n, cap;
    uint64_t weight_bytes;
} Counts;

static void count_op(Counts *counts, const char *name) {
    size_t i = 0;
    while (i < counts->n && strcmp(counts->items[i].name, name) != 0) {
        i++;
    }
    if (i == counts->n) {
        OpCount fresh = {name, 0};
        SC_PUSH(counts->arena, counts->items, counts->n, counts->cap, fresh);
    }
    counts->items[i].n++;
}

/* What stands in bodies counts too. */
static void count_graph(Counts *counts, const ScGraph *graph) {
    for (size_t i = 0; i < graph->n_values; i++) {
        const ScValue *value = graph->values[i];
        counts->weight_bytes += value && value->data ? sc_type_bytes(&value->type) : 0;
    }
    for (const ScNode *node = graph->first; node; node = node->next) {
        uint32_t at = 0;
        count_op(counts, node->op->def->name);
        for (const ScGraph *body; (body = sc_node_next_body(node, &at));) {
            count_graph(counts, body);
        }
    }
}

static Counts count_ops(Sc *sc, const ScGraph *graph) {
    Counts counts = {.arena = sc->arena};
    count_graph(&counts, graph);
    if (counts.n > 0) {
        qsort(counts.items, counts.n, sizeof *counts.items, count_compare);
    }
    return counts;
}

static void json_values(ScBuf *out, const char *key, const ScGraph *graph, bool inputs) {
    sc_buf_fmt(out, ", \"%s\": [", key);
    size_t n = inputs ? graph->n_inputs : graph->n_outputs;
    bool comma = false;
    for (size_t i = 0; i < n; i++) {
        const ScValue *value = inputs ? graph->inputs[i] : 0;
        if (!inputs && !graph->outputs[i].state &&
            graph->outputs[i].value.kind == SC_ARG_VALUE) {
            value = graph->outputs[i].value.as.value;
        }
        if (!value) {
            continue;
        }
        ScBuf type = sc_buf(out->arena);
        sc_type_print(&value->type, &type);
        sc_buf_fmt(out, "%s{\"name\": \"%s\", \"type\": \"%s\"}", comma ? ", " : "",
                   value->name, type.data);
        comma = true;
    }
    sc_buf_str(out, "]");
}

static void json_graph(Sc *sc, const char *path, const ScGraph *graph, ScBuf *out) {
    Counts counts = count_ops(sc, graph);
    ScBuf text = sc_buf(sc->arena);
    sc_graph_print(graph, &text);
    sc_buf_str(out, "{\"schema\": \"sconce.graph/1\", \"file\": ");
    sc_buf_json_str(out, path);
    json_values(out, "inputs", graph, true);
    json_values(out, "outputs", graph, false);
    sc_buf_fmt(out, ", \"weight_bytes\": %llu, \"operators\": {",
               (unsigned long long)counts.weight_bytes);
    for (size_t i = 0; i < counts.n; i++) {
        sc_buf_fmt(out, "%s\"%s\": %zu", i ? ", " : "", counts.items[i].name,
                   counts.items[i].n);
    }
    sc_buf_str(out, "}, \"graph\": ");
    sc_buf_json_str(out, text.data);
    sc_buf_str(out, "}\n");
}

static void text_graph(Sc *sc, const char *path, const ScGraph *graph, ScBuf *out) {
    Counts counts = count_ops(sc, graph);
    size_t n_nodes = 0;
    for (size_t i = 0; i < counts.n; i++) {
        n_nodes += counts.items[i].n;
    }
    sc_buf_fmt(out, "%s: %zu operators, %llu bytes of weights\n\n", path, n_nodes,
               (unsigned long long)counts.weight_bytes);
    for (size_t i = 0; i < counts.n; i++) {
        sc_buf_fmt(out, "%6zu  %s\n", counts.items[i].n, counts.items[i].name);
    }
    sc_buf_str(out, "\n");
    sc_graph_print(graph, out);
}

static ScStatus inspect(Sc *sc, const void *request, ScBuf *out) {
    const LookRequest *r = request;
    ScBytes file;
    ScGraph *graph;
    SC_TRY(sc_file_map(sc, r->path, &file));
    if (sc_is_pte(file)) {
        return inspect_pte(sc, r, file, out);
    }
    if (sc_is_data(file) && !r->payloads) {
        return sc_look_data(sc, r->path, file, r->format, out);
    }
    if (sc_is_bundled(file) && !r->payloads) {
        return sc_look_bundled(sc, r->path, file, r->format, out);
    }
    if (r->payloads || r->method) {
        return sc_fail(sc, SC_E_ARG, r->path, "not a .pte",
                       "only those have methods and call delegates", "compile it first");
    }
    SC_TRY(sc_read_graph(sc, r->path, &graph));
    if (r->format == SC_JSON) {
        json_graph(sc, r->path, graph, out);
    } else {
        text_graph(sc, r->path, graph, out);
    }
    return SC_OK;
}

ScStatus sc_inspect(ScSession *session, const char *path, ScFormat format,
                    ScText *out_text) {
    return sc_inspect_with(session, path, NULL, NULL, format, out_text);
}

ScStatus sc_inspect_with(ScSession *session, const char *path, const char *data,
                         const char *method, ScFormat format, ScText *out_text) {
    LookRequest request = {.path = path, .data = data, .method = method, .format = format};
    return sc_session_call(session, inspect, &request, out_text);
}

ScStatus sc_inspect_payloads(ScSession *session, const char *path, ScFormat format,
                             ScText *out_text) {
    LookRequest request = {.path = path, .format = format, .payloads = true};
    return sc_session_call(session, inspect, &request, out_text);
}

/* ---- operators ------------------------------------------------------------------------
 */

static const char *taken_by(const ScBackend *backend, const char *op) {
    for (size_t i = 0; i < backend->n_patterns; i++) {
        if (strcmp(backend->patterns[i].op, op) == 0) {
            return backend->patterns[i].kernel;
        }
    }
    return 0;
}

/* How an operator that no engine takes whole is nevertheless run. */
static const char *way_of(const ScOpDef *def) {
    if (def->flags & SC_OP_INPLACE) {
        return "in place";
    }
    if (def->flags & (SC_OP_IDENTITY | SC_OP_DROP)) {
        return "removed";
    }
    if (def->flags & SC_OP_RESHAPE) {
        return "view";
    }
    return def->decompose ? "decomposed" : "-";
}

static void json_op(ScBuf *out, const ScOpDef *def, bool first, bool matrix) {
    static const struct {
        uint32_t bit;
        const char *name;
    } flags[] = {{SC_OP_SYNONYM, "synonym"}, {SC_OP_IDENTITY, "identity"},
                 {SC_OP_DROP, "drop"},       {SC_OP_INPLACE, "inplace"},
                 {SC_OP_VIEW, "view"},       {SC_OP_POINTWISE, "pointwise"},
                 {SC_OP_RESHAPE, "reshape"}};
    sc_buf_fmt(out, "%s\n{\"name\": \"%s\", \"schema\": ", first ? "" : ",", def->name);
    sc_buf_json_str(out, def->schema);
    sc_buf_str(out, ", \"flags\": [");
    bool comma = false;
    for (size_t i = 0; i < sizeof flags / sizeof flags[0]; i++) {
        if (def->flags & flags[i].bit) {
            sc_buf_fmt(out, "%s\"%s\"", comma ? ", " : "", flags[i].name);
            comma = true;
        }
    }
    sc_buf_fmt(out, "], \"way\": \"%s\", \"decomposes\": %s, \"doc\": ", way_of(def),
               def->decompose ? "true" : "false");
    sc_buf_json_str(out, def->doc ? def->doc : "");
    size_t n;
    const ScBackend *const *backends = sc_backends(&n);
    for (size_t i = 0; matrix && i < n; i++) {
        const char *kernel = taken_by(backends[i], def->name);
        sc_buf_fmt(out, "%s\"%s\": ", i ? ", " : ", \"engines\": {", backends[i]->name);
        if (kernel) {
            sc_buf_json_str(out, kernel);
        } else {
            sc_buf_str(out, "null");
        }
    }
    sc_buf_str(out, matrix && n ? "}}" : "}");
}

static void text_op(ScBuf *out, const ScOpDef *def, bool matrix) {
    if (!matrix) {
        sc_buf_fmt(out, "%-52s %s\n", def->name, def->doc ? def->doc : "");
        return;
    }
    size_t n;
    const ScBackend *const *backends = sc_backends(&n);
    sc_buf_fmt(out, "%-52s", def->name);
    for (size_t i = 0; i < n; i++) {
        const char *kernel = taken_by(backends[i], def->name);
        sc_buf_fmt(out, " %-44s", kernel ? kernel : way_of(def));
    }
    sc_buf_str(out, "\n");
}

static ScStatus ops(Sc *sc, const void *request, ScBuf *out) {
    const LookRequest *r = request;
    ScOpTable *table;
    SC_TRY(sc_ops_load(sc, &table));
    size_t n;
    const ScBackend *const *backends = sc_backends(&n);
    if (r->format == SC_JSON) {
        sc_buf_str(out, "{\"schema\": \"sconce.ops/1\", \"operators\": [");
    } else if (r->matrix) {
        sc_buf_fmt(out, "%-52s", "operator");
        for (size_t i = 0; i < n; i++) {
            sc_buf_fmt(out, " %-44s", backends[i]->name);
        }
        sc_buf_str(out, "\n");
    }
    for (size_t i = 0; i < table->n_rows; i++) {
        if (r->format == SC_JSON) {
            json_op(out, table->rows[i].def, i == 0, r->matrix);
        } else {
            text_op(out, table->rows[i].def, r->matrix);
        }
    }
    sc_buf_str(out, r->format == SC_JSON ? "]}\n" : "");
    return SC_OK;
}

ScStatus sc_ops(ScSession *session, bool matrix, ScFormat format, ScText *out_text) {
    LookRequest request = {.format = format, .matrix = matrix};
    return sc_session_call(session, ops, &request, out_text);
}

/* ---- targets --------------------------------------------------------------------------
 */

static ScStatus targets(Sc *sc, const void *request, ScBuf *out) {
    const LookRequest *r = request;
    bool json = r->format == SC_JSON;
    size_t n;
    const ScTargetFile *files = sc_target_files(&n);
    sc_buf_str(out, json ? "{\"schema\": \"sconce.targets/1\", \"targets\": [" : "");
    for (size_t i = 0; i < n; i++) {
        ScTarget target;
        SC_TRY(sc_target_parse(sc, files[i].name, files[i].text, strlen(files[i].text),
                               &target));
        if (json) {
            sc_buf_fmt(out, "%s{\"name\": \"%s\", \"summary\": ", i ? ", " : "",
                       target.name);
            sc_buf_json_str(out, target.summary);
            sc_buf_str(out, ", \"engines\": [");
        } else {
            sc_buf_fmt(out, "%-16s %s (", target.name, target.summary);
        }
        for (size_t k = 0; k < target.n_engines; k++) {
            sc_buf_fmt(out, json ? "%s\"%s\"" : "%s%s", k ? ", " : "",
                       target.engines[k]->name);
        }
        sc_buf_str(out, json ? "]}" : ")\n");
    }
    sc_buf_str(out, json ? "]}\n" : "");
    return SC_OK;
}

ScStatus sc_targets(ScSession *session, ScFormat format, ScText *out_text) {
    LookRequest request = {.format = format};
    return sc_session_call(session, targets, &request, out_text);
}
