/* SPDX-License-Identifier: Apache-2.0 */
/*
 * kernel_batch jobs results: runs many small Programs in one process, for tests that
 * call thousands of kernels. Little-endian, no padding:
 *
 *     job     u32 bytes of text, the text form of a Program,
 *             u32 inputs, for each: u32 bytes, the elements in logical order
 *     result  i32 status (see sconce/runtime.h; 1 = the text isn't a Program),
 *             u32 outputs, for each: u32 rank, i32 sizes[rank], u32 bytes, elements
 *
 * The jobs file ends with its last job. A failed job has no outputs.
 */
#include <stdio.h>
#include <string.h>

#include "compiler/emit/emit.h"
#include "compiler/execute.h"

enum { NO_PROGRAM = 1 };

typedef struct Jobs {
    const uint8_t *at, *end;
} Jobs;

static uint32_t take_u32(Jobs *jobs) {
    uint32_t value = 0;
    if (jobs->end - jobs->at >= 4) {
        memcpy(&value, jobs->at, 4);
        jobs->at += 4;
    }
    return value;
}

static const uint8_t *take_bytes(Jobs *jobs, uint32_t n) {
    const uint8_t *bytes = jobs->at;
    size_t left = (size_t)(jobs->end - jobs->at);
    jobs->at += n < left ? n : left;
    return bytes;
}

static void put_u32(ScBuf *out, uint32_t value) {
    sc_buf_bytes(out, &value, 4);
}

static ScStatus program_read(Sc *sc, Jobs *jobs, ScBuf *pte) {
    ScProgram *program;
    uint32_t n = take_u32(jobs);
    const char *text = (const char *)take_bytes(jobs, n);
    SC_TRY(sc_program_parse(sc, "job", text, n, &program));
    SC_TRY(sc_program_plan(sc, program));
    SC_TRY(sc_program_check(sc, program));
    return sc_emit_pte(sc, program, pte);
}

static ScStatus input_set(Sc *sc, ScExecution *e, uint32_t index, const uint8_t *bytes,
                          uint32_t n_bytes) {
    ScTensor t;
    ScArray array = {.n_bytes = n_bytes};
    SC_TRY(sc_input(&e->method, index, &t));
    array.dtype = (ScDtype)t.dtype;
    array.rank = t.rank;
    for (uint32_t d = 0; d < t.rank; d++) {
        array.dims[d] = t.sizes[d];
    }
    array.data = bytes;
    return n_bytes == sc_tensor_bytes(&t) ? sc_execution_set(sc, e, index, &array)
                                          : SC_E_SHAPE;
}

static ScStatus output_put(const ScExecution *e, uint32_t index, ScBuf *out) {
    ScTensor t;
    SC_TRY(sc_output(&e->method, index, &t));
    uint32_t n_bytes = (uint32_t)sc_tensor_bytes(&t);
    uint8_t *flat = sc_arena_alloc(out->arena, n_bytes + 1u);
    put_u32(out, t.rank);
    sc_buf_bytes(out, t.sizes, 4u * t.rank);
    put_u32(out, n_bytes);
    sc_copy_logical(&t, flat, false);
    sc_buf_bytes(out, flat, n_bytes);
    return SC_OK;
}

/* Reads all of a job, whatever fails. */
static ScStatus job_run(Sc *sc, Jobs *jobs, ScBuf *out) {
    ScExecution e;
    ScBuf pte = sc_buf(sc->arena);
    ScStatus status = program_read(sc, jobs, &pte);
    status = status == SC_OK ? SC_OK : (ScStatus)NO_PROGRAM;
    if (status == SC_OK) {
        void *file = sc_arena_copy(sc->arena, pte.data, pte.len);
        status = sc_execution_open(sc, "job", (ScBytes){file, pte.len}, &e);
    }
    uint32_t n = take_u32(jobs);
    for (uint32_t i = 0; i < n; i++) {
        uint32_t n_bytes = take_u32(jobs);
        const uint8_t *bytes = take_bytes(jobs, n_bytes);
        status = status == SC_OK ? input_set(sc, &e, i, bytes, n_bytes) : status;
    }
    status = status == SC_OK ? sc_execution_run(sc, &e, 0) : status;
    put_u32(out, (uint32_t)status);
    put_u32(out, status == SC_OK ? sc_output_count(&e.method) : 0);
    for (uint32_t i = 0; status == SC_OK && i < sc_output_count(&e.method); i++) {
        SC_TRY(output_put(&e, i, out));
    }
    return SC_OK;
}

static ScStatus jobs_run(Sc *sc, const char *input, FILE *results) {
    ScBytes file;
    SC_TRY(sc_file_map(sc, input, &file));
    Jobs jobs = {file.data, (const uint8_t *)file.data + file.n_bytes};
    while (jobs.at < jobs.end) {
        Sc job = {.arena = sc_arena_new()};
        if (!job.arena) {
            return SC_E_MEMORY;
        }
        ScBuf out = sc_buf(job.arena);
        ScStatus status = job_run(&job, &jobs, &out);
        if (status == SC_OK && fwrite(out.data, 1, out.len, results) != out.len) {
            status = SC_E_IO;
        }
        for (size_t i = 0; i < job.n_diags; i++) {
            fprintf(stderr, "%s: %s\n", job.diags[i].what,
                    job.diags[i].why ? job.diags[i].why : "");
        }
        sc_arena_free(job.arena);
        SC_TRY(status);
    }
    return SC_OK;
}

int main(int argc, char **argv) {
    if (argc != 3) {
        fprintf(stderr, "usage: kernel_batch jobs results\n");
        return 2;
    }
    Sc sc = {.arena = sc_arena_new()};
    FILE *results = fopen(argv[2], "wb");
    if (!sc.arena || !results) {
        return 1;
    }
    ScStatus status = jobs_run(&sc, argv[1], results);
    bool written = fclose(results) == 0;
    sc_arena_free(sc.arena);
    return status == SC_OK && written ? 0 : 1;
}
