/* SPDX-License-Identifier: Apache-2.0 */
/*
 * executorch_prim: arithmetic on numbers, which programs do with sizes that are known at
 * run time and with loop counters. int64 wraps; an int and a float make a float. As in
 * stock ExecuTorch mod and floordiv.int have the sign of the dividend, floordiv.Scalar
 * rounds down. The result is the argument behind the operands; the file says its kind.
 */
#include <string.h>

#include "backends/portable/device/portable.h"
#include "runtime/call.h"

/* ---- results ------------------------------------------------------------------ */

static ScStatus int_give(ScCall *c, uint32_t index, int64_t value) {
    return sc_arg_set_int(c, index, value);
}

/* A file may have an int where the operator gives a bool. */
static ScStatus bool_give(ScCall *c, uint32_t index, bool value) {
    ScStatus status = sc_arg_set_bool(c, index, value);
    return status == SC_E_ARG ? sc_arg_set_int(c, index, value) : status;
}

static bool is_double(const ScScalar *s) {
    return s->kind == SC_SCALAR_DOUBLE;
}

typedef struct Pair {
    ScScalar a, b;
    bool floats; /* one of them is a float */
} Pair;

/* Bools don't count. */
static ScStatus pair_read(const ScCall *c, Pair *p) {
    p->a = sc_arg_scalar(c, 0);
    p->b = sc_arg_scalar(c, 1);
    p->floats = is_double(&p->a) || is_double(&p->b);
    bool counts = p->a.kind != SC_SCALAR_BOOL && p->b.kind != SC_SCALAR_BOOL;
    return counts ? SC_OK : SC_E_UNSUPPORTED;
}

/* ---- arithmetic --------------------------------------------------------------- */

ScStatus sc_executorch_prim_add_Scalar_x(ScCall *c) {
    Pair p;
    SC_TRY(pair_read(c, &p));
    return p.floats ? sc_arg_set_double(c, 2, p.a.d + p.b.d)
                    : int_give(c, 2, (int64_t)((uint64_t)p.a.i + (uint64_t)p.b.i));
}

ScStatus sc_executorch_prim_sub_Scalar_x(ScCall *c) {
    Pair p;
    SC_TRY(pair_read(c, &p));
    return p.floats ? sc_arg_set_double(c, 2, p.a.d - p.b.d)
                    : int_give(c, 2, (int64_t)((uint64_t)p.a.i - (uint64_t)p.b.i));
}

ScStatus sc_executorch_prim_mul_Scalar_x(ScCall *c) {
    Pair p;
    SC_TRY(pair_read(c, &p));
    return p.floats ? sc_arg_set_double(c, 2, p.a.d * p.b.d)
                    : int_give(c, 2, (int64_t)((uint64_t)p.a.i * (uint64_t)p.b.i));
}

ScStatus sc_executorch_prim_neg_Scalar_x(ScCall *c) {
    ScScalar a = sc_arg_scalar(c, 0);
    if (a.kind == SC_SCALAR_BOOL) {
        return SC_E_UNSUPPORTED;
    }
    return is_double(&a) ? sc_arg_set_double(c, 1, -a.d)
                         : int_give(c, 1, (int64_t)(0 - (uint64_t)a.i));
}

ScStatus sc_executorch_prim_truediv_Scalar_x(ScCall *c) {
    Pair p;
    SC_TRY(pair_read(c, &p));
    return sc_arg_set_double(c, 2, p.a.d / p.b.d);
}

/* Quotient and rest towards zero. SC_E_RANGE: by 0. */
static ScStatus divide(int64_t a, int64_t b, int64_t *out_quotient, int64_t *out_rest) {
    if (b == 0) {
        return SC_E_RANGE;
    }
    if (b == -1) { /* the quotient of INT64_MIN doesn't fit */
        *out_quotient = (int64_t)(0 - (uint64_t)a);
        *out_rest = 0;
        return SC_OK;
    }
    *out_quotient = a / b;
    *out_rest = a % b;
    return SC_OK;
}

ScStatus sc_executorch_prim_floordiv_int_x(ScCall *c) {
    int64_t quotient, rest;
    SC_TRY(divide(sc_arg_int(c, 0), sc_arg_int(c, 1), &quotient, &rest));
    return int_give(c, 2, quotient);
}

ScStatus sc_executorch_prim_mod_int_x(ScCall *c) {
    int64_t quotient, rest;
    SC_TRY(divide(sc_arg_int(c, 0), sc_arg_int(c, 1), &quotient, &rest));
    return int_give(c, 2, rest);
}

ScStatus sc_executorch_prim_mod_Scalar_x(ScCall *c) {
    int64_t quotient, rest;
    Pair p;
    SC_TRY(pair_read(c, &p));
    if (p.floats) {
        return SC_E_UNSUPPORTED;
    }
    SC_TRY(divide(p.a.i, p.b.i, &quotient, &rest));
    return int_give(c, 2, rest);
}

/* ---- rounding ------------------------------------------------------------------- */

/* From 2^52 on every double is an integer. */
static double truncated(double x) {
    bool small = x < 4503599627370496.0 && x > -4503599627370496.0;
    return small ? (double)(int64_t)x : x;
}

static double floored(double x) {
    double t = truncated(x);
    return t > x ? t - 1.0 : t;
}

/* Into int64: saturates, NaN gives 0. */
static int64_t int_of(double x) {
    if (x >= 9223372036854775808.0) {
        return INT64_MAX;
    }
    if (x <= -9223372036854775808.0) {
        return INT64_MIN;
    }
    return x == x ? (int64_t)x : 0;
}

static double double_of(uint64_t bits) {
    double x;
    memcpy(&x, &bits, sizeof x);
    return x;
}

static uint64_t bits_of(double x) {
    uint64_t bits;
    memcpy(&bits, &x, sizeof bits);
    return bits;
}

/* The exact rest of |a| / b, b > 0, both finite: long division, bit by bit. */
static double rest_of(double a, double b) {
    const int32_t fraction = 52;
    uint64_t one = (uint64_t)1 << fraction, x = bits_of(a) & ~((uint64_t)1 << 63);
    uint64_t y = bits_of(b);
    int32_t ex = (int32_t)(x >> fraction), ey = (int32_t)(y >> fraction);
    x &= one - 1;
    y &= one - 1;
    x |= ex ? one : 0;
    y |= ey ? one : 0;
    ex += ex == 0; /* denormals have the exponent of the least normal number */
    ey += ey == 0;
    for (; ex > ey; ex--) {
        x = x >= y ? x - y : x;
        x <<= 1;
    }
    if (ex < ey) {
        return a < 0.0 ? -a : a;
    }
    x = x >= y ? x - y : x;
    for (; x != 0 && x < one && ex > 1; ex--) {
        x <<= 1;
    }
    return double_of(x < one ? x : (x - one) | (uint64_t)ex << fraction);
}

static bool is_finite(double x) {
    return x - x == 0.0;
}

/* The rest is taken off before the division, so that whole quotients come out whole. */
static double float_floordiv(double a, double b) {
    double size = b < 0.0 ? -b : b;
    if (b == 0.0) {
        return a < 0.0 ? -__builtin_inf() : __builtin_inf();
    }
    if (!is_finite(a) || b != b) {
        return a - a + (b - b); /* NaN */
    }
    double rest = is_finite(b) ? rest_of(a, size) : a < 0.0 ? -a : a;
    double signed_rest = a < 0.0 ? -rest : rest;
    double quotient = is_finite(b) ? (a - signed_rest) / b : 0.0;
    bool down = rest != 0.0 && (a < 0.0) != (b < 0.0);
    return down ? quotient - 1.0 : quotient;
}

ScStatus sc_executorch_prim_floordiv_Scalar_x(ScCall *c) {
    int64_t quotient, rest;
    Pair p;
    SC_TRY(pair_read(c, &p));
    if (p.floats) {
        return sc_arg_set_double(c, 2, float_floordiv(p.a.d, p.b.d));
    }
    SC_TRY(divide(p.a.i, p.b.i, &quotient, &rest));
    bool down = rest != 0 && (rest < 0) != (p.b.i < 0);
    return int_give(c, 2, down ? quotient - 1 : quotient);
}

static ScStatus float_read(const ScCall *c, double *out_x) {
    ScScalar a = sc_arg_scalar(c, 0);
    *out_x = a.d;
    return is_double(&a) ? SC_OK : SC_E_UNSUPPORTED;
}

ScStatus sc_executorch_prim_ceil_Scalar_x(ScCall *c) {
    double x;
    SC_TRY(float_read(c, &x));
    return int_give(c, 1, int_of(-floored(-x)));
}

ScStatus sc_executorch_prim_trunc_Scalar_x(ScCall *c) {
    double x;
    SC_TRY(float_read(c, &x));
    return int_give(c, 1, int_of(x));
}

/* Halves to the even integer. */
ScStatus sc_executorch_prim_round_Scalar_x(ScCall *c) {
    double x;
    SC_TRY(float_read(c, &x));
    double low = floored(x), part = x - low;
    bool up = part > 0.5 || (part == 0.5 && floored(low / 2.0) * 2.0 != low);
    return int_give(c, 1, int_of(up ? low + 1.0 : low));
}

ScStatus sc_executorch_prim_sym_float_Scalar_x(ScCall *c) {
    return sc_arg_set_double(c, 1, sc_arg_scalar(c, 0).d);
}

ScStatus sc_executorch_prim_sym_int_Scalar_x(ScCall *c) {
    ScScalar a = sc_arg_scalar(c, 0);
    return int_give(c, 1, is_double(&a) ? int_of(a.d) : a.i);
}

/* ---- comparison ----------------------------------------------------------------- */

typedef enum Order { LESS, EQUAL, GREATER, UNORDERED } Order;

/* Two numbers, or two bools. */
static ScStatus order_read(const ScCall *c, Order *out_order) {
    ScScalar a = sc_arg_scalar(c, 0), b = sc_arg_scalar(c, 1);
    if ((a.kind == SC_SCALAR_BOOL) != (b.kind == SC_SCALAR_BOOL)) {
        return SC_E_UNSUPPORTED;
    }
    if (is_double(&a) || is_double(&b)) {
        *out_order = a.d < b.d    ? LESS
                     : a.d > b.d  ? GREATER
                     : a.d == b.d ? EQUAL
                                  : UNORDERED;
    } else {
        *out_order = a.i < b.i ? LESS : a.i > b.i ? GREATER : EQUAL;
    }
    return SC_OK;
}

ScStatus sc_executorch_prim_eq_Scalar_x(ScCall *c) {
    Order order;
    SC_TRY(order_read(c, &order));
    return bool_give(c, 2, order == EQUAL);
}

ScStatus sc_executorch_prim_gt_Scalar_x(ScCall *c) {
    Order order;
    SC_TRY(order_read(c, &order));
    return bool_give(c, 2, order == GREATER);
}

ScStatus sc_executorch_prim_lt_Scalar_x(ScCall *c) {
    Order order;
    SC_TRY(order_read(c, &order));
    return bool_give(c, 2, order == LESS);
}

ScStatus sc_executorch_prim_ge_Scalar_x(ScCall *c) {
    Order order;
    SC_TRY(order_read(c, &order));
    return bool_give(c, 2, order == GREATER || order == EQUAL);
}

ScStatus sc_executorch_prim_le_Scalar_x(ScCall *c) {
    Order order;
    SC_TRY(order_read(c, &order));
    return bool_give(c, 2, order == LESS || order == EQUAL);
}

/* ---- choice --------------------------------------------------------------------- */

ScStatus sc_executorch_prim_sym_max_Scalar_x(ScCall *c) {
    Pair p;
    SC_TRY(pair_read(c, &p));
    return p.floats ? SC_E_UNSUPPORTED : int_give(c, 2, p.a.i > p.b.i ? p.a.i : p.b.i);
}

ScStatus sc_executorch_prim_sym_min_Scalar_x(ScCall *c) {
    Pair p;
    SC_TRY(pair_read(c, &p));
    return p.floats ? SC_E_UNSUPPORTED : int_give(c, 2, p.a.i < p.b.i ? p.a.i : p.b.i);
}

ScStatus sc_executorch_prim_sym_not_Scalar_x(ScCall *c) {
    return bool_give(c, 1, !sc_arg_bool(c, 0));
}

/* (condition, if true, if false) */
ScStatus sc_executorch_prim_sym_ite_Scalar_x(ScCall *c) {
    ScScalar chosen = sc_arg_scalar(c, sc_arg_bool(c, 0) ? 1 : 2);
    switch (chosen.kind) {
    case SC_SCALAR_DOUBLE:
        return sc_arg_set_double(c, 3, chosen.d);
    case SC_SCALAR_BOOL:
        return bool_give(c, 3, chosen.i != 0);
    default:
        return int_give(c, 3, chosen.i);
    }
}
