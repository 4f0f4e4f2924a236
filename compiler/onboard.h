/* SPDX-License-Identifier: Apache-2.0 */
/* `sconce run --on qemu`: the same file on a simulated core and on this computer. */
#ifndef SC_ONBOARD_H
#define SC_ONBOARD_H

#include "compiler/base/text.h"
#include "compiler/base/context.h"

ScStatus sc_run_onboard(Sc *sc, const ScRunFileOptions *options, ScFormat format,
                        ScBuf *out_report);

#endif
