/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reads a torch.export archive (.pt2 as torch.export.save() of torch >= 2.8
 * writes it) into a Graph that is functional: in-place operators, writes
 * through views and buffer updates have become values and state writes, and
 * quantize/dequantize pairs have become the types of values.
 *
 * The three dialects are read alike: plain export ("TRAINING"),
 * run_decompositions({}) and run_decompositions() ("ATEN").
 * What can't be read is refused by name with the way out; docs/pt2.md lists it.
 */
#ifndef SC_IMPORT_PT2_H
#define SC_IMPORT_PT2_H

#include "compiler/ops/ops.h"

/* Maps the file; constants of the Graph point into the mapping where the bytes
 * are already dense. */
ScStatus sc_import_pt2(Sc *sc, const char *path, const ScOpTable *ops, ScGraph **out_graph);

/* The same for bytes in memory, which must outlive the Graph. `where` names
 * them in diagnostics. */
ScStatus sc_import_pt2_bytes(Sc *sc, const char *where, ScBytes file, const ScOpTable *ops,
                             ScGraph **out_graph);

#endif
