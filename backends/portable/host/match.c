/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the portable kernels take. A pattern covers one node; the dtype classes
 * come from the kernel table, so that a new kernel widens the match by itself.
 */
#include <string.h>

#include "backends/portable/host/portable.h"

typedef struct Look {
    uint32_t widest; /* index into "ihfd" */
    bool channels_last;
    bool half;
    bool unknown; /* a dtype without a class */
} Look;

static void type_look(Look *look, const ScType *type) {
    uint32_t width = 0;
    /* A quantized operand is dequantized before it gets here. */
    switch (type->quant ? SC_F32 : type->dtype) {
    case SC_F64:
        width = 3;
        break;
    case SC_F32:
        width = 2;
        break;
    case SC_F16:
    case SC_BF16:
        look->half = true;
        width = 1;
        break;
    default:
        break;
    }
    look->widest = width > look->widest ? width : look->widest;
    look->channels_last = look->channels_last || type->layout != SC_LAYOUT_CONTIGUOUS;
    look->unknown = look->unknown || sc_dtype_size(type->dtype) == 0;
}

static void slot_look(void *user, ScValue **slot) {
    type_look(user, &(*slot)->type);
}

static Look node_look(ScNode *node) {
    Look look = {0, false, false, false};
    sc_node_each_value(node, slot_look, &look);
    for (uint32_t i = 0; i < node->n_results; i++) {
        if (node->results[i]) {
            type_look(&look, &node->results[i]->type);
        }
    }
    return look;
}

static bool table_has(const char *name, char dtype_class) {
    for (uint32_t i = 0; i < sc_portable_kernels.n_rows; i++) {
        const ScKernel *row = &sc_portable_kernels.rows[i];
        if (strcmp(row->name, name) == 0 &&
            (row->dtype_class == dtype_class || row->dtype_class == '*')) {
            return true;
        }
    }
    return false;
}

static const char *class_reason(const ScPattern *self, const Look *look) {
    static const char *const reasons[] = {
        "integer operands; the portable kernel computes in float32",
        "float16 operands; the portable kernels compute in float32",
        "float32 operands; the portable kernel takes integers",
        "float64 operands; the portable kernels compute in float32",
    };
    if (look->unknown) {
        return "a dtype that the portable kernels don't know";
    }
    if (look->half && !table_has(self->kernel, 'h')) {
        return reasons[1]; /* beside a wider operand too */
    }
    return table_has(self->kernel, "ihfd"[look->widest]) ? NULL : reasons[look->widest];
}

static const char *take(const ScPattern *self, ScNode *anchor, const Look *look,
                        ScMatch *out_match) {
    memset(out_match, 0, sizeof *out_match);
    out_match->nodes[0] = anchor;
    out_match->n_nodes = 1;
    out_match->result = anchor->n_results ? anchor->results[0] : NULL;
    return class_reason(self, look);
}

const char *sc_portable_match_plain(const ScPattern *self, const ScGraph *graph,
                                    ScNode *anchor, ScMatch *out_match) {
    Look look = node_look(anchor);
    (void)graph;
    return take(self, anchor, &look, out_match);
}

const char *sc_portable_match_contiguous(const ScPattern *self, const ScGraph *graph,
                                         ScNode *anchor, ScMatch *out_match) {
    Look look = node_look(anchor);
    if (look.channels_last) {
        return "a channels-last operand; this portable kernel wants contiguous ones";
    }
    return sc_portable_match_plain(self, graph, anchor, out_match);
}

const char *sc_portable_match_qdq(const ScPattern *self, const ScGraph *graph,
                                  ScNode *anchor, ScMatch *out_match) {
    Look look = node_look(anchor);
    (void)graph;
    return take(self, anchor, &look, out_match);
}

const char *sc_portable_match_conv(const ScPattern *self, const ScGraph *graph,
                                   ScNode *anchor, ScMatch *out_match) {
    const ScValue *weight = sc_node_value(anchor, 1);
    if (!weight || weight->type.rank < 3 || weight->type.rank > 4) {
        return "a convolution over other than one or two axes";
    }
    return sc_portable_match_plain(self, graph, anchor, out_match);
}
