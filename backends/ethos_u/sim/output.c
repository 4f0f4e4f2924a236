/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From a number to a stored element: scale, zero point, clamp, table.
 *
 * The three roundings; p = value * scale:
 *   double    (p + 2^(shift-1) + (shift > 31 ? sign(value) * 2^30 : 0)) >> shift, TOSA's
 *             DOUBLE_ROUND
 *   natural   (p + 2^(shift-1)) >> shift
 *   truncate  p / 2^shift towards zero
 * Sources: TOSA 1.0, apply_scale_32; docs/ethos-u.md says what was checked.
 */
#include "backends/ethos_u/sim/state.h"

/* A product of up to 96 bits: high * 2^32 + low. */
typedef struct Wide {
    int64_t high;
    uint32_t low;
} Wide;

static Wide wide_multiply(int64_t value, uint32_t scale) {
    uint64_t low = (uint64_t)(uint32_t)value * scale;
    uint64_t high = (uint64_t)(value >> 32) * scale + (low >> 32);
    return (Wide){(int64_t)high, (uint32_t)low};
}

static Wide wide_add(Wide a, int64_t b) {
    uint64_t low = (uint64_t)a.low + (uint32_t)b;
    uint64_t high = (uint64_t)a.high + (uint64_t)(b >> 32) + (low >> 32);
    return (Wide){(int64_t)high, (uint32_t)low};
}

static int64_t wide_shift(Wide a, uint32_t shift) {
    if (shift >= 32) {
        return a.high >> (shift - 32);
    }
    uint64_t whole = (uint64_t)a.high << 32 | a.low;
    if (shift == 0) {
        return (int64_t)whole;
    }
    return (int64_t)((uint64_t)a.high << (32 - shift) | a.low >> shift);
}

static int64_t half_of(uint32_t shift) {
    return shift ? INT64_C(1) << (shift - 1) : 0;
}

static int64_t rounding(Wide product, int64_t value, uint32_t shift, ScEthosURound round) {
    switch (round) {
    case SC_EU_ROUND_DOUBLE:
        return half_of(shift) +
               (shift > 31 ? (value >= 0 ? INT64_C(1) << 30 : -(INT64_C(1) << 30)) : 0);
    case SC_EU_ROUND_TRUNCATE:
        return product.high < 0 ? (int64_t)((UINT64_C(1) << shift) - 1) : 0;
    default:
        return half_of(shift);
    }
}

int64_t sc_ethos_u_scale(int64_t value, uint32_t scale, uint32_t shift,
                         ScEthosURound round) {
    Wide product = wide_multiply(value, scale);
    return wide_shift(wide_add(product, rounding(product, value, shift, round)), shift);
}

/* ---- activation -----------------------------------------------------------------------
 */

static int64_t clamp(int64_t value, int64_t low, int64_t high) {
    return value < low ? low : value > high ? high : value;
}

/* 512 pairs: base in the low half, slope in the high half, of 128 steps. */
static int32_t table16(const uint8_t *table, int32_t value) {
    uint32_t pair = sc_load_u32(table + 4 * ((value >> 7) + 256));
    int32_t base = (int16_t)pair, slope = (int16_t)(pair >> 16);
    return base + ((slope * (value & 127) + 64) >> 7);
}

/* value: within the clip range, so the index is inside the table. */
static int32_t table_read(const ScEthosUSim *sim, const ScEthosUOperation *op,
                          int32_t value) {
    const uint8_t *table = sim->tables + 256 * (op->act_function - SC_EU_ACT_TABLE0);
    switch (op->ofm.n_bytes) {
    case 1:
        return table[op->ofm.is_signed ? value + 128 : value];
    case 2:
        return table16(table, value);
    default:
        return (int32_t)sc_load_u32(table + 4 * (value + 128));
    }
}

/* 32-bit results are clamped only where the clip range says so. */
static int64_t activation_clamp(const ScEthosUOperation *op, int64_t value) {
    if (op->ofm.n_bytes == 4 && op->clip == SC_EU_CLIP_OFM) {
        return value;
    }
    return clamp(value, op->act_min, op->act_max);
}

static void element_write(uint8_t *at, uint32_t n_bytes, int64_t value) {
    for (uint32_t i = 0; i < n_bytes; i++) {
        at[i] = (uint8_t)((uint64_t)value >> 8 * i);
    }
}

/* What a table can be asked for: its index has 8 bits, or 16. */
static int32_t table_index(const ScEthosUOperation *op, int64_t value) {
    if (op->ofm.n_bytes == 2) {
        return (int32_t)clamp(value, INT16_MIN, INT16_MAX);
    }
    bool is_signed = op->ofm.is_signed || op->ofm.n_bytes == 4;
    return (int32_t)clamp(value, is_signed ? -128 : 0, is_signed ? 127 : 255);
}

void sc_ethos_u_store(ScEthosUSim *sim, const ScEthosUOperation *op, uint8_t *at,
                      int64_t value) {
    if (op->act_function == SC_EU_ACT_TANH || op->act_function == SC_EU_ACT_SIGMOID) {
        value = sc_ethos_u_curve(op, value);
    }
    value = activation_clamp(op, sc_ethos_u_add(value, op->ofm.zero_point));
    if (op->act_function >= SC_EU_ACT_TABLE0) {
        value = table_read(sim, op, table_index(op, value));
    }
    element_write(at, op->ofm.n_bytes, value);
}

void sc_ethos_u_scale_store(ScEthosUSim *sim, const ScEthosUOperation *op, uint8_t *at,
                            int64_t value) {
    sc_ethos_u_store(sim, op, at,
                     sc_ethos_u_scale(value, op->ofm_scale, op->ofm_shift,
                                      (ScEthosURound)op->ofm_round));
}

/* ---- records ----------------------------------------------------------------------------
 */

ScStatus sc_ethos_u_records_check(const ScEthosUOperation *op) {
    for (uint32_t core = 0; core < op->n_cores; core++) {
        uint64_t n = (op->ofm.depth + op->n_cores - 1 - core) / op->n_cores;
        if (n * SC_EU_SCALE_BYTES > op->scales[core].n_bytes) {
            return SC_E_RANGE;
        }
    }
    return SC_OK;
}

ScEthosURecord sc_ethos_u_record(const ScEthosUSim *sim, const ScEthosUOperation *op,
                                 uint32_t channel) {
    const ScEthosUStretch *scales = &op->scales[channel % op->n_cores];
    const uint8_t *at = sim->regions->base[op->scale_region] + scales->base +
                        (size_t)(channel / op->n_cores) * SC_EU_SCALE_BYTES;
    uint64_t bias = (uint64_t)at[4] << 32 | sc_load_u32(at);
    uint64_t sign = UINT64_C(1) << 39;
    ScEthosURecord record = {(int64_t)(bias ^ sign) - (int64_t)sign, sc_load_u32(at + 5),
                             at[9] & 63u};
    if (op->global_scale) {
        record.scale = op->ofm_scale;
        record.shift = op->ofm_shift;
    }
    return record;
}

void sc_ethos_u_acc_check(ScEthosUSim *sim, const ScEthosUOperation *op, int64_t acc) {
    int64_t limit = INT64_C(1) << (op->acc_format == SC_EU_ACC_I40 ? 39 : 31);
    bool inside = acc >= -limit && acc < limit;
    if (inside || sim->overflow_reported || !sim->options->report) {
        return;
    }
    sim->overflow_reported = true;
    ScEthosUFinding finding = {.kind = SC_EU_FOUND_OVERFLOW, .word = sim->word};
    sim->options->report(sim->options->user, &finding);
}
