/* SPDX-License-Identifier: Apache-2.0 */
/* The mean of a window. The contract is in loops.h. */
#include "backends/cortex_m/device/loops.h"

void sc_mean_loop(const ScMeanLoop *l) {
    for (int32_t channel = 0; channel < l->channels; channel++) {
        sc_mean_of_one(l, channel);
    }
}
