/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Runs the linked-in model once, its NPU calls by npu_delegate (npu.h), and prints a
 * checksum of what comes out, to be held against `sconce run` on a computer.
 */
#include <string.h>

#include "boards/common/board.h"
#include "model.h" /* written by `sconce kernels --header` */
#include "npu.h"
#include "sconce/runtime.h"

extern const ScBound sc_bound[];     /* kernels.c, by `sconce kernels` */
extern const uint8_t sc_model_pte[]; /* model.S */

/* CHANGE ME: where the NPU reaches it. Zeros after start-up; with room for scratch that
 * shares no cache line with anything else. */
static _Alignas(NPU_LINE_BYTES) __attribute__((
    section(".model_ram"))) uint8_t ram[SC_MODEL_RAM_BYTES + 2 * NPU_LINE_BYTES];
static const ScDelegate *const delegates[] = {&npu_delegate};
static ScModel model;
static ScMethod method;

static uint8_t *ram_take(uint8_t **at, size_t n_bytes, size_t align) {
    uint8_t *buffer = *at;
    *at += (n_bytes + align - 1) / align * align;
    return buffer;
}

static ScStatus model_load(void) {
    const ScNeed *need = &sc_bound[0].need;
    ScConfig config = {.memory_is_zero = true, .delegates = delegates, .n_delegates = 1};
    uint8_t *at = ram;
    size_t align;
    SC_TRY(sc_open(sc_model_pte, SC_MODEL_PTE_BYTES, &model));
    SC_TRY(npu_open(&model, &config));
    SC_TRY(sc_need_scratch(&model, NULL, &config, &config.scratch_bytes, &align));
    if (align > NPU_LINE_BYTES) {
        return SC_E_MEMORY;
    }
    config.scratch = ram_take(&at, config.scratch_bytes, NPU_LINE_BYTES);
    config.workspace = ram_take(&at, need->workspace_bytes, SC_FILE_ALIGN);
    config.workspace_bytes = need->workspace_bytes;
    for (uint32_t i = 0; i < need->n_memories; i++) {
        config.memory[i] = ram_take(&at, need->memory_bytes[i], SC_FILE_ALIGN);
        config.memory_bytes[i] = need->memory_bytes[i];
    }
    return sc_init_bound(&model, &sc_bound[0], &config, &method);
}

/* CHANGE ME: sensor data in the layout and type that model.h tells. Here: element k is
 * k % 17 - 8, as a float an eighth of it. */
static ScStatus inputs_fill(void) {
    for (uint32_t i = 0; i < sc_input_count(&method); i++) {
        ScTensor t;
        SC_TRY(sc_input(&method, i, &t));
        if (!t.data || (t.dtype != SC_F32 && t.dtype != SC_I8)) {
            return SC_E_UNSUPPORTED;
        }
        for (size_t k = 0; k < sc_tensor_numel(&t); k++) {
            int step = (int)(k % 17) - 8;
            if (t.dtype == SC_F32) {
                ((float *)t.data)[k] = (float)step / 8.0f;
            } else {
                ((int8_t *)t.data)[k] = (int8_t)step;
            }
        }
    }
    return SC_OK;
}

/* CRC-32 of ISO 3309, as zlib's crc32(). */
static uint32_t crc32(uint32_t crc, const uint8_t *bytes, size_t n_bytes) {
    crc = ~crc;
    for (size_t i = 0; i < n_bytes; i++) {
        crc ^= bytes[i];
        for (int bit = 0; bit < 8; bit++) {
            crc = crc >> 1 ^ (crc & 1 ? 0xEDB88320u : 0);
        }
    }
    return ~crc;
}

/* Of all outputs, one behind the other, in their own layout. */
static ScStatus model_run(uint32_t *out_crc) {
    *out_crc = 0;
    SC_TRY(inputs_fill());
    SC_TRY(sc_run(&method, NULL));
    for (uint32_t i = 0; i < sc_output_count(&method); i++) {
        ScTensor t;
        SC_TRY(sc_output(&method, i, &t));
        *out_crc = crc32(*out_crc, t.data, sc_tensor_bytes(&t));
    }
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
    uint32_t crc;
    ScStatus status = model_load();
    if (status == SC_OK) {
        status = model_run(&crc);
    }
    if (status != SC_OK) {
        sc_board_print("error: ");
        sc_board_print(sc_status_name(status));
        number_print(" at instruction ", sc_error_index(&method));
        return 1;
    }
    number_print("crc of outputs ", crc);
    number_print("bytes of stack ", sc_stack_used());
    return 0;
}
