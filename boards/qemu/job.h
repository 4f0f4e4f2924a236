/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What host and runner tell each other.
 *
 * The host puts one block at the start of the machine's DATA memory: this header,
 * the .pte, the inputs. The runner opens the host file `result` by semihosting
 * and writes lines of text, some followed by raw bytes:
 *
 *   sconce-run 1
 *   need WORKSPACE_BYTES MEMORY_BYTES...
 *   scratch BYTES                         of delegate calls, outside of the memories
 *   simulated DELEGATE BYTES              its engine isn't here: a simulator ran, in so
 *                                         much memory more
 *   lacks BYTES FREE_BYTES                a buffer that no memory can hold
 *   output SET INDEX DTYPE RANK SIZES... DIM_ORDER... N_BYTES   then N_BYTES bytes, '\n'
 *   call INSTRUCTION OPERATOR             one an instruction of the profiled run
 *   stack USED_BYTES SIZE_BYTES
 *   fault EXCEPTION PC LR SP CFSR HFSR ADDRESS
 *   done STATUS STAGE INSTRUCTION OPERATOR
 *
 * Numbers are decimal; a missing name is "-". `done` is always the last line; a
 * file without it is that of a run that was cut off.
 *
 * Everything is little-endian. Offsets count from the header and are multiples of
 * SC_JOB_ALIGN. Inputs are in the program's own layout, in order, set after set,
 * each padded to SC_JOB_ALIGN.
 */
#ifndef SC_BOARDS_QEMU_JOB_H
#define SC_BOARDS_QEMU_JOB_H

#include <stdint.h>

enum {
    SC_JOB_MAGIC = 0x424A4353, /* "SCJB" */
    SC_JOB_VERSION = 1,
    SC_JOB_ALIGN = 16,
    SC_JOB_PROFILE = 1 /* flag: one more run of the first set, with marks around calls */
};

typedef struct ScJob {
    uint32_t magic, version;
    uint32_t n_bytes; /* of the whole block */
    uint32_t flags;
    uint32_t pte_offset, pte_bytes;
    uint32_t result_offset; /* path on the host, 0-terminated */
    uint32_t inputs_offset, inputs_bytes;
    uint32_t n_sets;           /* each starts from the state stored in the file */
    uint32_t n_runs;           /* of each set; outputs are those of the last one */
    uint32_t max_instructions; /* of a run, 0 = the runtime's own limit */
} ScJob;

#endif
