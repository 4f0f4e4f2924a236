/* SPDX-License-Identifier: Apache-2.0 */
/* The verbs that judge: eval, compare and doctor. */
#include "cli/finish.h"
#include "cli/options.h"
#include "cli/verbs.h"

int verb_eval(int argc, char **argv) {
    const char *words[1] = {0};
    ScEvalOptions o = {0};
    bool json = false;
    size_t n_words;
    const Option options[] = {{.name = "--data", .text = &o.data},
                              {.name = "--labels", .text = &o.labels},
                              {.name = "--calibrate", .text = &o.calibrate},
                              {.name = "--target", .text = &o.target},
                              {.name = "--int8-io", .flag = &o.int8_io},
                              {.name = "--on", .text = &o.on},
                              {.name = "--json", .flag = &json}};
    if (!options_parse("eval", argc, argv, options, sizeof options / sizeof options[0],
                       words, 1, &n_words)) {
        return EXIT_BAD_INPUT;
    }
    if (n_words != 1) {
        return bad_use("eval", "give one model.pt2 or model.pte");
    }
    if (!o.data) {
        return bad_use("eval", "give samples of the inputs: --data x.npy");
    }
    o.model = words[0];
    ScSession *session = session_or_null();
    if (!session) {
        return EXIT_FAILED;
    }
    ScText text = {0, 0};
    ScStatus status = sc_eval(session, &o, json ? SC_JSON : SC_TEXT, &text);
    return finish(session, json, status, text);
}

int verb_compare(int argc, char **argv) {
    const char *words[1] = {0};
    ScCompareOptions o = {0};
    bool json = false;
    size_t n_words;
    const Option options[] = {{.name = "--calibrate", .text = &o.calibrate},
                              {.name = "--target", .text = &o.target},
                              {.name = "--data", .text = &o.data},
                              {.name = "--int8-io", .flag = &o.int8_io},
                              {.name = "--sensitivity", .flag = &o.sensitivity},
                              {.name = "--json", .flag = &json}};
    if (!options_parse("compare", argc, argv, options, sizeof options / sizeof options[0],
                       words, 1, &n_words)) {
        return EXIT_BAD_INPUT;
    }
    if (n_words != 1) {
        return bad_use("compare", "give one model.pt2");
    }
    if (!o.calibrate || !o.target) {
        return bad_use("compare", "give --calibrate x.npy and --target T");
    }
    o.model = words[0];
    ScSession *session = session_or_null();
    if (!session) {
        return EXIT_FAILED;
    }
    ScText text = {0, 0};
    ScStatus status = sc_compare(session, &o, json ? SC_JSON : SC_TEXT, &text);
    return finish(session, json, status, text);
}

int verb_doctor(int argc, char **argv) {
    bool json = false;
    size_t n_words;
    const Option options[] = {{.name = "--json", .flag = &json}};
    if (!options_parse("doctor", argc, argv, options, 1, 0, 0, &n_words)) {
        return EXIT_BAD_INPUT;
    }
    ScSession *session = session_or_null();
    if (!session) {
        return EXIT_FAILED;
    }
    ScText text = {0, 0};
    ScStatus status = sc_doctor(session, json ? SC_JSON : SC_TEXT, &text);
    return finish(session, json, status, text);
}
