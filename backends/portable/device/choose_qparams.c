/* SPDX-License-Identifier: Apache-2.0 */
/*
 * quantized_decomposed::choose_qparams.Tensor_out and
 * choose_qparams_per_token_asymmetric.out: scale (float64) and zero point (int64) for
 * the range of a float32 tensor, or of each row of its last axis. As stock ExecuTorch's
 * kernels: the range is widened to hold 0, a scale below 6.1e-5 is raised to that, eps
 * and dtype aren't looked at, per token is into [-128, 127].
 */
#include "backends/portable/device/portable.h"
#include "backends/portable/device/tensor.h"
#include "runtime/math.h"

static double magnitude(double x) {
    return x < 0.0 ? -x : x;
}

typedef struct Params {
    double scale;
    int64_t zero_point;
} Params;

/* The real range [min, max], which holds 0, over the integers [low, high]. */
static Params params_of(float min, float max, int32_t low, int32_t high) {
    const float least = 6.1e-5f;
    Params p;
    double steps = (double)high - (double)low;
    p.scale = ((double)max - (double)min) / steps;
    if ((float)p.scale == 0.0f || 1.0f / (float)p.scale == __builtin_inff()) {
        p.scale = 0.1;
    }
    if (p.scale < (double)least) {
        float factor = least / (float)p.scale;
        p.scale = (double)least;
        if (min == 0.0f) {
            max = least * (float)steps;
        } else if (max == 0.0f) {
            min = -least * (float)steps;
        } else {
            min *= factor;
            max *= factor;
        }
    }
    /* Either end gives a zero point; the one whose terms are smaller errs less. */
    double at_min = (double)min / p.scale, at_max = (double)max / p.scale;
    bool from_min =
        magnitude(low) - magnitude(at_min) < magnitude(high) - magnitude(at_max);
    double zero = from_min ? low - at_min : high - at_max;
    if (zero < low) {
        p.zero_point = low;
    } else {
        p.zero_point = zero > high ? high : (int64_t)sc_roundevenf((float)zero);
    }
    return p;
}

/* SC_E_RANGE: infinities and NaNs have no scale. */
static ScStatus range_run(const float *x, size_t n, int32_t low, int32_t high,
                          double *out_scale, int64_t *out_zero_point) {
    float min = 0.0f, max = 0.0f;
    for (size_t i = 0; i < n; i++) {
        if (!(sc_fabsf(x[i]) < __builtin_inff())) {
            return SC_E_RANGE;
        }
        min = x[i] < min ? x[i] : min;
        max = x[i] > max ? x[i] : max;
    }
    Params p = params_of(min, max, low, high);
    *out_scale = p.scale;
    *out_zero_point = p.zero_point;
    return SC_OK;
}

/* The outputs at `first` and behind it. */
static ScStatus params_read(const ScCall *c, uint32_t first, size_t n, double **out_scales,
                            int64_t **out_zero_points) {
    ScTensor scales = sc_arg_tensor(c, first), zero_points = sc_arg_tensor(c, first + 1);
    SC_TRY(sc_need_dense(&scales, SC_F64));
    SC_TRY(sc_need_dense(&zero_points, SC_I64));
    *out_scales = scales.data;
    *out_zero_points = zero_points.data;
    bool fits = sc_tensor_numel(&scales) == n && sc_tensor_numel(&zero_points) == n;
    return fits ? SC_OK : SC_E_SHAPE;
}

/* (input, quant_min, quant_max, eps, dtype, scale_out, zero_point_out) */
ScStatus sc_quantized_decomposed_choose_qparams_Tensor_out_d(ScCall *c) {
    ScTensor in = sc_arg_tensor(c, 0);
    int64_t low = sc_arg_int(c, 1), high = sc_arg_int(c, 2);
    int64_t *zero_point;
    double *scale;
    ScView view;
    SC_TRY(sc_view(&in, &view));
    SC_TRY(params_read(c, 5, 1, &scale, &zero_point));
    if (in.dtype != SC_F32) {
        return SC_E_UNSUPPORTED;
    }
    size_t n = sc_view_numel(&view);
    if (low >= high || low < INT32_MIN || high > INT32_MAX || n == 0) {
        return SC_E_SHAPE;
    }
    return range_run(in.data, n, (int32_t)low, (int32_t)high, scale, zero_point);
}

/* (input, dtype, scale_out, zero_point_out) */
ScStatus sc_quantized_decomposed_choose_qparams_per_token_asymmetric_out_d(ScCall *c) {
    ScTensor in = sc_arg_tensor(c, 0);
    int64_t *zero_points;
    double *scales;
    SC_TRY(sc_need_dense(&in, SC_F32));
    if (in.rank == 0 || in.sizes[in.rank - 1] == 0) {
        return SC_E_SHAPE;
    }
    size_t n = (size_t)in.sizes[in.rank - 1], n_tokens = sc_tensor_numel(&in) / n;
    SC_TRY(params_read(c, 2, n_tokens, &scales, &zero_points));
    for (size_t i = 0; i < n_tokens; i++) {
        SC_TRY(range_run((const float *)in.data + i * n, n, -128, 127, &scales[i],
                         &zero_points[i]));
    }
    return SC_OK;
}
