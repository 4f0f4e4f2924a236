/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where things lie in a .pte: header, segments, constants, first values of
 * state, named data. Private to the runtime and to the compiler's .pte reader.
 */
#ifndef SC_RUNTIME_MODEL_H
#define SC_RUNTIME_MODEL_H

#include "runtime/flatbuf.h"
#include "sconce/runtime.h"

/* Reads identifier and extended header into out_model. On failure out_fault
 * (may be NULL) tells where and what. */
ScStatus sc_header_read(const void *file, size_t n_bytes, ScModel *out_model,
                        ScVerifyReport *out_fault);

/* Fills in where the constants lie; the segments' tables must be sound. */
void sc_constants_open(ScModel *model);

/*
 * File positions of bytes, with how many there are from there to the end of
 * their segment; 0 and 0 bytes when there is no such entry.
 */
uint32_t sc_segment_at(const ScModel *model, uint32_t index, uint32_t *out_bytes);
/* A constant: data_buffer_idx of a tensor without allocation. */
uint32_t sc_constant_at(const ScModel *model, uint32_t index, uint32_t *out_bytes);
/* The first value of state: data_buffer_idx of a tensor with allocation. */
uint32_t sc_initial_at(const ScModel *model, uint32_t index, uint32_t *out_bytes);
/* A named-data segment. */
uint32_t sc_named_at(const ScModel *model, const char *key, uint32_t *out_bytes);

/* True for a tensor whose bytes are in the .ptd. */
bool sc_is_external(const uint8_t *file, uint32_t tensor);
/* Reads a .ptd's header into the model's data fields. On failure out_fault (may be NULL)
 * tells where and what. */
ScStatus sc_data_read(const void *data, size_t n_bytes, ScModel *model,
                      ScVerifyReport *out_fault);
/* The NamedData table of a key in a vector of them, 0 = none. */
uint32_t sc_named_entry(const uint8_t *file, uint32_t vector, const char *key);
/* The same in the .ptd. */
uint32_t sc_data_entry(const ScModel *model, const char *key);
/* Position in the .ptd of what a NamedData table names, and how many bytes. */
uint32_t sc_data_at(const ScModel *model, uint32_t named, uint32_t *out_bytes);
/* An external tensor's bytes, NULL and 0 bytes when they aren't there. */
const uint8_t *sc_external_at(const ScModel *model, uint32_t tensor, uint32_t *out_bytes);

/* A delegate's payload: table is that of its BackendDelegateDataReference. */
uint32_t sc_payload_at(const ScModel *model, uint32_t table, uint32_t *out_bytes);

/* Position of the execution plan, 0 = no such method; name NULL = the first. */
uint32_t sc_plan_at(const ScModel *model, const char *name);

/* strcmp() order of `text` against `name`, or `name.overload` when overload
 * isn't empty. */
int sc_name_compare(const char *text, const char *name, const char *overload);

#endif
