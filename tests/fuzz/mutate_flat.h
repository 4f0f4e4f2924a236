/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Changes flatbuffers where it matters: numbers, references, lengths of vectors, entries
 * of vtables, kinds of unions, found by walking the file with its schema. Blind changes
 * mostly break the walk at the root; these reach what lies behind it.
 */
#ifndef SC_TESTS_FUZZ_MUTATE_FLAT_H
#define SC_TESTS_FUZZ_MUTATE_FLAT_H

#include <stddef.h>
#include <stdint.h>

/* Roots of the schemas that are known. */
enum { FLAT_PROGRAM = 1, FLAT_DATA, FLAT_BUNDLED };

/* libFuzzer's own; absent in the replay. */
size_t LLVMFuzzerMutate(uint8_t *data, size_t n_bytes, size_t max_bytes)
    __attribute__((weak));
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t n_bytes, size_t max_bytes,
                               unsigned int seed);

/* A number below n from *state. */
size_t flat_pick(uint64_t *state, size_t n);

/* One to four changes in place; false when the walk found nothing to change. */
int flat_mutate(uint8_t *data, size_t n_bytes, int root, uint64_t *state);

/* Where a bundled program's own bytes are; 0 when they can't be found. */
size_t flat_program_in_bundle(const uint8_t *data, size_t n_bytes, size_t *out_bytes);

#endif
