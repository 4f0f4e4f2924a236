/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Convolutions. aten.convolution.default is the primitive; the others are
 * spellings of it. Input [N,C,*], weight [O,C/groups,*], transposed weight
 * [C,O/groups,*]. Source: aten/src/ATen/native/Convolution.cpp.
 */
#include <string.h>

#include "compiler/ops/build.h"
#include "compiler/ops/families.h"
#include "compiler/ops/shape.h"

enum { MAX_SPATIAL = 3 };

typedef struct Conv {
    ScType x, w;
    uint32_t n; /* spatial dimensions */
    bool unbatched, transposed, same;
    int64_t groups;
    int64_t stride[MAX_SPATIAL], dilation[MAX_SPATIAL], output_padding[MAX_SPATIAL];
    int64_t padding[MAX_SPATIAL]; /* with "same": at the start of the dimension */
} Conv;

static ScStatus read_padding(Sc *sc, const ScNode *node, Conv *c) {
    ScArg padding = sc_take(node, "padding");
    if (padding.kind != SC_ARG_STRING) {
        return sc_take_sizes(sc, node, "padding", c->n, 0, c->padding);
    }
    c->same = strcmp(padding.as.s, "same") == 0;
    for (uint32_t i = 0; i < c->n; i++) {
        if (c->same && c->stride[i] != 1) {
            return sc_bad_shape(sc, node, "padding 'same' goes with stride 1 only");
        }
        c->padding[i] = c->same ? c->dilation[i] * (c->w.dims[2 + i] - 1) / 2 : 0;
    }
    return SC_OK;
}

static ScStatus read_conv(Sc *sc, const ScNode *node, Conv *c) {
    memset(c, 0, sizeof *c);
    c->x = sc_take_type(node, "input");
    c->w = sc_take_type(node, "weight");
    c->n = c->w.rank - 2u;
    c->transposed = strncmp(node->op->schema.name, "conv_transpose", 14) == 0 ||
                    sc_take_bool(node, "transposed");
    c->unbatched = c->x.rank + 1 == c->w.rank;
    if (c->w.rank < 3 || c->n > MAX_SPATIAL || (!c->unbatched && c->x.rank != c->w.rank)) {
        return sc_bad_shape(sc, node, "input of rank %u and weight of rank %u", c->x.rank,
                            c->w.rank);
    }
    if (c->x.dtype != c->w.dtype) {
        return sc_bad_shape(sc, node, "input is %s, weight is %s",
                            sc_dtype_name(c->x.dtype), sc_dtype_name(c->w.dtype));
    }
    c->groups = sc_take_int(node, "groups");
    SC_TRY(sc_take_sizes(sc, node, "stride", c->n, 1, c->stride));
    SC_TRY(sc_take_sizes(sc, node, "dilation", c->n, 1, c->dilation));
    if (sc_take_given(node, "output_padding")) {
        SC_TRY(sc_take_sizes(sc, node, "output_padding", c->n, 0, c->output_padding));
    }
    return read_padding(sc, node, c);
}

static ScStatus check_channels(Sc *sc, const ScNode *node, const Conv *c,
                               int64_t *out_channels) {
    int64_t in = c->x.dims[c->unbatched ? 0 : 1];
    int64_t g = c->groups;
    if (g < 1 || g > INT32_MAX || c->w.dims[0] % g != 0) {
        return sc_bad_shape(sc, node, "%lld groups don't divide the weight's %lld",
                            (long long)g, (long long)c->w.dims[0]);
    }
    int64_t wanted = c->transposed ? c->w.dims[0] : c->w.dims[1] * g;
    if (in != wanted) {
        return sc_bad_shape(sc, node, "the input has %lld channels, the weight wants %lld",
                            (long long)in, (long long)wanted);
    }
    *out_channels = c->transposed ? c->w.dims[1] * g : c->w.dims[0];
    if (sc_take_given(node, "bias")) {
        ScType bias = sc_take_type(node, "bias");
        if (bias.rank != 1 || bias.dims[0] != *out_channels) {
            return sc_bad_shape(sc, node, "the bias must have %lld elements",
                                (long long)*out_channels);
        }
    }
    return SC_OK;
}

static int64_t output_size(const Conv *c, uint32_t i) {
    int64_t in = c->x.dims[(c->unbatched ? 1 : 2) + i];
    int64_t reach = c->dilation[i] * (c->w.dims[2 + i] - 1);
    if (c->transposed) {
        return (in - 1) * c->stride[i] - 2 * c->padding[i] + reach + c->output_padding[i] +
               1;
    }
    if (c->same) {
        return in;
    }
    int64_t room = in + 2 * c->padding[i] - reach - 1;
    return room < 0 ? 0 : room / c->stride[i] + 1;
}

static ScStatus shape_conv(Sc *sc, const ScNode *node, ScType *out_types, uint32_t *out_n) {
    Conv c;
    SC_TRY(read_conv(sc, node, &c));
    ScType type = c.x;
    uint32_t first = c.unbatched ? 0 : 1;
    SC_TRY(check_channels(sc, node, &c, &type.dims[first]));
    for (uint32_t i = 0; i < c.n; i++) {
        type.dims[first + 1 + i] = output_size(&c, i);
        if (type.dims[first + 1 + i] < 1) {
            return sc_bad_shape(sc, node, "the kernel is larger than the padded input");
        }
    }
    return sc_shape_give(sc, node, type, out_types, out_n);
}

/* ---- decomposition ----------------------------------------------------------- */

/* "same" with an even reach pads one more at the end: done by a pad of its own. */
static ScValue *pad_ends(ScBuild *b, ScValue *x, const Conv *c) {
    int64_t pads[2 * MAX_SPATIAL] = {0}; /* last dimension first: before, after */
    bool any = false;
    for (uint32_t i = 0; i < c->n; i++) {
        if (c->same && c->dilation[i] * (c->w.dims[2 + i] - 1) % 2 != 0) {
            pads[2 * (c->n - 1 - i) + 1] = 1;
            any = true;
        }
    }
    if (!any) {
        return x;
    }
    return b_call(b, "aten.constant_pad_nd.default",
                  B_ARGS(sc_arg_of_value(x), b_ints(b, pads, 2 * c->n), sc_arg_of_int(0)));
}

static ScStatus decompose_conv(Sc *sc, ScGraph *graph, ScNode *node,
                               ScValue **out_results) {
    ScBuild build = sc_build(sc, graph, node), *b = &build;
    Conv c;
    SC_TRY(read_conv(sc, node, &c));
    ScValue *x = sc_take_value(node, "input");
    x = c.unbatched ? b_unsqueeze(b, x, 0) : x;
    x = pad_ends(b, x, &c);
    ScValue *y =
        b_call(b, "aten.convolution.default",
               B_ARGS(sc_arg_of_value(x), sc_take(node, "weight"), sc_take(node, "bias"),
                      b_ints(b, c.stride, c.n), b_ints(b, c.padding, c.n),
                      b_ints(b, c.dilation, c.n), sc_arg_of_bool(c.transposed),
                      b_ints(b, c.output_padding, c.n), sc_arg_of_int(c.groups)));
    out_results[0] = c.unbatched ? b_view(b, y, y->type.rank - 1u, y->type.dims + 1) : y;
    return build.status;
}

static const ScOpDef rows[] = {
    {.name = "aten.convolution.default",
     .schema = "aten::convolution(Tensor input, Tensor weight, Tensor? bias, SymInt[] "
               "stride, SymInt[] padding, SymInt[] dilation, bool transposed, SymInt[] "
               "output_padding, SymInt groups) -> Tensor",
     .shape = shape_conv,
     .doc = "convolution of 1 to 3 dimensions, also transposed"},
    {.name = "aten.conv1d.default",
     .schema = "aten::conv1d(Tensor input, Tensor weight, Tensor? bias=None, SymInt[1] "
               "stride=[1], SymInt[1] padding=[0], SymInt[1] dilation=[1], SymInt "
               "groups=1) -> Tensor",
     .shape = shape_conv,
     .decompose = decompose_conv,
     .flags = SC_OP_SYNONYM,
     .doc = "convolution over one dimension"},
    {.name = "aten.conv1d.padding",
     .schema = "aten::conv1d.padding(Tensor input, Tensor weight, Tensor? bias=None, "
               "SymInt[1] stride=[1], str padding=\"valid\", SymInt[1] dilation=[1], "
               "SymInt groups=1) -> Tensor",
     .shape = shape_conv,
     .decompose = decompose_conv,
     .flags = SC_OP_SYNONYM,
     .doc = "conv1d with padding 'same' or 'valid'"},
    {.name = "aten.conv2d.default",
     .schema = "aten::conv2d(Tensor input, Tensor weight, Tensor? bias=None, SymInt[2] "
               "stride=[1, 1], SymInt[2] padding=[0, 0], SymInt[2] dilation=[1, 1], SymInt "
               "groups=1) -> Tensor",
     .shape = shape_conv,
     .decompose = decompose_conv,
     .flags = SC_OP_SYNONYM,
     .doc = "convolution over two dimensions"},
    {.name = "aten.conv2d.padding",
     .schema = "aten::conv2d.padding(Tensor input, Tensor weight, Tensor? bias=None, "
               "SymInt[2] stride=[1, 1], str padding=\"valid\", SymInt[2] dilation=[1, 1], "
               "SymInt groups=1) -> Tensor",
     .shape = shape_conv,
     .decompose = decompose_conv,
     .flags = SC_OP_SYNONYM,
     .doc = "conv2d with padding 'same' or 'valid'"},
    {.name = "aten.conv_transpose1d.default",
     .schema = "aten::conv_transpose1d(Tensor input, Tensor weight, Tensor? bias=None, "
               "SymInt[1] stride=[1], SymInt[1] padding=[0], SymInt[1] output_padding=[0], "
               "SymInt groups=1, SymInt[1] dilation=[1]) -> Tensor",
     .shape = shape_conv,
     .decompose = decompose_conv,
     .flags = SC_OP_SYNONYM,
     .doc = "transposed convolution over one dimension"},
    {.name = "aten.conv_transpose2d.input",
     .schema =
         "aten::conv_transpose2d.input(Tensor input, Tensor weight, Tensor? bias=None, "
         "SymInt[2] stride=[1, 1], SymInt[2] padding=[0, 0], SymInt[2] output_padding=[0, "
         "0], SymInt groups=1, SymInt[2] dilation=[1, 1]) -> Tensor",
     .shape = shape_conv,
     .decompose = decompose_conv,
     .flags = SC_OP_SYNONYM,
     .doc = "transposed convolution over two dimensions"},
};

const ScOpFamily sc_family_conv = SC_OP_FAMILY(rows);
