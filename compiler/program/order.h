/* SPDX-License-Identifier: Apache-2.0 */
/* Searches an order of instructions with a lower peak. Private to this room. */
#ifndef SC_PROGRAM_ORDER_H
#define SC_PROGRAM_ORDER_H

#include "compiler/program/program.h"

/* The argument's buffer that inst's output could take over as far as types
 * and views go; who is dead and who isn't is for the caller to know. */
bool sc_inplace_pair(const ScProgram *program, const ScPInst *inst, uint32_t *out_from,
                     uint32_t *out_to);

/*
 * A permutation of the instructions (out_order[i] = the one to run i-th) whose
 * peak is lower than that of the order they stand in, or NULL when none was
 * found. The program must be free of jumps and moves.
 */
const uint32_t *sc_order_search(ScArena *arena, const ScProgram *program);

#endif
