/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Runs a .pte on a simulated board: QEMU with the runner image of boards/qemu.
 * Arrays are in the logical shape of the model, whatever layout the program
 * keeps; results are what the core computed, byte for byte.
 *
 * The image of a core is the file `<core>.elf` with its `<core>.board`; both and
 * the counting plugin lie in one folder: boards_dir, else $SCONCE_BOARDS, else
 * `boards` beside the running command, else `../lib/sconce/boards` from there.
 */
#ifndef SC_ONBOARD_QEMU_H
#define SC_ONBOARD_QEMU_H

#include "compiler/base/npy.h"

typedef struct ScQemuRequest {
    const char *core;       /* which image */
    const char *boards_dir; /* NULL = as above */
    const char *where;      /* names the model in diagnostics */
    ScBytes pte;            /* aligned to SC_FILE_ALIGN */
    const ScArray *inputs;  /* [n_sets][n_inputs] */
    uint32_t n_inputs;
    uint32_t n_sets;    /* each starts from the state stored in the file */
    uint32_t n_runs;    /* of each set; 0 = 1; state is kept between them */
    bool count;         /* instructions */
    bool per_call;      /* and those of each instruction of the program */
    const char *pcs;    /* NULL, or file for counts by address (tools/qemu_plugin) */
    uint32_t timeout_s; /* of one start of QEMU; 0 = 300 */
} ScQemuRequest;

/* One instruction of the program in the order in which they ran; n includes the
 * runtime's dispatch. */
typedef struct ScQemuCall {
    const char *operator_name; /* "" when it isn't a kernel call */
    uint32_t instruction;
    uint64_t n;
} ScQemuCall;

/* A delegate whose engine the board hasn't got: a simulator ran in its place, so the
 * instructions of its calls say nothing about the engine. */
typedef struct ScQemuSimulated {
    const char *delegate;
    size_t n_bytes; /* that the simulator took in addition */
} ScQemuSimulated;

typedef struct ScQemuResult {
    ScArray *outputs; /* [n_sets][n_outputs], in the arena */
    uint32_t n_outputs, n_sets;
    size_t workspace_bytes;
    uint32_t n_memories;
    size_t memory_bytes[SC_MAX_MEMORIES];
    size_t scratch_bytes; /* of delegate calls, outside of the memories */
    size_t stack_bytes;   /* deepest use: runner and runtime included */
    ScQemuSimulated *simulated;
    uint32_t n_simulated;
    /* Instructions retired; 0 unless they were asked for. */
    uint64_t verify_instructions; /* sc_verify() */
    uint64_t load_instructions;   /* sc_open(), sc_need(), sc_need_scratch(), sc_init() */
    uint64_t *run_instructions;   /* [n_sets * n_runs], sc_run() */
    uint32_t n_run_instructions;
    ScQemuCall *calls; /* of one run of the first set */
    uint32_t n_calls;
} ScQemuResult;

/*
 * SC_E_NOT_FOUND: no image or no QEMU; SC_E_MEMORY: the board's memories are too
 * small; SC_E_LIMIT: the time is over; SC_E_INTERNAL: the core faulted; else what
 * the runtime on the board said. Every failure has a diagnostic.
 */
ScStatus sc_qemu_run(Sc *sc, const ScQemuRequest *request, ScQemuResult *out_result);

#endif
