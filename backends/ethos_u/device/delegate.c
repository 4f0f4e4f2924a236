/* SPDX-License-Identifier: Apache-2.0 */
/* The delegate: copies, caches, invoke. The contract is in ethos_u.h. */
#include "backends/ethos_u/device/ethos_u.h"

#include <string.h>

#include "backends/ethos_u/device/payload.h"
#include "backends/ethos_u/device/ranges.h"

enum { N_BASES = 3 };

static const ScEthosUDriver *driver_of(const ScDelegate *self) {
    return self->user;
}

static ScStatus payload_open(const ScDelegatePayload *payload, ScEthosUPayload *out) {
    return sc_ethos_u_payload_read(payload->data, payload->n_bytes, payload->model, out,
                                   NULL);
}

static size_t line_of(const ScEthosUDriver *driver) {
    return driver->line_bytes > SC_FILE_ALIGN ? driver->line_bytes : SC_FILE_ALIGN;
}

static size_t padded(size_t n_bytes, size_t line) {
    return (n_bytes + line - 1) / line * line;
}

/* Scratch shares no cache line with anything else: lines are dropped behind a run. */
ScStatus sc_ethos_u_measure(const ScDelegate *self, const ScDelegatePayload *payload,
                            ScDelegateNeed *out_need) {
    ScEthosUPayload p;
    SC_TRY(payload_open(payload, &p));
    out_need->scratch_align = line_of(driver_of(self));
    out_need->scratch_bytes = padded(p.scratch_bytes, out_need->scratch_align);
    out_need->n_inputs = p.n_inputs;
    out_need->n_outputs = p.n_outputs;
    return SC_OK;
}

ScStatus sc_ethos_u_place(const ScDelegate *self, const ScDelegatePayload *payload,
                          uint32_t index, size_t *out_offset, size_t *out_bytes) {
    ScEthosUPayload p;
    (void)self;
    SC_TRY(payload_open(payload, &p));
    if (index >= p.n_inputs + p.n_outputs) {
        return SC_E_NOT_FOUND;
    }
    ScEthosUIo io = sc_ethos_u_io(&p, index);
    *out_offset = io.offset;
    *out_bytes = io.n_bytes;
    return io.region == SC_EU_SCRATCH_REGION ? SC_OK : SC_E_NOT_FOUND;
}

/* ---- prepare ----------------------------------------------------------------------------
 */

static ScStatus stream_check(const ScEthosUDriver *driver, const ScEthosUPayload *p) {
    const ScEthosUConfig *config = &p->commands.config;
    ScEthosUSpace space;
    if (config->product == SC_EU_U85 ||
        (driver->n_macs && (driver->n_macs != config->n_macs ||
                            driver->product != (uint8_t)config->product))) {
        return SC_E_UNSUPPORTED; /* made for another NPU */
    }
    memset(&space, 0, sizeof space);
    space.n_bytes[SC_EU_WEIGHT_REGION_INDEX] = p->weight_bytes;
    space.n_bytes[SC_EU_SCRATCH_REGION] = p->scratch_bytes;
    space.n_bytes[SC_EU_FAST_REGION] = driver->fast_scratch_bytes;
    space.writable = 1u << SC_EU_SCRATCH_REGION | 1u << SC_EU_FAST_REGION;
    space.shram_bytes = config->shram_bytes;
    return driver->trusted
               ? SC_OK
               : sc_ethos_u_verify(p->commands.words, p->commands.n_words, &space, NULL);
}

/* Rows of the stream's last dimension may be longer than the tensor's: only outputs have
 * that, and rows must divide the tensor. */
static bool tensor_fits(const ScTensor *tensor, const ScEthosUIo *io, bool is_output) {
    size_t n_bytes = sc_tensor_bytes(tensor);
    size_t row = (size_t)io->shape[SC_EU_IO_RANK - 1] * io->element_bytes;
    size_t n_rows = io->n_bytes / row;
    return n_bytes == io->n_bytes ||
           (is_output && n_bytes && n_bytes % n_rows == 0 && n_bytes / n_rows < row);
}

ScStatus sc_ethos_u_prepare(const ScDelegate *self, const ScDelegatePayload *payload,
                            const ScTensor *tensors, uint32_t n_tensors) {
    ScEthosUPayload p;
    SC_TRY(payload_open(payload, &p));
    if (n_tensors != p.n_inputs + p.n_outputs) {
        return SC_E_UNSUPPORTED;
    }
    for (uint32_t i = 0; i < n_tensors; i++) {
        ScEthosUIo io = sc_ethos_u_io(&p, i);
        if (io.region != SC_EU_SCRATCH_REGION) {
            return SC_E_UNSUPPORTED; /* regions of their own for inputs and outputs */
        }
        if (!tensor_fits(&tensors[i], &io, i >= p.n_inputs)) {
            return SC_E_SHAPE;
        }
    }
    return stream_check(driver_of(self), &p);
}

/* ---- run --------------------------------------------------------------------------------
 */

static void inputs_copy(const ScEthosUPayload *p, const ScTensor *tensors,
                        uint8_t *scratch) {
    for (uint32_t i = 0; i < p->n_inputs; i++) {
        ScEthosUIo io = sc_ethos_u_io(p, i);
        if (tensors[i].data != scratch + io.offset) {
            memmove(scratch + io.offset, tensors[i].data, io.n_bytes);
        }
    }
}

static void rows_copy(const ScTensor *tensor, const ScEthosUIo *io, const uint8_t *from) {
    size_t row = (size_t)io->shape[SC_EU_IO_RANK - 1] * io->element_bytes;
    size_t n_rows = io->n_bytes / row;
    size_t n_bytes = sc_tensor_bytes(tensor) / n_rows;
    if (n_bytes == row) {
        memmove(tensor->data, from, io->n_bytes);
        return;
    }
    for (size_t i = 0; i < n_rows; i++) {
        memmove((uint8_t *)tensor->data + i * n_bytes, from + i * row, n_bytes);
    }
}

static void outputs_copy(const ScEthosUPayload *p, const ScTensor *tensors,
                         const uint8_t *scratch) {
    for (uint32_t i = p->n_inputs; i < p->n_inputs + p->n_outputs; i++) {
        ScEthosUIo io = sc_ethos_u_io(p, i);
        if (tensors[i].data != scratch + io.offset) {
            rows_copy(&tensors[i], &io, scratch + io.offset);
        }
    }
}

static void caches_clean(const ScEthosUDriver *driver, void *scratch, size_t n_bytes) {
    if (driver->clean) {
        driver->clean(driver->user, scratch, n_bytes);
    }
}

static void caches_invalidate(const ScEthosUDriver *driver, void *scratch, size_t n_bytes) {
    if (driver->invalidate) {
        driver->invalidate(driver->user, scratch, n_bytes);
    }
}

/* Weights are constants of the firmware or of a file: nobody has them dirty in a cache.
 * The fast scratch holds nothing that the CPU writes or reads. */
static int npu_invoke(const ScEthosUDriver *driver, const ScEthosUPayload *p,
                      void *scratch) {
    const uint64_t bases[N_BASES] = {(uintptr_t)p->weights, (uintptr_t)scratch,
                                     (uintptr_t)driver->fast_scratch};
    const size_t n_bytes[N_BASES] = {p->weight_bytes, p->scratch_bytes,
                                     driver->fast_scratch_bytes};
    return driver->invoke(driver->user, p->cop, p->cop_bytes, bases, n_bytes, N_BASES);
}

ScStatus sc_ethos_u_run(const ScDelegate *self, const ScDelegatePayload *payload,
                        const ScTensor *tensors, uint32_t n_tensors, void *scratch,
                        size_t scratch_bytes) {
    const ScEthosUDriver *driver = driver_of(self);
    ScEthosUPayload p;
    (void)n_tensors;
    SC_TRY(payload_open(payload, &p));
    size_t lines = padded(p.scratch_bytes, line_of(driver));
    if (scratch_bytes < lines) {
        return SC_E_MEMORY;
    }
    inputs_copy(&p, tensors, scratch);
    caches_clean(driver, scratch, lines);
    if (npu_invoke(driver, &p, scratch) != 0) {
        return SC_E_ENGINE;
    }
    caches_invalidate(driver, scratch, lines);
    outputs_copy(&p, tensors, scratch);
    return SC_OK;
}
