/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Streams that Vela made, in the simulator: every output is the TOSA reference model's,
 * bit for bit, in regions of exactly the sizes that the streams reach; strict mode finds
 * nothing. Then the same streams with a wait taken out, an input left out: strict mode
 * must find that. Files: tests/python/ethos_u/make_stream_fixtures.py.
 */
#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>

#include "ethos_u_make.h"

#include <cmocka.h>

#define FOLDER SC_SOURCE_DIR "/tests/unit/backends/ethos_u"

enum { MAX_FINDINGS = 64, N_REGIONS = 3, PMU_MASK = 19, MANY_FILES = 30 };

/* A fixture in memory, and what a run of it needs. */
typedef struct Fixture {
    uint8_t *payload, *weights;
    size_t payload_bytes;
    ScEthosUPayload p;
    const uint8_t *data; /* of inputs, then of outputs */
    uint8_t *file;
    size_t file_bytes;
} Fixture;

typedef struct Run {
    ScEthosURegions regions;
    ScEthosUSimOptions options;
    ScEthosUFinding findings[MAX_FINDINGS];
    uint32_t n_findings;
    ScEthosUFault fault;
} Run;

/* Blocks of exactly n bytes, so that AddressSanitizer sees the first one behind them. */
static uint8_t *block(size_t n_bytes, int fill) {
    void *bytes = NULL;
    if (posix_memalign(&bytes, SC_FILE_ALIGN, n_bytes ? n_bytes : 1) != 0) {
        abort();
    }
    memset(bytes, fill, n_bytes);
    return bytes;
}

static Fixture fixture_open(const char *name) {
    char path[4096];
    Fixture f;
    uint32_t payload_bytes;
    snprintf(path, sizeof path, "%s/%s", FOLDER, name);
    FILE *stream = fopen(path, "rb");
    assert_non_null(stream);
    fseek(stream, 0, SEEK_END);
    f.file_bytes = (size_t)ftell(stream);
    f.file = malloc(f.file_bytes);
    rewind(stream);
    assert_int_equal(fread(f.file, 1, f.file_bytes, stream), f.file_bytes);
    fclose(stream);
    memcpy(&payload_bytes, f.file, 4);
    assert_true(payload_bytes < f.file_bytes - 4);
    f.payload_bytes = payload_bytes;
    f.payload = block(payload_bytes, 0);
    memcpy(f.payload, f.file + 4, payload_bytes);
    f.data = f.file + 4 + payload_bytes;
    assert_int_equal(sc_ethos_u_payload_read(f.payload, f.payload_bytes, NULL, &f.p, NULL),
                     SC_OK);
    f.weights = block(f.p.weight_bytes, 0);
    memcpy(f.weights, f.p.weights, f.p.weight_bytes);
    return f;
}

static void fixture_close(Fixture *f) {
    free(f->file);
    free(f->payload);
    free(f->weights);
}

static void remember(void *user, const ScEthosUFinding *finding) {
    Run *run = user;
    if (run->n_findings < MAX_FINDINGS) {
        run->findings[run->n_findings++] = *finding;
    }
}

static uint64_t extent_of(const Fixture *f, uint32_t region) {
    uint64_t n_bytes[SC_EU_N_REGIONS];
    assert_int_equal(sc_ethos_u_extents(f->p.commands.words, f->p.commands.n_words,
                                        f->p.commands.config.shram_bytes, n_bytes),
                     SC_OK);
    return n_bytes[region];
}

/* Regions full of a number that isn't 0: what a stream leaves unwritten shows. */
static void run_open(Run *run, const Fixture *f) {
    memset(run, 0, sizeof *run);
    run->regions.space.n_bytes[0] = f->p.weight_bytes;
    run->regions.space.n_bytes[1] = f->p.scratch_bytes;
    run->regions.space.n_bytes[2] = extent_of(f, 2);
    run->regions.space.shram_bytes = f->p.commands.config.shram_bytes;
    run->regions.space.writable = 6;
    run->regions.base[0] = f->weights;
    for (uint32_t i = 1; i < N_REGIONS; i++) {
        run->regions.base[i] = block((size_t)run->regions.space.n_bytes[i], 0xa5);
        run->options.written[i] = block((size_t)run->regions.space.n_bytes[i], 0);
    }
    run->options.report = remember;
    run->options.user = run;
}

static void run_close(Run *run) {
    for (uint32_t i = 1; i < N_REGIONS; i++) {
        free(run->regions.base[i]);
        free(run->options.written[i]);
    }
}

/* Inputs before `end` are put into the scratch. */
static const uint8_t *inputs_put(Run *run, const Fixture *f, uint32_t end) {
    const uint8_t *at = f->data;
    for (uint32_t i = 0; i < f->p.n_inputs; i++) {
        ScEthosUIo io = sc_ethos_u_io(&f->p, i);
        memcpy(run->regions.base[io.region] + io.offset, at, io.n_bytes);
        if (i < end) {
            memset(run->options.written[io.region] + io.offset, 1, io.n_bytes);
        }
        at += io.n_bytes;
    }
    return at;
}

static ScStatus run_stream(Run *run, const ScEthosUCommands *commands) {
    size_t need;
    assert_int_equal(sc_ethos_u_sim_need(commands, &need), SC_OK);
    uint8_t *workspace = block(need, 0x5a);
    ScStatus status = sc_ethos_u_sim_run(commands, &run->regions, &run->options, workspace,
                                         need, &run->fault);
    free(workspace);
    return status;
}

/* ---- as they are -----------------------------------------------------------------------
 */

static uint32_t different_bytes(const uint8_t *a, const uint8_t *b, uint32_t n) {
    uint32_t n_different = 0;
    for (uint32_t i = 0; i < n; i++) {
        n_different += a[i] != b[i];
    }
    return n_different;
}

static void outputs_check(const char *name, const Run *run, const Fixture *f,
                          const uint8_t *expected) {
    for (uint32_t i = 0; i < f->p.n_outputs; i++) {
        ScEthosUIo io = sc_ethos_u_io(&f->p, f->p.n_inputs + i);
        const uint8_t *got = run->regions.base[io.region] + io.offset;
        uint32_t n = different_bytes(got, expected, io.n_bytes);
        if (n) {
            fail_msg("%s: output %u: %u of %u bytes differ", name, i, n, io.n_bytes);
        }
        if (memchr(run->options.written[io.region] + io.offset, 0, io.n_bytes)) {
            fail_msg("%s: output %u isn't written", name, i);
        }
        expected += io.n_bytes;
    }
    assert_ptr_equal(expected, f->file + f->file_bytes);
}

static void fixture_run(const char *name) {
    Fixture f = fixture_open(name);
    Run run;
    run_open(&run, &f);
    assert_int_equal(sc_ethos_u_verify(f.p.commands.words, f.p.commands.n_words,
                                       &run.regions.space, &run.fault),
                     SC_OK);
    const uint8_t *expected = inputs_put(&run, &f, f.p.n_inputs);
    ScStatus status = run_stream(&run, &f.p.commands);
    if (status != SC_OK) {
        fail_msg("%s: %s: %s", name, sc_status_name(status), run.fault.what);
    }
    if (run.n_findings) {
        fail_msg("%s: %u findings, kind %d at word %u", name, run.n_findings,
                 (int)run.findings[0].kind, run.findings[0].word);
    }
    outputs_check(name, &run, &f, expected);
    run_close(&run);
    fixture_close(&f);
}

static int is_fixture(const struct dirent *entry) {
    size_t n = strlen(entry->d_name);
    return n > 4 && strcmp(entry->d_name + n - 4, ".bin") == 0;
}

/* Calls work with the name of every file; how many there are. */
static int for_each_fixture(void (*work)(const char *name)) {
    struct dirent **entries;
    int n = scandir(FOLDER, &entries, is_fixture, alphasort);
    for (int i = 0; i < n; i++) {
        work(entries[i]->d_name);
        free(entries[i]);
    }
    free(entries);
    return n;
}

static void fixtures_give_the_bytes_of_the_reference_model(void **state) {
    (void)state;
    assert_true(for_each_fixture(fixture_run) > MANY_FILES);
}

/* ---- the verifier on them --------------------------------------------------------------
 */

static ScStatus verify(const Fixture *f, const ScEthosUSpace *space) {
    ScEthosUFault fault = {0};
    ScStatus status =
        sc_ethos_u_verify(f->p.commands.words, f->p.commands.n_words, space, &fault);
    assert_true(status == SC_OK || (fault.what && fault.word < f->p.commands.n_words));
    return status;
}

/* Each region as large as the stream reaches is enough, a byte less isn't. */
static void regions_are_needed_whole(const char *name) {
    Fixture f = fixture_open(name);
    ScEthosUSpace space = {.writable = 6, .shram_bytes = f.p.commands.config.shram_bytes};
    for (uint32_t i = 0; i < SC_EU_N_REGIONS; i++) {
        space.n_bytes[i] = extent_of(&f, i);
    }
    assert_int_equal(verify(&f, &space), SC_OK);
    for (uint32_t i = 0; i < SC_EU_N_REGIONS; i++) {
        if (space.n_bytes[i]) {
            space.n_bytes[i]--;
            assert_int_equal(verify(&f, &space), SC_E_RANGE);
            space.n_bytes[i]++;
        }
    }
    space.writable = 0;
    assert_int_equal(verify(&f, &space), SC_E_RANGE);
    fixture_close(&f);
}

static void verify_regions_a_byte_smaller_than_the_extents_fail(void **state) {
    (void)state;
    for_each_fixture(regions_are_needed_whole);
}

static void cuts_are_refused(const char *name) {
    Fixture f = fixture_open(name);
    ScEthosUSpace space = {.n_bytes = {1u << 20, 1u << 20, 1u << 20},
                           .writable = 6,
                           .shram_bytes = f.p.commands.config.shram_bytes};
    uint32_t n_words = f.p.commands.n_words;
    assert_int_equal(verify(&f, &space), SC_OK);
    for (uint32_t n = 0; n < n_words; n++) {
        ScEthosUFault fault;
        assert_int_equal(sc_ethos_u_verify(f.p.commands.words, n, &space, &fault),
                         SC_E_FORMAT);
    }
    fixture_close(&f);
}

static void verify_streams_cut_anywhere_are_refused(void **state) {
    (void)state;
    for_each_fixture(cuts_are_refused);
}

/* ---- strict mode ------------------------------------------------------------------------
 */

/* The word of the n-th operation `code` from the front; n_words if there is none. */
static uint32_t find_operation(const Fixture *f, uint32_t code, uint32_t n) {
    ScEthosUCommand command;
    uint32_t at = 0, n_words = f->p.commands.n_words;
    while (at < n_words) {
        uint32_t start = at;
        assert_int_equal(
            sc_ethos_u_command_read(f->p.commands.words, n_words, &at, &command), SC_OK);
        if (!command.is_wide && command.code == code && n-- == 0) {
            return start;
        }
    }
    return n_words;
}

static bool has_finding(const Run *run, ScEthosUFindingKind kind) {
    for (uint32_t i = 0; i < run->n_findings; i++) {
        if (run->findings[i].kind == kind) {
            return true;
        }
    }
    return false;
}

/* Runs the stream with the word at `at` changed; true when a hazard was found. The run
 * itself is the same: here operations run one after the other. */
static bool hazard_with(Fixture *f, uint32_t at, uint32_t word) {
    Run run;
    uint8_t *place = f->payload + (f->p.commands.words - f->payload) + 4 * at;
    uint8_t kept[4];
    memcpy(kept, place, 4);
    put_u32(place, word);
    run_open(&run, f);
    const uint8_t *expected = inputs_put(&run, f, f->p.n_inputs);
    assert_int_equal(run_stream(&run, &f->p.commands), SC_OK);
    outputs_check("with a wait changed", &run, f, expected);
    bool found = has_finding(&run, SC_EU_FOUND_HAZARD);
    run_close(&run);
    memcpy(place, kept, 4);
    return found;
}

static void strict_streams_without_their_waits_have_hazards(void **state) {
    (void)state;
    static const struct {
        const char *name;
        uint32_t code; /* of the wait */
        uint32_t n;    /* waits of that kind, from the front: each is needed */
    } cases[] = {
        {"random-116.u55-128.bin", SC_EU_DMA_WAIT, 1},
        {"random-105.u65-256-16k.bin", SC_EU_DMA_WAIT, 1},
        {"random-148.u55-128.bin", SC_EU_DMA_WAIT, 1},
        {"random-063.u55-128.bin", SC_EU_DMA_WAIT, 1},
        {"softmax-1x10.u55-128.bin", SC_EU_DMA_WAIT, 1},
        {"random-103.u55-128.bin", SC_EU_DMA_WAIT, 1},
        {"random-103.u55-128.bin", SC_EU_KERNEL_WAIT, 1},
        {"reduce-sum-int8-axis-1.u55-128.bin", SC_EU_DMA_WAIT, 1},
        {"reduce-sum-int8-axis-1.u65-512.bin", SC_EU_DMA_WAIT, 1},
    };
    for (uint32_t i = 0; i < COUNT(cases); i++) {
        Fixture f = fixture_open(cases[i].name);
        for (uint32_t n = 0; n < cases[i].n; n++) {
            uint32_t at = find_operation(&f, cases[i].code, n);
            assert_true(at < f.p.commands.n_words);
            uint32_t word;
            memcpy(&word, f.p.commands.words + 4 * at, 4);
            assert_false(hazard_with(&f, at, word));
            if (!hazard_with(&f, at, PMU_MASK)) {
                fail_msg("%s: wait %u of code %u isn't missed", cases[i].name, n,
                         cases[i].code);
            }
            if (!hazard_with(&f, at, cases[i].code | 3u << 16)) { /* leaves all running */
                fail_msg("%s: wait %u of code %u may wait for nothing", cases[i].name, n,
                         cases[i].code);
            }
        }
        fixture_close(&f);
    }
}

static void input_is_missed(const char *name) {
    Fixture f = fixture_open(name);
    for (uint32_t i = 0; i < f.p.n_inputs; i++) {
        Run run;
        run_open(&run, &f);
        inputs_put(&run, &f, f.p.n_inputs);
        ScEthosUIo io = sc_ethos_u_io(&f.p, i);
        run.options.written[io.region][io.offset + io.n_bytes - 1] = 0;
        assert_int_equal(run_stream(&run, &f.p.commands), SC_OK);
        if (!has_finding(&run, SC_EU_FOUND_UNINITIALISED)) {
            fail_msg("%s: the last byte of input %u isn't missed", name, i);
        }
        run_close(&run);
    }
    fixture_close(&f);
}

static void strict_a_byte_of_an_input_left_out_is_found(void **state) {
    (void)state;
    for_each_fixture(input_is_missed);
}

/* ---- limits
 * ------------------------------------------------------------------------------ */

static void work_is_limited(const char *name) {
    Fixture f = fixture_open(name);
    Run run;
    size_t need;
    run_open(&run, &f);
    run.options.report = NULL;
    run.options.max_work = 1;
    assert_int_equal(run_stream(&run, &f.p.commands), SC_E_LIMIT);
    run.options.max_work = 0;
    assert_int_equal(sc_ethos_u_sim_need(&f.p.commands, &need), SC_OK);
    uint8_t *workspace = block(need, 0);
    assert_int_equal(sc_ethos_u_sim_run(&f.p.commands, &run.regions, &run.options,
                                        workspace, 64, &run.fault),
                     SC_E_MEMORY);
    assert_int_equal(sc_ethos_u_sim_run(&f.p.commands, &run.regions, &run.options,
                                        workspace + 8, need - 8, &run.fault),
                     SC_E_MEMORY);
    free(workspace);
    run_close(&run);
    fixture_close(&f);
}

static void run_little_work_or_memory_is_refused(void **state) {
    (void)state;
    for_each_fixture(work_is_limited);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fixtures_give_the_bytes_of_the_reference_model),
        cmocka_unit_test(verify_regions_a_byte_smaller_than_the_extents_fail),
        cmocka_unit_test(verify_streams_cut_anywhere_are_refused),
        cmocka_unit_test(strict_streams_without_their_waits_have_hazards),
        cmocka_unit_test(strict_a_byte_of_an_input_left_out_is_found),
        cmocka_unit_test(run_little_work_or_memory_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
