/* SPDX-License-Identifier: Apache-2.0 */
/* The block that the runner finds in memory: boards/qemu/job.h. */
#include <string.h>

#include "boards/qemu/job.h"
#include "compiler/onboard/parts.h"

/* Inputs of one start of QEMU, unless one set alone has more: beside them a board
 * may need room for what its RAM can't hold. */
enum { INPUT_BYTES_AT_ONCE = 4 << 20 };

static uint64_t padded(uint64_t n_bytes) {
    return (n_bytes + SC_JOB_ALIGN - 1) & ~(uint64_t)(SC_JOB_ALIGN - 1);
}

static uint64_t set_bytes(const ScQemuRun *run) {
    uint64_t n_bytes = 0;
    for (uint32_t i = 0; i < run->request->n_inputs; i++) {
        ScTensor t;
        if (sc_input(&run->execution.method, i, &t) == SC_OK) {
            n_bytes += padded(sc_tensor_bytes(&t));
        }
    }
    return n_bytes;
}

uint32_t sc_qemu_sets_at_once(const ScQemuRun *run) {
    uint64_t room = run->board.job_end - run->board.job_start;
    uint64_t pte = padded(run->request->pte.n_bytes) + 4096; /* header and path */
    uint64_t left = room > pte ? room - pte : 0;
    uint64_t each = set_bytes(run);
    left = left < INPUT_BYTES_AT_ONCE ? left : INPUT_BYTES_AT_ONCE;
    uint64_t n = each ? left / each : run->request->n_sets;
    n = n < run->request->n_sets ? n : run->request->n_sets;
    return n ? (uint32_t)n : 1;
}

/* Through the method on this computer, which checks dtype and shape and knows the
 * layout. */
static ScStatus inputs_append(ScQemuRun *run, ScBuf *block) {
    const ScQemuRequest *r = run->request;
    for (uint32_t k = 0; k < run->n_sets * r->n_inputs; k++) {
        const ScArray *array = &r->inputs[run->first_set * r->n_inputs + k];
        ScTensor t;
        SC_TRY(sc_execution_set(run->sc, &run->execution, k % r->n_inputs, array));
        SC_TRY(sc_input(&run->execution.method, k % r->n_inputs, &t));
        sc_buf_bytes(block, t.data, sc_tensor_bytes(&t));
        sc_buf_zeros(block, padded(block->len) - block->len);
    }
    return SC_OK;
}

static ScStatus too_large(ScQemuRun *run, uint64_t n_bytes) {
    Sc *sc = run->sc;
    return sc_fail(
        sc, SC_E_MEMORY, run->request->where,
        sc_arena_fmt(sc->arena, "program and inputs take %llu bytes, the board has %llu",
                     (unsigned long long)n_bytes,
                     (unsigned long long)(run->board.job_end - run->board.job_start)),
        sc_arena_fmt(sc->arena, "memory for data of QEMU's %s", run->board.machine),
        "quantize the model, or run it on a core whose board has more memory");
}

static uint32_t append(ScBuf *block, const void *bytes, size_t n_bytes) {
    uint32_t at = (uint32_t)block->len;
    sc_buf_bytes(block, bytes, n_bytes);
    sc_buf_zeros(block, padded(block->len) - block->len);
    return at;
}

ScStatus sc_qemu_job_write(ScQemuRun *run) {
    const ScQemuRequest *r = run->request;
    ScBuf block = sc_buf(run->sc->arena);
    ScJob job = {.magic = SC_JOB_MAGIC,
                 .version = SC_JOB_VERSION,
                 .flags = run->per_call ? SC_JOB_PROFILE : 0,
                 .n_sets = run->n_sets,
                 .n_runs = sc_qemu_runs(run)};
    uint64_t least = padded(r->pte.n_bytes) + run->n_sets * set_bytes(run);
    if (least >= run->board.job_end - run->board.job_start) {
        return too_large(run, least);
    }
    append(&block, &job, sizeof job);
    job.result_offset = append(&block, run->files.result, strlen(run->files.result) + 1);
    job.pte_bytes = (uint32_t)r->pte.n_bytes;
    job.pte_offset = append(&block, r->pte.data, r->pte.n_bytes);
    job.inputs_offset = (uint32_t)block.len;
    SC_TRY(inputs_append(run, &block));
    job.inputs_bytes = (uint32_t)block.len - job.inputs_offset;
    job.n_bytes = (uint32_t)block.len;
    memcpy(block.data, &job, sizeof job);
    if (block.len > run->board.job_end - run->board.job_start) {
        return too_large(run, block.len);
    }
    return sc_file_write(run->sc, run->files.job, block.data, block.len);
}
