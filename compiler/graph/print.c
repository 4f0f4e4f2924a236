/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The text form of a Graph, one line a thing; parse.c reads it back.
 *
 *   graph NAME
 *   input %x : f32[1,4]
 *   const %w : f32[2] "fc.weight" = {1.0, 2.0}        up to 64 elements
 *   const %k : f32[64,64] = hash:0123456789abcdef     more: read back as zeros
 *   state %h : f32[2] = {0.0, 0.0}
 *   %y : f32[1,4] = aten.relu.default(%x) @ "act" "model.py:3"
 *   %a : f32[2], _ = aten.max.dim(%x, 0, false)       _ = a result nobody wants
 *   body branch                                       a graph that the next node owns
 *     input %a : f32[1,4]
 *     output "" %a
 *   end
 *   %z : f32[1,4] = higher_order.cond(%p, body:branch, body:other, v[%x])
 *   write %h <- %y
 *   output "y" %y
 *   end
 *
 * Arguments: none 1 1.0 true "text" %value i[1,2] f[1.0] b[true] v[%a,none]
 * dtype:f32 layout:7 memory_format:1 device:"cpu" body:name.
 */
#include <string.h>

#include "compiler/graph/graph.h"
#include "compiler/ops/ops.h"

enum { INLINE_ELEMENTS = 64 };

static void print_element(ScBuf *out, const ScType *type, const void *data, size_t i) {
    int64_t number = 0;
    uint64_t word = 0;
    float f;
    double d;
    size_t size = sc_dtype_size(type->dtype);
    const char *at = (const char *)data + i * size;
    switch (type->dtype) {
    case SC_F32:
        memcpy(&f, at, 4);
        sc_buf_double(out, (double)f);
        return;
    case SC_F64:
        memcpy(&d, at, 8);
        sc_buf_double(out, d);
        return;
    default:
        memcpy(&word, at, size);
        if (type->dtype == SC_I8) {
            number = (int8_t)word;
        } else if (type->dtype == SC_I16) {
            number = (int16_t)word;
        } else if (type->dtype == SC_I32) {
            number = (int32_t)word;
        } else {
            number = (int64_t)word;
        }
        sc_buf_fmt(out, "%lld", (long long)number);
    }
}

/* FNV-1a, 64 bit. */
static uint64_t hash_bytes(const uint8_t *data, size_t n_bytes) {
    uint64_t hash = 0xcbf29ce484222325u;
    for (size_t i = 0; i < n_bytes; i++) {
        hash = (hash ^ data[i]) * 0x100000001b3u;
    }
    return hash;
}

static void print_data(ScBuf *out, const ScValue *value) {
    size_t n = sc_type_numel(&value->type);
    bool half = value->type.dtype == SC_F16 || value->type.dtype == SC_BF16;
    if (n > INLINE_ELEMENTS || half) {
        sc_buf_fmt(
            out, "hash:%016llx",
            (unsigned long long)hash_bytes(value->data, sc_type_bytes(&value->type)));
        return;
    }
    sc_buf_str(out, "{");
    for (size_t i = 0; i < n; i++) {
        sc_buf_str(out, i ? ", " : "");
        print_element(out, &value->type, value->data, i);
    }
    sc_buf_str(out, "}");
}

static void print_value_ref(ScBuf *out, const ScValue *value) {
    if (value) {
        sc_buf_fmt(out, "%%%s", value->name);
    } else {
        sc_buf_str(out, "none");
    }
}

static void print_list(ScBuf *out, const ScArg *arg) {
    static const char letters[] = {[SC_ARG_VALUES] = 'v',
                                   [SC_ARG_INTS] = 'i',
                                   [SC_ARG_FLOATS] = 'f',
                                   [SC_ARG_BOOLS] = 'b'};
    sc_buf_fmt(out, "%c[", letters[arg->kind]);
    for (uint32_t i = 0; i < arg->n; i++) {
        sc_buf_str(out, i ? "," : "");
        if (arg->kind == SC_ARG_VALUES) {
            print_value_ref(out, arg->as.values[i]);
        } else if (arg->kind == SC_ARG_INTS) {
            sc_buf_fmt(out, "%lld", (long long)arg->as.ints[i]);
        } else if (arg->kind == SC_ARG_FLOATS) {
            sc_buf_double(out, arg->as.floats[i]);
        } else {
            sc_buf_str(out, arg->as.bools[i] ? "true" : "false");
        }
    }
    sc_buf_str(out, "]");
}

static void print_arg(ScBuf *out, const ScArg *arg) {
    switch (arg->kind) {
    case SC_ARG_NONE:
        sc_buf_str(out, "none");
        break;
    case SC_ARG_VALUE:
        print_value_ref(out, arg->as.value);
        break;
    case SC_ARG_INT:
        sc_buf_fmt(out, "%lld", (long long)arg->as.i);
        break;
    case SC_ARG_FLOAT:
        sc_buf_double(out, arg->as.f);
        break;
    case SC_ARG_BOOL:
        sc_buf_str(out, arg->as.b ? "true" : "false");
        break;
    case SC_ARG_STRING:
        sc_buf_json_str(out, arg->as.s);
        break;
    case SC_ARG_DTYPE:
        sc_buf_fmt(out, "dtype:%s", sc_dtype_name((ScDtype)arg->as.i));
        break;
    case SC_ARG_LAYOUT:
        sc_buf_fmt(out, "layout:%lld", (long long)arg->as.i);
        break;
    case SC_ARG_MEMORY_FORMAT:
        sc_buf_fmt(out, "memory_format:%lld", (long long)arg->as.i);
        break;
    case SC_ARG_DEVICE:
        sc_buf_str(out, "device:");
        sc_buf_json_str(out, arg->as.s);
        break;
    case SC_ARG_GRAPH:
        sc_buf_fmt(out, "body:%s", arg->as.graph->name);
        break;
    case SC_ARG_VALUES:
    case SC_ARG_INTS:
    case SC_ARG_FLOATS:
    case SC_ARG_BOOLS:
        print_list(out, arg);
        break;
    }
}

static void print_margin(ScBuf *out, int depth) {
    sc_buf_fmt(out, "%*s", 2 * depth, "");
}

static void print_declaration(ScBuf *out, int depth, const char *word,
                              const ScValue *value) {
    print_margin(out, depth);
    sc_buf_fmt(out, "%s %%%s : ", word, value->name);
    sc_type_print(&value->type, out);
    if (value->fqn) {
        sc_buf_str(out, " ");
        sc_buf_json_str(out, value->fqn);
    }
    if (value->data) {
        sc_buf_str(out, " = ");
        print_data(out, value);
    }
    sc_buf_str(out, "\n");
}

static void print_graph(const ScGraph *graph, const char *word, int depth, ScBuf *out);

static void print_node(ScBuf *out, int depth, const ScNode *node) {
    uint32_t at = 0;
    for (const ScGraph *body; (body = sc_node_next_body(node, &at));) {
        print_graph(body, "body", depth, out);
    }
    print_margin(out, depth);
    for (uint32_t i = 0; i < node->n_results; i++) {
        sc_buf_str(out, i ? ", " : "");
        if (node->results[i]) {
            sc_buf_fmt(out, "%%%s : ", node->results[i]->name);
            sc_type_print(&node->results[i]->type, out);
        } else {
            sc_buf_str(out, "_");
        }
    }
    sc_buf_fmt(out, "%s%s(", node->n_results ? " = " : "", node->op->def->name);
    for (uint32_t i = 0; i < node->n_args; i++) {
        sc_buf_str(out, i ? ", " : "");
        print_arg(out, &node->args[i]);
    }
    sc_buf_str(out, ")");
    if (node->module_path || node->source) {
        sc_buf_str(out, " @ ");
        sc_buf_json_str(out, node->module_path ? node->module_path : "");
        sc_buf_str(out, " ");
        sc_buf_json_str(out, node->source ? node->source : "");
    }
    sc_buf_str(out, "\n");
}

static void print_output(ScBuf *out, const ScOutput *output) {
    if (output->state) {
        sc_buf_fmt(out, "write %%%s <- ", output->state->name);
    } else {
        sc_buf_str(out, "output ");
        sc_buf_json_str(out, output->name ? output->name : "");
        sc_buf_str(out, " ");
    }
    print_arg(out, &output->value);
    sc_buf_str(out, "\n");
}

/* What stands in a body is moved in. */
static void print_graph(const ScGraph *graph, const char *word, int depth, ScBuf *out) {
    int inner = strcmp(word, "body") == 0 ? depth + 1 : depth;
    print_margin(out, depth);
    sc_buf_fmt(out, "%s %s\n", word, graph->name);
    for (size_t i = 0; i < graph->n_inputs; i++) {
        print_declaration(out, inner, "input", graph->inputs[i]);
    }
    for (size_t i = 0; i < graph->n_values; i++) {
        const ScValue *value = graph->values[i];
        if (value && value->kind == SC_VALUE_CONST) {
            print_declaration(out, inner, "const", value);
        } else if (value && value->kind == SC_VALUE_STATE) {
            print_declaration(out, inner, "state", value);
        }
    }
    for (const ScNode *node = graph->first; node; node = node->next) {
        print_node(out, inner, node);
    }
    for (size_t i = 0; i < graph->n_outputs; i++) {
        print_margin(out, inner);
        print_output(out, &graph->outputs[i]);
    }
    print_margin(out, depth);
    sc_buf_str(out, "end\n");
}

void sc_graph_print(const ScGraph *graph, ScBuf *out) {
    print_graph(graph, "graph", 0, out);
}
