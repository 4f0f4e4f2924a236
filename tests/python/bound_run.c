/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bound_run PTE OUT N_RUNS INPUT...: runs the program that `sconce kernels` bound, on this
 * computer, and writes its outputs one behind the other. INPUTs are bytes as the
 * program's buffers hold them. Compiled by test_bound.py with kernels.c and model.h.
 */
#include <stdio.h>
#include <stdlib.h>

#include "model.h"
#include "sconce/runtime.h"

extern const ScBound sc_bound[];

static _Alignas(SC_FILE_ALIGN) uint8_t file[SC_MODEL_PTE_BYTES];
static _Alignas(SC_FILE_ALIGN) uint8_t ram[SC_MODEL_RAM_BYTES + SC_FILE_ALIGN];
static ScModel model;
static ScMethod method;

static size_t file_read(const char *path, void *buffer, size_t n_bytes) {
    FILE *f = fopen(path, "rb");
    size_t n = f ? fread(buffer, 1, n_bytes, f) : 0;
    if (f) {
        fclose(f);
    }
    return n;
}

static ScStatus load(void) {
    const ScNeed *need = &sc_bound[0].need;
    ScConfig config = {.memory_is_zero = true};
    uint8_t *at = ram;
    SC_TRY(sc_open(file, sizeof file, &model));
    config.workspace = at;
    config.workspace_bytes = need->workspace_bytes;
    at += (need->workspace_bytes + SC_FILE_ALIGN - 1) / SC_FILE_ALIGN * SC_FILE_ALIGN;
    for (uint32_t i = 0; i < need->n_memories; i++) {
        config.memory[i] = at;
        config.memory_bytes[i] = need->memory_bytes[i];
        at += (need->memory_bytes[i] + SC_FILE_ALIGN - 1) / SC_FILE_ALIGN * SC_FILE_ALIGN;
    }
    return sc_init_bound(&model, &sc_bound[0], &config, &method);
}

static ScStatus run(char **inputs) {
    for (uint32_t i = 0; i < sc_input_count(&method); i++) {
        ScTensor t;
        SC_TRY(sc_input(&method, i, &t));
        size_t n_bytes = sc_tensor_bytes(&t);
        uint8_t *bytes = malloc(n_bytes + 1); /* kept: an unplanned input borrows it */
        if (!bytes || file_read(inputs[i], bytes, n_bytes) != n_bytes) {
            return SC_E_IO;
        }
        SC_TRY(sc_set_input(&method, i, bytes, n_bytes));
    }
    return sc_run(&method, NULL);
}

static ScStatus outputs_write(const char *path) {
    FILE *f = fopen(path, "wb");
    for (uint32_t i = 0; f && i < sc_output_count(&method); i++) {
        ScTensor t;
        SC_TRY(sc_output(&method, i, &t));
        if (fwrite(t.data, 1, sc_tensor_bytes(&t), f) != sc_tensor_bytes(&t)) {
            return SC_E_IO;
        }
    }
    return f && fclose(f) == 0 ? SC_OK : SC_E_IO;
}

int main(int argc, char **argv) {
    ScStatus status =
        argc > 3 && file_read(argv[1], file, sizeof file) == sizeof file ? load() : SC_E_IO;
    for (int i = 0; status == SC_OK && i < atoi(argv[3]); i++) {
        status = run(argv + 4);
    }
    if (status == SC_OK) {
        status = outputs_write(argv[2]);
    }
    if (status != SC_OK) {
        fprintf(stderr, "%s at %u\n", sc_status_name(status), sc_error_index(&method));
    }
    return status == SC_OK ? 0 : 1;
}
