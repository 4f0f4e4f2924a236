/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Programs that somebody else wrote: started with an argument vector (no shell),
 * a private folder for their files and a time limit.
 */
#ifndef SC_ONBOARD_PROCESS_H
#define SC_ONBOARD_PROCESS_H

#include "compiler/base/context.h"
#include "compiler/base/text.h"

/* Makes a folder that only this user can read, in $TMPDIR or /tmp. Its files go,
 * and the folder with them, when the arena is freed. No folders inside it. */
ScStatus sc_private_dir(Sc *sc, const char **out_path);

typedef struct ScProcess {
    const char *name;        /* found in $PATH */
    const char *const *argv; /* ends with NULL; argv[0] is the name */
    uint32_t timeout_s;
    const char *install; /* what to do when it isn't there */
} ScProcess;

typedef struct ScProcessEnd {
    bool timed_out; /* and was killed */
    int exit_code;  /* -1 when a signal ended it */
    int signal;
    const char *errors; /* the first 4 KiB of its standard error, 0-terminated */
} ScProcessEnd;

/* SC_E_NOT_FOUND with a diagnostic when there is no such program. How the
 * program ended is no error of this call. */
ScStatus sc_process_run(Sc *sc, const ScProcess *process, ScProcessEnd *out_end);

#endif
