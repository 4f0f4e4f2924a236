/* SPDX-License-Identifier: Apache-2.0 */
/* How far numbers are from what they should be. */
#ifndef SC_FIDELITY_H
#define SC_FIDELITY_H

#include <math.h>
#include <stddef.h>

typedef struct ScFidelity {
    double signal, noise; /* sums of squares: of the wanted numbers, of the errors */
    double worst;         /* largest error */
} ScFidelity;

static inline void sc_fidelity_add(ScFidelity *f, const double *want, const double *got,
                                   size_t n) {
    for (size_t i = 0; i < n; i++) {
        double error = got[i] - want[i];
        f->signal += want[i] * want[i];
        f->noise += error * error;
        f->worst = fabs(error) > f->worst ? fabs(error) : f->worst;
    }
}

/* Signal to quantization noise in dB; SC_SQNR_EXACT when there is no error. */
#define SC_SQNR_EXACT 200.0
static inline double sc_fidelity_db(const ScFidelity *f) {
    if (f->noise <= 0.0) {
        return SC_SQNR_EXACT;
    }
    double db = 10.0 * log10((f->signal > 0.0 ? f->signal : 1e-300) / f->noise);
    return db < SC_SQNR_EXACT ? db : SC_SQNR_EXACT;
}

#endif
