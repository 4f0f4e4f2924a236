/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The report for machines, "schema": "sconce.inspect/1":
 *
 *     title, method, instructions
 *     sizes        null, or file, flatbuffer, segments, constants, methods
 *     operators    [{name, class, calls}]
 *     values       {kind: how many are in use}
 *     constants    count, bytes, dead, dead_bytes
 *     memories     [{bytes, bound, peak_at, buffers: [{name, bytes, offset,
 *                  first, last, state, io}]}]
 *     delegates    [{id, bytes, linked, status, scratch_bytes, scratch_align,
 *                  inputs, outputs}]; without a linked delegate up to linked, when it
 *                  refuses the payload up to status
 *     replan       only when memories were planned anew: old_bytes, new_bytes,
 *                  old_scratch, new_scratch (outside of the memories), calls, planned,
 *                  unknown, tensors, in_place
 *     inputs, outputs  [{name, dtype, shape, dim_order, bytes, layout, scale,
 *                  zero_point}]; a non-tensor has the kind only
 *     overlap      null, or the names of two buffers that overlap while live
 *     checked      false when a program with jumps leaves overlap unknown
 *
 * Bytes and indices are integers; first = -1 means from the start.
 */
#include "compiler/emit/report.h"

static const char *const kind_names[SC_REPORT_N_KINDS] = {[0] = "none",
                                                          [SC_P_NULL] = "null",
                                                          [SC_P_INT] = "int",
                                                          [SC_P_BOOL] = "bool",
                                                          [SC_P_DOUBLE] = "double",
                                                          [SC_P_TENSOR] = "tensor",
                                                          [SC_P_STRING] = "string",
                                                          [SC_P_INTS] = "ints",
                                                          [SC_P_DOUBLES] = "doubles",
                                                          [SC_P_BOOLS] = "bools",
                                                          [SC_P_TENSORS] = "tensors",
                                                          [SC_P_OPTIONAL_TENSORS] =
                                                              "optional_tensors"};

static void key(ScBuf *out, const char *name) {
    sc_buf_fmt(out, "\"%s\": ", name);
}

static void string_field(ScBuf *out, const char *name, const char *value) {
    key(out, name);
    if (value) {
        sc_buf_json_str(out, value);
    } else {
        sc_buf_str(out, "null");
    }
}

static void u64_field(ScBuf *out, const char *name, uint64_t value) {
    key(out, name);
    sc_buf_fmt(out, "%llu", (unsigned long long)value);
}

static void comma(ScBuf *out) {
    sc_buf_str(out, ", ");
}

static void sizes_write(const ScReport *r, ScBuf *out) {
    if (!r->sizes) {
        sc_buf_str(out, "  \"sizes\": null,\n");
        return;
    }
    sc_buf_str(out, "  \"sizes\": {");
    u64_field(out, "file", r->sizes->file);
    comma(out);
    u64_field(out, "flatbuffer", r->sizes->flatbuffer);
    comma(out);
    u64_field(out, "segments", r->sizes->segments);
    comma(out);
    u64_field(out, "constants", r->sizes->constants);
    comma(out);
    u64_field(out, "methods", r->sizes->n_methods);
    sc_buf_str(out, "},\n");
}

static void operators_write(const ScReport *r, ScBuf *out) {
    sc_buf_str(out, "  \"operators\": [");
    for (size_t i = 0; i < r->n_ops; i++) {
        sc_buf_str(out, i ? ",\n    {" : "\n    {");
        string_field(out, "name", r->ops[i].name);
        sc_buf_fmt(out, ", \"class\": \"%c\", \"calls\": %u}", r->ops[i].dtype_class,
                   r->ops[i].count);
    }
    sc_buf_str(out, r->n_ops ? "\n  ],\n" : "],\n");
}

static void values_write(const ScReport *r, ScBuf *out) {
    bool first = true;
    sc_buf_str(out, "  \"values\": {");
    for (size_t k = 1; k < SC_REPORT_N_KINDS; k++) {
        if (r->n_kinds[k]) {
            sc_buf_str(out, first ? "" : ", ");
            u64_field(out, kind_names[k], r->n_kinds[k]);
            first = false;
        }
    }
    sc_buf_str(out, "},\n  \"constants\": {");
    u64_field(out, "count", r->n_constants);
    comma(out);
    u64_field(out, "bytes", r->constant_bytes);
    comma(out);
    u64_field(out, "dead", r->n_dead);
    comma(out);
    u64_field(out, "dead_bytes", r->dead_bytes);
    sc_buf_str(out, "},\n");
}

static void buffers_write(const ScReport *r, uint32_t memory, ScBuf *out) {
    bool first = true;
    for (size_t i = 0; i < r->n_buffers; i++) {
        uint32_t index = r->buffer_order[i];
        const ScPBuffer *b = &r->program->buffers[index];
        if (b->memory != memory) {
            continue;
        }
        sc_buf_str(out, first ? "\n      {" : ",\n      {");
        first = false;
        string_field(out, "name", r->buffer_names[index]);
        comma(out);
        u64_field(out, "bytes", b->n_bytes);
        comma(out);
        u64_field(out, "offset", b->offset);
        sc_buf_fmt(out, ", \"first\": %d, \"last\": %d, \"state\": %s, \"io\": %s}",
                   b->first, b->last, b->is_state ? "true" : "false",
                   b->is_io ? "true" : "false");
    }
}

static void memories_write(const ScReport *r, ScBuf *out) {
    sc_buf_str(out, "  \"memories\": [");
    for (uint32_t m = 0; m < r->program->n_memories; m++) {
        sc_buf_str(out, m ? ",\n    {" : "\n    {");
        u64_field(out, "bytes", r->program->memory_bytes[m]);
        comma(out);
        u64_field(out, "bound", r->program->memory_bound[m]);
        sc_buf_fmt(out, ", \"peak_at\": %d, \"buffers\": [", r->peak_at[m]);
        buffers_write(r, m, out);
        sc_buf_str(out, "]}");
    }
    sc_buf_str(out, "\n  ],\n");
}

static void need_write(const ScPDelegate *d, ScBuf *out) {
    sc_buf_fmt(out, ", \"linked\": %s", d->linked ? "true" : "false");
    if (!d->linked) {
        return;
    }
    comma(out);
    string_field(out, "status", sc_status_name(d->measured));
    if (d->measured == SC_OK) {
        comma(out);
        u64_field(out, "scratch_bytes", d->need.scratch_bytes);
        comma(out);
        u64_field(out, "scratch_align", d->need.scratch_align);
        sc_buf_fmt(out, ", \"inputs\": %u, \"outputs\": %u", d->need.n_inputs,
                   d->need.n_outputs);
    }
}

static void delegates_write(const ScReport *r, ScBuf *out) {
    sc_buf_str(out, "  \"delegates\": [");
    for (size_t i = 0; i < r->program->n_delegates; i++) {
        sc_buf_str(out, i ? ", {" : "{");
        string_field(out, "id", r->program->delegates[i].id);
        comma(out);
        u64_field(out, "bytes", r->program->delegates[i].n_bytes);
        need_write(&r->program->delegates[i], out);
        sc_buf_str(out, "}");
    }
    sc_buf_str(out, "],\n");
}

static void replan_write(const ScReplan *p, ScBuf *out) {
    const struct {
        const char *name;
        uint64_t value;
    } fields[] = {{"old_bytes", p->old_bytes},
                  {"new_bytes", p->new_bytes},
                  {"old_scratch", p->old_scratch},
                  {"new_scratch", p->new_scratch},
                  {"old_file", p->old_file},
                  {"new_file", p->new_file},
                  {"old_constants", p->old_constants},
                  {"new_constants", p->new_constants},
                  {"calls", p->n_calls},
                  {"planned", p->n_planned},
                  {"unknown", p->n_unknown},
                  {"tensors", p->n_tensors},
                  {"in_place", p->n_in_place}};
    sc_buf_str(out, "  \"replan\": {");
    for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++) {
        sc_buf_str(out, i ? ", " : "");
        u64_field(out, fields[i].name, fields[i].value);
    }
    sc_buf_str(out, "},\n");
}

static void tensor_write(const ScPTensor *t, ScBuf *out) {
    sc_buf_fmt(out, ", \"dtype\": \"%s\", \"shape\": [", sc_dtype_name(t->dtype));
    for (uint32_t i = 0; i < t->rank; i++) {
        sc_buf_fmt(out, i ? ", %d" : "%d", t->sizes[i]);
    }
    sc_buf_str(out, "], \"dim_order\": [");
    for (uint32_t i = 0; i < t->rank; i++) {
        sc_buf_fmt(out, i ? ", %u" : "%u", t->dim_order[i]);
    }
    sc_buf_str(out, "], ");
    u64_field(out, "bytes", sc_ptensor_bytes(t));
}

static void io_write(const ScReport *r, const ScPIo *io, ScBuf *out) {
    const ScPValue *v = &r->program->values[io->value];
    sc_buf_str(out, "{");
    string_field(out, "name", io->name);
    comma(out);
    string_field(out, "kind", kind_names[v->kind]);
    if (v->kind == SC_P_TENSOR) {
        tensor_write(v->as.tensor, out);
    }
    comma(out);
    string_field(out, "layout",
                 io->layout == SC_LAYOUT_CHANNELS_LAST ? "channels_last" : "contiguous");
    if (io->scale != 0) {
        sc_buf_str(out, ", \"scale\": ");
        sc_buf_double(out, io->scale);
        sc_buf_fmt(out, ", \"zero_point\": %lld", (long long)io->zero_point);
    }
    sc_buf_str(out, "}");
}

static void ios_write(const ScReport *r, const char *name, const ScPIo *io, size_t n,
                      ScBuf *out) {
    sc_buf_fmt(out, "  \"%s\": [", name);
    for (size_t i = 0; i < n; i++) {
        sc_buf_str(out, i ? ",\n    " : "\n    ");
        io_write(r, &io[i], out);
    }
    sc_buf_str(out, n ? "\n  ],\n" : "],\n");
}

static void methods_write(const ScReport *r, ScBuf *out) {
    sc_buf_str(out, ",\n  \"methods\": [");
    for (uint32_t i = 0; r->sizes && i < r->sizes->n_methods; i++) {
        sc_buf_str(out, i ? ", " : "");
        sc_buf_json_str(out, r->sizes->method_names[i]);
    }
    sc_buf_str(out, "]");
}

void sc_report_json(const ScReport *r, ScBuf *out) {
    const ScProgram *p = r->program;
    sc_buf_str(out, "{\n  \"schema\": \"sconce.inspect/1\",\n  \"kind\": \"program\",\n  ");
    string_field(out, "title", r->title);
    sc_buf_str(out, ",\n  ");
    string_field(out, "method", p->name);
    methods_write(r, out);
    sc_buf_fmt(out, ",\n  \"instructions\": %zu,\n", p->n_insts);
    sizes_write(r, out);
    operators_write(r, out);
    values_write(r, out);
    memories_write(r, out);
    delegates_write(r, out);
    if (r->replan) {
        replan_write(r->replan, out);
    }
    ios_write(r, "inputs", p->inputs, p->n_inputs, out);
    ios_write(r, "outputs", p->outputs, p->n_outputs, out);
    sc_buf_str(out, "  \"overlap\": ");
    if (r->overlaps) {
        sc_buf_str(out, "[");
        sc_buf_json_str(out, r->buffer_names[r->overlap_a]);
        comma(out);
        sc_buf_json_str(out, r->buffer_names[r->overlap_b]);
        sc_buf_str(out, "]");
    } else {
        sc_buf_str(out, "null");
    }
    sc_buf_fmt(out, ",\n  \"checked\": %s\n}\n", r->checked ? "true" : "false");
}
