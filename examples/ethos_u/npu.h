/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The NPU as main.c sees it. Two files do it, CMake takes one: npu_simulated.c, which
 * runs anywhere, or npu_core_driver.c, with Arm's driver and the hardware.
 */
#ifndef NPU_H
#define NPU_H

#include "sconce/runtime.h"

enum { NPU_LINE_BYTES = 32 }; /* of the data cache of a Cortex-M55, M7 or M85 */

extern const ScDelegate npu_delegate;

/* After sc_open(), before sc_init_bound(). config: with npu_delegate in it. */
ScStatus npu_open(const ScModel *model, const ScConfig *config);

#endif
