/* SPDX-License-Identifier: Apache-2.0 */
/* Float functions; the contract, bounds and sources are in math.h. */
#include "runtime/math.h"

#define INFINITE __builtin_inff()
#define NOT_A_NUMBER __builtin_nanf("")

/* ln 2 as a sum: n * LN2_HI is exact for |n| <= 2^12. */
#define LN2_HI 0.693115234375f
#define LN2_LO 3.1946183e-05f

/* 2^n, n in [-126, 127]. */
static float power_of_two(int32_t n) {
    return sc_float_from_bits((uint32_t)(n + 127) << 23);
}

/* x * 2^n for |n| <= 252: two steps, so that denormal results round once. */
static float scale_by(float x, int32_t n) {
    int32_t half = n / 2;
    return x * power_of_two(half) * power_of_two(n - half);
}

/* (exp(r) - 1 - r) / r^2 for |r| <= ln(2) / 2, to 2^-23.9. */
static float exp_tail(float r) {
    float p = 0.0013929874f;
    p = p * r + 0.008363175f;
    p = p * r + 0.0416665f;
    p = p * r + 0.16666578f;
    return p * r + 0.5f;
}

/* x = n * ln 2 + r; |x| < 200. */
static int32_t exp_reduce(float x, float *out_r) {
    float n = sc_roundevenf(x * 1.442695041f);
    *out_r = (x - n * LN2_HI) - n * LN2_LO;
    return (int32_t)n;
}

float sc_expf(float x) {
    float r;
    if (x != x) {
        return x;
    }
    if (x > 88.7228394f) { /* exp rounds beyond FLT_MAX */
        return INFINITE;
    }
    if (x < -103.972084f) { /* below half of the smallest denormal */
        return 0.0f;
    }
    int32_t n = exp_reduce(x, &r);
    return scale_by(1.0f + (r + r * r * exp_tail(r)), n);
}

float sc_expm1f(float x) {
    float r;
    if (x != x || x == 0.0f) {
        return x;
    }
    if (x > 88.7228394f) {
        return INFINITE;
    }
    if (x < -17.4f) { /* exp(x) < 2^-25 */
        return -1.0f;
    }
    int32_t n = exp_reduce(x, &r);
    float p = r + r * r * exp_tail(r);
    if (n == 0) {
        return p;
    }
    if (n > 24) { /* the 1 is below half of the last place */
        return scale_by(1.0f + p, n);
    }
    float two_n = power_of_two(n);
    return (two_n - 1.0f) + two_n * p;
}

/* log((1 + f) * 2^k) + extra, 1 + f in [sqrt(1/2), sqrt(2)], |k| <= 150. With
 * s = f / (2 + f): log(1 + f) = 2 s + s R(s^2) = f - f^2/2 + s (f^2/2 + R). */
static float log_of(float f, int32_t k, float extra) {
    float s = f / (2.0f + f);
    float z = s * s;
    float half = 0.5f * f * f;
    float r = 0.23330468f;
    float n = (float)k;
    r = r * z + 0.28550822f;
    r = r * z + 0.40000123f;
    r = (r * z + 0.6666667f) * z;
    float low = s * (half + r) + (n * LN2_LO + extra);
    return n * LN2_HI + (f - (half - low));
}

/* x = (1 + f) * 2^k for a positive finite x. */
static int32_t log_split(float x, float *out_f) {
    int32_t k = 0;
    uint32_t bits = sc_float_bits(x);
    if (bits < 0x00800000u) {
        bits = sc_float_bits(x * 33554432.0f); /* denormal: times 2^25 */
        k = -25;
    }
    bits += 0x3f800000u - 0x3f3504f3u; /* so that sqrt(1/2) starts an octave */
    k += (int32_t)(bits >> 23) - 127;
    bits = (bits & 0x007fffffu) + 0x3f3504f3u;
    *out_f = sc_float_from_bits(bits) - 1.0f;
    return k;
}

float sc_logf(float x) {
    float f;
    if (!(x > 0.0f)) {
        return x == 0.0f ? -INFINITE : NOT_A_NUMBER;
    }
    if (x == INFINITE) {
        return x;
    }
    int32_t k = log_split(x, &f);
    return log_of(f, k, 0.0f);
}

float sc_log1pf(float x) {
    float f;
    if (!(x > -1.0f)) {
        return x == -1.0f ? -INFINITE : NOT_A_NUMBER;
    }
    if (x == INFINITE || sc_fabsf(x) < 2.9e-8f) {
        return x;
    }
    if (x > -0.29f && x < 0.41f) {
        return log_of(x, 0, 0.0f);
    }
    float u = 1.0f + x;
    float lost = x < 1.0f ? x - (u - 1.0f) : 1.0f - (u - x);
    int32_t k = log_split(u, &f);
    return log_of(f, k, lost / u);
}

float sc_tanhf(float x) {
    float a = sc_fabsf(x);
    if (x != x) {
        return x;
    }
    if (a > 9.02f) { /* 1 - tanh < 2^-25 */
        return sc_copysignf(1.0f, x);
    }
    if (a > 0.6f) {
        return sc_copysignf(1.0f - 2.0f / (sc_expf(2.0f * a) + 1.0f), x);
    }
    float z = x * x;
    float p = -0.0061838995f;
    p = p * z + 0.021055883f;
    p = p * z - 0.053863034f;
    p = p * z + 0.13332848f;
    p = p * z - 0.33333328f;
    return x + x * z * p;
}

float sc_erff(float x) {
    float a = sc_fabsf(x);
    if (x != x) {
        return x;
    }
    if (a > 3.93f) { /* 1 - erf < 2^-25 */
        return sc_copysignf(1.0f, x);
    }
    if (a > 0.875f) { /* log(erfc(a)) around a = 0.875, where its error counts */
        float t = a - 0.875f;
        float q = 1.65703648e-06f;
        q = q * t - 3.48067697e-05f;
        q = q * t + 0.000350620336f;
        q = q * t - 0.00230687694f;
        q = q * t + 0.0114396028f;
        q = q * t - 0.0469469838f;
        q = q * t - 0.826529622f;
        q = q * t - 2.43022084f;
        q = q * t - 1.5328244f;
        return sc_copysignf(1.0f - sc_expf(q), x);
    }
    float z = x * x;
    float p = -6.19228e-04f;
    p = p * z + 0.005030496f;
    p = p * z - 0.026790619f;
    p = p * z + 0.1128244f;
    p = p * z - 0.37612548f;
    p = p * z + 0.12837915f;
    return x + x * p;
}

/* ---- sine and cosine ---------------------------------------------------------- */

/* 32 zero bits, then the first 224 bits of 2 / pi. */
static const uint32_t two_over_pi[8] = {0x00000000, 0xa2f9836e, 0x4e441529, 0xfc2757d1,
                                        0xf534ddc0, 0xdb629599, 0x3c439041, 0xfe5163ab};

/* 32 bits of the table from bit `at` on. */
static uint32_t table_bits(uint32_t at) {
    uint32_t word = at / 32, shift = at % 32;
    uint64_t two = (uint64_t)two_over_pi[word] << 32;
    if (word + 1 < 8) {
        two |= two_over_pi[word + 1];
    }
    return (uint32_t)(two << shift >> 32);
}

/*
 * |x| = m * 2^e, 24-bit m. Bits of 2/pi whose product with m * 2^e is a multiple
 * of 4 are left out, 96 bits are taken from there, and the product modulo 2^96
 * is the quadrant (2 bits) and a fraction. Returns the quadrant; *out_r is the
 * rest in [-pi/4, pi/4]. For |x| >= 0.5.
 */
static uint32_t trig_reduce(float x, float *out_r) {
    uint32_t bits = sc_float_bits(x);
    int32_t e = (int32_t)(bits >> 23 & 0xff) - 150;
    uint64_t m = (bits & 0x007fffffu) | 0x00800000u;
    uint32_t at = (uint32_t)(e - 2 + 32); /* bit i of 2/pi (from 1) is table bit 31+i */
    uint64_t low = m * table_bits(at + 64);
    uint64_t middle = m * table_bits(at + 32) + (low >> 32);
    uint64_t high = m * table_bits(at) + (middle >> 32);
    uint64_t top = high << 32 | (middle & 0xffffffffu); /* bits 95..32 */
    uint32_t quadrant = (uint32_t)(top >> 62);
    int64_t fraction = (int64_t)(top << 2); /* of a quarter turn, times 2^64 */
    if (fraction < 0) {
        quadrant++; /* fraction is now that minus 1, two's complement */
    }
    *out_r = (float)fraction * (5.42101086e-20f * 1.57079633f); /* 2^-64 * pi/2 */
    return quadrant & 3;
}

static float sin_near(float r) {
    float z = r * r;
    float p = 2.724962e-06f;
    p = p * z - 1.9840084e-04f;
    p = p * z + 0.008333332f;
    p = p * z - 0.16666667f;
    return r + r * z * p;
}

static float cos_near(float r) {
    float z = r * r;
    float p = 2.454769e-05f;
    p = p * z - 0.0013888301f;
    p = p * z + 0.041666664f;
    float half = 0.5f * z;
    float main = 1.0f - half;
    return main + (((1.0f - main) - half) + z * z * p);
}

float sc_sinf(float x) {
    float r;
    float a = sc_fabsf(x);
    if (!(a < INFINITE)) {
        return NOT_A_NUMBER;
    }
    if (a < 0.785f) {
        return sin_near(x);
    }
    uint32_t quadrant = trig_reduce(a, &r);
    float y = quadrant & 1 ? cos_near(r) : sin_near(r);
    y = quadrant & 2 ? -y : y;
    return x < 0.0f ? -y : y;
}

float sc_cosf(float x) {
    float r;
    float a = sc_fabsf(x);
    if (!(a < INFINITE)) {
        return NOT_A_NUMBER;
    }
    if (a < 0.785f) {
        return cos_near(a);
    }
    uint32_t quadrant = trig_reduce(a, &r) + 1;
    float y = quadrant & 1 ? cos_near(r) : sin_near(r);
    return quadrant & 2 ? -y : y;
}

/* ---- square root, remainder ------------------------------------------------------ */

/* Digit by digit: 25 bits of root, the rest decides the rounding. */
float sc_sqrt_bits(float x) {
    int32_t e = 0;
    if (!(x > 0.0f) || x == INFINITE) {
        return x < 0.0f ? NOT_A_NUMBER : x;
    }
    if (x < 1.17549435e-38f) {
        x *= 67108864.0f; /* denormal: times 2^26 */
        e = -26;
    }
    uint32_t bits = sc_float_bits(x);
    e += (int32_t)(bits >> 23) - 150;
    uint64_t m = (bits & 0x007fffffu) | 0x00800000u;
    m <<= e & 1 ? 25 : 26; /* an even exponent and 50 bits or so */
    e -= e & 1 ? 25 : 26;
    uint64_t root = 0;
    for (uint64_t bit = (uint64_t)1 << 25; bit; bit >>= 1) {
        uint64_t next = root | bit;
        if (next * next <= m) {
            root = next;
        }
    }
    root = root << 1 | (root * root != m); /* sticky: the conversion rounds once */
    return scale_by((float)(uint32_t)root, e / 2 - 1);
}

/* Normalises a finite float that isn't 0: |x| = m * 2^(e - 150), 24-bit m. */
static uint32_t significand_of(uint32_t bits, int32_t *out_e) {
    uint32_t m = bits & 0x007fffffu;
    *out_e = (int32_t)(bits >> 23);
    if (*out_e > 0) {
        return m | 0x00800000u;
    }
    for (*out_e = 1; m < 0x00800000u; m <<= 1) {
        (*out_e)--;
    }
    return m;
}

/* Long division of the significands, bit by bit. */
float sc_fmodf(float x, float y) {
    uint32_t a = sc_float_bits(x) & 0x7fffffffu;
    uint32_t b = sc_float_bits(y) & 0x7fffffffu;
    int32_t ea, eb;
    if (x != x || y != y || a >= 0x7f800000u || b == 0) {
        return NOT_A_NUMBER;
    }
    if (a < b || a == 0) {
        return x;
    }
    uint32_t ma = significand_of(a, &ea), mb = significand_of(b, &eb);
    for (; ea > eb; ea--) {
        ma = (ma >= mb ? ma - mb : ma) << 1;
    }
    ma = ma >= mb ? ma - mb : ma;
    while (ma != 0 && ma < 0x00800000u && eb > 1) {
        ma <<= 1;
        eb--;
    }
    for (; eb < 1; eb++) {
        ma >>= 1; /* the rest is a multiple of the smallest float: exact */
    }
    uint32_t bits = ma < 0x00800000u ? ma : ((uint32_t)eb << 23) + (ma - 0x00800000u);
    return sc_copysignf(sc_float_from_bits(bits), x);
}
