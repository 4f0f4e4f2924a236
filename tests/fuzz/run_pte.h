/* SPDX-License-Identifier: Apache-2.0 */
/* A program against what the headers promise; for the targets of .pte, .ptd, .bpte. */
#ifndef SC_TESTS_FUZZ_RUN_PTE_H
#define SC_TESTS_FUZZ_RUN_PTE_H

#include "fuzz.h"

/* Whatever sc_verify_with_data() accepts can be opened, run and read; data may be {0}. */
ScStatus pte_take(Sc *sc, ScBytes pte, ScBytes data);

#endif
