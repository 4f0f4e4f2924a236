/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Nodes of the program become nodes of the Graph: target by name, arguments by
 * name, results checked against what torch recorded (tensor_values).
 */
#include <string.h>

#include "compiler/import/import.h"

/* ---- names
 * -------------------------------------------------------------------------------- */

static size_t name_hash(const char *name) {
    uint64_t hash = 0xcbf29ce484222325u; /* FNV-1a */
    for (; *name; name++) {
        hash = (hash ^ (uint8_t)*name) * 0x100000001b3u;
    }
    return (size_t)(hash ^ hash >> 32);
}

/* The slot of a name, or the free one where it belongs. */
static ScNameSlot *name_slot(ScNameSlot *slots, size_t cap, const char *name) {
    size_t i = name_hash(name) & (cap - 1);
    while (slots[i].name && strcmp(slots[i].name, name) != 0) {
        i = (i + 1) & (cap - 1);
    }
    return &slots[i];
}

static void names_grow(ScImport *im) {
    size_t cap = im->cap_names ? im->cap_names * 2 : 256;
    ScNameSlot *slots = SC_NEW_ARRAY(im->sc->arena, ScNameSlot, cap);
    for (size_t i = 0; i < im->cap_names; i++) {
        if (im->names[i].name) {
            *name_slot(slots, cap, im->names[i].name) = im->names[i];
        }
    }
    im->names = slots;
    im->cap_names = cap;
}

ScStatus sc_import_rebind(ScImport *im, const char *name, ScImportTensor *tensor) {
    if (im->n_names * 2 >= im->cap_names) {
        names_grow(im);
    }
    ScNameSlot *slot = name_slot(im->names, im->cap_names, name);
    if (!slot->name) {
        slot->name = sc_arena_str(im->sc->arena, name);
        im->n_names++;
    }
    slot->tensor = tensor;
    return SC_OK;
}

static ScStatus name_fault(ScImport *im, const char *format, const char *name) {
    const char *shown = sc_pt2_printable(im->sc->arena, name);
    return sc_fail(im->sc, SC_E_FORMAT, im->where,
                   sc_arena_fmt(im->sc->arena, "tensor '%s' %s", shown, format),
                   "the program is damaged or was edited", "export the model again");
}

ScStatus sc_import_bind(ScImport *im, const char *name, ScImportTensor *tensor) {
    if (im->cap_names && name_slot(im->names, im->cap_names, name)->name) {
        return name_fault(im, "is made twice", name);
    }
    return sc_import_rebind(im, name, tensor);
}

ScStatus sc_import_find(ScImport *im, const char *name, ScImportTensor **out_tensor) {
    ScNameSlot *slot = im->cap_names ? name_slot(im->names, im->cap_names, name) : NULL;
    if (!slot || !slot->name) {
        return name_fault(im, "is used but never made", name);
    }
    *out_tensor = slot->tensor;
    return sc_import_need_meta(im, slot->tensor);
}

ScStatus sc_import_meta(ScImport *im, const char *name, ScPt2Meta *out_meta) {
    const json_t *meta = json_object_get(im->tensor_values, name);
    if (!meta) {
        return name_fault(im, "has no entry in tensor_values", name);
    }
    const char *where = sc_arena_fmt(im->sc->arena, "%s: tensor '%s'", im->where,
                                     sc_pt2_printable(im->sc->arena, name));
    return sc_pt2_meta(im->sc, where, meta, im->ranges, out_meta);
}

ScType sc_import_type(const ScPt2Meta *meta) {
    return sc_type_make(meta->dtype, meta->rank, meta->dims);
}

static bool is_letter(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

const char *sc_import_clean_name(ScImport *im, const char *name) {
    enum { MAX_NAME = 200 };
    bool starts = is_letter(name[0]);
    char *clean = sc_arena_fmt(im->sc->arena, "%s%.*s", starts ? "" : "_", MAX_NAME, name);
    for (char *c = clean; *c; c++) {
        if (!is_letter(*c) && !(*c >= '0' && *c <= '9')) {
            *c = '_';
        }
    }
    return clean;
}

static bool name_is_free(const ScImport *im, const ScValue *value, const char *name) {
    for (size_t i = 0; i < im->graph->n_values; i++) {
        const ScValue *other = im->graph->values[i];
        if (other && other != value && strcmp(other->name, name) == 0) {
            return false;
        }
    }
    return true;
}

void sc_import_name_value(ScImport *im, ScValue *value, const char *name) {
    const char *wanted = sc_import_clean_name(im, name);
    const char *free_name = wanted;
    for (unsigned i = 1; !name_is_free(im, value, free_name); i++) {
        free_name = sc_arena_fmt(im->sc->arena, "%s_%u", wanted, i);
    }
    value->name = free_name;
}

/* ---- emission
 * ------------------------------------------------------------------------------- */

/* What a deeper function reported lies at the node being imported. */
static void relocate_errors(ScImport *im, size_t first) {
    for (size_t i = first; i < im->sc->n_diags; i++) {
        im->sc->diags[i].where = im->where;
    }
}

ScStatus sc_import_emit(ScImport *im, const char *op, const ScArg *args, size_t n_args,
                        ScNode **out_node) {
    size_t n_diags = im->sc->n_diags;
    ScStatus status =
        sc_graph_add_node(im->sc, im->graph, NULL, op, args, n_args, out_node);
    if (status != SC_OK) {
        relocate_errors(im, n_diags);
        return status;
    }
    (*out_node)->module_path = im->module_path;
    (*out_node)->source = im->source;
    return SC_OK;
}

ScStatus sc_import_emit1(ScImport *im, const char *op, const ScArg *args, size_t n_args,
                         ScValue **out_value) {
    ScNode *node;
    SC_TRY(sc_import_emit(im, op, args, n_args, &node));
    if (node->n_results != 1) {
        return sc_fail(im->sc, SC_E_FORMAT, im->where, "one result is expected", NULL,
                       NULL);
    }
    *out_value = node->results[0];
    return SC_OK;
}

/* ---- arguments
 * ------------------------------------------------------------------------------- */

const json_t *sc_import_node_arg(const json_t *node, const char *name) {
    size_t i;
    json_t *input;
    json_array_foreach(json_object_get(node, "inputs"), i, input) {
        const char *its_name = json_string_value(json_object_get(input, "name"));
        if (its_name && strcmp(its_name, name) == 0) {
            return json_object_get(input, "arg");
        }
    }
    return NULL;
}

static ScStatus argument_fault(ScImport *im, const char *what, const char *name) {
    return sc_fail(im->sc, SC_E_FORMAT, im->where,
                   sc_arena_fmt(im->sc->arena, "argument '%s' %s",
                                sc_pt2_printable(im->sc->arena, name), what),
                   "torch 2.13's operator has other arguments",
                   "export the model with torch 2.13");
}

/* A 0-dim constant for a number where a tensor is wanted and no overload takes
 * it: torch.sub(2, x). float32 and int64 promote with tensors as numbers do;
 * only beside a float64 tensor would float32 lose digits. */
static ScValue *number_as_tensor(ScImport *im, const ScArg *number, bool wide) {
    double d = number->as.f;
    float f = (float)d;
    ScDtype dtype = number->kind == SC_ARG_INT    ? SC_I64
                    : number->kind == SC_ARG_BOOL ? SC_BOOL
                    : wide                        ? SC_F64
                                                  : SC_F32;
    const void *data = dtype == SC_F32   ? (const void *)&f
                       : dtype == SC_F64 ? (const void *)&d
                                         : (const void *)&number->as;
    ScType type = sc_type_make(dtype, 0, NULL);
    return sc_graph_add_const(im->graph, "number", &type,
                              sc_arena_copy(im->sc->arena, data, sc_dtype_size(dtype)));
}

static bool arg_is_number(const ScArg *arg) {
    return arg->kind == SC_ARG_INT || arg->kind == SC_ARG_FLOAT || arg->kind == SC_ARG_BOOL;
}

static void numbers_to_tensors(ScImport *im, const ScSchema *schema, ScArg *args,
                               const bool *given) {
    bool wide = false;
    for (uint32_t i = 0; i < schema->n_params; i++) {
        wide = wide ||
               (args[i].kind == SC_ARG_VALUE && args[i].as.value->type.dtype == SC_F64);
    }
    for (uint32_t i = 0; i < schema->n_params; i++) {
        if (given[i] && schema->params[i].kind == SC_PARAM_TENSOR &&
            arg_is_number(&args[i])) {
            args[i] = sc_arg_of_value(number_as_tensor(im, &args[i], wide));
        }
    }
}

ScStatus sc_import_arguments(ScImport *im, const json_t *node, const ScSchema *schema,
                             ScArg **out_args) {
    json_t *inputs;
    SC_TRY(sc_json_array(im->sc, im->where, node, "inputs", &inputs));
    ScArg *args = SC_NEW_ARRAY(im->sc->arena, ScArg, schema->n_params + 1u);
    bool *given = SC_NEW_ARRAY(im->sc->arena, bool, schema->n_params + 1u);
    for (size_t i = 0; i < json_array_size(inputs); i++) {
        const json_t *input = json_array_get(inputs, i);
        const char *name;
        json_t *arg;
        SC_TRY(sc_json_string(im->sc, im->where, input, "name", &name));
        SC_TRY(sc_json_object(im->sc, im->where, input, "arg", &arg));
        int index = sc_schema_param(schema, name);
        if (index < 0) {
            return argument_fault(im, "isn't one of this operator", name);
        }
        if (given[index]) {
            return argument_fault(im, "is given twice", name);
        }
        SC_TRY(sc_import_argument(im, arg, &args[index]));
        given[index] = true;
    }
    numbers_to_tensors(im, schema, args, given);
    SC_TRY(sc_schema_bind(im->sc, im->where, im->sc->arena, schema, args, given));
    *out_args = args;
    return SC_OK;
}

/* ---- overloads
 * --------------------------------------------------------------------------------- */

static bool is_number(const json_t *arg) {
    const json_t *value;
    const char *kind = sc_import_union(arg, &value);
    return kind && (strcmp(kind, "as_int") == 0 || strcmp(kind, "as_float") == 0 ||
                    strcmp(kind, "as_bool") == 0);
}

static bool has_number_for_tensor(const ScSchema *schema, const json_t *node) {
    /* Not argument 0: there is no overload with the number first. */
    for (uint32_t i = 1; i < schema->n_params; i++) {
        if (schema->params[i].kind == SC_PARAM_TENSOR &&
            is_number(sc_import_node_arg(node, schema->params[i].name))) {
            return true;
        }
    }
    return false;
}

/* A plain export writes `x + 1` as add.Tensor(x, 1); torch promotes the number
 * as add.Scalar does: "Tensor" -> "Scalar", "Tensor_mode" -> "Scalar_mode",
 * "Tensor_Tensor" -> "Tensor_Scalar". */
const ScOp *sc_import_overload(ScImport *im, const ScOp *op, const json_t *node) {
    static const char from[] = "Tensor", to[] = "Scalar";
    if (!has_number_for_tensor(&op->schema, node)) {
        return op;
    }
    char *name = sc_arena_str(im->sc->arena, op->def->name);
    char *overload = strrchr(name, '.'), *last = NULL;
    for (char *at = overload; at && (at = strstr(at, from)); at++) {
        last = at;
    }
    if (!last) {
        return op;
    }
    memcpy(last, to, sizeof to - 1);
    const ScOp *other = sc_ops_find(im->ops, name);
    return other ? other : op;
}

/* ---- refusals that need the arguments
 * ----------------------------------------------------------- */

static const ScArg *arg_named(const ScOp *op, const ScArg *args, const char *name) {
    int index = sc_schema_param(&op->schema, name);
    return index < 0 ? NULL : &args[index];
}

static bool arg_is_true(const ScArg *arg) {
    return arg && arg->kind == SC_ARG_BOOL && arg->as.b;
}

static bool arg_is_zero(const ScArg *arg) {
    return arg && arg->kind == SC_ARG_FLOAT && arg->as.f == 0.0;
}

static ScStatus check_call(ScImport *im, const ScOp *op, const ScArg *args) {
    bool train = arg_is_true(arg_named(op, args, "training")) ||
                 arg_is_true(arg_named(op, args, "train"));
    /* gru(train=True, dropout=0.0) does nothing of training. */
    bool harmless = arg_is_zero(arg_named(op, args, "dropout")) ||
                    arg_is_zero(arg_named(op, args, "p"));
    if (train && !harmless) {
        return sc_fail(im->sc, SC_E_UNSUPPORTED, im->where,
                       "the operator is in training mode",
                       "it draws random numbers or changes running statistics",
                       "call model.eval() before torch.export.export()");
    }
    for (uint32_t i = 0; i < op->schema.n_params; i++) {
        if (op->schema.params[i].mutated) {
            return sc_fail(im->sc, SC_E_UNSUPPORTED, im->where,
                           sc_arena_fmt(im->sc->arena,
                                        "the operator writes its argument "
                                        "'%s'",
                                        op->schema.params[i].name),
                           NULL, sc_import_advice_decompose);
        }
    }
    return SC_OK;
}

/* ---- results
 * ---------------------------------------------------------------------------------------
 */

ScStatus sc_import_output_name(ScImport *im, const json_t *node, const char **out_name) {
    const json_t *outputs = json_object_get(node, "outputs");
    *out_name = sc_import_tensor_name(json_array_get(outputs, 0));
    if (json_array_size(outputs) != 1 || !*out_name) {
        return sc_fail(im->sc, SC_E_FORMAT, im->where, "one tensor is expected as result",
                       NULL, NULL);
    }
    return SC_OK;
}

static ScStatus check_result(ScImport *im, const ScType *type, const char *name,
                             const ScPt2Meta *meta) {
    ScType torch = sc_import_type(meta);
    if (type->dtype == torch.dtype && sc_dims_equal(type, &torch)) {
        return SC_OK;
    }
    ScBuf text = sc_buf(im->sc->arena);
    sc_buf_fmt(&text, "torch recorded ");
    sc_type_print(&torch, &text);
    sc_buf_fmt(&text, " for '%s', the operator's arguments make it ",
               sc_pt2_printable(im->sc->arena, name));
    sc_type_print(type, &text);
    return sc_fail(im->sc, SC_E_SHAPE, im->where,
                   "the result's type is another than torch's", text.data,
                   "the program was edited, or this is a bug in Sconce: please report it");
}

/* What the results are bound to. */
typedef struct Call {
    const ScOp *op;
    const ScArg *args;
    ScNode *node;
    ScImportTensor *base; /* argument 0, NULL when it isn't one tensor */
} Call;

static ScStatus name_result(ScImport *im, const ScNode *node, uint32_t index,
                            const json_t *named, const char **out_name,
                            ScPt2Meta *out_meta) {
    const char *name = json_string_value(json_object_get(named, "name"));
    if (!name || index >= node->n_results) {
        return sc_fail(im->sc, SC_E_FORMAT, im->where, "malformed results", NULL, NULL);
    }
    SC_TRY(sc_import_meta(im, name, out_meta));
    ScValue *value = node->results[index];
    SC_TRY(check_result(im, &value->type, name, out_meta));
    sc_import_name_value(im, value, name);
    *out_name = name;
    return SC_OK;
}

ScStatus sc_import_bind_fresh(ScImport *im, ScNode *node, uint32_t index,
                              const json_t *named) {
    const char *name;
    ScPt2Meta meta;
    SC_TRY(name_result(im, node, index, named, &name, &meta));
    return sc_import_bind(im, name,
                          sc_import_new_temporary(im, name, &meta, node->results[index]));
}

static ScStatus bind_result(ScImport *im, const Call *call, uint32_t index,
                            const json_t *named) {
    const char *name;
    ScPt2Meta meta;
    SC_TRY(name_result(im, call->node, index, named, &name, &meta));
    ScValue *value = call->node->results[index];
    bool view =
        call->base && sc_import_is_view(call->op, call->args, &call->base->meta, &meta);
    ScImportTensor *tensor =
        view ? sc_import_new_view(im, name, &meta, call->base, call->node, index)
             : sc_import_new_temporary(im, name, &meta, value);
    return sc_import_bind(im, name, tensor);
}

static ScStatus bind_results(ScImport *im, const Call *call, const json_t *node) {
    json_t *outputs;
    SC_TRY(sc_json_array(im->sc, im->where, node, "outputs", &outputs));
    if (call->op->schema.list_result) {
        const json_t *list = json_object_get(json_array_get(outputs, 0), "as_tensors");
        outputs = (json_t *)(uintptr_t)list;
    }
    if (json_array_size(outputs) != call->node->n_results) {
        return sc_fail(im->sc, SC_E_FORMAT, im->where,
                       sc_arena_fmt(im->sc->arena, "%zu results, the operator makes %u",
                                    json_array_size(outputs), call->node->n_results),
                       "the program is damaged or was edited", "export the model again");
    }
    for (uint32_t i = 0; i < call->node->n_results; i++) {
        const json_t *output = json_array_get(outputs, i);
        if (call->op->schema.list_result) {
            SC_TRY(bind_result(im, call, i, output));
        } else if (!json_object_get(output, "as_none")) {
            SC_TRY(bind_result(im, call, i, json_object_get(output, "as_tensor")));
        }
    }
    return SC_OK;
}

/* ---- one node
 * ------------------------------------------------------------------------------------------
 */

static ScStatus find_base(ScImport *im, const ScOp *op, const json_t *node,
                          ScImportTensor **out_base) {
    *out_base = NULL;
    if (op->schema.n_params == 0 || op->schema.params[0].kind != SC_PARAM_TENSOR) {
        return SC_OK;
    }
    const char *name =
        sc_import_tensor_name(sc_import_node_arg(node, op->schema.params[0].name));
    return name ? sc_import_find(im, name, out_base) : SC_OK;
}

ScStatus sc_import_call(ScImport *im, const ScOp *op, const json_t *node) {
    ScArg *args;
    op = sc_import_overload(im, op, node);
    Call call = {.op = op};
    SC_TRY(sc_import_arguments(im, node, &op->schema, &args));
    SC_TRY(check_call(im, op, args));
    SC_TRY(find_base(im, op, node, &call.base));
    SC_TRY(sc_import_emit(im, op->def->name, args, op->schema.n_params, &call.node));
    call.args = args;
    return bind_results(im, &call, node);
}

static const char *metadata(const json_t *node, const char *key) {
    return json_string_value(json_object_get(json_object_get(node, "metadata"), key));
}

/* "model.pt2: relu: aten.relu.default at net.1, model.py:7" */
static void locate(ScImport *im, const json_t *node, const char *op) {
    ScArena *arena = im->sc->arena;
    const char *modules = metadata(node, "nn_module_stack");
    const char *trace = metadata(node, "stack_trace");
    const char *name = json_string_value(json_object_get(node, "name"));
    im->module_path = modules ? sc_pt2_module_path(arena, modules) : NULL;
    im->source = trace ? sc_pt2_source(arena, trace) : NULL;
    im->where = sc_arena_fmt(arena, "%s: %s: %s%s%s%s%s", im->pt2.where,
                             name ? sc_pt2_printable(arena, name) : "-",
                             sc_pt2_printable(arena, op), im->module_path ? " at " : "",
                             im->module_path ? im->module_path : "", im->source ? ", " : "",
                             im->source ? im->source : "");
}

ScStatus sc_import_node(ScImport *im, const json_t *node) {
    const char *target;
    im->where = im->pt2.where;
    SC_TRY(sc_json_string(im->sc, im->where, node, "target", &target));
    static const char ops[] = "torch.ops.", asserts[] = "aten._assert_";
    bool is_op = strncmp(target, ops, sizeof ops - 1) == 0;
    const char *name = is_op ? target + sizeof ops - 1 : target;
    locate(im, node, name);
    /* What they check of shapes and dtypes was checked by the export. */
    if (strncmp(name, asserts, sizeof asserts - 1) == 0) {
        return SC_OK;
    }
    if (is_op && sc_import_is_inplace(name)) {
        return sc_import_inplace(im, name, node);
    }
    const ScOp *flow = sc_import_flow_op(im, target);
    if (flow) {
        return sc_import_flow(im, flow, node);
    }
    const ScOp *op = is_op ? sc_ops_find(im->ops, name) : NULL;
    if (!op) {
        return sc_import_refuse_target(im, target);
    }
    return op->def->flags & SC_OP_DROP ? SC_OK : sc_import_call(im, op, node);
}
