/* SPDX-License-Identifier: Apache-2.0 */
/* The contract is in finish.h. */
#include "cli/finish.h"

#include <stdio.h>

/* A bug of ours, memory, or a disk that is full is a failure; the rest is
 * something that the user can mend in what was given. */
static int exit_status(ScStatus status) {
    switch (status) {
    case SC_OK:
        return EXIT_DONE;
    case SC_E_INTERNAL:
    case SC_E_MEMORY:
        return EXIT_FAILED;
    default:
        return EXIT_BAD_INPUT;
    }
}

void print_json_string(const char *text) {
    putchar('"');
    for (; text && *text; text++) {
        unsigned char c = (unsigned char)*text;
        if (c == '"' || c == '\\') {
            printf("\\%c", c);
        } else if (c < 0x20) {
            printf("\\u%04x", c);
        } else {
            putchar(c);
        }
    }
    putchar('"');
}

static void print_json_diags(const ScDiag *diags, size_t n) {
    printf("{\"schema\": \"sconce.error/1\", \"diagnostics\": [");
    for (size_t i = 0; i < n; i++) {
        const char *texts[] = {diags[i].where, diags[i].what, diags[i].why, diags[i].todo};
        const char *keys[] = {"where", "what", "why", "todo"};
        printf("%s{\"severity\": \"%s\", \"status\": \"%s\"", i ? ", " : "",
               diags[i].severity == SC_ERROR ? "error" : "warning",
               sc_status_name(diags[i].status));
        for (size_t k = 0; k < 4; k++) {
            printf(", \"%s\": ", keys[k]);
            print_json_string(texts[k] ? texts[k] : "");
        }
        printf("}");
    }
    printf("]}\n");
}

static void print_diags(const ScSession *session, bool json, ScStatus status) {
    size_t n;
    const ScDiag *diags = sc_session_diags(session, &n);
    for (size_t i = 0; i < n; i++) {
        const ScDiag *d = &diags[i];
        fprintf(stderr, "%s: %s: %s", d->where,
                d->severity == SC_ERROR ? "error" : "warning", d->what);
        if (d->why) {
            fprintf(stderr, "; %s", d->why);
        }
        if (d->todo) {
            fprintf(stderr, "; %s", d->todo);
        }
        fputc('\n', stderr);
    }
    if (json && status != SC_OK) {
        print_json_diags(diags, n);
    }
}

int finish(ScSession *session, bool json, ScStatus status, ScText text) {
    if (status == SC_OK && text.data) {
        fwrite(text.data, 1, text.n_bytes, stdout);
    }
    print_diags(session, json, status);
    bool lost = fflush(stdout) != 0;
    sc_session_free(session);
    return lost && status == SC_OK ? EXIT_FAILED : exit_status(status);
}

int bad_use(const char *verb, const char *what) {
    fprintf(stderr, "sconce %s: error: %s; see `sconce %s --help`\n", verb, what, verb);
    return EXIT_BAD_INPUT;
}

ScSession *session_or_null(void) {
    ScSession *session = sc_session_new();
    if (!session) {
        fprintf(stderr, "sconce: error: out of memory\n");
    }
    return session;
}
