/* SPDX-License-Identifier: Apache-2.0 */
/* The NPU of a board that has none: the simulator, in RAM that nobody owns. */
#include "npu.h"

#include "backends/ethos_u/sim/npu.h"
#include "boards/common/board.h"

static ScEthosUSimNpu npu = SC_ETHOS_U_SIM_NPU;
const ScDelegate npu_delegate = SC_ETHOS_U_SIM_DELEGATE(&npu);

ScStatus npu_open(const ScModel *model, const ScConfig *config) {
    size_t scratch_bytes, align, n_free;
    uint8_t *memory = sc_ram_free(&n_free);
    SC_TRY(sc_need_scratch(model, NULL, config, &scratch_bytes, &align));
    if (sc_ethos_u_npu_need(&npu) > n_free) {
        return SC_E_MEMORY;
    }
    sc_ethos_u_npu_give(&npu, memory);
    return SC_OK;
}
