/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Elementwise operations on one map, two maps, or a map and a number.
 *
 * a is the first operand: IFM, or IFM2 when they are swapped.
 *   MUL        a * b, then OFM_SCALE; of 32-bit inputs its shift only
 *   ADD, SUB   scale mode 0: a * OPA + b * OPB. Mode 1: a * OPA >> its shift, rounded as
 *              IFM_PRECISION says, with b shifted left by 19 (8 bits) or 14 (16 bits),
 * which no register says. Mode 2: the same with a and b changed. Then OFM_SCALE LRELU
 * OFM_SCALE for negative numbers; ABS: for all MIN MAX SHR SHL CLZ  unscaled
 */
#include "backends/ethos_u/sim/state.h"

static int64_t widened(const ScEthosUOperation *op, int64_t value) {
    return value * (INT64_C(1) << (op->ifm.n_bytes == 1 ? 19 : 14));
}

static int64_t operand_scale(const ScEthosUOperation *op, int64_t value) {
    return sc_ethos_u_scale(value, op->opa_scale, op->opa_shift,
                            (ScEthosURound)op->ifm_round);
}

static int64_t sum_or_difference(const ScEthosUOperation *op, int64_t a, int64_t b) {
    switch (op->ifm_scale_mode) {
    case SC_EU_SCALE_A:
        a = operand_scale(op, a);
        b = widened(op, b);
        break;
    case SC_EU_SCALE_B:
        a = widened(op, a);
        b = operand_scale(op, b);
        break;
    default:
        a *= op->opa_scale & 0xffffu;
        b *= op->opb_scale;
    }
    return op->mode == SC_EU_ADD ? sc_ethos_u_add(a, b) : sc_ethos_u_subtract(a, b);
}

static int64_t product_scale(const ScEthosUOperation *op, int64_t product) {
    uint32_t scale = op->ifm.n_bytes == 4 ? 1 : op->ofm_scale;
    return sc_ethos_u_scale(product, scale, op->ofm_shift, (ScEthosURound)op->ofm_round);
}

static int64_t shift_right(const ScEthosUOperation *op, int64_t a, int64_t b) {
    uint32_t shift = b < 0 ? 0 : b > 63 ? 63 : (uint32_t)b;
    return sc_ethos_u_scale(a, 1, shift, (ScEthosURound)op->ofm_round);
}

static int64_t shift_left(int64_t a, int64_t b) {
    uint32_t shift = b < 0 ? 0 : b > 63 ? 63 : (uint32_t)b;
    return (int32_t)(uint32_t)((uint64_t)a << shift);
}

static int64_t leading_zeros(int64_t value) {
    uint32_t word = (uint32_t)value, n = 0;
    while (n < 32 && !(word >> (31 - n) & 1u)) {
        n++;
    }
    return n;
}

static int64_t ofm_scale(const ScEthosUOperation *op, int64_t value) {
    return sc_ethos_u_scale(value, op->ofm_scale, op->ofm_shift,
                            (ScEthosURound)op->ofm_round);
}

static int64_t combine(const ScEthosUOperation *op, int64_t a, int64_t b) {
    switch (op->mode) {
    case SC_EU_MUL:
        return product_scale(op, a * b);
    case SC_EU_ADD:
    case SC_EU_SUB:
        return ofm_scale(op, sum_or_difference(op, a, b));
    case SC_EU_MIN:
        return a < b ? a : b;
    case SC_EU_MAX:
        return a > b ? a : b;
    case SC_EU_LRELU:
        return a < 0 ? ofm_scale(op, a) : a;
    case SC_EU_ABS:
        return ofm_scale(op, a < 0 ? -a : a);
    case SC_EU_CLZ:
        return leading_zeros(a);
    case SC_EU_SHR:
        return shift_right(op, a, b);
    default:
        return shift_left(a, b);
    }
}

/* A pixel of the second map, or NULL. */
static uint8_t *second_pixel(const ScEthosUOperation *op, const ScEthosUView *ifm2,
                             uint32_t y, uint32_t x) {
    return op->has_ifm2 ? sc_ethos_u_pixel(ifm2, op->ifm2.height > 1 ? y : 0,
                                           op->ifm2.width > 1 ? x : 0)
                        : NULL;
}

static void pixel_compute(ScEthosUSim *sim, const ScEthosUOperation *op, uint8_t *first,
                          uint8_t *second, uint8_t *out) {
    int64_t scalar = op->scalar2 ? op->scalar - op->ifm2.zero_point : 0;
    for (uint32_t c = 0; c < op->ofm.depth; c++) {
        int64_t a = sc_ethos_u_value(&op->ifm, first, c);
        int64_t b = second ? sc_ethos_u_value(&op->ifm2, second, op->ifm2.depth > 1 ? c : 0)
                           : scalar;
        int64_t value = op->swapped ? combine(op, b, a) : combine(op, a, b);
        sc_ethos_u_store(sim, op, sc_ethos_u_channel(&op->ofm, out, c), value);
    }
}

ScStatus sc_ethos_u_elementwise(ScEthosUSim *sim, const ScEthosUOperation *op) {
    ScEthosUView ifm = sc_ethos_u_view(sim, &op->ifm), ofm = sc_ethos_u_view(sim, &op->ofm);
    ScEthosUView ifm2 = sc_ethos_u_view(sim, &op->ifm2);
    if (op->upscale) {
        return SC_E_UNSUPPORTED;
    }
    for (uint32_t y = 0; y < op->ofm.height; y++) {
        SC_TRY(sc_ethos_u_work(sim, (uint64_t)op->ofm.width * op->ofm.depth));
        for (uint32_t x = 0; x < op->ofm.width; x++) {
            pixel_compute(sim, op, sc_ethos_u_pixel(&ifm, y, x),
                          second_pixel(op, &ifm2, y, x), sc_ethos_u_pixel(&ofm, y, x));
        }
    }
    return SC_OK;
}
