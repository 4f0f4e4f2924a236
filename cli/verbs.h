/* SPDX-License-Identifier: Apache-2.0 */
/* Verbs that stand in files of their own. argv: behind the verb. */
#ifndef SC_CLI_VERBS_H
#define SC_CLI_VERBS_H

int verb_eval(int argc, char **argv);
int verb_compare(int argc, char **argv);
int verb_doctor(int argc, char **argv);

#endif
