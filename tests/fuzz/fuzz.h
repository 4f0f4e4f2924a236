/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What all fuzz targets share. A target trusts nothing of its input and checks
 * what the headers promise: one error for each failure, results that pass the
 * next stage's verifier. A broken promise traps, which the fuzzer reports.
 */
#ifndef SC_TESTS_FUZZ_H
#define SC_TESTS_FUZZ_H

#include "compiler/base/context.h"
#include "compiler/base/file.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n_bytes);

/* Traps with a line on standard error. */
void fuzz_expect(bool promise, const char *text);

/* Runs work(sc, input, user) behind a door, with the input in a block of exactly its
 * size; checks that a failure has left an error behind. */
void fuzz_with_arena(const uint8_t *data, size_t n_bytes,
                     ScStatus (*work)(Sc *sc, ScBytes input, void *user), void *user);

#endif
