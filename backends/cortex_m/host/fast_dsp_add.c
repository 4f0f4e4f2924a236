/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A sum of two int8 tensors as one affine map. Stock's sum rounds three times, but
 * each operand has 256 values only: factors and an offset are searched for which
 *     (a * factor_a + b * factor_b + offset) >> shift
 * is the same for every pair of operands, and taken only when it is.
 */
#include <math.h>

#include "backends/cortex_m/host/fast_dsp.h"
#include "kernels/num.h"

/* Operands come up by 2^20, in units of twice the larger scale, as with stock. */
enum { ADD_SHIFT = 20, SHIFT_MOST = 22, SHIFT_LEAST = 16, REACH = 3 };

typedef struct Sum {
    int32_t zero_a, zero_b, zero_y;
    ScFixed a, b, y;
    int64_t low, high;
    double ratio_a, ratio_b; /* scales of the operands, in that of the result */
    int16_t results[256][256];
} Sum;

typedef struct Affine {
    int32_t factor_a, factor_b, offset, shift;
} Affine;

static int32_t term_of(int32_t q, int32_t zero, const ScFixed *f) {
    return sc_requantize((int32_t)((uint32_t)(q - zero) << ADD_SHIFT), f->multiplier,
                         f->shift);
}

static void results_fill(Sum *sum) {
    int32_t terms[256];
    for (int32_t b = 0; b < 256; b++) {
        terms[b] = term_of(b - 128, sum->zero_b, &sum->b);
    }
    for (int32_t a = 0; a < 256; a++) {
        int32_t term = term_of(a - 128, sum->zero_a, &sum->a);
        for (int32_t b = 0; b < 256; b++) {
            int32_t total = (int32_t)((uint32_t)term + (uint32_t)terms[b]);
            int32_t value =
                sc_requantize(total, sum->y.multiplier, sum->y.shift) + sum->zero_y;
            sum->results[a][b] =
                (int16_t)sc_clamp_i32(value, (int32_t)sum->low, (int32_t)sum->high);
        }
    }
}

/* Every pair bounds the offset; true when something is left between the bounds,
 * and no sum leaves int32. */
static bool offset_find(const Sum *sum, Affine *affine) {
    int64_t least = INT64_MIN, most = INT64_MAX; /* least <= offset <= most */
    int64_t one = INT64_C(1) << affine->shift, lowest = 0, highest = 0;
    for (int32_t a = 0; a < 256 && least <= most; a++) {
        for (int32_t b = 0; b < 256; b++) {
            int64_t product = (int64_t)affine->factor_a * (a - 128) +
                              (int64_t)affine->factor_b * (b - 128);
            int64_t result = sum->results[a][b];
            int64_t bottom = result * one - product, top = bottom + one - 1;
            least = result > sum->low && bottom > least ? bottom : least;
            most = result < sum->high && top < most ? top : most;
            lowest = product < lowest ? product : lowest;
            highest = product > highest ? product : highest;
        }
    }
    if (least > most || least == INT64_MIN || most == INT64_MAX) {
        return false;
    }
    int64_t offset = least + (most - least) / 2;
    affine->offset = (int32_t)offset;
    return offset == affine->offset && lowest + offset >= INT32_MIN &&
           highest + offset <= INT32_MAX;
}

static bool affine_find(const Sum *sum, Affine *out) {
    for (int32_t shift = SHIFT_MOST; shift >= SHIFT_LEAST; shift--) {
        double a = nearbyint(ldexp(sum->ratio_a, shift));
        double b = nearbyint(ldexp(sum->ratio_b, shift));
        if (a > 8388608.0 || b > 8388608.0) {
            continue; /* 128 times that leaves int32 */
        }
        for (int32_t i = 0; i < (2 * REACH + 1) * (2 * REACH + 1); i++) {
            *out = (Affine){(int32_t)a + i / (2 * REACH + 1) - REACH,
                            (int32_t)b + i % (2 * REACH + 1) - REACH, 0, shift};
            if (offset_find(sum, out)) {
                return true;
            }
        }
    }
    return false;
}

static bool sum_of(const ScMatch *match, Sum *sum) {
    const ScNode *node = match->nodes[0];
    const ScQuant *a = sc_quant_at(node, 0), *b = sc_quant_at(node, 1);
    const ScQuant *y = match->result->type.quant;
    double unit = 2.0 * fmax(a->scales[0], b->scales[0]);
    sum->zero_a = (int32_t)a->zero_points[0];
    sum->zero_b = (int32_t)b->zero_points[0];
    sum->zero_y = (int32_t)y->zero_points[0];
    sum->ratio_a = a->scales[0] / y->scales[0];
    sum->ratio_b = b->scales[0] / y->scales[0];
    sc_cortex_m_limits(match, &sum->low, &sum->high);
    return sc_fixed_of(a->scales[0] / unit, &sum->a) &&
           sc_fixed_of(b->scales[0] / unit, &sum->b) &&
           sc_fixed_of(unit / (y->scales[0] * (double)(1 << ADD_SHIFT)), &sum->y);
}

SC_MATCH(sc_dsp_match_add) {
    return sc_cortex_m_match_binary(self, graph, anchor, out_match);
}

ScStatus sc_dsp_lower_add(const ScPattern *self, ScLower *lower, const ScMatch *match) {
    const ScNode *node = match->nodes[0];
    ScProgram *program = lower->program;
    Sum *sum = SC_NEW(lower->sc->arena, Sum);
    Affine affine;
    bool found = sum_of(match, sum);
    if (found) {
        results_fill(sum);
        found = affine_find(sum, &affine);
    }
    if (!found) {
        ScPattern stock = *self;
        stock.kernel = "cortex_m::quantized_add.out";
        return sc_cortex_m_lower_add(&stock, lower, match);
    }
    ScPid args[] = {
        sc_lower_value(lower, sc_node_value(node, 0)),
        sc_lower_value(lower, sc_node_value(node, 1)),
        sc_program_int(program, affine.factor_a),
        sc_program_int(program, affine.factor_b),
        sc_program_int(program, affine.offset),
        sc_program_int(program, affine.shift),
        sc_program_int(program, sum->low),
        sc_program_int(program, sum->high),
        sc_lower_value(lower, match->result),
    };
    return sc_cortex_m_call(self, lower, match, args, sizeof args / sizeof args[0]);
}
