/* SPDX-License-Identifier: Apache-2.0 */
/*
 * .bpte files: what can be read can be shown, its tensors are whole, and the program in
 * it is taken as every .pte is (run_pte.h).
 */
#include "compiler/bundled.h"
#include "compiler/look_data.h"
#include "mutate_flat.h"
#include "run_pte.h"

static void value_sum(const ScBundledValue *v) {
    volatile uint8_t sum = 0;
    for (size_t i = 0; v->kind == SC_BUNDLED_TENSOR && i < v->array.n_bytes; i++) {
        sum = (uint8_t)(sum + ((const uint8_t *)v->array.data)[i]);
    }
}

static ScStatus take(Sc *sc, ScBytes input, void *user) {
    ScBundled bundled;
    ScBuf text = sc_buf(sc->arena);
    (void)user;
    SC_TRY(sc_bundled_read(sc, "input.bpte", input, &bundled));
    for (size_t i = 0; i < bundled.n_suites; i++) {
        for (size_t k = 0; k < bundled.suites[i].n_cases; k++) {
            const ScBundledCase *c = &bundled.suites[i].cases[k];
            for (size_t v = 0; v < c->n_inputs; v++) {
                value_sum(&c->inputs[v]);
            }
            for (size_t v = 0; v < c->n_outputs; v++) {
                value_sum(&c->outputs[v]);
            }
        }
    }
    SC_TRY(sc_look_bundled(sc, "input.bpte", input, SC_JSON, &text));
    return pte_take(sc, bundled.program, (ScBytes){0});
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n_bytes) {
    fuzz_with_arena(data, n_bytes, take, NULL);
    return 0;
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t n_bytes, size_t max_bytes,
                               unsigned int seed) {
    uint64_t state = seed;
    size_t n_program, choice = flat_pick(&state, 5);
    size_t program = flat_program_in_bundle(data, n_bytes, &n_program);
    if (choice < 3 && flat_mutate(data, n_bytes, FLAT_BUNDLED, &state)) {
        return n_bytes;
    }
    if (choice == 3 && program &&
        flat_mutate(data + program, n_program, FLAT_PROGRAM, &state)) {
        return n_bytes;
    }
    return LLVMFuzzerMutate ? LLVMFuzzerMutate(data, n_bytes, max_bytes) : n_bytes;
}
