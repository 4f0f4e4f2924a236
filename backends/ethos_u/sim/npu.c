/* SPDX-License-Identifier: Apache-2.0 */
/* The simulator called as a driver, and its memory. The contract is in npu.h. */
#include "backends/ethos_u/sim/npu.h"

#include <string.h>

#include "backends/ethos_u/sim/sim.h"

static size_t padded(size_t n_bytes) {
    return (n_bytes + SC_FILE_ALIGN - 1) / SC_FILE_ALIGN * SC_FILE_ALIGN;
}

/* ---- memory ------------------------------------------------------------------ */

static ScStatus payload_note(ScEthosUSimNpu *npu, const ScDelegatePayload *payload) {
    ScEthosUPayload p;
    uint64_t reach[SC_EU_N_REGIONS];
    size_t workspace;
    SC_TRY(
        sc_ethos_u_payload_read(payload->data, payload->n_bytes, payload->model, &p, NULL));
    if (p.commands.config.product == SC_EU_U85) {
        return SC_OK; /* another instruction set: prepare() refuses it, with the reason */
    }
    SC_TRY(sc_ethos_u_sim_need(&p.commands, &workspace));
    SC_TRY(sc_ethos_u_extents(p.commands.words, p.commands.n_words,
                              p.commands.config.shram_bytes, reach));
    if (reach[SC_EU_FAST_REGION] > INT32_MAX / 2 || workspace > INT32_MAX / 2) {
        return SC_E_LIMIT;
    }
    size_t fast = padded((size_t)reach[SC_EU_FAST_REGION]);
    npu->need_workspace = workspace > npu->need_workspace ? workspace : npu->need_workspace;
    npu->need_fast = fast > npu->need_fast ? fast : npu->need_fast;
    return SC_OK;
}

ScStatus sc_ethos_u_npu_measure(const ScDelegate *self, const ScDelegatePayload *payload,
                                ScDelegateNeed *out_need) {
    ScEthosUSimNpu *npu = self->user;
    SC_TRY(sc_ethos_u_measure(self, payload, out_need));
    return npu->workspace ? SC_OK : payload_note(npu, payload);
}

size_t sc_ethos_u_npu_need(const ScEthosUSimNpu *npu) {
    return npu->need_fast + padded(npu->need_workspace);
}

void sc_ethos_u_npu_give(ScEthosUSimNpu *npu, void *memory) {
    memset(memory, 0, sc_ethos_u_npu_need(npu));
    npu->driver.user = npu;
    npu->driver.fast_scratch = memory;
    npu->driver.fast_scratch_bytes = npu->need_fast;
    npu->workspace = (uint8_t *)memory + npu->need_fast;
    npu->workspace_bytes = npu->need_workspace;
}

/* ---- the call ------------------------------------------------------------------ */

int sc_ethos_u_npu_invoke(void *user, const void *cop, size_t cop_bytes,
                          const uint64_t *bases, const size_t *n_bytes, int n_bases) {
    const ScEthosUSimNpu *npu = user;
    ScEthosUCommands commands;
    ScEthosURegions regions;
    if (!npu || !npu->workspace || cop_bytes > UINT32_MAX || n_bases > SC_EU_N_REGIONS) {
        return SC_E_ARG;
    }
    SC_TRY(sc_ethos_u_commands_read(cop, (uint32_t)cop_bytes, &commands));
    memset(&regions, 0, sizeof regions);
    for (int i = 0; i < n_bases; i++) {
        regions.base[i] = (uint8_t *)(uintptr_t)bases[i];
        regions.space.n_bytes[i] = n_bytes[i];
    }
    regions.space.writable = 1u << SC_EU_SCRATCH_REGION | 1u << SC_EU_FAST_REGION;
    return sc_ethos_u_sim_run(&commands, &regions, NULL, npu->workspace,
                              npu->workspace_bytes, NULL);
}
