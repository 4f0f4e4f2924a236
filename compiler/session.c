/* SPDX-License-Identifier: Apache-2.0 */
/* Sessions. The contract is in sconce/compiler.h. */
#include "compiler/session.h"

#include <setjmp.h>
#include <stdlib.h>

#include "compiler/base/file.h"

ScSession *sc_session_new(void) {
    ScSession *session = calloc(1, sizeof *session);
    if (session) {
        session->sc.arena = sc_arena_new();
    }
    if (session && !session->sc.arena) {
        free(session);
        session = 0;
    }
    return session;
}

void sc_session_free(ScSession *session) {
    if (session) {
        sc_arena_free(session->sc.arena);
        free(session);
    }
}

const ScDiag *sc_session_diags(const ScSession *session, size_t *out_n) {
    *out_n = session->sc.n_diags;
    return session->sc.diags;
}

ScStatus sc_session_call(ScSession *session, ScBody body, const void *request,
                         ScText *out_text) {
    Sc *sc = &session->sc;
    jmp_buf door;
    if (setjmp(door) != 0) {
        sc_arena_guard(sc->arena, 0);
        /* Nothing can be allocated for a longer list: this entry is it. */
        session->no_memory =
            (ScDiag){SC_ERROR,        SC_E_MEMORY, "sconce",
                     "out of memory", 0,           "take a machine with more memory"};
        sc->diags = &session->no_memory;
        sc->n_diags = sc->cap_diags = 1;
        return SC_E_MEMORY;
    }
    sc_arena_guard(sc->arena, &door);
    ScBuf out = sc_buf(sc->arena);
    ScStatus status = body(sc, request, &out);
    sc_arena_guard(sc->arena, 0);
    if (status == SC_OK && out_text) {
        *out_text = (ScText){out.data ? out.data : "", out.len};
    }
    return status;
}

typedef struct WriteRequest {
    const char *path;
    ScText text;
} WriteRequest;

static ScStatus write_body(Sc *sc, const void *request, ScBuf *out) {
    const WriteRequest *write = request;
    (void)out;
    return sc_file_write(sc, write->path, write->text.data, write->text.n_bytes);
}

ScStatus sc_write_text(ScSession *session, const char *path, ScText text) {
    WriteRequest request = {path, text};
    return sc_session_call(session, write_body, &request, 0);
}
