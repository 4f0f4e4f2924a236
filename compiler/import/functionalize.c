/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Memory: turns a program that writes to tensors into one that makes values.
 * import.h says how; here are reading, writing and the in-place operators.
 *
 * Decisions:
 * - A written parameter, buffer or constant becomes state: its value at the end
 *   of the program is written back at the end of a run.
 * - A program that overwrites its caller's input is refused: firmware hands
 *   over buffers for reading, and dropping the write would lose, say, a hidden
 *   state silently.
 * - A write to one of two weights that share memory is refused.
 */
#include <string.h>

#include "compiler/import/import.h"

/* A chain of views of views; reading recurses along it. GUESS: real programs
 * have less than 20. */
enum { MAX_DEPTH = 500 };

/* ---- tensors ----------------------------------------------------------------------------
 */

ScImportTensor *sc_import_new_root(ScImport *im, ScStorageKind kind, const char *name,
                                   const ScPt2Meta *meta) {
    ScImportTensor *tensor = SC_NEW(im->sc->arena, ScImportTensor);
    ScStorage *storage = SC_NEW(im->sc->arena, ScStorage);
    storage->kind = kind;
    storage->root = tensor;
    tensor->name = sc_arena_str(im->sc->arena, name);
    tensor->storage = storage;
    if (meta) {
        tensor->meta = *meta;
        tensor->has_meta = true;
    }
    return tensor;
}

ScStatus sc_import_need_meta(ScImport *im, ScImportTensor *tensor) {
    if (!tensor->has_meta) {
        SC_TRY(sc_import_meta(im, tensor->name, &tensor->meta));
        tensor->has_meta = true;
    }
    return SC_OK;
}

ScImportTensor *sc_import_new_temporary(ScImport *im, const char *name,
                                        const ScPt2Meta *meta, ScValue *value) {
    ScImportTensor *tensor = sc_import_new_root(im, SC_STORAGE_TEMPORARY, name, meta);
    tensor->value = value;
    return tensor;
}

ScImportTensor *sc_import_new_view(ScImport *im, const char *name, const ScPt2Meta *meta,
                                   ScImportTensor *base, const ScNode *node,
                                   uint32_t result_index) {
    ScImportTensor *tensor = SC_NEW(im->sc->arena, ScImportTensor);
    tensor->name = sc_arena_str(im->sc->arena, name);
    tensor->meta = *meta;
    tensor->has_meta = true;
    tensor->storage = base->storage;
    tensor->base = base;
    tensor->view = node;
    tensor->result_index = result_index;
    tensor->depth = base->depth + 1;
    tensor->value = node->results[result_index];
    tensor->generation = base->storage->generation;
    return tensor;
}

/* ---- reading
 * ----------------------------------------------------------------------------- */

ScStatus sc_import_weight(ScImport *im, ScStorage *storage, ScValue **out_value) {
    if (!storage->initial) {
        ScPt2Weight weight;
        SC_TRY(sc_import_need_meta(im, storage->root));
        SC_TRY(sc_pt2_weight(&im->pt2, storage->table, storage->fqn, &weight));
        ScType type = sc_import_type(&weight.meta);
        ScType expected = sc_import_type(&storage->root->meta);
        if (!sc_type_equal(&type, &expected)) {
            return sc_fail(
                im->sc, SC_E_FORMAT, im->pt2.where,
                sc_arena_fmt(im->sc->arena, "weight '%s' has another type than its use",
                             sc_pt2_printable(im->sc->arena, storage->fqn)),
                "the archive is damaged or was edited", "export the model again");
        }
        storage->initial = sc_graph_add_const(
            im->graph, sc_import_clean_name(im, storage->root->name), &type, weight.data);
        storage->initial->fqn = sc_arena_str(im->sc->arena, storage->fqn);
    }
    *out_value = storage->initial;
    return SC_OK;
}

/* A view of something that was written since: the view is computed anew. */
static ScStatus view_refresh(ScImport *im, ScImportTensor *tensor) {
    ScValue *base;
    SC_TRY(sc_import_read(im, tensor->base, &base));
    const ScNode *view = tensor->view;
    ScArg *args =
        sc_arena_copy(im->sc->arena, view->args, view->n_args * sizeof *view->args);
    args[0] = sc_arg_of_value(base);
    ScNode *node;
    SC_TRY(sc_import_emit(im, view->op->def->name, args, view->n_args, &node));
    tensor->value = node->results[tensor->result_index];
    tensor->generation = tensor->storage->generation;
    return SC_OK;
}

ScStatus sc_import_read(ScImport *im, ScImportTensor *tensor, ScValue **out_value) {
    if (tensor->depth > MAX_DEPTH) {
        return sc_fail(im->sc, SC_E_LIMIT, im->where, "too long a chain of views", NULL,
                       sc_import_advice_decompose);
    }
    if (!tensor->base && !tensor->value) {
        SC_TRY(sc_import_weight(im, tensor->storage, &tensor->value));
    }
    if (tensor->base && tensor->generation != tensor->storage->generation) {
        SC_TRY(view_refresh(im, tensor));
    }
    *out_value = tensor->value;
    return SC_OK;
}

/* ---- writing
 * ------------------------------------------------------------------------------ */

ScStatus sc_import_make_state(ScImport *im, ScStorage *storage) {
    ScArena *arena = im->sc->arena;
    const char *record = sc_pt2_weight_storage(storage->table, storage->fqn);
    for (size_t i = 0; i < im->n_weights; i++) {
        const ScStorage *other = im->weights[i];
        const char *others = sc_pt2_weight_storage(other->table, other->fqn);
        if (other != storage && other->table == storage->table && record && others &&
            strcmp(record, others) == 0) {
            return sc_fail(im->sc, SC_E_UNSUPPORTED, im->where,
                           sc_arena_fmt(arena,
                                        "'%s' is written, and '%s' shares its memory",
                                        sc_pt2_printable(arena, storage->fqn),
                                        sc_pt2_printable(arena, other->fqn)),
                           "a change of one would have to show in the other",
                           "keep one buffer, and make the other from it in forward()");
        }
    }
    ScValue *initial;
    SC_TRY(sc_import_weight(im, storage, &initial));
    initial->kind = SC_VALUE_STATE;
    return SC_OK;
}

ScStatus sc_import_refuse_input_write(ScImport *im, const char *name) {
    return sc_fail(
        im->sc, SC_E_UNSUPPORTED, im->where,
        sc_arena_fmt(im->sc->arena, "the model overwrites its input '%s'",
                     sc_pt2_printable(im->sc->arena, name)),
        "a deployed model only reads its inputs",
        "use the operator without in-place (x = x + 1, inplace=False) and return "
        "the new value, or keep it in a registered buffer");
}

static ScStatus check_writable(ScImport *im, const ScImportTensor *tensor) {
    ScStorage *storage = tensor->storage;
    if (storage->kind == SC_STORAGE_INPUT) {
        return sc_import_refuse_input_write(im, storage->root->name);
    }
    return storage->kind == SC_STORAGE_WEIGHT ? sc_import_make_state(im, storage) : SC_OK;
}

ScStatus sc_import_write(ScImport *im, ScImportTensor *tensor, ScValue *value) {
    SC_TRY(check_writable(im, tensor));
    ScImportTensor *at = tensor;
    for (; at->base; at = at->base) {
        ScValue *old_base;
        SC_TRY(sc_import_read(im, at->base, &old_base));
        ScValue *view_value = value;
        SC_TRY(sc_import_write_through(im, at, old_base, view_value, &value));
        at->value = view_value;
    }
    at->value = value;
    uint32_t generation = ++tensor->storage->generation;
    for (at = tensor; at; at = at->base) {
        at->generation = generation;
    }
    return SC_OK;
}

/* ---- in-place operators
 * ---------------------------------------------------------------------- */

/* Length of the operator's name in "aten.relu_.default" up to the overload. */
static size_t packet_length(const char *op) {
    const char *overload = strrchr(op, '.');
    return overload ? (size_t)(overload - op) : strlen(op);
}

bool sc_import_is_inplace(const char *op) {
    size_t n = packet_length(op);
    return n >= 2 && op[n - 1] == '_' && op[n - 2] != '_';
}

/* "aten.relu_.default" -> "aten.relu.default" */
static const char *twin_name(ScArena *arena, const char *op) {
    if (strcmp(op, "aten.transpose_.default") == 0) {
        return "aten.transpose.int"; /* the one whose overload differs */
    }
    size_t n = packet_length(op);
    return sc_arena_fmt(arena, "%.*s%s", (int)(n - 1), op, op + n);
}

/* Made to have the dtype and the dimensions of the tensor that it goes into. */
static ScStatus conform(ScImport *im, const ScPt2Meta *meta, ScValue *value,
                        ScValue **out_value) {
    ScArena *arena = im->sc->arena;
    ScType type = sc_import_type(meta);
    if (value->type.dtype != type.dtype) {
        ScArg args[] = {sc_arg_of_value(value), sc_arg_of_dtype(type.dtype)};
        SC_TRY(sc_import_emit1(im, "aten._to_copy.default", args, 2, &value));
    }
    if (!sc_dims_equal(&value->type, &type)) {
        ScArg args[] = {sc_arg_of_value(value),
                        sc_arg_of_ints(arena, type.dims, type.rank)};
        SC_TRY(sc_import_emit1(im, "aten.expand.default", args, 2, &value));
    }
    *out_value = value;
    return SC_OK;
}

/* copy_(self, src), fill_(self, value): what is written doesn't depend on self. */
static ScStatus value_of_copy(ScImport *im, const ScPt2Meta *meta, const json_t *source,
                              ScValue **out_value) {
    ScArg arg;
    SC_TRY(sc_import_argument(im, source, &arg));
    if (arg.kind == SC_ARG_VALUE) {
        return conform(im, meta, arg.as.value, out_value);
    }
    ScArg args[] = {sc_arg_of_ints(im->sc->arena, meta->dims, meta->rank), arg,
                    sc_arg_of_dtype(meta->dtype)};
    return sc_import_emit1(im, "aten.full.default", args, 3, out_value);
}

/* The functional twin with the same arguments. */
static ScStatus value_of_twin(ScImport *im, const char *op, const ScPt2Meta *meta,
                              const json_t *node, ScValue **out_value) {
    const char *twin = twin_name(im->sc->arena, op);
    const ScOp *row = sc_ops_find(im->ops, twin);
    if (!row) {
        return sc_import_refuse_target(im, sc_arena_fmt(im->sc->arena, "torch.ops.%s", op));
    }
    row = sc_import_overload(im, row, node);
    ScArg *args;
    SC_TRY(sc_import_arguments(im, node, &row->schema, &args));
    ScValue *value;
    SC_TRY(sc_import_emit1(im, row->def->name, args, row->schema.n_params, &value));
    return conform(im, meta, value, out_value);
}

static ScStatus new_contents(ScImport *im, const char *op, const ScPt2Meta *meta,
                             const json_t *node, ScValue **out_value) {
    size_t n = packet_length(op);
    static const struct {
        const char *packet, *argument;
    } copies[] = {{"aten.copy_", "src"}, {"aten.fill_", "value"}};
    for (size_t i = 0; i < sizeof copies / sizeof copies[0]; i++) {
        const json_t *source = sc_import_node_arg(node, copies[i].argument);
        if (source && strlen(copies[i].packet) == n &&
            strncmp(copies[i].packet, op, n) == 0) {
            return value_of_copy(im, meta, source, out_value);
        }
    }
    if (strcmp(op, "aten.zero_.default") == 0) {
        ScArg args[] = {sc_arg_of_ints(im->sc->arena, meta->dims, meta->rank),
                        sc_arg_of_int(0), sc_arg_of_dtype(meta->dtype)};
        return sc_import_emit1(im, "aten.full.default", args, 3, out_value);
    }
    return value_of_twin(im, op, meta, node, out_value);
}

static ScStatus check_same_type(ScImport *im, const char *name, const ScPt2Meta *meta) {
    ScPt2Meta out;
    SC_TRY(sc_import_meta(im, name, &out));
    ScType a = sc_import_type(meta), b = sc_import_type(&out);
    if (sc_type_equal(&a, &b)) {
        return SC_OK;
    }
    return sc_fail(im->sc, SC_E_FORMAT, im->where,
                   "an in-place operator changes the type of its tensor",
                   "the archive is damaged or was edited", "export the model again");
}

/* squeeze_, transpose_, detach_: the elements stay, and from here on the name
 * means the view. */
static ScStatus import_reshape_inplace(ScImport *im, const char *twin, const json_t *node,
                                       const char *self) {
    const ScOp *row = sc_ops_find(im->ops, twin);
    if (!row) {
        return sc_import_refuse_target(im,
                                       sc_arena_fmt(im->sc->arena, "torch.ops.%s", twin));
    }
    const char *name;
    ScImportTensor *view;
    SC_TRY(sc_import_call(im, row, node));
    SC_TRY(sc_import_output_name(im, node, &name));
    SC_TRY(sc_import_find(im, name, &view));
    return sc_import_rebind(im, self, view);
}

ScStatus sc_import_inplace(ScImport *im, const char *op, const json_t *node) {
    const json_t *first = json_array_get(json_object_get(node, "inputs"), 0);
    const char *self = sc_import_tensor_name(json_object_get(first, "arg"));
    if (!self) {
        return sc_fail(im->sc, SC_E_FORMAT, im->where,
                       "an in-place operator without a tensor", NULL, NULL);
    }
    ScImportTensor *tensor;
    SC_TRY(sc_import_find(im, self, &tensor));
    const char *twin = twin_name(im->sc->arena, op);
    if (sc_import_is_view_name(twin)) {
        return import_reshape_inplace(im, twin, node, self);
    }
    const char *name;
    uint32_t first_new = im->graph->next_node_id;
    ScValue *value;
    SC_TRY(sc_import_output_name(im, node, &name));
    SC_TRY(new_contents(im, op, &tensor->meta, node, &value));
    SC_TRY(sc_import_write(im, tensor, value));
    SC_TRY(check_same_type(im, name, &tensor->meta));
    if (value->producer && value->producer->id >= first_new) {
        sc_import_name_value(im, value, name);
    }
    return sc_import_bind(im, name, tensor);
}
