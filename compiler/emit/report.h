/* SPDX-License-Identifier: Apache-2.0 */
/* What a report tells about a Program, before it is text or JSON. Private. */
#ifndef SC_EMIT_REPORT_H
#define SC_EMIT_REPORT_H

#include "compiler/emit/emit.h"

enum { SC_REPORT_N_KINDS = 12 }; /* indexed by ScPKind */

/* Calls of one operator on one dtype class. */
typedef struct ScReportOp {
    const char *name;
    char dtype_class;
    uint32_t count;
} ScReportOp;

typedef struct ScReport {
    const char *title;
    const ScProgram *program;
    const ScPteSizes *sizes; /* or NULL */
    const ScReplan *replan;  /* or NULL */
    ScReportOp *ops;         /* most calls first, then by name */
    size_t n_ops, cap_ops;
    uint32_t n_kinds[SC_REPORT_N_KINDS]; /* used values by kind */
    bool *used;                          /* per value: something refers to it */
    bool *constant_used;                 /* per constant */
    uint32_t n_constants, n_dead;
    uint64_t constant_bytes, dead_bytes; /* dead: no instruction, input, output uses it */
    const char **buffer_names;           /* never NULL */
    uint32_t *buffer_order; /* buffers with bytes, by memory, first use, offset */
    size_t n_buffers;
    int32_t peak_at[SC_MAX_MEMORIES]; /* instruction with most live bytes; -1 = start */
    bool overlaps, checked;           /* checked: overlaps says something */
    size_t overlap_a, overlap_b;
} ScReport;

/* All but title, sizes and overlaps. */
ScReport sc_report_collect(Sc *sc, const ScProgram *program);
void sc_report_text(const ScReport *report, ScBuf *out);
void sc_report_json(const ScReport *report, ScBuf *out);

/* "aten::add.out", "delegate EthosUBackend", "move" ... */
const char *sc_report_inst(const ScReport *report, int32_t index);
/* "f32[1,3,8,8]" */
void sc_report_type(const ScPTensor *tensor, ScBuf *out);
/* Bytes of the buffers of a memory that live at an instruction. */
uint64_t sc_report_live(const ScReport *report, uint32_t memory, int32_t at);

#endif
