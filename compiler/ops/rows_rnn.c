/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Recurrent networks: gru, lstm, rnn over a sequence [T,N,I] ([N,T,I] with
 * batch_first), and their single cells. Their decomposition has one linear for
 * the inputs of all steps and one a step for the hidden state; a step is
 *
 *   gru   r, z = sigmoid(x_rz + h_rz); n = tanh(x_n + r * h_n);
 *         h' = (h - n) * z + n
 *   lstm  i, f, g, o = gates(x + h); c' = sigmoid(f) * c + sigmoid(i) * tanh(g);
 *         h' = sigmoid(o) * tanh(c')
 *   rnn   h' = tanh or relu(x + h)
 *
 * with x_* and h_* the slices of x @ w_ih^T + b_ih and h @ w_hh^T + b_hh.
 * Source: aten/src/ATen/native/RNN.cpp, whose order of operations this is.
 */
#include <string.h>

#include "compiler/ops/build.h"
#include "compiler/ops/families.h"
#include "compiler/ops/shape.h"

typedef enum Kind { RNN_GRU, RNN_LSTM, RNN_TANH, RNN_RELU } Kind;

typedef struct Rnn {
    Kind kind;
    uint32_t n_gates;
    ScType x;
    bool batch_first, has_biases;
    uint32_t n_layers, n_directions;
    int64_t n_steps, n_batch, n_hidden;
    const ScArg *params;
} Rnn;

/* Weights of one layer in one direction; biases NULL when there are none. */
typedef struct Weights {
    ScValue *w_ih, *w_hh, *b_ih, *b_hh;
} Weights;

/* State of one layer in one direction; c for lstm only. */
typedef struct State {
    ScValue *h, *c;
} State;

static Kind kind_of(const ScNode *node) {
    const char *name = node->op->schema.name;
    return strncmp(name, "gru", 3) == 0        ? RNN_GRU
           : strncmp(name, "lstm", 4) == 0     ? RNN_LSTM
           : strncmp(name, "rnn_relu", 8) == 0 ? RNN_RELU
                                               : RNN_TANH;
}

static uint32_t gates_of(Kind kind) {
    return kind == RNN_GRU ? 3 : kind == RNN_LSTM ? 4 : 1;
}

/* ---- types ------------------------------------------------------------------------- */

static bool is_matrix(const ScValue *value, int64_t rows, int64_t columns) {
    return value->type.rank == 2 && value->type.dims[0] == rows &&
           value->type.dims[1] == columns;
}

static bool is_vector(const ScValue *value, int64_t n) {
    return !value || (value->type.rank == 1 && value->type.dims[0] == n);
}

static ScStatus check_weights(Sc *sc, const ScNode *node, const Weights *w,
                              uint32_t n_gates, int64_t n_in, int64_t n_hidden) {
    int64_t rows = n_gates * n_hidden;
    if (!is_matrix(w->w_ih, rows, n_in) || !is_matrix(w->w_hh, rows, n_hidden) ||
        !is_vector(w->b_ih, rows) || !is_vector(w->b_hh, rows)) {
        return sc_bad_shape(sc, node, "weights don't fit input %lld, hidden %lld",
                            (long long)n_in, (long long)n_hidden);
    }
    return SC_OK;
}

static Weights weights_of(const Rnn *r, uint32_t index) {
    ScValue *const *items = r->params->as.values + index * (r->has_biases ? 4 : 2);
    Weights w = {items[0], items[1], 0, 0};
    if (r->has_biases) {
        w.b_ih = items[2];
        w.b_hh = items[3];
    }
    return w;
}

static ScStatus read_sizes(Sc *sc, const ScNode *node, Rnn *r) {
    if (r->x.rank != 3) {
        return sc_bad_shape(sc, node, "the input must have 3 dimensions");
    }
    r->n_steps = r->x.dims[r->batch_first ? 1 : 0];
    r->n_batch = r->x.dims[r->batch_first ? 0 : 1];
    if (r->n_steps < 1) {
        return sc_bad_shape(sc, node, "the sequence is empty");
    }
    ScArg hx = sc_take(node, "hx");
    ScValue *h = hx.kind == SC_ARG_VALUES ? hx.as.values[0] : hx.as.value;
    uint32_t n_states = r->n_layers * r->n_directions;
    for (uint32_t i = 0; i < (hx.kind == SC_ARG_VALUES ? hx.n : 1); i++) {
        const ScType *type = hx.kind == SC_ARG_VALUES ? &hx.as.values[i]->type : &h->type;
        if (type->rank != 3 || type->dims[0] != n_states || type->dims[1] != r->n_batch ||
            type->dims[2] != h->type.dims[2]) {
            return sc_bad_shape(sc, node, "the hidden state must be [%u,%lld,hidden]",
                                n_states, (long long)r->n_batch);
        }
    }
    r->n_hidden = h->type.dims[2];
    return SC_OK;
}

static ScStatus read_rnn(Sc *sc, const ScNode *node, Rnn *r) {
    int64_t n_layers = sc_take_int(node, "num_layers");
    memset(r, 0, sizeof *r);
    r->kind = kind_of(node);
    r->n_gates = gates_of(r->kind);
    r->x = sc_take_type(node, "input");
    r->batch_first = sc_take_bool(node, "batch_first");
    r->has_biases = sc_take_bool(node, "has_biases");
    r->n_directions = sc_take_bool(node, "bidirectional") ? 2 : 1;
    r->params = sc_node_arg(node, "params");
    if (sc_take_bool(node, "train") && sc_take_number(node, "dropout") != 0) {
        return sc_not_done(sc, node, "call model.eval() before torch.export.export()",
                           "dropout between layers in training mode is random");
    }
    uint32_t each = r->has_biases ? 4 : 2;
    if (n_layers < 1 || n_layers > 1000 ||
        (r->kind == RNN_LSTM && sc_take(node, "hx").n != 2)) {
        return sc_bad_shape(sc, node, "the number of layers or states is wrong");
    }
    r->n_layers = (uint32_t)n_layers;
    if (r->params->n != r->n_layers * r->n_directions * each) {
        return sc_not_done(sc, node, "use proj_size=0",
                           "%u weights; a projection of the hidden state isn't done",
                           r->params->n);
    }
    SC_TRY(read_sizes(sc, node, r));
    for (uint32_t i = 0; i < r->n_layers * r->n_directions; i++) {
        Weights w = weights_of(r, i);
        int64_t n_in = i < r->n_directions ? r->x.dims[2] : r->n_hidden * r->n_directions;
        SC_TRY(check_weights(sc, node, &w, r->n_gates, n_in, r->n_hidden));
    }
    return SC_OK;
}

static ScStatus shape_rnn(Sc *sc, const ScNode *node, ScType *out_types, uint32_t *out_n) {
    Rnn r;
    SC_TRY(read_rnn(sc, node, &r));
    ScType y = r.x;
    y.dims[2] = r.n_hidden * r.n_directions;
    int64_t dims[3] = {r.n_layers * r.n_directions, r.n_batch, r.n_hidden};
    ScType state = sc_type_make(y.dtype, 3, dims);
    SC_TRY(sc_shape_give(sc, node, y, out_types, out_n));
    SC_TRY(sc_shape_add(sc, node, state, out_types, out_n));
    return r.kind == RNN_LSTM ? sc_shape_add(sc, node, state, out_types, out_n) : SC_OK;
}

static ScStatus shape_cell(Sc *sc, const ScNode *node, ScType *out_types, uint32_t *out_n) {
    Kind kind = kind_of(node);
    ScType x = sc_take_type(node, "input");
    ScArg hx = sc_take(node, "hx");
    if (hx.kind == SC_ARG_VALUES && hx.n != 2) {
        return sc_bad_shape(sc, node, "the state must be h and c");
    }
    ScType h = hx.kind == SC_ARG_VALUES ? sc_take_item_type(node, "hx", 0)
                                        : sc_take_type(node, "hx");
    if (x.rank != 2 || h.rank != 2 || x.dims[0] != h.dims[0]) {
        return sc_bad_shape(sc, node, "input and state must be [N,*]");
    }
    Weights w = {sc_take_value(node, "w_ih"), sc_take_value(node, "w_hh"),
                 sc_take_value(node, "b_ih"), sc_take_value(node, "b_hh")};
    SC_TRY(check_weights(sc, node, &w, gates_of(kind), x.dims[1], h.dims[1]));
    SC_TRY(sc_shape_give(sc, node, h, out_types, out_n));
    return kind == RNN_LSTM ? sc_shape_add(sc, node, h, out_types, out_n) : SC_OK;
}

/* ---- one step ---------------------------------------------------------------------- */

static ScValue *sigmoid(ScBuild *b, ScValue *x) {
    return b_call1(b, "aten.sigmoid.default", x);
}

static ScValue *tanh_of(ScBuild *b, ScValue *x) {
    return b_call1(b, "aten.tanh.default", x);
}

/* Gates `from` up to `to` of [N, gates * H]. */
static ScValue *gates(ScBuild *b, ScValue *x, int64_t n_hidden, int from, int to) {
    return b_slice(b, x, 1, from * n_hidden, to * n_hidden);
}

static State step_gru(ScBuild *b, ScValue *x, ScValue *hh, State s, int64_t n) {
    ScValue *rz = sigmoid(b, b_add(b, gates(b, x, n, 0, 2), gates(b, hh, n, 0, 2)));
    ScValue *r = gates(b, rz, n, 0, 1), *z = gates(b, rz, n, 1, 2);
    ScValue *fresh =
        tanh_of(b, b_add(b, gates(b, x, n, 2, 3), b_mul(b, r, gates(b, hh, n, 2, 3))));
    return (State){b_add(b, b_mul(b, b_sub(b, s.h, fresh), z), fresh), 0};
}

static State step_lstm(ScBuild *b, ScValue *x, ScValue *hh, State s, int64_t n) {
    ScValue *sum = b_add(b, x, hh);
    ScValue *if_ = sigmoid(b, gates(b, sum, n, 0, 2));
    ScValue *g = tanh_of(b, gates(b, sum, n, 2, 3));
    ScValue *o = sigmoid(b, gates(b, sum, n, 3, 4));
    ScValue *i = gates(b, if_, n, 0, 1), *f = gates(b, if_, n, 1, 2);
    ScValue *c = b_add(b, b_mul(b, f, s.c), b_mul(b, i, g));
    return (State){b_mul(b, o, tanh_of(b, c)), c};
}

/* x: [N, gates * H], the input's part of the gates. */
static State step(ScBuild *b, Kind kind, ScValue *x, State s, const Weights *w) {
    int64_t n = s.h->type.rank == 2 ? s.h->type.dims[1] : 0;
    ScValue *hh = b_linear(b, s.h, w->w_hh, w->b_hh);
    switch (kind) {
    case RNN_GRU:
        return step_gru(b, x, hh, s, n);
    case RNN_LSTM:
        return step_lstm(b, x, hh, s, n);
    case RNN_TANH:
        return (State){tanh_of(b, b_add(b, x, hh)), 0};
    case RNN_RELU:
        break;
    }
    return (State){b_call1(b, "aten.relu.default", b_add(b, x, hh)), 0};
}

static ScStatus decompose_cell(Sc *sc, ScGraph *graph, ScNode *node,
                               ScValue **out_results) {
    ScBuild build = sc_build(sc, graph, node), *b = &build;
    ScArg hx = sc_take(node, "hx");
    State s = {hx.kind == SC_ARG_VALUES ? hx.as.values[0] : hx.as.value,
               hx.kind == SC_ARG_VALUES ? hx.as.values[1] : 0};
    Weights w = {sc_take_value(node, "w_ih"), sc_take_value(node, "w_hh"),
                 sc_take_value(node, "b_ih"), sc_take_value(node, "b_hh")};
    ScValue *x = b_linear(b, sc_take_value(node, "input"), w.w_ih, w.b_ih);
    s = step(b, kind_of(node), x, s, &w);
    out_results[0] = s.h;
    if (s.c) {
        out_results[1] = s.c;
    }
    return build.status;
}

/* ---- sequences ---------------------------------------------------------------------- */

/* Step t of [T, N, *]. */
static ScValue *step_of(ScBuild *b, const Rnn *r, ScValue *x, int64_t t) {
    if (r->n_steps == 1) {
        int64_t dims[2] = {r->n_batch, x->type.dims[2]};
        return b_view(b, x, 2, dims);
    }
    return b_select(b, x, 0, t);
}

/* One layer in one direction over [T, N, *]: fills outputs[t] with [1, N, H]. */
static State run_direction(ScBuild *b, const Rnn *r, ScValue *x, const Weights *w, State s,
                           bool backwards, ScValue **outputs) {
    ScValue *inputs = b_linear(b, x, w->w_ih, w->b_ih);
    for (int64_t i = 0; i < r->n_steps && b->status == SC_OK; i++) {
        int64_t t = backwards ? r->n_steps - 1 - i : i;
        s = step(b, r->kind, step_of(b, r, inputs, t), s, w);
        outputs[t] = b_unsqueeze(b, s.h, 0);
    }
    return s;
}

/* [T, N, *] of a node's input or result with batch_first, and back. */
static ScValue *swap_batch(ScBuild *b, const Rnn *r, ScValue *x) {
    if (!r->batch_first) {
        return x;
    }
    if (x->type.dims[0] == 1 || x->type.dims[1] == 1) {
        int64_t dims[3] = {x->type.dims[1], x->type.dims[0], x->type.dims[2]};
        return b_view(b, x, 3, dims);
    }
    return b_swap(b, x, 0, 1);
}

/* Row `index` of [layers * directions, N, H]. */
static ScValue *initial_state(ScBuild *b, const Rnn *r, ScValue *all, uint32_t index) {
    int64_t dims[2] = {r->n_batch, r->n_hidden};
    return all->type.dims[0] == 1 ? b_view(b, all, 2, dims) : b_select(b, all, 0, index);
}

static ScStatus decompose_rnn(Sc *sc, ScGraph *graph, ScNode *node, ScValue **out_results) {
    ScBuild build = sc_build(sc, graph, node), *b = &build;
    Rnn r;
    SC_TRY(read_rnn(sc, node, &r));
    ScArg hx = sc_take(node, "hx");
    ScValue *h0 = hx.kind == SC_ARG_VALUES ? hx.as.values[0] : hx.as.value;
    ScValue *c0 = r.kind == RNN_LSTM ? hx.as.values[1] : 0;
    uint32_t n_states = r.n_layers * r.n_directions;
    ScValue **outputs = SC_NEW_ARRAY(sc->arena, ScValue *, (size_t)r.n_steps);
    ScValue **h = SC_NEW_ARRAY(sc->arena, ScValue *, n_states);
    ScValue **c = SC_NEW_ARRAY(sc->arena, ScValue *, n_states);
    ScValue *x = swap_batch(b, &r, sc_take_value(node, "input"));
    for (uint32_t layer = 0; layer < r.n_layers; layer++) {
        ScValue *sides[2] = {0};
        for (uint32_t d = 0; d < r.n_directions && b->status == SC_OK; d++) {
            uint32_t i = layer * r.n_directions + d;
            Weights w = weights_of(&r, i);
            State s = {initial_state(b, &r, h0, i), c0 ? initial_state(b, &r, c0, i) : 0};
            s = run_direction(b, &r, x, &w, s, d == 1, outputs);
            SC_TRY(b->status);
            sides[d] = b_cat(b, outputs, (uint32_t)r.n_steps, 0);
            h[i] = b_unsqueeze(b, s.h, 0);
            c[i] = s.c ? b_unsqueeze(b, s.c, 0) : 0;
        }
        x = b_cat(b, sides, r.n_directions, 2);
    }
    out_results[0] = swap_batch(b, &r, x);
    out_results[1] = b_cat(b, h, n_states, 0);
    if (c0) {
        out_results[2] = b_cat(b, c, n_states, 0);
    }
    return build.status;
}

static const ScOpDef rows[] = {
    {.name = "aten.gru.input",
     .schema = "aten::gru.input(Tensor input, Tensor hx, Tensor[] params, bool has_biases, "
               "int num_layers, float dropout, bool train, bool bidirectional, bool "
               "batch_first) -> (Tensor, Tensor)",
     .shape = shape_rnn,
     .decompose = decompose_rnn,
     .doc = "gated recurrent units over a sequence"},
    {.name = "aten.gru_cell.default",
     .schema = "aten::gru_cell(Tensor input, Tensor hx, Tensor w_ih, Tensor w_hh, Tensor? "
               "b_ih=None, Tensor? b_hh=None) -> Tensor",
     .shape = shape_cell,
     .decompose = decompose_cell,
     .doc = "one step of gated recurrent units"},
    {.name = "aten.lstm.input",
     .schema = "aten::lstm.input(Tensor input, Tensor[] hx, Tensor[] params, bool "
               "has_biases, int num_layers, float dropout, bool train, bool bidirectional, "
               "bool batch_first) -> (Tensor, Tensor, Tensor)",
     .shape = shape_rnn,
     .decompose = decompose_rnn,
     .doc = "long short-term memory over a sequence"},
    {.name = "aten.lstm_cell.default",
     .schema = "aten::lstm_cell(Tensor input, Tensor[] hx, Tensor w_ih, Tensor w_hh, "
               "Tensor? b_ih=None, Tensor? b_hh=None) -> (Tensor, Tensor)",
     .shape = shape_cell,
     .decompose = decompose_cell,
     .doc = "one step of long short-term memory"},
    {.name = "aten.rnn_relu.input",
     .schema = "aten::rnn_relu.input(Tensor input, Tensor hx, Tensor[] params, bool "
               "has_biases, int num_layers, float dropout, bool train, bool bidirectional, "
               "bool batch_first) -> (Tensor, Tensor)",
     .shape = shape_rnn,
     .decompose = decompose_rnn,
     .doc = "recurrent network over a sequence"},
    {.name = "aten.rnn_relu_cell.default",
     .schema = "aten::rnn_relu_cell(Tensor input, Tensor hx, Tensor w_ih, Tensor w_hh, "
               "Tensor? b_ih=None, Tensor? b_hh=None) -> Tensor",
     .shape = shape_cell,
     .decompose = decompose_cell,
     .doc = "one step of a recurrent network"},
    {.name = "aten.rnn_tanh.input",
     .schema = "aten::rnn_tanh.input(Tensor input, Tensor hx, Tensor[] params, bool "
               "has_biases, int num_layers, float dropout, bool train, bool bidirectional, "
               "bool batch_first) -> (Tensor, Tensor)",
     .shape = shape_rnn,
     .decompose = decompose_rnn,
     .doc = "recurrent network over a sequence"},
    {.name = "aten.rnn_tanh_cell.default",
     .schema = "aten::rnn_tanh_cell(Tensor input, Tensor hx, Tensor w_ih, Tensor w_hh, "
               "Tensor? b_ih=None, Tensor? b_hh=None) -> Tensor",
     .shape = shape_cell,
     .decompose = decompose_cell,
     .doc = "one step of a recurrent network"},
};

const ScOpFamily sc_family_rnn = SC_OP_FAMILY(rows);
