/* SPDX-License-Identifier: Apache-2.0 */
/* sc_ops_markdown(): docs/ops.md, from the tables that place and the runtime use. */
#include <string.h>

#include "compiler/backend.h"
#include "compiler/ops/ops.h"
#include "compiler/session.h"
#include "sconce/compiler.h"

/* The dtype classes of a kernel in the engine's table; " (any)" for '*'. */
static void classes_print(const ScBackend *backend, const char *kernel, ScBuf *out) {
    static const struct {
        char letter;
        const char *name;
    } classes[] = {{'*', "any"}, {'i', "int"}, {'h', "f16"}, {'f', "f32"}, {'d', "f64"}};
    const ScKernelTable *table = backend->kernels;
    const char *comma = " (";
    for (size_t k = 0; k < sizeof classes / sizeof classes[0]; k++) {
        for (uint32_t i = 0; table && i < table->n_rows; i++) {
            if (table->rows[i].dtype_class == classes[k].letter &&
                strcmp(table->rows[i].name, kernel) == 0) {
                sc_buf_fmt(out, "%s%s", comma, classes[k].name);
                comma = ", ";
            }
        }
    }
    sc_buf_str(out, *comma == ',' ? ")" : "");
}

static bool was_named(const ScBackend *backend, size_t index) {
    const ScPattern *p = &backend->patterns[index];
    for (size_t i = 0; i < index; i++) {
        if (strcmp(backend->patterns[i].op, p->op) == 0 &&
            strcmp(backend->patterns[i].kernel, p->kernel) == 0) {
            return true;
        }
    }
    return false;
}

/* Every kernel that an operator may become on an engine. False when there is none. */
static bool kernels_print(const ScBackend *backend, const char *op, ScBuf *out) {
    bool any = false;
    for (size_t i = 0; i < backend->n_patterns; i++) {
        const ScPattern *p = &backend->patterns[i];
        if (strcmp(p->op, op) != 0 || was_named(backend, i)) {
            continue;
        }
        sc_buf_fmt(out, "%s`%s`", any ? ", " : "", p->kernel);
        classes_print(backend, p->kernel, out);
        any = true;
    }
    return any;
}

static const char *way_of(const ScOpDef *def) {
    return def->flags & SC_OP_INPLACE                   ? "in place"
           : def->flags & (SC_OP_IDENTITY | SC_OP_DROP) ? "removed"
           : def->flags & SC_OP_RESHAPE                 ? "view"
           : def->decompose                             ? "decomposed"
                                                        : "";
}

/* Engines that run operators: not the one to clone, which has no kernels of its own. */
static bool is_column(const ScBackend *backend) {
    return backend->n_patterns && backend->kernels;
}

static void head_print(const ScBackend *const *backends, size_t n, ScBuf *out) {
    sc_buf_str(
        out, "<!-- Printed by `sconce ops --markdown`; a test compares. Don't edit. -->\n"
             "# Operators: what runs where\n\n"
             "For each engine the kernels that an operator becomes, behind them the "
             "dtypes\nthat the engine has the kernel for. A kernel's class is that of its "
             "widest tensor:\n`int` is integers and bool, `any` moves bytes of every "
             "dtype. `f16` is float16 and bfloat16.\nWhat no engine takes whole: "
             "*decomposed* into others, a *view* (no bytes move),\n*removed*, or *in "
             "place* (made a new value, then shared where nobody can tell).\nAn engine "
             "may refuse a case, a shape for instance; `sconce compile` says which "
             "and why.\n\n");
    for (size_t i = 0; i < n; i++) {
        if (backends[i]->delegate) {
            sc_buf_fmt(out,
                       "`%s` isn't a column: it runs what another compiler delegated to "
                       "`%s`.\n\n",
                       backends[i]->name, backends[i]->delegate->id);
        }
    }
}

static ScStatus markdown(Sc *sc, const void *request, ScBuf *out) {
    size_t n;
    const ScBackend *const *backends = sc_backends(&n);
    ScOpTable *table;
    (void)request;
    SC_TRY(sc_ops_load(sc, &table));
    head_print(backends, n, out);
    sc_buf_str(out, "| operator |");
    ScBuf rule = sc_buf(sc->arena);
    sc_buf_str(&rule, "|---|");
    for (size_t i = 0; i < n; i++) {
        if (is_column(backends[i])) {
            sc_buf_fmt(out, " %s |", backends[i]->name);
            sc_buf_str(&rule, "---|");
        }
    }
    sc_buf_fmt(out, " otherwise |\n%s---|\n", rule.data);
    for (size_t k = 0; k < table->n_rows; k++) {
        const ScOpDef *def = table->rows[k].def;
        sc_buf_fmt(out, "| `%s` |", def->name);
        for (size_t i = 0; i < n; i++) {
            if (is_column(backends[i])) {
                sc_buf_str(out, " ");
                sc_buf_str(out, kernels_print(backends[i], def->name, out) ? " |" : "|");
            }
        }
        sc_buf_fmt(out, " %s |\n", way_of(def));
    }
    return SC_OK;
}

ScStatus sc_ops_markdown(ScSession *session, ScText *out_text) {
    return sc_session_call(session, markdown, NULL, out_text);
}
