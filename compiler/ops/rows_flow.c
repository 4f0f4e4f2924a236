/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Control flow: operators that own graphs (bodies). What they bind to the inputs
 * of a body, in order:
 *
 *   cond        operands                                both branches
 *   while_loop  carried, additional                     both bodies
 *   map_impl    a slice of each of xs, args
 *   scan        carry, a slice of each of xs, additional
 *
 * A slice is x[i] for the i-th turn. cond gives what the branch that ran gives;
 * while_loop what is carried at the end; map_impl and scan stack what each turn
 * gives, scan after the carry. An export has already made every other form
 * (reverse, dim, pytrees) into these.
 * Source: torch/_higher_order_ops/{cond,while_loop,map,scan}.py. They have no
 * schemas of torch's own: these are ours.
 */
#include <string.h>

#include "compiler/ops/families.h"
#include "compiler/ops/shape.h"

static ScGraph *body_of(const ScNode *node, const char *name) {
    return sc_node_arg(node, name)->as.graph;
}

static bool types_fit(const ScType *a, const ScType *b) {
    return a->dtype == b->dtype && sc_dims_equal(a, b);
}

/* ---- inputs of a body ----------------------------------------------------------- */

/* Which inputs are bound already. */
typedef struct Binding {
    Sc *sc;
    const ScNode *node;
    const ScGraph *body;
    uint32_t n;
} Binding;

static ScStatus bind_one(Binding *b, const ScType *type) {
    if (b->n >= b->body->n_inputs) {
        return sc_bad_shape(b->sc, b->node, "body %s takes %zu inputs, more are given",
                            b->body->name, b->body->n_inputs);
    }
    const ScValue *input = b->body->inputs[b->n++];
    if (types_fit(&input->type, type) && !input->type.quant) {
        return SC_OK;
    }
    ScBuf text = sc_buf(b->sc->arena);
    sc_type_print(&input->type, &text);
    sc_buf_str(&text, ", it gets ");
    sc_type_print(type, &text);
    return sc_bad_shape(b->sc, b->node, "input %u of body %s is %s", b->n - 1,
                        b->body->name, text.data);
}

static ScStatus bind_list(Binding *b, const char *name) {
    uint32_t n = sc_node_arg(b->node, name)->n;
    for (uint32_t i = 0; i < n; i++) {
        ScType type = sc_take_item_type(b->node, name, i);
        SC_TRY(bind_one(b, &type));
    }
    return SC_OK;
}

static ScStatus bind_end(const Binding *b) {
    return b->n == b->body->n_inputs
               ? SC_OK
               : sc_bad_shape(b->sc, b->node, "body %s takes %zu inputs, %u are given",
                              b->body->name, b->body->n_inputs, b->n);
}

static ScStatus bind_lists(Sc *sc, const ScNode *node, const ScGraph *body,
                           const char *first, const char *second) {
    Binding b = {sc, node, body, 0};
    SC_TRY(bind_list(&b, first));
    if (second) {
        SC_TRY(bind_list(&b, second));
    }
    return bind_end(&b);
}

/* ---- outputs of a body ---------------------------------------------------------- */

static ScStatus body_gives(Sc *sc, const ScNode *node, const ScGraph *body, size_t index,
                           ScType *out_type) {
    if (index >= body->n_outputs || body->outputs[index].state ||
        body->outputs[index].value.kind != SC_ARG_VALUE) {
        return sc_not_done(sc, node, "return tensors from it",
                           "output %zu of body %s is no tensor", index, body->name);
    }
    *out_type = body->outputs[index].value.as.value->type;
    if (out_type->quant || out_type->layout != SC_LAYOUT_CONTIGUOUS) {
        return sc_not_done(sc, node, "dequantize it in the body",
                           "output %zu of body %s is no plain tensor", index, body->name);
    }
    return SC_OK;
}

static bool is_truth(const ScType *type) {
    return type->dtype == SC_BOOL && sc_type_numel(type) == 1;
}

/* ---- the four ------------------------------------------------------------------- */

static ScStatus shape_cond(Sc *sc, const ScNode *node, ScType *out_types, uint32_t *out_n) {
    const ScGraph *yes = body_of(node, "true_fn"), *no = body_of(node, "false_fn");
    ScType pred = sc_take_type(node, "pred");
    if (!is_truth(&pred)) {
        return sc_bad_shape(sc, node, "the condition isn't one bool");
    }
    SC_TRY(bind_lists(sc, node, yes, "operands", NULL));
    SC_TRY(bind_lists(sc, node, no, "operands", NULL));
    *out_n = 0;
    for (size_t i = 0; i < yes->n_outputs || i < no->n_outputs; i++) {
        ScType a, b;
        SC_TRY(body_gives(sc, node, yes, i, &a));
        SC_TRY(body_gives(sc, node, no, i, &b));
        if (!types_fit(&a, &b)) {
            return sc_bad_shape(sc, node, "the branches give other types as output %zu", i);
        }
        SC_TRY(sc_shape_add(sc, node, a, out_types, out_n));
    }
    return SC_OK;
}

/* What a body carries on has the types that it got. */
static ScStatus add_carried(Sc *sc, const ScNode *node, const ScGraph *body,
                            const char *name, ScType *out_types, uint32_t *out_n) {
    for (uint32_t i = 0; i < sc_node_arg(node, name)->n; i++) {
        ScType type, got = sc_take_item_type(node, name, i);
        SC_TRY(body_gives(sc, node, body, i, &type));
        if (!types_fit(&type, &got)) {
            return sc_bad_shape(sc, node, "carried value %u changes its type", i);
        }
        SC_TRY(sc_shape_add(sc, node, type, out_types, out_n));
    }
    return SC_OK;
}

static ScStatus shape_while(Sc *sc, const ScNode *node, ScType *out_types,
                            uint32_t *out_n) {
    const ScGraph *cond = body_of(node, "cond_fn"), *body = body_of(node, "body_fn");
    ScType truth;
    SC_TRY(bind_lists(sc, node, cond, "carried", "additional"));
    SC_TRY(bind_lists(sc, node, body, "carried", "additional"));
    SC_TRY(body_gives(sc, node, cond, 0, &truth));
    if (!is_truth(&truth) || cond->n_outputs != 1) {
        return sc_bad_shape(sc, node, "the condition isn't one bool");
    }
    if (body->n_outputs != sc_node_arg(node, "carried")->n) {
        return sc_bad_shape(sc, node, "the body gives %zu values for %u carried ones",
                            body->n_outputs, sc_node_arg(node, "carried")->n);
    }
    *out_n = 0;
    return add_carried(sc, node, body, "carried", out_types, out_n);
}

/* Binds the slices of xs; out_turns is how many there are. */
static ScStatus bind_slices(Binding *b, int64_t *out_turns) {
    uint32_t n = sc_node_arg(b->node, "xs")->n;
    *out_turns = 0;
    for (uint32_t i = 0; i < n; i++) {
        ScType x = sc_take_item_type(b->node, "xs", i);
        if (x.rank == 0 || x.dims[0] == 0 || (i && x.dims[0] != *out_turns)) {
            return sc_bad_shape(b->sc, b->node,
                                "dimension 0 of all xs must be one length of at least 1");
        }
        *out_turns = x.dims[0];
        ScType slice = sc_type_make(x.dtype, x.rank - 1u, x.dims + 1);
        SC_TRY(bind_one(b, &slice));
    }
    return n ? SC_OK
             : sc_not_done(b->sc, b->node,
                           "give it a tensor to go through, such as "
                           "torch.arange(n)",
                           "a loop over no tensors");
}

/* What each turn gives, from output `first` of the body on, stacked. */
static ScStatus add_stacked(Sc *sc, const ScNode *node, const ScGraph *body, size_t first,
                            int64_t n_turns, ScType *out_types, uint32_t *out_n) {
    for (size_t i = first; i < body->n_outputs; i++) {
        ScType type;
        SC_TRY(body_gives(sc, node, body, i, &type));
        if (type.rank == SC_MAX_RANK) {
            return sc_not_done(sc, node, "give tensors of a lower rank",
                               "a stack of rank %d", SC_MAX_RANK + 1);
        }
        memmove(type.dims + 1, type.dims, type.rank * sizeof type.dims[0]);
        type.dims[0] = n_turns;
        type.rank++;
        SC_TRY(sc_shape_add(sc, node, type, out_types, out_n));
    }
    return SC_OK;
}

static ScStatus shape_map(Sc *sc, const ScNode *node, ScType *out_types, uint32_t *out_n) {
    Binding b = {sc, node, body_of(node, "f"), 0};
    int64_t n_turns;
    SC_TRY(bind_slices(&b, &n_turns));
    SC_TRY(bind_list(&b, "args"));
    SC_TRY(bind_end(&b));
    *out_n = 0;
    return add_stacked(sc, node, b.body, 0, n_turns, out_types, out_n);
}

static ScStatus shape_scan(Sc *sc, const ScNode *node, ScType *out_types, uint32_t *out_n) {
    Binding b = {sc, node, body_of(node, "combine_fn"), 0};
    int64_t n_turns;
    SC_TRY(bind_list(&b, "init"));
    SC_TRY(bind_slices(&b, &n_turns));
    SC_TRY(bind_list(&b, "additional"));
    SC_TRY(bind_end(&b));
    *out_n = 0;
    SC_TRY(add_carried(sc, node, b.body, "init", out_types, out_n));
    return add_stacked(sc, node, b.body, *out_n, n_turns, out_types, out_n);
}

static const ScOpDef rows[] = {
    {.name = "higher_order.cond",
     .schema = "higher_order::cond(Tensor pred, Graph true_fn, Graph false_fn, "
               "Tensor[] operands) -> Tensor[]",
     .shape = shape_cond,
     .flags = SC_OP_FLOW,
     .doc = "one of two branches, chosen at run time: torch.cond()"},
    {.name = "higher_order.map_impl",
     .schema = "higher_order::map_impl(Graph f, Tensor[] xs, Tensor[] args) -> Tensor[]",
     .shape = shape_map,
     .flags = SC_OP_FLOW,
     .doc = "a body for each x[i], its results stacked"},
    {.name = "higher_order.scan",
     .schema = "higher_order::scan(Graph combine_fn, Tensor[] init, Tensor[] xs, "
               "Tensor[] additional) -> Tensor[]",
     .shape = shape_scan,
     .flags = SC_OP_FLOW,
     .doc = "as map, with values carried from turn to turn"},
    {.name = "higher_order.while_loop",
     .schema = "higher_order::while_loop(Graph cond_fn, Graph body_fn, Tensor[] carried, "
               "Tensor[] additional) -> Tensor[]",
     .shape = shape_while,
     .flags = SC_OP_FLOW,
     .doc = "a body as long as a condition holds"},
};

const ScOpFamily sc_family_flow = SC_OP_FAMILY(rows);
