/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any function of one int8 operand as a table of 256 results, computed in double,
 * halves away from zero. Constants of one element are part of the function.
 */
#include <math.h>
#include <string.h>

#include "backends/cortex_m/host/cortex_m.h"

double sc_cortex_m_number(const ScNode *node, const char *name, double missing) {
    const ScArg *arg = sc_node_arg(node, name);
    return !arg                        ? missing
           : arg->kind == SC_ARG_FLOAT ? arg->as.f
           : arg->kind == SC_ARG_INT   ? (double)arg->as.i
                                       : missing;
}

bool sc_cortex_m_constant(const ScNode *node, uint32_t index, double *out) {
    const ScValue *value = index < node->n_args ? sc_node_value(node, index) : 0;
    if (!value || value->kind != SC_VALUE_CONST || sc_type_numel(&value->type) != 1) {
        return false;
    }
    const ScQuant *q = value->type.quant;
    if (value->type.dtype == SC_F32 && !q) {
        *out = (double)*(const float *)value->data;
        return true;
    }
    if (value->type.dtype == SC_I8 && q && q->n == 1) {
        int8_t byte = *(const int8_t *)value->data;
        *out = ((double)byte - (double)q->zero_points[0]) * q->scales[0];
        return true;
    }
    return false;
}

/* ---- functions of one number --------------------------------------------------------- */

static double sigmoid(double x) {
    double e = exp(-fabs(x));
    return x >= 0.0 ? 1.0 / (1.0 + e) : e / (1.0 + e);
}

static double clip(double x, double low, double high) {
    return x < low ? low : x > high ? high : x;
}

static double silu(double x) {
    return x * sigmoid(x);
}

static double hardsigmoid(double x) {
    return clip(x + 3.0, 0.0, 6.0) / 6.0;
}

static double hardswish(double x) {
    return x * hardsigmoid(x);
}

static double log_sigmoid(double x) {
    return (x < 0.0 ? x : 0.0) - log1p(exp(-fabs(x)));
}

static double mish(double x) {
    return x * tanh((x > 0.0 ? x : 0.0) + log1p(exp(-fabs(x))));
}

static double rsqrt(double x) {
    return 1.0 / sqrt(x);
}

static double reciprocal(double x) {
    return 1.0 / x;
}

static double negative(double x) {
    return -x;
}

static double square(double x) {
    return x * x;
}

typedef struct Function {
    const char *op; /* name of the schema */
    double (*of)(double x);
} Function;

static const Function functions[] = {
    {"abs", fabs},
    {"cos", cos},
    {"erf", erf},
    {"exp", exp},
    {"expm1", expm1},
    {"hardsigmoid", hardsigmoid},
    {"hardswish", hardswish},
    {"log", log},
    {"log10", log10},
    {"log1p", log1p},
    {"log2", log2},
    {"log_sigmoid", log_sigmoid},
    {"mish", mish},
    {"neg", negative},
    {"reciprocal", reciprocal},
    {"rsqrt", rsqrt},
    {"sigmoid", sigmoid},
    {"silu", silu},
    {"sin", sin},
    {"sqrt", sqrt},
    {"square", square},
    {"tanh", tanh},
};

/* ---- with numbers among the arguments --------------------------------------------------
 */

static double gelu(const ScNode *node, double x) {
    const ScArg *how = sc_node_arg(node, "approximate");
    if (how && how->kind == SC_ARG_STRING && strcmp(how->as.s, "tanh") == 0) {
        return 0.5 * x * (1.0 + tanh(0.7978845608028654 * (x + 0.044715 * x * x * x)));
    }
    return 0.5 * x * (1.0 + erf(x * 0.7071067811865476));
}

static double elu(const ScNode *node, double x) {
    double scale = sc_cortex_m_number(node, "scale", 1.0);
    double input_scale = sc_cortex_m_number(node, "input_scale", 1.0);
    return scale *
           (x > 0.0 ? x : sc_cortex_m_number(node, "alpha", 1.0) * expm1(x * input_scale));
}

/* a op b, as in the operator; `alpha` multiplies b. */
static double binary(const ScNode *node, double a, double b) {
    const char *op = node->op->schema.name;
    double alpha = sc_cortex_m_number(node, "alpha", 1.0);
    if (strcmp(op, "add") == 0) {
        return a + alpha * b;
    }
    if (strcmp(op, "sub") == 0) {
        return a - alpha * b;
    }
    if (strcmp(op, "rsub") == 0) {
        return b - alpha * a;
    }
    if (strcmp(op, "mul") == 0) {
        return a * b;
    }
    if (strcmp(op, "div") == 0) {
        return a / b;
    }
    if (strcmp(op, "maximum") == 0) {
        return fmax(a, b);
    }
    if (strcmp(op, "minimum") == 0) {
        return fmin(a, b);
    }
    if (strcmp(op, "pow") == 0) {
        return pow(a, b);
    }
    return (double)NAN; /* not in the pattern table */
}

static double apply(const ScNode *node, double x) {
    const char *op = node->op->schema.name;
    ScClamp clamp;
    double constant;
    for (size_t i = 0; i < sizeof functions / sizeof functions[0]; i++) {
        if (strcmp(op, functions[i].op) == 0) {
            return functions[i].of(x);
        }
    }
    if (sc_clamp_of(node, &clamp)) {
        return clip(x, clamp.min, clamp.max);
    }
    if (strcmp(op, "gelu") == 0) {
        return gelu(node, x);
    }
    if (strcmp(op, "leaky_relu") == 0) {
        return x > 0.0 ? x : x * sc_cortex_m_number(node, "negative_slope", 0.01);
    }
    if (strcmp(op, "elu") == 0) {
        return elu(node, x);
    }
    if (strcmp(op, "prelu") == 0) {
        return x > 0.0 || !sc_cortex_m_constant(node, 1, &constant) ? x : x * constant;
    }
    if (sc_cortex_m_constant(node, 0, &constant)) {
        return binary(node, constant, x);
    }
    if (sc_cortex_m_constant(node, 1, &constant)) {
        return binary(node, x, constant);
    }
    const char *second = strcmp(op, "pow") == 0 ? "exponent" : "other";
    return binary(node, x, sc_cortex_m_number(node, second, (double)NAN));
}

/* ---- the table --------------------------------------------------------------------------
 */

/* Beyond the range: the nearest end. No number (the logarithm of a negative one):
 * that of the nearest entry with one, as stock's builder has it. */
static void table_fill(const ScNode *node, const ScQuant *x, const ScQuant *y,
                       int8_t *table) {
    bool known[256];
    for (int i = 0; i < 256; i++) {
        double real = ((double)(i - 128) - (double)x->zero_points[0]) * x->scales[0];
        double q = round(apply(node, real) / y->scales[0] + (double)y->zero_points[0]);
        known[i] = !isnan(q);
        table[i] = (int8_t)(known[i] ? clip(q, -128.0, 127.0) : 0.0);
    }
    for (int i = 0; i < 256; i++) {
        for (int far = 1; !known[i] && far < 256; far++) {
            int near = i >= far && known[i - far] ? i - far : i + far;
            if (near < 256 && known[near]) {
                table[i] = table[near];
                break;
            }
        }
    }
}

ScStatus sc_cortex_m_lower_table(const ScPattern *self, ScLower *lower,
                                 const ScMatch *match) {
    const ScNode *node = match->nodes[0];
    double constant;
    uint32_t index = sc_cortex_m_constant(node, 0, &constant) ? 1 : 0;
    int8_t *table = SC_NEW_ARRAY(lower->program->arena, int8_t, 256);
    table_fill(node, sc_quant_at(node, index), match->result->type.quant, table);
    int64_t dims[1] = {256};
    ScPid args[] = {
        sc_lower_value(lower, sc_node_value(node, index)),
        sc_program_const(lower->program, "table", SC_I8, 1, dims, SC_LAYOUT_CONTIGUOUS,
                         table),
        sc_lower_value(lower, match->result),
    };
    return sc_cortex_m_call(self, lower, match, args, sizeof args / sizeof args[0]);
}
