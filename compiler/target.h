/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Targets: what a chip or board has, as YAML that users edit (folder targets).
 *
 *   name: host                     letters, digits, '-' and '_'
 *   summary: one line for people
 *   engines: [portable]            backends; the first one is the host engine
 *   core: cortex-m55               optional: the core that runs the program ...
 *   isa: mve                       ... and which kernels it has: c, dsp or mve
 *
 * An unknown key, a missing one or an unknown engine is an error that names
 * the file's line.
 */
#ifndef SC_TARGET_H
#define SC_TARGET_H

#include "compiler/backend.h"

enum { SC_MAX_ENGINES = 8 };

typedef struct ScTarget {
    const char *name;
    const char *summary;
    const ScBackend *engines[SC_MAX_ENGINES];
    size_t n_engines;
    const char *core; /* or NULL */
    const char *isa;  /* or NULL */
} ScTarget;

/* The targets that are built in: name and YAML text. */
typedef struct ScTargetFile {
    const char *name; /* "host.yaml" */
    const char *text;
} ScTargetFile;
const ScTargetFile *sc_target_files(size_t *out_n);

/* name of a built-in target, or path of a file when it ends in ".yaml". */
ScStatus sc_target_load(Sc *sc, const char *name, ScTarget *out_target);
ScStatus sc_target_parse(Sc *sc, const char *where, const char *text, size_t n_bytes,
                         ScTarget *out_target);

#endif
