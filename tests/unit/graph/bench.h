/* SPDX-License-Identifier: Apache-2.0 */
/* What the tests of the registry share: an arena, the registry, small graphs. */
#ifndef SC_TEST_GRAPH_BENCH_H
#define SC_TEST_GRAPH_BENCH_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "compiler/ops/ops.h"
#include "op_cases.h"

enum { N_OP_CASES = sizeof op_cases / sizeof op_cases[0] };

static Sc bench;
static ScOpTable *ops;
static jmp_buf door;

static int setup(void **state) {
    (void)state;
    memset(&bench, 0, sizeof bench);
    bench.arena = sc_arena_new();
    if (setjmp(door)) {
        return -1;
    }
    sc_arena_guard(bench.arena, &door);
    return sc_ops_load(&bench, &ops);
}

static int teardown(void **state) {
    (void)state;
    sc_arena_free(bench.arena);
    return 0;
}

/* "aten.relu.default(%x)" -> its row. */
static inline const ScOp *case_op(const OpCase *c) {
    const char *name = sc_arena_strn(bench.arena, c->call, strcspn(c->call, "("));
    return sc_ops_find(ops, name);
}

/* The graph text of a case; results "%r0", "%r1", ..., all of them outputs. */
static inline const char *case_text(const OpCase *c) {
    ScBuf text = sc_buf(bench.arena), outputs = sc_buf(bench.arena);
    sc_buf_str(&text, "graph g\n");
    for (const char *at = c->inputs; *at;) {
        size_t n = strcspn(at, " "), name = strcspn(at, ":");
        sc_buf_fmt(&text, "input %.*s : %.*s\n", (int)name, at, (int)(n - name - 1),
                   at + name + 1);
        at += n + (at[n] == ' ');
    }
    sc_buf_str(&outputs, "");
    int i = 0;
    for (const char *at = c->results; *at; i++) {
        size_t n = strcspn(at, " ");
        sc_buf_fmt(&text, "%s%%r%d : %.*s", i ? ", " : "", i, (int)n, at);
        sc_buf_fmt(&outputs, "output \"y%d\" %%r%d\n", i, i);
        at += n + (at[n] == ' ');
    }
    sc_buf_fmt(&text, "%s%s\n%send\n", i ? " = " : "", c->call, outputs.data);
    return text.data;
}

static inline ScStatus parse(const char *text, ScGraph **out_graph) {
    return sc_graph_parse(&bench, "case", ops, text, strlen(text), out_graph);
}

static inline void print_last_diag(void) {
    if (bench.n_diags) {
        const ScDiag *d = &bench.diags[bench.n_diags - 1];
        print_error("%s: error: %s; %s\n", d->where, d->what, d->why ? d->why : "");
    }
}

#endif
