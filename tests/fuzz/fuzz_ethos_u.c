/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Ethos-U payloads: bytes as a vela_bin_stream, through parser, verifier and simulator,
 * in regions of exactly the sizes that the payload tells or the stream reaches. What the
 * headers promise and is checked here:
 *
 *   - a stream that the verifier takes never touches a byte outside of its regions, nor
 *     writes one that is read-only, and its run ends in a status; one whose ranges it
 *     refuses doesn't run to its end
 *   - regions as large as sc_ethos_u_extents() tells are large enough
 *   - a run gives the same bytes again, in strict mode, whatever was in the workspace
 *   - max_work bounds the time (libFuzzer's -timeout)
 *   - any payload can be looked at, damaged ones too: as text, and as JSON that is JSON
 */
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "backends/ethos_u/host/summary.h"
#include "backends/ethos_u/sim/sim.h"
#include "fuzz.h"

enum {
    MAX_REGION = 1 << 18, /* larger ones only cost time */
    MAX_WORKSPACE = 1 << 20,
    MAX_WORK = 1 << 18
};

/* Exactly n bytes at SC_FILE_ALIGN. */
static uint8_t *block(size_t n_bytes) {
    void *p = NULL;
    if (posix_memalign(&p, SC_FILE_ALIGN, n_bytes ? n_bytes : 1) != 0) {
        abort();
    }
    return p;
}

/* Bytes that look random and are always the same. */
static void fill(uint8_t *at, size_t n_bytes, uint32_t seed) {
    for (size_t i = 0; i < n_bytes; i++) {
        seed = seed * 1664525u + 1013904223u;
        at[i] = (uint8_t)(seed >> 24);
    }
}

/* What a run works on. */
typedef struct Space {
    ScEthosURegions regions;
    uint8_t *written[SC_EU_N_REGIONS];
    uint32_t n_findings;
} Space;

static void space_make(const ScEthosUPayload *p, const uint64_t *n_bytes, Space *out) {
    memset(out, 0, sizeof *out);
    out->regions.space.writable = 0xfe; /* all but the weights */
    out->regions.space.shram_bytes = p->commands.config.shram_bytes;
    for (uint32_t i = 0; i < SC_EU_N_REGIONS; i++) {
        size_t n = (size_t)n_bytes[i];
        out->regions.space.n_bytes[i] = n;
        if (n == 0) {
            continue; /* a region that isn't there */
        }
        out->regions.base[i] = block(n);
        fill(out->regions.base[i], n, 77 + i);
        out->written[i] = block(n);
        memset(out->written[i], i == 0, n);
    }
    if (n_bytes[0]) {
        memcpy(out->regions.base[0], p->weights, (size_t)n_bytes[0]);
    }
}

static void space_free(Space *space) {
    for (uint32_t i = 0; i < SC_EU_N_REGIONS; i++) {
        free(space->regions.base[i]);
        free(space->written[i]);
    }
}

static void finding_count(void *user, const ScEthosUFinding *finding) {
    Space *space = user;
    fuzz_expect(finding->kind <= SC_EU_FOUND_UNINITIALISED, "findings have a kind");
    space->n_findings++;
}

static ScStatus space_run(const ScEthosUPayload *p, Space *space, size_t need,
                          uint8_t workspace_byte, bool strict) {
    ScEthosUSimOptions options = {.max_work = MAX_WORK};
    ScEthosUFault fault = {.what = NULL};
    uint8_t *workspace = block(need);
    memset(workspace, workspace_byte, need);
    if (strict) {
        options.report = finding_count;
        options.user = space;
        memcpy(options.written, space->written, sizeof options.written);
    }
    ScStatus status = sc_ethos_u_sim_run(&p->commands, &space->regions, &options, workspace,
                                         need, &fault);
    fuzz_expect(status == SC_OK || fault.what, "a failed run has a text");
    free(workspace);
    return status;
}

static bool same_bytes(const Space *a, const Space *b) {
    for (uint32_t i = 0; i < SC_EU_N_REGIONS; i++) {
        size_t n = (size_t)a->regions.space.n_bytes[i];
        if (n && memcmp(a->regions.base[i], b->regions.base[i], n) != 0) {
            return false;
        }
    }
    return true;
}

/* Strict mode counts more work, so it may end earlier. */
static void runs_compare(const ScEthosUPayload *p, const uint64_t *n_bytes, size_t need,
                         ScStatus verified) {
    Space plain, strict;
    space_make(p, n_bytes, &plain);
    space_make(p, n_bytes, &strict);
    ScStatus status = space_run(p, &plain, need, 0, false);
    ScStatus again = space_run(p, &strict, need, 0xff, true);
    fuzz_expect(verified != SC_E_RANGE || status != SC_OK,
                "what leaves its regions doesn't run");
    fuzz_expect(n_bytes[0] == 0 ||
                    memcmp(plain.regions.base[0], p->weights, (size_t)n_bytes[0]) == 0,
                "the weights are only read");
    if (again != SC_E_LIMIT) {
        fuzz_expect(again == status && same_bytes(&plain, &strict),
                    "strict mode computes the same");
    }
    space_free(&plain);
    space_free(&strict);
}

static ScStatus verify(const ScEthosUPayload *p, const uint64_t *n_bytes) {
    ScEthosUSpace space = {.writable = 0xfe, .shram_bytes = p->commands.config.shram_bytes};
    ScEthosUFault fault = {.what = NULL};
    memcpy(space.n_bytes, n_bytes, sizeof space.n_bytes);
    ScStatus status =
        sc_ethos_u_verify(p->commands.words, p->commands.n_words, &space, &fault);
    fuzz_expect(status == SC_OK || (fault.what && fault.word <= p->commands.n_words),
                "a fault has a text and a place");
    return status;
}

static bool all_small(const uint64_t *n_bytes) {
    for (uint32_t i = 0; i < SC_EU_N_REGIONS; i++) {
        if (n_bytes[i] > MAX_REGION) {
            return false;
        }
    }
    return true;
}

static void stream_try(const ScEthosUPayload *p) {
    uint64_t n_bytes[SC_EU_N_REGIONS];
    size_t need;
    bool walked = sc_ethos_u_extents(p->commands.words, p->commands.n_words,
                                     p->commands.config.shram_bytes, n_bytes) == SC_OK;
    bool measured = sc_ethos_u_sim_need(&p->commands, &need) == SC_OK;
    if (walked) { /* what is wrong now can't be helped by larger regions */
        ScStatus status = verify(p, n_bytes);
        uint64_t most[SC_EU_N_REGIONS];
        for (uint32_t i = 0; i < SC_EU_N_REGIONS; i++) {
            most[i] = INT64_MAX;
        }
        fuzz_expect(status == verify(p, most), "extents are large enough");
    }
    /* As the delegate does: the payload's sizes, except for the regions it can't tell. */
    n_bytes[0] = p->weight_bytes;
    n_bytes[1] = p->scratch_bytes;
    if (measured && need <= MAX_WORKSPACE && all_small(n_bytes)) {
        runs_compare(p, n_bytes, need, verify(p, n_bytes));
    }
}

static void payload_try(const uint8_t *data, size_t n_bytes) {
    ScEthosUPayload p;
    const char *what = NULL;
    ScStatus status = sc_ethos_u_payload_read(data, n_bytes, NULL, &p, &what);
    fuzz_expect(status == SC_OK || (what && what[0]), "a refused payload has a text");
    if (status != SC_OK) {
        return;
    }
    for (uint32_t i = 0; i < p.n_inputs + p.n_outputs; i++) {
        ScEthosUIo io = sc_ethos_u_io(&p, i);
        fuzz_expect(io.n_bytes && (io.region != SC_EU_SCRATCH_REGION ||
                                   (uint64_t)io.offset + io.n_bytes <= p.scratch_bytes),
                    "inputs and outputs lie in the scratch");
    }
    stream_try(&p);
}

static void payload_look(Sc *sc, ScBytes payload) {
    ScEthosUSummary summary;
    ScBuf text = sc_buf(sc->arena), json = sc_buf(sc->arena);
    sc_ethos_u_summarize(&(ScDelegatePayload){NULL, payload.data, payload.n_bytes},
                         &summary);
    sc_ethos_u_summary_text(&summary, &text);
    sc_ethos_u_summary_json(&summary, &json);
    fuzz_expect(text.len > 0, "a payload has a text");
    json_t *root = json_loadb(json.data, json.len, 0, NULL);
    fuzz_expect(root != NULL, "a payload's JSON is JSON");
    json_decref(root);
}

/* True for one input in eight: text and JSON take longer than all the rest. */
static bool is_chosen(ScBytes input) {
    uint32_t sum = 0;
    for (size_t i = 0; i < input.n_bytes; i++) {
        sum = sum * 31 + input.data[i];
    }
    return (sum * 2654435761u) >> 29 == 0;
}

static ScStatus take(Sc *sc, ScBytes input, void *user) {
    (void)user;
    payload_try(input.data, input.n_bytes);
    if (is_chosen(input)) {
        payload_look(sc, input);
    }
    return SC_OK;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n_bytes) {
    fuzz_with_arena(data, n_bytes, take, NULL);
    return 0;
}
