/* SPDX-License-Identifier: Apache-2.0 */
/* The table of engines.h. To add one: its delegate, need(), give(), and a row. */
#include "boards/qemu/engines.h"

#include "backends/ethos_u/sim/npu.h"

static ScEthosUSimNpu ethos_u = SC_ETHOS_U_SIM_NPU;
static const ScDelegate ethos_u_delegate = SC_ETHOS_U_SIM_DELEGATE(&ethos_u);

static size_t ethos_u_need(void) {
    return sc_ethos_u_npu_need(&ethos_u);
}

static void ethos_u_give(void *memory) {
    sc_ethos_u_npu_give(&ethos_u, memory);
}

const ScEngine sc_engines[] = {{&ethos_u_delegate, ethos_u_need, ethos_u_give}};
const uint32_t sc_n_engines = sizeof sc_engines / sizeof sc_engines[0];
