/* SPDX-License-Identifier: Apache-2.0 */
/* From a file to a Program and the bytes of its .pte; the stages in order. */
#ifndef SC_PIPELINE_H
#define SC_PIPELINE_H

#include "compiler/backend.h"
#include "compiler/quantize/quantize.h"

typedef struct ScPipeline {
    const ScBackend *const *engines; /* the first one is the host engine */
    size_t n_engines;
    bool stock_ops;
    const char *isa;          /* kind of core, for patterns that ask; or NULL */
    bool simplify;            /* false: only what is needed to run at all */
    const char *skip_pass;    /* NULL, or a simplify pass to leave out */
    const char *dump_dir;     /* NULL, or where texts go after each stage */
    const ScSamples *samples; /* NULL, or what to calibrate with: int8 then */
    ScQuantOptions quant;
    ScWatch *watch; /* NULL, or filled in when it quantizes: the program's outputs are
                       then the watched values */
} ScPipeline;

typedef struct ScCompiled {
    ScProgram *program;
    ScChoice *choices; /* which engine runs what, in order */
    size_t n_choices;
    ScBytes pte; /* aligned to SC_FILE_ALIGN */
} ScCompiled;

/* A pipeline for the reference engine: what runs a .pt2 as it is. */
ScStatus sc_pipeline_reference(Sc *sc, ScPipeline *out_pipeline);

/* Consumes the graph. */
ScStatus sc_pipeline_run(Sc *sc, const ScPipeline *pipeline, ScGraph *graph,
                         ScCompiled *out_compiled);

/* Any input that holds a graph: .pt2, or .scg text. */
ScStatus sc_read_graph(Sc *sc, const char *path, ScGraph **out_graph);

#endif
