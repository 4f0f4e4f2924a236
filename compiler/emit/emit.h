/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What comes out of a Program: the .pte file, the C source of the kernel table
 * and the reports. Everything here is deterministic: the same Program gives
 * the same bytes.
 */
#ifndef SC_EMIT_EMIT_H
#define SC_EMIT_EMIT_H

#include "compiler/program/program.h"

/*
 * Appends the .pte file of a planned Program to *out. Values, constants and
 * operators that nothing refers to are left out. Delegate payloads stand inline
 * in the flatbuffer, 16-byte aligned. Fails when a buffer has no place or
 * doesn't fit into the format. Format: docs/formats.md.
 */
ScStatus sc_emit_pte(Sc *sc, const ScProgram *program, ScBuf *out);

/*
 * Appends the C source of `const ScKernelTable sc_kernel_table`, whose rows are
 * what the programs need of `offered` (all kernels of a backend), sorted by
 * (name, dtype_class). A row's symbol is "sc_", the name with "::" and "."
 * replaced by "_", "_", and the class ('x' for '*').
 * A program with delegate calls needs the row SC_DELEGATE_NAME. Unless methods is NULL,
 * `const ScBound sc_bound[]` follows: one item a program, read off its method, which
 * sc_init() initialised with kernels of `offered`.
 */
ScStatus sc_emit_kernel_table(Sc *sc, const ScProgram *const *programs,
                              const ScMethod *const *methods, size_t n_programs,
                              const ScKernelTable *offered, ScBuf *out);

/* Bytes of workspace that sc_init_bound() needs for a method that sc_init() made,
 * and of all its buffers, config.scratch too, each rounded up to SC_FILE_ALIGN. */
uint32_t sc_bound_workspace(const ScMethod *method);
uint64_t sc_bound_ram(const ScMethod *method);

/* 'd' > 'f' > 'h' > 'i' of the widest tensor argument of a call; 'i' when it
 * has none. See ScKernel in sconce/runtime.h. */
char sc_call_dtype_class(const ScProgram *program, const ScPInst *inst);

/* Sizes of a .pte file, for its report. */
typedef struct ScPteSizes {
    uint64_t file, flatbuffer, segments, constants;
    uint32_t n_methods;
    const char *const *method_names;
} ScPteSizes;

/* Of bytes that sc_verify() accepted. */
ScStatus sc_pte_sizes(Sc *sc, const char *where, ScBytes file, ScPteSizes *out_sizes);

/* What a program may need; 0 = no limit. */
typedef struct ScLimits {
    uint64_t ram;   /* bytes: tensors and workspace */
    uint64_t flash; /* bytes: the .pte, without runtime and kernels */
    bool quantized; /* the model was calibrated: not a remedy any more */
    bool int8_io;
} ScLimits;

/* SC_E_LIMIT when the program needs more: says how much, for what, and what helps. */
ScStatus sc_limits_check(Sc *sc, const char *where, const ScProgram *program, uint64_t ram,
                         uint64_t flash, const ScLimits *limits);

/* What planning a program's memories anew changed. */
typedef struct ScReplan {
    uint64_t old_bytes, new_bytes;     /* of the memories */
    uint64_t old_scratch, new_scratch; /* of delegate calls, outside of them */
    uint64_t old_file, new_file;       /* with the .ptd that went inside */
    uint64_t old_constants, new_constants;
    uint32_t n_calls;               /* delegate calls */
    uint32_t n_planned;             /* of them with their scratch in the plan */
    uint32_t n_unknown;             /* whose delegate isn't linked, or refuses */
    uint32_t n_tensors, n_in_place; /* what they read and write; without a copy */
} ScReplan;

/* Appends a report; sizes NULL = the Program isn't in a file yet. Text is for
 * people; JSON has "schema": "sconce.inspect/1". */
ScStatus sc_report_program(Sc *sc, const char *title, const ScProgram *program,
                           const ScPteSizes *sizes, ScFormat format, ScBuf *out);
/* The same with what changed. */
ScStatus sc_report_replan(Sc *sc, const char *title, const ScProgram *program,
                          const ScPteSizes *sizes, const ScReplan *replan, ScFormat format,
                          ScBuf *out);

#endif
