/* SPDX-License-Identifier: Apache-2.0 */
/*
 * qemu_run [--runs N] [--calls] [--pcs FILE] [--timeout S] CORE model.pte OUT_DIR
 *          [input.npy ...]
 *
 * Runs a .pte on QEMU's board for CORE and prints what was measured as JSON. With
 * n times as many inputs as the model has: n sets; the outputs of set s are
 * OUT_DIR/s/out0.npy, ...
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "compiler/execute.h"
#include "compiler/onboard/qemu.h"

static ScStatus inputs_read(Sc *sc, char **paths, uint32_t n, ScQemuRequest *r) {
    ScExecution execution;
    ScArray *arrays = SC_NEW_ARRAY(sc->arena, ScArray, n + 1u);
    SC_TRY(sc_execution_open(sc, r->where, r->pte, &execution));
    r->n_inputs = sc_input_count(&execution.method);
    r->n_sets = r->n_inputs ? n / r->n_inputs : 1;
    r->inputs = arrays;
    for (uint32_t i = 0; i < n; i++) {
        SC_TRY(sc_npy_read(sc, paths[i], &arrays[i]));
    }
    return SC_OK;
}

static ScStatus outputs_write(Sc *sc, const ScQemuResult *result, const char *dir) {
    SC_TRY(sc_dir_make(sc, dir));
    for (uint32_t i = 0; i < result->n_sets * result->n_outputs; i++) {
        uint32_t set = i / result->n_outputs, index = i % result->n_outputs;
        SC_TRY(sc_dir_make(sc, sc_arena_fmt(sc->arena, "%s/%u", dir, set)));
        SC_TRY(sc_npy_write(sc, sc_arena_fmt(sc->arena, "%s/%u/out%u.npy", dir, set, index),
                            &result->outputs[i]));
    }
    return SC_OK;
}

static void result_print(const ScQemuResult *r) {
    size_t arena = 0;
    for (uint32_t i = 0; i < r->n_memories; i++) {
        arena += r->memory_bytes[i];
    }
    printf(
        "{\"sets\": %u, \"outputs\": %u, \"arena\": %zu, \"workspace\": %zu, "
        "\"stack\": %zu, \"scratch\": %zu,\n \"verify\": %llu, \"load\": %llu, \"runs\": [",
        r->n_sets, r->n_outputs, arena, r->workspace_bytes, r->stack_bytes,
        r->scratch_bytes, (unsigned long long)r->verify_instructions,
        (unsigned long long)r->load_instructions);
    for (uint32_t i = 0; i < r->n_run_instructions; i++) {
        printf("%s%llu", i ? ", " : "", (unsigned long long)r->run_instructions[i]);
    }
    printf("],\n \"calls\": [");
    for (uint32_t i = 0; i < r->n_calls; i++) {
        printf("%s[%u, \"%s\", %llu]", i ? ",\n  " : "", r->calls[i].instruction,
               r->calls[i].operator_name, (unsigned long long)r->calls[i].n);
    }
    printf("],\n \"simulated\": [");
    for (uint32_t i = 0; i < r->n_simulated; i++) {
        printf("%s[\"%s\", %zu]", i ? ", " : "", r->simulated[i].delegate,
               r->simulated[i].n_bytes);
    }
    printf("]}\n");
}

static ScStatus run(Sc *sc, int argc, char **argv) {
    ScQemuRequest r = {.n_runs = 1, .count = true};
    int i = 1;
    for (; i < argc && strncmp(argv[i], "--", 2) == 0; i++) {
        if (strcmp(argv[i], "--calls") == 0) {
            r.per_call = true;
        } else if (i + 1 < argc && strcmp(argv[i], "--runs") == 0) {
            r.n_runs = (uint32_t)strtoul(argv[++i], NULL, 10);
        } else if (i + 1 < argc && strcmp(argv[i], "--pcs") == 0) {
            r.pcs = argv[++i];
        } else if (i + 1 < argc && strcmp(argv[i], "--timeout") == 0) {
            r.timeout_s = (uint32_t)strtoul(argv[++i], NULL, 10);
        }
    }
    if (argc - i < 3) {
        return sc_fail(sc, SC_E_ARG, "qemu_run", "needs CORE model.pte OUT_DIR", 0, 0);
    }
    ScQemuResult result;
    r.core = argv[i];
    r.where = argv[i + 1];
    SC_TRY(sc_file_map(sc, r.where, &r.pte));
    SC_TRY(inputs_read(sc, argv + i + 3, (uint32_t)(argc - i - 3), &r));
    SC_TRY(sc_qemu_run(sc, &r, &result));
    SC_TRY(outputs_write(sc, &result, argv[i + 2]));
    result_print(&result);
    return SC_OK;
}

int main(int argc, char **argv) {
    Sc sc = {.arena = sc_arena_new()};
    if (!sc.arena) {
        return 1;
    }
    ScStatus status = run(&sc, argc, argv);
    for (size_t i = 0; i < sc.n_diags; i++) {
        const ScDiag *d = &sc.diags[i];
        fprintf(stderr, "%s: error: %s%s%s%s%s\n", d->where, d->what, d->why ? "; " : "",
                d->why ? d->why : "", d->todo ? "; " : "", d->todo ? d->todo : "");
    }
    sc_arena_free(sc.arena);
    return status == SC_OK ? 0 : 2;
}
