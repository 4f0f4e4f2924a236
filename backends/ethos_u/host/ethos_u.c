/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Arm Ethos-U: programs with "EthosUBackend" payloads run here in the simulator, on the
 * device on the NPU. The compiler doesn't place operators on it yet: it takes none.
 */
#include "backends/ethos_u/host/ethos_u.h"

#include "compiler/backend.h"

const ScBackend sc_backend_ethos_u = {
    .name = "ethos_u",
    .doc = "Arm Ethos-U55 and U65: runs payloads of stock ExecuTorch",
    .delegate = &sc_ethos_u_twin,
};
