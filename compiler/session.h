/* SPDX-License-Identifier: Apache-2.0 */
/* Sessions, and the door that every public call goes through. */
#ifndef SC_SESSION_H
#define SC_SESSION_H

#include "compiler/base/context.h"
#include "compiler/base/text.h"

struct ScSession {
    Sc sc;
    ScDiag no_memory; /* the only diagnostic when there is no memory for one */
};

/* Runs body(sc, request, out) with the door for failed allocations open; then
 * out becomes the caller's text. */
typedef ScStatus (*ScBody)(Sc *sc, const void *request, ScBuf *out);
ScStatus sc_session_call(ScSession *session, ScBody body, const void *request,
                         ScText *out_text);

#endif
