/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Arm Ethos-U: programs with "EthosUBackend" payloads run here in the simulator, on the
 * device on the NPU. The compiler doesn't place operators on it yet: it takes none.
 */
#include "backends/ethos_u/host/ethos_u.h"

#include "backends/ethos_u/host/summary.h"
#include "compiler/backend.h"

/* Named data of the program isn't at hand here: a payload that refers to it is said to be
 * damaged by that much. */
static ScStatus payload_inspect(Sc *sc, const ScPDelegate *delegate, ScFormat format,
                                ScBuf *out) {
    ScEthosUSummary summary;
    const void *payload = delegate->payload;
    if ((uintptr_t)payload % SC_FILE_ALIGN) {
        payload = sc_arena_copy(sc->arena, payload, (size_t)delegate->n_bytes);
    }
    sc_ethos_u_summarize(payload, (size_t)delegate->n_bytes, &summary);
    if (format == SC_JSON) {
        sc_ethos_u_summary_json(&summary, out);
    } else {
        sc_ethos_u_summary_text(&summary, out);
    }
    return SC_OK;
}

const ScBackend sc_backend_ethos_u = {
    .name = "ethos_u",
    .doc = "Arm Ethos-U55 and U65: runs payloads of stock ExecuTorch",
    .delegate = &sc_ethos_u_twin,
    .inspect = payload_inspect,
};
