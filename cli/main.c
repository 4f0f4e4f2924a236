/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The command `sconce`: parses arguments, calls sconce/compiler.h, prints.
 * Diagnostics go to standard error as `where: error: what; why; what to do`;
 * with --json also the failure is JSON, on standard output.
 * Exit status: 0 done, 1 it failed, 2 bad use or bad input.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/finish.h"
#include "cli/help.h"
#include "cli/options.h"
#include "cli/verbs.h"
#include "sconce/compiler.h"

enum { MAX_LIST = 256 };

/* ---- verbs ----------------------------------------------------------------------------
 */

/* "122880", "64K", "1M"; K and M are 1024 and 1024 * 1024. NULL is no limit. */
static bool parse_bytes(const char *text, uint64_t *out) {
    char *end;
    *out = 0;
    if (!text) {
        return true;
    }
    errno = 0;
    unsigned long long value = strtoull(text, &end, 10);
    uint64_t unit = *end == 'K' ? 1024 : *end == 'M' ? 1024 * 1024 : 1;
    end += unit != 1;
    *out = value * unit;
    return errno == 0 && *end == 0 && *text >= '0' && *text <= '9' && value >= 1 &&
           value <= UINT32_MAX;
}

static int verb_compile(int argc, char **argv) {
    const char *ops = 0, *layout = 0, *ram = 0, *flash = 0, *words[1] = {0};
    ScCompileOptions o = {0};
    bool json = false, float_io = false;
    size_t n_words;
    const Option options[] = {{.name = "-o", .text = &o.output},
                              {.name = "--output", .text = &o.output},
                              {.name = "--data", .text = &o.data},
                              {.name = "--target", .text = &o.target},
                              {.name = "--ops", .text = &ops},
                              {.name = "--dump", .text = &o.dump_dir},
                              {.name = "--skip-pass", .text = &o.skip_pass},
                              {.name = "--calibrate", .text = &o.calibrate},
                              {.name = "--observer", .text = &o.observer},
                              {.name = "--int8-io", .flag = &o.int8_io},
                              {.name = "--float-io", .flag = &float_io},
                              {.name = "--input-layout", .text = &layout},
                              {.name = "--max-ram", .text = &ram},
                              {.name = "--max-flash", .text = &flash},
                              {.name = "--json", .flag = &json}};
    if (!options_parse("compile", argc, argv, options, sizeof options / sizeof options[0],
                       words, 1, &n_words)) {
        return EXIT_BAD_INPUT;
    }
    if (n_words != 1) {
        return bad_use("compile", "give one model.pt2, or a .pte to plan anew");
    }
    if (ops && strcmp(ops, "stock") != 0 && strcmp(ops, "all") != 0) {
        return bad_use("compile", "--ops is 'stock' or 'all'");
    }
    if (layout && strcmp(layout, "nhwc") != 0 && strcmp(layout, "nchw") != 0) {
        return bad_use("compile", "--input-layout is 'nhwc' or 'nchw'");
    }
    if (float_io && o.int8_io) {
        return bad_use("compile", "--float-io and --int8-io exclude each other");
    }
    if (!parse_bytes(ram, &o.max_ram) || !parse_bytes(flash, &o.max_flash)) {
        return bad_use("compile",
                       "--max-ram and --max-flash are bytes, e.g. 65536, 64K, 1M");
    }
    o.nchw_inputs = layout && strcmp(layout, "nchw") == 0;
    o.input = words[0];
    o.stock_ops = ops && strcmp(ops, "stock") == 0;
    ScSession *session = session_or_null();
    if (!session) {
        return EXIT_FAILED;
    }
    ScText text = {0, 0};
    ScStatus status = sc_compile(session, &o, json ? SC_JSON : SC_TEXT, &text);
    return finish(session, json, status, text);
}

static bool parse_count(const char *text, unsigned long most, uint32_t *out) {
    char *end;
    errno = 0;
    unsigned long value = strtoul(text, &end, 10);
    *out = (uint32_t)value;
    return errno == 0 && *end == 0 && end != text && value >= 1 && value <= most;
}

static bool is_bundle(const char *path) {
    size_t n = strlen(path);
    return n > 5 && strcmp(path + n - 5, ".bpte") == 0;
}

/* What was asked, and the answer is no. */
static int finish_judged(ScSession *session, bool json, ScStatus status, ScText text,
                         bool passed) {
    int code = finish(session, json, status, text);
    return code == EXIT_DONE && !passed ? EXIT_FAILED : code;
}

static int run_bundle(const char *path, const char *data, const char *tolerance,
                      bool json) {
    ScBundleOptions o = {path, data, -1.0};
    char *end = 0;
    bool passed = false;
    if (tolerance) {
        o.tolerance = strtod(tolerance, &end);
        if (*end || end == tolerance || !(o.tolerance >= 0.0)) {
            return bad_use("run", "--tolerance is a number from 0 on");
        }
    }
    ScSession *session = session_or_null();
    if (!session) {
        return EXIT_FAILED;
    }
    ScText text = {0, 0};
    ScStatus status = sc_run_bundle(session, &o, json ? SC_JSON : SC_TEXT, &text, &passed);
    return finish_judged(session, json, status, text, passed);
}

static int verb_run(int argc, char **argv) {
    const char *inputs[MAX_LIST], *runs = 0, *limit = 0, *tolerance = 0, *words[1] = {0};
    ScRunFileOptions o = {.inputs = inputs};
    bool json = false;
    size_t n_words;
    const Option options[] = {
        {.name = "--input", .list = inputs, .n_list = &o.n_inputs, .cap_list = MAX_LIST},
        {.name = "-o", .text = &o.out_dir},
        {.name = "--output", .text = &o.out_dir},
        {.name = "--data", .text = &o.data},
        {.name = "--tolerance", .text = &tolerance},
        {.name = "--runs", .text = &runs},
        {.name = "--method", .text = &o.method},
        {.name = "--max-instructions", .text = &limit},
        {.name = "--on", .text = &o.on},
        {.name = "--target", .text = &o.target},
        {.name = "--profile", .flag = &o.profile},
        {.name = "--json", .flag = &json}};
    if (!options_parse("run", argc, argv, options, sizeof options / sizeof options[0],
                       words, 1, &n_words)) {
        return EXIT_BAD_INPUT;
    }
    if (n_words != 1) {
        return bad_use("run", "give one model.pte or model.pt2");
    }
    if (runs && !parse_count(runs, 1000000, &o.n_runs)) {
        return bad_use("run", "--runs is a number from 1 to 1000000");
    }
    if (limit && !parse_count(limit, 4294967295, &o.max_instructions)) {
        return bad_use("run", "--max-instructions is a number from 1 to 4294967295");
    }
    o.model = words[0];
    if (is_bundle(words[0])) {
        if (o.n_inputs || o.out_dir || runs || o.on || o.target || o.profile) {
            return bad_use("run", "a .bpte brings its inputs; only --data, --tolerance and "
                                  "--json go with it");
        }
        return run_bundle(words[0], o.data, tolerance, json);
    }
    if (tolerance) {
        return bad_use("run", "--tolerance is for a .bpte");
    }
    ScSession *session = session_or_null();
    if (!session) {
        return EXIT_FAILED;
    }
    ScText text = {0, 0};
    ScStatus status = sc_run_file(session, &o, json ? SC_JSON : SC_TEXT, &text);
    return finish(session, json, status, text);
}

static int verb_inspect(int argc, char **argv) {
    const char *data = 0, *method = 0, *words[1] = {0};
    bool json = false, npu = false, plan = false, sound = true;
    size_t n_words;
    const Option options[] = {{.name = "--npu", .flag = &npu},
                              {.name = "--check-plan", .flag = &plan},
                              {.name = "--method", .text = &method},
                              {.name = "--data", .text = &data},
                              {.name = "--json", .flag = &json}};
    if (!options_parse("inspect", argc, argv, options, 5, words, 1, &n_words)) {
        return EXIT_BAD_INPUT;
    }
    if (npu && method) {
        return bad_use("inspect", "--npu looks at the first method only");
    }
    if (n_words != 1) {
        return bad_use("inspect", "give one file");
    }
    if (npu && (plan || data)) {
        return bad_use("inspect", "--npu goes with --json only");
    }
    ScSession *session = session_or_null();
    if (!session) {
        return EXIT_FAILED;
    }
    ScText text = {0, 0};
    ScFormat format = json ? SC_JSON : SC_TEXT;
    ScStatus status = plan ? sc_check_plan(session, words[0], data, format, &text, &sound)
                      : npu
                          ? sc_inspect_payloads(session, words[0], format, &text)
                          : sc_inspect_with(session, words[0], data, method, format, &text);
    return finish_judged(session, json, status, text, sound);
}

static int verb_kernels(int argc, char **argv) {
    const char *words[MAX_LIST], *output = "-", *header = 0;
    bool json = false;
    size_t n_words;
    const Option options[] = {{.name = "-o", .text = &output},
                              {.name = "--output", .text = &output},
                              {.name = "--header", .text = &header},
                              {.name = "--json", .flag = &json}};
    if (!options_parse("kernels", argc, argv, options, sizeof options / sizeof options[0],
                       words, MAX_LIST, &n_words)) {
        return EXIT_BAD_INPUT;
    }
    if (n_words == 0) {
        return bad_use("kernels", "give at least one .pte");
    }
    if (header && n_words != 1) {
        return bad_use("kernels", "--header is for one .pte");
    }
    ScSession *session = session_or_null();
    if (!session) {
        return EXIT_FAILED;
    }
    ScText text = {0, 0}, none = {0, 0}, sizes = {0, 0};
    ScStatus status = sc_kernels(session, words, n_words, &text);
    if (status == SC_OK && header) {
        status = sc_header(session, words[0], &sizes);
    }
    if (status == SC_OK && !(json && strcmp(output, "-") == 0)) {
        status = sc_write_text(session, output, text);
    }
    if (status == SC_OK && header) {
        status = sc_write_text(session, header, sizes);
    }
    if (status == SC_OK && json) {
        printf("{\"schema\": \"sconce.kernels/1\", \"output\": ");
        print_json_string(output);
        printf(", \"source\": ");
        print_json_string(text.data);
        printf("}\n");
    }
    return finish(session, json, status, none);
}

static int verb_ops(int argc, char **argv) {
    bool json = false, matrix = false, markdown = false;
    size_t n_words;
    const Option options[] = {{.name = "--json", .flag = &json},
                              {.name = "--markdown", .flag = &markdown},
                              {.name = "--matrix", .flag = &matrix}};
    if (!options_parse("ops", argc, argv, options, 3, 0, 0, &n_words)) {
        return EXIT_BAD_INPUT;
    }
    if (markdown && (json || matrix)) {
        return bad_use("ops", "--markdown stands alone");
    }
    ScSession *session = session_or_null();
    if (!session) {
        return EXIT_FAILED;
    }
    ScText text = {0, 0};
    ScStatus status = markdown ? sc_ops_markdown(session, &text)
                               : sc_ops(session, matrix, json ? SC_JSON : SC_TEXT, &text);
    return finish(session, json, status, text);
}

static int verb_targets(int argc, char **argv) {
    bool json = false;
    size_t n_words;
    const Option options[] = {{.name = "--json", .flag = &json}};
    if (!options_parse("targets", argc, argv, options, 1, 0, 0, &n_words)) {
        return EXIT_BAD_INPUT;
    }
    ScSession *session = session_or_null();
    if (!session) {
        return EXIT_FAILED;
    }
    ScText text = {0, 0};
    ScStatus status = sc_targets(session, json ? SC_JSON : SC_TEXT, &text);
    return finish(session, json, status, text);
}

/* ---- main ------------------------------------------------------------------------------
 */

static bool asks_for_help(int argc, char **argv) {
    for (int i = 0; i < argc; i++) {
        if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0) {
            return true;
        }
    }
    return false;
}

int main(int argc, char **argv) {
    static const struct {
        const char *name;
        int (*run)(int argc, char **argv);
    } verbs[] = {
        {"compile", verb_compile}, {"run", verb_run},         {"inspect", verb_inspect},
        {"kernels", verb_kernels}, {"ops", verb_ops},         {"targets", verb_targets},
        {"eval", verb_eval},       {"compare", verb_compare}, {"doctor", verb_doctor}};
    const char *verb = argc > 1 ? argv[1] : 0;
    if (verb && strcmp(verb, "--version") == 0) {
        printf("sconce %s\n", SC_VERSION);
        return EXIT_DONE;
    }
    if (verb && strcmp(verb, "help") == 0) {
        fputs(help_text(argc > 2 ? argv[2] : 0), stdout);
        return EXIT_DONE;
    }
    for (size_t i = 0; verb && i < sizeof verbs / sizeof verbs[0]; i++) {
        if (strcmp(verbs[i].name, verb) != 0) {
            continue;
        }
        if (asks_for_help(argc - 2, argv + 2)) {
            fputs(help_text(verb), stdout);
            return EXIT_DONE;
        }
        return verbs[i].run(argc - 2, argv + 2);
    }
    if (verb && asks_for_help(argc - 1, argv + 1)) {
        fputs(help_text(0), stdout);
        return EXIT_DONE;
    }
    if (!verb) {
        fputs(help_text(0), stderr);
        return EXIT_BAD_INPUT;
    }
    return bad_use(verb, "no such verb");
}
