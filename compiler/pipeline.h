/* SPDX-License-Identifier: Apache-2.0 */
/* The pipeline's stages as functions; pipeline.c calls them in order. */
#ifndef SC_PIPELINE_H
#define SC_PIPELINE_H

#include "compiler/backend.h"

/* import/: .pt2 -> Graph, functional, q/dq absorbed into types. */
ScStatus sc_import_pt2(Sc *sc, const char *path, const ScOpTable *ops, ScGraph **out_graph);

#endif
