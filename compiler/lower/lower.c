/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Lowers a placed Graph. Inputs and outputs get planned buffers; states live
 * in their own memory and are written back by copies at the end of the run.
 */
#include "compiler/lower/lower.h"

#include <string.h>

#include "compiler/ops/view.h"

/* ---- values ------------------------------------------------------------------- */

ScPid sc_lower_value(ScLower *lower, const ScValue *value) {
    ScPid *pid = &lower->pids[value->id];
    if (*pid != SC_PID_NONE) {
        return *pid;
    }
    const ScType *t = &value->type;
    if (value->kind == SC_VALUE_CONST) {
        *pid = sc_program_const(lower->program, value->name, t->dtype, t->rank, t->dims,
                                t->layout, value->data);
    } else {
        uint32_t buffer = sc_program_buffer(lower->program, sc_type_bytes(t));
        *pid = sc_program_tensor(lower->program, value->name, t->dtype, t->rank, t->dims,
                                 t->layout, buffer, 0);
    }
    return *pid;
}

static ScPid lower_values(ScLower *lower, const ScArg *arg) {
    ScPid *items = SC_NEW_ARRAY(lower->sc->arena, ScPid, arg->n + 1u);
    bool optional = false;
    for (uint32_t i = 0; i < arg->n; i++) {
        optional |= !arg->as.values[i];
        items[i] =
            arg->as.values[i] ? sc_lower_value(lower, arg->as.values[i]) : SC_PID_NONE;
    }
    return sc_program_tensors(lower->program, items, arg->n, optional);
}

ScPid sc_lower_arg(ScLower *lower, const ScArg *arg) {
    ScProgram *program = lower->program;
    switch (arg->kind) {
    case SC_ARG_NONE:
    case SC_ARG_DEVICE:
    case SC_ARG_GRAPH: /* lowered by its node */
        return sc_program_null(program);
    case SC_ARG_VALUE:
        return sc_lower_value(lower, arg->as.value);
    case SC_ARG_VALUES:
        return lower_values(lower, arg);
    case SC_ARG_INT:
    case SC_ARG_DTYPE:
        return sc_program_int(program, arg->as.i);
    case SC_ARG_MEMORY_FORMAT:
        /* torch's serialised numbers start at 1, ExecuTorch's enum at 0. */
        return sc_program_int(program, arg->as.i - 1);
    case SC_ARG_LAYOUT:
        return sc_program_int(program, 0);
    case SC_ARG_FLOAT:
        return sc_program_double(program, arg->as.f);
    case SC_ARG_BOOL:
        return sc_program_bool(program, arg->as.b);
    case SC_ARG_STRING:
        return sc_program_string(program, arg->as.s);
    case SC_ARG_INTS:
        return sc_program_ints(program, arg->as.ints, arg->n);
    case SC_ARG_FLOATS:
        return sc_program_doubles(program, arg->as.floats, arg->n);
    case SC_ARG_BOOLS:
        return sc_program_bools(program, arg->as.bools, arg->n);
    }
    return sc_program_null(program);
}

ScStatus sc_lower_result(ScLower *lower, const ScNode *node, uint32_t index,
                         ScPid *out_pid) {
    if (node->results[index]) {
        *out_pid = sc_lower_value(lower, node->results[index]);
        return SC_OK;
    }
    ScType types[SC_MAX_RESULTS];
    uint32_t n = 0;
    memset(types, 0, sizeof types);
    SC_TRY(node->op->def->shape(lower->sc, node, types, &n));
    const ScType *t = &types[index];
    uint32_t buffer = sc_program_buffer(lower->program, sc_type_bytes(t));
    *out_pid = sc_program_tensor(lower->program, "unused", t->dtype, t->rank, t->dims,
                                 t->layout, buffer, 0);
    return SC_OK;
}

ScPid sc_lower_scratch(ScLower *lower, uint64_t n_bytes) {
    int64_t dims[1] = {(int64_t)n_bytes};
    uint32_t buffer = sc_program_buffer(lower->program, n_bytes);
    return sc_program_tensor(lower->program, "scratch", SC_U8, 1, dims,
                             SC_LAYOUT_CONTIGUOUS, buffer, 0);
}

static bool is_tensor_option(const ScSchema *schema, const ScParam *param) {
    if (sc_schema_param(schema, "layout") < 0) {
        return false;
    }
    return strcmp(param->name, "dtype") == 0 || strcmp(param->name, "layout") == 0 ||
           strcmp(param->name, "device") == 0 || strcmp(param->name, "pin_memory") == 0;
}

ScStatus sc_lower_same_args(ScLower *lower, const ScNode *node, const char *kernel,
                            int in_place) {
    const ScSchema *schema = &node->op->schema;
    size_t cap = (size_t)node->n_args + node->n_results + 1;
    ScPid *args = SC_NEW_ARRAY(lower->sc->arena, ScPid, cap);
    size_t n = 0;
    for (uint32_t i = 0; i < node->n_args; i++) {
        if (!is_tensor_option(schema, &schema->params[i])) {
            args[n++] = sc_lower_arg(lower, &node->args[i]);
        }
    }
    ScPid *outs = SC_NEW_ARRAY(lower->sc->arena, ScPid, node->n_results + 1u);
    for (uint32_t i = 0; i < node->n_results; i++) {
        SC_TRY(sc_lower_result(lower, node, i, &outs[i]));
    }
    size_t n_outputs = node->n_results;
    if (schema->list_result) {
        args[n++] = sc_program_tensors(lower->program, outs, node->n_results, false);
        n_outputs = 1;
    } else {
        memcpy(args + n, outs, node->n_results * sizeof *outs);
        n += node->n_results;
    }
    sc_program_call(lower->program, kernel, args, n, n_outputs, in_place,
                    sc_node_where(lower->program->arena, node));
    return SC_OK;
}

/* ---- views ---------------------------------------------------------------------- */

static void lower_view(ScLower *lower, const ScNode *node) {
    const ScValue *x = sc_node_value(node, 0);
    ScPid source = sc_lower_value(lower, x);
    for (uint32_t i = 0; i < node->n_results; i++) {
        const ScValue *y = node->results[i];
        if (!y) {
            continue;
        }
        const ScType *t = &y->type;
        /* Copied before the program grows: its arrays may move. */
        ScPTensor from = *lower->program->values[source].as.tensor;
        uint64_t offset = sc_node_view_offset(node, i);
        if (from.storage == SC_P_CONST) {
            const char *data = lower->program->constants[from.index].data;
            lower->pids[y->id] =
                sc_program_const(lower->program, y->name, t->dtype, t->rank, t->dims,
                                 t->layout, data + offset);
            continue;
        }
        offset += from.byte_offset;
        lower->pids[y->id] = sc_program_tensor(lower->program, y->name, t->dtype, t->rank,
                                               t->dims, t->layout, from.index, offset);
    }
}

/* ---- inputs, outputs, state --------------------------------------------------------- */

static ScPIo io_of(const char *name, ScPid pid, const ScType *type) {
    ScPIo io = {.value = pid, .name = name, .layout = SC_LAYOUT_CONTIGUOUS};
    if (type) {
        io.layout = type->layout;
    }
    if (type && type->quant && type->quant->axis < 0) {
        io.scale = type->quant->scales[0];
        io.zero_point = type->quant->zero_points[0];
    }
    return io;
}

static void lower_inputs(ScLower *lower) {
    ScProgram *program = lower->program;
    for (size_t i = 0; i < lower->graph->n_inputs; i++) {
        const ScValue *input = lower->graph->inputs[i];
        ScPid pid = sc_lower_value(lower, input);
        program->buffers[program->values[pid].as.tensor->index].is_io = true;
        ScPIo io = io_of(input->name, pid, &input->type);
        SC_PUSH(program->arena, program->inputs, program->n_inputs, program->cap_inputs,
                io);
    }
}

static void lower_states(ScLower *lower) {
    ScProgram *program = lower->program;
    for (size_t i = 0; i < lower->graph->n_values; i++) {
        const ScValue *state = lower->graph->values[i];
        if (!state || state->kind != SC_VALUE_STATE) {
            continue;
        }
        const ScType *t = &state->type;
        ScPid initial = sc_program_const(program, state->name, t->dtype, t->rank, t->dims,
                                         t->layout, state->data);
        ScPTensor *tensor = program->values[sc_lower_value(lower, state)].as.tensor;
        tensor->fqn = state->fqn ? state->fqn : state->name;
        ScPBuffer *buffer = &program->buffers[tensor->index];
        buffer->is_state = true;
        buffer->memory = SC_MEMORY_STATE;
        buffer->initial = program->values[initial].as.tensor->index;
    }
}

static bool is_on_state(const ScProgram *program, ScPid pid) {
    const ScPValue *value = &program->values[pid];
    return value->kind == SC_P_TENSOR && value->as.tensor->storage == SC_P_BUFFER &&
           program->buffers[value->as.tensor->index].is_state;
}

void sc_lower_copy(ScLower *lower, ScPid to, ScPid from, const char *where) {
    ScPid args[] = {to, from, sc_program_bool(lower->program, false)};
    sc_program_call(lower->program, lower->host->copy_kernel, args, 3, 0, -1, where);
}

ScPid sc_lower_saved(ScLower *lower, ScPid pid, const ScType *type) {
    uint32_t buffer = sc_program_buffer(lower->program, sc_type_bytes(type));
    ScPid copy = sc_program_tensor(lower->program, "saved", type->dtype, type->rank,
                                   type->dims, type->layout, buffer, 0);
    sc_lower_copy(lower, copy, pid, "saved");
    return copy;
}

/* State writes take effect at the end, all at once: whatever reads a state
 * (another state's new value, an output) is saved before the first write. */
static ScStatus lower_outputs(ScLower *lower) {
    const ScGraph *graph = lower->graph;
    ScProgram *program = lower->program;
    bool any_state = graph->n_outputs > 0 && graph->outputs[0].state;
    if (any_state && !lower->host->copy_kernel) {
        return sc_fail(lower->sc, SC_E_UNSUPPORTED, graph->name,
                       "the model keeps state between runs",
                       sc_arena_fmt(lower->sc->arena, "engine %s can't write it back",
                                    lower->host->name),
                       "choose another target, or pass the state as input and output");
    }
    ScPid *pids = SC_NEW_ARRAY(lower->sc->arena, ScPid, graph->n_outputs + 1);
    for (size_t i = 0; i < graph->n_outputs; i++) {
        const ScOutput *output = &graph->outputs[i];
        pids[i] = sc_lower_arg(lower, &output->value);
        if (output->value.kind == SC_ARG_VALUE && any_state &&
            is_on_state(program, pids[i])) {
            pids[i] = sc_lower_saved(lower, pids[i], &output->value.as.value->type);
        }
    }
    for (size_t i = 0; i < graph->n_outputs; i++) {
        const ScOutput *output = &graph->outputs[i];
        if (output->state) {
            sc_lower_copy(lower, sc_lower_value(lower, output->state), pids[i],
                          output->state->name);
            continue;
        }
        const ScType *type =
            output->value.kind == SC_ARG_VALUE ? &output->value.as.value->type : 0;
        const ScPValue *value = &program->values[pids[i]];
        if (value->kind == SC_P_TENSOR && value->as.tensor->storage == SC_P_BUFFER) {
            program->buffers[value->as.tensor->index].is_io = true;
        }
        ScPIo io = io_of(output->name, pids[i], type);
        SC_PUSH(program->arena, program->outputs, program->n_outputs, program->cap_outputs,
                io);
    }
    return SC_OK;
}

void sc_lower_pids(ScLower *lower) {
    lower->pids = SC_NEW_ARRAY(lower->sc->arena, ScPid, lower->graph->n_values + 1);
    for (size_t i = 0; i < lower->graph->n_values; i++) {
        lower->pids[i] = SC_PID_NONE;
    }
}

ScStatus sc_lower_choices(ScLower *lower, const ScChoice *choices, size_t n_choices) {
    for (size_t i = 0; i < n_choices; i++) {
        const ScChoice *choice = &choices[i];
        if (choice->backend) {
            SC_TRY(choice->pattern->lower(choice->pattern, lower, &choice->match));
        } else {
            lower_view(lower, choice->match.nodes[0]);
        }
    }
    return SC_OK;
}

ScStatus sc_lower_graph(Sc *sc, const ScGraph *graph, const ScBackend *host,
                        const char *isa, const ScChoice *choices, size_t n_choices,
                        ScProgram **out_program) {
    ScLower lower = {.sc = sc, .graph = graph, .host = host, .isa = isa};
    lower.program = sc_program_new(sc->arena, "forward");
    sc_lower_pids(&lower);
    lower_inputs(&lower);
    lower_states(&lower);
    SC_TRY(sc_lower_choices(&lower, choices, n_choices));
    SC_TRY(lower_outputs(&lower));
    *out_program = lower.program;
    return SC_OK;
}
