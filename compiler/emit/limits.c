/* SPDX-License-Identifier: Apache-2.0 */
/*
 * --max-ram and --max-flash: a program that doesn't fit fails on the host, with what
 * takes the space and what would help.
 */
#include <stdio.h>

#include "compiler/emit/report.h"

enum { N_NAMED = 3 }; /* of the largest ones */

/* The largest items, as "name 98,304 B, ...". */
typedef struct Largest {
    const char *names[N_NAMED];
    uint64_t n_bytes[N_NAMED];
} Largest;

static void largest_add(Largest *l, const char *name, uint64_t n_bytes) {
    for (size_t i = 0; i < N_NAMED; i++) {
        if (n_bytes > l->n_bytes[i]) {
            const char *next = l->names[i];
            uint64_t next_bytes = l->n_bytes[i];
            l->names[i] = name;
            l->n_bytes[i] = n_bytes;
            name = next;
            n_bytes = next_bytes;
        }
    }
}

static const char *bytes_text(Sc *sc, uint64_t value) {
    const char *text = "";
    for (; value >= 1000; value /= 1000) {
        text = sc_arena_fmt(sc->arena, ",%03u%s", (unsigned)(value % 1000), text);
    }
    return sc_arena_fmt(sc->arena, "%u%s", (unsigned)value, text);
}

static void largest_print(Sc *sc, const Largest *l, ScBuf *out) {
    for (size_t i = 0; i < N_NAMED && l->n_bytes[i]; i++) {
        sc_buf_fmt(out, "%s%s %s B", i ? ", " : "", l->names[i],
                   bytes_text(sc, l->n_bytes[i]));
    }
}

static const char *excess(Sc *sc, const char *kind, const char *option, uint64_t need,
                          uint64_t limit) {
    return sc_arena_fmt(sc->arena, "needs %s B of %s, %s B more than %s %s",
                        bytes_text(sc, need), kind, bytes_text(sc, need - limit), option,
                        bytes_text(sc, limit));
}

/* The memory with the most bytes decides. */
static uint32_t largest_memory(const ScProgram *p) {
    uint32_t largest = 0;
    for (uint32_t m = 1; m < p->n_memories; m++) {
        largest = p->memory_bytes[m] > p->memory_bytes[largest] ? m : largest;
    }
    return largest;
}

/* out_io: an input or output lives at the peak. */
static const char *peak_text(Sc *sc, const ScReport *r, bool *out_io) {
    const ScProgram *p = r->program;
    uint32_t memory = largest_memory(p);
    int32_t at = r->peak_at[memory];
    Largest largest = {{0}, {0}};
    *out_io = false;
    for (size_t b = 0; b < p->n_buffers; b++) {
        const ScPBuffer *buffer = &p->buffers[b];
        if (buffer->memory == memory && buffer->first <= at && buffer->last >= at) {
            largest_add(&largest, r->buffer_names[b], buffer->n_bytes);
            *out_io = *out_io || buffer->is_io;
        }
    }
    ScBuf text = sc_buf(sc->arena);
    if (at >= 0) {
        sc_buf_fmt(&text, "at instruction %d (%s) these live together: ", at,
                   sc_report_inst(r, at));
    } else {
        sc_buf_str(&text, "at the start these live together: ");
    }
    largest_print(sc, &largest, &text);
    return text.data;
}

static ScStatus ram_excess(Sc *sc, const char *where, const ScReport *r, uint64_t need,
                           const ScLimits *l) {
    bool io;
    const char *why = peak_text(sc, r, &io);
    const char *todo = "smaller feature maps there: stride earlier, fewer channels, or a "
                       "smaller input";
    if (!l->quantized) {
        todo = "--calibrate makes int8 of float: about a quarter";
    } else if (io && !l->int8_io) {
        todo = "--int8-io makes inputs and outputs int8 too: a quarter of theirs";
    }
    return sc_fail(sc, SC_E_LIMIT, where, excess(sc, "RAM", "--max-ram", need, l->ram), why,
                   todo);
}

/* A constant is called as the first tensor that shows it. */
static const char *constants_text(Sc *sc, const ScReport *r) {
    const ScProgram *p = r->program;
    Largest largest = {{0}, {0}};
    uint64_t total = 0;
    for (size_t c = 0; c < p->n_constants; c++) {
        const char *name = sc_arena_fmt(sc->arena, "constant %zu", c);
        for (ScPid pid = (ScPid)p->n_values; pid-- > 0;) {
            const ScPValue *v = &p->values[pid];
            if (v->kind == SC_P_TENSOR && v->as.tensor->storage == SC_P_CONST &&
                v->as.tensor->index == c) {
                name = v->name ? v->name : v->as.tensor->fqn ? v->as.tensor->fqn : name;
            }
        }
        if (r->constant_used[c]) {
            total += p->constants[c].n_bytes;
            largest_add(&largest, name, p->constants[c].n_bytes);
        }
    }
    ScBuf text = sc_buf(sc->arena);
    sc_buf_fmt(&text, "%s B of it are constants: ", bytes_text(sc, total));
    largest_print(sc, &largest, &text);
    return text.data;
}

static ScStatus flash_excess(Sc *sc, const char *where, const ScReport *r, uint64_t need,
                             const ScLimits *l) {
    return sc_fail(sc, SC_E_LIMIT, where,
                   excess(sc, "flash", "--max-flash", need, l->flash),
                   constants_text(sc, r),
                   l->quantized ? "fewer channels in the layers of these constants"
                                : "--calibrate makes int8 of float: about a quarter");
}

ScStatus sc_limits_check(Sc *sc, const char *where, const ScProgram *program, uint64_t ram,
                         uint64_t flash, const ScLimits *limits) {
    ScReport report = sc_report_collect(sc, program);
    ScStatus status = SC_OK;
    if (limits->ram && ram > limits->ram) {
        status = ram_excess(sc, where, &report, ram, limits);
    }
    if (limits->flash && flash > limits->flash) {
        status = flash_excess(sc, where, &report, flash, limits);
    }
    return status;
}
