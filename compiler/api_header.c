/* SPDX-License-Identifier: Apache-2.0 */
/* sc_header(): what firmware must know of a program, as a C header. */
#include <string.h>

#include "compiler/emit/emit.h"
#include "compiler/execute.h"
#include "compiler/session.h"

typedef struct Header {
    Sc *sc;
    ScBuf *out;
    ScExecution execution;
} Header;

static void define(Header *h, const char *name, uint64_t number, const char *note) {
    sc_buf_fmt(h->out, "#define SC_MODEL_%s %llu%s%s%s\n", name, (unsigned long long)number,
               note ? " /* " : "", note ? note : "", note ? " */" : "");
}

/* "/" would end a comment early or start one; names come from the file. */
static const char *comment_safe(Sc *sc, const char *name) {
    char *copy = sc_arena_str(sc->arena, name);
    for (char *c = copy; *c; c++) {
        if (*c == '/' || *c == '\\' || (unsigned char)*c < ' ') {
            *c = '_';
        }
    }
    return copy;
}

static const char *type_text(Sc *sc, const ScTensor *t) {
    int64_t dims[SC_MAX_RANK] = {0};
    ScBuf text = sc_buf(sc->arena);
    for (uint32_t d = 0; d < t->rank; d++) {
        dims[d] = t->sizes[d];
    }
    ScType type = sc_type_make((ScDtype)t->dtype, t->rank, dims);
    sc_type_print(&type, &text);
    return text.data;
}

static const char *order_text(Sc *sc, const ScTensor *t) {
    bool plain = true;
    ScBuf text = sc_buf(sc->arena);
    sc_buf_str(&text, ", dimensions from outermost to innermost:");
    for (uint32_t d = 0; d < t->rank; d++) {
        plain = plain && t->dim_order[d] == d;
        sc_buf_fmt(&text, " %u", t->dim_order[d]);
    }
    return plain ? "" : text.data;
}

static void io_write(Header *h, const char *kind, uint32_t index, const ScTensor *t,
                     ScStatus has_info, const ScIoInfo *info) {
    Sc *sc = h->sc;
    const char *name = sc_arena_fmt(sc->arena, "%s%u", kind, index);
    sc_buf_fmt(h->out, "\n/* %s %u", strcmp(kind, "INPUT") == 0 ? "input" : "output",
               index);
    if (has_info == SC_OK && *info->name) {
        sc_buf_fmt(h->out, " \"%s\"", comment_safe(sc, info->name));
    }
    sc_buf_fmt(h->out, ": %s%s", type_text(sc, t), order_text(sc, t));
    bool quantized = has_info == SC_OK && info->scale != 0;
    sc_buf_str(h->out, quantized ? "; real = scale * (value - zero point) */\n" : " */\n");
    define(h, sc_arena_fmt(sc->arena, "%s_BYTES", name), sc_tensor_bytes(t), NULL);
    if (quantized) {
        sc_buf_fmt(h->out, "#define SC_MODEL_%s_SCALE ", name);
        sc_buf_double(h->out, (double)info->scale);
        sc_buf_fmt(h->out, "f\n#define SC_MODEL_%s_ZERO_POINT (%ld)\n", name,
                   (long)info->zero_point);
    }
}

static void ios_write(Header *h) {
    const ScMethod *method = &h->execution.method;
    ScIoInfo info;
    ScTensor t;
    for (uint32_t i = 0; i < sc_input_count(method); i++) {
        ScStatus has_info = sc_input_info(&h->execution.model, i, &info);
        if (sc_input(method, i, &t) == SC_OK) {
            io_write(h, "INPUT", i, &t, has_info, &info);
        }
    }
    for (uint32_t i = 0; i < sc_output_count(method); i++) {
        ScStatus has_info = sc_output_info(&h->execution.model, i, &info);
        if (sc_output(method, i, &t) == SC_OK) {
            io_write(h, "OUTPUT", i, &t, has_info, &info);
        }
    }
}

static ScStatus header(Sc *sc, const void *request, ScBuf *out) {
    const char *path = request;
    Header h = {.sc = sc, .out = out};
    ScBytes pte;
    ScNeed need;
    SC_TRY(sc_file_map(sc, path, &pte));
    SC_TRY(sc_execution_open(sc, path, pte, &h.execution));
    SC_TRY(sc_need(&h.execution.model, NULL, &need));
    uint32_t workspace = sc_bound_workspace(&h.execution.method);
    sc_buf_str(out, "/* What the program needs and how it is fed. Written by `sconce "
                    "kernels --header`; not\n * to be edited: make it again when the "
                    "program changes. */\n#ifndef SC_MODEL_H\n#define SC_MODEL_H\n\n");
    define(&h, "PTE_BYTES", pte.n_bytes, NULL);
    define(&h, "WORKSPACE_BYTES", workspace, "of the runtime, for sc_init_bound()");
    define(&h, "N_MEMORIES", need.n_memories, NULL);
    for (uint32_t i = 0; i < need.n_memories; i++) {
        define(&h, sc_arena_fmt(sc->arena, "MEMORY%u_BYTES", i), need.memory_bytes[i],
               "tensors");
    }
    if (h.execution.method.config.scratch_bytes) {
        define(&h, "SCRATCH_BYTES", h.execution.method.config.scratch_bytes,
               "of delegate calls, for config.scratch");
        define(&h, "SCRATCH_ALIGN", h.execution.scratch_align, NULL);
    }
    define(&h, "RAM_BYTES", sc_bound_ram(&h.execution.method),
           "all of these, each rounded up to 16");
    define(&h, "N_INPUTS", sc_input_count(&h.execution.method), NULL);
    define(&h, "N_OUTPUTS", sc_output_count(&h.execution.method), NULL);
    ios_write(&h);
    sc_buf_str(out, "\n#endif\n");
    return SC_OK;
}

ScStatus sc_header(ScSession *session, const char *pte_path, ScText *out_header) {
    return sc_session_call(session, header, pte_path, out_header);
}
