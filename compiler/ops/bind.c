/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sc_schema_bind(): an argument list made to fit a schema. What Python's
 * argument parser converts silently is converted here: an int for a float, one
 * int for int[2], a bool for an int; an empty list is a list of any type.
 * Tensors must have a type that can exist: shape functions rely on that.
 */
#include "compiler/ops/shape.h"

static const char *const param_kind_names[] = {
    [SC_PARAM_TENSOR] = "a tensor",
    [SC_PARAM_TENSORS] = "a list of tensors",
    [SC_PARAM_OPTIONAL_TENSORS] = "a list of tensors or None",
    [SC_PARAM_INT] = "an integer",
    [SC_PARAM_INTS] = "a list of integers",
    [SC_PARAM_FLOAT] = "a float",
    [SC_PARAM_FLOATS] = "a list of floats",
    [SC_PARAM_BOOL] = "a bool",
    [SC_PARAM_BOOLS] = "a list of bools",
    [SC_PARAM_SCALAR] = "a number",
    [SC_PARAM_STRING] = "a string",
    [SC_PARAM_DTYPE] = "a dtype",
    [SC_PARAM_LAYOUT] = "a layout",
    [SC_PARAM_MEMORY_FORMAT] = "a memory format",
    [SC_PARAM_DEVICE] = "a device",
    [SC_PARAM_GRAPH] = "a body",
};

static const ScArgKind exact_kinds[] = {
    [SC_PARAM_TENSOR] = SC_ARG_VALUE,
    [SC_PARAM_TENSORS] = SC_ARG_VALUES,
    [SC_PARAM_OPTIONAL_TENSORS] = SC_ARG_VALUES,
    [SC_PARAM_INT] = SC_ARG_INT,
    [SC_PARAM_INTS] = SC_ARG_INTS,
    [SC_PARAM_FLOAT] = SC_ARG_FLOAT,
    [SC_PARAM_FLOATS] = SC_ARG_FLOATS,
    [SC_PARAM_BOOL] = SC_ARG_BOOL,
    [SC_PARAM_BOOLS] = SC_ARG_BOOLS,
    [SC_PARAM_SCALAR] = SC_ARG_FLOAT, /* or INT or BOOL */
    [SC_PARAM_STRING] = SC_ARG_STRING,
    [SC_PARAM_DTYPE] = SC_ARG_DTYPE,
    [SC_PARAM_LAYOUT] = SC_ARG_LAYOUT,
    [SC_PARAM_MEMORY_FORMAT] = SC_ARG_MEMORY_FORMAT,
    [SC_PARAM_DEVICE] = SC_ARG_DEVICE,
    [SC_PARAM_GRAPH] = SC_ARG_GRAPH,
};

static bool is_list(ScArgKind kind) {
    return kind == SC_ARG_VALUES || kind == SC_ARG_INTS || kind == SC_ARG_FLOATS ||
           kind == SC_ARG_BOOLS;
}

static ScArg ints_repeated(ScArena *arena, int64_t value, uint32_t n) {
    int64_t *items = SC_NEW_ARRAY(arena, int64_t, n);
    for (uint32_t i = 0; i < n; i++) {
        items[i] = value;
    }
    return (ScArg){.kind = SC_ARG_INTS, .n = n, .as.ints = items};
}

static ScArg floats_from_ints(ScArena *arena, const ScArg *ints) {
    double *items = SC_NEW_ARRAY(arena, double, ints->n);
    for (uint32_t i = 0; i < ints->n; i++) {
        items[i] = (double)ints->as.ints[i];
    }
    return (ScArg){.kind = SC_ARG_FLOATS, .n = ints->n, .as.floats = items};
}

/* The conversions that lose nothing; leaves arg alone when there is none. */
static void arg_convert(ScArena *arena, const ScParam *param, ScArg *arg) {
    ScArgKind want = exact_kinds[param->kind];
    if (is_list(want) && is_list(arg->kind) && arg->n == 0) {
        *arg = (ScArg){.kind = want};
        arg->as.values = SC_NEW_ARRAY(arena, ScValue *, 1); /* not NULL */
    } else if (want == SC_ARG_FLOAT && arg->kind == SC_ARG_INT &&
               param->kind == SC_PARAM_FLOAT) {
        *arg = sc_arg_of_float((double)arg->as.i);
    } else if (want == SC_ARG_INT && arg->kind == SC_ARG_BOOL) {
        *arg = sc_arg_of_int(arg->as.b);
    } else if (want == SC_ARG_INTS && arg->kind == SC_ARG_INT) {
        *arg = ints_repeated(arena, arg->as.i, param->list_n ? param->list_n : 1);
    } else if (want == SC_ARG_FLOATS && arg->kind == SC_ARG_INTS) {
        *arg = floats_from_ints(arena, arg);
    }
}

static bool arg_fits(const ScParam *param, const ScArg *arg) {
    if (arg->kind == SC_ARG_NONE) {
        return param->optional;
    }
    if (param->kind == SC_PARAM_SCALAR) {
        return arg->kind == SC_ARG_INT || arg->kind == SC_ARG_FLOAT ||
               arg->kind == SC_ARG_BOOL;
    }
    if (arg->kind != exact_kinds[param->kind]) {
        return false;
    }
    for (uint32_t i = 0; param->kind == SC_PARAM_TENSORS && i < arg->n; i++) {
        if (!arg->as.values[i]) {
            return false;
        }
    }
    return true;
}

static bool tensors_can_exist(const ScArg *arg) {
    if (arg->kind == SC_ARG_VALUE) {
        return sc_type_can_exist(&arg->as.value->type);
    }
    bool ok = true;
    for (uint32_t i = 0; arg->kind == SC_ARG_VALUES && i < arg->n; i++) {
        ok = ok && (!arg->as.values[i] || sc_type_can_exist(&arg->as.values[i]->type));
    }
    return ok;
}

static ScStatus arg_refuse(Sc *sc, const char *where, const ScParam *param,
                           const ScArg *arg) {
    const char *what = sc_arena_fmt(sc->arena, "argument '%s' must be %s", param->name,
                                    param_kind_names[param->kind]);
    bool number =
        arg->kind == SC_ARG_INT || arg->kind == SC_ARG_FLOAT || arg->kind == SC_ARG_BOOL;
    const char *why = arg->kind == SC_ARG_NONE ? "it is None"
                      : number && param->kind == SC_PARAM_TENSOR
                          ? "it is a number: the overload for numbers takes that"
                          : "it is something else";
    return sc_fail(sc, SC_E_FORMAT, where, what, why, 0);
}

ScStatus sc_schema_bind(Sc *sc, const char *where, ScArena *arena, const ScSchema *schema,
                        ScArg *args, const bool *given) {
    for (uint32_t i = 0; i < schema->n_params; i++) {
        const ScParam *param = &schema->params[i];
        if (!given[i]) {
            if (!param->has_default) {
                return sc_fail(
                    sc, SC_E_FORMAT, where,
                    sc_arena_fmt(sc->arena, "argument '%s' is missing", param->name),
                    "it has no default", 0);
            }
            args[i] = param->fallback;
        }
        arg_convert(arena, param, &args[i]);
        if (!arg_fits(param, &args[i])) {
            return arg_refuse(sc, where, param, &args[i]);
        }
        if (!tensors_can_exist(&args[i])) {
            const char *what =
                sc_arena_fmt(sc->arena, "argument '%s' is too large", param->name);
            return sc_fail(sc, SC_E_SHAPE, where, what, "tensors end at 4 GB", 0);
        }
    }
    return SC_OK;
}
