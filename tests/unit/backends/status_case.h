/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Runs cases of one call each through the writer, the verifier and the runtime, with
 * one backend's kernels and buffers of exactly the sizes that sc_need() tells, and
 * compares the status. The including file writes its cases as program text.
 */
#ifndef SC_TESTS_STATUS_CASE_H
#define SC_TESTS_STATUS_CASE_H

#include "compiler/backend.h"
#include "compiler/emit/emit.h"

static inline ScStatus program_run(Sc *sc, const char *backend, const ScBuf *file) {
    ScModel model;
    ScMethod method;
    ScNeed need;
    ScConfig config = {.kernels = *sc_backend_find(backend)->kernels};
    void *bytes = sc_arena_copy(sc->arena, file->data, file->len);
    SC_TRY(sc_verify(bytes, file->len, NULL));
    SC_TRY(sc_open(bytes, file->len, &model));
    SC_TRY(sc_need(&model, NULL, &need));
    config.workspace = sc_arena_alloc(sc->arena, need.workspace_bytes);
    config.workspace_bytes = need.workspace_bytes;
    for (uint32_t i = 0; i < need.n_memories; i++) {
        config.memory[i] = sc_arena_alloc(sc->arena, need.memory_bytes[i] + 1);
        config.memory_bytes[i] = need.memory_bytes[i];
    }
    SC_TRY(sc_init(&model, NULL, &config, &method));
    return sc_run(&method, NULL);
}

/* text: the case as program text. */
static inline ScStatus text_run(Sc *sc, const char *backend, const char *name,
                                const ScBuf *text) {
    ScBuf file = sc_buf(sc->arena);
    ScProgram *program;
    SC_TRY(sc_program_parse(sc, name, text->data, text->len, &program));
    SC_TRY(sc_program_schedule(sc, program));
    SC_TRY(sc_program_plan(sc, program));
    SC_TRY(sc_emit_pte(sc, program, &file));
    return program_run(sc, backend, &file);
}

/* Fails the test on a diagnostic: a case reaches the kernel, which says none. */
static inline void status_expect(Sc *sc, const char *backend, const char *name,
                                 const ScBuf *text, ScStatus expected) {
    ScStatus status = text_run(sc, backend, name, text);
    for (size_t k = 0; k < sc->n_diags; k++) {
        fail_msg("%s: %s; %s", sc->diags[k].where, sc->diags[k].what,
                 sc->diags[k].why ? sc->diags[k].why : "");
    }
    if (status != expected) {
        fail_msg("%s: %s, expected %s", name, sc_status_name(status),
                 sc_status_name(expected));
    }
}

#endif
