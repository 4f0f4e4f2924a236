/* SPDX-License-Identifier: Apache-2.0 */
/* How verbs begin and end: sessions, exit statuses, diagnostics. */
#ifndef SC_CLI_FINISH_H
#define SC_CLI_FINISH_H

#include "sconce/compiler.h"

enum { EXIT_DONE = 0, EXIT_FAILED = 1, EXIT_BAD_INPUT = 2 };

/* NULL after saying that there is no memory. */
ScSession *session_or_null(void);
/* Prints text when all went well, then the diagnostics; frees the session. Returns
 * the exit status. */
int finish(ScSession *session, bool json, ScStatus status, ScText text);
/* Says what is wrong with the command line; returns EXIT_BAD_INPUT. */
int bad_use(const char *verb, const char *what);
/* To standard output, with its quotes. */
void print_json_string(const char *text);

#endif
