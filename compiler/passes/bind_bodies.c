/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A branch or loop body gets the weights of its layers as inputs. Where the operand
 * is a constant the body gets a constant instead: engines want to see that weights
 * don't change. What no body reads any more isn't handed in either.
 */
#include "compiler/ops/ops.h"
#include "compiler/passes/passes.h"

/* The operands that stay the same in every run of every body: the last list. */
static ScArg *lasting_operands(const ScNode *node) {
    return &node->args[node->n_args - 1];
}

/* The body's input that operand i of `n` lasting ones is bound to. */
static size_t input_index(const ScGraph *body, uint32_t n, uint32_t i) {
    return body->n_inputs - n + i;
}

static bool is_read(const ScNode *node, uint32_t n, uint32_t i) {
    uint32_t at = 0;
    for (const ScGraph *body; (body = sc_node_next_body(node, &at));) {
        if (sc_graph_count_uses(body, body->inputs[input_index(body, n, i)]) > 0) {
            return true;
        }
    }
    return false;
}

static void input_drop(ScGraph *body, size_t index, const ScValue *constant) {
    ScValue *input = body->inputs[index];
    if (constant) {
        input->kind = SC_VALUE_CONST;
        input->data = constant->data;
        input->fqn = constant->fqn;
        input->type = constant->type;
    } else {
        body->values[input->id] = NULL;
    }
    for (size_t i = index; i + 1 < body->n_inputs; i++) {
        body->inputs[i] = body->inputs[i + 1];
    }
    body->n_inputs--;
}

static void node_bind(ScNode *node) {
    ScArg *operands = lasting_operands(node);
    for (uint32_t i = operands->n; i-- > 0;) {
        const ScValue *operand = operands->as.values[i];
        bool constant = operand->kind == SC_VALUE_CONST && !operand->type.quant;
        bool read = is_read(node, operands->n, i);
        if (read && !constant) {
            continue;
        }
        uint32_t at = 0;
        for (ScGraph *body; (body = sc_node_next_body(node, &at));) {
            input_drop(body, input_index(body, operands->n, i), read ? operand : NULL);
        }
        for (uint32_t k = i; k + 1 < operands->n; k++) {
            operands->as.values[k] = operands->as.values[k + 1];
        }
        operands->n--;
    }
}

void sc_bind_body_constants(ScGraph *graph) {
    for (ScNode *node = graph->first; node; node = node->next) {
        uint32_t at = 0;
        if (node->op->def->flags & SC_OP_FLOW) {
            node_bind(node);
        }
        for (ScGraph *body; (body = sc_node_next_body(node, &at));) {
            sc_bind_body_constants(body);
        }
    }
}
