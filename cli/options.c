/* SPDX-License-Identifier: Apache-2.0 */
/* The contract is in options.h. */
#include "cli/options.h"

#include <stdio.h>
#include <string.h>

static bool complain(const char *verb, const char *what, const char *name) {
    fprintf(stderr, "sconce %s: error: %s '%s'; see `sconce %s --help`\n", verb, what, name,
            verb);
    return false;
}

static const Option *find(const Option *options, size_t n, const char *arg, size_t length) {
    for (size_t i = 0; i < n; i++) {
        if (strlen(options[i].name) == length && !strncmp(options[i].name, arg, length)) {
            return &options[i];
        }
    }
    return 0;
}

static bool store(const char *verb, const Option *option, const char *value) {
    if (option->text) {
        *option->text = value;
        return true;
    }
    if (*option->n_list == option->cap_list) {
        return complain(verb, "too many of", option->name);
    }
    option->list[(*option->n_list)++] = value;
    return true;
}

bool options_parse(const char *verb, int argc, char **argv, const Option *options,
                   size_t n_options, const char **out_words, size_t cap_words,
                   size_t *out_n_words) {
    *out_n_words = 0;
    for (int i = 0; i < argc; i++) {
        const char *arg = argv[i];
        if (arg[0] != '-' || arg[1] == 0) {
            if (*out_n_words == cap_words) {
                return complain(verb, "unexpected word", arg);
            }
            out_words[(*out_n_words)++] = arg;
            continue;
        }
        const char *equal = strchr(arg, '=');
        size_t length = equal ? (size_t)(equal - arg) : strlen(arg);
        const Option *option = find(options, n_options, arg, length);
        if (!option) {
            return complain(verb, "unknown option", arg);
        }
        if (option->flag) {
            if (equal) {
                return complain(verb, "this option takes no value:", arg);
            }
            *option->flag = true;
            continue;
        }
        if (!equal && i + 1 == argc) {
            return complain(verb, "a value must follow", arg);
        }
        if (!store(verb, option, equal ? equal + 1 : argv[++i])) {
            return false;
        }
    }
    return true;
}
