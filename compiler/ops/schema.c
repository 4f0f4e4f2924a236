/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reads PyTorch's schema strings, as str(torch.ops.NS.OP.OVERLOAD._schema)
 * gives them:
 *
 *   aten::conv2d(Tensor input, Tensor weight, Tensor? bias=None,
 *                SymInt[2] stride=[1, 1], ..., SymInt groups=1) -> Tensor
 *
 * Alias marks "(a)", "(a!)", "(a -> *)" are read for the "!" only: values of a
 * Graph don't alias. SymInt is int: shapes are constants here.
 * Source of the grammar: torch/csrc/jit/frontend/function_schema_parser.cpp.
 */
#include <locale.h>
#include <stdlib.h>
#include <string.h>

#include "compiler/ops/ops.h"

enum { MAX_DEFAULT_ITEMS = 8, MAX_NUMBER_CHARS = 40 };

typedef struct Reader {
    Sc *sc;
    const char *text; /* the whole schema, for messages */
    const char *at;
} Reader;

static ScStatus fail(Reader *r, const char *what) {
    const char *why = sc_arena_fmt(r->sc->arena, "at '%.24s'", r->at);
    return sc_fail(r->sc, SC_E_FORMAT, r->text, what, why, 0);
}

static void skip_blanks(Reader *r) {
    while (*r->at == ' ') {
        r->at++;
    }
}

static bool accept(Reader *r, const char *token) {
    skip_blanks(r);
    size_t n = strlen(token);
    if (strncmp(r->at, token, n) != 0) {
        return false;
    }
    r->at += n;
    return true;
}

static ScStatus expect(Reader *r, const char *token) {
    return accept(r, token) ? SC_OK
                            : fail(r, sc_arena_fmt(r->sc->arena, "'%s' expected", token));
}

static bool is_word(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           c == '_';
}

static ScStatus read_word(Reader *r, const char **out_word) {
    skip_blanks(r);
    size_t n = 0;
    while (is_word(r->at[n])) {
        n++;
    }
    if (n == 0) {
        return fail(r, "a name is expected");
    }
    *out_word = sc_arena_strn(r->sc->arena, r->at, n);
    r->at += n;
    return SC_OK;
}

/* ---- types ------------------------------------------------------------------- */

typedef struct TypeName {
    const char *name;
    ScParamKind one;
    int list; /* ScParamKind of a list of it, -1 = there is none */
} TypeName;

static const TypeName type_names[] = {
    {"Tensor", SC_PARAM_TENSOR, SC_PARAM_TENSORS},
    {"int", SC_PARAM_INT, SC_PARAM_INTS},
    {"SymInt", SC_PARAM_INT, SC_PARAM_INTS},
    {"float", SC_PARAM_FLOAT, SC_PARAM_FLOATS},
    {"bool", SC_PARAM_BOOL, SC_PARAM_BOOLS},
    {"Scalar", SC_PARAM_SCALAR, -1},
    {"str", SC_PARAM_STRING, -1},
    {"ScalarType", SC_PARAM_DTYPE, -1},
    {"Layout", SC_PARAM_LAYOUT, -1},
    {"MemoryFormat", SC_PARAM_MEMORY_FORMAT, -1},
    {"Device", SC_PARAM_DEVICE, -1},
    {"Graph", SC_PARAM_GRAPH, -1},
};

static ScStatus read_type_name(Reader *r, const TypeName **out_type) {
    const char *word;
    SC_TRY(read_word(r, &word));
    for (size_t i = 0; i < sizeof type_names / sizeof type_names[0]; i++) {
        if (strcmp(word, type_names[i].name) == 0) {
            *out_type = &type_names[i];
            return SC_OK;
        }
    }
    return fail(r, sc_arena_fmt(r->sc->arena, "unknown type '%s'", word));
}

/* "(a!)" and the like; true when the argument is written. */
static ScStatus skip_alias_mark(Reader *r, bool *out_mutated) {
    if (*r->at != '(') {
        return SC_OK;
    }
    const char *end = strchr(r->at, ')');
    if (!end) {
        return fail(r, "'(' isn't closed");
    }
    if (memchr(r->at, '!', (size_t)(end - r->at))) {
        *out_mutated = true;
    }
    r->at = end + 1;
    return SC_OK;
}

/* "[2]", "[]" behind a type; false when there is none. */
static ScStatus read_brackets(Reader *r, bool *out_is_list, uint32_t *out_n) {
    *out_is_list = *r->at == '[';
    *out_n = 0;
    if (!*out_is_list) {
        return SC_OK;
    }
    r->at++;
    while (*r->at >= '0' && *r->at <= '9' && *out_n < 1000) {
        *out_n = *out_n * 10 + (uint32_t)(*r->at++ - '0');
    }
    return expect(r, "]");
}

static ScStatus read_type(Reader *r, ScParam *out) {
    const TypeName *type = 0;
    SC_TRY(read_type_name(r, &type));
    SC_TRY(skip_alias_mark(r, &out->mutated));
    bool inner_optional = *r->at == '?';
    r->at += inner_optional;
    bool is_list;
    SC_TRY(read_brackets(r, &is_list, &out->list_n));
    SC_TRY(skip_alias_mark(r, &out->mutated));
    bool outer_optional = *r->at == '?';
    r->at += outer_optional;
    out->kind = type->one;
    out->optional = inner_optional || outer_optional;
    if (is_list) {
        if (type->list < 0 || (inner_optional && type->one != SC_PARAM_TENSOR)) {
            return fail(r, "a list of this type isn't known");
        }
        out->kind = inner_optional ? SC_PARAM_OPTIONAL_TENSORS : (ScParamKind)type->list;
        out->optional = outer_optional;
    }
    return SC_OK;
}

/* ---- defaults ---------------------------------------------------------------- */

/* strtod() reads the decimal point of the process's locale. */
static double number_from_text(char *text) {
    char *point = strchr(text, '.');
    if (point) {
        *point = localeconv()->decimal_point[0];
    }
    return strtod(text, 0);
}

static ScStatus read_number(Reader *r, ScArg *out) {
    char text[MAX_NUMBER_CHARS];
    skip_blanks(r);
    size_t n = strspn(r->at, "+-0123456789.einfa");
    if (n == 0 || n >= sizeof text) {
        return fail(r, "a number is expected");
    }
    memcpy(text, r->at, n);
    text[n] = 0;
    r->at += n;
    bool is_int = strspn(text, "+-0123456789") == n;
    *out = is_int ? sc_arg_of_int(strtoll(text, 0, 10))
                  : sc_arg_of_float(number_from_text(text));
    return SC_OK;
}

static ScStatus read_list(Reader *r, ScParamKind kind, ScArg *out) {
    int64_t ints[MAX_DEFAULT_ITEMS];
    size_t n = 0;
    while (!accept(r, "]")) {
        ScArg item;
        SC_TRY(read_number(r, &item));
        if (n == MAX_DEFAULT_ITEMS || item.kind != SC_ARG_INT) {
            return fail(r, "a default list of up to 8 integers is expected");
        }
        ints[n++] = item.as.i;
        accept(r, ",");
    }
    if (kind != SC_PARAM_INTS && n > 0) {
        return fail(r, "only lists of integers have a default");
    }
    *out = sc_arg_of_ints(r->sc->arena, ints, n);
    return SC_OK;
}

static ScStatus read_string(Reader *r, ScArg *out) {
    const char *end = strchr(r->at, r->at[-1]);
    if (!end) {
        return fail(r, "a string isn't closed");
    }
    *out = sc_arg_of_string(sc_arena_strn(r->sc->arena, r->at, (size_t)(end - r->at)));
    r->at = end + 1;
    return SC_OK;
}

/* Schemas print c10::MemoryFormat (0 contiguous, 1 preserve, 2 channels_last,
 * 3 channels_last_3d); a ScArg holds the archive's numbers. */
static ScArg memory_format_from_c10(int64_t number) {
    static const int64_t numbers[] = {1, 4, 2, 3};
    int64_t format = number >= 0 && number < 4 ? numbers[number] : 1;
    return (ScArg){.kind = SC_ARG_MEMORY_FORMAT, .as.i = format};
}

static ScStatus read_default(Reader *r, ScParam *param) {
    ScArg *out = &param->fallback;
    param->has_default = true;
    if (accept(r, "None")) {
        *out = sc_arg_of_none();
        return SC_OK;
    }
    if (accept(r, "True") || accept(r, "False")) {
        *out = sc_arg_of_bool(r->at[-2] == 'u');
        return SC_OK;
    }
    if (accept(r, "[")) {
        return read_list(r, param->kind, out);
    }
    if (accept(r, "\"") || accept(r, "'")) {
        return read_string(r, out);
    }
    SC_TRY(read_number(r, out));
    if (param->kind == SC_PARAM_MEMORY_FORMAT) {
        *out = memory_format_from_c10(out->as.i);
    } else if (param->kind == SC_PARAM_DTYPE) {
        *out = sc_arg_of_dtype((ScDtype)out->as.i);
    } else if (param->kind == SC_PARAM_INTS) {
        int64_t items[MAX_DEFAULT_ITEMS];
        size_t n = param->list_n && param->list_n <= MAX_DEFAULT_ITEMS ? param->list_n : 1;
        for (size_t i = 0; i < n; i++) {
            items[i] = out->as.i;
        }
        *out = sc_arg_of_ints(r->sc->arena, items, n);
    }
    return SC_OK;
}

/* ---- the schema -------------------------------------------------------------- */

static ScStatus read_params(Reader *r, ScSchema *out) {
    bool kw_only = false;
    uint32_t cap = 0;
    SC_TRY(expect(r, "("));
    while (!accept(r, ")")) {
        if (accept(r, "*")) {
            kw_only = true;
        } else {
            ScParam param = {.kw_only = kw_only};
            SC_TRY(read_type(r, &param));
            SC_TRY(read_word(r, &param.name));
            if (accept(r, "=")) {
                SC_TRY(read_default(r, &param));
            }
            SC_PUSH(r->sc->arena, out->params, out->n_params, cap, param);
        }
        if (!accept(r, ",") && *r->at != ')') {
            return fail(r, "',' or ')' expected");
        }
    }
    return SC_OK;
}

static ScStatus read_results(Reader *r, ScSchema *out) {
    SC_TRY(expect(r, "->"));
    bool several = accept(r, "(");
    while (!(several && accept(r, ")"))) {
        ScParam result = {0};
        skip_blanks(r);
        SC_TRY(read_type(r, &result));
        out->list_result |= result.kind == SC_PARAM_TENSORS;
        out->n_results++;
        skip_blanks(r);
        while (is_word(*r->at)) { /* the result's name */
            r->at++;
        }
        if (!several) {
            break;
        }
        accept(r, ",");
    }
    skip_blanks(r);
    return *r->at ? fail(r, "text behind the schema") : SC_OK;
}

ScStatus sc_schema_parse(Sc *sc, const char *text, ScSchema *out_schema) {
    Reader reader = {sc, text, text};
    Reader *r = &reader;
    *out_schema = (ScSchema){.overload = ""};
    SC_TRY(read_word(r, &out_schema->ns));
    SC_TRY(expect(r, "::"));
    SC_TRY(read_word(r, &out_schema->name));
    if (accept(r, ".")) {
        SC_TRY(read_word(r, &out_schema->overload));
    }
    SC_TRY(read_params(r, out_schema));
    return read_results(r, out_schema);
}

int sc_schema_param(const ScSchema *schema, const char *name) {
    for (uint32_t i = 0; i < schema->n_params; i++) {
        if (strcmp(schema->params[i].name, name) == 0) {
            return (int)i;
        }
    }
    return -1;
}
