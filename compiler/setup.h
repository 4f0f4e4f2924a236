/* SPDX-License-Identifier: Apache-2.0 */
/* What compile, eval and compare share: a target and samples become a pipeline. */
#ifndef SC_SETUP_H
#define SC_SETUP_H

#include "compiler/pipeline.h"
#include "compiler/target.h"

typedef struct ScSetup {
    ScTarget target;
    ScSamples samples; /* when there are some */
    ScPipeline pipeline;
} ScSetup;

/*
 * target NULL: "host". calibrate NULL: nothing is quantized; else the samples are
 * checked against the graph's inputs, with a warning when they are few. The
 * pipeline points into *out, which must stay where it is. Its other fields may be
 * changed before it runs.
 */
ScStatus sc_setup(Sc *sc, const char *target, const char *calibrate, const ScGraph *graph,
                  ScSetup *out);

#endif
