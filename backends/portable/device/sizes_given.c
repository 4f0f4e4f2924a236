/* SPDX-License-Identifier: Apache-2.0 */
/* The sizes that a factory (full, empty, rand) is given. The contract is in tensor.h. */
#include "backends/portable/device/tensor.h"

ScStatus sc_sizes_given(const ScCall *c, const ScTensor *out) {
    if (sc_arg_count(c, 0) != out->rank) {
        return SC_E_SHAPE;
    }
    for (uint32_t d = 0; d < out->rank; d++) {
        if (sc_arg_int_at(c, 0, d) != out->sizes[d]) {
            return SC_E_SHAPE;
        }
    }
    return SC_OK;
}
