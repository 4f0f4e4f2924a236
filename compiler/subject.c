/* SPDX-License-Identifier: Apache-2.0 */
/* The contract is in subject.h. */
#include "compiler/subject.h"

#include <string.h>

static ScStatus tensor_of(Sc *sc, const ScSubject *subject, bool input, uint32_t index,
                          ScTensor *out) {
    const ScMethod *method = &subject->execution.method;
    ScStatus status = input ? sc_input(method, index, out) : sc_output(method, index, out);
    return status == SC_OK ? SC_OK
                           : sc_fail(sc, SC_E_UNSUPPORTED, subject->execution.where,
                                     sc_arena_fmt(sc->arena, "%s %u isn't a tensor",
                                                  input ? "input" : "output", index),
                                     "only tensors can be judged", 0);
}

/* scale 0: plain numbers. */
static ScIoInfo info_of(const ScSubject *subject, bool input, uint32_t index) {
    ScIoInfo info = {0, 0.0f, 0, SC_LAYOUT_CONTIGUOUS};
    const ScModel *model = &subject->execution.model;
    ScStatus status =
        input ? sc_input_info(model, index, &info) : sc_output_info(model, index, &info);
    return status == SC_OK ? info : (ScIoInfo){0, 0.0f, 0, SC_LAYOUT_CONTIGUOUS};
}

/* ---- opening ------------------------------------------------------------------------- */

static void *room_for(Sc *sc, const ScTensor *t) {
    return sc_arena_alloc(sc->arena, sc_tensor_bytes(t) + SC_FILE_ALIGN);
}

ScStatus sc_subject_open(Sc *sc, const char *where, ScBytes pte, ScSubject *out) {
    memset(out, 0, sizeof *out);
    SC_TRY(sc_execution_open(sc, where, pte, &out->execution));
    ScMethod *method = &out->execution.method;
    out->n_inputs = sc_input_count(method);
    out->n_outputs = sc_output_count(method);
    out->inputs = SC_NEW_ARRAY(sc->arena, void *, out->n_inputs + 1u);
    size_t widest = 0;
    for (uint32_t i = 0; i < out->n_inputs + out->n_outputs; i++) {
        bool input = i < out->n_inputs;
        uint32_t index = input ? i : i - out->n_inputs;
        ScTensor t;
        SC_TRY(tensor_of(sc, out, input, index, &t));
        widest = sc_tensor_bytes(&t) > widest ? sc_tensor_bytes(&t) : widest;
        if (input) {
            out->inputs[i] = room_for(sc, &t);
        }
        if (input && !t.data &&
            sc_set_input(method, i, room_for(sc, &t), sc_tensor_bytes(&t)) != SC_OK) {
            return sc_fail(sc, SC_E_INTERNAL, where, "an input can't be set", 0, 0);
        }
    }
    out->scratch = sc_arena_alloc(sc->arena, widest + sizeof(double));
    return SC_OK;
}

static ScType type_of(const ScTensor *t) {
    int64_t dims[SC_MAX_RANK] = {0};
    for (uint32_t d = 0; d < t->rank; d++) {
        dims[d] = t->sizes[d];
    }
    return sc_type_make((ScDtype)t->dtype, t->rank, dims);
}

ScStatus sc_subject_inputs(Sc *sc, const ScSubject *subject, ScGraph **out_graph) {
    ScOpTable *ops;
    SC_TRY(sc_ops_load(sc, &ops));
    *out_graph = sc_graph_new(sc->arena, ops, "program");
    for (uint32_t i = 0; i < subject->n_inputs; i++) {
        ScTensor t;
        SC_TRY(tensor_of(sc, subject, true, i, &t));
        ScIoInfo info = info_of(subject, true, i);
        ScType type = type_of(&t);
        type.dtype = info.scale > 0.0f ? SC_F32 : type.dtype;
        const char *name =
            info.name && *info.name ? info.name : sc_arena_fmt(sc->arena, "input%u", i);
        sc_graph_add_input(*out_graph, name, &type);
    }
    return SC_OK;
}

/* ---- running ---------------------------------------------------------------------------
 */

ScStatus sc_subject_feed(Sc *sc, ScSubject *subject, const ScSamples *samples, size_t at) {
    for (uint32_t i = 0; i < subject->n_inputs; i++) {
        const ScArray *array = &samples->inputs[i];
        size_t n_bytes = array->n_bytes / samples->n_samples;
        const char *sample = (const char *)array->data + at * n_bytes;
        ScTensor t;
        SC_TRY(tensor_of(sc, subject, true, i, &t));
        ScIoInfo info = info_of(subject, true, i);
        if (array->dtype == SC_F32 && t.dtype == SC_I8 && info.scale > 0.0f) {
            sc_quantize_reals(&info, (const float *)(const void *)sample,
                              n_bytes / sizeof(float), subject->inputs[i]);
        } else if (array->dtype == t.dtype && n_bytes == sc_tensor_bytes(&t)) {
            memcpy(subject->inputs[i], sample, n_bytes);
        } else {
            return sc_fail(sc, SC_E_UNSUPPORTED, subject->execution.where,
                           "samples can't be turned into its inputs",
                           "an input is neither as in the PyTorch model nor int8", 0);
        }
    }
    return SC_OK;
}

ScStatus sc_subject_run(Sc *sc, ScSubject *subject) {
    ScMethod *method = &subject->execution.method;
    if (sc_reset(method) != SC_OK) {
        return sc_fail(sc, SC_E_INTERNAL, subject->execution.where,
                       "the state can't be put back", 0, 0);
    }
    for (uint32_t i = 0; i < subject->n_inputs; i++) {
        ScTensor t;
        SC_TRY(tensor_of(sc, subject, true, i, &t));
        sc_copy_logical(&t, subject->inputs[i], true);
    }
    return sc_execution_run(sc, &subject->execution, 0);
}

/* ---- outputs ---------------------------------------------------------------------------
 */

static bool real_at(ScDtype dtype, const void *data, size_t i, double *out) {
    switch (dtype) {
    case SC_F32:
        *out = (double)((const float *)data)[i];
        return true;
    case SC_F64:
        *out = ((const double *)data)[i];
        return true;
    case SC_I8:
        *out = ((const int8_t *)data)[i];
        return true;
    case SC_U8:
    case SC_BOOL:
        *out = ((const uint8_t *)data)[i];
        return true;
    case SC_I16:
        *out = ((const int16_t *)data)[i];
        return true;
    case SC_I32:
        *out = ((const int32_t *)data)[i];
        return true;
    case SC_I64:
        *out = (double)((const int64_t *)data)[i];
        return true;
    default:
        return false;
    }
}

ScStatus sc_subject_type(Sc *sc, const ScSubject *subject, uint32_t output,
                         ScType *out_type) {
    ScTensor t;
    SC_TRY(tensor_of(sc, subject, false, output, &t));
    *out_type = type_of(&t);
    return SC_OK;
}

ScStatus sc_subject_reals(Sc *sc, const ScSubject *subject, uint32_t output,
                          const void *dense, double *out_reals) {
    ScType type;
    SC_TRY(sc_subject_type(sc, subject, output, &type));
    ScIoInfo info = info_of(subject, false, output);
    size_t n = sc_type_numel(&type);
    for (size_t i = 0; i < n; i++) {
        if (!real_at(type.dtype, dense, i, &out_reals[i])) {
            return sc_fail(sc, SC_E_UNSUPPORTED, subject->execution.where,
                           sc_arena_fmt(sc->arena, "output %u is %s", output,
                                        sc_dtype_name(type.dtype)),
                           "it can't be compared", 0);
        }
        if (info.scale > 0.0f) {
            out_reals[i] = (out_reals[i] - info.zero_point) * (double)info.scale;
        }
    }
    return SC_OK;
}

ScStatus sc_subject_read(Sc *sc, ScSubject *subject, uint32_t output, double *out_reals) {
    ScTensor t;
    SC_TRY(tensor_of(sc, subject, false, output, &t));
    sc_copy_logical(&t, subject->scratch, false);
    return sc_subject_reals(sc, subject, output, subject->scratch, out_reals);
}
