/* SPDX-License-Identifier: Apache-2.0 */
/* Finding and reading what `make boards` made. */
#ifndef SC_ONBOARD_BOARD_H
#define SC_ONBOARD_BOARD_H

#include "compiler/base/context.h"

/* The marks of boards/qemu/marks.h, in the order in which the plugin gets them. */
enum {
    SC_MARK_VERIFY,
    SC_MARK_LOAD,
    SC_MARK_LOADED,
    SC_MARK_RUN,
    SC_MARK_RAN,
    SC_MARK_CALL,
    SC_MARK_CALLED,
    SC_N_MARKS
};

typedef struct ScBoard {
    const char *core, *dir;
    const char *image;   /* path */
    const char *plugin;  /* path */
    const char *machine; /* QEMU's name */
    uint64_t job_start, job_end;
    uint64_t strict; /* 1: the core faults on unaligned accesses, the simulated doesn't */
    uint64_t marks[SC_N_MARKS];
} ScBoard;

/* dir NULL: see qemu.h. SC_E_NOT_FOUND when there is no image. */
ScStatus sc_board_find(Sc *sc, const char *core, const char *dir, ScBoard *out_board);

#endif
