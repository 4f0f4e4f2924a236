/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From an opened archive to a Graph: inputs by the kinds of the signature,
 * nodes in order, then state writes and outputs.
 *
 * graph.inputs and signature.input_specs have the same length and order, and so
 * have graph.outputs and output_specs. Names say nothing about kinds: a user's
 * argument may be called p_weight.
 */
#include "compiler/import/pt2.h"

#include <string.h>

#include "compiler/import/import.h"

/* ---- inputs
 * ------------------------------------------------------------------------------ */

static ScStatus add_weight(ScImport *im, const char *name, const json_t *table,
                           const char *fqn) {
    ScImportTensor *tensor = sc_import_new_root(im, SC_STORAGE_WEIGHT, name, NULL);
    tensor->storage->table = table;
    tensor->storage->fqn = sc_arena_str(im->sc->arena, fqn);
    SC_PUSH(im->sc->arena, im->weights, im->n_weights, im->cap_weights, tensor->storage);
    return sc_import_bind(im, name, tensor);
}

/* spec: {"arg": {"name": ...}, <fqn_key>: ...} */
static ScStatus input_weight(ScImport *im, const json_t *spec, const char *fqn_key,
                             const json_t *table) {
    json_t *arg;
    const char *name, *fqn;
    SC_TRY(sc_json_object(im->sc, im->where, spec, "arg", &arg));
    SC_TRY(sc_json_string(im->sc, im->where, arg, "name", &name));
    SC_TRY(sc_json_string(im->sc, im->where, spec, fqn_key, &fqn));
    return add_weight(im, name, table, fqn);
}

static ScStatus input_parameter(ScImport *im, const json_t *spec) {
    return input_weight(im, spec, "parameter_name", im->pt2.weights);
}

static ScStatus input_buffer(ScImport *im, const json_t *spec) {
    bool persistent = !json_is_false(json_object_get(spec, "persistent"));
    return input_weight(im, spec, "buffer_name",
                        persistent ? im->pt2.weights : im->pt2.constants);
}

static ScStatus input_constant_tensor(ScImport *im, const json_t *spec) {
    return input_weight(im, spec, "tensor_constant_name", im->pt2.constants);
}

/* None, numbers and strings that the export froze; uses of them in the graph
 * are literals. */
static ScStatus input_frozen(ScImport *im, const json_t *spec) {
    (void)im;
    (void)spec;
    return SC_OK;
}

static ScStatus input_user(ScImport *im, const json_t *spec) {
    json_t *arg;
    SC_TRY(sc_json_object(im->sc, im->where, spec, "arg", &arg));
    const char *name = sc_import_tensor_name(arg);
    if (!name) {
        const json_t *value;
        const char *kind = sc_import_union(arg, &value);
        return sc_fail(im->sc, SC_E_UNSUPPORTED, im->where,
                       sc_arena_fmt(im->sc->arena,
                                    "an input of the model is no tensor (%s)",
                                    kind ? sc_pt2_printable(im->sc->arena, kind) : "?"),
                       NULL, sc_pt2_advice_dynamic);
    }
    im->where = sc_arena_fmt(im->sc->arena, "%s: input", im->pt2.where);
    ScPt2Meta meta;
    SC_TRY(sc_import_meta(im, name, &meta));
    ScType type = sc_import_type(&meta);
    ScImportTensor *tensor = sc_import_new_root(im, SC_STORAGE_INPUT, name, &meta);
    tensor->value = sc_graph_add_input(im->graph, sc_import_clean_name(im, name), &type);
    return sc_import_bind(im, name, tensor);
}

typedef struct SpecRow {
    const char *kind;
    ScStatus (*import)(ScImport *im, const json_t *spec); /* NULL = refused: */
    const char *what, *todo;
} SpecRow;

static const char advice_inference[] =
    "export the inference model: torch.export.export(model.eval(), (x,))";

static const SpecRow input_kinds[] = {
    {"parameter", input_parameter, NULL, NULL},
    {"buffer", input_buffer, NULL, NULL},
    {"tensor_constant", input_constant_tensor, NULL, NULL},
    {"constant_input", input_frozen, NULL, NULL},
    {"user_input", input_user, NULL, NULL},
    {"custom_obj", NULL, "a script object",
     "remove torch.classes objects from the model before export"},
    {"token", NULL, "an effect token", "remove operators with side effects (print, ...)"},
};

static ScStatus unknown_spec(ScImport *im, const char *kind) {
    return sc_fail(im->sc, SC_E_VERSION, im->where,
                   sc_arena_fmt(im->sc->arena, "unknown kind '%s' in the signature",
                                kind ? sc_pt2_printable(im->sc->arena, kind) : "?"),
                   "this build knows the kinds of torch 2.13",
                   "export the model with torch 2.13");
}

static ScStatus import_input(ScImport *im, const json_t *spec) {
    im->where = im->pt2.where;
    const json_t *body;
    const char *kind = sc_import_union(spec, &body);
    for (size_t i = 0; kind && i < sizeof input_kinds / sizeof input_kinds[0]; i++) {
        const SpecRow *row = &input_kinds[i];
        if (strcmp(row->kind, kind) != 0) {
            continue;
        }
        if (row->import) {
            return row->import(im, body);
        }
        return sc_fail(im->sc, SC_E_UNSUPPORTED, im->where,
                       sc_arena_fmt(im->sc->arena, "the model has %s as input", row->what),
                       NULL, row->todo);
    }
    return unknown_spec(im, kind);
}

/* ---- outputs
 * -------------------------------------------------------------------------------- */

static ScStorage *weight_by_fqn(const ScImport *im, const char *fqn) {
    for (size_t i = 0; i < im->n_weights; i++) {
        if (strcmp(im->weights[i]->fqn, fqn) == 0) {
            return im->weights[i];
        }
    }
    return NULL;
}

/* An explicit state write. It takes effect at the end of the run, so that all
 * are read before any is made. */
static ScStatus output_mutation(ScImport *im, const json_t *spec, const char *fqn_key) {
    json_t *arg;
    const char *name, *fqn;
    SC_TRY(sc_json_object(im->sc, im->where, spec, "arg", &arg));
    SC_TRY(sc_json_string(im->sc, im->where, arg, "name", &name));
    SC_TRY(sc_json_string(im->sc, im->where, spec, fqn_key, &fqn));
    ScStorage *storage = weight_by_fqn(im, fqn);
    if (!storage) {
        return sc_fail(im->sc, SC_E_FORMAT, im->where,
                       sc_arena_fmt(im->sc->arena, "'%s' is written but isn't an input",
                                    sc_pt2_printable(im->sc->arena, fqn)),
                       "the signature is damaged or was edited", "export the model again");
    }
    ScImportTensor *tensor;
    SC_TRY(sc_import_find(im, name, &tensor));
    SC_TRY(sc_import_read(im, tensor, &storage->final));
    SC_TRY(sc_import_make_state(im, storage));
    if (sc_type_equal(&storage->final->type, &storage->initial->type)) {
        return SC_OK;
    }
    return sc_fail(im->sc, SC_E_FORMAT, im->where,
                   sc_arena_fmt(im->sc->arena, "the value written to '%s' has another type",
                                sc_pt2_printable(im->sc->arena, fqn)),
                   "the signature is damaged or was edited", "export the model again");
}

static ScStatus output_buffer(ScImport *im, const json_t *spec) {
    return output_mutation(im, spec, "buffer_name");
}

static ScStatus output_parameter(ScImport *im, const json_t *spec) {
    return output_mutation(im, spec, "parameter_name");
}

static ScStatus output_input_mutation(ScImport *im, const json_t *spec) {
    const char *name;
    SC_TRY(sc_json_string(im->sc, im->where, spec, "user_input_name", &name));
    return sc_import_refuse_input_write(im, name);
}

static ScStatus output_user(ScImport *im, const json_t *spec) {
    json_t *json;
    ScArg arg;
    SC_TRY(sc_json_object(im->sc, im->where, spec, "arg", &json));
    SC_TRY(sc_import_argument(im, json, &arg));
    const char *name = sc_import_tensor_name(json);
    bool fits = arg.kind == SC_ARG_VALUE || arg.kind == SC_ARG_NONE ||
                arg.kind == SC_ARG_INT || arg.kind == SC_ARG_FLOAT ||
                arg.kind == SC_ARG_BOOL;
    if (!fits) {
        return sc_fail(im->sc, SC_E_UNSUPPORTED, im->where,
                       "an output of the model is neither tensor nor number", NULL,
                       "return tensors and numbers only");
    }
    size_t index = im->n_user_outputs++;
    const char *given = im->output_names ? im->output_names[index] : NULL;
    name = given  ? given
           : name ? sc_import_clean_name(im, name)
                  : sc_arena_fmt(im->sc->arena, "output_%zu", index);
    sc_graph_add_output(im->graph, name, arg, NULL);
    return SC_OK;
}

typedef struct OutputRow {
    SpecRow row;
    bool is_state;
} OutputRow;

static const OutputRow output_kinds[] = {
    {{"buffer_mutation", output_buffer, NULL, NULL}, true},
    {{"parameter_mutation", output_parameter, NULL, NULL}, true},
    {{"user_input_mutation", output_input_mutation, NULL, NULL}, true},
    {{"user_output", output_user, NULL, NULL}, false},
    {{"loss_output", NULL, "a training loss", advice_inference}, true},
    {{"gradient_to_parameter", NULL, "a gradient", advice_inference}, true},
    {{"gradient_to_user_input", NULL, "a gradient", advice_inference}, true},
    {{"token", NULL, "an effect token", "remove operators with side effects (print, ...)"},
     true},
};

/* One of the two passes: state writes, then what the user gets. */
static ScStatus import_output(ScImport *im, const json_t *spec, bool is_state) {
    im->where = sc_arena_fmt(im->sc->arena, "%s: output", im->pt2.where);
    im->module_path = im->source = NULL;
    const json_t *body;
    const char *kind = sc_import_union(spec, &body);
    for (size_t i = 0; kind && i < sizeof output_kinds / sizeof output_kinds[0]; i++) {
        const SpecRow *row = &output_kinds[i].row;
        if (strcmp(row->kind, kind) != 0) {
            continue;
        }
        if (output_kinds[i].is_state != is_state) {
            return SC_OK;
        }
        if (row->import) {
            return row->import(im, body);
        }
        return sc_fail(im->sc, SC_E_UNSUPPORTED, im->where,
                       sc_arena_fmt(im->sc->arena, "the model has %s as output", row->what),
                       NULL, row->todo);
    }
    return unknown_spec(im, kind);
}

static ScStatus add_state_writes(ScImport *im) {
    for (size_t i = 0; i < im->n_weights; i++) {
        ScStorage *storage = im->weights[i];
        ScValue *value = storage->final;
        if (!value && storage->generation > 0) {
            SC_TRY(sc_import_read(im, storage->root, &value));
        }
        if (value) {
            sc_graph_add_output(im->graph, storage->initial->name, sc_arg_of_value(value),
                                storage->initial);
        }
    }
    return SC_OK;
}

/* ---- the program
 * ------------------------------------------------------------------------------ */

static size_t count_user_outputs(const json_t *specs) {
    size_t n = 0;
    for (size_t i = 0; i < json_array_size(specs); i++) {
        n += json_object_get(json_array_get(specs, i), "user_output") != NULL;
    }
    return n;
}

static ScStatus import_outputs(ScImport *im, const json_t *specs) {
    im->output_names = sc_import_output_names(im, count_user_outputs(specs));
    for (size_t i = 0; i < json_array_size(specs); i++) {
        SC_TRY(import_output(im, json_array_get(specs, i), true));
    }
    SC_TRY(add_state_writes(im));
    for (size_t i = 0; i < json_array_size(specs); i++) {
        SC_TRY(import_output(im, json_array_get(specs, i), false));
    }
    return SC_OK;
}

static ScStatus import_graph(ScImport *im, const json_t *graph, const json_t *signature) {
    Sc *sc = im->sc;
    json_t *inputs, *outputs, *nodes, *input_specs, *output_specs;
    const char *where = im->where;
    SC_TRY(sc_json_array(sc, where, graph, "inputs", &inputs));
    SC_TRY(sc_json_array(sc, where, graph, "outputs", &outputs));
    SC_TRY(sc_json_array(sc, where, graph, "nodes", &nodes));
    SC_TRY(sc_json_array(sc, where, signature, "input_specs", &input_specs));
    SC_TRY(sc_json_array(sc, where, signature, "output_specs", &output_specs));
    if (json_array_size(inputs) != json_array_size(input_specs) ||
        json_array_size(outputs) != json_array_size(output_specs)) {
        return sc_fail(sc, SC_E_FORMAT, where, "graph and signature differ in length",
                       "the program is damaged or was edited", "export the model again");
    }
    for (size_t i = 0; i < json_array_size(input_specs); i++) {
        SC_TRY(import_input(im, json_array_get(input_specs, i)));
    }
    for (size_t i = 0; i < json_array_size(nodes); i++) {
        SC_TRY(sc_import_node(im, json_array_get(nodes, i)));
    }
    return import_outputs(im, output_specs);
}

static ScStatus import_program(ScImport *im) {
    json_t *module, *graph, *signature, *values;
    const char *where = im->where;
    SC_TRY(sc_json_object(im->sc, where, im->pt2.program, "graph_module", &module));
    SC_TRY(sc_json_object(im->sc, where, module, "graph", &graph));
    SC_TRY(sc_json_object(im->sc, where, module, "signature", &signature));
    SC_TRY(sc_json_object(im->sc, where, graph, "tensor_values", &values));
    im->tensor_values = values;
    im->ranges = json_object_get(im->pt2.program, "range_constraints");
    return import_graph(im, graph, signature);
}

/* Results of nodes with several that nobody uses: "_" in the text form. */
static void drop_unused_results(ScGraph *graph) {
    for (ScNode *node = graph->first; node; node = node->next) {
        for (uint32_t i = 0; node->n_results > 1 && i < node->n_results; i++) {
            ScValue *result = node->results[i];
            if (result && sc_graph_count_uses(graph, result) == 0) {
                graph->values[result->id] = NULL;
                node->results[i] = NULL;
            }
        }
    }
}

ScStatus sc_import_pt2_bytes(Sc *sc, const char *where, ScBytes file, const ScOpTable *ops,
                             ScGraph **out_graph) {
    ScImport im = {.sc = sc, .ops = ops, .where = where};
    SC_TRY(sc_pt2_open(sc, where, file, &im.pt2));
    bool stream = strcmp(im.pt2.root, "archive") == 0; /* torch's name for no name */
    im.graph = sc_graph_new(sc->arena, ops,
                            sc_import_clean_name(&im, stream ? im.pt2.model : im.pt2.root));
    SC_TRY(import_program(&im));
    sc_graph_sweep(im.graph);
    drop_unused_results(im.graph);
    SC_TRY(sc_import_absorb(sc, im.graph));
    sc_graph_sweep(im.graph);
    *out_graph = im.graph;
    return SC_OK;
}

ScStatus sc_import_pt2(Sc *sc, const char *path, const ScOpTable *ops,
                       ScGraph **out_graph) {
    ScBytes file;
    SC_TRY(sc_file_map(sc, path, &file));
    return sc_import_pt2_bytes(sc, path, file, ops, out_graph);
}
