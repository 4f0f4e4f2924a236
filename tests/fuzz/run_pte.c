/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whatever sc_verify_with_data() accepts can be opened, measured, initialised and run in
 * buffers of exactly the sizes that sc_need() tells, with every kernel of this host and a
 * toy delegate, and read into a Program, whose memories can be planned anew.
 */
#include "run_pte.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "compiler/delegates.h"
#include "compiler/execute.h"
#include "fuzz.h"
#include "tests/unit/runtime/toy_delegate.h"

enum {
    MAX_BYTES = 1 << 16, /* of all buffers: keeps one input under a second */
    MAX_INSTRUCTIONS = 200
};

/* Exactly n bytes at SC_FILE_ALIGN, filled with small numbers. */
static void *block(size_t n_bytes) {
    void *p = NULL;
    if (posix_memalign(&p, SC_FILE_ALIGN, n_bytes ? n_bytes : 1) != 0) {
        abort();
    }
    memset(p, 1, n_bytes);
    return p;
}

static ToyLog toy_log;
static const ScDelegate toy = TOY_DELEGATE("ToyBackend", &toy_log);
static const ScDelegate *const delegates[] = {&toy};

/* The toy, with the scratch that it asks for; false when that is too much. */
static bool delegates_give(Sc *sc, const ScModel *model, const char *name,
                           ScConfig *config) {
    size_t n_bytes, align;
    config->delegates = delegates;
    config->n_delegates = 1;
    if (sc_need_scratch(model, name, config, &n_bytes, &align) != SC_OK) {
        return true; /* sc_init() refuses it */
    }
    if (n_bytes > MAX_BYTES || align > MAX_BYTES) {
        return false;
    }
    uintptr_t at = (uintptr_t)sc_arena_alloc(sc->arena, n_bytes + align);
    config->scratch = (void *)((at + align - 1) & ~(uintptr_t)(align - 1));
    config->scratch_bytes = n_bytes;
    return true;
}

static bool buffers_fit(const ScNeed *need) {
    size_t left = MAX_BYTES;
    if (need->workspace_bytes > left) {
        return false;
    }
    left -= need->workspace_bytes;
    for (uint32_t i = 0; i < need->n_memories; i++) {
        if (need->memory_bytes[i] > left) {
            return false;
        }
        left -= need->memory_bytes[i];
    }
    return true;
}

static void buffers_make(const ScNeed *need, ScConfig *config) {
    config->workspace = block(need->workspace_bytes);
    config->workspace_bytes = need->workspace_bytes;
    for (uint32_t i = 0; i < need->n_memories; i++) {
        config->memory[i] = block(need->memory_bytes[i]);
        config->memory_bytes[i] = need->memory_bytes[i];
    }
}

static void buffers_free(const ScNeed *need, ScConfig *config) {
    free(config->workspace);
    for (uint32_t i = 0; i < need->n_memories; i++) {
        free(config->memory[i]);
    }
}

/* Inputs that the plan leaves to the caller are pointed at a block of their own. */
static void inputs_set(Sc *sc, ScMethod *method) {
    for (uint32_t i = 0; i < sc_input_count(method); i++) {
        ScTensor tensor;
        if (sc_input(method, i, &tensor) != SC_OK) {
            continue;
        }
        size_t n = sc_tensor_bytes(&tensor);
        if (n <= MAX_BYTES) {
            void *data = sc_arena_alloc(sc->arena, n);
            fuzz_expect(sc_set_input(method, i, data, n) == SC_OK, "an input can be set");
        }
    }
}

static void outputs_sum(const ScMethod *method) {
    volatile uint8_t sum = 0;
    for (uint32_t i = 0; i < sc_output_count(method); i++) {
        ScTensor tensor;
        if (sc_output(method, i, &tensor) == SC_OK && tensor.data) {
            for (size_t k = 0; k < sc_tensor_bytes(&tensor); k++) {
                sum = (uint8_t)(sum + ((const uint8_t *)tensor.data)[k]);
            }
        }
    }
}

static ScStatus stop_when_slow(void *user, const ScMethod *method, uint32_t instruction,
                               ScCall *call) {
    const clock_t *deadline = user;
    (void)method;
    (void)instruction;
    (void)call;
    return clock() > *deadline ? SC_E_LIMIT : SC_OK;
}

static void method_run(Sc *sc, ScMethod *method) {
    clock_t deadline = clock() + CLOCKS_PER_SEC;
    ScRunOptions options = {.max_instructions = MAX_INSTRUCTIONS,
                            .hook = stop_when_slow,
                            .hook_user = &deadline};
    inputs_set(sc, method);
    for (int run = 0; run < 2; run++) {
        if (sc_run(method, &options) == SC_OK) {
            outputs_sum(method);
        } else {
            char name[64];
            sc_operator_name(method, sc_error_index(method), name, sizeof name);
        }
    }
    sc_reset(method);
}

static void method_try(Sc *sc, const ScModel *model, const char *name) {
    ScNeed need;
    ScMethod method;
    ScConfig config = {.kernels = {0}};
    if (sc_need(model, name, &need) != SC_OK || !buffers_fit(&need)) {
        return;
    }
    fuzz_expect(sc_host_kernels(sc, &config.kernels) == SC_OK, "there are kernels");
    if (!delegates_give(sc, model, name, &config)) {
        return;
    }
    buffers_make(&need, &config);
    if (sc_init(model, name, &config, &method) == SC_OK) {
        method_run(sc, &method);
    }
    buffers_free(&need, &config);
}

static void info_read(Sc *sc, const ScModel *model) {
    ScIoInfo info;
    for (uint32_t i = 0; i < 3; i++) {
        if (sc_input_info(model, i, &info) == SC_OK) {
            sc_arena_str(sc->arena, info.name);
        }
        if (sc_output_info(model, i, &info) == SC_OK) {
            sc_arena_str(sc->arena, info.name);
        }
    }
}

static void toy_ask(Sc *sc, const ScModel *model, ScPDelegate *d) {
    ScDelegatePayload payload = {model, d->payload, (size_t)d->n_bytes};
    (void)sc;
    d->linked = strcmp(d->id, toy.id) == 0 ? &toy : NULL;
    d->measured = d->linked ? toy_measure(&toy, &payload, &d->need) : SC_OK;
}

/* What is planned anew is sound, and what is written is a file again. Large programs
 * would take longer than an input may. */
static ScStatus program_replan(Sc *sc, const ScModel *model, ScProgram *program) {
    ScReplan replan;
    ScBuf pte = sc_buf(sc->arena);
    if (program->n_buffers > 200 || program->n_insts > 200) {
        return SC_OK;
    }
    for (size_t b = 0; b < program->n_buffers; b++) {
        if (program->buffers[b].n_bytes > 1u << 20) {
            return SC_OK;
        }
    }
    ScStatus status = sc_delegates_plan(sc, "input", model, program, false, &replan);
    fuzz_expect(status == SC_OK || status == SC_E_FORMAT, "a plan is no bug of ours");
    SC_TRY(status);
    SC_TRY(sc_emit_pte(sc, program, &pte));
    fuzz_expect(sc_verify(pte.data, pte.len, NULL) == SC_OK, "what is written can be read");
    return SC_OK;
}

static ScStatus program_try(Sc *sc, ScBytes pte, ScBytes data, const ScModel *model) {
    ScProgram *program;
    ScHazard *hazards;
    size_t n_hazards;
    ScReadOptions options = {.data = data, .measure = toy_ask};
    SC_TRY(sc_program_read_with(sc, "input", pte, &options, &program));
    ScBuf text = sc_buf(sc->arena);
    sc_program_print(program, &text);
    if (program->n_values <= 300 && program->n_insts <= 200) { /* quadratic in both */
        ScProgram *again;
        options.out_hazards = &hazards;
        options.out_n_hazards = &n_hazards;
        ScStatus status = sc_program_read_with(sc, "input", pte, &options, &again);
        fuzz_expect(status == SC_OK || status == SC_E_UNSUPPORTED,
                    "a program that can be read can be checked");
        SC_TRY(status);
    }
    return program_replan(sc, model, program);
}

ScStatus pte_take(Sc *sc, ScBytes pte, ScBytes data) {
    ScVerifyReport report;
    ScModel model;
    if (sc_verify_with_data(pte.data, pte.n_bytes, data.data, data.n_bytes, &report) !=
        SC_OK) {
        fuzz_expect(report.what != NULL, "a fault has a text");
        return SC_OK;
    }
    fuzz_expect(sc_open(pte.data, pte.n_bytes, &model) == SC_OK,
                "a verified file can be opened");
    fuzz_expect(!data.data || sc_open_data(&model, data.data, data.n_bytes) == SC_OK,
                "verified data can be opened");
    info_read(sc, &model);
    uint32_t n_methods = sc_method_count(&model);
    for (uint32_t i = 0; i < n_methods && i < 4; i++) {
        method_try(sc, &model, sc_method_name(&model, i));
    }
    return program_try(sc, pte, data, &model);
}
