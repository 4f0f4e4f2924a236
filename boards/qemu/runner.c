/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Runs any .pte that the host has put into memory with its inputs, and writes
 * results to a file of the host: job.h. Has every kernel of its core, so it is
 * large; firmware links only what its model needs (examples/firmware).
 */
#include <string.h>

#include "boards/common/board.h"
#include "boards/qemu/engines.h"
#include "boards/qemu/job.h"
#include "boards/qemu/marks.h"
#include "boards/qemu/result.h"
#include "boards/qemu/semihost.h"
#include "boards/qemu/tables.h"
#include "sconce/runtime.h"

enum { MAX_ROWS = 1024, MAX_POOLS = 2, MAX_ENGINES = 8, OPERATOR_BYTES = 96 };

extern uint8_t sc_job_start[], sc_job_end[];

/* Memory that buffers are cut from, front to back. */
typedef struct Pool {
    uint8_t *at;
    size_t n_bytes;
} Pool;

typedef struct Runner {
    const ScJob *job;
    const char *stage; /* what was going on, for `done` */
    ScModel model;
    ScMethod method;
    bool has_method;
    Pool pools[MAX_POOLS];
    const ScDelegate *delegates[MAX_ENGINES];
    ScKernel rows[MAX_ROWS];
} Runner;

static Runner runner;

/* ---- memory ---------------------------------------------------------------- */

static void pool_set(Pool *pool, uint8_t *start, const uint8_t *end) {
    pool->at = start;
    pool->n_bytes = (size_t)((uintptr_t)end - (uintptr_t)start);
}

/* False when the pool has no n_bytes left behind the next multiple of align. */
static bool pool_take(Pool *pool, size_t n_bytes, size_t align, void **out_buffer) {
    size_t skip = (size_t)(0 - (uintptr_t)pool->at) & (align - 1);
    if (skip > pool->n_bytes || n_bytes > pool->n_bytes - skip) {
        return false;
    }
    *out_buffer = pool->at + skip;
    pool->at += skip + n_bytes;
    pool->n_bytes -= skip + n_bytes;
    return true;
}

/* RAM first, then what the job leaves of its memory. */
static void pools_init(Runner *r) {
    size_t n_bytes;
    uint8_t *free_ram = sc_ram_free(&n_bytes);
    pool_set(&r->pools[0], free_ram, free_ram + n_bytes);
    pool_set(&r->pools[1], sc_job_start + r->job->n_bytes, sc_job_end);
}

/* align: a power of two. */
static ScStatus aligned_take(Runner *r, size_t n_bytes, size_t align, void **out_buffer) {
    size_t most = 0;
    for (size_t i = 0; i < MAX_POOLS; i++) {
        Pool *pool = &r->pools[i];
        if (pool_take(pool, n_bytes, align, out_buffer)) {
            return SC_OK;
        }
        most = pool->n_bytes > most ? pool->n_bytes : most;
    }
    sc_result_line("lacks");
    sc_result_number((int64_t)n_bytes);
    sc_result_number((int64_t)most);
    sc_result_end();
    return SC_E_MEMORY;
}

static ScStatus buffer_take(Runner *r, size_t n_bytes, void **out_buffer) {
    return aligned_take(r, n_bytes, SC_JOB_ALIGN, out_buffer);
}

/* ---- loading --------------------------------------------------------------- */

static int row_compare(const ScKernel *a, const ScKernel *b) {
    int order = strcmp(a->name, b->name);
    return order ? order : a->dtype_class - b->dtype_class;
}

/* One sorted table of all; each engine's is sorted already. */
static ScStatus tables_merge(Runner *r, ScKernelTable *out_table) {
    uint32_t n = 1;
    r->rows[0] = (ScKernel)SC_DELEGATE_KERNEL;
    for (size_t i = 0; sc_tables[i]; i++) {
        for (uint32_t k = 0; k < sc_tables[i]->n_rows; k++) {
            if (n == MAX_ROWS) {
                return SC_E_INTERNAL;
            }
            uint32_t at = n++;
            for (; at && row_compare(&r->rows[at - 1], &sc_tables[i]->rows[k]) > 0; at--) {
                r->rows[at] = r->rows[at - 1];
            }
            r->rows[at] = sc_tables[i]->rows[k];
        }
    }
    *out_table = (ScKernelTable){r->rows, n};
    return SC_OK;
}

static void need_report(const ScNeed *need) {
    sc_result_line("need");
    sc_result_number((int64_t)need->workspace_bytes);
    for (uint32_t i = 0; i < need->n_memories; i++) {
        sc_result_number((int64_t)need->memory_bytes[i]);
    }
    sc_result_end();
}

static ScStatus buffers_take(Runner *r, const ScNeed *need, ScConfig *config) {
    r->stage = "memory";
    config->workspace_bytes = need->workspace_bytes;
    SC_TRY(buffer_take(r, need->workspace_bytes, &config->workspace));
    for (uint32_t i = 0; i < need->n_memories; i++) {
        config->memory_bytes[i] = need->memory_bytes[i];
        SC_TRY(buffer_take(r, need->memory_bytes[i], &config->memory[i]));
    }
    return SC_OK;
}

static ScStatus delegates_list(Runner *r, ScConfig *config) {
    if (sc_n_engines > MAX_ENGINES) {
        return SC_E_INTERNAL;
    }
    for (uint32_t i = 0; i < sc_n_engines; i++) {
        r->delegates[i] = sc_engines[i].delegate;
    }
    config->delegates = r->delegates;
    config->n_delegates = sc_n_engines;
    return SC_OK;
}

/* Scratch of delegate calls, and what the simulators of their engines take. */
static ScStatus scratch_take(Runner *r, ScConfig *config) {
    size_t align;
    if (sc_need_scratch(&r->model, NULL, config, &config->scratch_bytes, &align) != SC_OK) {
        config->scratch_bytes = 0;
        return SC_OK; /* sc_init() fails too, and knows where */
    }
    if (config->scratch_bytes) {
        SC_TRY(aligned_take(r, config->scratch_bytes, align, &config->scratch));
        sc_result_line("scratch");
        sc_result_number((int64_t)config->scratch_bytes);
        sc_result_end();
    }
    for (uint32_t i = 0; i < sc_n_engines; i++) {
        void *memory;
        size_t n_bytes = sc_engines[i].need();
        if (!n_bytes) {
            continue;
        }
        SC_TRY(aligned_take(r, n_bytes, SC_FILE_ALIGN, &memory));
        sc_engines[i].give(memory);
        sc_result_line("simulated");
        sc_result_word(sc_engines[i].delegate->id);
        sc_result_number((int64_t)n_bytes);
        sc_result_end();
    }
    return SC_OK;
}

/* Outputs without a place of their own get one. */
static ScStatus outputs_place(Runner *r) {
    for (uint32_t i = 0; i < sc_output_count(&r->method); i++) {
        ScTensor t;
        void *buffer;
        if (sc_output(&r->method, i, &t) != SC_OK || t.data) {
            continue;
        }
        SC_TRY(buffer_take(r, sc_tensor_bytes(&t), &buffer));
        /* Refused when another value will be the output: that has a place. */
        (void)sc_set_output(&r->method, i, buffer, sc_tensor_bytes(&t));
    }
    return SC_OK;
}

static ScStatus model_load(Runner *r) {
    const uint8_t *pte = sc_job_start + r->job->pte_offset;
    ScConfig config;
    ScNeed need;
    memset(&config, 0, sizeof config);
    SC_TRY(tables_merge(r, &config.kernels));
    r->stage = "verify";
    sc_mark_verify();
    SC_TRY(sc_verify(pte, r->job->pte_bytes, NULL));
    r->stage = "open";
    sc_mark_load();
    SC_TRY(sc_open(pte, r->job->pte_bytes, &r->model));
    SC_TRY(sc_need(&r->model, NULL, &need));
    SC_TRY(buffers_take(r, &need, &config));
    SC_TRY(delegates_list(r, &config));
    SC_TRY(scratch_take(r, &config));
    r->stage = "init";
    r->has_method = true;
    SC_TRY(sc_init(&r->model, NULL, &config, &r->method));
    sc_mark_loaded();
    need_report(&need);
    return outputs_place(r);
}

/* ---- running --------------------------------------------------------------- */

static size_t input_stride(size_t n_bytes) {
    return (n_bytes + SC_JOB_ALIGN - 1) & ~(size_t)(SC_JOB_ALIGN - 1);
}

/* Bytes of one set; inputs that aren't tensors have none. */
static size_t set_bytes(const Runner *r) {
    size_t n_bytes = 0;
    for (uint32_t i = 0; i < sc_input_count(&r->method); i++) {
        ScTensor t;
        if (sc_input(&r->method, i, &t) == SC_OK) {
            n_bytes += input_stride(sc_tensor_bytes(&t));
        }
    }
    return n_bytes;
}

static ScStatus inputs_set(Runner *r, uint32_t set) {
    uint8_t *bytes = sc_job_start + r->job->inputs_offset + set * set_bytes(r);
    for (uint32_t i = 0; i < sc_input_count(&r->method); i++) {
        ScTensor t;
        if (sc_input(&r->method, i, &t) != SC_OK) {
            continue;
        }
        size_t n_bytes = sc_tensor_bytes(&t);
        SC_TRY(sc_set_input(&r->method, i, bytes, n_bytes));
        bytes += input_stride(n_bytes);
    }
    return SC_OK;
}

static ScStatus set_run(Runner *r, uint32_t set) {
    ScRunOptions options = {r->job->max_instructions, NULL, NULL};
    for (uint32_t i = 0; i < r->job->n_runs; i++) {
        r->stage = "input";
        SC_TRY(inputs_set(r, set));
        r->stage = "run";
        sc_mark_run();
        SC_TRY(sc_run(&r->method, &options));
        sc_mark_ran();
    }
    return SC_OK;
}

static ScStatus outputs_report(Runner *r, uint32_t set) {
    r->stage = "output";
    for (uint32_t i = 0; i < sc_output_count(&r->method); i++) {
        ScTensor t;
        SC_TRY(sc_output(&r->method, i, &t));
        sc_result_line("output");
        sc_result_number(set);
        sc_result_number(i);
        sc_result_number(t.dtype);
        sc_result_number(t.rank);
        for (uint32_t d = 0; d < t.rank; d++) {
            sc_result_number(t.sizes[d]);
        }
        for (uint32_t d = 0; d < t.rank; d++) {
            sc_result_number(t.dim_order[d]);
        }
        sc_result_number((int64_t)sc_tensor_bytes(&t));
        sc_result_end();
        sc_result_bytes(t.data, sc_tensor_bytes(&t));
    }
    return SC_OK;
}

/* What lies between "call" and "called" is counted, the rest of this isn't. */
static ScStatus call_hook(void *user, const ScMethod *method, uint32_t instruction,
                          ScCall *call) {
    char name[OPERATOR_BYTES];
    (void)user, (void)call;
    sc_mark_called();
    sc_operator_name(method, instruction, name, sizeof name);
    sc_result_line("call");
    sc_result_number(instruction);
    sc_result_word(name);
    sc_result_end();
    sc_mark_call();
    return SC_OK;
}

static ScStatus profile_run(Runner *r) {
    ScRunOptions options = {r->job->max_instructions, call_hook, NULL};
    r->stage = "profile";
    SC_TRY(sc_reset(&r->method));
    SC_TRY(inputs_set(r, 0));
    sc_mark_call();
    return sc_run(&r->method, &options);
}

static ScStatus job_check(const ScJob *job) {
    size_t room = (size_t)((uintptr_t)sc_job_end - (uintptr_t)sc_job_start);
    if (job->magic != SC_JOB_MAGIC || job->version != SC_JOB_VERSION) {
        return SC_E_FORMAT;
    }
    bool inside = job->n_bytes <= room && job->pte_offset <= job->n_bytes &&
                  job->pte_bytes <= job->n_bytes - job->pte_offset &&
                  job->inputs_offset <= job->n_bytes &&
                  job->inputs_bytes <= job->n_bytes - job->inputs_offset &&
                  job->result_offset < job->n_bytes;
    return inside ? SC_OK : SC_E_FORMAT;
}

static ScStatus job_run(Runner *r) {
    SC_TRY(model_load(r));
    r->stage = "input";
    if ((uint64_t)set_bytes(r) * r->job->n_sets != r->job->inputs_bytes) {
        return SC_E_SHAPE;
    }
    for (uint32_t set = 0; set < r->job->n_sets; set++) {
        if (set) {
            SC_TRY(sc_reset(&r->method));
        }
        SC_TRY(set_run(r, set));
        SC_TRY(outputs_report(r, set));
    }
    sc_result_line("stack");
    sc_result_number((int64_t)sc_stack_used());
    sc_result_number((int64_t)sc_stack_size());
    sc_result_end();
    return r->job->flags & SC_JOB_PROFILE ? profile_run(r) : SC_OK;
}

/* ---- the end --------------------------------------------------------------- */

static void done_report(const Runner *r, ScStatus status) {
    char name[OPERATOR_BYTES] = "";
    uint32_t at = 0;
    if (status != SC_OK && r->has_method) {
        at = sc_error_index(&r->method);
        sc_operator_name(&r->method, at, name, sizeof name);
    }
    sc_result_line("done");
    sc_result_number(status);
    sc_result_word(r->stage);
    sc_result_number(at);
    sc_result_word(name);
    sc_result_end();
}

int main(void) {
    Runner *r = &runner;
    r->job = (const ScJob *)(const void *)sc_job_start;
    r->stage = "job";
    if (job_check(r->job) != SC_OK) {
        sc_host_print(
            "runner: error: no job at the start of DATA; see boards/qemu/job.h\n");
        return 1;
    }
    if (!sc_result_open((const char *)sc_job_start + r->job->result_offset)) {
        sc_host_print("runner: error: the result file can't be made\n");
        return 1;
    }
    pools_init(r);
    sc_result_line("sconce-run");
    sc_result_number(SC_JOB_VERSION);
    sc_result_end();
    ScStatus status = job_run(r);
    done_report(r, status);
    return sc_result_close() && status == SC_OK ? 0 : 1;
}

void sc_board_init(void) {}

_Noreturn void sc_board_exit(int result) {
    sc_host_exit(result == 0);
}

_Noreturn void sc_board_fault(const ScFault *fault) {
    sc_result_end(); /* whatever line was being written */
    sc_result_line("fault");
    sc_result_number(fault->exception);
    sc_result_number(fault->pc);
    sc_result_number(fault->lr);
    sc_result_number(fault->sp);
    sc_result_number(fault->cfsr);
    sc_result_number(fault->hfsr);
    sc_result_number(fault->bus_address);
    sc_result_end();
    runner.has_method = false;
    done_report(&runner, SC_E_INTERNAL);
    sc_result_close();
    sc_host_exit(false);
}
