/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The kernel table of a set of programs, as C source: only what they call is
 * linked. A call takes the first offered row of its name whose class is that
 * of the call or '*', as the runtime does (kernel_find.c).
 */
#include <stdlib.h>
#include <string.h>

#include "compiler/emit/bound.h"
#include "compiler/emit/emit.h"

typedef ScKernelRows Rows;

/* ---- classes ------------------------------------------------------------------------ */

static const char classes[] = "ihfd"; /* narrow to wide */

static size_t dtype_width(ScDtype dtype) {
    switch (dtype) {
    case SC_F64:
        return 3;
    case SC_F32:
        return 2;
    case SC_F16:
    case SC_BF16:
        return 1;
    default:
        return 0;
    }
}

static size_t value_width(const ScProgram *program, ScPid pid) {
    const ScPValue *v = &program->values[pid];
    if (v->kind == SC_P_TENSOR) {
        return dtype_width(v->as.tensor->dtype);
    }
    size_t widest = 0;
    bool is_list = v->kind == SC_P_TENSORS || v->kind == SC_P_OPTIONAL_TENSORS;
    for (uint32_t i = 0; is_list && i < v->n; i++) {
        size_t width =
            v->as.items[i] == SC_PID_NONE ? 0 : value_width(program, v->as.items[i]);
        widest = width > widest ? width : widest;
    }
    return widest;
}

char sc_call_dtype_class(const ScProgram *program, const ScPInst *inst) {
    size_t widest = 0;
    for (uint32_t a = 0; a < inst->n_args; a++) {
        size_t width = value_width(program, inst->args[a]);
        widest = width > widest ? width : widest;
    }
    return classes[widest];
}

/* ---- what the programs need ------------------------------------------------------------
 */

static const ScKernel *row_find(const ScKernelTable *offered, const char *name,
                                char dtype_class) {
    for (uint32_t i = 0; i < offered->n_rows; i++) {
        const ScKernel *row = &offered->rows[i];
        if (strcmp(row->name, name) == 0 &&
            (row->dtype_class == dtype_class || row->dtype_class == '*')) {
            return row;
        }
    }
    return NULL;
}

/* "f, i" for the classes in which an operator is offered; "" for none. */
static const char *classes_offered(Sc *sc, const ScKernelTable *offered, const char *name) {
    ScBuf text = sc_buf(sc->arena);
    sc_buf_str(&text, "");
    for (uint32_t i = 0; i < offered->n_rows; i++) {
        if (strcmp(offered->rows[i].name, name) == 0) {
            sc_buf_fmt(&text, "%s'%c'", text.len ? ", " : "", offered->rows[i].dtype_class);
        }
    }
    return text.data;
}

/* What an instruction calls: an operator, or the row that runs delegates. */
static const char *callee(const ScProgram *program, const ScPInst *inst) {
    return inst->kind == SC_P_DELEGATE ? SC_DELEGATE_NAME : program->operators[inst->index];
}

static ScStatus row_missing(Sc *sc, const ScProgram *program, const ScPInst *inst,
                            const ScKernelTable *offered, char dtype_class) {
    const char *name = callee(program, inst);
    const char *others = classes_offered(sc, offered, name);
    const char *why = *others
                          ? sc_arena_fmt(sc->arena, "it is offered for class %s", others)
                          : "no linked backend offers this operator";
    return sc_fail(
        sc, SC_E_NO_KERNEL, inst->where ? inst->where : program->name,
        sc_arena_fmt(sc->arena, "no kernel for %s of dtype class '%c'", name, dtype_class),
        why, "`sconce ops --matrix` shows what is offered");
}

static ScStatus rows_collect(Sc *sc, const ScProgram *program, const ScKernelTable *offered,
                             Rows *rows) {
    for (size_t i = 0; i < program->n_insts; i++) {
        const ScPInst *inst = &program->insts[i];
        if (inst->kind != SC_P_CALL && inst->kind != SC_P_DELEGATE) {
            continue;
        }
        char dtype_class = sc_call_dtype_class(program, inst);
        const ScKernel *row = row_find(offered, callee(program, inst), dtype_class);
        if (!row) {
            return row_missing(sc, program, inst, offered, dtype_class);
        }
        size_t k = 0;
        while (k < rows->n && rows->items[k] != row) {
            k++;
        }
        if (k == rows->n) {
            SC_PUSH(sc->arena, rows->items, rows->n, rows->cap, row);
        }
    }
    return SC_OK;
}

static int row_compare(const void *a, const void *b) {
    const ScKernel *x = *(const ScKernel *const *)a, *y = *(const ScKernel *const *)b;
    int order = strcmp(x->name, y->name);
    return order ? order : x->dtype_class - y->dtype_class;
}

/* ---- source
 * ------------------------------------------------------------------------------ */

static const char *row_symbol(Sc *sc, const ScKernel *row) {
    ScBuf text = sc_buf(sc->arena);
    sc_buf_str(&text, "sc_");
    for (const char *c = row->name; *c; c++) {
        bool colons = c[0] == ':' && c[1] == ':';
        c += colons;
        sc_buf_bytes(&text, colons || *c == '.' ? "_" : c, 1);
    }
    sc_buf_fmt(&text, "_%c", row->dtype_class == '*' ? 'x' : row->dtype_class);
    return text.data;
}

static void source_write(Sc *sc, const Rows *rows, ScBuf *out) {
    sc_buf_str(out, "/* The kernels that the programs call. Written by `sconce kernels`; "
                    "not to be\n * edited: make it again when a program changes. */\n"
                    "#include \"sconce/runtime.h\"\n\n");
    for (size_t i = 0; i < rows->n; i++) {
        sc_buf_fmt(out, "ScStatus %s(ScCall *call);\n", row_symbol(sc, rows->items[i]));
    }
    /* C has no empty arrays: a table without rows points at nothing. */
    if (rows->n) {
        sc_buf_str(out, "\nstatic const ScKernel rows[] = {\n");
    }
    for (size_t i = 0; i < rows->n; i++) {
        const ScKernel *row = rows->items[i];
        sc_buf_fmt(out, "    {\"%s\", \"%s\", %s, '%c'},\n", row->name, row->signature,
                   row_symbol(sc, row), row->dtype_class);
    }
    sc_buf_str(out, rows->n ? "};\n" : "");
    sc_buf_str(out, "\nextern const ScKernelTable sc_kernel_table;\n");
    sc_buf_fmt(out, "const ScKernelTable sc_kernel_table = {%s, %zu};\n",
               rows->n ? "rows" : "0", rows->n);
}

ScStatus sc_emit_kernel_table(Sc *sc, const ScProgram *const *programs,
                              const ScMethod *const *methods, size_t n_programs,
                              const ScKernelTable *offered, ScBuf *out) {
    Rows rows = {.n = 0};
    for (size_t i = 0; i < n_programs; i++) {
        SC_TRY(rows_collect(sc, programs[i], offered, &rows));
    }
    if (rows.n > 1) {
        qsort(rows.items, rows.n, sizeof *rows.items, row_compare);
    }
    source_write(sc, &rows, out);
    if (methods) {
        sc_emit_bounds(&rows, methods, n_programs, out);
    }
    return SC_OK;
}
