/* SPDX-License-Identifier: Apache-2.0 */
/* The contract is in setup.h. */
#include "compiler/setup.h"

#include <string.h>

#include "compiler/samples.h"

/* Below this many samples a range that was never seen is likely (docs/quantization.md). */
enum { FEW_SAMPLES = 16 };

static ScStatus read_samples(Sc *sc, const char *path, const ScGraph *graph, ScSetup *out) {
    SC_TRY(sc_samples_read(sc, path, graph, &out->samples));
    size_t n = out->samples.n_samples;
    bool few = n < FEW_SAMPLES;
    if (few) {
        sc_warn(sc, path, sc_arena_fmt(sc->arena, "only %zu calibration samples", n),
                "values beyond what they show will be clipped",
                "give 32 or more; ranges are widened by 1.25 meanwhile");
    }
    out->pipeline.samples = &out->samples;
    out->pipeline.quant.margin = few ? 1.25 : 1.1;
    return SC_OK;
}

static bool computes_int8(const ScTarget *target) {
    for (size_t i = 0; i < target->n_engines; i++) {
        for (size_t k = 0; k < target->engines[i]->n_patterns; k++) {
            if (target->engines[i]->patterns[k].quant.rule == SC_QUANT_FREE) {
                return true;
            }
        }
    }
    return false;
}

ScStatus sc_setup(Sc *sc, const char *target, const char *calibrate, const ScGraph *graph,
                  ScSetup *out) {
    memset(out, 0, sizeof *out);
    SC_TRY(sc_target_load(sc, target ? target : "host", &out->target));
    out->pipeline = (ScPipeline){.engines = out->target.engines,
                                 .n_engines = out->target.n_engines,
                                 .isa = out->target.isa,
                                 .simplify = true,
                                 .quant = {.nhwc_inputs = true}};
    if (calibrate && !computes_int8(&out->target)) {
        return sc_fail(sc, SC_E_ARG, "--calibrate",
                       sc_arena_fmt(sc->arena, "target '%s' computes nothing in int8",
                                    out->target.name),
                       "calibration is for int8",
                       "take a target for it: see `sconce targets`");
    }
    return calibrate ? read_samples(sc, calibrate, graph, out) : SC_OK;
}
