/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Pooling and resizing of images [N,C,H,W] or [C,H,W].
 * Source: aten/src/ATen/native/Pool.h, AdaptiveAveragePooling.cpp, UpSample.h.
 */
#include <math.h>
#include <string.h>

#include "compiler/ops/build.h"
#include "compiler/ops/families.h"
#include "compiler/ops/shape.h"

typedef struct Pool {
    ScType x;
    uint32_t n; /* pooled dimensions: the last n */
    int64_t kernel[2], stride[2], padding[2], dilation[2];
    bool ceil_mode;
} Pool;

static ScStatus read_pool(Sc *sc, const ScNode *node, uint32_t n, Pool *p) {
    *p = (Pool){.x = sc_node_type(node, 0), .n = n, .dilation = {1, 1}};
    if (p->x.rank != n + 1 && p->x.rank != n + 2) {
        return sc_bad_shape(sc, node, "an input of rank %u", p->x.rank);
    }
    SC_TRY(sc_take_sizes(sc, node, "kernel_size", n, 1, p->kernel));
    memcpy(p->stride, p->kernel, sizeof p->stride);
    if (sc_take(node, "stride").n > 0) {
        SC_TRY(sc_take_sizes(sc, node, "stride", n, 1, p->stride));
    }
    SC_TRY(sc_take_sizes(sc, node, "padding", n, 0, p->padding));
    if (sc_take_given(node, "dilation")) {
        SC_TRY(sc_take_sizes(sc, node, "dilation", n, 1, p->dilation));
    }
    p->ceil_mode = sc_take_bool(node, "ceil_mode");
    for (uint32_t i = 0; i < n; i++) {
        if (p->padding[i] > (p->dilation[i] * (p->kernel[i] - 1) + 1) / 2) {
            return sc_bad_shape(sc, node, "the padding exceeds half of the kernel");
        }
    }
    return SC_OK;
}

/* With ceil_mode the last window must still start inside the padded input. */
static int64_t pooled_size(const Pool *p, uint32_t i, int64_t in) {
    int64_t room = in + 2 * p->padding[i] - p->dilation[i] * (p->kernel[i] - 1) - 1;
    if (room < 0 && !p->ceil_mode) {
        return 0;
    }
    room += p->ceil_mode ? p->stride[i] - 1 : 0;
    int64_t out = room < 0 ? 0 : room / p->stride[i] + 1;
    bool outside = p->ceil_mode && (out - 1) * p->stride[i] >= in + p->padding[i];
    return outside ? out - 1 : out;
}

static ScStatus pool_type(Sc *sc, const ScNode *node, uint32_t n, ScType *out_type) {
    Pool p;
    SC_TRY(read_pool(sc, node, n, &p));
    *out_type = p.x;
    for (uint32_t i = 0; i < n; i++) {
        int64_t *dim = &out_type->dims[p.x.rank - n + i];
        *dim = pooled_size(&p, i, *dim);
        if (*dim < 1) {
            return sc_bad_shape(sc, node, "the window is larger than the padded input");
        }
    }
    return SC_OK;
}

static ScStatus shape_pool1d(Sc *sc, const ScNode *node, ScType *out_types,
                             uint32_t *out_n) {
    ScType type;
    SC_TRY(pool_type(sc, node, 1, &type));
    return sc_shape_give(sc, node, type, out_types, out_n);
}

static ScStatus shape_pool2d(Sc *sc, const ScNode *node, ScType *out_types,
                             uint32_t *out_n) {
    ScType type;
    SC_TRY(pool_type(sc, node, 2, &type));
    return sc_shape_give(sc, node, type, out_types, out_n);
}

static ScStatus shape_pool2d_with_indices(Sc *sc, const ScNode *node, ScType *out_types,
                                          uint32_t *out_n) {
    SC_TRY(shape_pool2d(sc, node, out_types, out_n));
    ScType indices = out_types[0];
    indices.dtype = SC_I64;
    return sc_shape_add(sc, node, indices, out_types, out_n);
}

static ScStatus give_adaptive(Sc *sc, const ScNode *node, uint32_t n, ScType *out_types,
                              uint32_t *out_n) {
    ScType type = sc_node_type(node, 0);
    int64_t size[2];
    if (type.rank != n + 1 && type.rank != n + 2) {
        return sc_bad_shape(sc, node, "an input of rank %u", type.rank);
    }
    SC_TRY(sc_take_sizes(sc, node, "output_size", n, 1, size));
    memcpy(&type.dims[type.rank - n], size, n * sizeof size[0]);
    return sc_shape_give(sc, node, type, out_types, out_n);
}

static ScStatus shape_adaptive1d(Sc *sc, const ScNode *node, ScType *out_types,
                                 uint32_t *out_n) {
    return give_adaptive(sc, node, 1, out_types, out_n);
}

static ScStatus shape_adaptive2d(Sc *sc, const ScNode *node, ScType *out_types,
                                 uint32_t *out_n) {
    return give_adaptive(sc, node, 2, out_types, out_n);
}

static ScStatus shape_upsample2d(Sc *sc, const ScNode *node, ScType *out_types,
                                 uint32_t *out_n) {
    ScType type = sc_node_type(node, 0);
    ScArg scales = sc_take(node, "scale_factors");
    int64_t size[2];
    if (type.rank != 4) {
        return sc_bad_shape(sc, node, "the input must be [N,C,H,W]");
    }
    if (sc_take_given(node, "output_size")) {
        SC_TRY(sc_take_sizes(sc, node, "output_size", 2, 1, size));
    } else if (scales.kind == SC_ARG_FLOATS && scales.n == 2) {
        for (int i = 0; i < 2; i++) {
            double scaled = floor((double)type.dims[2 + i] * scales.as.floats[i]);
            if (!(scaled >= 1 && scaled <= INT32_MAX)) {
                return sc_bad_shape(sc, node, "the scale factors are out of range");
            }
            size[i] = (int64_t)scaled;
        }
    } else {
        return sc_bad_shape(sc, node, "output_size or scale_factors must be given");
    }
    memcpy(&type.dims[2], size, sizeof size);
    return sc_shape_give(sc, node, type, out_types, out_n);
}

/* ---- decompositions -------------------------------------------------------------- */

static ScStatus decompose_max_pool2d(Sc *sc, ScGraph *graph, ScNode *node,
                                     ScValue **out_results) {
    ScBuild build = sc_build(sc, graph, node);
    out_results[0] =
        b_call(&build, "aten.max_pool2d_with_indices.default", node->args, node->n_args);
    return build.status;
}

/* [.., C, L] as [.., C, 1, L], pooled with a window of height 1. */
static ScStatus decompose_max_pool1d(Sc *sc, ScGraph *graph, ScNode *node,
                                     ScValue **out_results) {
    ScBuild build = sc_build(sc, graph, node), *b = &build;
    Pool p;
    SC_TRY(read_pool(sc, node, 1, &p));
    int64_t kernel[2] = {1, p.kernel[0]}, stride[2] = {1, p.stride[0]};
    int64_t padding[2] = {0, p.padding[0]}, dilation[2] = {1, p.dilation[0]};
    ScValue *x = b_unsqueeze(b, sc_node_value(node, 0), p.x.rank - 1u);
    ScValue *y = b_call(b, "aten.max_pool2d_with_indices.default",
                        B_ARGS(sc_arg_of_value(x), b_ints(b, kernel, 2),
                               b_ints(b, stride, 2), b_ints(b, padding, 2),
                               b_ints(b, dilation, 2), sc_arg_of_bool(p.ceil_mode)));
    p.x.dims[p.x.rank - 1] = y->type.dims[p.x.rank];
    out_results[0] = b_view_like(b, y, &p.x);
    return build.status;
}

static ScStatus decompose_avg_pool1d(Sc *sc, ScGraph *graph, ScNode *node,
                                     ScValue **out_results) {
    ScBuild build = sc_build(sc, graph, node), *b = &build;
    Pool p;
    SC_TRY(read_pool(sc, node, 1, &p));
    int64_t kernel[2] = {1, p.kernel[0]}, stride[2] = {1, p.stride[0]};
    int64_t padding[2] = {0, p.padding[0]};
    ScValue *x = b_unsqueeze(b, sc_node_value(node, 0), p.x.rank - 1u);
    ScValue *y =
        b_call(b, "aten.avg_pool2d.default",
               B_ARGS(sc_arg_of_value(x), b_ints(b, kernel, 2), b_ints(b, stride, 2),
                      b_ints(b, padding, 2), sc_arg_of_bool(p.ceil_mode),
                      sc_take(node, "count_include_pad")));
    p.x.dims[p.x.rank - 1] = y->type.dims[p.x.rank];
    out_results[0] = b_view_like(b, y, &p.x);
    return build.status;
}

/* Adaptive pooling has equal windows when the sizes divide: then it is a mean
 * or a plain average pool. Otherwise the primitive stays. */
static ScValue *adaptive_avg(ScBuild *b, ScValue *x, const int64_t *out) {
    const int64_t *in = &x->type.dims[x->type.rank - 2];
    if (out[0] == 1 && out[1] == 1) {
        static const int64_t last_two[2] = {-1, -2};
        return b_call(
            b, "aten.mean.dim",
            B_ARGS(sc_arg_of_value(x), b_ints(b, last_two, 2), sc_arg_of_bool(true)));
    }
    if (in[0] % out[0] == 0 && in[1] % out[1] == 0) {
        int64_t kernel[2] = {in[0] / out[0], in[1] / out[1]};
        return b_call(
            b, "aten.avg_pool2d.default",
            B_ARGS(sc_arg_of_value(x), b_ints(b, kernel, 2), b_ints(b, kernel, 2)));
    }
    return b_call(b, "aten._adaptive_avg_pool2d.default",
                  B_ARGS(sc_arg_of_value(x), b_ints(b, out, 2)));
}

static ScStatus decompose_adaptive2d(Sc *sc, ScGraph *graph, ScNode *node,
                                     ScValue **out_results) {
    ScBuild build = sc_build(sc, graph, node);
    ScType type;
    uint32_t n;
    SC_TRY(shape_adaptive2d(sc, node, &type, &n));
    out_results[0] =
        adaptive_avg(&build, sc_node_value(node, 0), &type.dims[type.rank - 2]);
    return build.status;
}

static ScStatus decompose_adaptive1d(Sc *sc, ScGraph *graph, ScNode *node,
                                     ScValue **out_results) {
    ScBuild build = sc_build(sc, graph, node), *b = &build;
    ScType type;
    uint32_t n;
    SC_TRY(shape_adaptive1d(sc, node, &type, &n));
    int64_t out[2] = {1, type.dims[type.rank - 1]};
    ScValue *x = b_unsqueeze(b, sc_node_value(node, 0), type.rank - 1u);
    out_results[0] = b_view_like(b, adaptive_avg(b, x, out), &type);
    return build.status;
}

/* Index of the source pixel, in float32 as torch computes it; `scale` is the
 * scale factor when one was given, else 0. Source: UpSample.h. */
static int64_t nearest_index(int64_t i, int64_t in, int64_t out, double scale) {
    float step = scale > 0 ? (float)(1.0 / scale) : (float)in / (float)out;
    int64_t index = (int64_t)floorf((float)i * step);
    return index < in - 1 ? index : in - 1;
}

static ScStatus decompose_nearest2d(Sc *sc, ScGraph *graph, ScNode *node,
                                    ScValue **out_results) {
    ScBuild build = sc_build(sc, graph, node), *b = &build;
    ScArg scales = sc_take(node, "scale_factors");
    ScType x = sc_node_type(node, 0), type;
    uint32_t n;
    SC_TRY(shape_upsample2d(sc, node, &type, &n));
    out_results[0] = sc_node_value(node, 0);
    for (uint32_t i = 0; i < 2; i++) {
        int64_t in = x.dims[2 + i], out = type.dims[2 + i];
        if (in == 0) {
            return sc_bad_shape(sc, node, "the input has no pixels");
        }
        double scale = scales.kind == SC_ARG_FLOATS ? scales.as.floats[i] : 0;
        int64_t *indices = SC_NEW_ARRAY(sc->arena, int64_t, (size_t)out);
        for (int64_t k = 0; k < out; k++) {
            indices[k] = nearest_index(k, in, out, scale);
        }
        out_results[0] = b_pick(b, out_results[0], 2 + i, indices, (uint32_t)out);
    }
    return build.status;
}

static ScStatus shape_adaptive_max2d(Sc *sc, const ScNode *node, ScType *out_types,
                                     uint32_t *out_n) {
    SC_TRY(shape_adaptive2d(sc, node, out_types, out_n));
    ScType x = sc_node_type(node, 0), y = out_types[0];
    if (x.dims[x.rank - 2] % y.dims[x.rank - 2] != 0 ||
        x.dims[x.rank - 1] % y.dims[x.rank - 1] != 0) {
        return sc_not_done(sc, node, "choose an output size that divides the input's",
                           "adaptive max pooling with windows of unequal size");
    }
    y.dtype = SC_I64;
    return sc_shape_add(sc, node, y, out_types, out_n);
}

static ScStatus decompose_adaptive_max2d(Sc *sc, ScGraph *graph, ScNode *node,
                                         ScValue **out_results) {
    ScBuild build = sc_build(sc, graph, node), *b = &build;
    ScType types[SC_MAX_RESULTS], x = sc_node_type(node, 0);
    uint32_t n;
    SC_TRY(shape_adaptive_max2d(sc, node, types, &n));
    int64_t kernel[2];
    for (uint32_t i = 0; i < 2; i++) {
        kernel[i] = x.dims[x.rank - 2 + i] / types[0].dims[x.rank - 2 + i];
    }
    ScNode *pool = b_node(b, "aten.max_pool2d_with_indices.default",
                          B_ARGS(node->args[0], b_ints(b, kernel, 2)));
    for (uint32_t i = 0; pool && i < 2; i++) {
        out_results[i] = pool->results[i];
    }
    return build.status;
}

static ScStatus shape_upsample1d(Sc *sc, const ScNode *node, ScType *out_types,
                                 uint32_t *out_n) {
    ScType type = sc_node_type(node, 0);
    ScArg scales = sc_take(node, "scale_factors");
    if (type.rank != 3) {
        return sc_bad_shape(sc, node, "the input must be [N,C,L]");
    }
    if (sc_take_given(node, "output_size")) {
        SC_TRY(sc_take_sizes(sc, node, "output_size", 1, 1, &type.dims[2]));
    } else if (scales.kind == SC_ARG_FLOATS && scales.n == 1) {
        double scaled = floor((double)type.dims[2] * scales.as.floats[0]);
        type.dims[2] = scaled >= 1 && scaled <= INT32_MAX ? (int64_t)scaled : -1;
    } else {
        return sc_bad_shape(sc, node, "output_size or scale_factors must be given");
    }
    return sc_shape_give(sc, node, type, out_types, out_n);
}

static ScStatus decompose_nearest1d(Sc *sc, ScGraph *graph, ScNode *node,
                                    ScValue **out_results) {
    ScBuild build = sc_build(sc, graph, node), *b = &build;
    ScArg scales = sc_take(node, "scale_factors");
    ScType type;
    uint32_t n;
    SC_TRY(shape_upsample1d(sc, node, &type, &n));
    int64_t in = sc_node_type(node, 0).dims[2], out = type.dims[2];
    if (in == 0) {
        return sc_bad_shape(sc, node, "the input is empty");
    }
    double scale = scales.kind == SC_ARG_FLOATS ? scales.as.floats[0] : 0;
    int64_t *indices = SC_NEW_ARRAY(sc->arena, int64_t, (size_t)out);
    for (int64_t k = 0; k < out; k++) {
        indices[k] = nearest_index(k, in, out, scale);
    }
    out_results[0] = b_pick(b, sc_node_value(node, 0), 2, indices, (uint32_t)out);
    return build.status;
}

static const ScOpDef rows[] = {
    {.name = "aten.adaptive_max_pool2d.default",
     .schema =
         "aten::adaptive_max_pool2d(Tensor self, int[2] output_size) -> (Tensor, Tensor)",
     .shape = shape_adaptive_max2d,
     .decompose = decompose_adaptive_max2d,
     .doc = "maxima of that many windows, and where they are"},
    {.name = "aten.upsample_nearest1d.vec",
     .schema = "aten::upsample_nearest1d.vec(Tensor input, SymInt[]? output_size, float[]? "
               "scale_factors) -> Tensor",
     .shape = shape_upsample1d,
     .decompose = decompose_nearest1d,
     .doc = "a sequence resized, the nearest element taken"},
    {.name = "aten._adaptive_avg_pool2d.default",
     .schema = "aten::_adaptive_avg_pool2d(Tensor self, SymInt[2] output_size) -> Tensor",
     .shape = shape_adaptive2d,
     .doc = "means of that many windows, of unequal size"},
    {.name = "aten.adaptive_avg_pool1d.default",
     .schema = "aten::adaptive_avg_pool1d(Tensor self, int[1] output_size) -> Tensor",
     .shape = shape_adaptive1d,
     .decompose = decompose_adaptive1d,
     .flags = SC_OP_SYNONYM,
     .doc = "means of that many windows"},
    {.name = "aten.adaptive_avg_pool2d.default",
     .schema = "aten::adaptive_avg_pool2d(Tensor self, SymInt[2] output_size) -> Tensor",
     .shape = shape_adaptive2d,
     .decompose = decompose_adaptive2d,
     .flags = SC_OP_SYNONYM,
     .doc = "means of that many windows"},
    {.name = "aten.avg_pool1d.default",
     .schema = "aten::avg_pool1d(Tensor self, int[1] kernel_size, int[1] stride=[], int[1] "
               "padding=[0], bool ceil_mode=False, bool count_include_pad=True) -> Tensor",
     .shape = shape_pool1d,
     .decompose = decompose_avg_pool1d,
     .flags = SC_OP_SYNONYM,
     .doc = "the mean of each window"},
    {.name = "aten.avg_pool2d.default",
     .schema = "aten::avg_pool2d(Tensor self, int[2] kernel_size, int[2] stride=[], int[2] "
               "padding=0, bool ceil_mode=False, bool count_include_pad=True, int? "
               "divisor_override=None) -> Tensor",
     .shape = shape_pool2d,
     .doc = "the mean of each window"},
    {.name = "aten.max_pool1d.default",
     .schema = "aten::max_pool1d(Tensor self, int[1] kernel_size, int[1] stride=[], int[1] "
               "padding=[0], int[1] dilation=[1], bool ceil_mode=False) -> Tensor",
     .shape = shape_pool1d,
     .decompose = decompose_max_pool1d,
     .flags = SC_OP_SYNONYM,
     .doc = "the largest element of each window"},
    {.name = "aten.max_pool2d.default",
     .schema = "aten::max_pool2d(Tensor self, int[2] kernel_size, int[2] stride=[], int[2] "
               "padding=0, int[2] dilation=1, bool ceil_mode=False) -> Tensor",
     .shape = shape_pool2d,
     .decompose = decompose_max_pool2d,
     .flags = SC_OP_SYNONYM,
     .doc = "the largest element of each window"},
    {.name = "aten.max_pool2d_with_indices.default",
     .schema =
         "aten::max_pool2d_with_indices(Tensor self, int[2] kernel_size, int[2] stride=[], "
         "int[2] padding=0, int[2] dilation=1, bool ceil_mode=False) -> (Tensor, Tensor)",
     .shape = shape_pool2d_with_indices,
     .doc = "the largest element of each window, and where it is"},
    {.name = "aten.upsample_bilinear2d.vec",
     .schema = "aten::upsample_bilinear2d.vec(Tensor input, SymInt[]? output_size, bool "
               "align_corners, float[]? scale_factors) -> Tensor",
     .shape = shape_upsample2d,
     .doc = "images resized, four pixels mixed"},
    {.name = "aten.upsample_nearest2d.vec",
     .schema = "aten::upsample_nearest2d.vec(Tensor input, SymInt[]? output_size, float[]? "
               "scale_factors) -> Tensor",
     .shape = shape_upsample2d,
     .decompose = decompose_nearest2d,
     .doc = "images resized, the nearest pixel taken"},
};

const ScOpFamily sc_family_pool = SC_OP_FAMILY(rows);
