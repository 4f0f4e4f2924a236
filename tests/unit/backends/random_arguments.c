/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Every kernel of the host's tables with random arguments of its signature: whatever a
 * hostile file says, a kernel returns a status and touches nothing outside its
 * tensors (each has its own allocation: AddressSanitizer watches; without it
 * guard bytes do). Arguments come from small ranges, so that many calls pass
 * the checks and compute.
 *
 * The accessors of runtime/call.h are defined here; the real ones stay out of
 * the link.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "backends/cortex_m/host/cortex_m.h"
#include "backends/portable/host/portable.h"
#include "runtime/call.h"

enum { MAX_ARGS = 32, MAX_ITEMS = 4, GUARD = 16, CALLS = 6000 };

typedef struct Arg {
    bool none;
    uint32_t n;
    size_t n_bytes[MAX_ITEMS];   /* of the tensors, as allocated */
    ScTensor tensors[MAX_ITEMS]; /* one, or a list */
    int32_t sizes[MAX_ITEMS][SC_MAX_RANK];
    uint8_t order[MAX_ITEMS][SC_MAX_RANK];
    int64_t ints[MAX_ITEMS];
    ScScalar scalar;
    const char *text;
} Arg;

struct ScCall {
    Arg args[MAX_ARGS]; /* behind those of the signature: what is returned */
};

/* ---- runtime/call.h ---------------------------------------------------------- */

bool sc_arg_is_none(const ScCall *c, uint32_t index) {
    return c->args[index].none;
}

ScTensor sc_arg_tensor(const ScCall *c, uint32_t index) {
    return c->args[index].tensors[0];
}

int64_t sc_arg_int(const ScCall *c, uint32_t index) {
    return c->args[index].ints[0];
}

bool sc_arg_bool(const ScCall *c, uint32_t index) {
    return c->args[index].ints[0] & 1;
}

double sc_arg_double(const ScCall *c, uint32_t index) {
    return c->args[index].scalar.d;
}

ScScalar sc_arg_scalar(const ScCall *c, uint32_t index) {
    return c->args[index].scalar;
}

const char *sc_arg_string(const ScCall *c, uint32_t index, uint32_t *out_n_bytes) {
    *out_n_bytes = (uint32_t)strlen(c->args[index].text);
    return c->args[index].text;
}

uint32_t sc_arg_count(const ScCall *c, uint32_t index) {
    return c->args[index].none ? 0 : c->args[index].n;
}

int64_t sc_arg_int_at(const ScCall *c, uint32_t index, uint32_t item) {
    return item < sc_arg_count(c, index) ? c->args[index].ints[item] : 0;
}

double sc_arg_double_at(const ScCall *c, uint32_t index, uint32_t item) {
    return (double)sc_arg_int_at(c, index, item);
}

bool sc_arg_bool_at(const ScCall *c, uint32_t index, uint32_t item) {
    return sc_arg_int_at(c, index, item) & 1;
}

ScTensor sc_arg_tensor_at(const ScCall *c, uint32_t index, uint32_t item) {
    ScTensor none = {0};
    return item < sc_arg_count(c, index) ? c->args[index].tensors[item] : none;
}

ScStatus sc_arg_ints(const ScCall *c, uint32_t index, int64_t *out_items, uint32_t capacity,
                     uint32_t *out_n) {
    *out_n = sc_arg_count(c, index);
    for (uint32_t i = 0; i < *out_n && i < capacity; i++) {
        out_items[i] = c->args[index].ints[i];
    }
    return *out_n <= capacity ? SC_OK : SC_E_SHAPE;
}

/* Nobody reads numbers that are given back. */
ScStatus sc_arg_set_int(ScCall *c, uint32_t index, int64_t number) {
    (void)c, (void)index;
    return number % 2 ? SC_E_ARG : SC_OK;
}

ScStatus sc_arg_set_bool(ScCall *c, uint32_t index, bool truth) {
    (void)c, (void)index;
    return truth ? SC_E_ARG : SC_OK;
}

ScStatus sc_arg_set_double(ScCall *c, uint32_t index, double number) {
    (void)c, (void)index, (void)number;
    return SC_OK;
}

/* The sizes of every tensor may change, up to those that it began with. */
ScStatus sc_arg_set_sizes(ScCall *c, uint32_t index, const int32_t *sizes) {
    Arg *arg = &c->args[index];
    for (uint32_t d = 0; d < arg->tensors[0].rank; d++) {
        if (sizes[d] < 0 || sizes[d] > arg->sizes[0][d]) {
            return SC_E_SHAPE;
        }
    }
    memcpy(arg->sizes[0], sizes, 4u * arg->tensors[0].rank);
    return SC_OK;
}

/* All have places of their own. */
ScStatus sc_arg_alias(ScCall *c, uint32_t index, uint32_t source) {
    (void)c, (void)index, (void)source;
    return SC_E_ARG;
}

/* ---- random arguments --------------------------------------------------------- */

static uint32_t seed;

static uint32_t roll(uint32_t n) {
    seed = seed * 1664525u + 1013904223u;
    return (uint32_t)((uint64_t)(seed >> 8) * n >> 24);
}

/* What most tensors of a call are, and how often (of 16) one is something else:
 * calm calls reach the arithmetic of the pickiest kernels, wild ones the checks. */
static uint32_t base_rank;
static int32_t base_sizes[SC_MAX_RANK];
static uint8_t base_dtype;
static uint32_t wildness;

static bool deviates(void) {
    return roll(16) < wildness;
}

static uint8_t dtype_roll(char dtype_class) {
    static const uint8_t integers[] = {SC_U8,  SC_I8,  SC_I16, SC_I32,
                                       SC_I64, SC_I64, SC_BOOL};
    if (roll(4) == 0) {
        return SC_I64; /* indices */
    }
    if (!deviates()) {
        return base_dtype;
    }
    if (dtype_class == 'f' && roll(2) == 0) {
        return SC_F32;
    }
    if (roll(8) == 0) {
        static const uint8_t odd[] = {SC_F16, SC_F64, SC_U32, SC_U64, 77};
        return odd[roll(5)];
    }
    return integers[roll(7)];
}

static void order_roll(uint8_t *order, uint32_t rank) {
    for (uint32_t d = 0; d < rank; d++) {
        order[d] = (uint8_t)d;
    }
    if (deviates()) {
        for (uint32_t d = rank; d > 1; d--) {
            uint32_t other = roll(d);
            uint8_t kept = order[d - 1];
            order[d - 1] = order[other];
            order[other] = kept;
        }
    }
}

static void tensor_roll(Arg *arg, uint32_t item, char dtype_class) {
    ScTensor *t = &arg->tensors[item];
    int32_t *sizes = arg->sizes[item];
    uint32_t rank = roll(16) ? base_rank : base_rank / 2;
    rank = deviates() ? roll(5) : rank;
    for (uint32_t d = 0; d < rank; d++) {
        sizes[d] = deviates() ? (int32_t)roll(5) : base_sizes[d];
    }
    order_roll(arg->order[item], rank);
    *t = (ScTensor){0};
    t->sizes = sizes;
    t->dim_order = arg->order[item];
    t->rank = (uint8_t)rank;
    t->dtype = dtype_roll(dtype_class);
    size_t n = sc_tensor_bytes(t);
    uint8_t *data = malloc(n + GUARD);
    for (size_t i = 0; i < n; i++) {
        data[i] = roll(3) ? (uint8_t)roll(3) : (uint8_t)roll(256);
    }
    memset(data + n, 0xa5, GUARD);
    t->data = data;
    arg->n_bytes[item] = n;
}

static int64_t int_roll(void) {
    static const int64_t extremes[] = {INT64_MIN, INT64_MAX, INT32_MIN, INT32_MAX, -100};
    if (!deviates()) {
        return roll(2);
    }
    return roll(4) ? (int64_t)roll(7) - 2 : extremes[roll(5)];
}

static void arg_roll(Arg *arg, char letter, bool optional, char dtype_class) {
    static const char *const texts[] = {"none", "tanh", "trunc", "floor", "", "x"};
    static const double doubles[] = {0.0, 1.0, -1.5, 0.25, 1e30, -1e30};
    memset(arg, 0, sizeof *arg);
    arg->none = optional && letter != 'V' && roll(3) == 0;
    arg->text = texts[roll(6)];
    arg->n = deviates() ? roll(MAX_ITEMS + 1) : 1 + roll(2);
    for (uint32_t i = 0; i < MAX_ITEMS; i++) {
        arg->ints[i] = int_roll();
    }
    arg->scalar.kind = roll(2) ? SC_SCALAR_INT : SC_SCALAR_DOUBLE;
    arg->scalar.i = int_roll();
    arg->scalar.d =
        arg->scalar.kind == SC_SCALAR_INT ? (double)arg->scalar.i : doubles[roll(6)];
    if (strchr("TO", letter) && !arg->none) {
        tensor_roll(arg, 0, dtype_class);
    }
    for (uint32_t i = 0; strchr("PV", letter) && !arg->none && i < arg->n; i++) {
        if (!optional || roll(3) != 0) { /* "V?": a list with holes */
            tensor_roll(arg, i, dtype_class);
        }
    }
}

static bool tensors_release(Arg *arg) {
    bool intact = true;
    for (uint32_t i = 0; i < MAX_ITEMS; i++) {
        uint8_t *data = arg->tensors[i].data;
        for (size_t k = 0; data && k < GUARD; k++) {
            intact = intact && data[arg->n_bytes[i] + k] == 0xa5;
        }
        free(data);
    }
    return intact;
}

static void call_begin(char dtype_class) {
    static const uint8_t dtypes[] = {SC_I64, SC_I8, SC_BOOL, SC_I32, SC_F32};
    int32_t same = (int32_t)(1 + roll(3));
    base_rank = roll(5);
    wildness = roll(2) * roll(6);
    base_dtype = SC_F32;
    if (dtype_class != 'f') {
        base_dtype = dtype_class == 'd' ? SC_F64 : dtypes[roll(dtype_class == '*' ? 5 : 4)];
    }
    for (uint32_t d = 0; d < SC_MAX_RANK; d++) {
        base_sizes[d] = roll(wildness + 1) ? (int32_t)(roll(10) ? 1 + roll(4) : 0) : same;
    }
}

static size_t table_run(const ScKernelTable *table) {
    size_t n_computed = 0;
    for (uint32_t k = 0; k < table->n_rows; k++) {
        const ScKernel *row = &table->rows[k];
        seed = k;
        for (uint32_t i = 0; i < CALLS; i++) {
            ScCall call;
            uint32_t n = 0;
            memset(&call, 0, sizeof call);
            bool intact = true;
            call_begin(row->dtype_class);
            for (const char *s = row->signature; *s; s++) {
                bool optional = s[1] == '?';
                assert_true(n < MAX_ARGS);
                arg_roll(&call.args[n++], *s, optional, row->dtype_class);
                s += optional;
            }
            memset(&call.args[n], 0, sizeof call.args[n]); /* the return */
            n_computed += row->fn(&call) == SC_OK;
            for (uint32_t a = 0; a < n; a++) {
                intact = tensors_release(&call.args[a]) && intact;
            }
            if (!intact) {
                fail_msg("%s '%c', call %u: wrote outside", row->name, row->dtype_class, i);
            }
        }
    }
    print_message("%zu calls computed\n", n_computed);
    return n_computed;
}

/* Few calls computed would mean that the ranges test only the refusals. Chance
 * seldom makes the shapes of a convolution agree: of those it is the checks that
 * are tried here, and the arithmetic in tests/python/test_cortex_m*.py. */
static void portable_kernels_stay_inside_their_tensors(void **state) {
    (void)state;
    assert_true(table_run(&sc_portable_kernels) > 10000);
}

static void cortex_m_kernels_stay_inside_their_tensors(void **state) {
    (void)state;
    assert_true(table_run(&sc_cortex_m_kernels) > 1000);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(portable_kernels_stay_inside_their_tensors),
        cmocka_unit_test(cortex_m_kernels_stay_inside_their_tensors),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
