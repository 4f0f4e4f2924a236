/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The archive layer of a .pt2: zip members, version checks, tensor metadata
 * and weights. Knows nothing of Graphs.
 * Source: torch/export/pt2_archive/_package.py and torch/_export/serde/schema.py
 * of torch 2.13.
 */
#ifndef SC_IMPORT_ARCHIVE_H
#define SC_IMPORT_ARCHIVE_H

#include "compiler/base/json.h"
#include "compiler/base/npy.h"
#include "compiler/base/text.h"
#include "compiler/base/zip.h"

/* An opened archive that holds exactly one exported program. */
typedef struct ScPt2 {
    Sc *sc;
    const char *where; /* the file, for diagnostics */
    ScZip zip;
    const char *root;        /* first path component of every member, "dscnn_kws" */
    const char *model;       /* "model" with torch.export.save() */
    const json_t *program;   /* models/<model>.json */
    const json_t *weights;   /* fully qualified name -> PayloadMeta */
    const json_t *constants; /* the same for tensor constants, non-persistent buffers */
    uint64_t copy_budget;    /* bytes that weights may still expand to */
} ScPt2;

/* Recognises old and foreign layouts and refuses them with advice. */
ScStatus sc_pt2_open(Sc *sc, const char *where, ScBytes file, ScPt2 *out_pt2);

/* torch's TensorMeta. Sizes are constants; strides count elements. */
typedef struct ScPt2Meta {
    ScDtype dtype;
    uint8_t rank;
    int64_t dims[SC_MAX_RANK];
    int64_t strides[SC_MAX_RANK];
    int64_t offset; /* in elements */
} ScPt2Meta;

/* ranges: the program's range_constraints, for the message when a size isn't
 * constant; NULL = none. */
ScStatus sc_pt2_meta(Sc *sc, const char *where, const json_t *json, const json_t *ranges,
                     ScPt2Meta *out_meta);
/* A SymInt: {"as_int": n}, or {"as_expr": ...} of a constant. out_symbol is NULL
 * then, else the symbol's name. */
ScStatus sc_pt2_symint(Sc *sc, const char *where, const json_t *json, int64_t *out_value,
                       const char **out_symbol);
/* torch.export's dtype numbers, which aren't those of the .pte. */
ScStatus sc_pt2_dtype(Sc *sc, const char *where, int64_t code, ScDtype *out_dtype);
/* What to do about a model whose sizes change, for every message about it. */
extern const char sc_pt2_advice_dynamic[];

bool sc_pt2_meta_is_contiguous(const ScPt2Meta *meta);

typedef struct ScPt2Weight {
    ScPt2Meta meta;
    const void *data;    /* dense, C order; in the archive or in the arena */
    const char *storage; /* record it comes from: equal for weights that share memory */
} ScPt2Weight;

/* The bytes of a parameter, buffer or constant. table: pt2->weights or
 * pt2->constants; fqn: its name there. */
ScStatus sc_pt2_weight(ScPt2 *pt2, const json_t *table, const char *fqn,
                       ScPt2Weight *out_weight);
/* Name of the record of a weight without reading it; NULL when there is none. */
const char *sc_pt2_weight_storage(const json_t *table, const char *fqn);

/* "features.0.conv" from a node's nn_module_stack, NULL for the model itself. */
const char *sc_pt2_module_path(ScArena *arena, const char *module_stack);
/* "model.py:12" from its stack_trace: the innermost frame outside of installed
 * packages, without folders (they hold users' paths). NULL when there is none. */
const char *sc_pt2_source(ScArena *arena, const char *stack_trace);
/* A copy with everything but printable ASCII replaced by '?': for names from
 * the file that go into messages. */
const char *sc_pt2_printable(ScArena *arena, const char *text);

#endif
