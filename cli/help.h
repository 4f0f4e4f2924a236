/* SPDX-License-Identifier: Apache-2.0 */
/* The texts of --help. */
#ifndef SC_CLI_HELP_H
#define SC_CLI_HELP_H

/* Of a verb; of the whole command when verb is NULL or unknown. */
const char *help_text(const char *verb);

#endif
