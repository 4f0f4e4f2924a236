/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Arguments of kernel calls, read from the file when a kernel asks.
 * Contract: call.h. An index out of range or an argument of another kind reads
 * as None, 0, false or an empty list.
 */
#include "runtime/call.h"

#include <string.h>

#include "runtime/method.h"

static void args_find(const ScMethod *method, uint32_t args, ScCall *call) {
    const uint8_t *file = method->model->file;
    for (uint32_t i = 0; i < call->n_args; i++) {
        uint32_t value = sc_value_source(method, sc_flat_u32_at(file, args, i));
        call->found_kinds[i] =
            (uint8_t)sc_value_look(file, method->values, value, &call->found_tables[i]);
    }
    call->tables = call->found_tables;
    call->kinds = call->found_kinds;
}

void sc_call_open(const ScMethod *method, uint32_t instruction, uint32_t table,
                  ScCall *out_call) {
    const uint8_t *file = method->model->file;
    const ScBound *bound = method->bound;
    uint32_t args = sc_flat_ref(file, table, SC_CALL_ARGS);
    /* The method that a kernel may change through its call is the caller's. */
    out_call->method = (ScMethod *)(uintptr_t)method;
    out_call->args = file + args + 4;
    out_call->n_args = sc_flat_count(file, args);
    if (bound && bound->args) {
        out_call->tables = bound->tables + bound->args[instruction];
        out_call->kinds = bound->kinds + bound->args[instruction];
    } else {
        args_find(method, args, out_call);
    }
}

uint32_t sc_call_count(const ScCall *c) {
    return c->n_args;
}

static ScSlot *arg_slot(const ScCall *c, uint32_t index) {
    return sc_slot_search(c->method, sc_value_source(c->method, sc_call_value(c, index)));
}

static ScValue arg_read(const ScCall *c, uint32_t index) {
    ScValue value = {SC_KIND_NULL, 0, NULL};
    if (index < c->n_args) {
        value.kind = c->kinds[index];
        value.table = c->tables[index];
        if (c->method->n_slots) {
            value.slot = arg_slot(c, index);
        }
    }
    return value;
}

bool sc_arg_is_none(const ScCall *c, uint32_t index) {
    return sc_call_kind(c, index) == SC_KIND_NULL;
}

ScTensor sc_arg_tensor(const ScCall *c, uint32_t index) {
    if (sc_call_kind(c, index) != SC_KIND_TENSOR) {
        return (ScTensor){0};
    }
    return sc_value_tensor(c->method, c->tables[index],
                           c->method->n_slots ? arg_slot(c, index) : NULL);
}

/* ---- numbers --------------------------------------------------------------- */

/*
 * Conversions by hand: on a CPU without double precision the compiler's would
 * pull in its support library. Both are those of C (round to nearest even;
 * truncate), except that doubles beyond int64_t saturate and NaN gives 0.
 */
static uint64_t bits_of_int(int64_t value) {
    uint64_t sign = value < 0 ? (uint64_t)1 << 63 : 0;
    uint64_t m = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
    uint64_t lost = 0; /* the bits shifted out, left aligned */
    uint32_t exponent = 1023 + 52;
    if (m == 0) {
        return 0;
    }
    for (; m >> 53; exponent++) {
        lost = lost >> 1 | m << 63;
        m >>= 1;
    }
    for (; !(m >> 52); exponent--) {
        m <<= 1;
    }
    const uint64_t half = (uint64_t)1 << 63;
    m += lost > half || (lost == half && (m & 1) != 0);
    /* m's leading bit, or a carry out of it, adds 1 to the exponent. */
    return sign | (((uint64_t)(exponent - 1) << 52) + m);
}

static int64_t int_of_bits(uint64_t bits) {
    uint32_t exponent = (uint32_t)(bits >> 52) & 0x7ff;
    uint64_t m = (bits & (((uint64_t)1 << 52) - 1)) | (uint64_t)1 << 52;
    bool negative = bits >> 63 != 0;
    if (exponent < 1023) {
        return 0;
    }
    if (exponent >= 1023 + 63) {
        bool is_nan = exponent == 0x7ff && (m << 12) != 0;
        return is_nan ? 0 : negative ? INT64_MIN : INT64_MAX;
    }
    m = exponent > 1023 + 52 ? m << (exponent - 1023 - 52) : m >> (1023 + 52 - exponent);
    return negative ? -(int64_t)m : (int64_t)m;
}

static double double_of_bits(uint64_t bits) {
    double result;
    memcpy(&result, &bits, sizeof result);
    return result;
}

static int64_t int_of(const ScMethod *method, const ScValue *value) {
    uint64_t bits = sc_value_bits(method, value);
    return value->kind == SC_KIND_DOUBLE ? int_of_bits(bits) : (int64_t)bits;
}

/* An Int that nothing changes, as nearly all are. */
static int64_t int_read(const uint8_t *table) {
    uint32_t field = sc_flat_offset(sc_flat_vtable(table), SC_FIELD_ONLY);
    return field ? (int64_t)sc_load_u64(table + field) : 0;
}

/* An item of a list of ints: the verifier has seen that it is an Int. */
static int64_t item_int(const ScMethod *method, uint32_t index) {
    const uint8_t *file = method->model->file;
    const ScSlot *slot = sc_slot_find(method, index);
    uint32_t table;
    if (slot) {
        return (int64_t)slot->now.bits;
    }
    (void)sc_value_look(file, method->values, index, &table);
    return int_read(file + table);
}

ScScalar sc_arg_scalar(const ScCall *c, uint32_t index) {
    ScValue value = arg_read(c, index);
    ScScalar scalar = {SC_SCALAR_INT, sc_arg_int(c, index), 0};
    if (value.kind == SC_KIND_DOUBLE) {
        scalar.kind = SC_SCALAR_DOUBLE;
        scalar.d = double_of_bits(sc_value_bits(c->method, &value));
    } else {
        scalar.kind = value.kind == SC_KIND_BOOL ? SC_SCALAR_BOOL : SC_SCALAR_INT;
        scalar.d = double_of_bits(bits_of_int(scalar.i));
    }
    return scalar;
}

int64_t sc_arg_int(const ScCall *c, uint32_t index) {
    uint32_t kind = sc_call_kind(c, index);
    if (kind == SC_KIND_INT_HERE) {
        return (int32_t)c->tables[index];
    }
    if (kind == SC_KIND_INT && c->method->n_slots == 0) {
        return int_read(c->method->model->file + c->tables[index]);
    }
    ScValue value = arg_read(c, index);
    return int_of(c->method, &value);
}

bool sc_arg_bool(const ScCall *c, uint32_t index) {
    return sc_arg_int(c, index) != 0;
}
double sc_arg_double(const ScCall *c, uint32_t index) {
    return sc_arg_scalar(c, index).d;
}

const char *sc_arg_string(const ScCall *c, uint32_t index, uint32_t *out_n_bytes) {
    const uint8_t *file = c->method->model->file;
    ScValue value = arg_read(c, index);
    uint32_t text = 0;
    if (value.kind == SC_KIND_STRING) {
        text = sc_flat_ref(file, value.table, SC_FIELD_ONLY);
    }
    *out_n_bytes = sc_flat_count(file, text);
    return sc_flat_chars(file, text);
}

/* ---- lists ----------------------------------------------------------------- */

#define KINDS(first, last) ((2u << SC_KIND_##last) - (1u << SC_KIND_##first))

/* The vector of an argument that is a list of one of the kinds; else of length 0. */
static const uint8_t *list_read(const ScCall *c, uint32_t index, uint32_t kinds) {
    static const uint8_t nothing[4] = {0};
    if (index < c->n_args && kinds >> c->kinds[index] & 1) {
        const uint8_t *table = c->method->model->file + c->tables[index];
        uint32_t field = sc_flat_offset(sc_flat_vtable(table), SC_FIELD_ONLY);
        return field ? sc_flat_follow(table + field) : nothing;
    }
    return nothing;
}

/* Length and items of a list that is a constant of the firmware, else NULL. */
SC_INLINE const int32_t *ints_here(const ScCall *c, uint32_t index) {
    return sc_call_kind(c, index) == SC_KIND_INTS_HERE
               ? c->method->bound->ints + c->tables[index]
               : NULL;
}

static uint32_t count_of(const ScCall *c, uint32_t index, uint32_t kinds) {
    const int32_t *here = ints_here(c, index);
    return here ? (uint32_t)here[0] : sc_load_u32(list_read(c, index, kinds));
}

uint32_t sc_arg_count(const ScCall *c, uint32_t index) {
    return count_of(c, index, KINDS(INTS, OPTIONAL_TENSORS));
}

int64_t sc_arg_int_at(const ScCall *c, uint32_t index, uint32_t item) {
    const int32_t *here = ints_here(c, index);
    if (here) {
        return item < (uint32_t)here[0] ? here[1 + item] : 0;
    }
    const uint8_t *list = list_read(c, index, KINDS(INTS, INTS));
    if (item >= sc_load_u32(list)) {
        return 0;
    }
    return item_int(c->method, sc_load_u32(list + 4 + 8 * item));
}

double sc_arg_double_at(const ScCall *c, uint32_t index, uint32_t item) {
    const uint8_t *list = list_read(c, index, KINDS(DOUBLES, DOUBLES));
    return double_of_bits(item < sc_load_u32(list) ? sc_load_u64(list + 4 + 8 * item) : 0);
}

bool sc_arg_bool_at(const ScCall *c, uint32_t index, uint32_t item) {
    const uint8_t *list = list_read(c, index, KINDS(BOOLS, BOOLS));
    return item < sc_load_u32(list) && list[4 + item] != 0;
}

ScTensor sc_arg_tensor_at(const ScCall *c, uint32_t index, uint32_t item) {
    const uint8_t *list = list_read(c, index, KINDS(TENSORS, OPTIONAL_TENSORS));
    /* None is -1, which is no value either. */
    uint32_t value =
        item < sc_load_u32(list) ? sc_load_u32(list + 4 + 4 * item) : UINT32_MAX;
    ScValue read = sc_value_read(c->method, sc_value_source(c->method, value));
    return read.kind == SC_KIND_TENSOR ? sc_value_tensor(c->method, read.table, read.slot)
                                       : (ScTensor){0};
}

ScStatus sc_arg_ints(const ScCall *c, uint32_t index, int64_t *out_items, uint32_t capacity,
                     uint32_t *out_n) {
    *out_n = count_of(c, index, KINDS(INTS, INTS));
    if (*out_n > capacity) {
        return SC_E_SHAPE;
    }
    for (uint32_t i = 0; i < *out_n; i++) {
        out_items[i] = sc_arg_int_at(c, index, i);
    }
    return SC_OK;
}

/* ---- what kernels change besides bytes -------------------------------------- */

static ScStatus number_set(ScCall *c, uint32_t index, uint32_t kind, uint64_t bits) {
    ScValue value = arg_read(c, index);
    if (!value.slot || value.kind != kind) {
        return SC_E_ARG;
    }
    value.slot->now.bits = bits;
    return SC_OK;
}

ScStatus sc_arg_set_int(ScCall *c, uint32_t index, int64_t number) {
    return number_set(c, index, SC_KIND_INT, (uint64_t)number);
}

ScStatus sc_arg_set_bool(ScCall *c, uint32_t index, bool truth) {
    return number_set(c, index, SC_KIND_BOOL, truth);
}

ScStatus sc_arg_set_double(ScCall *c, uint32_t index, double number) {
    uint64_t bits;
    memcpy(&bits, &number, sizeof bits);
    return number_set(c, index, SC_KIND_DOUBLE, bits);
}

ScStatus sc_arg_set_sizes(ScCall *c, uint32_t index, const int32_t *sizes) {
    const uint8_t *file = c->method->model->file;
    ScTensor tensor = sc_arg_tensor(c, index);
    ScValue value = arg_read(c, index);
    if (!value.slot || !value.slot->sizes) {
        bool same = tensor.sizes && memcmp(sizes, tensor.sizes, 4u * tensor.rank) == 0;
        return same ? SC_OK : SC_E_SHAPE;
    }
    const uint8_t *bounds = file + sc_flat_ref(file, value.table, SC_TENSOR_SIZES) + 4;
    for (uint32_t i = 0; i < tensor.rank; i++) {
        if (sizes[i] < 0 || (uint32_t)sizes[i] > sc_load_u32(bounds + 4 * i)) {
            return SC_E_SHAPE;
        }
    }
    memcpy((uint8_t *)c->method->config.workspace + value.slot->sizes, sizes,
           4u * tensor.rank);
    return SC_OK;
}

ScStatus sc_arg_alias(ScCall *c, uint32_t index, uint32_t source) {
    ScTensor tensor = sc_arg_tensor(c, index);
    ScTensor bytes = sc_arg_tensor(c, source);
    ScValue value = arg_read(c, index);
    /* Equal dtypes, so that the bytes are aligned for it too. */
    if (!tensor.sizes || tensor.dtype != bytes.dtype ||
        sc_tensor_bytes(&tensor) > sc_tensor_bytes(&bytes)) {
        return SC_E_SHAPE;
    }
    if (tensor.data == bytes.data) {
        return SC_OK;
    }
    const uint8_t *file = c->method->model->file;
    if (!value.slot || sc_flat_ref(file, value.table, SC_TENSOR_ALLOCATION) ||
        sc_flat_u32(file, value.table, SC_TENSOR_DATA)) {
        return SC_E_ARG; /* it has a place of its own */
    }
    value.slot->now.data = bytes.data;
    value.slot->borrowed = true;
    return SC_OK;
}
