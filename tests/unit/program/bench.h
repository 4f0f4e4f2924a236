/* SPDX-License-Identifier: Apache-2.0 */
/* What the tests of Programs share: a context, short calls, random programs. */
#ifndef SC_TEST_PROGRAM_BENCH_H
#define SC_TEST_PROGRAM_BENCH_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "compiler/emit/emit.h"
#include "compiler/program/touch.h"

static inline int bench_setup(void **state) {
    static Sc sc;
    memset(&sc, 0, sizeof sc);
    sc.arena = sc_arena_new();
    *state = &sc;
    return sc.arena ? 0 : -1;
}

static inline int bench_teardown(void **state) {
    Sc *sc = *state;
    sc_arena_free(sc->arena);
    return 0;
}

#define BENCH_TEST(name) cmocka_unit_test_setup_teardown(name, bench_setup, bench_teardown)

static inline const char *last_diag(const Sc *sc) {
    if (sc->n_diags == 0) {
        return "(no diagnostic)";
    }
    const ScDiag *d = &sc->diags[sc->n_diags - 1];
    return sc_arena_fmt(sc->arena, "%s: %s; %s", d->where, d->what, d->why ? d->why : "");
}

static inline void assert_ok(const Sc *sc, ScStatus status) {
    if (status != SC_OK) {
        fail_msg("%s: %s", sc_status_name(status), last_diag(sc));
    }
}

static inline ScProgram *program_of(Sc *sc, const char *text) {
    ScProgram *program = NULL;
    assert_ok(sc, sc_program_parse(sc, "test", text, strlen(text), &program));
    return program;
}

static inline const char *text_of(Sc *sc, const ScProgram *program) {
    ScBuf out = sc_buf(sc->arena);
    sc_program_print(program, &out);
    return out.data;
}

static inline ScBuf pte_of(Sc *sc, const ScProgram *program) {
    ScBuf out = sc_buf(sc->arena);
    assert_ok(sc, sc_emit_pte(sc, program, &out));
    return out;
}

static inline ScProgram *read_back(Sc *sc, const ScBuf *pte) {
    ScProgram *program = NULL;
    ScBytes file = {.data = (const uint8_t *)pte->data, .n_bytes = pte->len};
    assert_ok(sc, sc_program_read(sc, "test.pte", file, &program));
    return program;
}

/* ---- random programs -------------------------------------------------------------- */

/* SplitMix64 (Steele, Lea, Flood 2014). */
static inline uint64_t random_next(uint64_t *seed) {
    uint64_t z = *seed += 0x9e3779b97f4a7c15u;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
    z = (z ^ z >> 27) * 0x94d049bb133111ebu;
    return z ^ z >> 31;
}

static inline uint32_t random_to(uint64_t *seed, uint32_t n) {
    return (uint32_t)(random_next(seed) % n);
}

enum { RANDOM_MAX = 40 };

typedef struct RandomNet {
    Sc *sc;
    ScProgram *program;
    uint64_t *seed;
    ScPid live[2 * RANDOM_MAX]; /* tensors to choose arguments from */
    size_t n;
} RandomNet;

/* A tensor of 1..64 floats on a new buffer, or of the size of `like`. */
static inline ScPid random_tensor(RandomNet *net, ScPid like) {
    int64_t n = 1 + random_to(net->seed, 64);
    if (like != SC_PID_NONE) {
        const ScPTensor *t = net->program->values[like].as.tensor;
        n = (int64_t)(sc_ptensor_bytes(t) / 4);
    }
    uint32_t buffer = sc_program_buffer(net->program, (uint64_t)n * 4);
    return sc_program_tensor(net->program, NULL, SC_F32, 1, &n, SC_LAYOUT_CONTIGUOUS,
                             buffer, 0);
}

/* A view of the first half of a tensor. */
static inline ScPid random_view(RandomNet *net, ScPid of) {
    ScPTensor t = *net->program->values[of].as.tensor;
    int64_t n = t.sizes[0] > 1 ? t.sizes[0] / 2 : 1;
    return sc_program_tensor(net->program, NULL, SC_F32, 1, &n, SC_LAYOUT_CONTIGUOUS,
                             t.index, t.byte_offset);
}

static inline ScPid random_pick(RandomNet *net) {
    /* Mostly recent ones, as in a network; sometimes a long skip. */
    size_t reach = random_to(net->seed, 4) ? 3 : net->n;
    size_t back = random_to(net->seed, (uint32_t)(reach < net->n ? reach : net->n));
    return net->live[net->n - 1 - back];
}

static inline void random_call(RandomNet *net) {
    ScPid args[4];
    size_t n = 1 + random_to(net->seed, 3);
    for (size_t i = 0; i < n; i++) {
        args[i] = random_pick(net);
    }
    bool same = random_to(net->seed, 2) == 0;
    ScPid out = random_tensor(net, same ? args[0] : SC_PID_NONE);
    args[n] = out;
    sc_program_call(net->program, "test::op.out", args, n + 1, 1,
                    random_to(net->seed, 2) ? 0 : -1, NULL);
    net->live[net->n++] = out;
    if (random_to(net->seed, 4) == 0) {
        net->live[net->n++] = random_view(net, out);
    }
}

/* State: read somewhere, written back by a copy. */
static inline void random_state(RandomNet *net) {
    ScPid state = random_tensor(net, SC_PID_NONE), sum = random_tensor(net, state);
    ScPBuffer *buffer =
        &net->program->buffers[net->program->values[state].as.tensor->index];
    buffer->is_state = true;
    buffer->memory = SC_MEMORY_STATE;
    sc_program_call(net->program, "test::op.out", (ScPid[]){state, random_pick(net), sum},
                    3, 1, -1, NULL);
    sc_program_call(net->program, "aten::copy_", (ScPid[]){state, sum}, 2, 0, -1, NULL);
    net->live[net->n++] = sum;
}

static inline void random_io(ScProgram *program, ScPid pid, bool output) {
    ScPIo io = {.value = pid};
    if (output) {
        SC_PUSH(program->arena, program->outputs, program->n_outputs, program->cap_outputs,
                io);
    } else {
        SC_PUSH(program->arena, program->inputs, program->n_inputs, program->cap_inputs,
                io);
    }
}

static inline ScProgram *random_program(Sc *sc, uint64_t seed) {
    RandomNet net = {.sc = sc, .program = sc_program_new(sc->arena, "forward")};
    net.seed = &seed;
    uint32_t n_inputs = 1 + random_to(&seed, 2), n_calls = 1 + random_to(&seed, 25);
    for (uint32_t i = 0; i < n_inputs; i++) {
        net.live[net.n++] = random_tensor(&net, SC_PID_NONE);
        random_io(net.program, net.live[i], false);
    }
    uint32_t state_at = random_to(&seed, 2 * n_calls);
    for (uint32_t i = 0; i < n_calls; i++) {
        random_call(&net);
        if (i == state_at) {
            random_state(&net);
        }
    }
    random_io(net.program, net.live[net.n - 1], true);
    if (random_to(&seed, 3) == 0) {
        random_io(net.program, random_pick(&net), true);
    }
    return net.program;
}

#endif
