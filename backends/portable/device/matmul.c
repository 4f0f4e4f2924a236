/* SPDX-License-Identifier: Apache-2.0 */
/*
 * aten::mm.out, aten::bmm.out, aten::addmm.out; sconce::addmm_clamp.out, which
 * has float min, max before out. Float32 over contiguous
 * matrices; integers over any layout, wrapping in the output's dtype.
 */
#include "backends/portable/device/element.h"
#include "backends/portable/device/pointwise.h"
#include "backends/portable/device/portable.h"
#include "kernels/gemm_f32.h"

typedef struct Product {
    ScTensor a, b, out; /* [batch,] m x k, k x n, m x n */
    size_t batch, m, k, n;
} Product;

/* rank 2, or 3 with a leading batch. */
static ScStatus product_check(Product *p, uint32_t rank) {
    if (p->a.rank != rank || p->b.rank != rank || p->out.rank != rank) {
        return SC_E_SHAPE;
    }
    const int32_t *a = p->a.sizes + rank - 2;
    const int32_t *b = p->b.sizes + rank - 2;
    const int32_t *out = p->out.sizes + rank - 2;
    p->batch = rank == 3 ? (size_t)p->out.sizes[0] : 1;
    p->m = (size_t)out[0];
    p->k = (size_t)a[1];
    p->n = (size_t)out[1];
    bool same_batch =
        rank == 2 || (p->a.sizes[0] == p->out.sizes[0] && p->b.sizes[0] == p->out.sizes[0]);
    bool fits = a[0] == out[0] && b[0] == a[1] && b[1] == out[1];
    return same_batch && fits ? SC_OK : SC_E_SHAPE;
}

static ScStatus product_f(Product *p, uint32_t rank) {
    SC_TRY(product_check(p, rank));
    SC_TRY(sc_need_dense(&p->a, SC_F32));
    SC_TRY(sc_need_dense(&p->b, SC_F32));
    SC_TRY(sc_need_dense(&p->out, SC_F32));
    const float *a = p->a.data;
    const float *b = p->b.data;
    float *out = p->out.data;
    for (size_t i = 0; i < p->batch * p->m * p->n; i++) {
        out[i] = 0.0f;
    }
    for (size_t i = 0; i < p->batch && p->m * p->n > 0; i++) {
        sc_gemm_f32(p->m, p->n, p->k, a + i * p->m * p->k, b + i * p->k * p->n,
                    out + i * p->m * p->n);
    }
    return SC_OK;
}

ScStatus sc_aten_mm_out_f(ScCall *c) {
    Product p = {.a = sc_arg_tensor(c, 0), .b = sc_arg_tensor(c, 1)};
    p.out = sc_arg_tensor(c, 2);
    return product_f(&p, 2);
}

ScStatus sc_aten_bmm_out_f(ScCall *c) {
    Product p = {.a = sc_arg_tensor(c, 0), .b = sc_arg_tensor(c, 1)};
    p.out = sc_arg_tensor(c, 2);
    return product_f(&p, 3);
}

/* k: alpha, beta; in: the product, the addend. beta 0 ignores the addend even
 * when it is NaN, as torch does. */
static void row_axpby(const float *k, size_t n, const float *const *in, float *out) {
    float alpha = k[0], beta = k[1];
    const float *product = in[0], *addend = in[1];
    for (size_t i = 0; i < n; i++) {
        float scaled = beta != 0.0f ? beta * addend[i] : 0.0f;
        out[i] = alpha * product[i] + scaled;
    }
}

static ScStatus addmm(const ScCall *c, uint32_t out_index) {
    Product p = {.a = sc_arg_tensor(c, 1), .b = sc_arg_tensor(c, 2)};
    const float k[2] = {(float)sc_arg_scalar(c, 4).d, (float)sc_arg_scalar(c, 3).d};
    p.out = sc_arg_tensor(c, out_index);
    ScTensor in[2] = {p.out, sc_arg_tensor(c, 0)};
    SC_TRY(product_f(&p, 2));
    return sc_pointwise_f(&p.out, in, 2, row_axpby, k);
}

ScStatus sc_aten_addmm_out_f(ScCall *c) {
    return addmm(c, 5);
}

ScStatus sc_sconce_addmm_clamp_out_f(ScCall *c) {
    float min = (float)sc_arg_double(c, 5), max = (float)sc_arg_double(c, 6);
    ScTensor out = sc_arg_tensor(c, 7);
    SC_TRY(addmm(c, 7));
    float *at = out.data;
    for (size_t i = 0; i < sc_tensor_numel(&out); i++) {
        float low = at[i] < min ? min : at[i]; /* a NaN stays one */
        at[i] = low > max ? max : low;
    }
    return SC_OK;
}

/* ---- integers ----------------------------------------------------------------- */

static uint64_t dot(const Product *p, const ScView *a, const ScView *b, ptrdiff_t at_a,
                    ptrdiff_t at_b) {
    uint64_t sum = 0;
    ptrdiff_t step_a = a->strides[a->rank - 1];
    ptrdiff_t step_b = b->strides[b->rank - 2];
    for (size_t k = 0; k < p->k; k++) {
        int64_t x, y;
        sc_load_i64(&x, a->data, p->a.dtype, at_a + (ptrdiff_t)k * step_a, 1, 1);
        sc_load_i64(&y, b->data, p->b.dtype, at_b + (ptrdiff_t)k * step_b, 1, 1);
        sum += (uint64_t)x * (uint64_t)y;
    }
    return sum;
}

static ScStatus product_i(Product *p, uint32_t rank) {
    ScView a, b, out;
    SC_TRY(product_check(p, rank));
    SC_TRY(sc_view(&p->a, &a));
    SC_TRY(sc_view(&p->b, &b));
    SC_TRY(sc_view(&p->out, &out));
    if (!sc_dtype_is_known(p->out.dtype, false) || !sc_same_dtype(&p->a, &p->out) ||
        !sc_same_dtype(&p->b, &p->out)) {
        return SC_E_UNSUPPORTED;
    }
    if (rank == 2) {
        sc_view_unsqueeze(&a, 0);
        sc_view_unsqueeze(&b, 0);
        sc_view_unsqueeze(&out, 0);
    }
    for (size_t z = 0; z < p->batch; z++) {
        for (size_t i = 0; i < p->m; i++) {
            for (size_t j = 0; j < p->n; j++) {
                ptrdiff_t y = (ptrdiff_t)i, x = (ptrdiff_t)j, w = (ptrdiff_t)z;
                uint64_t sum = dot(p, &a, &b, w * a.strides[0] + y * a.strides[1],
                                   w * b.strides[0] + x * b.strides[2]);
                int64_t value = (int64_t)sum;
                sc_store_i64(out.data, p->out.dtype,
                             w * out.strides[0] + y * out.strides[1] + x * out.strides[2],
                             1, &value, 1);
            }
        }
    }
    return SC_OK;
}

ScStatus sc_aten_mm_out_i(ScCall *c) {
    Product p = {.a = sc_arg_tensor(c, 0), .b = sc_arg_tensor(c, 1)};
    p.out = sc_arg_tensor(c, 2);
    return product_i(&p, 2);
}

ScStatus sc_aten_bmm_out_i(ScCall *c) {
    Product p = {.a = sc_arg_tensor(c, 0), .b = sc_arg_tensor(c, 1)};
    p.out = sc_arg_tensor(c, 2);
    return product_i(&p, 3);
}

static void row_axpby_i(const int64_t *k, size_t n, const int64_t *const *in,
                        int64_t *out) {
    for (size_t i = 0; i < n; i++) {
        uint64_t scaled = (uint64_t)k[1] * (uint64_t)in[1][i];
        out[i] = (int64_t)((uint64_t)k[0] * (uint64_t)in[0][i] + scaled);
    }
}

ScStatus sc_aten_addmm_out_i(ScCall *c) {
    Product p = {.a = sc_arg_tensor(c, 1), .b = sc_arg_tensor(c, 2)};
    const int64_t k[2] = {sc_arg_scalar(c, 4).i, sc_arg_scalar(c, 3).i};
    p.out = sc_arg_tensor(c, 5);
    ScTensor in[2] = {p.out, sc_arg_tensor(c, 0)};
    SC_TRY(product_i(&p, 2));
    return sc_pointwise_i(&p.out, in, 2, row_axpby_i, k);
}
