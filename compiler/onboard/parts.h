/* SPDX-License-Identifier: Apache-2.0 */
/* How the files of onboard/ share one run. Private to the room. */
#ifndef SC_ONBOARD_PARTS_H
#define SC_ONBOARD_PARTS_H

#include "compiler/execute.h"
#include "compiler/onboard/board.h"
#include "compiler/onboard/process.h"
#include "compiler/onboard/qemu.h"

/* Files in the private folder. */
typedef struct ScQemuFiles {
    const char *job, *result, *counts;
} ScQemuFiles;

typedef struct ScQemuRun {
    Sc *sc;
    const ScQemuRequest *request;
    ScBoard board;
    ScExecution execution; /* on this computer: types, layouts */
    ScQemuFiles files;
    uint32_t first_set, n_sets; /* of this start of QEMU */
    bool per_call;              /* in this start */
    ScQemuResult *result;
} ScQemuRun;

static inline uint32_t sc_qemu_runs(const ScQemuRun *run) {
    return run->request->n_runs ? run->request->n_runs : 1;
}

/* How many sets fit into the board's memory beside the program, at least 1. */
uint32_t sc_qemu_sets_at_once(const ScQemuRun *run);
/* Writes the block that boards/qemu/job.h describes. */
ScStatus sc_qemu_job_write(ScQemuRun *run);
/* Reads results and counts into run->result. */
ScStatus sc_qemu_result_read(ScQemuRun *run, const ScProcessEnd *end);

#endif
