/* SPDX-License-Identifier: Apache-2.0 */
/* Runs a command stream, one operation after the other. The contract is in sim.h. */
#include "backends/ethos_u/sim/sim.h"

#include <string.h>

#include "backends/ethos_u/sim/state.h"

#define DEFAULT_WORK (UINT64_C(1) << 38)

/* ---- workspace ------------------------------------------------------------------------
 */

static size_t state_bytes(void) {
    return (sizeof(ScEthosUSim) + SC_FILE_ALIGN - 1) / SC_FILE_ALIGN * SC_FILE_ALIGN;
}

static ScStatus command_need(ScEthosURegisters *registers, const ScEthosUCommand *command,
                             uint64_t *need) {
    bool weighted = command->code == SC_EU_CONV || command->code == SC_EU_DEPTHWISE;
    if (sc_ethos_u_command_set(command, registers) || !weighted) {
        return SC_OK;
    }
    ScEthosUOperation op;
    SC_TRY(sc_ethos_u_operation(registers, command, &op));
    uint64_t n_bytes = sc_ethos_u_conv_need(&op);
    *need = n_bytes > *need ? n_bytes : *need;
    return SC_OK;
}

ScStatus sc_ethos_u_sim_need(const ScEthosUCommands *commands, size_t *out_bytes) {
    ScEthosURegisters registers;
    uint64_t need = 0;
    memset(&registers, 0, sizeof registers);
    for (uint32_t at = 0; at < commands->n_words;) {
        ScEthosUCommand command;
        SC_TRY(sc_ethos_u_command_read(commands->words, commands->n_words, &at, &command));
        SC_TRY(command_need(&registers, &command, &need));
    }
    *out_bytes = (size_t)need + state_bytes();
    return need + state_bytes() <= INT32_MAX ? SC_OK : SC_E_LIMIT;
}

/* ---- DMA --------------------------------------------------------------------------------
 */

/* Piece (i1, i0) of one side; NULL where the NPU's own memory isn't simulated. */
static uint8_t *piece_find(ScEthosUSim *sim, const ScEthosUDma *dma,
                           const ScEthosUDmaSide *side, uint32_t i1, uint32_t i0) {
    int64_t length = (int64_t)dma->n_bytes;
    int64_t at = (int64_t)side->base + i0 * (length + (side->rank > 1 ? dma->skip0 : 0)) +
                 i1 * (length * dma->size0 + (side->rank > 2 ? dma->skip1 : 0));
    if (!side->internal) {
        return sim->regions->base[side->region] + at;
    }
    at -= (int64_t)sim->commands->config.shram_bytes - SC_EU_TABLE_BYTES;
    return at >= 0 ? sim->tables + at : NULL;
}

ScStatus sc_ethos_u_copy(ScEthosUSim *sim, const ScEthosUDma *dma) {
    for (uint32_t i1 = 0; i1 < dma->size1; i1++) {
        for (uint32_t i0 = 0; i0 < dma->size0; i0++) {
            uint8_t *from = piece_find(sim, dma, &dma->from, i1, i0);
            uint8_t *to = piece_find(sim, dma, &dma->to, i1, i0);
            SC_TRY(sc_ethos_u_work(sim, dma->n_bytes + 1));
            if (!from || !to) {
                return SC_E_UNSUPPORTED; /* of SHRAM only the tables' place is kept */
            }
            memmove(to, from, (size_t)dma->n_bytes);
        }
    }
    return SC_OK;
}

/* ---- commands ---------------------------------------------------------------------------
 */

ScStatus sc_ethos_u_work(ScEthosUSim *sim, uint64_t n_steps) {
    if (n_steps > sim->work_left) {
        return SC_E_LIMIT;
    }
    sim->work_left -= n_steps;
    return SC_OK;
}

static ScStatus ranges_check(const ScEthosUSim *sim, const ScEthosURange *ranges,
                             uint32_t n, ScEthosUFault *fault) {
    for (uint32_t i = 0; i < n; i++) {
        if (!sc_ethos_u_range_fits(&ranges[i], &sim->regions->space)) {
            fault->what = "an address range outside of its region";
            fault->range = ranges[i];
            return SC_E_RANGE;
        }
    }
    return SC_OK;
}

static ScStatus engine_run(ScEthosUSim *sim, const ScEthosUOperation *op) {
    bool curve = op->act_function != SC_EU_ACT_NONE && op->act_function < SC_EU_ACT_TABLE0;
    if (curve && (op->ofm.n_bytes != 2 || !op->ofm.is_signed)) {
        return SC_E_UNSUPPORTED; /* of other types no stream asks for the curves */
    }
    switch (op->code) {
    case SC_EU_CONV:
    case SC_EU_DEPTHWISE:
        return sc_ethos_u_conv(sim, op);
    case SC_EU_POOL:
        return sc_ethos_u_pool(sim, op);
    default:
        return sc_ethos_u_elementwise(sim, op);
    }
}

static ScStatus operation_run(ScEthosUSim *sim, const ScEthosUCommand *command,
                              ScEthosUFault *fault) {
    ScEthosUOperation op;
    ScEthosURange ranges[SC_EU_MAX_RANGES];
    fault->what = "an operation whose sizes or modes don't exist";
    SC_TRY(sc_ethos_u_operation(&sim->registers, command, &op));
    uint32_t n = sc_ethos_u_ranges(&op, sim->commands->config.shram_bytes, ranges);
    SC_TRY(ranges_check(sim, ranges, n, fault));
    sim->overflow_reported = false;
    fault->what = "an operation that can't be executed";
    if (sim->options->report) {
        sc_ethos_u_strict_kernel(sim, &op, ranges, n);
        SC_TRY(sc_ethos_u_strict_elements(sim, &op));
    }
    return engine_run(sim, &op);
}

static ScStatus dma_run(ScEthosUSim *sim, ScEthosUFault *fault) {
    ScEthosUDma dma;
    ScEthosURange ranges[2];
    sc_ethos_u_dma(&sim->registers, &dma);
    fault->what = "a DMA of sizes that don't exist";
    SC_TRY(sc_ethos_u_dma_ranges(&dma, ranges));
    SC_TRY(ranges_check(sim, ranges, 2, fault));
    if (sim->options->report) {
        sc_ethos_u_strict_dma(sim, ranges, &dma);
    }
    fault->what = "a DMA that can't be executed";
    return sc_ethos_u_copy(sim, &dma);
}

static ScStatus command_run(ScEthosUSim *sim, const ScEthosUCommand *command,
                            ScEthosUFault *fault) {
    if (sc_ethos_u_command_set(command, &sim->registers)) {
        return SC_OK;
    }
    switch (command->code) {
    case SC_EU_CONV:
    case SC_EU_DEPTHWISE:
    case SC_EU_POOL:
    case SC_EU_ELEMENTWISE:
        return operation_run(sim, command, fault);
    case SC_EU_DMA_START:
        return dma_run(sim, fault);
    case SC_EU_DMA_WAIT:
        sc_ethos_u_strict_wait(&sim->dmas, command->param & 1u);
        return SC_OK;
    case SC_EU_KERNEL_WAIT:
        sc_ethos_u_strict_wait(&sim->kernels, command->param & 3u);
        return SC_OK;
    default:
        return SC_OK; /* STOP, IRQ, PMU_MASK */
    }
}

static ScStatus stream_run(ScEthosUSim *sim, ScEthosUFault *fault) {
    const ScEthosUCommands *commands = sim->commands;
    ScEthosUCommand command;
    for (uint32_t at = 0;;) {
        sim->word = fault->word = at;
        fault->what = "no command of this NPU, or the stream has no end";
        SC_TRY(sc_ethos_u_command_read(commands->words, commands->n_words, &at, &command));
        SC_TRY(command_run(sim, &command, fault));
        if (command.code == SC_EU_STOP && !command.is_wide) {
            return SC_OK;
        }
    }
}

ScStatus sc_ethos_u_sim_run(const ScEthosUCommands *commands,
                            const ScEthosURegions *regions,
                            const ScEthosUSimOptions *options, void *workspace,
                            size_t workspace_bytes, ScEthosUFault *out_fault) {
    static const ScEthosUSimOptions defaults;
    ScEthosUSim *sim = workspace;
    ScEthosURegions all = *regions;
    ScEthosUFault fault;
    memset(&fault, 0, sizeof fault);
    fault.what = "a stream for a U85, which isn't simulated";
    ScStatus status = SC_E_UNSUPPORTED;
    if (workspace_bytes < state_bytes() || (uintptr_t)workspace % SC_FILE_ALIGN) {
        return SC_E_MEMORY;
    }
    memset(sim, 0, sizeof *sim);
    all.space.shram_bytes = commands->config.shram_bytes;
    sim->commands = commands;
    sim->regions = &all;
    sim->options = options ? options : &defaults;
    sim->work_left = sim->options->max_work ? sim->options->max_work : DEFAULT_WORK;
    sim->scratch = (uint8_t *)workspace + state_bytes();
    sim->scratch_bytes = workspace_bytes - state_bytes();
    if (commands->config.product != SC_EU_U85) {
        status = stream_run(sim, &fault);
    }
    if (status != SC_OK && out_fault) {
        *out_fault = fault;
    }
    return status;
}
