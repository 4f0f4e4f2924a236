/* SPDX-License-Identifier: Apache-2.0 */
/* Three regions, a stream over them, and the simulator in strict mode: cmocka tests that
 * write their own streams (ethos_u_make.h). */
#ifndef SC_TESTS_ETHOS_U_RIG_H
#define SC_TESTS_ETHOS_U_RIG_H

#include "ethos_u_make.h"

#include <cmocka.h>

enum {
    REGION_BYTES = 1 << 16,
    SHRAM_BYTES = 24576, /* as stream_commands() says */
    TABLES = SHRAM_BYTES - 2048,
    MAX_FINDINGS = 16
};

typedef struct Rig {
    Stream s;
    uint8_t *base[3]; /* of regions 0 (read only), 1 and 2: random bytes */
    ScEthosURegions regions;
    ScEthosUFault fault;
    ScEthosUProduct product;
    ScEthosUSimOptions options; /* report is set: findings of the last run are below */
    ScEthosUFinding findings[MAX_FINDINGS];
    uint32_t n_findings;
} Rig;

static inline void rig_remember(void *user, const ScEthosUFinding *finding) {
    Rig *rig = user;
    assert_true(rig->n_findings < MAX_FINDINGS);
    rig->findings[rig->n_findings++] = *finding;
}

static inline int rig_open(void **state) {
    Rig *rig = calloc(1, sizeof *rig);
    uint64_t seed = 5;
    for (uint32_t i = 0; i < 3; i++) {
        rig->base[i] = rig->regions.base[i] = malloc(REGION_BYTES);
        rig->regions.space.n_bytes[i] = REGION_BYTES;
        for (uint32_t k = 0; k < REGION_BYTES; k++) {
            rig->base[i][k] = (uint8_t)random_next(&seed);
        }
    }
    rig->regions.space.writable = 6;
    rig->options.report = rig_remember;
    rig->options.user = rig;
    *state = rig;
    return 0;
}

static inline int rig_close(void **state) {
    Rig *rig = *state;
    for (uint32_t i = 0; i < 3; i++) {
        free(rig->base[i]);
    }
    free(rig);
    return 0;
}

/* Ends the stream, runs it, and starts a new one. */
static inline ScStatus rig_try(Rig *rig) {
    size_t need;
    void *workspace = NULL;
    stream_stop(&rig->s);
    ScEthosUCommands commands = stream_commands(&rig->s);
    commands.config.product = rig->product;
    rig->n_findings = 0;
    assert_int_equal(sc_ethos_u_sim_need(&commands, &need), SC_OK);
    assert_int_equal(posix_memalign(&workspace, SC_FILE_ALIGN, need), 0);
    ScStatus status = sc_ethos_u_sim_run(&commands, &rig->regions, &rig->options, workspace,
                                         need, &rig->fault);
    free(workspace);
    rig->s.n = 0;
    return status;
}

static inline void rig_run(Rig *rig) {
    ScStatus status = rig_try(rig);
    if (status != SC_OK) {
        fail_msg("%s: %s", sc_status_name(status), rig->fault.what);
    }
}

#define WITH_RIG(test) cmocka_unit_test_setup_teardown(test, rig_open, rig_close)

#endif
