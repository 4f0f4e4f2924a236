/* SPDX-License-Identifier: Apache-2.0 */
/* What the float and the integer engine of pointwise.h share. */
#include "backends/portable/device/pointwise.h"

#include "backends/portable/device/element.h"
#include "backends/portable/device/loop.h"

ScStatus sc_pointwise_begin(const ScTensor *out, const ScTensor *in, uint32_t n_in,
                            bool with_float, ScLoop *out_loop) {
    ScView to, from[SC_POINTWISE_INPUTS];
    const ptrdiff_t *strides[SC_LOOP_OPS] = {to.strides};
    SC_TRY(sc_view(out, &to));
    if (!sc_dtype_is_known(out->dtype, with_float)) {
        return SC_E_UNSUPPORTED;
    }
    for (uint32_t k = 0; k < n_in; k++) {
        SC_TRY(sc_view(&in[k], &from[k]));
        SC_TRY(sc_view_expand(&from[k], to.rank, to.sizes));
        if (!sc_dtype_is_known(in[k].dtype, with_float)) {
            return SC_E_UNSUPPORTED;
        }
        strides[k + 1] = from[k].strides;
    }
    sc_loop_init(out_loop, to.rank, to.sizes, strides, n_in + 1);
    return SC_OK;
}
