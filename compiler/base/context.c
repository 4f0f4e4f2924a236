/* SPDX-License-Identifier: Apache-2.0 */
/* Diagnostics are copied into the arena and kept in the order they arose. They
 * often quote names out of damaged files, but each stays one readable line. */
#include "compiler/base/context.h"

#include "compiler/base/text.h"

static const char *copy_line(ScArena *arena, const char *text) {
    ScBuf line = sc_buf(arena);
    sc_buf_line(&line, text);
    return line.data ? line.data : "";
}

static const char *copy_or_null(ScArena *arena, const char *text) {
    return text ? copy_line(arena, text) : NULL;
}

static void diag_add(Sc *sc, ScSeverity severity, ScStatus status, const char *where,
                     const char *what, const char *why, const char *todo) {
    ScDiag diag = {
        .severity = severity,
        .status = status,
        .where = copy_line(sc->arena, where ? where : "sconce"),
        .what = copy_line(sc->arena, what ? what : "unknown"),
        .why = copy_or_null(sc->arena, why),
        .todo = copy_or_null(sc->arena, todo),
    };
    SC_PUSH(sc->arena, sc->diags, sc->n_diags, sc->cap_diags, diag);
}

ScStatus sc_fail(Sc *sc, ScStatus status, const char *where, const char *what,
                 const char *why, const char *todo) {
    if (status == SC_OK) { /* a failure that says it is none is our bug */
        status = SC_E_INTERNAL;
    }
    diag_add(sc, SC_ERROR, status, where, what, why, todo);
    return status;
}

void sc_warn(Sc *sc, const char *where, const char *what, const char *why,
             const char *todo) {
    diag_add(sc, SC_WARNING, SC_OK, where, what, why, todo);
}
