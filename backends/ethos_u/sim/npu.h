/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A simulated NPU: the delegate of ethos_u.h with the simulator where the NPU's driver
 * would be, for a computer or a Cortex-M under QEMU. It needs memory of its own, which
 * firmware with an NPU doesn't: the simulator's workspace, and for streams made for a
 * dedicated SRAM the fast scratch, whose size stands nowhere in a payload.
 *
 *     static ScEthosUSimNpu npu = SC_ETHOS_U_SIM_NPU;
 *     static const ScDelegate delegate = SC_ETHOS_U_SIM_DELEGATE(&npu);
 *     config.delegates = (const ScDelegate *const[]){&delegate};
 *     sc_need_scratch(..., &config, ...)                measures every payload
 *     sc_ethos_u_npu_give(&npu, memory)                 sc_ethos_u_npu_need() bytes
 *     sc_init(...)
 */
#ifndef SC_ETHOS_U_SIM_NPU_H
#define SC_ETHOS_U_SIM_NPU_H

#include "backends/ethos_u/device/ethos_u.h"

typedef struct ScEthosUSimNpu {
    ScEthosUDriver driver; /* the first member: functions of the delegate read it */
    void *workspace;       /* given; NULL = not yet */
    size_t workspace_bytes;
    size_t need_workspace, need_fast; /* the most that a measured payload needs */
} ScEthosUSimNpu;

/* invoke of the driver; user is the ScEthosUSimNpu. Returns an ScStatus. */
int sc_ethos_u_npu_invoke(void *user, const void *cop, size_t cop_bytes,
                          const uint64_t *bases, const size_t *n_bytes, int n_bases);
/* As sc_ethos_u_measure(); until memory is given it notes what the payload needs too. */
ScStatus sc_ethos_u_npu_measure(const ScDelegate *self, const ScDelegatePayload *payload,
                                ScDelegateNeed *out_need);

/* Bytes of memory for all payloads that were measured; 0 = none was. */
size_t sc_ethos_u_npu_need(const ScEthosUSimNpu *npu);
/* memory: sc_ethos_u_npu_need() bytes, aligned to SC_FILE_ALIGN; cleared and
 * kept. */
void sc_ethos_u_npu_give(ScEthosUSimNpu *npu, void *memory);

/* Runs streams for any U55 or U65. */
#define SC_ETHOS_U_SIM_NPU                           \
    {                                                \
        .driver = {.invoke = sc_ethos_u_npu_invoke } \
    }

/* npu: ScEthosUSimNpu *, kept. */
#define SC_ETHOS_U_SIM_DELEGATE(npu)                                                    \
    {                                                                                   \
        .id = "EthosUBackend", .user = (npu), .measure = sc_ethos_u_npu_measure,        \
        .place = sc_ethos_u_place, .prepare = sc_ethos_u_prepare, .run = sc_ethos_u_run \
    }

#endif
