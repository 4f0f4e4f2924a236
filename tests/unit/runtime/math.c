/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The float functions against the C library's double ones: every 97th float of
 * the whole range plus dense samples, in units of the last place of the float
 * result. The bounds are those that math.h promises.
 */
#include "runtime/math.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

/* One ulp of the float nearest to `exact`. */
static double ulp_of(double exact) {
    int e;
    double a = fabs(exact);
    if (a < 1.1754943508222875e-38) {
        return ldexp(1.0, -149);
    }
    frexp(a, &e);
    return ldexp(1.0, e - 24);
}

/* Error in ulp; 0 when both are NaN or both overflow. */
static double error_of(float got, double exact) {
    if (isnan(exact) || isnan(got)) {
        return isnan(exact) && isnan(got) ? 0.0 : 1e9;
    }
    if (isinf((float)exact) || isinf(got)) {
        bool near = fabs(exact) > 3.4028233e38 && fabs((double)got) > 3.4028233e38;
        return near && (exact > 0.0) == (got > 0.0f) ? 0.0 : 1e9;
    }
    return fabs((double)got - exact) / ulp_of(exact);
}

typedef struct Case {
    const char *name;
    float (*ours)(float);
    double (*exact)(double);
    double max_ulp;
} Case;

static const Case cases[] = {
    {"exp", sc_expf, exp, 1.5},        {"expm1", sc_expm1f, expm1, 2.0},
    {"log", sc_logf, log, 1.0},        {"log1p", sc_log1pf, log1p, 1.0},
    {"tanh", sc_tanhf, tanh, 2.0},     {"erf", sc_erff, erf, 1.5},
    {"sin", sc_sinf, sin, 3.0},        {"cos", sc_cosf, cos, 3.0},
    {"sqrt", sc_sqrt_bits, sqrt, 0.5}, {"atan", sc_atanf, atan, 2.0},
    {"asin", sc_asinf, asin, 3.0},     {"acos", sc_acosf, acos, 3.0},
    {"asinh", sc_asinhf, asinh, 2.0},  {"acosh", sc_acoshf, acosh, 2.0},
    {"atanh", sc_atanhf, atanh, 2.0},
};

static void one_argument_whole_range_stays_within_its_bound(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        double worst = 0.0;
        float worst_x = 0.0f;
        for (uint64_t bits = 0; bits <= 0xffffffffu; bits += 97 * 7) {
            float x = sc_float_from_bits((uint32_t)bits);
            double error = error_of(cases[i].ours(x), cases[i].exact((double)x));
            if (error > worst) {
                worst = error;
                worst_x = x;
            }
        }
        for (int k = -2000000; k <= 2000000; k++) { /* where networks live */
            float x = (float)k * 1.1e-5f;
            double error = error_of(cases[i].ours(x), cases[i].exact((double)x));
            if (error > worst) {
                worst = error;
                worst_x = x;
            }
        }
        if (worst > cases[i].max_ulp) {
            fail_msg("%s(%.9g): %.3f ulp, promised %.1f", cases[i].name, (double)worst_x,
                     worst, cases[i].max_ulp);
        }
        print_message("%s: %.3f ulp at %.9g\n", cases[i].name, worst, (double)worst_x);
    }
}

static const float corners[] = {0.0f,    -0.0f,    1.0f,        -1.0f, 0.5f,   -0.5f,
                                2.0f,    -2.0f,    3.0f,        -3.0f, 2.5f,   1e-40f,
                                -1e-40f, 1e-10f,   7.0f,        1e10f, -1e10f, 1e38f,
                                1.0001f, 0.9999f,  16777217.0f, 33.0f, -33.0f, 1e-38f,
                                127.3f,  INFINITY, -INFINITY,   NAN};
enum { N_CORNERS = sizeof corners / sizeof corners[0] };

static uint32_t random_next(uint32_t *seed) {
    *seed = *seed * 1664525u + 1013904223u;
    return *seed;
}

static void pow_corners_and_random_match_libm(void **state) {
    uint32_t seed = 7;
    double worst = 0.0;
    (void)state;
    for (size_t i = 0; i < N_CORNERS * N_CORNERS; i++) {
        float x = corners[i / N_CORNERS], y = corners[i % N_CORNERS];
        double error = error_of(sc_powf(x, y), pow((double)x, (double)y));
        if (error > 1.0) {
            fail_msg("pow(%.9g, %.9g) = %.9g: %.2f ulp", (double)x, (double)y,
                     (double)sc_powf(x, y), error);
        }
    }
    for (int i = 0; i < 2000000; i++) {
        float x = sc_float_from_bits(random_next(&seed));
        float y = (float)(int32_t)random_next(&seed) / 1e8f;
        double error = error_of(sc_powf(x, y), pow((double)x, (double)y));
        worst = error > worst ? error : worst;
        if (error > 1.0) {
            fail_msg("pow(%.9g, %.9g): %.2f ulp", (double)x, (double)y, error);
        }
    }
    print_message("pow: %.3f ulp\n", worst);
}

static void atan2_corners_and_random_match_libm(void **state) {
    uint32_t seed = 13;
    double worst = 0.0;
    (void)state;
    for (size_t i = 0; i < N_CORNERS * N_CORNERS; i++) {
        float y = corners[i / N_CORNERS], x = corners[i % N_CORNERS];
        double exact = atan2((double)y, (double)x);
        double error = error_of(sc_atan2f(y, x), exact);
        if (error > 3.0 ||
            (!isnan(exact) && !signbit(exact) != !signbit(sc_atan2f(y, x)))) {
            fail_msg("atan2(%.9g, %.9g): %.2f ulp", (double)y, (double)x, error);
        }
    }
    for (int i = 0; i < 2000000; i++) {
        float y = (float)(int32_t)random_next(&seed);
        float x = (float)(int32_t)random_next(&seed);
        double error = error_of(sc_atan2f(y, x), atan2((double)y, (double)x));
        worst = error > worst ? error : worst;
        if (error > 3.0) {
            fail_msg("atan2(%.9g, %.9g): %.2f ulp", (double)y, (double)x, error);
        }
    }
    print_message("atan2: %.3f ulp\n", worst);
}

static void assert_same_bits(const char *what, float x, float y, float got, float want) {
    if (isnan(got) && isnan(want)) {
        return;
    }
    if (sc_float_bits(got) != sc_float_bits(want)) {
        fail_msg("%s(%.9g, %.9g) = %.9g, libm %.9g", what, (double)x, (double)y,
                 (double)got, (double)want);
    }
}

static void fmod_corners_and_random_are_exact(void **state) {
    uint32_t seed = 11;
    (void)state;
    for (size_t i = 0; i < N_CORNERS * N_CORNERS; i++) {
        float x = corners[i / N_CORNERS], y = corners[i % N_CORNERS];
        assert_same_bits("fmod", x, y, sc_fmodf(x, y), fmodf(x, y));
    }
    for (int i = 0; i < 1000000; i++) {
        float x = sc_float_from_bits(random_next(&seed));
        float y = sc_float_from_bits(random_next(&seed));
        assert_same_bits("fmod", x, y, sc_fmodf(x, y), fmodf(x, y));
    }
}

static void rounding_whole_range_is_exact(void **state) {
    (void)state;
    for (uint64_t bits = 0; bits <= 0xffffffffu; bits += 97 * 11) {
        float x = sc_float_from_bits((uint32_t)bits);
        assert_same_bits("floor", x, 0, sc_floorf(x), floorf(x));
        assert_same_bits("ceil", x, 0, sc_ceilf(x), ceilf(x));
        assert_same_bits("trunc", x, 0, sc_truncf(x), truncf(x));
        assert_same_bits("roundeven", x, 0, sc_roundevenf(x), nearbyintf(x));
        assert_same_bits("sqrt", x, 0, sc_sqrtf(x), sqrtf(x));
    }
    for (int k = -4000; k <= 4000; k++) {
        float x = (float)k * 0.125f;
        assert_same_bits("floor", x, 0, sc_floorf(x), floorf(x));
        assert_same_bits("ceil", x, 0, sc_ceilf(x), ceilf(x));
        assert_same_bits("trunc", x, 0, sc_truncf(x), truncf(x));
        assert_same_bits("roundeven", x, 0, sc_roundevenf(x), nearbyintf(x));
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_argument_whole_range_stays_within_its_bound),
        cmocka_unit_test(pow_corners_and_random_match_libm),
        cmocka_unit_test(atan2_corners_and_random_match_libm),
        cmocka_unit_test(fmod_corners_and_random_are_exact),
        cmocka_unit_test(rounding_whole_range_is_exact),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
