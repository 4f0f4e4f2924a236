/* SPDX-License-Identifier: Apache-2.0 */
/* The report for people: a summary that fits on a screen, then the tables. */
#include <stdio.h>
#include <string.h>

#include "compiler/emit/report.h"

typedef struct Text {
    const ScReport *r;
    ScBuf *out;
} Text;

/* "1,234,567", right-aligned in `width`. */
static void number(const Text *t, uint64_t value, int width) {
    char digits[32], grouped[48];
    int n = snprintf(digits, sizeof digits, "%llu", (unsigned long long)value), k = 0;
    for (int i = 0; i < n; i++) {
        if (i && (n - i) % 3 == 0) {
            grouped[k++] = ',';
        }
        grouped[k++] = digits[i];
    }
    grouped[k] = 0;
    sc_buf_fmt(t->out, "%*s", width, grouped);
}

static void line(const Text *t, const char *label, uint64_t value, const char *unit) {
    sc_buf_fmt(t->out, "  %-14s", label);
    number(t, value, 12);
    sc_buf_fmt(t->out, " %-2s", unit);
}

/* ---- summary ----------------------------------------------------------------------------
 */

static void sizes_print(const Text *t) {
    const ScPteSizes *s = t->r->sizes;
    if (!s) {
        return;
    }
    line(t, "file", s->file, "B");
    sc_buf_str(t->out, "  flatbuffer ");
    number(t, s->flatbuffer, 0);
    sc_buf_str(t->out, ", constants ");
    number(t, s->constants, 0);
    uint64_t rest = s->file - s->flatbuffer;
    sc_buf_str(t->out, ", other ");
    number(t, rest > s->constants ? rest - s->constants : 0, 0);
    sc_buf_str(t->out, "\n");
    if (s->n_methods > 1) {
        line(t, "methods", s->n_methods, "");
        for (uint32_t i = 0; i < s->n_methods; i++) {
            sc_buf_str(t->out, i ? ", " : "  ");
            sc_buf_line(t->out, s->method_names[i]);
        }
        sc_buf_str(t->out, "\n  this is         ");
        sc_buf_line(t->out, t->r->program->name);
        sc_buf_str(t->out, "\n");
    }
}

static void constants_print(const Text *t) {
    line(t, "constants", t->r->constant_bytes, "B");
    sc_buf_fmt(t->out, "  in %u blocks", t->r->n_constants);
    if (t->r->n_dead) {
        sc_buf_fmt(t->out, "; nothing uses %u of them, ", t->r->n_dead);
        number(t, t->r->dead_bytes, 0);
        sc_buf_str(t->out, " B");
    }
    sc_buf_str(t->out, "\n");
}

static bool memory_is_state(const ScProgram *p, uint32_t memory) {
    bool state = false;
    for (size_t b = 0; b < p->n_buffers; b++) {
        if (p->buffers[b].memory == memory && p->buffers[b].n_bytes) {
            if (!p->buffers[b].is_state) {
                return false;
            }
            state = true;
        }
    }
    return state;
}

static void memory_print(const Text *t, uint32_t m) {
    const ScProgram *p = t->r->program;
    char label[32];
    snprintf(label, sizeof label, "memory %u", m);
    line(t, label, p->memory_bytes[m], "B");
    if (memory_is_state(p, m)) {
        sc_buf_str(t->out, "  state, kept between runs\n");
        return;
    }
    uint64_t bytes = p->memory_bytes[m], bound = p->memory_bound[m];
    if (bytes == bound) {
        sc_buf_str(t->out, "  = lower bound of this order");
    } else {
        sc_buf_str(t->out, "  lower bound ");
        number(t, bound, 0);
        uint64_t percent = bound ? ((bytes - bound) * 100 + bound / 2) / bound : 0;
        sc_buf_fmt(t->out, " (%llu %% above)", (unsigned long long)percent);
    }
    int32_t at = t->r->peak_at[m];
    if (bytes && at >= 0) {
        sc_buf_fmt(t->out, ", peak at %d %s", at, sc_report_inst(t->r, at));
    } else if (bytes) {
        sc_buf_str(t->out, ", peak at the start");
    }
    sc_buf_str(t->out, "\n");
}

static void insts_print(const Text *t) {
    const ScProgram *p = t->r->program;
    uint32_t n_delegates = 0;
    for (size_t i = 0; i < p->n_insts; i++) {
        n_delegates += p->insts[i].kind == SC_P_DELEGATE;
    }
    uint32_t n_values = 0;
    for (size_t k = 0; k < SC_REPORT_N_KINDS; k++) {
        n_values += t->r->n_kinds[k];
    }
    line(t, "instructions", p->n_insts, "");
    sc_buf_fmt(t->out, "  kernels %zu, delegate calls %u, values %u", t->r->n_ops,
               n_delegates, n_values);
    if (n_values < p->n_values) {
        sc_buf_fmt(t->out, " (dead: %zu)", p->n_values - n_values);
    }
    sc_buf_str(t->out, "\n");
}

static void plan_print(const Text *t) {
    const ScReport *r = t->r;
    if (!r->checked) {
        sc_buf_str(t->out, "  plan          not checked: the program jumps or moves\n");
    } else if (r->overlaps) {
        sc_buf_fmt(t->out,
                   "  plan          WRONG: %s and %s overlap while both are in use\n",
                   r->buffer_names[r->overlap_a], r->buffer_names[r->overlap_b]);
    }
}

static void total_print(const Text *t, const char *label, uint64_t memory,
                        uint64_t scratch) {
    sc_buf_fmt(t->out, "  %-14s", label);
    number(t, memory, 12);
    sc_buf_str(t->out, " B");
    if (scratch) {
        sc_buf_str(t->out, "   and ");
        number(t, scratch, 0);
        sc_buf_str(t->out, " B of scratch outside");
    }
    sc_buf_str(t->out, "\n");
}

static void replan_print(const Text *t) {
    const ScReplan *p = t->r->replan;
    if (!p) {
        return;
    }
    total_print(t, "memory before", p->old_bytes, p->old_scratch);
    total_print(t, "memory now", p->new_bytes, p->new_scratch);
    if (p->old_file) {
        total_print(t, "file before", p->old_file, 0);
        total_print(t, "file now", p->new_file, 0);
        total_print(t, "constants before", p->old_constants, 0);
        total_print(t, "constants now", p->new_constants, 0);
        if (p->new_file <= p->old_file) {
            total_print(t, "saved in the file", p->old_file - p->new_file, 0);
        }
    }
    if (p->n_calls) {
        line(t, "delegate calls", p->n_calls, "");
        sc_buf_fmt(t->out, "  %u with scratch in the plan; %u of %u tensors aren't copied",
                   p->n_planned, p->n_in_place, p->n_tensors);
        if (p->n_unknown) {
            sc_buf_fmt(t->out, "; %u can't be measured here", p->n_unknown);
        }
        sc_buf_str(t->out, "\n");
    }
}

static void io_print(const Text *t, const char *what, const ScPIo *io, size_t index) {
    const ScPValue *v = &t->r->program->values[io->value];
    ScBuf type = sc_buf(t->out->arena);
    sc_buf_str(&type, "");
    if (v->kind == SC_P_TENSOR) {
        sc_report_type(v->as.tensor, &type);
    } else {
        sc_buf_str(&type, v->kind == SC_P_NULL ? "None" : "a number");
    }
    sc_buf_fmt(t->out, "  %-6s %zu  %-20s %-20s", what, index, io->name ? io->name : "-",
               type.data);
    if (v->kind == SC_P_TENSOR) {
        number(t, sc_ptensor_bytes(v->as.tensor), 10);
        sc_buf_str(t->out, " B");
    }
    sc_buf_str(t->out, io->layout == SC_LAYOUT_CHANNELS_LAST ? "  channels last" : "");
    if (io->scale != 0) {
        sc_buf_fmt(t->out, "  scale %.8g zero point %lld", io->scale,
                   (long long)io->zero_point);
    }
    sc_buf_str(t->out, "\n");
}

static void summary_print(const Text *t) {
    const ScProgram *p = t->r->program;
    sc_buf_fmt(t->out, "%s\n\n", t->r->title);
    sizes_print(t);
    constants_print(t);
    for (uint32_t m = 0; m < p->n_memories; m++) {
        memory_print(t, m);
    }
    insts_print(t);
    plan_print(t);
    replan_print(t);
    sc_buf_str(t->out, "\n");
    for (size_t i = 0; i < p->n_inputs; i++) {
        io_print(t, "input", &p->inputs[i], i);
    }
    for (size_t i = 0; i < p->n_outputs; i++) {
        io_print(t, "output", &p->outputs[i], i);
    }
}

/* ---- tables
 * ------------------------------------------------------------------------------- */

static void ops_print(const Text *t) {
    if (t->r->n_ops) {
        sc_buf_str(t->out, "\nOperators\n   calls  class  operator\n");
    }
    for (size_t i = 0; i < t->r->n_ops; i++) {
        const ScReportOp *op = &t->r->ops[i];
        sc_buf_fmt(t->out, "  %6u  %5c  %s\n", op->count, op->dtype_class, op->name);
    }
}

static void values_print(const Text *t) {
    static const char *const names[SC_REPORT_N_KINDS] = {[SC_P_NULL] = "null",
                                                         [SC_P_INT] = "int",
                                                         [SC_P_BOOL] = "bool",
                                                         [SC_P_DOUBLE] = "double",
                                                         [SC_P_TENSOR] = "tensor",
                                                         [SC_P_STRING] = "string",
                                                         [SC_P_INTS] = "int list",
                                                         [SC_P_DOUBLES] = "double list",
                                                         [SC_P_BOOLS] = "bool list",
                                                         [SC_P_TENSORS] = "tensor list",
                                                         [SC_P_OPTIONAL_TENSORS] =
                                                             "optional tensor list"};
    sc_buf_str(t->out, "\nValues in use\n");
    for (size_t k = 1; k < SC_REPORT_N_KINDS; k++) {
        if (t->r->n_kinds[k]) {
            sc_buf_fmt(t->out, "  %6u  %s\n", t->r->n_kinds[k], names[k]);
        }
    }
}

static void need_print(const Text *t, const ScPDelegate *d) {
    if (!d->linked) {
        sc_buf_str(t->out, "  not linked into this build\n");
    } else if (d->measured != SC_OK) {
        sc_buf_fmt(t->out, "  refused by its delegate: %s\n", sc_status_name(d->measured));
    } else {
        sc_buf_str(t->out, "  scratch ");
        number(t, d->need.scratch_bytes, 0);
        sc_buf_fmt(t->out, " B aligned to %zu, inputs %u, outputs %u\n",
                   d->need.scratch_align, d->need.n_inputs, d->need.n_outputs);
    }
}

static void delegates_print(const Text *t) {
    const ScProgram *p = t->r->program;
    if (p->n_delegates) {
        sc_buf_str(t->out, "\nDelegates\n");
    }
    for (size_t i = 0; i < p->n_delegates; i++) {
        sc_buf_fmt(t->out, "  %6zu  %-24s", i, p->delegates[i].id);
        number(t, p->delegates[i].n_bytes, 12);
        sc_buf_str(t->out, " B");
        need_print(t, &p->delegates[i]);
    }
}

static void buffers_print(const Text *t, uint32_t memory) {
    const ScReport *r = t->r;
    bool any = false;
    for (size_t i = 0; i < r->n_buffers; i++) {
        const ScPBuffer *b = &r->program->buffers[r->buffer_order[i]];
        if (b->memory != memory) {
            continue;
        }
        if (!any) {
            sc_buf_fmt(t->out,
                       "\nMemory %u (* lives at the peak)\n"
                       "       bytes      offset   first   last  name\n",
                       memory);
        }
        any = true;
        bool peak = b->first <= r->peak_at[memory] && r->peak_at[memory] <= b->last;
        number(t, b->n_bytes, 12);
        number(t, b->offset, 12);
        sc_buf_fmt(t->out, "  %6d %6d %c%s%s\n", b->first, b->last, peak ? '*' : ' ',
                   r->buffer_names[r->buffer_order[i]],
                   b->is_state     ? " [state]"
                   : b->is_io      ? " [io]"
                   : b->is_scratch ? " [scratch]"
                                   : "");
    }
}

/* Dead constants by name where there is one: stock keeps the float weights of
 * rewritten operators. */
static void dead_print(const Text *t) {
    const ScReport *r = t->r;
    if (r->n_dead) {
        sc_buf_str(t->out, "\nDead constants\n");
    }
    for (ScPid pid = 0; pid < r->program->n_values && r->n_dead; pid++) {
        const ScPValue *v = &r->program->values[pid];
        if (v->kind != SC_P_TENSOR || v->as.tensor->storage != SC_P_CONST ||
            r->constant_used[v->as.tensor->index]) {
            continue;
        }
        number(t, sc_ptensor_bytes(v->as.tensor), 12);
        sc_buf_str(t->out, "  ");
        sc_report_type(v->as.tensor, t->out);
        const char *name = v->name ? v->name : v->as.tensor->fqn;
        sc_buf_fmt(t->out, name ? "  %s\n" : "\n", name);
    }
}

/* Names out of a damaged file must not reach a terminal as they are. */
static void lines_clean(char *text, ScBuf *out) {
    while (*text) {
        char *end = text + strcspn(text, "\n");
        bool more = *end != 0;
        *end = 0;
        sc_buf_line(out, text);
        sc_buf_str(out, more ? "\n" : "");
        text = end + more;
    }
}

void sc_report_text(const ScReport *report, ScBuf *out) {
    ScBuf raw = sc_buf(out->arena);
    Text t = {.r = report, .out = &raw};
    summary_print(&t);
    ops_print(&t);
    delegates_print(&t);
    values_print(&t);
    for (uint32_t m = 0; m < report->program->n_memories; m++) {
        buffers_print(&t, m);
    }
    dead_print(&t);
    lines_clean(raw.data, out);
}
