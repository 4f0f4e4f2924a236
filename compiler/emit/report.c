/* SPDX-License-Identifier: Apache-2.0 */
/* Collects what a report tells; report_text.c and report_json.c write it. */
#include "compiler/emit/report.h"

#include <stdlib.h>
#include <string.h>

#include "compiler/program/touch.h"
#include "runtime/model.h"
#include "runtime/schema.h"

/* ---- operators and values ------------------------------------------------------------ */

static void op_count(ScArena *arena, ScReport *r, const ScPInst *inst) {
    const char *name = r->program->operators[inst->index];
    char dtype_class = sc_call_dtype_class(r->program, inst);
    for (size_t i = 0; i < r->n_ops; i++) {
        if (r->ops[i].dtype_class == dtype_class && strcmp(r->ops[i].name, name) == 0) {
            r->ops[i].count++;
            return;
        }
    }
    ScReportOp op = {.name = name, .dtype_class = dtype_class, .count = 1};
    SC_PUSH(arena, r->ops, r->n_ops, r->cap_ops, op);
}

static int op_compare(const void *a, const void *b) {
    const ScReportOp *x = a, *y = b;
    if (x->count != y->count) {
        return x->count > y->count ? -1 : 1;
    }
    int order = strcmp(x->name, y->name);
    return order ? order : x->dtype_class - y->dtype_class;
}

static void value_use(ScReport *r, ScPid pid) {
    if (pid == SC_PID_NONE || r->used[pid]) {
        return;
    }
    const ScPValue *v = &r->program->values[pid];
    r->used[pid] = true;
    r->n_kinds[v->kind]++;
    if (v->kind == SC_P_TENSOR && v->as.tensor->storage == SC_P_CONST) {
        r->constant_used[v->as.tensor->index] = true;
    }
    bool is_list =
        v->kind == SC_P_INTS || v->kind == SC_P_TENSORS || v->kind == SC_P_OPTIONAL_TENSORS;
    for (uint32_t i = 0; is_list && i < v->n; i++) {
        value_use(r, v->as.items[i]); /* items are no lists */
    }
}

static void uses_collect(ScArena *arena, ScReport *r) {
    const ScProgram *p = r->program;
    r->used = SC_NEW_ARRAY(arena, bool, p->n_values);
    r->constant_used = SC_NEW_ARRAY(arena, bool, p->n_constants);
    for (size_t i = 0; i < p->n_inputs; i++) {
        value_use(r, p->inputs[i].value);
    }
    for (size_t i = 0; i < p->n_outputs; i++) {
        value_use(r, p->outputs[i].value);
    }
    for (size_t i = 0; i < p->n_insts; i++) {
        if (p->insts[i].kind == SC_P_CALL) {
            op_count(arena, r, &p->insts[i]);
        }
        for (uint32_t a = 0; a < p->insts[i].n_args; a++) {
            value_use(r, p->insts[i].args[a]);
        }
    }
    if (r->n_ops > 1) {
        qsort(r->ops, r->n_ops, sizeof *r->ops, op_compare);
    }
}

static void constants_count(ScReport *r) {
    const ScProgram *p = r->program;
    for (size_t b = 0; b < p->n_buffers; b++) {
        if (p->buffers[b].initial != SC_PID_NONE) {
            r->constant_used[p->buffers[b].initial] = true;
        }
    }
    for (size_t i = 0; i < p->n_constants; i++) {
        r->n_constants++;
        r->constant_bytes += p->constants[i].n_bytes;
        r->n_dead += !r->constant_used[i];
        r->dead_bytes += r->constant_used[i] ? 0 : p->constants[i].n_bytes;
    }
}

/* ---- memory -----------------------------------------------------------------------------
 */

const char *sc_report_inst(const ScReport *r, int32_t index) {
    if (index < 0 || (size_t)index >= r->program->n_insts) {
        return "start";
    }
    const ScPInst *inst = &r->program->insts[index];
    switch (inst->kind) {
    case SC_P_CALL:
        return r->program->operators[inst->index];
    case SC_P_DELEGATE:
        return r->program->delegates[inst->index].id;
    case SC_P_MOVE:
        return "move";
    case SC_P_JUMP_FALSE:
        return "jump";
    case SC_P_FREE:
        return "free";
    }
    return "?";
}

static void io_name(ScReport *r, const ScPIo *io, size_t n) {
    for (size_t i = 0; i < n; i++) {
        uint32_t b = sc_pvalue_buffer(r->program, io[i].value);
        if (b != UINT32_MAX && !r->buffer_names[b]) {
            r->buffer_names[b] = io[i].name;
        }
    }
}

/* The name of a buffer: of the input or output on it, else of its first tensor,
 * else the instruction that makes it (files have no names). */
static void buffers_name(ScArena *arena, ScReport *r) {
    const ScProgram *p = r->program;
    r->buffer_names = SC_NEW_ARRAY(arena, const char *, p->n_buffers);
    io_name(r, p->inputs, p->n_inputs);
    io_name(r, p->outputs, p->n_outputs);
    for (ScPid pid = 0; pid < p->n_values; pid++) {
        uint32_t b = sc_pvalue_buffer(p, pid);
        if (b != UINT32_MAX && !r->buffer_names[b]) {
            const ScPValue *v = &p->values[pid];
            r->buffer_names[b] = v->name ? v->name : v->as.tensor->fqn;
        }
    }
    for (size_t b = 0; b < p->n_buffers; b++) {
        if (!r->buffer_names[b]) {
            const char *maker = p->buffers[b].is_state ? "state"
                                : p->buffers[b].first < 0
                                    ? "input"
                                    : sc_report_inst(r, p->buffers[b].first);
            r->buffer_names[b] = sc_arena_fmt(arena, "(%s)", maker);
        }
    }
}

typedef struct SortKey {
    const ScPBuffer *buffer;
    uint32_t index;
} SortKey;

static int buffer_compare(const void *a, const void *b) {
    const SortKey *x = a, *y = b;
    if (x->buffer->memory != y->buffer->memory) {
        return x->buffer->memory < y->buffer->memory ? -1 : 1;
    }
    if (x->buffer->first != y->buffer->first) {
        return x->buffer->first < y->buffer->first ? -1 : 1;
    }
    return x->index < y->index ? -1 : x->index > y->index;
}

static void buffers_sort(ScArena *arena, ScReport *r) {
    const ScProgram *p = r->program;
    SortKey *keys = SC_NEW_ARRAY(arena, SortKey, p->n_buffers);
    r->buffer_order = SC_NEW_ARRAY(arena, uint32_t, p->n_buffers);
    for (uint32_t b = 0; b < p->n_buffers; b++) {
        if (sc_pbuffer_is_live(&p->buffers[b])) {
            keys[r->n_buffers++] = (SortKey){.buffer = &p->buffers[b], .index = b};
        }
    }
    if (r->n_buffers > 1) {
        qsort(keys, r->n_buffers, sizeof *keys, buffer_compare);
    }
    for (size_t i = 0; i < r->n_buffers; i++) {
        r->buffer_order[i] = keys[i].index;
    }
}

uint64_t sc_report_live(const ScReport *r, uint32_t memory, int32_t at) {
    uint64_t live = 0;
    for (size_t i = 0; i < r->n_buffers; i++) {
        const ScPBuffer *b = &r->program->buffers[r->buffer_order[i]];
        /* What lies inside of a scratch doesn't count beside it. */
        bool inside =
            (b->born_inside && b->first == at) || (b->dies_inside && b->last == at);
        bool lives = b->memory == memory && b->first <= at && at <= b->last && !inside;
        live += lives ? b->n_bytes : 0;
    }
    return live;
}

static void peaks_find(ScReport *r) {
    for (uint32_t m = 0; m < r->program->n_memories; m++) {
        uint64_t peak = 0;
        r->peak_at[m] = -1;
        /* It only rises where a buffer starts to live. */
        for (size_t i = 0; i < r->n_buffers; i++) {
            const ScPBuffer *b = &r->program->buffers[r->buffer_order[i]];
            uint64_t live = b->memory == m ? sc_report_live(r, m, b->first) : 0;
            if (live > peak) {
                peak = live;
                r->peak_at[m] = b->first;
            }
        }
    }
}

/* ---- entry points
 * ------------------------------------------------------------------------ */

void sc_report_type(const ScPTensor *tensor, ScBuf *out) {
    sc_buf_fmt(out, "%s[", sc_dtype_name(tensor->dtype));
    for (uint32_t i = 0; i < tensor->rank; i++) {
        sc_buf_fmt(out, i ? ",%d" : "%d", tensor->sizes[i]);
    }
    sc_buf_str(out, "]");
}

ScReport sc_report_collect(Sc *sc, const ScProgram *program) {
    ScReport r = {.program = program};
    uses_collect(sc->arena, &r);
    constants_count(&r);
    buffers_name(sc->arena, &r);
    buffers_sort(sc->arena, &r);
    peaks_find(&r);
    return r;
}

ScStatus sc_report_program(Sc *sc, const char *title, const ScProgram *program,
                           const ScPteSizes *sizes, ScFormat format, ScBuf *out) {
    return sc_report_replan(sc, title, program, sizes, NULL, format, out);
}

ScStatus sc_report_replan(Sc *sc, const char *title, const ScProgram *program,
                          const ScPteSizes *sizes, const ScReplan *replan, ScFormat format,
                          ScBuf *out) {
    ScReport r = sc_report_collect(sc, program);
    r.title = title;
    r.sizes = sizes;
    r.replan = replan;
    r.checked = !sc_program_has_flow(program);
    r.overlaps =
        r.checked && sc_program_overlap(sc->arena, program, &r.overlap_a, &r.overlap_b);
    if (format == SC_JSON) {
        sc_report_json(&r, out);
    } else {
        sc_report_text(&r, out);
    }
    return SC_OK;
}

ScStatus sc_pte_sizes(Sc *sc, const char *where, ScBytes file, ScPteSizes *out_sizes) {
    ScModel model;
    ScStatus status = sc_open(file.data, file.n_bytes, &model);
    if (status != SC_OK) {
        return sc_fail(sc, status, where, "not a .pte file", NULL, NULL);
    }
    uint32_t constants = sc_flat_ref(model.file, model.root, SC_PROGRAM_CONSTANT_SEGMENT);
    uint32_t n_constants = 0;
    if (constants) {
        sc_segment_at(&model, sc_flat_u32(model.file, constants, SC_SUBSEGMENT_INDEX),
                      &n_constants);
    }
    uint32_t n_methods = sc_method_count(&model);
    const char **names = SC_NEW_ARRAY(sc->arena, const char *, n_methods + 1u);
    for (uint32_t i = 0; i < n_methods; i++) {
        names[i] = sc_method_name(&model, i);
    }
    *out_sizes = (ScPteSizes){
        .file = file.n_bytes,
        .flatbuffer = model.program_bytes,
        .segments = model.segment_base ? file.n_bytes - model.segment_base : 0,
        .constants = n_constants,
        .n_methods = n_methods,
        .method_names = names,
    };
    return SC_OK;
}
