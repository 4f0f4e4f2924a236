/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The delegate on this computer: the device's own code with a simulated NPU, whose
 * memory is allocated for each call.
 */
#include <stdlib.h>
#include <string.h>

#include "backends/ethos_u/host/ethos_u.h"
#include "backends/ethos_u/sim/npu.h"

/* A delegate that stands for `self` while it handles one payload. */
static ScStatus npu_open(const ScDelegate *self, const ScDelegatePayload *payload,
                         ScEthosUSimNpu *npu, ScDelegate *out_device) {
    ScDelegateNeed need;
    memset(npu, 0, sizeof *npu);
    npu->driver.invoke = sc_ethos_u_npu_invoke;
    *out_device = *self;
    out_device->user = npu;
    return sc_ethos_u_npu_measure(out_device, payload, &need);
}

static ScStatus twin_prepare(const ScDelegate *self, const ScDelegatePayload *payload,
                             const ScTensor *tensors, uint32_t n_tensors) {
    ScEthosUSimNpu npu;
    ScDelegate device;
    SC_TRY(npu_open(self, payload, &npu, &device));
    npu.driver.fast_scratch_bytes = npu.need_fast;
    return sc_ethos_u_prepare(&device, payload, tensors, n_tensors);
}

static ScStatus twin_run(const ScDelegate *self, const ScDelegatePayload *payload,
                         const ScTensor *tensors, uint32_t n_tensors, void *scratch,
                         size_t scratch_bytes) {
    ScEthosUSimNpu npu;
    ScDelegate device;
    SC_TRY(npu_open(self, payload, &npu, &device));
    size_t n_bytes = sc_ethos_u_npu_need(&npu);
    void *memory = aligned_alloc(SC_FILE_ALIGN, n_bytes);
    if (!memory) {
        return SC_E_MEMORY;
    }
    sc_ethos_u_npu_give(&npu, memory);
    ScStatus status =
        sc_ethos_u_run(&device, payload, tensors, n_tensors, scratch, scratch_bytes);
    free(memory);
    return status;
}

static ScEthosUDriver any_npu = {.invoke = sc_ethos_u_npu_invoke};

const ScDelegate sc_ethos_u_twin = {.id = "EthosUBackend",
                                    .user = &any_npu,
                                    .measure = sc_ethos_u_measure,
                                    .place = sc_ethos_u_place,
                                    .prepare = twin_prepare,
                                    .run = twin_run};
