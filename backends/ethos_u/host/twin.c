/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The delegate on this computer: the device's own code, with the simulator in the place
 * of the NPU. Its memory is allocated for each call: the fast scratch, whose size a
 * payload need not say, is as large as the stream reaches.
 */
#include <stdlib.h>
#include <string.h>

#include "backends/ethos_u/host/ethos_u.h"

static void *new_bytes(size_t n_bytes) {
    size_t rounded = (n_bytes + SC_FILE_ALIGN) / SC_FILE_ALIGN * SC_FILE_ALIGN;
    void *bytes = aligned_alloc(SC_FILE_ALIGN, rounded);
    if (bytes) {
        memset(bytes, 0, rounded);
    }
    return bytes;
}

static int twin_invoke(void *user, const void *cop, size_t cop_bytes, const uint64_t *bases,
                       const size_t *n_bytes, int n_bases) {
    ScEthosUCommands commands;
    ScEthosURegions regions;
    size_t need;
    (void)user;
    memset(&regions, 0, sizeof regions);
    for (int i = 0; i < n_bases; i++) {
        regions.base[i] = (uint8_t *)(uintptr_t)bases[i];
        regions.space.n_bytes[i] = n_bytes[i];
    }
    regions.space.writable = 1u << SC_EU_SCRATCH_REGION | 1u << SC_EU_FAST_REGION;
    if (cop_bytes > UINT32_MAX ||
        sc_ethos_u_commands_read(cop, (uint32_t)cop_bytes, &commands) != SC_OK ||
        sc_ethos_u_sim_need(&commands, &need) != SC_OK) {
        return -1;
    }
    void *workspace = new_bytes(need);
    ScStatus status =
        workspace ? sc_ethos_u_sim_run(&commands, &regions, NULL, workspace, need, NULL)
                  : SC_E_MEMORY;
    free(workspace);
    return status;
}

/* Bytes of region 2, at most 2 GiB. */
static ScStatus fast_bytes(const ScDelegatePayload *payload, size_t *out_bytes) {
    ScEthosUPayload p;
    uint64_t n_bytes[SC_EU_N_REGIONS];
    SC_TRY(
        sc_ethos_u_payload_read(payload->data, payload->n_bytes, payload->model, &p, NULL));
    SC_TRY(sc_ethos_u_extents(p.commands.words, p.commands.n_words,
                              p.commands.config.shram_bytes, n_bytes));
    *out_bytes = (size_t)n_bytes[SC_EU_FAST_REGION];
    return n_bytes[SC_EU_FAST_REGION] <= INT32_MAX ? SC_OK : SC_E_RANGE;
}

static ScStatus twin_prepare(const ScDelegate *self, const ScDelegatePayload *payload,
                             const ScTensor *tensors, uint32_t n_tensors) {
    ScEthosUDriver driver = {.invoke = twin_invoke};
    ScDelegate device = *self;
    device.user = &driver;
    SC_TRY(fast_bytes(payload, &driver.fast_scratch_bytes));
    return sc_ethos_u_prepare(&device, payload, tensors, n_tensors);
}

static ScStatus twin_run(const ScDelegate *self, const ScDelegatePayload *payload,
                         const ScTensor *tensors, uint32_t n_tensors, void *scratch,
                         size_t scratch_bytes) {
    ScEthosUDriver driver = {.invoke = twin_invoke};
    ScDelegate device = *self;
    device.user = &driver;
    SC_TRY(fast_bytes(payload, &driver.fast_scratch_bytes));
    driver.fast_scratch = new_bytes(driver.fast_scratch_bytes);
    if (!driver.fast_scratch) {
        return SC_E_MEMORY;
    }
    ScStatus status =
        sc_ethos_u_run(&device, payload, tensors, n_tensors, scratch, scratch_bytes);
    free(driver.fast_scratch);
    return status;
}

static ScEthosUDriver any_npu = {.invoke = twin_invoke};

const ScDelegate sc_ethos_u_twin = {.id = "EthosUBackend",
                                    .user = &any_npu,
                                    .measure = sc_ethos_u_measure,
                                    .place = sc_ethos_u_place,
                                    .prepare = twin_prepare,
                                    .run = twin_run};
