/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Finds the kernel of a call and checks the call against its signature.
 * Contract: method.h; the grammar of signatures: sconce/runtime.h.
 */
#include <string.h>

#include "runtime/method.h"

/* ---- the row --------------------------------------------------------------- */

uint32_t sc_kernel_find(const ScKernelTable *table, const char *name, const char *overload,
                        char dtype_class) {
    uint32_t low = 0;
    uint32_t high = table->n_rows;
    while (low < high) { /* the first row that isn't below the name */
        uint32_t middle = low + (high - low) / 2;
        if (sc_name_compare(table->rows[middle].name, name, overload) < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    for (; low < table->n_rows; low++) {
        const ScKernel *row = &table->rows[low];
        if (sc_name_compare(row->name, name, overload) != 0) {
            break;
        }
        if (row->dtype_class == dtype_class || row->dtype_class == '*') {
            return low;
        }
    }
    return UINT32_MAX;
}

/* ---- the tensors of an argument --------------------------------------------- */

/* A tensor counts as a list of one. */
static uint32_t tensor_count(const ScCall *call, uint32_t index, uint32_t kind) {
    if (kind == SC_KIND_TENSOR) {
        return 1;
    }
    return kind >= SC_KIND_TENSORS ? sc_arg_count(call, index) : 0;
}

static ScTensor tensor_at(const ScCall *call, uint32_t index, uint32_t kind,
                          uint32_t item) {
    return kind == SC_KIND_TENSOR ? sc_arg_tensor(call, index)
                                  : sc_arg_tensor_at(call, index, item);
}

char sc_call_class(const ScCall *call) {
    static const char classes[] = "ihfd";
    uint32_t widest = 0;
    for (uint32_t i = 0; i < sc_call_count(call); i++) {
        uint32_t kind = sc_call_kind(call, i);
        for (uint32_t item = 0; item < tensor_count(call, i, kind); item++) {
            uint8_t dtype = tensor_at(call, i, kind, item).dtype;
            uint32_t width = dtype == SC_F64                       ? 3
                             : dtype == SC_F32                     ? 2
                             : dtype == SC_F16 || dtype == SC_BF16 ? 1
                                                                   : 0;
            widest = width > widest ? width : widest;
        }
    }
    return classes[widest];
}

/* ---- the signature ---------------------------------------------------------- */

#define BIT(kind) (1u << SC_KIND_##kind)

/* Kinds of values that a letter takes, 0 = no such letter. */
static uint32_t letter_kinds(char letter) {
    static const struct {
        char letter;
        uint16_t kinds;
    } rows[] = {
        {'T', BIT(TENSOR)},
        {'O', BIT(TENSOR)},
        {'P', BIT(TENSORS)},
        {'V', BIT(TENSORS) | BIT(OPTIONAL_TENSORS)},
        {'i', BIT(INT)},
        {'b', BIT(BOOL)},
        {'f', BIT(DOUBLE) | BIT(INT)},
        {'s', BIT(STRING)},
        {'S', BIT(INT) | BIT(DOUBLE) | BIT(BOOL)},
        {'I', BIT(INTS)},
        {'F', BIT(DOUBLES)},
        {'B', BIT(BOOLS)},
    };
    for (uint32_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if (rows[i].letter == letter) {
            return rows[i].kinds;
        }
    }
    return 0;
}

bool sc_in_file(const ScModel *model, const void *data) {
    return (uintptr_t)data - (uintptr_t)model->file < model->n_bytes ||
           (model->data && (uintptr_t)data - (uintptr_t)model->data < model->data_bytes);
}

typedef struct Rule {
    bool written;
    bool none;    /* a list may have None among its items */
    bool running; /* tensors must have memory by now */
} Rule;

static ScStatus tensors_check(const ScCall *call, uint32_t index, Rule rule) {
    uint32_t kind = sc_call_kind(call, index);
    for (uint32_t item = 0; item < tensor_count(call, index, kind); item++) {
        ScTensor tensor = tensor_at(call, index, kind, item);
        if (!tensor.sizes ? !rule.none
                          : rule.written && sc_in_file(call->method->model, tensor.data)) {
            return SC_E_UNSUPPORTED;
        }
        if (rule.running && !tensor.data && tensor.sizes && sc_tensor_numel(&tensor) != 0) {
            return SC_E_ARG;
        }
    }
    return SC_OK;
}

/* The value behind the last argument of the schema: the only output again, or
 * a list of the outputs; without outputs what the operator changes or returns. */
static ScStatus return_check(const ScCall *call, const ScKernel *kernel, uint32_t n_args,
                             uint32_t n_outputs, bool running) {
    if (sc_call_count(call) == n_args) {
        /* Of all operators with an output only these have no return. */
        bool none =
            sc_name_compare(kernel->name, "executorch_prim::et_view", "default") == 0 ||
            sc_name_compare(kernel->name, "executorch_prim::et_copy_index", "tensor") == 0;
        return n_outputs == 1 && none ? SC_OK : SC_E_UNSUPPORTED;
    }
    bool fits = sc_call_count(call) == n_args + 1;
    if (n_outputs == 1) {
        fits = fits && sc_call_value(call, n_args) == sc_call_value(call, n_args - 1);
    } else if (n_outputs != 0) {
        fits = fits && sc_call_kind(call, n_args) == SC_KIND_TENSORS;
    }
    Rule rule = {.written = true, .none = false, .running = running};
    return fits ? tensors_check(call, n_args, rule) : SC_E_UNSUPPORTED;
}

ScStatus sc_call_check(const ScCall *call, const ScKernel *kernel, bool running) {
    uint32_t n_args = 0;
    uint32_t n_outputs = 0;
    for (const char *s = kernel->signature; *s; n_args++) {
        char letter = *s++;
        bool optional = *s == '?';
        s += optional;
        uint32_t kinds = letter_kinds(letter) | (optional ? BIT(NULL) : 0);
        if (n_args >= sc_call_count(call) || !(kinds >> sc_call_kind(call, n_args) & 1)) {
            return SC_E_UNSUPPORTED;
        }
        /* et_view gives its output memory: nothing is there before. */
        Rule rule = {.written = letter == 'O' || letter == 'P',
                     .none = optional,
                     .running = running && n_args + 1 < sc_call_count(call)};
        SC_TRY(tensors_check(call, n_args, rule));
        n_outputs += letter == 'O' ? 1 : letter == 'P' ? 2 : 0;
    }
    return return_check(call, kernel, n_args, n_outputs, running);
}
