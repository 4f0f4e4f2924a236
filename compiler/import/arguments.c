/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Arguments: unions {"as_<kind>": value}, 31 kinds.
 * Source: torch/_export/serde/schema.py: Argument, and serialize.py for what is
 * written: non-finite floats are the strings "Infinity", "-Infinity", "NaN"; a
 * Scalar keeps the Python type it had (2 and 2.0 are as_int and as_float).
 */
#include <math.h>
#include <string.h>

#include "compiler/import/import.h"

const char *sc_import_union(const json_t *json, const json_t **out_value) {
    if (!json_is_object(json) || json_object_size(json) != 1) {
        return NULL;
    }
    void *iter = json_object_iter((json_t *)(uintptr_t)json);
    *out_value = json_object_iter_value(iter);
    return json_object_iter_key(iter);
}

const char *sc_import_tensor_name(const json_t *json) {
    return json_string_value(json_object_get(json_object_get(json, "as_tensor"), "name"));
}

static ScStatus malformed(ScImport *im, const char *kind) {
    return sc_fail(im->sc, SC_E_FORMAT, im->where,
                   sc_arena_fmt(im->sc->arena, "malformed argument of kind %s",
                                sc_pt2_printable(im->sc->arena, kind)),
                   "its JSON has another shape than torch writes", NULL);
}

/* A size that changes from run to run. */
static ScStatus refuse_symbol(ScImport *im, const json_t *value) {
    const char *name = json_string_value(json_object_get(value, "as_name"));
    return sc_fail(im->sc, SC_E_UNSUPPORTED, im->where,
                   sc_arena_fmt(im->sc->arena, "an argument is the dynamic value '%s'",
                                name ? sc_pt2_printable(im->sc->arena, name) : "?"),
                   "it is known only at run time", sc_pt2_advice_dynamic);
}

/* ---- scalars --------------------------------------------------------------------------
 */

typedef ScStatus (*ParseFn)(ScImport *im, const json_t *value, ScArg *out);

static ScStatus parse_none(ScImport *im, const json_t *value, ScArg *out) {
    (void)im;
    (void)value;
    *out = sc_arg_of_none();
    return SC_OK;
}

static ScStatus parse_int(ScImport *im, const json_t *value, ScArg *out) {
    if (!json_is_integer(value)) {
        return malformed(im, "as_int");
    }
    *out = sc_arg_of_int(json_integer_value(value));
    return SC_OK;
}

static bool float_value(const json_t *value, double *out) {
    if (json_is_number(value)) {
        *out = json_number_value(value);
        return true;
    }
    static const struct {
        const char *text;
        double value;
    } special[] = {{"Infinity", HUGE_VAL}, {"-Infinity", -HUGE_VAL}, {"NaN", (double)NAN}};
    const char *text = json_is_string(value) ? json_string_value(value) : "";
    for (size_t i = 0; i < sizeof special / sizeof special[0]; i++) {
        if (strcmp(text, special[i].text) == 0) {
            *out = special[i].value;
            return true;
        }
    }
    return false;
}

static ScStatus parse_float(ScImport *im, const json_t *value, ScArg *out) {
    double number;
    if (!float_value(value, &number)) {
        return malformed(im, "as_float");
    }
    *out = sc_arg_of_float(number);
    return SC_OK;
}

static ScStatus parse_bool(ScImport *im, const json_t *value, ScArg *out) {
    if (!json_is_boolean(value)) {
        return malformed(im, "as_bool");
    }
    *out = sc_arg_of_bool(json_is_true(value));
    return SC_OK;
}

static ScStatus parse_string(ScImport *im, const json_t *value, ScArg *out) {
    if (!json_is_string(value)) {
        return malformed(im, "as_string");
    }
    *out = sc_arg_of_string(sc_arena_str(im->sc->arena, json_string_value(value)));
    return SC_OK;
}

/* {"as_int": n} or {"as_name": "s0"} */
static ScStatus parse_sym_int(ScImport *im, const json_t *value, ScArg *out) {
    const json_t *number = json_object_get(value, "as_int");
    return number ? parse_int(im, number, out) : refuse_symbol(im, value);
}

static ScStatus parse_sym_float(ScImport *im, const json_t *value, ScArg *out) {
    const json_t *number = json_object_get(value, "as_float");
    return number ? parse_float(im, number, out) : refuse_symbol(im, value);
}

static ScStatus parse_sym_bool(ScImport *im, const json_t *value, ScArg *out) {
    const json_t *truth = json_object_get(value, "as_bool");
    return truth ? parse_bool(im, truth, out) : refuse_symbol(im, value);
}

static ScStatus parse_dtype(ScImport *im, const json_t *value, ScArg *out) {
    ScDtype dtype;
    if (!json_is_integer(value)) {
        return malformed(im, "as_scalar_type");
    }
    SC_TRY(sc_pt2_dtype(im->sc, im->where, json_integer_value(value), &dtype));
    *out = sc_arg_of_dtype(dtype);
    return SC_OK;
}

static ScStatus parse_layout(ScImport *im, const json_t *value, ScArg *out) {
    SC_TRY(parse_int(im, value, out));
    out->kind = SC_ARG_LAYOUT;
    return SC_OK;
}

static ScStatus parse_memory_format(ScImport *im, const json_t *value, ScArg *out) {
    SC_TRY(parse_int(im, value, out));
    out->kind = SC_ARG_MEMORY_FORMAT;
    return SC_OK;
}

/* Where the model lay when it was exported means nothing here. */
static ScStatus parse_device(ScImport *im, const json_t *value, ScArg *out) {
    if (!json_is_string(json_object_get(value, "type"))) {
        return malformed(im, "as_device");
    }
    *out = (ScArg){.kind = SC_ARG_DEVICE, .as.s = "cpu"};
    return SC_OK;
}

/* ---- tensors ----------------------------------------------------------------------------
 */

static ScStatus read_named(ScImport *im, const json_t *value, ScValue **out_value) {
    const char *name = json_string_value(json_object_get(value, "name"));
    if (!name) {
        return malformed(im, "as_tensor");
    }
    ScImportTensor *tensor;
    SC_TRY(sc_import_find(im, name, &tensor));
    return sc_import_read(im, tensor, out_value);
}

static ScStatus parse_tensor(ScImport *im, const json_t *value, ScArg *out) {
    ScValue *read;
    SC_TRY(read_named(im, value, &read));
    *out = sc_arg_of_value(read);
    return SC_OK;
}

/* {"as_tensor": {"name": ...}} or {"as_none": true} */
static ScStatus parse_optional_tensor(ScImport *im, const json_t *value, ScArg *out) {
    const json_t *inner;
    const char *kind = sc_import_union(value, &inner);
    if (kind && strcmp(kind, "as_none") == 0) {
        return parse_none(im, inner, out);
    }
    if (kind && strcmp(kind, "as_tensor") == 0) {
        return parse_tensor(im, inner, out);
    }
    return malformed(im, "as_optional_tensor");
}

static ScStatus parse_list(ScImport *im, const json_t *value, ParseFn item, ScArg **out) {
    if (!json_is_array(value)) {
        return malformed(im, "a list");
    }
    size_t n = json_array_size(value);
    *out = SC_NEW_ARRAY(im->sc->arena, ScArg, n + 1);
    for (size_t i = 0; i < n; i++) {
        SC_TRY(item(im, json_array_get(value, i), &(*out)[i]));
    }
    return SC_OK;
}

static ScStatus parse_value_list(ScImport *im, const json_t *value, ParseFn item,
                                 ScArg *out) {
    ScArg *items;
    SC_TRY(parse_list(im, value, item, &items));
    size_t n = json_array_size(value);
    *out = (ScArg){.kind = SC_ARG_VALUES, .n = (uint32_t)n};
    out->as.values = SC_NEW_ARRAY(im->sc->arena, ScValue *, n + 1);
    for (size_t i = 0; i < n; i++) {
        out->as.values[i] = items[i].kind == SC_ARG_VALUE ? items[i].as.value : NULL;
    }
    return SC_OK;
}

static ScStatus parse_tensors(ScImport *im, const json_t *value, ScArg *out) {
    return parse_value_list(im, value, parse_tensor, out);
}

static ScStatus parse_optional_tensors(ScImport *im, const json_t *value, ScArg *out) {
    return parse_value_list(im, value, parse_optional_tensor, out);
}

/* ---- lists of numbers
 * -------------------------------------------------------------------- */

static ScStatus parse_int_list(ScImport *im, const json_t *value, ParseFn item,
                               ScArg *out) {
    ScArg *items;
    SC_TRY(parse_list(im, value, item, &items));
    size_t n = json_array_size(value);
    int64_t *ints = SC_NEW_ARRAY(im->sc->arena, int64_t, n + 1);
    for (size_t i = 0; i < n; i++) {
        ints[i] = items[i].as.i;
    }
    *out = (ScArg){.kind = SC_ARG_INTS, .n = (uint32_t)n, .as.ints = ints};
    return SC_OK;
}

static ScStatus parse_ints(ScImport *im, const json_t *value, ScArg *out) {
    return parse_int_list(im, value, parse_int, out);
}

static ScStatus parse_sym_ints(ScImport *im, const json_t *value, ScArg *out) {
    return parse_int_list(im, value, parse_sym_int, out);
}

static ScStatus parse_float_list(ScImport *im, const json_t *value, ParseFn item,
                                 ScArg *out) {
    ScArg *items;
    SC_TRY(parse_list(im, value, item, &items));
    size_t n = json_array_size(value);
    double *floats = SC_NEW_ARRAY(im->sc->arena, double, n + 1);
    for (size_t i = 0; i < n; i++) {
        floats[i] = items[i].as.f;
    }
    *out = (ScArg){.kind = SC_ARG_FLOATS, .n = (uint32_t)n, .as.floats = floats};
    return SC_OK;
}

static ScStatus parse_floats(ScImport *im, const json_t *value, ScArg *out) {
    return parse_float_list(im, value, parse_float, out);
}

static ScStatus parse_sym_floats(ScImport *im, const json_t *value, ScArg *out) {
    return parse_float_list(im, value, parse_sym_float, out);
}

static ScStatus parse_bool_list(ScImport *im, const json_t *value, ParseFn item,
                                ScArg *out) {
    ScArg *items;
    SC_TRY(parse_list(im, value, item, &items));
    size_t n = json_array_size(value);
    bool *bools = SC_NEW_ARRAY(im->sc->arena, bool, n + 1);
    for (size_t i = 0; i < n; i++) {
        bools[i] = items[i].as.b;
    }
    *out = (ScArg){.kind = SC_ARG_BOOLS, .n = (uint32_t)n, .as.bools = bools};
    return SC_OK;
}

static ScStatus parse_bools(ScImport *im, const json_t *value, ScArg *out) {
    return parse_bool_list(im, value, parse_bool, out);
}

static ScStatus parse_sym_bools(ScImport *im, const json_t *value, ScArg *out) {
    return parse_bool_list(im, value, parse_sym_bool, out);
}

/* ---- the table
 * ------------------------------------------------------------------------------ */

static const char advice_tensor_ops[] =
    "call operators of torch.* on tensors and numbers only";

typedef struct KindRow {
    const char *kind;
    ParseFn parse;       /* NULL = refused: */
    const char *refused; /* what it is, and the way out */
    const char *todo;
} KindRow;

static const KindRow kinds[] = {
    {"as_none", parse_none, NULL, NULL},
    {"as_tensor", parse_tensor, NULL, NULL},
    {"as_tensors", parse_tensors, NULL, NULL},
    {"as_int", parse_int, NULL, NULL},
    {"as_ints", parse_ints, NULL, NULL},
    {"as_float", parse_float, NULL, NULL},
    {"as_floats", parse_floats, NULL, NULL},
    {"as_string", parse_string, NULL, NULL},
    {"as_strings", NULL, "a list of strings", advice_tensor_ops},
    {"as_sym_int", parse_sym_int, NULL, NULL},
    {"as_sym_ints", parse_sym_ints, NULL, NULL},
    {"as_scalar_type", parse_dtype, NULL, NULL},
    {"as_memory_format", parse_memory_format, NULL, NULL},
    {"as_layout", parse_layout, NULL, NULL},
    {"as_device", parse_device, NULL, NULL},
    {"as_bool", parse_bool, NULL, NULL},
    {"as_bools", parse_bools, NULL, NULL},
    {"as_sym_bool", parse_sym_bool, NULL, NULL},
    {"as_sym_bools", parse_sym_bools, NULL, NULL},
    {"as_graph", NULL, "a sub-graph", sc_import_advice_decompose},
    {"as_optional_tensors", parse_optional_tensors, NULL, NULL},
    {"as_custom_obj", NULL, "a script object", advice_tensor_ops},
    {"as_operator", NULL, "an operator", advice_tensor_ops},
    {"as_sym_float", parse_sym_float, NULL, NULL},
    {"as_sym_floats", parse_sym_floats, NULL, NULL},
    {"as_optional_tensor", parse_optional_tensor, NULL, NULL},
    {"as_complex", NULL, "a complex number",
     "keep real and imaginary parts as two real numbers"},
    {"as_nested_tensors", NULL, "a list of lists of tensors", advice_tensor_ops},
    {"as_int_lists", NULL, "a list of lists of integers", advice_tensor_ops},
    {"as_string_to_argument", NULL, "a dictionary", advice_tensor_ops},
    {"as_float_lists", NULL, "a list of lists of floats", advice_tensor_ops},
};

ScStatus sc_import_argument(ScImport *im, const json_t *json, ScArg *out_arg) {
    ScArena *arena = im->sc->arena;
    const json_t *value;
    const char *kind = sc_import_union(json, &value);
    if (!kind) {
        return malformed(im, "(none)");
    }
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        if (strcmp(kinds[i].kind, kind) != 0) {
            continue;
        }
        if (kinds[i].parse) {
            return kinds[i].parse(im, value, out_arg);
        }
        return sc_fail(im->sc, SC_E_UNSUPPORTED, im->where,
                       sc_arena_fmt(arena, "an argument is %s", kinds[i].refused),
                       sc_arena_fmt(arena, "arguments of kind %s can't be imported", kind),
                       kinds[i].todo);
    }
    return sc_fail(
        im->sc, SC_E_VERSION, im->where,
        sc_arena_fmt(arena, "unknown argument kind '%s'", sc_pt2_printable(arena, kind)),
        "this build knows the kinds of torch 2.13", "export the model with torch 2.13");
}
