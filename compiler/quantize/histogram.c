/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Ranges that lose the least energy: a histogram of each value, and of all ranges from a
 * fifth of the observed one upwards the one whose int8 rounding of the bins' centres has
 * the smallest squared error. Exact zeros aren't counted: behind a ReLU they would
 * outweigh everything, and every range holds 0 exactly.
 */
#include <math.h>

#include "compiler/quantize/quantize.h"

enum { N_STEPS = 81 }; /* factors 0.20, 0.21 ... 1.00 */

void sc_histogram_add(ScHistogram *h, const float *data, size_t n) {
    double width = ((double)h->max - (double)h->min) / SC_HISTOGRAM_BINS;
    for (size_t i = 0; i < n && width > 0.0; i++) {
        if (data[i] == 0.0f || !isfinite(data[i])) {
            continue;
        }
        double bin = floor(((double)data[i] - (double)h->min) / width);
        bin = bin < 0.0 ? 0.0 : bin > SC_HISTOGRAM_BINS - 1 ? SC_HISTOGRAM_BINS - 1 : bin;
        h->counts[(size_t)bin]++;
    }
}

static double error_of(const ScHistogram *h, double low, double high) {
    double scale = (high - low) / 255.0, error = 0.0;
    if (scale <= 0.0) {
        return HUGE_VAL;
    }
    double zero = nearbyint(-128.0 - low / scale);
    double width = ((double)h->max - (double)h->min) / SC_HISTOGRAM_BINS;
    for (size_t b = 0; b < SC_HISTOGRAM_BINS; b++) {
        double x = (double)h->min + ((double)b + 0.5) * width;
        double q = nearbyint(x / scale) + zero;
        q = q < -128.0 ? -128.0 : q > 127.0 ? 127.0 : q;
        double difference = x - (q - zero) * scale;
        error += (double)h->counts[b] * difference * difference;
    }
    return error;
}

static double factor_of(int step) {
    return 0.2 + 0.01 * step;
}

ScRange sc_histogram_range(const ScHistogram *h) {
    double min = (double)h->min, max = (double)h->max;
    double low = min, high = max, best = error_of(h, low, high);
    for (int i = 0; i < N_STEPS; i++) { /* both ends together */
        double a = factor_of(i), error = error_of(h, min * a, max * a);
        if (error < best) {
            best = error;
            low = min * a;
            high = max * a;
        }
    }
    for (int round = 0; round < 2 && min < 0.0 && max > 0.0; round++) {
        for (int i = 0; i < 2 * N_STEPS; i++) { /* then one end, then the other */
            bool upper = i >= N_STEPS;
            double a = factor_of(upper ? i - N_STEPS : i);
            double l = upper ? low : min * a, r = upper ? max * a : high;
            double error = error_of(h, l, r);
            if (error < best) {
                best = error;
                low = l;
                high = r;
            }
        }
    }
    return (ScRange){(float)low, (float)high, true};
}
