/* SPDX-License-Identifier: Apache-2.0 */
/* Fixed-point factors of requantization. The contract is in cortex_m.h. */
#include <math.h>

#include "backends/cortex_m/host/cortex_m.h"

bool sc_fixed_of(double scale, ScFixed *out) {
    int exponent;
    *out = (ScFixed){0, 0};
    if (!(scale > 0.0) || !isfinite(scale)) {
        return scale == 0.0;
    }
    double mantissa = frexp(scale, &exponent); /* [0.5, 1) */
    int64_t q = (int64_t)nearbyint(mantissa * 2147483648.0);
    if (q == INT64_C(2147483648)) {
        q /= 2;
        exponent++;
    }
    *out = (ScFixed){(int32_t)q, exponent};
    return exponent >= -31 && exponent <= 31;
}

int64_t sc_int8_of(double x, const ScQuant *quant) {
    double q = nearbyint(x / quant->scales[0]) + (double)quant->zero_points[0];
    return q < -128.0 ? -128 : q > 127.0 ? 127 : (int64_t)q;
}
