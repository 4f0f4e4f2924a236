/* SPDX-License-Identifier: Apache-2.0 */
/* sc_compare(): int8 against float, value by value. */
#include "compiler/session.h"

static ScStatus compare(Sc *sc, const void *request, ScBuf *out) {
    (void)request;
    (void)out;
    return sc_fail(sc, SC_E_UNSUPPORTED, "compare", "this verb is being built", 0, 0);
}

ScStatus sc_compare(ScSession *session, const ScCompareOptions *options, ScFormat format,
                    ScText *out_report) {
    (void)format;
    return sc_session_call(session, compare, options, out_report);
}
