/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ethos_u_run [--strict] PAYLOAD OUT_DIR INPUT...: runs a vela_bin_stream in the simulator.
 *
 * INPUTs are files of raw bytes as the stream wants them, in order; OUT_DIR gets out0.bin,
 * out1.bin, .... `@LIST` in their place: a file with one such line for each run. --strict
 * prints findings and fails when there are some. --repeat N runs each N times and prints
 * the milliseconds of one. Exit 0, 1 when a run failed (all are tried), 2 on bad use.
 *
 * Used by tests/python/test_ethos_u_*.py.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "backends/ethos_u/sim/sim.h"

enum { MAX_ARGS = 40, MAX_LINE = 65536 };

typedef struct Options {
    bool strict;
    int n_repeats;
} Options;

typedef struct File {
    uint8_t *data;
    size_t n_bytes;
} File;

typedef struct Job {
    const char *name;
    uint32_t n_findings;
    uint8_t *written[SC_EU_N_REGIONS];
} Job;

static void *new_bytes(size_t n_bytes) {
    size_t rounded = (n_bytes + SC_FILE_ALIGN) / SC_FILE_ALIGN * SC_FILE_ALIGN;
    void *bytes = aligned_alloc(SC_FILE_ALIGN, rounded);
    if (!bytes) {
        fprintf(stderr, "ethos_u_run: no memory\n");
        exit(1);
    }
    memset(bytes, 0, rounded);
    return bytes;
}

static bool file_read(const char *path, File *out) {
    FILE *f = fopen(path, "rb");
    if (!f || fseek(f, 0, SEEK_END) != 0) {
        fprintf(stderr, "%s: can't be read\n", path);
        return false;
    }
    out->n_bytes = (size_t)ftell(f);
    out->data = new_bytes(out->n_bytes);
    rewind(f);
    bool whole = fread(out->data, 1, out->n_bytes, f) == out->n_bytes;
    fclose(f);
    return whole;
}

static bool file_write(const char *dir, uint32_t index, const uint8_t *data, size_t n) {
    char path[4096];
    snprintf(path, sizeof path, "%s/out%u.bin", dir, index);
    FILE *f = fopen(path, "wb");
    bool whole = f && fwrite(data, 1, n, f) == n;
    if (f) {
        whole = fclose(f) == 0 && whole;
    }
    if (!whole) {
        fprintf(stderr, "%s: can't be written\n", path);
    }
    return whole;
}

static void finding_print(void *user, const ScEthosUFinding *finding) {
    static const char *const kinds[] = {"hazard", "overflow", "uninitialised"};
    Job *job = user;
    job->n_findings++;
    printf("%s: %s at word %u (region %u, bytes %lld..%lld, role %u, other %u)\n",
           job->name, kinds[finding->kind], finding->word, finding->range.region,
           (long long)finding->range.first, (long long)finding->range.end,
           finding->range.role, finding->other_word);
}

/* Strict: every byte of an output must have been written. */
static void output_check(Job *job, uint32_t index, const ScEthosUIo *io) {
    const uint8_t *written = job->written[io->region];
    if (written && memchr(written + io->offset, 0, io->n_bytes)) {
        job->n_findings++;
        printf("%s: unwritten output %u\n", job->name, index);
    }
}

/* Regions: the weights where they lie, scratch and fast scratch of their own. */
static ScStatus regions_make(const ScEthosUPayload *p, ScEthosURegions *out) {
    uint64_t extents[SC_EU_N_REGIONS];
    memset(out, 0, sizeof *out);
    SC_TRY(sc_ethos_u_extents(p->commands.words, p->commands.n_words,
                              p->commands.config.shram_bytes, extents));
    uint64_t fast = extents[SC_EU_FAST_REGION];
    if (fast > INT32_MAX) {
        return SC_E_LIMIT;
    }
    out->base[0] = (uint8_t *)(uintptr_t)p->weights;
    out->space.n_bytes[0] = p->weight_bytes;
    out->base[1] = new_bytes(p->scratch_bytes);
    out->space.n_bytes[1] = p->scratch_bytes;
    out->base[2] = new_bytes((size_t)fast);
    out->space.n_bytes[2] = fast;
    out->space.writable = 6;
    return SC_OK;
}

static bool inputs_set(const ScEthosUPayload *p, char **paths, uint32_t n, Job *job,
                       const ScEthosURegions *regions) {
    if (n != p->n_inputs) {
        fprintf(stderr, "%s: %u inputs given, %u wanted\n", job->name, n, p->n_inputs);
        return false;
    }
    for (uint32_t i = 0; i < n; i++) {
        ScEthosUIo io = sc_ethos_u_io(p, i);
        File file = {NULL, 0};
        if (!file_read(paths[i], &file) || file.n_bytes != io.n_bytes || io.region != 1) {
            fprintf(stderr, "%s: %s has %zu bytes, %u wanted in region %u\n", job->name,
                    paths[i], file.n_bytes, io.n_bytes, io.region);
            return false;
        }
        memcpy(regions->base[io.region] + io.offset, file.data, file.n_bytes);
        if (job->written[io.region]) {
            memset(job->written[io.region] + io.offset, 1, file.n_bytes);
        }
        free(file.data);
    }
    return true;
}

static ScStatus payload_run(const ScEthosUPayload *p, const ScEthosURegions *regions,
                            const Options *options, Job *job, ScEthosUFault *fault) {
    ScEthosUSimOptions sim = {.user = job};
    size_t need;
    SC_TRY(sc_ethos_u_sim_need(&p->commands, &need));
    void *workspace = new_bytes(need);
    if (options->strict) {
        sim.report = finding_print;
        memcpy(sim.written, job->written, sizeof sim.written);
    }
    clock_t start = clock();
    ScStatus status = SC_OK;
    for (int i = 0; i < options->n_repeats && status == SC_OK; i++) {
        status = sc_ethos_u_sim_run(&p->commands, regions, &sim, workspace, need, fault);
    }
    if (options->n_repeats > 1) {
        printf("%s: %.3f ms\n", job->name,
               1e3 * (double)(clock() - start) / CLOCKS_PER_SEC / options->n_repeats);
    }
    free(workspace);
    return status;
}

static bool stream_run(const ScEthosUPayload *p, char **args, uint32_t n_args,
                       const Options *options, Job *job) {
    ScEthosURegions regions;
    ScEthosUFault fault = {.what = "no regions"};
    ScStatus status = regions_make(p, &regions);
    if (status == SC_OK) {
        status = sc_ethos_u_verify(
            p->commands.words, p->commands.n_words,
            &(ScEthosUSpace){{regions.space.n_bytes[0], regions.space.n_bytes[1],
                              regions.space.n_bytes[2]},
                             regions.space.writable,
                             p->commands.config.shram_bytes},
            &fault);
    }
    for (uint32_t i = 1; options->strict && i <= 2; i++) {
        job->written[i] = new_bytes((size_t)regions.space.n_bytes[i]);
    }
    bool ok = status == SC_OK && inputs_set(p, args + 2, n_args - 2, job, &regions);
    if (ok) {
        status = payload_run(p, &regions, options, job, &fault);
    }
    if (status != SC_OK) {
        fprintf(stderr, "%s: %s: %s at word %u (region %u, bytes %lld..%lld)\n", job->name,
                sc_status_name(status), fault.what, fault.word, fault.range.region,
                (long long)fault.range.first, (long long)fault.range.end);
        return false;
    }
    for (uint32_t i = 0; ok && i < p->n_outputs; i++) {
        ScEthosUIo io = sc_ethos_u_io(p, p->n_inputs + i);
        output_check(job, i, &io);
        ok = file_write(args[1], i, regions.base[io.region] + io.offset, io.n_bytes);
    }
    return ok && !job->n_findings;
}

static bool job_run(char **args, uint32_t n_args, const Options *options) {
    Job job = {.name = args[0]};
    File file = {NULL, 0};
    ScEthosUPayload payload;
    const char *what;
    if (n_args < 2 || !file_read(args[0], &file)) {
        return false;
    }
    ScStatus status =
        sc_ethos_u_payload_read(file.data, file.n_bytes, NULL, &payload, &what);
    if (status != SC_OK) {
        fprintf(stderr, "%s: %s: %s\n", args[0], sc_status_name(status), what);
        return false;
    }
    return stream_run(&payload, args, n_args, options, &job);
}

static bool list_run(const char *path, const Options *options) {
    static char line[MAX_LINE];
    bool ok = true;
    FILE *f = fopen(path, "r");
    while (f && fgets(line, sizeof line, f)) {
        char *args[MAX_ARGS];
        uint32_t n = 0;
        for (char *word = strtok(line, " \n"); word && n < MAX_ARGS;
             word = strtok(NULL, " \n")) {
            args[n++] = word;
        }
        ok = (n == 0 || job_run(args, n, options)) && ok;
    }
    if (f) {
        fclose(f);
    }
    return f && ok;
}

int main(int argc, char **argv) {
    Options options = {false, 1};
    int at = 1;
    for (; at < argc && strncmp(argv[at], "--", 2) == 0; at++) {
        if (strcmp(argv[at], "--strict") == 0) {
            options.strict = true;
        } else if (strcmp(argv[at], "--repeat") == 0 && at + 1 < argc) {
            options.n_repeats = atoi(argv[++at]);
        } else {
            break;
        }
    }
    if (at < argc && argv[at][0] == '@') {
        return list_run(argv[at] + 1, &options) ? 0 : 1;
    }
    if (argc - at < 2 || options.n_repeats < 1) {
        fprintf(stderr, "usage: ethos_u_run [--strict] [--repeat N] "
                        "(PAYLOAD OUT_DIR INPUT... | @LIST)\n");
        return 2;
    }
    return job_run(argv + at, (uint32_t)(argc - at), &options) ? 0 : 1;
}
