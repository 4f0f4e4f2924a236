/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Command lines: `--name value`, `--name=value`, switches, and words. A table
 * of options a verb; unknown or incomplete ones are explained, exit 2.
 */
#ifndef SC_CLI_OPTIONS_H
#define SC_CLI_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>

typedef struct Option {
    const char *name;  /* "--target" or "-o" */
    const char **text; /* takes a value: where it goes ... */
    bool *flag;        /* ... or a switch */
    const char **list; /* ... or may be given many times */
    size_t *n_list;
    size_t cap_list;
} Option;

/*
 * Sorts argv[0..argc) into options and words. False after printing
 * `sconce VERB: error: ...` to standard error.
 */
bool options_parse(const char *verb, int argc, char **argv, const Option *options,
                   size_t n_options, const char **out_words, size_t cap_words,
                   size_t *out_n_words);

#endif
