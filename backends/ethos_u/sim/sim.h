/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A functional simulator of Ethos-U55 and U65: computes the bytes that the command streams
 * of Vela mean, without time. What is simulated and how it was checked: docs/ethos-u.md.
 *
 * Freestanding, no heap: it runs on the host and, linked in the place of the NPU's driver,
 * on a Cortex-M under QEMU. Nothing outside of the regions is touched whatever the stream
 * says, and every run ends: work is limited.
 */
#ifndef SC_ETHOS_U_SIM_H
#define SC_ETHOS_U_SIM_H

#include "backends/ethos_u/device/payload.h"
#include "backends/ethos_u/device/ranges.h"

/* What strict mode finds; a stream is still executed. */
typedef enum ScEthosUFindingKind {
    SC_EU_FOUND_HAZARD,       /* touches bytes of an operation that may not be finished */
    SC_EU_FOUND_OVERFLOW,     /* an accumulator beyond ACC_FORMAT */
    SC_EU_FOUND_UNINITIALISED /* reads bytes that nothing has written */
} ScEthosUFindingKind;

typedef struct ScEthosUFinding {
    ScEthosUFindingKind kind;
    uint32_t word;       /* of the stream, where the operation's command stands */
    uint32_t other_word; /* HAZARD: of the earlier operation */
    ScEthosURange range; /* HAZARD, UNINITIALISED: of this operation */
} ScEthosUFinding;

/* All zero, or as the caller wants it. */
typedef struct ScEthosUSimOptions {
    uint64_t max_work; /* steps (a MAC, an element moved); 0 = 2^38 */
    /* Strict mode, NULL = off. One finding of each kind an operation. */
    void (*report)(void *user, const ScEthosUFinding *finding);
    void *user;
    /* For UNINITIALISED: one byte for each byte of a region, 0 = not written yet. The
     * caller sets those of inputs; NULL = the region isn't tracked. */
    uint8_t *written[SC_EU_N_REGIONS];
} ScEthosUSimOptions;

typedef struct ScEthosURegions {
    uint8_t *base[SC_EU_N_REGIONS];
    ScEthosUSpace space; /* shram_bytes is filled in by the simulator */
} ScEthosURegions;

/* Bytes of workspace that a stream needs; aligned to SC_FILE_ALIGN. SC_E_FORMAT: no valid
 * stream; SC_E_LIMIT: more than 2^31. */
ScStatus sc_ethos_u_sim_need(const ScEthosUCommands *commands, size_t *out_bytes);

/*
 * Runs a stream. options may be NULL. SC_E_UNSUPPORTED: made for a U85; SC_E_FORMAT,
 * SC_E_RANGE: out_fault (may be NULL) says where; SC_E_LIMIT: max_work.
 */
ScStatus sc_ethos_u_sim_run(const ScEthosUCommands *commands,
                            const ScEthosURegions *regions,
                            const ScEthosUSimOptions *options, void *workspace,
                            size_t workspace_bytes, ScEthosUFault *out_fault);

#endif
