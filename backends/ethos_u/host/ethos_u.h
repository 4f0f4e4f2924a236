/* SPDX-License-Identifier: Apache-2.0 */
/* The host's side of Ethos-U. Private to host/. */
#ifndef SC_ETHOS_U_HOST_H
#define SC_ETHOS_U_HOST_H

#include "backends/ethos_u/device/ethos_u.h"
#include "backends/ethos_u/sim/sim.h"

/* The delegate whose NPU is the simulator. */
extern const ScDelegate sc_ethos_u_twin;

#endif
