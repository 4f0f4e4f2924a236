/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The delegate with a driver that records what it is asked: order of the calls, what lies
 * in the scratch when, bases, sizes, whole cache lines; and what it must refuse.
 */
#include <setjmp.h>
#include <stdarg.h>

#include "backends/ethos_u/device/ethos_u.h"
#include "ethos_u_make.h"

#include <cmocka.h>

enum { MAX_CALLS = 8, SCRATCH = 200, IN = 16, OUT = 96, ROWS = 4, ROW = 8, FAST = 64 };

typedef enum CallKind { CLEAN, INVOKE, INVALIDATE } CallKind;

typedef struct Call {
    CallKind kind;
    const void *at;
    size_t n_bytes;
    uint8_t first_in; /* of the scratch, when the call came */
} Call;

/* A fake NPU: its result is the input plus 1. */
typedef struct Npu {
    ScEthosUDriver driver;
    ScDelegate delegate;
    Call calls[MAX_CALLS];
    uint32_t n_calls;
    uint8_t *scratch;
    uint32_t out_bytes;
    int result;
    uint64_t bases[3];
    size_t n_bytes[3];
    int n_bases;
    const void *cop;
    size_t cop_bytes;
} Npu;

static void call_add(Npu *npu, CallKind kind, const void *at, size_t n_bytes) {
    assert_true(npu->n_calls < MAX_CALLS);
    npu->calls[npu->n_calls++] = (Call){kind, at, n_bytes, npu->scratch[IN]};
}

static int npu_invoke(void *user, const void *cop, size_t cop_bytes, const uint64_t *bases,
                      const size_t *n_bytes, int n_bases) {
    Npu *npu = user;
    call_add(npu, INVOKE, cop, cop_bytes);
    npu->cop = cop;
    npu->cop_bytes = cop_bytes;
    npu->n_bases = n_bases;
    for (int i = 0; i < n_bases && i < 3; i++) {
        npu->bases[i] = bases[i];
        npu->n_bytes[i] = n_bytes[i];
    }
    for (uint32_t i = 0; i < npu->out_bytes; i++) {
        npu->scratch[OUT + i] = (uint8_t)(npu->scratch[IN + i] + 1);
    }
    return npu->result;
}

static void npu_clean(void *user, const void *at, size_t n_bytes) {
    call_add(user, CLEAN, at, n_bytes);
}

static void npu_invalidate(void *user, void *at, size_t n_bytes) {
    call_add(user, INVALIDATE, at, n_bytes);
}

static const uint8_t weights[32] = {42};

/* A stream that copies 32 bytes of the scratch; `region`, `base`: of its OFM. */
static void payload_make(Payload *p, uint8_t region, uint32_t base) {
    static Stream s;
    uint8_t cop[2048], size[4];
    ScEthosUOperation op = copy_operation(dense_map(1, IN, 1, ROWS, ROW, 1),
                                          dense_map(region, base, 1, ROWS, ROW, 1));
    const ScEthosUIo in = {{1, 1, 1, 1, ROWS, ROW}, 1, IN, 1, 0};
    const ScEthosUIo out = {{1, 1, 1, 1, ROWS, ROW}, 1, OUT, 1, 0};
    s.n = 0;
    stream_operation(&s, &op);
    stream_stop(&s);
    memset(p, 0, sizeof *p);
    put_u32(size, SCRATCH);
    payload_block(p, "vela_bin_stream", NULL, 0, 0);
    payload_block(p, "cmd_data", cop, cop1_make(&s, cop), 0);
    payload_block(p, "weight_data", weights, sizeof weights, 0);
    payload_block(p, "scratch_size", size, 4, 0);
    payload_ios(p, "inputs", &in, 1);
    payload_ios(p, "outputs", &out, 1);
    payload_block(p, "vela_end_stream", NULL, 0, 0);
}

typedef struct Rig {
    Npu npu;
    Payload bytes;
    ScDelegatePayload payload;
    int32_t sizes[2][2];
    uint8_t data[2][ROWS * ROW];
    ScTensor tensors[2];
    _Alignas(128) uint8_t scratch[512];
    _Alignas(128) uint8_t fast[FAST];
} Rig;

static const uint8_t row_order[] = {0, 1};

static int rig_open(void **state) {
    void *memory = NULL;
    assert_int_equal(posix_memalign(&memory, 128, sizeof(Rig)), 0);
    memset(memory, 0, sizeof(Rig));
    Rig *rig = memory;
    payload_make(&rig->bytes, 1, OUT);
    rig->payload = (ScDelegatePayload){.data = rig->bytes.bytes, .n_bytes = rig->bytes.n};
    rig->npu.driver = (ScEthosUDriver){.invoke = npu_invoke,
                                       .user = &rig->npu,
                                       .clean = npu_clean,
                                       .invalidate = npu_invalidate};
    rig->npu.delegate = (ScDelegate)SC_ETHOS_U_DELEGATE(&rig->npu.driver);
    rig->npu.scratch = rig->scratch;
    rig->npu.out_bytes = ROWS * ROW;
    for (uint32_t t = 0; t < 2; t++) {
        rig->sizes[t][0] = ROWS;
        rig->sizes[t][1] = ROW;
        rig->tensors[t] = (ScTensor){.data = rig->data[t],
                                     .sizes = rig->sizes[t],
                                     .dim_order = row_order,
                                     .dtype = SC_I8,
                                     .rank = 2};
    }
    for (uint32_t i = 0; i < ROWS * ROW; i++) {
        rig->data[0][i] = (uint8_t)(100 + i);
    }
    *state = rig;
    return 0;
}

static int rig_close(void **state) {
    free(*state);
    return 0;
}

static ScStatus rig_prepare(Rig *rig) {
    const ScDelegate *self = &rig->npu.delegate;
    return self->prepare(self, &rig->payload, rig->tensors, 2);
}

static ScStatus rig_run(Rig *rig, size_t scratch_bytes) {
    const ScDelegate *self = &rig->npu.delegate;
    rig->npu.n_calls = 0;
    return self->run(self, &rig->payload, rig->tensors, 2, rig->scratch, scratch_bytes);
}

/* ---- a call
 * --------------------------------------------------------------------------------- */

static void run_copies_cleans_invokes_invalidates_copies(void **state) {
    Rig *rig = *state;
    assert_int_equal(rig_prepare(rig), SC_OK);
    assert_int_equal(rig->npu.n_calls, 0);
    assert_int_equal(rig_run(rig, sizeof rig->scratch), SC_OK);
    assert_int_equal(rig->npu.n_calls, 3);
    static const CallKind order[] = {CLEAN, INVOKE, INVALIDATE};
    for (uint32_t i = 0; i < 3; i++) {
        assert_int_equal(rig->npu.calls[i].kind, order[i]);
        assert_int_equal(rig->npu.calls[i].first_in, 100); /* the input is there before */
    }
    for (uint32_t i = 0; i < ROWS * ROW; i++) {
        assert_int_equal(rig->data[1][i], 101 + i);
    }
}

static void run_tells_the_driver_bases_and_sizes(void **state) {
    Rig *rig = *state;
    ScEthosUPayload p;
    rig->npu.driver.fast_scratch = rig->fast;
    rig->npu.driver.fast_scratch_bytes = FAST;
    assert_int_equal(rig_prepare(rig), SC_OK);
    assert_int_equal(rig_run(rig, sizeof rig->scratch), SC_OK);
    assert_int_equal(
        sc_ethos_u_payload_read(rig->bytes.bytes, rig->bytes.n, NULL, &p, NULL), SC_OK);
    const Npu *npu = &rig->npu;
    assert_int_equal(npu->n_bases, 3);
    assert_true(npu->bases[0] == (uintptr_t)p.weights);
    assert_true(npu->bases[1] == (uintptr_t)rig->scratch);
    assert_true(npu->bases[2] == (uintptr_t)rig->fast);
    assert_int_equal(npu->n_bytes[0], sizeof weights);
    assert_int_equal(npu->n_bytes[1], SCRATCH);
    assert_int_equal(npu->n_bytes[2], FAST);
    assert_int_equal(*(const uint8_t *)(uintptr_t)npu->bases[0], 42);
    assert_ptr_equal(npu->cop, p.cop);
    assert_int_equal(npu->cop_bytes, p.cop_bytes);
    assert_int_equal((uintptr_t)npu->cop % 16, 0);
    assert_int_equal(npu->cop_bytes % 16, 0);
}

static void run_cleans_and_drops_whole_lines(void **state) {
    Rig *rig = *state;
    static const struct {
        uint32_t line_bytes;
        size_t align, n_bytes;
    } cases[] = {{0, 16, 208},  {8, 16, 208},  {16, 16, 208},
                 {32, 32, 224}, {64, 64, 256}, {128, 128, 256}};
    for (uint32_t i = 0; i < COUNT(cases); i++) {
        const ScDelegate *self = &rig->npu.delegate;
        ScDelegateNeed need;
        rig->npu.driver.line_bytes = cases[i].line_bytes;
        assert_int_equal(self->measure(self, &rig->payload, &need), SC_OK);
        assert_int_equal(need.scratch_align, cases[i].align);
        assert_int_equal(need.scratch_bytes, cases[i].n_bytes);
        assert_int_equal(need.n_inputs, 1);
        assert_int_equal(need.n_outputs, 1);
        assert_int_equal(rig_run(rig, need.scratch_bytes), SC_OK);
        for (uint32_t k = 0; k <= 2; k += 2) {
            assert_ptr_equal(rig->npu.calls[k].at, rig->scratch);
            assert_int_equal(rig->npu.calls[k].n_bytes, cases[i].n_bytes);
        }
        assert_int_equal(rig_run(rig, need.scratch_bytes - 1), SC_E_MEMORY);
        assert_int_equal(rig->npu.n_calls, 0);
    }
}

static void run_without_cache_hooks_only_invokes(void **state) {
    Rig *rig = *state;
    rig->npu.driver.clean = NULL;
    rig->npu.driver.invalidate = NULL;
    assert_int_equal(rig_run(rig, sizeof rig->scratch), SC_OK);
    assert_int_equal(rig->npu.n_calls, 1);
    assert_int_equal(rig->data[1][0], 101);
}

/* Where place() says; what lies there isn't moved. */
static void run_tensors_inside_of_the_scratch_arent_copied(void **state) {
    Rig *rig = *state;
    const ScDelegate *self = &rig->npu.delegate;
    static const size_t offsets[] = {IN, OUT};
    for (uint32_t t = 0; t < 2; t++) {
        size_t offset, n_bytes;
        assert_int_equal(self->place(self, &rig->payload, t, &offset, &n_bytes), SC_OK);
        assert_int_equal(offset, offsets[t]);
        assert_int_equal(n_bytes, ROWS * ROW);
        rig->tensors[t].data = rig->scratch + offset;
    }
    size_t ignored[2];
    assert_int_equal(self->place(self, &rig->payload, 2, &ignored[0], &ignored[1]),
                     SC_E_NOT_FOUND);
    for (uint32_t i = 0; i < ROWS * ROW; i++) {
        rig->scratch[IN + i] = (uint8_t)(7 + i);
    }
    assert_int_equal(rig_prepare(rig), SC_OK);
    assert_int_equal(rig_run(rig, sizeof rig->scratch), SC_OK);
    assert_int_equal(rig->npu.calls[0].first_in, 7);
    for (uint32_t i = 0; i < ROWS * ROW; i++) {
        assert_int_equal(rig->scratch[OUT + i], 8 + i);
        assert_int_equal(rig->data[1][i], 0);
    }
}

/* A tensor somewhere else in the scratch, over its place: bytes are moved, not lost. */
static void run_tensor_overlapping_its_place_is_moved(void **state) {
    Rig *rig = *state;
    rig->tensors[0].data = rig->scratch + IN + 8;
    memcpy(rig->tensors[0].data, rig->data[0], ROWS * ROW);
    rig->tensors[1].data = rig->scratch + OUT - 8;
    assert_int_equal(rig_run(rig, sizeof rig->scratch), SC_OK);
    for (uint32_t i = 0; i < ROWS * ROW; i++) {
        assert_int_equal(rig->scratch[OUT - 8 + i], 101 + i);
    }
}

/* The stream's rows are longer than the output's: the rest of each is dropped. */
static void run_output_rows_are_shortened(void **state) {
    Rig *rig = *state;
    rig->sizes[1][1] = 3;
    assert_int_equal(rig_prepare(rig), SC_OK);
    assert_int_equal(rig_run(rig, sizeof rig->scratch), SC_OK);
    for (uint32_t i = 0; i < ROWS * 3; i++) {
        assert_int_equal(rig->data[1][i], 101 + i / 3 * ROW + i % 3);
    }
    assert_int_equal(rig->data[1][ROWS * 3], 0);
}

static void run_failure_of_the_driver_is_told(void **state) {
    Rig *rig = *state;
    static const int results[] = {-1, 1, 7};
    for (uint32_t i = 0; i < COUNT(results); i++) {
        rig->npu.result = results[i];
        assert_int_equal(rig_run(rig, sizeof rig->scratch), SC_E_ENGINE);
        assert_int_equal(rig->npu.n_calls, 2);
        assert_int_equal(rig->data[1][0], 0); /* nothing came out */
    }
}

/* ---- refusals
 * -------------------------------------------------------------------------------- */

static void prepare_tensors_of_other_sizes_are_refused(void **state) {
    Rig *rig = *state;
    static const struct {
        const char *rule;
        uint32_t tensor;
        int32_t h, w;
        ScStatus status;
    } cases[] = {
        {"the same bytes", 0, 8, 4, SC_OK},
        {"input shorter", 0, ROWS, 7, SC_E_SHAPE},
        {"input longer", 0, ROWS, 9, SC_E_SHAPE},
        {"input of no bytes", 0, 0, ROW, SC_E_SHAPE},
        {"output with fewer columns", 1, ROWS, 1, SC_OK},
        {"output longer", 1, ROWS, 9, SC_E_SHAPE},
        {"output of fewer rows", 1, 3, 6, SC_E_SHAPE},
        {"output of no bytes", 1, 0, ROW, SC_E_SHAPE},
    };
    for (uint32_t i = 0; i < COUNT(cases); i++) {
        int32_t *sizes = rig->sizes[cases[i].tensor];
        sizes[0] = cases[i].h;
        sizes[1] = cases[i].w;
        ScStatus status = rig_prepare(rig);
        if (status != cases[i].status) {
            fail_msg("%s: %s", cases[i].rule, sc_status_name(status));
        }
        sizes[0] = ROWS;
        sizes[1] = ROW;
    }
    const ScDelegate *self = &rig->npu.delegate;
    assert_int_equal(self->prepare(self, &rig->payload, rig->tensors, 1), SC_E_UNSUPPORTED);
    assert_int_equal(rig_prepare(rig), SC_OK);
}

static void prepare_other_npus_are_refused(void **state) {
    Rig *rig = *state;
    static const struct {
        uint32_t n_macs;
        uint8_t product;
        ScStatus status;
    } cases[] = {{0, 0, SC_OK},
                 {0, 1, SC_OK}, /* any */
                 {128, 0, SC_OK},
                 {256, 0, SC_E_UNSUPPORTED},
                 {128, 1, SC_E_UNSUPPORTED}};
    for (uint32_t i = 0; i < COUNT(cases); i++) {
        for (int trusted = 0; trusted <= 1; trusted++) {
            rig->npu.driver.n_macs = cases[i].n_macs;
            rig->npu.driver.product = cases[i].product;
            rig->npu.driver.trusted = trusted;
            assert_int_equal(rig_prepare(rig), cases[i].status);
        }
    }
}

static void prepare_stream_for_a_u85_is_refused(void **state) {
    Rig *rig = *state;
    ScEthosUPayload p;
    assert_int_equal(
        sc_ethos_u_payload_read(rig->bytes.bytes, rig->bytes.n, NULL, &p, NULL), SC_OK);
    put_u32(rig->bytes.bytes + (p.cop - rig->bytes.bytes) + 8, 0x20000007);
    assert_int_equal(rig_prepare(rig), SC_E_UNSUPPORTED);
}

static void prepare_streams_that_leave_their_regions_are_refused(void **state) {
    Rig *rig = *state;
    static const struct {
        const char *rule;
        uint8_t region;
        uint32_t base;
        size_t fast;
        ScStatus status, trusted;
    } cases[] = {
        {"at the scratch's end", 1, SCRATCH - 32, 0, SC_OK, SC_OK},
        {"a byte behind it", 1, SCRATCH - 31, 0, SC_E_RANGE, SC_OK},
        {"into the weights", 0, 0, 0, SC_E_RANGE, SC_OK},
        {"no fast scratch", 2, 0, 0, SC_E_RANGE, SC_OK},
        {"fast scratch too small", 2, FAST - 32, FAST - 1, SC_E_RANGE, SC_OK},
        {"fast scratch as needed", 2, FAST - 32, FAST, SC_OK, SC_OK},
        {"another region", 3, 0, FAST, SC_E_RANGE, SC_OK},
    };
    for (uint32_t i = 0; i < COUNT(cases); i++) {
        payload_make(&rig->bytes, cases[i].region, cases[i].base);
        rig->npu.driver.fast_scratch = rig->fast;
        rig->npu.driver.fast_scratch_bytes = cases[i].fast;
        rig->npu.driver.trusted = false;
        ScStatus status = rig_prepare(rig);
        if (status != cases[i].status) {
            fail_msg("%s: %s", cases[i].rule, sc_status_name(status));
        }
        rig->npu.driver.trusted = true; /* verified when the firmware was built */
        assert_int_equal(rig_prepare(rig), cases[i].trusted);
    }
}

static void prepare_damaged_payloads_are_refused_by_all(void **state) {
    Rig *rig = *state;
    const ScDelegate *self = &rig->npu.delegate;
    ScDelegateNeed need;
    size_t offset, n_bytes;
    rig->bytes.bytes[0] ^= 1;
    rig->npu.driver.trusted = true;
    assert_int_equal(self->measure(self, &rig->payload, &need), SC_E_FORMAT);
    assert_int_equal(self->place(self, &rig->payload, 0, &offset, &n_bytes), SC_E_FORMAT);
    assert_int_equal(rig_prepare(rig), SC_E_FORMAT);
    assert_int_equal(rig_run(rig, sizeof rig->scratch), SC_E_FORMAT);
    assert_int_equal(rig->npu.n_calls, 0);
}

/* Tensors in regions of their own: nothing would copy them. */
static void prepare_tensors_in_other_regions_are_refused(void **state) {
    Rig *rig = *state;
    const ScDelegate *self = &rig->npu.delegate;
    ScEthosUPayload p;
    size_t offset, n_bytes;
    assert_int_equal(
        sc_ethos_u_payload_read(rig->bytes.bytes, rig->bytes.n, NULL, &p, NULL), SC_OK);
    put_u32(rig->bytes.bytes + (p.outputs - rig->bytes.bytes) + 32, 4);
    assert_int_equal(self->place(self, &rig->payload, 0, &offset, &n_bytes), SC_OK);
    assert_int_equal(self->place(self, &rig->payload, 1, &offset, &n_bytes),
                     SC_E_NOT_FOUND);
    assert_int_equal(rig_prepare(rig), SC_E_UNSUPPORTED);
}

#define WITH_RIG(test) cmocka_unit_test_setup_teardown(test, rig_open, rig_close)

int main(void) {
    const struct CMUnitTest tests[] = {
        WITH_RIG(run_copies_cleans_invokes_invalidates_copies),
        WITH_RIG(run_tells_the_driver_bases_and_sizes),
        WITH_RIG(run_cleans_and_drops_whole_lines),
        WITH_RIG(run_without_cache_hooks_only_invokes),
        WITH_RIG(run_tensors_inside_of_the_scratch_arent_copied),
        WITH_RIG(run_tensor_overlapping_its_place_is_moved),
        WITH_RIG(run_output_rows_are_shortened),
        WITH_RIG(run_failure_of_the_driver_is_told),
        WITH_RIG(prepare_tensors_of_other_sizes_are_refused),
        WITH_RIG(prepare_other_npus_are_refused),
        WITH_RIG(prepare_stream_for_a_u85_is_refused),
        WITH_RIG(prepare_streams_that_leave_their_regions_are_refused),
        WITH_RIG(prepare_damaged_payloads_are_refused_by_all),
        WITH_RIG(prepare_tensors_in_other_regions_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
