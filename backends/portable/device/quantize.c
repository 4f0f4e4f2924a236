/* SPDX-License-Identifier: Apache-2.0 */
/*
 * quantized_decomposed: quantize and dequantize, per tensor (parameters as numbers or
 * as tensors of one element), per channel and per token. float32 on one side, an
 * integer of at most 32 bits on the other. The arithmetic is in kernels/num.h. Scales
 * in tensors are float32 or float64 (rounded to float32), zero points any integer; for
 * channels one for each index of an axis, for tokens one for each row of the last axis.
 */
#include "backends/portable/device/element.h"
#include "backends/portable/device/loop.h"
#include "backends/portable/device/portable.h"
#include "backends/portable/device/tensor.h"
#include "kernels/num.h"

typedef struct Grid {
    float scale;
    int32_t zero_point, low, high;
} Grid;

static bool is_stored(uint8_t dtype) {
    return dtype != SC_BOOL && dtype != SC_I64 && sc_dtype_is_known(dtype, false);
}

/* quant_min and quant_max at `first`: inside int32, as is everything stored. */
static ScStatus grid_limits(const ScCall *c, uint32_t first, Grid *grid) {
    int64_t low = sc_arg_int(c, first), high = sc_arg_int(c, first + 1);
    if (low > high || low < INT32_MIN || high > INT32_MAX) {
        return SC_E_SHAPE;
    }
    grid->low = (int32_t)low;
    grid->high = (int32_t)high;
    return SC_OK;
}

static ScStatus grid_zero_point(int64_t value, Grid *grid) {
    if (value < INT32_MIN || value > INT32_MAX) {
        return SC_E_RANGE;
    }
    grid->zero_point = (int32_t)value;
    return SC_OK;
}

typedef void (*RowFn)(const Grid *grid, const ScTensor *in, const ScTensor *out,
                      const ScLoop *loop);

/* Elements converted at a time. */
enum { CHUNK = 32 };

static size_t chunk_at(size_t first, size_t n) {
    return n - first < CHUNK ? n - first : CHUNK;
}

static void row_quantize(const Grid *grid, const ScTensor *in, const ScTensor *out,
                         const ScLoop *loop) {
    float inverse = 1.0f / grid->scale;
    const float *x = (const float *)in->data + loop->at[1];
    for (size_t first = 0; first < loop->n_inner; first += CHUNK) {
        int64_t q[CHUNK];
        size_t n = chunk_at(first, loop->n_inner);
        for (size_t i = 0; i < n; i++) {
            q[i] = sc_quantize_half_even(x[(ptrdiff_t)(first + i) * loop->inner[1]],
                                         inverse, grid->zero_point, grid->low, grid->high);
        }
        sc_store_i64(out->data, out->dtype, loop->at[0] + (ptrdiff_t)first * loop->inner[0],
                     loop->inner[0], q, n);
    }
}

static void row_dequantize(const Grid *grid, const ScTensor *in, const ScTensor *out,
                           const ScLoop *loop) {
    float *y = (float *)out->data + loop->at[0];
    for (size_t first = 0; first < loop->n_inner; first += CHUNK) {
        int64_t q[CHUNK];
        size_t n = chunk_at(first, loop->n_inner);
        sc_load_i64(q, in->data, in->dtype, loop->at[1] + (ptrdiff_t)first * loop->inner[1],
                    loop->inner[1], n);
        for (size_t i = 0; i < n; i++) {
            y[(ptrdiff_t)(first + i) * loop->inner[0]] =
                sc_dequantize((int32_t)q[i], grid->zero_point, grid->scale);
        }
    }
}

/* Views of both sides; real is the float32 one. */
static ScStatus sides_view(const ScTensor *in, const ScTensor *out, const ScTensor *real,
                           const ScTensor *stored, ScView *out_from, ScView *out_to) {
    SC_TRY(sc_view(in, out_from));
    SC_TRY(sc_view(out, out_to));
    if (real->dtype != SC_F32 || !is_stored(stored->dtype) || stored->dtype == SC_U32) {
        return SC_E_UNSUPPORTED;
    }
    return sc_view_same_sizes(out_from, out_to) ? SC_OK : SC_E_SHAPE;
}

static void views_run(const Grid *grid, const ScTensor *in, const ScTensor *out,
                      const ScView *from, const ScView *to, RowFn row) {
    const ptrdiff_t *strides[2] = {to->strides, from->strides};
    ScTensor source = *in, target = *out;
    ScLoop loop;
    source.data = from->data;
    target.data = to->data;
    sc_loop_init(&loop, to->rank, to->sizes, strides, 2);
    while (sc_loop_next(&loop)) {
        row(grid, &source, &target, &loop);
    }
}

/* ---- per tensor ----------------------------------------------------------------- */

ScStatus sc_quantized_decomposed_quantize_per_tensor_out_f(ScCall *c) {
    ScTensor in = sc_arg_tensor(c, 0), out = sc_arg_tensor(c, 6);
    Grid grid = {.scale = (float)sc_arg_double(c, 1)};
    ScView from, to;
    SC_TRY(sides_view(&in, &out, &in, &out, &from, &to));
    SC_TRY(grid_zero_point(sc_arg_int(c, 2), &grid));
    SC_TRY(grid_limits(c, 3, &grid));
    views_run(&grid, &in, &out, &from, &to, row_quantize);
    return SC_OK;
}

ScStatus sc_quantized_decomposed_dequantize_per_tensor_out_f(ScCall *c) {
    ScTensor in = sc_arg_tensor(c, 0), out = sc_arg_tensor(c, 7);
    Grid grid = {.scale = (float)sc_arg_double(c, 1)};
    ScView from, to;
    SC_TRY(sides_view(&in, &out, &out, &in, &from, &to));
    SC_TRY(grid_zero_point(sc_arg_int(c, 2), &grid));
    views_run(&grid, &in, &out, &from, &to, row_dequantize);
    return SC_OK;
}

/* ---- parameters in tensors ---------------------------------------------------------- */

static ScStatus scales_check(const ScTensor *scales, size_t n) {
    ScView view;
    SC_TRY(sc_view(scales, &view));
    if (scales->dtype != SC_F32 && scales->dtype != SC_F64) {
        return SC_E_UNSUPPORTED;
    }
    return sc_view_numel(&view) == n ? SC_OK : SC_E_SHAPE;
}

/* Zero points (None: 0); data NULL when None. */
static ScStatus zero_points_read(const ScCall *c, uint32_t index, size_t n,
                                 ScTensor *out_tensor) {
    ScView view;
    if (sc_arg_is_none(c, index)) {
        out_tensor->data = 0;
        return SC_OK;
    }
    *out_tensor = sc_arg_tensor(c, index);
    SC_TRY(sc_view(out_tensor, &view));
    if (!sc_dtype_is_known(out_tensor->dtype, false)) {
        return SC_E_UNSUPPORTED;
    }
    return sc_view_numel(&view) == n ? SC_OK : SC_E_SHAPE;
}

typedef struct Grids {
    ScTensor scales, zero_points;
} Grids;

/* Arguments 1 and 2, n of each. */
static ScStatus grids_read(const ScCall *c, size_t n, Grids *out_grids) {
    out_grids->scales = sc_arg_tensor(c, 1);
    SC_TRY(scales_check(&out_grids->scales, n));
    return zero_points_read(c, 2, n, &out_grids->zero_points);
}

static ScStatus grid_at(const Grids *grids, size_t i, Grid *grid) {
    const ScTensor *scales = &grids->scales, *zero_points = &grids->zero_points;
    int64_t zero_point = 0;
    grid->scale = scales->dtype == SC_F64 ? (float)((const double *)scales->data)[i]
                                          : ((const float *)scales->data)[i];
    if (zero_points->data) {
        sc_load_i64(&zero_point, zero_points->data, zero_points->dtype, (ptrdiff_t)i, 1, 1);
    }
    return grid_zero_point(zero_point, grid);
}

static ScStatus one_grid(const ScCall *c, Grid *grid) {
    Grids grids;
    SC_TRY(grids_read(c, 1, &grids));
    return grid_at(&grids, 0, grid);
}

ScStatus sc_quantized_decomposed_quantize_per_tensor_Tensor_out_f(ScCall *c) {
    ScTensor in = sc_arg_tensor(c, 0), out = sc_arg_tensor(c, 6);
    Grid grid = {.scale = 0.0f};
    ScView from, to;
    SC_TRY(sides_view(&in, &out, &in, &out, &from, &to));
    SC_TRY(one_grid(c, &grid));
    SC_TRY(grid_limits(c, 3, &grid));
    views_run(&grid, &in, &out, &from, &to, row_quantize);
    return SC_OK;
}

ScStatus sc_quantized_decomposed_dequantize_per_tensor_Tensor_out_f(ScCall *c) {
    ScTensor in = sc_arg_tensor(c, 0), out = sc_arg_tensor(c, 7);
    Grid grid = {.scale = 0.0f};
    ScView from, to;
    SC_TRY(sides_view(&in, &out, &out, &in, &from, &to));
    SC_TRY(one_grid(c, &grid));
    views_run(&grid, &in, &out, &from, &to, row_dequantize);
    return SC_OK;
}

/* ---- per channel ------------------------------------------------------------------ */

static ScStatus per_channel(const ScCall *c, Grid *grid, const ScTensor *in,
                            const ScTensor *out, const ScView *from, const ScView *to,
                            RowFn row) {
    Grids grids;
    uint32_t axis;
    SC_TRY(sc_axis(sc_arg_int(c, 3), from->rank, &axis));
    if (from->rank == 0) {
        return SC_E_SHAPE;
    }
    SC_TRY(grids_read(c, from->sizes[axis], &grids));
    for (size_t i = 0; i < from->sizes[axis]; i++) {
        ScView a = *from, b = *to;
        sc_view_select(&a, axis, i);
        sc_view_select(&b, axis, i);
        SC_TRY(grid_at(&grids, i, grid));
        views_run(grid, in, out, &a, &b, row);
    }
    return SC_OK;
}

ScStatus sc_quantized_decomposed_quantize_per_channel_out_f(ScCall *c) {
    ScTensor in = sc_arg_tensor(c, 0), out = sc_arg_tensor(c, 7);
    Grid grid = {.scale = 0.0f};
    ScView from, to;
    SC_TRY(sides_view(&in, &out, &in, &out, &from, &to));
    SC_TRY(grid_limits(c, 4, &grid));
    return per_channel(c, &grid, &in, &out, &from, &to, row_quantize);
}

ScStatus sc_quantized_decomposed_dequantize_per_channel_out_f(ScCall *c) {
    ScTensor in = sc_arg_tensor(c, 0), out = sc_arg_tensor(c, 8);
    Grid grid = {.scale = 0.0f};
    ScView from, to;
    SC_TRY(sides_view(&in, &out, &out, &in, &from, &to));
    return per_channel(c, &grid, &in, &out, &from, &to, row_dequantize);
}

/* ---- per token --------------------------------------------------------------------- */

/* Rows of the last axis, which must lie in order. */
static ScStatus per_token(const ScCall *c, Grid *grid, const ScTensor *in,
                          const ScTensor *out, const ScView *from, const ScView *to,
                          RowFn row) {
    Grids grids;
    if (from->rank == 0) {
        return SC_E_SHAPE;
    }
    if (!sc_is_contiguous(in) || !sc_is_contiguous(out)) {
        return SC_E_UNSUPPORTED;
    }
    uint32_t last = from->rank - 1;
    size_t n_tokens = 1;
    for (uint32_t d = 0; d < last; d++) {
        n_tokens *= from->sizes[d];
    }
    SC_TRY(grids_read(c, n_tokens, &grids));
    for (size_t i = 0; i < n_tokens; i++) {
        ScView a = {from->data, from->n_elem_bytes, 1, {from->sizes[last]}, {1}};
        ScView b = {to->data, to->n_elem_bytes, 1, {from->sizes[last]}, {1}};
        a.data += i * a.sizes[0] * a.n_elem_bytes;
        b.data += i * b.sizes[0] * b.n_elem_bytes;
        SC_TRY(grid_at(&grids, i, grid));
        views_run(grid, in, out, &a, &b, row);
    }
    return SC_OK;
}

ScStatus sc_quantized_decomposed_quantize_per_token_out_f(ScCall *c) {
    ScTensor in = sc_arg_tensor(c, 0), out = sc_arg_tensor(c, 6);
    Grid grid = {.scale = 0.0f};
    ScView from, to;
    SC_TRY(sides_view(&in, &out, &in, &out, &from, &to));
    SC_TRY(grid_limits(c, 3, &grid));
    return per_token(c, &grid, &in, &out, &from, &to, row_quantize);
}

ScStatus sc_quantized_decomposed_dequantize_per_token_out_f(ScCall *c) {
    ScTensor in = sc_arg_tensor(c, 0), out = sc_arg_tensor(c, 7);
    Grid grid = {.scale = 0.0f};
    ScView from, to;
    SC_TRY(sides_view(&in, &out, &out, &in, &from, &to));
    return per_token(c, &grid, &in, &out, &from, &to, row_dequantize);
}

/* ---- float64 ------------------------------------------------------------------------- */

/* With scales in float64 the call's class is 'd'; the work is the same. */
ScStatus sc_quantized_decomposed_quantize_per_channel_out_d(ScCall *c) {
    return sc_quantized_decomposed_quantize_per_channel_out_f(c);
}

ScStatus sc_quantized_decomposed_dequantize_per_channel_out_d(ScCall *c) {
    return sc_quantized_decomposed_dequantize_per_channel_out_f(c);
}

ScStatus sc_quantized_decomposed_quantize_per_tensor_Tensor_out_d(ScCall *c) {
    return sc_quantized_decomposed_quantize_per_tensor_Tensor_out_f(c);
}

ScStatus sc_quantized_decomposed_dequantize_per_tensor_Tensor_out_d(ScCall *c) {
    return sc_quantized_decomposed_dequantize_per_tensor_Tensor_out_f(c);
}

ScStatus sc_quantized_decomposed_quantize_per_token_out_d(ScCall *c) {
    return sc_quantized_decomposed_quantize_per_token_out_f(c);
}

ScStatus sc_quantized_decomposed_dequantize_per_token_out_d(ScCall *c) {
    return sc_quantized_decomposed_dequantize_per_token_out_f(c);
}
