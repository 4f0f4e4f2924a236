/* SPDX-License-Identifier: Apache-2.0 */
/* Reads the text form that print.c describes. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "compiler/graph/graph.h"
#include "compiler/ops/ops.h"

enum { MAX_LIST = 4096 };

/* A body that was read and that no node has taken yet. */
typedef struct Pending {
    ScGraph *body;
    const ScGraph *owner;
} Pending;

typedef struct Parser {
    Sc *sc;
    const char *where;
    const char *at; /* 0-terminated */
    int line;
    ScGraph *graph; /* being read: the graph itself, or a body */
    uint32_t depth; /* of bodies */
    Pending *pending;
    size_t n_pending, cap_pending;
} Parser;

static ScStatus fail(Parser *p, const char *what) {
    return sc_fail(p->sc, SC_E_FORMAT,
                   sc_arena_fmt(p->sc->arena, "%s:%d", p->where, p->line), what, 0,
                   "see compiler/graph/print.c for the grammar");
}

static void skip_blanks(Parser *p) {
    while (*p->at == ' ' || *p->at == '\t') {
        p->at++;
    }
}

static bool accept(Parser *p, const char *token) {
    skip_blanks(p);
    size_t n = strlen(token);
    if (strncmp(p->at, token, n) != 0) {
        return false;
    }
    p->at += n;
    return true;
}

static ScStatus expect(Parser *p, const char *token) {
    if (!accept(p, token)) {
        return fail(p, sc_arena_fmt(p->sc->arena, "'%s' expected", token));
    }
    return SC_OK;
}

static bool is_word(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           c == '_' || c == '.';
}

static ScStatus parse_word(Parser *p, const char **out_word) {
    skip_blanks(p);
    size_t n = 0;
    while (is_word(p->at[n])) {
        n++;
    }
    if (n == 0) {
        return fail(p, "a name is expected");
    }
    *out_word = sc_arena_strn(p->sc->arena, p->at, n);
    p->at += n;
    return SC_OK;
}

static ScStatus parse_int(Parser *p, int64_t *out) {
    skip_blanks(p);
    char *end;
    errno = 0;
    *out = strtoll(p->at, &end, 10);
    if (end == p->at || errno != 0) {
        return fail(p, "an integer is expected");
    }
    p->at = end;
    return SC_OK;
}

static ScStatus parse_double(Parser *p, double *out) {
    skip_blanks(p);
    char *end;
    *out = strtod(p->at, &end);
    if (end == p->at) {
        return fail(p, "a number is expected");
    }
    p->at = end;
    return SC_OK;
}

static ScStatus parse_string(Parser *p, const char **out) {
    SC_TRY(expect(p, "\""));
    ScBuf text = sc_buf(p->sc->arena);
    if (!sc_buf_json_read(&text, &p->at)) {
        return fail(p, "a string isn't closed");
    }
    *out = text.data;
    return SC_OK;
}

static ScStatus parse_quant(Parser *p, ScType *type) {
    ScQuant *quant = SC_NEW(p->graph->arena, ScQuant);
    int64_t axis;
    SC_TRY(parse_int(p, &axis));
    quant->axis = (int)axis;
    double *scales = SC_NEW_ARRAY(p->graph->arena, double, MAX_LIST);
    int64_t *zero_points = SC_NEW_ARRAY(p->graph->arena, int64_t, MAX_LIST);
    SC_TRY(expect(p, "["));
    while (!accept(p, "]") && quant->n < MAX_LIST) {
        SC_TRY(parse_double(p, &scales[quant->n++]));
        accept(p, ",");
    }
    SC_TRY(expect(p, "["));
    for (uint32_t i = 0; !accept(p, "]") && i < quant->n; i++) {
        SC_TRY(parse_int(p, &zero_points[i]));
        accept(p, ",");
    }
    SC_TRY(parse_int(p, &quant->qmin));
    SC_TRY(parse_int(p, &quant->qmax));
    quant->scales = scales;
    quant->zero_points = zero_points;
    type->quant = quant;
    return expect(p, "}");
}

static ScStatus parse_type(Parser *p, ScType *out) {
    const char *word;
    memset(out, 0, sizeof *out);
    SC_TRY(parse_word(p, &word));
    if (!sc_dtype_parse(word, strlen(word), &out->dtype)) {
        return fail(p, sc_arena_fmt(p->sc->arena, "'%s' is no dtype", word));
    }
    SC_TRY(expect(p, "["));
    while (!accept(p, "]")) {
        if (out->rank == SC_MAX_RANK) {
            return fail(p, "rank above 8");
        }
        SC_TRY(parse_int(p, &out->dims[out->rank]));
        if (out->dims[out->rank] < 0 || out->dims[out->rank] > INT32_MAX) {
            return fail(p, "a dimension is out of range");
        }
        out->rank++;
        accept(p, ",");
    }
    if (accept(p, "nhwc")) {
        out->layout = SC_LAYOUT_CHANNELS_LAST;
    }
    return accept(p, "{q") ? parse_quant(p, out) : SC_OK;
}

static ScStatus parse_value(Parser *p, ScValue **out) {
    const char *name;
    SC_TRY(expect(p, "%"));
    SC_TRY(parse_word(p, &name));
    for (size_t i = 0; i < p->graph->n_values; i++) {
        ScValue *value = p->graph->values[i];
        if (value && strcmp(value->name, name) == 0) {
            *out = value;
            return SC_OK;
        }
    }
    return fail(p, sc_arena_fmt(p->sc->arena, "%%%s isn't made before it is used", name));
}

static ScStatus parse_list(Parser *p, ScArgKind kind, ScArg *out) {
    ScArena *arena = p->graph->arena;
    *out = (ScArg){.kind = kind};
    ScValue **values = SC_NEW_ARRAY(arena, ScValue *, MAX_LIST);
    int64_t *ints = SC_NEW_ARRAY(arena, int64_t, MAX_LIST);
    double *floats = SC_NEW_ARRAY(arena, double, MAX_LIST);
    bool *bools = SC_NEW_ARRAY(arena, bool, MAX_LIST);
    while (!accept(p, "]")) {
        if (out->n == MAX_LIST) {
            return fail(p, "a list is too long");
        }
        if (kind == SC_ARG_VALUES) {
            if (!accept(p, "none")) {
                SC_TRY(parse_value(p, &values[out->n]));
            }
        } else if (kind == SC_ARG_INTS) {
            SC_TRY(parse_int(p, &ints[out->n]));
        } else if (kind == SC_ARG_FLOATS) {
            SC_TRY(parse_double(p, &floats[out->n]));
        } else {
            bools[out->n] = accept(p, "true");
            if (!bools[out->n]) {
                SC_TRY(expect(p, "false"));
            }
        }
        out->n++;
        accept(p, ",");
    }
    if (kind == SC_ARG_VALUES) {
        out->as.values = values;
    } else if (kind == SC_ARG_INTS) {
        out->as.ints = ints;
    } else if (kind == SC_ARG_FLOATS) {
        out->as.floats = floats;
    } else {
        out->as.bools = bools;
    }
    return SC_OK;
}

/* A body belongs to one node. */
static ScStatus parse_body_name(Parser *p, ScArg *out) {
    const char *name;
    SC_TRY(parse_word(p, &name));
    for (size_t i = 0; i < p->n_pending; i++) {
        Pending *pending = &p->pending[i];
        if (pending->owner == p->graph && strcmp(pending->body->name, name) == 0) {
            *out = sc_arg_of_graph(pending->body);
            *pending = p->pending[--p->n_pending];
            return SC_OK;
        }
    }
    return fail(p, sc_arena_fmt(p->sc->arena, "no body '%s' stands before its node", name));
}

static ScStatus parse_number(Parser *p, ScArg *out) {
    skip_blanks(p);
    size_t n = strcspn(p->at, ",)\n ");
    bool is_int = strspn(p->at, "+-0123456789") == n;
    out->kind = is_int ? SC_ARG_INT : SC_ARG_FLOAT;
    return is_int ? parse_int(p, &out->as.i) : parse_double(p, &out->as.f);
}

static ScStatus parse_arg(Parser *p, ScArg *out) {
    skip_blanks(p);
    *out = (ScArg){.kind = SC_ARG_NONE};
    if (accept(p, "none")) {
        return SC_OK;
    }
    if (accept(p, "true") || accept(p, "false")) {
        *out = sc_arg_of_bool(p->at[-2] == 'u');
        return SC_OK;
    }
    if (accept(p, "v[")) {
        return parse_list(p, SC_ARG_VALUES, out);
    }
    if (accept(p, "i[")) {
        return parse_list(p, SC_ARG_INTS, out);
    }
    if (accept(p, "f[")) {
        return parse_list(p, SC_ARG_FLOATS, out);
    }
    if (accept(p, "b[")) {
        return parse_list(p, SC_ARG_BOOLS, out);
    }
    if (accept(p, "dtype:")) {
        const char *word;
        ScDtype dtype;
        SC_TRY(parse_word(p, &word));
        if (!sc_dtype_parse(word, strlen(word), &dtype)) {
            return fail(p, "an unknown dtype");
        }
        *out = sc_arg_of_dtype(dtype);
        return SC_OK;
    }
    if (accept(p, "body:")) {
        return parse_body_name(p, out);
    }
    if (accept(p, "layout:")) {
        out->kind = SC_ARG_LAYOUT;
        return parse_int(p, &out->as.i);
    }
    if (accept(p, "memory_format:")) {
        out->kind = SC_ARG_MEMORY_FORMAT;
        return parse_int(p, &out->as.i);
    }
    if (*p->at == '"' || accept(p, "device:")) {
        out->kind = p->at[-1] == ':' ? SC_ARG_DEVICE : SC_ARG_STRING;
        return parse_string(p, &out->as.s);
    }
    if (*p->at == '%') {
        out->kind = SC_ARG_VALUE;
        return parse_value(p, &out->as.value);
    }
    return parse_number(p, out);
}

/* ---- lines ------------------------------------------------------------------- */

static ScStatus store_element(Parser *p, const ScType *type, uint8_t *at) {
    double d;
    int64_t i;
    if (sc_dtype_is_float(type->dtype)) {
        SC_TRY(parse_double(p, &d));
        float f = (float)d;
        memcpy(at, type->dtype == SC_F32 ? (void *)&f : (void *)&d,
               sc_dtype_size(type->dtype));
        return SC_OK;
    }
    SC_TRY(parse_int(p, &i));
    memcpy(at, &i, sc_dtype_size(type->dtype)); /* little-endian hosts only */
    return SC_OK;
}

static ScStatus parse_data(Parser *p, const ScType *type, const void **out) {
    size_t n = sc_type_numel(type);
    if (n > (1u << 28)) {
        return fail(p, "a constant is too large");
    }
    uint8_t *data = sc_arena_alloc(p->graph->arena, sc_type_bytes(type) + 8);
    *out = data;
    if (accept(p, "hash:")) {
        const char *hash;
        return parse_word(p, &hash);
    }
    SC_TRY(expect(p, "{"));
    for (size_t i = 0; i < n; i++) {
        SC_TRY(store_element(p, type, data + i * sc_dtype_size(type->dtype)));
        accept(p, ",");
    }
    return expect(p, "}");
}

static ScStatus parse_declaration(Parser *p, ScValueKind kind) {
    const char *name, *fqn = 0;
    const void *data = 0;
    ScType type;
    SC_TRY(expect(p, "%"));
    SC_TRY(parse_word(p, &name));
    SC_TRY(expect(p, ":"));
    SC_TRY(parse_type(p, &type));
    skip_blanks(p);
    if (*p->at == '"') {
        SC_TRY(parse_string(p, &fqn));
    }
    if (kind != SC_VALUE_INPUT) {
        SC_TRY(expect(p, "="));
        SC_TRY(parse_data(p, &type, &data));
    }
    ScValue *value = kind == SC_VALUE_INPUT ? sc_graph_add_input(p->graph, name, &type)
                     : kind == SC_VALUE_CONST
                         ? sc_graph_add_const(p->graph, name, &type, data)
                         : sc_graph_add_state(p->graph, name, &type, data);
    value->fqn = fqn;
    return strcmp(value->name, name) == 0 ? SC_OK : fail(p, "a value is made twice");
}

typedef struct Results {
    const char *names[SC_MAX_RESULTS]; /* NULL = _ */
    ScType types[SC_MAX_RESULTS];
    uint32_t n;
} Results;

static ScStatus parse_results(Parser *p, Results *out) {
    do {
        if (out->n == SC_MAX_RESULTS) {
            return fail(p, "too many results");
        }
        if (!accept(p, "_")) {
            SC_TRY(expect(p, "%"));
            SC_TRY(parse_word(p, &out->names[out->n]));
            SC_TRY(expect(p, ":"));
            SC_TRY(parse_type(p, &out->types[out->n]));
        }
        out->n++;
    } while (accept(p, ","));
    return expect(p, "=");
}

static ScStatus name_results(Parser *p, const Results *results, ScNode *node) {
    if (results->n != node->n_results) {
        return fail(p, sc_arena_fmt(p->sc->arena, "the operator makes %u results",
                                    node->n_results));
    }
    for (uint32_t i = 0; i < results->n; i++) {
        ScValue *value = node->results[i];
        if (!results->names[i]) {
            p->graph->values[value->id] = 0;
            node->results[i] = 0;
            continue;
        }
        value->name = results->names[i];
        bool fits =
            sc_dims_equal(&value->type, &results->types[i]) &&
            (results->types[i].quant || value->type.dtype == results->types[i].dtype);
        if (!fits) {
            ScBuf text = sc_buf(p->sc->arena);
            sc_buf_fmt(&text, "%%%s is declared otherwise than inferred: ", value->name);
            sc_type_print(&value->type, &text);
            return fail(p, text.data);
        }
        value->type = results->types[i];
    }
    return SC_OK;
}

static ScStatus parse_node(Parser *p) {
    Results *results = SC_NEW(p->sc->arena, Results);
    const char *op, *text;
    skip_blanks(p);
    if (*p->at == '%' || *p->at == '_') {
        SC_TRY(parse_results(p, results));
    }
    SC_TRY(parse_word(p, &op));
    SC_TRY(expect(p, "("));
    ScArg args[64];
    size_t n = 0;
    while (!accept(p, ")")) {
        if (n == 64) {
            return fail(p, "too many arguments");
        }
        SC_TRY(parse_arg(p, &args[n++]));
        accept(p, ",");
    }
    ScNode *node;
    SC_TRY(sc_graph_add_node(p->sc, p->graph, 0, op, args, n, &node));
    if (accept(p, "@")) {
        SC_TRY(parse_string(p, &text));
        node->module_path = *text ? text : 0;
        SC_TRY(parse_string(p, &text));
        node->source = *text ? text : 0;
    }
    return name_results(p, results, node);
}

static ScStatus parse_output(Parser *p) {
    const char *name;
    ScArg value;
    SC_TRY(parse_string(p, &name));
    SC_TRY(parse_arg(p, &value));
    sc_graph_add_output(p->graph, *name ? name : 0, value, 0);
    return SC_OK;
}

static ScStatus parse_write(Parser *p) {
    ScValue *state;
    ScArg value;
    SC_TRY(parse_value(p, &state));
    SC_TRY(expect(p, "<-"));
    SC_TRY(parse_arg(p, &value));
    sc_graph_add_output(p->graph, 0, value, state);
    return SC_OK;
}

static ScStatus parse_lines(Parser *p);

static ScStatus parse_body(Parser *p) {
    const char *name;
    ScGraph *owner = p->graph;
    if (p->depth == SC_MAX_BODY_DEPTH) {
        return fail(p, "bodies are nested too deeply");
    }
    SC_TRY(parse_word(p, &name));
    p->graph = sc_graph_new(p->sc->arena, owner->ops, name);
    p->depth++;
    SC_TRY(parse_lines(p));
    p->depth--;
    Pending pending = {p->graph, owner};
    SC_PUSH(p->sc->arena, p->pending, p->n_pending, p->cap_pending, pending);
    p->graph = owner;
    return SC_OK;
}

static ScStatus parse_line(Parser *p) {
    if (accept(p, "body ")) {
        return parse_body(p);
    }
    if (accept(p, "input ")) {
        return parse_declaration(p, SC_VALUE_INPUT);
    }
    if (accept(p, "const ")) {
        return parse_declaration(p, SC_VALUE_CONST);
    }
    if (accept(p, "state ")) {
        return parse_declaration(p, SC_VALUE_STATE);
    }
    if (accept(p, "output ")) {
        return parse_output(p);
    }
    if (accept(p, "write ")) {
        return parse_write(p);
    }
    return parse_node(p);
}

/* Up to the line `end`. */
static ScStatus parse_lines(Parser *p) {
    for (;;) {
        SC_TRY(expect(p, "\n"));
        p->line++;
        skip_blanks(p);
        if (*p->at == '\n' || *p->at == '#') {
            p->at += strcspn(p->at, "\n");
            continue;
        }
        if (accept(p, "end")) {
            return SC_OK;
        }
        SC_TRY(parse_line(p));
    }
}

ScStatus sc_graph_parse(Sc *sc, const char *where, const ScOpTable *ops, const char *text,
                        size_t n_bytes, ScGraph **out_graph) {
    Parser p = {.sc = sc, .where = where, .line = 1};
    p.at = sc_arena_strn(sc->arena, text, n_bytes);
    const char *name;
    SC_TRY(expect(&p, "graph "));
    SC_TRY(parse_word(&p, &name));
    p.graph = sc_graph_new(sc->arena, ops, name);
    SC_TRY(parse_lines(&p));
    *out_graph = p.graph;
    return sc_graph_verify(sc, p.graph);
}
