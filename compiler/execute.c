/* SPDX-License-Identifier: Apache-2.0 */
/* Host execution. The contract is in execute.h. */
#include "compiler/execute.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "compiler/scalar.h"

static int row_compare(const void *a, const void *b) {
    const ScKernel *x = a, *y = b;
    int order = strcmp(x->name, y->name);
    return order ? order : (int)x->dtype_class - (int)y->dtype_class;
}

ScStatus sc_host_kernels(Sc *sc, ScKernelTable *out_table) {
    size_t n_backends, n = 0;
    const ScBackend *const *backends = sc_backends(&n_backends);
    for (size_t i = 0; i < n_backends; i++) {
        n += backends[i]->kernels ? backends[i]->kernels->n_rows : 0;
    }
    ScKernel *rows = SC_NEW_ARRAY(sc->arena, ScKernel, n + 1);
    rows[0] = (ScKernel)SC_DELEGATE_KERNEL;
    n = 1;
    for (size_t i = 0; i < n_backends; i++) {
        const ScKernelTable *table = backends[i]->kernels;
        for (uint32_t k = 0; table && k < table->n_rows; k++) {
            rows[n++] = table->rows[k];
        }
    }
    qsort(rows, n, sizeof *rows, row_compare);
    *out_table = (ScKernelTable){rows, (uint32_t)n};
    return SC_OK;
}

void sc_host_delegates(Sc *sc, ScConfig *config) {
    size_t n;
    const ScBackend *const *backends = sc_backends(&n);
    const ScDelegate **delegates = SC_NEW_ARRAY(sc->arena, const ScDelegate *, n + 1);
    config->n_delegates = 0;
    for (size_t i = 0; i < n; i++) {
        if (backends[i]->delegate) {
            delegates[config->n_delegates++] = backends[i]->delegate;
        }
    }
    config->delegates = delegates;
}

const ScBackend *sc_backend_of_delegate(const char *id) {
    size_t n;
    const ScBackend *const *backends = sc_backends(&n);
    for (size_t i = 0; i < n; i++) {
        if (backends[i]->delegate && strcmp(backends[i]->delegate->id, id) == 0) {
            return backends[i];
        }
    }
    return 0;
}

/* ---- opening --------------------------------------------------------------------- */

bool sc_is_pte(ScBytes file) {
    return file.n_bytes >= 8 && memcmp(file.data + 4, "ET", 2) == 0;
}

static ScStatus bad_file(Sc *sc, const char *where, ScStatus status,
                         const ScVerifyReport *report) {
    return sc_fail(sc, status, where,
                   sc_arena_fmt(sc->arena, "not a usable .pte: %s at byte %u",
                                report->what ? report->what : sc_status_name(status),
                                report->offset),
                   "the file is damaged, cut off, of another format, or not whole",
                   sc_fault_todo(report));
}

/* "a" and "b", in the order of the backends. */
static const char *delegates_linked(Sc *sc) {
    size_t n;
    const ScBackend *const *backends = sc_backends(&n);
    const char *names = "";
    for (size_t i = 0; i < n; i++) {
        if (backends[i]->delegate) {
            names = sc_arena_fmt(sc->arena, "%s%s%s", names, *names ? ", " : "",
                                 backends[i]->delegate->id);
        }
    }
    return names;
}

static ScStatus delegate_missing(Sc *sc, const char *where, const char *id) {
    const char *linked = delegates_linked(sc);
    return sc_fail(
        sc, SC_E_NO_DELEGATE, where,
        sc_arena_fmt(sc->arena, "the program calls the delegate %s, which isn't here", id),
        *linked ? sc_arena_fmt(sc->arena, "linked into this build: %s", linked)
                : "no delegate is linked into this build",
        "export the model for another backend, or without it, so that kernels run it");
}

/* What the statuses of measure(), prepare() and of the call's check mean. */
static const char *refusal_reason(ScStatus status) {
    switch (status) {
    case SC_E_FORMAT:
        return "its payload is damaged";
    case SC_E_VERSION:
        return "its payload is of a version that isn't read";
    case SC_E_UNSUPPORTED:
        return "its payload needs what this build can't do, or the call passes what "
               "delegates can't get";
    case SC_E_SHAPE:
        return "the call's tensors don't fit the payload";
    case SC_E_NOT_FOUND:
        return "its payload names data that the file doesn't have";
    case SC_E_MEMORY:
        return "its scratch memory is too small";
    default:
        return sc_status_name(status);
    }
}

static ScStatus delegate_refused(Sc *sc, const ScExecution *e, ScStatus status,
                                 const char *verb) {
    char id[128];
    uint32_t at = sc_error_index(&e->method);
    sc_operator_name(&e->method, at, id, sizeof id);
    const ScBackend *backend = sc_backend_of_delegate(id);
    ScDelegatePayload payload;
    bool told = backend && backend->refusal &&
                sc_delegate_payload_find(&e->method, at, &payload) == SC_OK;
    const char *why = told ? backend->refusal(sc, &payload) : NULL;
    return sc_fail(sc, status, e->where,
                   sc_arena_fmt(sc->arena, "the delegate %s %s instruction %u: %s", id,
                                verb, at, sc_status_name(status)),
                   why ? why : refusal_reason(status),
                   "`sconce inspect --npu` shows what the payload asks for");
}

static ScStatus init_failed(Sc *sc, const ScExecution *e, ScStatus status) {
    char name[128];
    uint32_t at = sc_error_index(&e->method);
    sc_operator_name(&e->method, at, name, sizeof name);
    if (status == SC_E_NO_KERNEL) {
        return sc_fail(
            sc, status, e->where,
            sc_arena_fmt(sc->arena, "no kernel for %s (instruction %u)", name, at),
            "the linked backends don't have this operator for these dtypes, or "
            "its arguments don't fit",
            "see `sconce ops --matrix`");
    }
    if (status == SC_E_NO_DELEGATE) {
        return delegate_missing(sc, e->where, name);
    }
    if (sc_backend_of_delegate(name)) {
        return delegate_refused(sc, e, status, "refuses");
    }
    return sc_fail(sc, status, e->where, sc_status_name(status),
                   sc_arena_fmt(sc->arena, "initialising at instruction %u (%s)", at, name),
                   0);
}

static void *aligned(ScArena *arena, size_t n_bytes) {
    return sc_arena_alloc(arena, n_bytes + SC_FILE_ALIGN);
}

/* When that fails sc_init() fails too, and knows where. */
static void scratch_take(Sc *sc, ScExecution *e, const char *method, ScConfig *config) {
    size_t align, n_bytes;
    if (sc_need_scratch(&e->model, method, config, &n_bytes, &align) == SC_OK) {
        e->scratch_align = align;
        config->scratch_bytes = n_bytes;
        uintptr_t at = (uintptr_t)sc_arena_alloc(sc->arena, config->scratch_bytes + align);
        config->scratch = (void *)((at + align - 1) & ~(uintptr_t)(align - 1));
    }
}

ScStatus sc_method_missing(Sc *sc, const char *where, const ScModel *model,
                           const char *method) {
    const char *names = "";
    for (uint32_t i = 0; i < sc_method_count(model); i++) {
        names = sc_arena_fmt(sc->arena, "%s%s%s", names, i ? ", " : "",
                             sc_method_name(model, i));
    }
    return sc_fail(sc, SC_E_NOT_FOUND, where,
                   sc_arena_fmt(sc->arena, "there is no method '%s'", method),
                   sc_arena_fmt(sc->arena, "the file has: %s", names),
                   "choose one of these with --method");
}

static bool has_method(const ScModel *model, const char *method) {
    for (uint32_t i = 0; method && i < sc_method_count(model); i++) {
        if (strcmp(sc_method_name(model, i), method) == 0) {
            return true;
        }
    }
    return !method;
}

ScStatus sc_execution_open(Sc *sc, const char *where, ScBytes file, ScExecution *out) {
    return sc_execution_open_with(sc, where, file, (ScBytes){0}, NULL, out);
}

ScStatus sc_execution_open_with(Sc *sc, const char *where, ScBytes file, ScBytes data,
                                const char *method, ScExecution *out) {
    memset(out, 0, sizeof *out);
    out->where = where;
    ScVerifyReport report = {0, 0};
    ScStatus status =
        sc_verify_with_data(file.data, file.n_bytes, data.data, data.n_bytes, &report);
    if (status != SC_OK) {
        return bad_file(sc, where, status, &report);
    }
    ScNeed need;
    ScConfig config;
    memset(&config, 0, sizeof config);
    status = sc_open(file.data, file.n_bytes, &out->model);
    if (status == SC_OK && !has_method(&out->model, method)) {
        return sc_method_missing(sc, where, &out->model, method);
    }
    if (status == SC_OK && data.data) {
        status = sc_open_data(&out->model, data.data, data.n_bytes);
    }
    if (status == SC_OK) {
        status = sc_need(&out->model, method, &need);
    }
    if (status != SC_OK) {
        return bad_file(sc, where, status, &report);
    }
    SC_TRY(sc_host_kernels(sc, &out->kernels));
    config.kernels = out->kernels;
    config.workspace = aligned(sc->arena, need.workspace_bytes);
    config.workspace_bytes = need.workspace_bytes;
    for (uint32_t i = 0; i < need.n_memories; i++) {
        config.memory[i] = aligned(sc->arena, need.memory_bytes[i]);
        config.memory_bytes[i] = need.memory_bytes[i];
    }
    sc_host_delegates(sc, &config);
    scratch_take(sc, out, method, &config);
    status = sc_init(&out->model, method, &config, &out->method);
    return status == SC_OK ? SC_OK : init_failed(sc, out, status);
}

/* ---- data in and out ----------------------------------------------------------------- */

/* Bytes between neighbours along each logical dimension of a tensor. */
static void strides_of(const ScTensor *t, size_t *out_strides) {
    size_t stride = sc_dtype_size((ScDtype)t->dtype);
    for (uint32_t i = t->rank; i-- > 0;) {
        out_strides[t->dim_order[i]] = stride;
        stride *= (size_t)t->sizes[t->dim_order[i]];
    }
}

void sc_copy_logical(const ScTensor *t, void *flat, bool to_tensor) {
    size_t strides[SC_MAX_RANK] = {0}, index[SC_MAX_RANK] = {0};
    size_t size = sc_dtype_size((ScDtype)t->dtype);
    size_t n = sc_tensor_numel(t);
    strides_of(t, strides);
    for (size_t i = 0; i < n; i++) {
        size_t offset = 0;
        for (uint32_t d = 0; d < t->rank; d++) {
            offset += index[d] * strides[d];
        }
        char *in_tensor = (char *)t->data + offset, *in_flat = (char *)flat + i * size;
        memcpy(to_tensor ? in_tensor : in_flat, to_tensor ? in_flat : in_tensor, size);
        for (uint32_t d = t->rank; d-- > 0;) {
            if (++index[d] < (size_t)t->sizes[d]) {
                break;
            }
            index[d] = 0;
        }
    }
}

static void print_shape(ScBuf *text, ScDtype dtype, uint32_t rank, const int64_t *dims) {
    ScType type = sc_type_make(dtype, rank, dims);
    sc_type_print(&type, text);
}

static ScStatus wrong_input(Sc *sc, const ScExecution *e, uint32_t index, const ScTensor *t,
                            const ScArray *array) {
    int64_t dims[SC_MAX_RANK] = {0};
    ScBuf want = sc_buf(sc->arena), got = sc_buf(sc->arena);
    for (uint32_t d = 0; d < t->rank; d++) {
        dims[d] = t->sizes[d];
    }
    print_shape(&want, (ScDtype)t->dtype, t->rank, dims);
    print_shape(&got, array->dtype, array->rank, array->dims);
    return sc_fail(sc, SC_E_SHAPE, e->where,
                   sc_arena_fmt(sc->arena, "input %u is %s, the model takes %s", index,
                                got.data, want.data),
                   0, "give arrays in the shape and dtype of the PyTorch model, in order");
}

void sc_quantize_reals(const ScIoInfo *info, const float *reals, size_t n, int8_t *out) {
    for (size_t i = 0; i < n; i++) {
        double q = nearbyint((double)reals[i] / (double)info->scale) + info->zero_point;
        out[i] = (int8_t)(q < -128.0 ? -128.0 : q > 127.0 ? 127.0 : q);
    }
}

static bool has_sizes(const ScTensor *t, const ScArray *array) {
    bool same = t->rank == array->rank;
    for (uint32_t d = 0; same && d < t->rank; d++) {
        same = t->sizes[d] == array->dims[d];
    }
    return same;
}

ScStatus sc_execution_fit(Sc *sc, const ScExecution *execution, uint32_t index,
                          const ScArray *array, ScArray *out_array) {
    ScTensor t;
    ScIoInfo info;
    *out_array = *array;
    if (sc_input(&execution->method, index, &t) != SC_OK) {
        return sc_fail(sc, SC_E_SHAPE, execution->where,
                       sc_arena_fmt(sc->arena, "input %u isn't a tensor", index),
                       "its value is fixed in the program", 0);
    }
    bool told =
        sc_input_info(&execution->model, index, &info) == SC_OK && info.scale > 0.0f;
    if (has_sizes(&t, array) && told && array->dtype == SC_F32 && t.dtype == SC_I8) {
        size_t n = sc_tensor_numel(&t);
        const float *reals = sc_arena_copy(sc->arena, array->data, array->n_bytes);
        int8_t *bytes = SC_NEW_ARRAY(sc->arena, int8_t, n + 1);
        sc_quantize_reals(&info, reals, n, bytes);
        out_array->dtype = SC_I8;
        out_array->data = bytes;
        out_array->n_bytes = n;
        return SC_OK;
    }
    if (!has_sizes(&t, array) || t.dtype != array->dtype) {
        return wrong_input(sc, execution, index, &t, array);
    }
    return SC_OK;
}

ScStatus sc_execution_set(Sc *sc, ScExecution *execution, uint32_t index,
                          const ScArray *given) {
    ScTensor t;
    ScArray fitted, *array = &fitted;
    SC_TRY(sc_execution_fit(sc, execution, index, given, array));
    if (sc_input(&execution->method, index, &t) != SC_OK) {
        return sc_fail(sc, SC_E_INTERNAL, execution->where, "an input is gone", 0, 0);
    }
    if (!t.data) { /* not planned: it keeps a pointer of ours */
        void *data = aligned(sc->arena, array->n_bytes);
        if (sc_set_input(&execution->method, index, data, array->n_bytes) != SC_OK ||
            sc_input(&execution->method, index, &t) != SC_OK) {
            return sc_fail(sc, SC_E_INTERNAL, execution->where, "an input can't be set", 0,
                           0);
        }
    }
    sc_copy_logical(&t, sc_arena_copy(sc->arena, array->data, array->n_bytes), true);
    return SC_OK;
}

ScStatus sc_execution_run(Sc *sc, ScExecution *execution, const ScRunOptions *options) {
    ScStatus status = sc_run(&execution->method, options);
    if (status == SC_OK) {
        return SC_OK;
    }
    char name[128];
    uint32_t at = sc_error_index(&execution->method);
    sc_operator_name(&execution->method, at, name, sizeof name);
    uint32_t limit = options ? options->max_instructions : 0;
    if (status == SC_E_LIMIT && !sc_backend_of_delegate(name)) {
        return sc_fail(sc, status, execution->where,
                       sc_arena_fmt(sc->arena, "the run was stopped after %u instructions",
                                    limit ? limit : SC_DEFAULT_MAX_INSTRUCTIONS),
                       "a loop of the model needs more turns, or never ends",
                       "allow more with --max-instructions");
    }
    if (status != SC_E_LIMIT && sc_backend_of_delegate(name)) {
        return delegate_refused(sc, execution, status, "failed at");
    }
    return sc_fail(
        sc, status, execution->where,
        sc_arena_fmt(sc->arena, "instruction %u, %s: %s", at, name, sc_status_name(status)),
        "the kernel refused its arguments or the data in them",
        "see `sconce inspect` for what the instruction reads");
}

bool sc_execution_takes(const ScExecution *execution, uint32_t index) {
    ScTensor t;
    return sc_input(&execution->method, index, &t) == SC_OK;
}

ScStatus sc_execution_get(Sc *sc, const ScExecution *execution, uint32_t index,
                          ScArray *out_array) {
    ScTensor t;
    memset(out_array, 0, sizeof *out_array);
    if (sc_output(&execution->method, index, &t) != SC_OK) {
        return sc_scalar_output(sc, execution->where, &execution->method, index, out_array);
    }
    out_array->dtype = (ScDtype)t.dtype;
    out_array->rank = t.rank;
    for (uint32_t d = 0; d < t.rank; d++) {
        out_array->dims[d] = t.sizes[d];
    }
    out_array->n_bytes = sc_tensor_bytes(&t);
    void *data = aligned(sc->arena, out_array->n_bytes);
    sc_copy_logical(&t, data, false);
    out_array->data = data;
    return SC_OK;
}
