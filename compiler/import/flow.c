/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Higher-order operators: cond, while_loop, map, scan. A graph among the arguments is
 * imported as a program of its own, whose inputs are values; parameters come as inputs
 * too (torch lifts what a branch closes over). Arguments have no names and stand in the
 * order of torch's operator, which is that of our rows (ops/rows_flow.c).
 */
#include <string.h>

#include "compiler/import/import.h"

static const char higher_order[] = "torch.ops.higher_order.";

/* ---- bodies ----------------------------------------------------------------------------
 */

static const char advice_tensor[] =
    "make it a tensor: torch.tensor(0) for a counter, compared and added to as tensor";

static ScStatus body_input(ScImport *inner, const json_t *input) {
    const char *name = sc_import_tensor_name(input);
    if (!name) {
        const json_t *value;
        const char *kind = sc_import_union(input, &value);
        return sc_fail(inner->sc, SC_E_UNSUPPORTED, inner->where,
                       sc_arena_fmt(inner->sc->arena,
                                    "an input of a body is no tensor (%s)",
                                    kind ? sc_pt2_printable(inner->sc->arena, kind) : "?"),
                       "what changes from turn to turn lies in memory", advice_tensor);
    }
    ScPt2Meta meta;
    SC_TRY(sc_import_meta(inner, name, &meta));
    ScType type = sc_import_type(&meta);
    ScImportTensor *tensor = sc_import_new_root(inner, SC_STORAGE_INPUT, name, &meta);
    tensor->value =
        sc_graph_add_input(inner->graph, sc_import_clean_name(inner, name), &type);
    return sc_import_bind(inner, name, tensor);
}

static ScStatus body_output(ScImport *inner, const json_t *output) {
    ScArg arg;
    SC_TRY(sc_import_argument(inner, output, &arg));
    if (arg.kind != SC_ARG_VALUE) {
        return sc_fail(inner->sc, SC_E_UNSUPPORTED, inner->where,
                       "a body gives something that is no tensor", NULL, advice_tensor);
    }
    sc_graph_add_output(inner->graph, NULL, arg, NULL);
    return SC_OK;
}

static ScStatus body_import(ScImport *inner, const json_t *graph) {
    json_t *inputs, *outputs, *nodes, *values;
    const char *where = inner->where;
    SC_TRY(sc_json_array(inner->sc, where, graph, "inputs", &inputs));
    SC_TRY(sc_json_array(inner->sc, where, graph, "outputs", &outputs));
    SC_TRY(sc_json_array(inner->sc, where, graph, "nodes", &nodes));
    SC_TRY(sc_json_object(inner->sc, where, graph, "tensor_values", &values));
    inner->tensor_values = values;
    for (size_t i = 0; i < json_array_size(inputs); i++) {
        SC_TRY(body_input(inner, json_array_get(inputs, i)));
    }
    for (size_t i = 0; i < json_array_size(nodes); i++) {
        SC_TRY(sc_import_node(inner, json_array_get(nodes, i)));
    }
    inner->where = where;
    for (size_t i = 0; i < json_array_size(outputs); i++) {
        SC_TRY(body_output(inner, json_array_get(outputs, i)));
    }
    return SC_OK;
}

/* value: {"name": ..., "graph": ...} */
static ScStatus argument_body(ScImport *im, const json_t *value, ScArg *out_arg) {
    const char *name;
    json_t *graph;
    SC_TRY(sc_json_string(im->sc, im->where, value, "name", &name));
    SC_TRY(sc_json_object(im->sc, im->where, value, "graph", &graph));
    if (im->depth == SC_MAX_BODY_DEPTH) {
        return sc_fail(im->sc, SC_E_LIMIT, im->where, "bodies are nested too deeply", NULL,
                       "write the inner ones without control flow");
    }
    ScImport inner = {.sc = im->sc,
                      .pt2 = im->pt2,
                      .ops = im->ops,
                      .ranges = im->ranges,
                      .where = im->where,
                      .depth = im->depth + 1};
    inner.graph = sc_graph_new(im->sc->arena, im->ops, sc_import_clean_name(im, name));
    SC_TRY(body_import(&inner, graph));
    *out_arg = sc_arg_of_graph(inner.graph);
    return SC_OK;
}

/* ---- the node
 * ----------------------------------------------------------------------------
 */

static ScStatus argument(ScImport *im, const json_t *input, ScArg *out_arg) {
    const json_t *arg = json_object_get(input, "arg"), *value;
    const char *kind = sc_import_union(arg, &value);
    if (kind && strcmp(kind, "as_graph") == 0) {
        return argument_body(im, value, out_arg);
    }
    SC_TRY(sc_import_argument(im, arg, out_arg));
    bool is_list = out_arg->kind == SC_ARG_INTS || out_arg->kind == SC_ARG_FLOATS ||
                   out_arg->kind == SC_ARG_BOOLS;
    bool is_number = out_arg->kind == SC_ARG_INT || out_arg->kind == SC_ARG_FLOAT ||
                     out_arg->kind == SC_ARG_BOOL;
    if (is_number || (is_list && out_arg->n > 0)) {
        return sc_fail(im->sc, SC_E_UNSUPPORTED, im->where,
                       "control flow over Python numbers can't be imported",
                       "what changes from turn to turn lies in memory", advice_tensor);
    }
    return SC_OK;
}

static ScStatus bind_all(ScImport *im, ScNode *node, const json_t *outputs) {
    if (json_array_size(outputs) != node->n_results) {
        return sc_fail(im->sc, SC_E_FORMAT, im->where,
                       sc_arena_fmt(im->sc->arena, "%zu results, the bodies give %u",
                                    json_array_size(outputs), node->n_results),
                       "the program is damaged or was edited", "export the model again");
    }
    for (uint32_t i = 0; i < node->n_results; i++) {
        const json_t *named = json_object_get(json_array_get(outputs, i), "as_tensor");
        SC_TRY(sc_import_bind_fresh(im, node, i, named));
    }
    return SC_OK;
}

const ScOp *sc_import_flow_op(const ScImport *im, const char *target) {
    static const char ops[] = "torch.ops.";
    if (strncmp(target, higher_order, sizeof higher_order - 1) != 0) {
        return NULL;
    }
    return sc_ops_find(im->ops, target + sizeof ops - 1);
}

ScStatus sc_import_flow(ScImport *im, const ScOp *op, const json_t *node) {
    json_t *inputs, *outputs;
    const char *where = im->where, *module = im->module_path, *source = im->source;
    SC_TRY(sc_json_array(im->sc, im->where, node, "inputs", &inputs));
    SC_TRY(sc_json_array(im->sc, im->where, node, "outputs", &outputs));
    size_t n = json_array_size(inputs);
    if (n != op->schema.n_params) {
        return sc_fail(im->sc, SC_E_FORMAT, where,
                       sc_arena_fmt(im->sc->arena, "%zu arguments, %u are known", n,
                                    op->schema.n_params),
                       "torch 2.13's operator has other arguments",
                       "export the model with torch 2.13");
    }
    ScArg *args = SC_NEW_ARRAY(im->sc->arena, ScArg, n + 1);
    for (size_t i = 0; i < n; i++) {
        SC_TRY(argument(im, json_array_get(inputs, i), &args[i]));
    }
    im->where = where;
    im->module_path = module;
    im->source = source;
    ScNode *made;
    SC_TRY(sc_import_emit(im, op->def->name, args, n, &made));
    return bind_all(im, made, outputs);
}
