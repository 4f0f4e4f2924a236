/* SPDX-License-Identifier: Apache-2.0 */
/*
 * aten::grid_sampler_2d.out in float32, any layout: out[n,c,y,x] is the input at the
 * place grid[n,y,x] = (x, y), where -1 and 1 are the outer edges of the outer pixels
 * (align_corners: their centres). interpolation_mode 0 bilinear, 1 nearest, 2 bicubic;
 * padding_mode: outside of the image are 0 zeros, 1 its border, 2 its reflection.
 */
#include "backends/portable/device/portable.h"
#include "backends/portable/device/tensor.h"
#include "runtime/math.h"

enum { BILINEAR, NEAREST, BICUBIC, N_MODES };
enum { ZEROS, BORDER, REFLECTION, N_PADDINGS };

typedef struct Sampler {
    ScView in, grid, out;
    int64_t padding;
    bool corners;
} Sampler;

static float clip(float x, float size) {
    return x > 0.0f ? (x < size - 1.0f ? x : size - 1.0f) : 0.0f; /* a NaN is 0 */
}

/* Folds x at twice_low / 2 and twice_high / 2 until it lies between. */
static float reflect(float x, float twice_low, float twice_high) {
    if (twice_low == twice_high) {
        return 0.0f;
    }
    float low = 0.5f * twice_low, span = 0.5f * (twice_high - twice_low);
    x = sc_fabsf(x - low);
    float rest = sc_fmodf(x, span);
    float turns = sc_floorf(x / span);
    bool even = sc_fmodf(turns, 2.0f) == 0.0f;
    return even ? rest + low : span - rest + low;
}

static float reflect_clip(const Sampler *s, float x, float size) {
    x = s->corners ? reflect(x, 0.0f, 2.0f * (size - 1.0f))
                   : reflect(x, -1.0f, 2.0f * size - 1.0f);
    return clip(x, size);
}

static float unnormalize(const Sampler *s, float x, float size) {
    return s->corners ? (x + 1.0f) / 2.0f * (size - 1.0f)
                      : ((x + 1.0f) * size - 1.0f) / 2.0f;
}

/* Where the padding leads a place. */
static float place_pad(const Sampler *s, float x, float size) {
    return s->padding == BORDER       ? clip(x, size)
           : s->padding == REFLECTION ? reflect_clip(s, x, size)
                                      : x;
}

static size_t plane_at(const ScView *v, size_t n, size_t c) {
    return n * (size_t)v->strides[0] + c * (size_t)v->strides[1];
}

/* A pixel, 0 outside. x and y are integers in float: huge ones, NaN too, are outside. */
static float pixel(const Sampler *s, size_t plane, float x, float y) {
    float w = (float)s->in.sizes[3], h = (float)s->in.sizes[2];
    if (!(x >= 0.0f && x < w && y >= 0.0f && y < h)) {
        return 0.0f;
    }
    const float *data = (const float *)(void *)s->in.data + plane;
    return data[(ptrdiff_t)y * s->in.strides[2] + (ptrdiff_t)x * s->in.strides[3]];
}

static float bilinear_at(const Sampler *s, size_t plane, float x, float y) {
    x = place_pad(s, x, (float)s->in.sizes[3]);
    y = place_pad(s, y, (float)s->in.sizes[2]);
    float x0 = sc_floorf(x), y0 = sc_floorf(y);
    float right = x - x0, low = y - y0;
    float left = x0 + 1.0f - x, top = y0 + 1.0f - y;
    return pixel(s, plane, x0, y0) * (left * top) +
           pixel(s, plane, x0 + 1.0f, y0) * (right * top) +
           pixel(s, plane, x0, y0 + 1.0f) * (left * low) +
           pixel(s, plane, x0 + 1.0f, y0 + 1.0f) * (right * low);
}

static float nearest_at(const Sampler *s, size_t plane, float x, float y) {
    x = place_pad(s, x, (float)s->in.sizes[3]);
    y = place_pad(s, y, (float)s->in.sizes[2]);
    return pixel(s, plane, sc_roundevenf(x), sc_roundevenf(y));
}

/* Weights of the four neighbours at a distance of 1 + t, t, 1 - t, 2 - t: Keys' kernel
 * with a = -0.75, as torch has it. */
static void cubic_weights(float t, float out_weights[4]) {
    const float a = -0.75f;
    float far = t + 1.0f, near = 1.0f - t, last = 2.0f - t;
    out_weights[0] = ((a * far - 5.0f * a) * far + 8.0f * a) * far - 4.0f * a;
    out_weights[1] = ((a + 2.0f) * t - (a + 3.0f)) * t * t + 1.0f;
    out_weights[2] = ((a + 2.0f) * near - (a + 3.0f)) * near * near + 1.0f;
    out_weights[3] = ((a * last - 5.0f * a) * last + 8.0f * a) * last - 4.0f * a;
}

static float bicubic_at(const Sampler *s, size_t plane, float x, float y) {
    float w = (float)s->in.sizes[3], h = (float)s->in.sizes[2];
    float x0 = sc_floorf(x), y0 = sc_floorf(y), total = 0.0f;
    float across[4], down[4];
    cubic_weights(x - x0, across);
    cubic_weights(y - y0, down);
    for (int i = 0; i < 4; i++) {
        float row = 0.0f, at_y = place_pad(s, y0 + (float)(i - 1), h);
        for (int j = 0; j < 4; j++) {
            float at_x = place_pad(s, x0 + (float)(j - 1), w);
            row += pixel(s, plane, at_x, at_y) * across[j];
        }
        total += row * down[i];
    }
    return total;
}

typedef float (*SampleFn)(const Sampler *s, size_t plane, float x, float y);

static void sampler_run(const Sampler *s, SampleFn sample) {
    const ScView *out = &s->out;
    const float *grid = (const float *)(void *)s->grid.data;
    float *to = (float *)(void *)out->data;
    for (size_t n = 0; n < out->sizes[0]; n++) {
        for (size_t y = 0; y < out->sizes[2]; y++) {
            for (size_t x = 0; x < out->sizes[3]; x++) {
                const float *place = grid + (ptrdiff_t)n * s->grid.strides[0] +
                                     (ptrdiff_t)y * s->grid.strides[1] +
                                     (ptrdiff_t)x * s->grid.strides[2];
                float gx = unnormalize(s, place[0], (float)s->in.sizes[3]);
                float gy = unnormalize(s, place[s->grid.strides[3]], (float)s->in.sizes[2]);
                for (size_t c = 0; c < out->sizes[1]; c++) {
                    to[plane_at(out, n, c) + y * (size_t)out->strides[2] +
                       x * (size_t)out->strides[3]] =
                        sample(s, plane_at(&s->in, n, c), gx, gy);
                }
            }
        }
    }
}

static ScStatus sizes_check(const Sampler *s) {
    const size_t *in = s->in.sizes, *grid = s->grid.sizes, *out = s->out.sizes;
    bool fits = s->in.rank == 4 && s->grid.rank == 4 && s->out.rank == 4;
    fits = fits && in[0] == out[0] && in[1] == out[1] && grid[0] == out[0] &&
           grid[1] == out[2] && grid[2] == out[3] && grid[3] == 2;
    return fits && in[2] > 0 && in[3] > 0 ? SC_OK : SC_E_SHAPE;
}

/* (input, grid, interpolation_mode, padding_mode, align_corners, out) */
ScStatus sc_aten_grid_sampler_2d_out_f(ScCall *c) {
    static const SampleFn samples[N_MODES] = {bilinear_at, nearest_at, bicubic_at};
    ScTensor in = sc_arg_tensor(c, 0), grid = sc_arg_tensor(c, 1),
             out = sc_arg_tensor(c, 5);
    int64_t mode = sc_arg_int(c, 2);
    Sampler s = {.padding = sc_arg_int(c, 3), .corners = sc_arg_bool(c, 4)};
    SC_TRY(sc_view(&in, &s.in));
    SC_TRY(sc_view(&grid, &s.grid));
    SC_TRY(sc_view(&out, &s.out));
    if (in.dtype != SC_F32 || grid.dtype != SC_F32 || out.dtype != SC_F32 || mode < 0 ||
        mode >= N_MODES || s.padding < 0 || s.padding >= N_PADDINGS) {
        return SC_E_UNSUPPORTED;
    }
    SC_TRY(sizes_check(&s));
    sampler_run(&s, samples[mode]);
    return SC_OK;
}
