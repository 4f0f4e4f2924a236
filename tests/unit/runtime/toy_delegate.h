/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A delegate for tests: out = a + b + bias over int8 tensors, modulo 256, computed in
 * its scratch memory. Payload, little-endian:
 *
 *     "TOY1", u32 n (bytes of each tensor), u32 offsets of a, b and out in the scratch,
 *     u32 scratch bytes, u32 scratch alignment, then nothing, or the key of named
 *     data, ended by 0, whose first byte is the bias
 *
 * An offset of TOY_NOWHERE: the tensor is read or written where it is, and place() has
 * no place for it.
 */
#ifndef SC_TESTS_TOY_DELEGATE_H
#define SC_TESTS_TOY_DELEGATE_H

#include <string.h>

#include "runtime/flatbuf.h"
#include "sconce/runtime.h"

enum { TOY_HEADER = 28, TOY_NOWHERE = 0x7fffffff };

/* What happened, for tests to look at. */
typedef struct ToyLog {
    uint32_t n_prepared, n_runs, n_released;
    uint32_t n_copies; /* of tensors that didn't lie in the scratch */
    void *scratch;     /* of the last run */
    size_t scratch_bytes;
} ToyLog;

typedef struct Toy {
    uint32_t n, offset[3];
    ScDelegateNeed need;
    uint8_t bias;
} Toy;

static inline ScStatus toy_read(const ScDelegatePayload *payload, Toy *out) {
    const uint8_t *p = payload->data;
    const uint8_t *bias;
    size_t n_bytes;
    memset(out, 0, sizeof *out);
    if ((uintptr_t)p % SC_FILE_ALIGN || payload->n_bytes < TOY_HEADER ||
        memcmp(p, "TOY1", 4) != 0) {
        return SC_E_FORMAT;
    }
    out->n = sc_load_u32(p + 4);
    out->need.scratch_bytes = sc_load_u32(p + 20);
    out->need.scratch_align = sc_load_u32(p + 24);
    out->need.n_inputs = 2;
    out->need.n_outputs = 1;
    for (uint32_t i = 0; i < 3; i++) {
        uint32_t at = out->offset[i] = sc_load_u32(p + 8 + 4 * i);
        if (at != TOY_NOWHERE &&
            (at > out->need.scratch_bytes || out->n > out->need.scratch_bytes - at)) {
            return SC_E_FORMAT;
        }
    }
    size_t align = out->need.scratch_align;
    if (align < SC_FILE_ALIGN || (align & (align - 1))) {
        return SC_E_FORMAT;
    }
    if (payload->n_bytes == TOY_HEADER) {
        return SC_OK;
    }
    if (p[payload->n_bytes - 1] != 0) {
        return SC_E_FORMAT;
    }
    SC_TRY(sc_named_data(payload->model, (const char *)p + TOY_HEADER, &bias, &n_bytes));
    out->bias = n_bytes ? bias[0] : 0;
    return SC_OK;
}

static inline ScStatus toy_measure(const ScDelegate *self, const ScDelegatePayload *payload,
                                   ScDelegateNeed *out_need) {
    Toy toy;
    (void)self;
    SC_TRY(toy_read(payload, &toy));
    *out_need = toy.need;
    return SC_OK;
}

static inline ScStatus toy_place(const ScDelegate *self, const ScDelegatePayload *payload,
                                 uint32_t index, size_t *out_offset, size_t *out_bytes) {
    Toy toy;
    (void)self;
    SC_TRY(toy_read(payload, &toy));
    if (index >= 3 || toy.offset[index] == TOY_NOWHERE) {
        return SC_E_NOT_FOUND;
    }
    *out_offset = toy.offset[index];
    *out_bytes = toy.n;
    return SC_OK;
}

static inline ScStatus toy_prepare(const ScDelegate *self, const ScDelegatePayload *payload,
                                   const ScTensor *tensors, uint32_t n_tensors) {
    Toy toy;
    ToyLog *log = self->user;
    SC_TRY(toy_read(payload, &toy));
    for (uint32_t i = 0; i < n_tensors; i++) {
        if (tensors[i].dtype != SC_I8 || sc_tensor_bytes(&tensors[i]) != toy.n) {
            return SC_E_SHAPE;
        }
    }
    log->n_prepared++;
    return n_tensors == 3 ? SC_OK : SC_E_INTERNAL;
}

static inline uint8_t *toy_bytes(const Toy *toy, const ScTensor *tensors, uint32_t i,
                                 uint8_t *scratch) {
    return toy->offset[i] == TOY_NOWHERE ? tensors[i].data : scratch + toy->offset[i];
}

static inline void toy_copy(ToyLog *log, uint8_t *to, const uint8_t *from, size_t n) {
    if (to != from) {
        memmove(to, from, n);
        log->n_copies++;
    }
}

static inline ScStatus toy_run(const ScDelegate *self, const ScDelegatePayload *payload,
                               const ScTensor *tensors, uint32_t n_tensors, void *scratch,
                               size_t scratch_bytes) {
    Toy toy;
    ToyLog *log = self->user;
    SC_TRY(toy_read(payload, &toy));
    if (n_tensors != 3 || scratch_bytes < toy.need.scratch_bytes) {
        return SC_E_INTERNAL;
    }
    uint8_t *a = toy_bytes(&toy, tensors, 0, scratch);
    uint8_t *b = toy_bytes(&toy, tensors, 1, scratch);
    uint8_t *out = toy_bytes(&toy, tensors, 2, scratch);
    toy_copy(log, a, tensors[0].data, toy.n);
    toy_copy(log, b, tensors[1].data, toy.n);
    for (size_t i = 0; i < toy.n; i++) {
        out[i] = (uint8_t)(a[i] + b[i] + toy.bias);
    }
    /* Nobody may count on what lies elsewhere in the scratch. */
    for (size_t i = 0; i < toy.need.scratch_bytes; i++) {
        bool used = false;
        for (uint32_t k = 0; k < 3; k++) {
            used = used || (i >= toy.offset[k] && i - toy.offset[k] < toy.n);
        }
        if (!used) {
            ((uint8_t *)scratch)[i] = 0xa5;
        }
    }
    toy_copy(log, tensors[2].data, out, toy.n);
    log->n_runs++;
    log->scratch = scratch;
    log->scratch_bytes = scratch_bytes;
    return SC_OK;
}

static inline void toy_release(const ScDelegate *self) {
    ((ToyLog *)self->user)->n_released++;
}

#define TOY_DELEGATE(name, log)                                                  \
    {                                                                            \
        .id = (name), .user = (log), .measure = toy_measure, .place = toy_place, \
        .prepare = toy_prepare, .run = toy_run, .release = toy_release           \
    }

/* Writes a payload without a key; TOY_HEADER bytes. */
static inline void toy_payload(uint8_t *out, uint32_t n, uint32_t a, uint32_t b,
                               uint32_t sum, uint32_t scratch_bytes, uint32_t align) {
    const uint32_t words[] = {n, a, b, sum, scratch_bytes, align};
    memcpy(out, "TOY1", 4);
    for (uint32_t i = 0; i < 6; i++) {
        for (uint32_t k = 0; k < 4; k++) {
            out[4 + 4 * i + k] = (uint8_t)(words[i] >> 8 * k);
        }
    }
}

#endif
