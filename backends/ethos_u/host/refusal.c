/* SPDX-License-Identifier: Apache-2.0 */
/* The device answers with a status; here the same checks say what they found. */
#include "backends/ethos_u/host/refusal.h"

#include <string.h>

#include "backends/ethos_u/host/ethos_u.h"
#include "backends/ethos_u/host/summary.h"
#include "runtime/flatbuf.h"

enum { NAME_BYTES = 16, HEADER_BYTES = 32, KEY_BYTES = 64 };

/* Name of the first external block whose bytes the program lacks. The stream's blocks are
 * known to be whole as far as they were read. */
static const char *missing_block(Sc *sc, const ScDelegatePayload *payload) {
    for (size_t at = 0; payload->n_bytes - at >= HEADER_BYTES;) {
        const uint8_t *header = payload->data + at;
        size_t n_bytes = sc_load_u32(header + NAME_BYTES);
        size_t rest = payload->n_bytes - at - HEADER_BYTES;
        const uint8_t *data;
        size_t n_data;
        if (n_bytes > rest || (n_bytes + 15) / 16 * 16 > rest) {
            return NULL;
        }
        const char *key = sc_arena_fmt(sc->arena, "%.*s",
                                       (int)(n_bytes < KEY_BYTES ? n_bytes : KEY_BYTES),
                                       (const char *)header + HEADER_BYTES);
        if (header[20] == 1 &&
            sc_named_data(payload->model, key, &data, &n_data) != SC_OK) {
            return sc_arena_fmt(sc->arena, "%.15s", (const char *)header);
        }
        at += HEADER_BYTES + (n_bytes + 15) / 16 * 16;
    }
    return NULL;
}

static const char *unreadable(Sc *sc, const ScDelegatePayload *payload, ScStatus status,
                              const char *what) {
    const char *block = status == SC_E_NOT_FOUND ? missing_block(sc, payload) : NULL;
    if (block) {
        return sc_arena_fmt(sc->arena,
                            "its block %s is named data that isn't in the program: it lies "
                            "in a .ptd file; export with the block inside",
                            block);
    }
    return sc_arena_fmt(sc->arena, "its payload is damaged: %s", what);
}

const char *sc_ethos_u_refusal(Sc *sc, const ScDelegatePayload *payload) {
    ScEthosUPayload p;
    ScEthosUFault fault;
    ScEthosUSpace space;
    const char *what;
    ScStatus status =
        sc_ethos_u_payload_read(payload->data, payload->n_bytes, payload->model, &p, &what);
    if (status != SC_OK) {
        return unreadable(sc, payload, status, what);
    }
    if (p.commands.config.product == SC_EU_U85) {
        return "it was compiled for an Ethos-U85, whose instruction set isn't simulated; "
               "compile it for a U55 or U65";
    }
    memset(&space, 0, sizeof space);
    space.n_bytes[SC_EU_WEIGHT_REGION_INDEX] = p.weight_bytes;
    space.n_bytes[SC_EU_SCRATCH_REGION] = p.scratch_bytes;
    space.n_bytes[SC_EU_FAST_REGION] = INT32_MAX;
    space.writable = 1u << SC_EU_SCRATCH_REGION | 1u << SC_EU_FAST_REGION;
    space.shram_bytes = p.commands.config.shram_bytes;
    if (sc_ethos_u_verify(p.commands.words, p.commands.n_words, &space, &fault) != SC_OK) {
        return sc_arena_fmt(sc->arena, "its command stream has %s at word %u", fault.what,
                            fault.word);
    }
    return NULL;
}
