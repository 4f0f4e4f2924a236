/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sampling of images at other places (grids, antialiased sizes) and distances between
 * rows of matrices.
 */
#include <math.h>
#include <string.h>

#include "compiler/ops/build.h"
#include "compiler/ops/families.h"
#include "compiler/ops/shape.h"

/* ---- grids ---------------------------------------------------------------------- */

static ScStatus shape_grid_sampler(Sc *sc, const ScNode *node, ScType *out_types,
                                   uint32_t *out_n) {
    ScType x = sc_take_type(node, "input"), grid = sc_take_type(node, "grid");
    int64_t mode = sc_take_int(node, "interpolation_mode");
    int64_t padding = sc_take_int(node, "padding_mode");
    if (x.rank != 4) {
        return sc_not_done(sc, node, "sample images", "a grid over %u dimensions", x.rank);
    }
    if (grid.rank != 4 || grid.dims[0] != x.dims[0] || grid.dims[3] != 2 ||
        grid.dtype != x.dtype || x.dims[2] == 0 || x.dims[3] == 0) {
        return sc_bad_shape(sc, node, "the grid must be [N,H,W,2], of the input's dtype");
    }
    if (mode < 0 || mode > 2 || padding < 0 || padding > 2) {
        return sc_bad_shape(sc, node, "modes of interpolation and padding are 0, 1, 2");
    }
    x.dims[2] = grid.dims[1];
    x.dims[3] = grid.dims[2];
    return sc_shape_give(sc, node, x, out_types, out_n);
}

static ScStatus decompose_grid_sampler(Sc *sc, ScGraph *graph, ScNode *node,
                                       ScValue **out_results) {
    ScBuild build = sc_build(sc, graph, node);
    out_results[0] =
        b_call(&build, "aten.grid_sampler_2d.default",
               B_ARGS(sc_take(node, "input"), sc_take(node, "grid"),
                      sc_take(node, "interpolation_mode"), sc_take(node, "padding_mode"),
                      sc_take(node, "align_corners")));
    return build.status;
}

/* ---- antialiased upsampling -------------------------------------------------------- */

static ScStatus shape_upsample_aa(Sc *sc, const ScNode *node, ScType *out_types,
                                  uint32_t *out_n) {
    ScType type = sc_node_type(node, 0);
    ScArg scales = sc_take(node, "scale_factors");
    if (type.rank != 4 || type.dims[2] == 0 || type.dims[3] == 0) {
        return sc_bad_shape(sc, node, "the input must be [N,C,H,W]");
    }
    if (sc_take_given(node, "output_size")) {
        SC_TRY(sc_take_sizes(sc, node, "output_size", 2, 1, &type.dims[2]));
        return sc_shape_give(sc, node, type, out_types, out_n);
    }
    for (uint32_t i = 0; i < 2; i++) {
        bool given = scales.kind == SC_ARG_FLOATS && scales.n == 2;
        double size = given ? floor((double)type.dims[2 + i] * scales.as.floats[i]) : 0.0;
        if (!(size >= 1 && size <= INT32_MAX)) {
            return sc_bad_shape(sc, node, "output_size or scale_factors must be given");
        }
        type.dims[2 + i] = (int64_t)size;
    }
    return sc_shape_give(sc, node, type, out_types, out_n);
}

static ScArg scale_of(const ScArg *scales, uint32_t i) {
    bool given = scales->kind == SC_ARG_FLOATS && scales->n == 2;
    return given ? (ScArg){.kind = SC_ARG_FLOAT, .as = {.f = scales->as.floats[i]}}
                 : (ScArg){.kind = SC_ARG_NONE};
}

static ScStatus decompose_upsample_aa(Sc *sc, ScGraph *graph, ScNode *node,
                                      ScValue **out_results) {
    ScBuild build = sc_build(sc, graph, node), *b = &build;
    ScArg scales = sc_take(node, "scale_factors");
    ScType type;
    uint32_t n;
    SC_TRY(shape_upsample_aa(sc, node, &type, &n));
    out_results[0] = b_call(b, "aten._upsample_bilinear2d_aa.default",
                            B_ARGS(node->args[0], b_ints(b, &type.dims[2], 2),
                                   sc_take(node, "align_corners"), scale_of(&scales, 0),
                                   scale_of(&scales, 1)));
    return build.status;
}

/* ---- distances ----------------------------------------------------------------------- */

static ScStatus shape_cdist(Sc *sc, const ScNode *node, ScType *out_types,
                            uint32_t *out_n) {
    ScType a = sc_take_type(node, "x1"), b = sc_take_type(node, "x2");
    if (a.rank < 2 || b.rank < 2 || a.dtype != b.dtype || !sc_dtype_is_float(a.dtype) ||
        a.dims[a.rank - 1] != b.dims[b.rank - 1]) {
        return sc_bad_shape(sc, node, "rows of x1 and x2 must be floats of one length");
    }
    if (!(sc_take_number(node, "p") >= 0.0)) {
        return sc_bad_shape(sc, node, "p must not be negative");
    }
    int64_t rows = a.dims[a.rank - 2], columns = b.dims[b.rank - 2];
    a.rank -= 2;
    b.rank -= 2;
    if (!sc_broadcast(&a, &b)) {
        return sc_bad_shape(sc, node, "the dimensions in front don't broadcast");
    }
    a.dims[a.rank++] = rows;
    a.dims[a.rank++] = columns;
    return sc_shape_give(sc, node, a, out_types, out_n);
}

static ScStatus decompose_cdist(Sc *sc, ScGraph *graph, ScNode *node,
                                ScValue **out_results) {
    ScBuild build = sc_build(sc, graph, node);
    out_results[0] = b_call(&build, "aten._cdist_forward.default",
                            B_ARGS(sc_take(node, "x1"), sc_take(node, "x2"),
                                   sc_take(node, "p"), sc_take(node, "compute_mode")));
    return build.status;
}

static ScStatus shape_pdist(Sc *sc, const ScNode *node, ScType *out_types,
                            uint32_t *out_n) {
    ScType x = sc_node_type(node, 0);
    if (x.rank != 2 || !sc_dtype_is_float(x.dtype) || !(sc_take_number(node, "p") >= 0.0)) {
        return sc_bad_shape(sc, node, "the input must be a float matrix, p not negative");
    }
    int64_t n = x.dims[0], pairs = n * (n - 1) / 2;
    return sc_shape_give(sc, node, sc_type_make(x.dtype, 1, &pairs), out_types, out_n);
}

static ScStatus decompose_pdist(Sc *sc, ScGraph *graph, ScNode *node,
                                ScValue **out_results) {
    ScBuild build = sc_build(sc, graph, node);
    out_results[0] = b_call(&build, "aten._pdist_forward.default",
                            B_ARGS(sc_take(node, "self"), sc_take(node, "p")));
    return build.status;
}

static const ScOpDef rows[] = {
    {.name = "aten._cdist_forward.default",
     .schema =
         "aten::_cdist_forward(Tensor x1, Tensor x2, float p, int? compute_mode) -> Tensor",
     .shape = shape_cdist,
     .doc = "distances of every row of x1 to every row of x2"},
    {.name = "aten._pdist_forward.default",
     .schema = "aten::_pdist_forward(Tensor self, float p=2.) -> Tensor",
     .shape = shape_pdist,
     .doc = "distances between the rows of a matrix"},
    {.name = "aten._upsample_bilinear2d_aa.default",
     .schema = "aten::_upsample_bilinear2d_aa(Tensor self, SymInt[2] output_size, bool "
               "align_corners, float? scales_h=None, float? scales_w=None) -> Tensor",
     .shape = shape_upsample_aa,
     .doc = "bilinear in another size; all of a shrinking image counts"},
    {.name = "aten._upsample_bilinear2d_aa.vec",
     .schema = "aten::_upsample_bilinear2d_aa.vec(Tensor input, SymInt[]? output_size, "
               "bool align_corners, float[]? scale_factors) -> Tensor",
     .shape = shape_upsample_aa,
     .decompose = decompose_upsample_aa,
     .flags = SC_OP_SYNONYM,
     .doc = "bilinear in another size; all of a shrinking image counts"},
    {.name = "aten.cdist.default",
     .schema =
         "aten::cdist(Tensor x1, Tensor x2, float p=2., int? compute_mode=None) -> Tensor",
     .shape = shape_cdist,
     .decompose = decompose_cdist,
     .flags = SC_OP_SYNONYM,
     .doc = "distances of every row of x1 to every row of x2"},
    {.name = "aten.grid_sampler.default",
     .schema = "aten::grid_sampler(Tensor input, Tensor grid, int interpolation_mode, int "
               "padding_mode, bool align_corners) -> Tensor",
     .shape = shape_grid_sampler,
     .decompose = decompose_grid_sampler,
     .flags = SC_OP_SYNONYM,
     .doc = "an image at the places that a grid tells"},
    {.name = "aten.grid_sampler_2d.default",
     .schema = "aten::grid_sampler_2d(Tensor input, Tensor grid, int interpolation_mode, "
               "int padding_mode, bool align_corners) -> Tensor",
     .shape = shape_grid_sampler,
     .doc = "an image at the places that a grid tells"},
    {.name = "aten.pdist.default",
     .schema = "aten::pdist(Tensor self, float p=2.) -> Tensor",
     .shape = shape_pdist,
     .decompose = decompose_pdist,
     .flags = SC_OP_SYNONYM,
     .doc = "distances between the rows of a matrix"},
};

const ScOpFamily sc_family_sample = SC_OP_FAMILY(rows);
