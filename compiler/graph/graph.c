/* SPDX-License-Identifier: Apache-2.0 */
/* Building and editing Graphs. The invariants are those of graph.h. */
#include "compiler/graph/graph.h"

#include <string.h>

#include "compiler/ops/ops.h"

ScArg sc_arg_of_ints(ScArena *arena, const int64_t *items, size_t n) {
    ScArg arg = {.kind = SC_ARG_INTS, .n = (uint32_t)n};
    arg.as.ints = sc_arena_copy(arena, items, n * sizeof *items);
    return arg;
}

ScArg sc_arg_of_values(ScArena *arena, ScValue *const *items, size_t n) {
    ScArg arg = {.kind = SC_ARG_VALUES, .n = (uint32_t)n};
    arg.as.values = SC_NEW_ARRAY(arena, ScValue *, n + 1);
    memcpy(arg.as.values, items, n * sizeof(ScValue *));
    return arg;
}

ScGraph *sc_graph_new(ScArena *arena, const ScOpTable *ops, const char *name) {
    ScGraph *graph = SC_NEW(arena, ScGraph);
    graph->arena = arena;
    graph->ops = ops;
    graph->name = sc_arena_str(arena, name);
    return graph;
}

/* ---- values ------------------------------------------------------------------ */

static bool name_is_taken(const ScGraph *graph, const char *name) {
    for (size_t i = 0; i < graph->n_values; i++) {
        if (graph->values[i] && strcmp(graph->values[i]->name, name) == 0) {
            return true;
        }
    }
    return false;
}

static const char *name_make(ScGraph *graph, const char *wanted) {
    if (wanted && !name_is_taken(graph, wanted)) {
        return sc_arena_str(graph->arena, wanted);
    }
    for (;;) {
        const char *name =
            sc_arena_fmt(graph->arena, "%s_%u", wanted ? wanted : "v", graph->next_name++);
        if (!name_is_taken(graph, name)) {
            return name;
        }
    }
}

ScValue *sc_graph_add_value(ScGraph *graph, ScValueKind kind, const char *name,
                            const ScType *type) {
    ScValue *value = SC_NEW(graph->arena, ScValue);
    value->name = name_make(graph, name);
    value->kind = kind;
    value->type = *type;
    value->id = (uint32_t)graph->n_values;
    SC_PUSH(graph->arena, graph->values, graph->n_values, graph->cap_values, value);
    return value;
}

ScValue *sc_graph_add_input(ScGraph *graph, const char *name, const ScType *type) {
    ScValue *value = sc_graph_add_value(graph, SC_VALUE_INPUT, name, type);
    SC_PUSH(graph->arena, graph->inputs, graph->n_inputs, graph->cap_inputs, value);
    return value;
}

static ScValue *add_with_data(ScGraph *graph, ScValueKind kind, const char *name,
                              const ScType *type, const void *data) {
    ScValue *value = sc_graph_add_value(graph, kind, name, type);
    value->data = data ? data : sc_arena_alloc(graph->arena, sc_type_bytes(type) + 1);
    return value;
}

ScValue *sc_graph_add_const(ScGraph *graph, const char *name, const ScType *type,
                            const void *data) {
    return add_with_data(graph, SC_VALUE_CONST, name, type, data);
}

ScValue *sc_graph_add_state(ScGraph *graph, const char *name, const ScType *type,
                            const void *data) {
    return add_with_data(graph, SC_VALUE_STATE, name, type, data);
}

void sc_graph_add_output(ScGraph *graph, const char *name, ScArg value, ScValue *state) {
    ScOutput output = {.name = name ? sc_arena_str(graph->arena, name) : 0,
                       .value = value,
                       .state = state};
    SC_PUSH(graph->arena, graph->outputs, graph->n_outputs, graph->cap_outputs, output);
}

/* ---- nodes ------------------------------------------------------------------- */

static void node_link(ScGraph *graph, ScNode *node, ScNode *before) {
    node->next = before;
    node->prev = before ? before->prev : graph->last;
    if (node->prev) {
        node->prev->next = node;
    } else {
        graph->first = node;
    }
    if (before) {
        before->prev = node;
    } else {
        graph->last = node;
    }
}

static void node_unlink(ScGraph *graph, ScNode *node) {
    if (node->prev) {
        node->prev->next = node->next;
    } else {
        graph->first = node->next;
    }
    if (node->next) {
        node->next->prev = node->prev;
    } else {
        graph->last = node->prev;
    }
}

static ScStatus node_bind_args(Sc *sc, ScGraph *graph, ScNode *node, const ScArg *args,
                               size_t n_args) {
    const ScSchema *schema = &node->op->schema;
    if (n_args > schema->n_params) {
        return sc_fail(sc, SC_E_INTERNAL, node->op->def->name, "too many arguments", 0, 0);
    }
    node->n_args = schema->n_params;
    node->args = SC_NEW_ARRAY(graph->arena, ScArg, schema->n_params + 1u);
    bool *given = SC_NEW_ARRAY(graph->arena, bool, schema->n_params + 1u);
    for (size_t i = 0; i < n_args; i++) {
        node->args[i] = args[i];
        given[i] = true;
    }
    return sc_schema_bind(sc, node->op->def->name, graph->arena, schema, node->args, given);
}

/* "aten.relu.default" -> "relu" */
static const char *op_short_name(ScArena *arena, const ScOp *op) {
    const char *name = op->schema.name;
    while (*name == '_') {
        name++;
    }
    return sc_arena_str(arena, name);
}

ScStatus sc_graph_add_node(Sc *sc, ScGraph *graph, ScNode *before, const char *op_name,
                           const ScArg *args, size_t n_args, ScNode **out_node) {
    const ScOp *op = sc_ops_find(graph->ops, op_name);
    if (!op) {
        return sc_fail(sc, SC_E_NOT_FOUND, op_name, "no such operator in the registry",
                       sc_ops_suggest(sc->arena, graph->ops, op_name), 0);
    }
    ScNode *node = SC_NEW(graph->arena, ScNode);
    node->op = op;
    node->id = graph->next_node_id++;
    if (before) {
        node->module_path = before->module_path;
        node->source = before->source;
    }
    SC_TRY(node_bind_args(sc, graph, node, args, n_args));
    ScType types[SC_MAX_RESULTS];
    memset(types, 0, sizeof types);
    uint32_t n = op->schema.n_results;
    if (op->def->shape) {
        SC_TRY(op->def->shape(sc, node, types, &n));
    } else if (n != 0) {
        return sc_fail(sc, SC_E_INTERNAL, op_name, "the operator has no shape function", 0,
                       0);
    }
    node->n_results = n;
    node->results = SC_NEW_ARRAY(graph->arena, ScValue *, n + 1u);
    const char *name = op_short_name(graph->arena, op);
    for (uint32_t i = 0; i < n; i++) {
        ScValue *value = sc_graph_add_value(graph, SC_VALUE_RESULT, name, &types[i]);
        value->producer = node;
        value->result_index = i;
        node->results[i] = value;
    }
    node_link(graph, node, before);
    *out_node = node;
    return SC_OK;
}

void sc_node_each_value(ScNode *node, void (*fn)(void *user, ScValue **slot), void *user) {
    for (uint32_t a = 0; a < node->n_args; a++) {
        ScArg *arg = &node->args[a];
        if (arg->kind == SC_ARG_VALUE) {
            fn(user, &arg->as.value);
        } else if (arg->kind == SC_ARG_VALUES) {
            for (uint32_t i = 0; i < arg->n; i++) {
                if (arg->as.values[i]) {
                    fn(user, &arg->as.values[i]);
                }
            }
        }
    }
}

typedef struct Replace {
    ScValue *from, *to;
} Replace;

static void replace_slot(void *user, ScValue **slot) {
    const Replace *replace = user;
    if (*slot == replace->from) {
        *slot = replace->to;
    }
}

void sc_graph_replace_uses(ScGraph *graph, ScValue *from, ScValue *to) {
    Replace replace = {from, to};
    for (ScNode *node = graph->first; node; node = node->next) {
        sc_node_each_value(node, replace_slot, &replace);
    }
    for (size_t i = 0; i < graph->n_outputs; i++) {
        ScArg *arg = &graph->outputs[i].value;
        if (arg->kind == SC_ARG_VALUE && arg->as.value == from) {
            arg->as.value = to;
        }
    }
}

typedef struct Uses {
    const ScValue *value;
    size_t n;
} Uses;

static void count_slot(void *user, ScValue **slot) {
    Uses *uses = user;
    uses->n += *slot == uses->value;
}

static size_t count_output_uses(const ScGraph *graph, const ScValue *value) {
    size_t n = 0;
    for (size_t i = 0; i < graph->n_outputs; i++) {
        const ScArg *arg = &graph->outputs[i].value;
        n += arg->kind == SC_ARG_VALUE && arg->as.value == value;
    }
    return n;
}

size_t sc_graph_count_uses(const ScGraph *graph, const ScValue *value) {
    Uses uses = {value, count_output_uses(graph, value)};
    for (ScNode *node = graph->first; node; node = node->next) {
        sc_node_each_value(node, count_slot, &uses);
    }
    return uses.n;
}

ScNode *sc_graph_single_user(const ScGraph *graph, const ScValue *value) {
    if (count_output_uses(graph, value) > 0) {
        return 0;
    }
    ScNode *user = 0;
    ScNode *start = value->producer ? value->producer->next : graph->first;
    for (ScNode *node = start; node; node = node->next) {
        Uses uses = {value, 0};
        sc_node_each_value(node, count_slot, &uses);
        if (uses.n > 0 && user) {
            return 0;
        }
        user = uses.n > 0 ? node : user;
    }
    return user;
}

void sc_graph_remove_node(ScGraph *graph, ScNode *node) {
    for (uint32_t i = 0; i < node->n_results; i++) {
        if (node->results[i]) {
            graph->values[node->results[i]->id] = 0;
        }
    }
    node_unlink(graph, node);
}

/* ---- sweep ------------------------------------------------------------------- */

static void mark_slot(void *user, ScValue **slot) {
    bool *used = user;
    used[(*slot)->id] = true;
}

static bool node_is_used(const ScNode *node, const bool *used) {
    for (uint32_t i = 0; i < node->n_results; i++) {
        if (node->results[i] && used[node->results[i]->id]) {
            return true;
        }
    }
    return false;
}

static size_t sweep_bodies(const ScNode *node) {
    size_t n_removed = 0;
    uint32_t at = 0;
    for (ScGraph *body; (body = sc_node_next_body(node, &at));) {
        n_removed += sc_graph_sweep(body);
    }
    return n_removed;
}

size_t sc_graph_sweep(ScGraph *graph) {
    size_t n_removed = 0;
    bool *used = SC_NEW_ARRAY(graph->arena, bool, graph->n_values + 1);
    for (size_t i = 0; i < graph->n_outputs; i++) {
        if (graph->outputs[i].value.kind == SC_ARG_VALUE) {
            used[graph->outputs[i].value.as.value->id] = true;
        }
        if (graph->outputs[i].state) {
            used[graph->outputs[i].state->id] = true;
        }
    }
    for (ScNode *node = graph->last, *prev; node; node = prev) {
        prev = node->prev;
        if (node_is_used(node, used)) {
            sc_node_each_value(node, mark_slot, used);
            n_removed += sweep_bodies(node);
        } else {
            sc_graph_remove_node(graph, node);
            n_removed++;
        }
    }
    for (size_t i = 0; i < graph->n_values; i++) {
        ScValue *value = graph->values[i];
        bool data =
            value && (value->kind == SC_VALUE_CONST || value->kind == SC_VALUE_STATE);
        if (data && !used[i]) {
            graph->values[i] = 0;
            n_removed++;
        }
    }
    return n_removed;
}

/* ---- reading nodes ------------------------------------------------------------- */

const ScArg *sc_node_arg(const ScNode *node, const char *name) {
    int index = sc_schema_param(&node->op->schema, name);
    return index < 0 ? 0 : &node->args[index];
}

ScValue *sc_node_value(const ScNode *node, uint32_t index) {
    bool is_value = index < node->n_args && node->args[index].kind == SC_ARG_VALUE;
    return is_value ? node->args[index].as.value : 0;
}

ScGraph *sc_node_next_body(const ScNode *node, uint32_t *at) {
    while (*at < node->n_args) {
        const ScArg *arg = &node->args[(*at)++];
        if (arg->kind == SC_ARG_GRAPH) {
            return arg->as.graph;
        }
    }
    return 0;
}

bool sc_node_has_bodies(const ScNode *node) {
    uint32_t at = 0;
    return sc_node_next_body(node, &at) != 0;
}

const char *sc_node_where(ScArena *arena, const ScNode *node) {
    const char *name = "-";
    for (uint32_t i = 0; i < node->n_results; i++) {
        if (node->results[i]) {
            name = node->results[i]->name;
            break;
        }
    }
    return sc_arena_fmt(arena, "%s: %s%s%s%s%s", name, node->op->def->name,
                        node->module_path ? " at " : "",
                        node->module_path ? node->module_path : "",
                        node->source ? ", " : "", node->source ? node->source : "");
}
