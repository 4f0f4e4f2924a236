/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Runs the linked-in model once and prints which of its outputs is the largest:
 * where an application starts. All RAM is in `ram`; its size is known when the model
 * is compiled (model.h).
 */
#include <string.h>

#include "boards/common/board.h"
#include "model.h" /* written by `sconce kernels --header` */
#include "sconce/runtime.h"

extern const ScBound sc_bound[];     /* kernels.c, by `sconce kernels` */
extern const uint8_t sc_model_pte[]; /* model.S */

/* Zeros after start-up, in a section of its own so that its size can be seen. */
static _Alignas(SC_FILE_ALIGN)
    __attribute__((section(".model_ram"))) uint8_t ram[SC_MODEL_RAM_BYTES];
static ScModel model;
static ScMethod method;

static uint8_t *ram_take(uint8_t **at, size_t n_bytes) {
    uint8_t *buffer = *at;
    *at += (n_bytes + SC_FILE_ALIGN - 1) / SC_FILE_ALIGN * SC_FILE_ALIGN;
    return buffer;
}

static ScStatus model_load(void) {
    const ScNeed *need = &sc_bound[0].need;
    ScConfig config = {.memory_is_zero = true};
    uint8_t *at = ram;
    SC_TRY(sc_open(sc_model_pte, SC_MODEL_PTE_BYTES, &model));
    config.workspace = ram_take(&at, need->workspace_bytes);
    config.workspace_bytes = need->workspace_bytes;
    for (uint32_t i = 0; i < need->n_memories; i++) {
        config.memory[i] = ram_take(&at, need->memory_bytes[i]);
        config.memory_bytes[i] = need->memory_bytes[i];
    }
    return sc_init_bound(&model, &sc_bound[0], &config, &method);
}

/* CHANGE ME: sensor data in the layout and type that model.h tells. */
static ScStatus inputs_fill(void) {
    for (uint32_t i = 0; i < sc_input_count(&method); i++) {
        ScTensor t;
        SC_TRY(sc_input(&method, i, &t));
        memset(t.data, 0, sc_tensor_bytes(&t));
    }
    return SC_OK;
}

static size_t largest(const ScTensor *t) {
    size_t best = 0;
    for (size_t i = 1; i < sc_tensor_numel(t); i++) {
        bool more = t->dtype == SC_I8
                        ? ((const int8_t *)t->data)[i] > ((const int8_t *)t->data)[best]
                        : ((const float *)t->data)[i] > ((const float *)t->data)[best];
        best = more ? i : best;
    }
    return best;
}

static ScStatus model_run(size_t *out_class) {
    ScTensor t;
    SC_TRY(inputs_fill());
    SC_TRY(sc_run(&method, NULL));
    SC_TRY(sc_output(&method, 0, &t));
    if (t.dtype != SC_I8 && t.dtype != SC_F32) {
        return SC_E_UNSUPPORTED;
    }
    *out_class = largest(&t);
    return SC_OK;
}

static void number_print(const char *what, size_t number) {
    char digits[12] = {0};
    size_t at = sizeof digits - 1;
    do {
        digits[--at] = (char)('0' + number % 10);
        number /= 10;
    } while (number && at);
    sc_board_print(what);
    sc_board_print(digits + at);
    sc_board_print("\n");
}

int main(void) {
    size_t class = 0;
    ScStatus status = model_load();
    if (status == SC_OK) {
        status = model_run(&class);
    }
    if (status != SC_OK) {
        sc_board_print("error: ");
        sc_board_print(sc_status_name(status));
        number_print(" at instruction ", sc_error_index(&method));
        return 1;
    }
    number_print("largest output ", class);
    number_print("bytes of stack ", sc_stack_used());
    return 0;
}
