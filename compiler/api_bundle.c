/* SPDX-License-Identifier: Apache-2.0 */
/* sc_run_bundle(): the test cases of a .bpte against what it expects. */
#include <math.h>
#include <string.h>

#include "compiler/bundled.h"
#include "compiler/execute.h"
#include "compiler/session.h"

/* Other orders of float additions; integers have no excuse. */
static const double RELATIVE = 1e-4, ABSOLUTE = 1e-5;

typedef struct BundleRequest {
    const ScBundleOptions *options;
    ScFormat format;
    bool *out_passed;
} BundleRequest;

typedef struct Outcome {
    double worst;      /* largest |got - expected| */
    bool within;       /* the tolerance */
    const char *wrong; /* why it can't be compared, or NULL */
} Outcome;

/* ---- comparing ----------------------------------------------------------------------- */

/* bits: of a half or, shifted, of a bfloat16. */
static double half_number(uint32_t bits) {
    int exponent = (int)(bits >> 10 & 31);
    double fraction = bits & 1023;
    double size = exponent == 31 ? (fraction != 0.0 ? (double)NAN : (double)INFINITY)
                  : exponent     ? ldexp(1024.0 + fraction, exponent - 25)
                                 : ldexp(fraction, -24);
    return bits & 0x8000u ? -size : size;
}

#define LOAD(type, name) \
    type name;           \
    memcpy(&name, (const uint8_t *)array->data + i * sizeof name, sizeof name)

static double number_at(const ScArray *array, size_t i) {
    switch (array->dtype) {
    case SC_F64: {
        LOAD(double, x);
        return x;
    }
    case SC_F32: {
        LOAD(float, x);
        return (double)x;
    }
    case SC_F16: {
        LOAD(uint16_t, x);
        return half_number(x);
    }
    case SC_BF16: {
        LOAD(uint16_t, x);
        uint32_t bits = (uint32_t)x << 16;
        float wide;
        memcpy(&wide, &bits, sizeof wide);
        return (double)wide;
    }
    case SC_I64: {
        LOAD(int64_t, x);
        return (double)x;
    }
    case SC_U64: {
        LOAD(uint64_t, x);
        return (double)x;
    }
    case SC_I32: {
        LOAD(int32_t, x);
        return x;
    }
    case SC_U32: {
        LOAD(uint32_t, x);
        return x;
    }
    case SC_I16: {
        LOAD(int16_t, x);
        return x;
    }
    case SC_U16: {
        LOAD(uint16_t, x);
        return x;
    }
    case SC_I8: {
        LOAD(int8_t, x);
        return x;
    }
    case SC_U8:
    case SC_BOOL: {
        LOAD(uint8_t, x);
        return x;
    }
    }
    return 0.0;
}

static bool same_type(const ScArray *a, const ScArray *b) {
    bool same = a->dtype == b->dtype && a->rank == b->rank;
    for (uint32_t i = 0; same && i < a->rank; i++) {
        same = a->dims[i] == b->dims[i];
    }
    return same;
}

/* tolerance < 0: the usual ones. */
static Outcome arrays_compare(const ScArray *got, const ScArray *want, double tolerance) {
    Outcome out = {0.0, true, NULL};
    if (!same_type(got, want)) {
        return (Outcome){0.0, false, "the output has another dtype or shape"};
    }
    bool real = sc_dtype_is_float(got->dtype);
    size_t n = got->n_bytes / sc_dtype_size(got->dtype);
    for (size_t i = 0; i < n; i++) {
        double x = number_at(got, i), y = number_at(want, i);
        if (x == y || (isnan(x) && isnan(y))) {
            continue;
        }
        double error = fabs(x - y);
        double allowed = tolerance >= 0.0 ? tolerance
                         : real           ? ABSOLUTE + RELATIVE * fabs(y)
                                          : 0.0;
        error = isnan(error) ? (double)INFINITY : error;
        out.worst = error > out.worst ? error : out.worst;
        out.within = out.within && error <= allowed;
    }
    return out;
}

/* ---- running ------------------------------------------------------------------------- */

static ScStatus inputs_set(Sc *sc, ScExecution *e, const ScBundledCase *c) {
    uint32_t n = sc_input_count(&e->method);
    if (c->n_inputs != n) {
        return sc_fail(sc, SC_E_FORMAT, e->where,
                       sc_arena_fmt(sc->arena, "a test case has %zu inputs, the method %u",
                                    c->n_inputs, n),
                       NULL, NULL);
    }
    for (uint32_t i = 0; i < n; i++) {
        /* Numbers among the inputs are values of the program already. */
        if (c->inputs[i].kind == SC_BUNDLED_TENSOR) {
            SC_TRY(sc_execution_set(sc, e, i, &c->inputs[i].array));
        }
    }
    return SC_OK;
}

static Outcome output_check(Sc *sc, const ScExecution *e, const ScBundledCase *c,
                            uint32_t index, double tolerance) {
    ScTensor t;
    ScArray got;
    if (c->outputs[index].kind != SC_BUNDLED_TENSOR ||
        sc_output(&e->method, index, &t) != SC_OK) {
        return (Outcome){0.0, false, "only tensors can be compared"};
    }
    if (sc_execution_get(sc, e, index, &got) != SC_OK) {
        return (Outcome){0.0, false, "the output can't be read"};
    }
    return arrays_compare(&got, &c->outputs[index].array, tolerance);
}

static void outcome_print(const BundleRequest *r, const char *method, size_t number,
                          uint32_t output, const Outcome *o, bool first, ScBuf *out) {
    if (r->format == SC_JSON) {
        sc_buf_fmt(out, "%s\n{\"method\": ", first ? "" : ",");
        sc_buf_json_str(out, method);
        sc_buf_fmt(out,
                   ", \"case\": %zu, \"output\": %u, \"within\": %s, \"worst\": ", number,
                   output, o->within ? "true" : "false");
        if (o->wrong || isinf(o->worst)) {
            sc_buf_str(out, "null");
        } else {
            sc_buf_fmt(out, "%.9g", o->worst);
        }
        sc_buf_str(out, ", \"why\": ");
        sc_buf_json_str(out, o->wrong ? o->wrong : "");
        sc_buf_str(out, "}");
        return;
    }
    sc_buf_fmt(out, "%s  ", o->within ? "ok  " : "FAIL");
    sc_buf_line(out, method);
    sc_buf_fmt(out, " case %zu output %u: ", number, output);
    if (o->wrong) {
        sc_buf_fmt(out, "%s\n", o->wrong);
    } else {
        sc_buf_fmt(out, "largest error %.3g\n", o->worst);
    }
}

static ScStatus case_run(Sc *sc, const BundleRequest *r, ScExecution *e,
                         const ScBundledSuite *suite, size_t number, bool *first,
                         ScBuf *out) {
    const ScBundledCase *c = &suite->cases[number];
    uint32_t n = sc_output_count(&e->method);
    if (sc_reset(&e->method) != SC_OK) {
        return sc_fail(sc, SC_E_INTERNAL, e->where, "a method can't be reset", NULL, NULL);
    }
    SC_TRY(inputs_set(sc, e, c));
    SC_TRY(sc_execution_run(sc, e, NULL));
    if (c->n_outputs != n) {
        return sc_fail(sc, SC_E_FORMAT, e->where,
                       sc_arena_fmt(sc->arena,
                                    "a test case expects %zu outputs, the method has %u",
                                    c->n_outputs, n),
                       NULL, NULL);
    }
    for (uint32_t i = 0; i < n; i++) {
        Outcome o = output_check(sc, e, c, i, r->options->tolerance);
        outcome_print(r, suite->method, number, i, &o, *first, out);
        *r->out_passed = *r->out_passed && o.within;
        *first = false;
    }
    return SC_OK;
}

static ScStatus suites_run(Sc *sc, const BundleRequest *r, const ScBundled *bundled,
                           ScBytes data, ScBuf *out) {
    bool first = true;
    for (size_t i = 0; i < bundled->n_suites; i++) {
        const ScBundledSuite *suite = &bundled->suites[i];
        ScExecution e;
        SC_TRY(sc_execution_open_with(sc, r->options->model, bundled->program, data,
                                      suite->method, &e));
        for (size_t k = 0; k < suite->n_cases; k++) {
            SC_TRY(case_run(sc, r, &e, suite, k, &first, out));
        }
    }
    return first ? sc_fail(sc, SC_E_ARG, r->options->model, "nothing was compared",
                           "the file has no test cases, or they expect nothing",
                           "bundle the program with cases")
                 : SC_OK;
}

static ScStatus run(Sc *sc, const void *request, ScBuf *out) {
    const BundleRequest *r = request;
    ScBytes file, data = {0};
    ScBundled bundled;
    *r->out_passed = true;
    SC_TRY(sc_file_map(sc, r->options->model, &file));
    SC_TRY(sc_bundled_read(sc, r->options->model, file, &bundled));
    if (r->options->data) {
        SC_TRY(sc_file_map(sc, r->options->data, &data));
    }
    if (r->format == SC_JSON) {
        sc_buf_str(out, "{\"schema\": \"sconce.bundle/1\", \"model\": ");
        sc_buf_json_str(out, r->options->model);
        sc_buf_str(out, ", \"outputs\": [");
    }
    SC_TRY(suites_run(sc, r, &bundled, data, out));
    if (r->format == SC_JSON) {
        sc_buf_fmt(out, "], \"passed\": %s}\n", *r->out_passed ? "true" : "false");
    } else if (r->options->tolerance >= 0.0) {
        sc_buf_fmt(out, "tolerance: %g\n", r->options->tolerance);
    } else {
        sc_buf_fmt(out, "tolerance: %g + %g of the expected number; integers exactly\n",
                   ABSOLUTE, RELATIVE);
    }
    return SC_OK;
}

ScStatus sc_run_bundle(ScSession *session, const ScBundleOptions *options, ScFormat format,
                       ScText *out_report, bool *out_passed) {
    BundleRequest request = {options, format, out_passed};
    return sc_session_call(session, run, &request, out_report);
}
