/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Programs with delegate calls on this host: they run, get their memories planned
 * anew, and compute the same. The linked backends are this file's: an engine with two
 * kernels and the toy delegate.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>
#include <jansson.h>

#include "compiler/delegates.h"
#include "compiler/execute.h"
#include "compiler/program/touch.h"
#include "runtime/call.h"
#include "sconce/compiler.h"
#include "tests/unit/runtime/pte_build.h"
#include "tests/unit/runtime/toy_delegate.h"

/* ---- the engine ------------------------------------------------------------------- */

/* Changes every byte, and no two bytes alike. */
static ScStatus kernel_turn(ScCall *c) {
    ScTensor in = sc_arg_tensor(c, 0), out = sc_arg_tensor(c, 1);
    for (size_t i = 0; i < sc_tensor_bytes(&out); i++) {
        uint8_t byte = ((const uint8_t *)in.data)[i % sc_tensor_bytes(&in)];
        ((uint8_t *)out.data)[i] = (uint8_t)(5 * byte + i + 1);
    }
    return SC_OK;
}

static ScStatus kernel_join(ScCall *c) {
    ScTensor a = sc_arg_tensor(c, 0), b = sc_arg_tensor(c, 1), out = sc_arg_tensor(c, 2);
    for (size_t i = 0; i < sc_tensor_bytes(&out); i++) {
        ((uint8_t *)out.data)[i] =
            (uint8_t)(((const uint8_t *)a.data)[i % sc_tensor_bytes(&a)] ^
                      ((const uint8_t *)b.data)[i % sc_tensor_bytes(&b)]);
    }
    return SC_OK;
}

static const ScKernel rows[] = {{"toy::join.out", "TTO", kernel_join, '*'},
                                {"toy::turn.out", "TO", kernel_turn, '*'}};
static const ScKernelTable kernels = {rows, 2};

static ToyLog toy_log;
static const ScDelegate toy = TOY_DELEGATE("ToyBackend", &toy_log);
static const ScDelegate mute = TOY_DELEGATE("MuteBackend", &toy_log);

static ScStatus toy_inspect(Sc *sc, const ScDelegatePayload *payload, ScFormat format,
                            ScBuf *out) {
    (void)sc;
    sc_buf_fmt(out, format == SC_JSON ? "{\"adds\": %u}" : "  adds %u bytes\n",
               sc_load_u32(payload->data + 4));
    return SC_OK;
}

static const ScBackend engine = {
    .name = "toy", .kernels = &kernels, .delegate = &toy, .inspect = toy_inspect};
static const ScBackend mute_engine = {.name = "mute", .delegate = &mute};
static const ScBackend *const engines[] = {&engine, &mute_engine};

const ScBackend *const *sc_backends(size_t *out_n) {
    *out_n = 2;
    return engines;
}

const ScBackend *sc_backend_find(const char *name) {
    return strcmp(name, "toy") == 0 ? &engine : NULL;
}

/* ---- the bench ---------------------------------------------------------------------- */

static int setup(void **state) {
    static Sc sc;
    memset(&sc, 0, sizeof sc);
    memset(&toy_log, 0, sizeof toy_log);
    sc.arena = sc_arena_new();
    *state = &sc;
    return sc.arena ? 0 : -1;
}

static int teardown(void **state) {
    sc_arena_free(((Sc *)*state)->arena);
    return 0;
}

static void ok(const Sc *sc, ScStatus status) {
    if (status != SC_OK) {
        const ScDiag *d = sc->n_diags ? &sc->diags[sc->n_diags - 1] : NULL;
        fail_msg("%s: %s: %s", sc_status_name(status), d ? d->what : "", d ? d->why : "");
    }
}

/* One payload of a test: offsets of a, b and out, then bytes of the scratch. */
typedef struct Places {
    uint32_t n, a, b, out, scratch, align;
} Places;

/* The text's delegates get these payloads; schedule as it stands, then stock's way: no
 * planned scratch. */
static ScProgram *program_of(Sc *sc, const char *text, const Places *places) {
    ScProgram *p;
    ok(sc, sc_program_parse(sc, "test", text, strlen(text), &p));
    for (size_t i = 0; i < p->n_delegates; i++) {
        uint8_t *payload = sc_arena_alloc(sc->arena, TOY_HEADER);
        const Places *q = &places[i];
        toy_payload(payload, q->n, q->a, q->b, q->out, q->scratch,
                    q->align ? q->align : 16);
        p->delegates[i].payload = payload;
        p->delegates[i].n_bytes = TOY_HEADER;
    }
    return p;
}

static ScBytes pte_of(Sc *sc, ScProgram *p) {
    ScBuf out = sc_buf(sc->arena);
    ok(sc, sc_program_plan(sc, p));
    ok(sc, sc_emit_pte(sc, p, &out));
    return (ScBytes){(const uint8_t *)out.data, out.len};
}

static ScBytes replanned(Sc *sc, ScBytes file, bool stock_ops, ScReplan *out_replan,
                         ScProgram **out_program) {
    ScModel model;
    ScBuf out = sc_buf(sc->arena);
    ok(sc, sc_program_read_measured(sc, "in.pte", file, sc_delegate_measure, out_program));
    assert_int_equal(sc_open(file.data, file.n_bytes, &model), SC_OK);
    ok(sc, sc_delegates_plan(sc, "in.pte", &model, *out_program, stock_ops, out_replan));
    ok(sc, sc_emit_pte(sc, *out_program, &out));
    return (ScBytes){(const uint8_t *)out.data, out.len};
}

/* Bytes of all outputs of one run, and how many tensors were copied. */
static ScBuf run(Sc *sc, ScBytes file, uint32_t *out_copies) {
    ScExecution e;
    ScBuf bytes = sc_buf(sc->arena);
    uint32_t copies = toy_log.n_copies;
    ok(sc, sc_execution_open(sc, "test.pte", file, &e));
    for (uint32_t i = 0; i < sc_input_count(&e.method); i++) {
        ScTensor t;
        assert_int_equal(sc_input(&e.method, i, &t), SC_OK);
        for (size_t k = 0; k < sc_tensor_bytes(&t); k++) {
            ((uint8_t *)t.data)[k] = (uint8_t)(k * 7 + i * 31 + 3);
        }
    }
    ok(sc, sc_execution_run(sc, &e, NULL));
    for (uint32_t i = 0; i < sc_output_count(&e.method); i++) {
        ScArray array;
        ok(sc, sc_execution_get(sc, &e, i, &array));
        sc_buf_bytes(&bytes, array.data, array.n_bytes);
    }
    *out_copies = toy_log.n_copies - copies;
    return bytes;
}

static void same_bytes(const ScBuf *a, const ScBuf *b) {
    assert_int_equal(a->len, b->len);
    assert_true(a->len > 0);
    assert_memory_equal(a->data, b->data, a->len);
}

/* Replans, runs before and after, compares; out_replan and *out_after_copies are for
 * the test to look at. */
static ScProgram *before_and_after(Sc *sc, ScProgram *p, ScReplan *out_replan,
                                   uint32_t *out_copies) {
    ScProgram *after;
    uint32_t copies;
    ScBytes file = pte_of(sc, p);
    ScBuf want = run(sc, file, &copies);
    ScBytes new_file = replanned(sc, file, false, out_replan, &after);
    ScBuf got = run(sc, new_file, out_copies);
    same_bytes(&want, &got);
    return after;
}

/* ---- plans ----------------------------------------------------------------------------
 */

/* x -> a, b (64 bytes each) -> the delegate -> c -> y */
static const char chain[] = "program \"forward\"\n"
                            "buffer 0 = 64\nbuffer 1 = 64\nbuffer 2 = 64\nbuffer 3 = 64\n"
                            "buffer 4 = 64\n"
                            "delegate 0 = \"ToyBackend\" 0 crc32:0\n"
                            "%0 = i8[64] buffer 0\n%1 = i8[64] buffer 1\n"
                            "%2 = i8[64] buffer 2\n%3 = i8[64] buffer 3\n"
                            "%4 = i8[64] buffer 4\n"
                            "input %0 \"x\" scale 0.5 zero_point -3\noutput %4 \"y\"\n"
                            "call toy::turn.out(%0 -> %1)\n"
                            "call toy::turn.out(%1 -> %2)\n"
                            "run 0(%1, %2 -> %3)\n"
                            "call toy::turn.out(%3 -> %4)\n";

static void replan_dying_inputs_and_outputs_lie_in_the_scratch(void **state) {
    Sc *sc = *state;
    ScReplan r;
    uint32_t copies;
    const Places places = {.n = 64, .a = 0, .b = 64, .out = 128, .scratch = 224};
    ScProgram *after = before_and_after(sc, program_of(sc, chain, &places), &r, &copies);
    assert_int_equal(copies, 0);
    assert_int_equal(r.n_calls, 1);
    assert_int_equal(r.n_planned, 1);
    assert_int_equal(r.n_tensors, 3);
    assert_int_equal(r.n_in_place, 3);
    assert_int_equal(r.old_bytes, 192);
    assert_int_equal(r.old_scratch, 224);
    assert_int_equal(r.new_bytes, 224); /* the scratch, and all else inside of it */
    assert_int_equal(r.new_scratch, 0);
    assert_int_equal(after->memory_bound[0], 224);
    assert_int_equal(after->insts[2].n_args, 4);
    assert_string_equal(after->inputs[0].name, "x");
    assert_true(after->inputs[0].scale == 0.5);
}

static void replan_output_in_place_of_an_input_is_tied(void **state) {
    Sc *sc = *state;
    ScReplan r;
    uint32_t copies;
    const Places places = {.n = 64, .a = 0, .b = 64, .out = 0, .scratch = 128};
    before_and_after(sc, program_of(sc, chain, &places), &r, &copies);
    assert_int_equal(copies, 0);
    assert_int_equal(r.n_in_place, 3);
    assert_int_equal(r.new_bytes, 128);
}

static void replan_places_that_cant_be_are_copied(void **state) {
    Sc *sc = *state;
    ScReplan r;
    uint32_t copies;
    /* Not at a multiple of 16; used where it is; behind nothing. */
    const Places odd = {.n = 64, .a = 8, .b = TOY_NOWHERE, .out = 80, .scratch = 144};
    before_and_after(sc, program_of(sc, chain, &odd), &r, &copies);
    assert_int_equal(r.n_planned, 1);
    assert_int_equal(r.n_in_place, 1);
    assert_int_equal(copies, 1);
    /* Two inputs can't be on the same bytes. */
    const Places twice = {.n = 64, .a = 0, .b = 32, .out = 96, .scratch = 160};
    ScProgram *after;
    replanned(sc, pte_of(sc, program_of(sc, chain, &twice)), false, &r, &after);
    assert_int_equal(r.n_in_place, 2);
}

static void replan_input_that_is_read_later_is_copied(void **state) {
    Sc *sc = *state;
    ScReplan r;
    uint32_t copies;
    ScBuf text = sc_buf(sc->arena);
    sc_buf_str(&text, chain);
    sc_buf_str(&text, "buffer 5 = 64\n%5 = i8[64] buffer 5\noutput %5\n"
                      "call toy::turn.out(%1 -> %5)\n");
    const Places places = {.n = 64, .a = 0, .b = 64, .out = 128, .scratch = 192};
    before_and_after(sc, program_of(sc, text.data, &places), &r, &copies);
    assert_int_equal(r.n_in_place, 2);
    assert_int_equal(copies, 1);
}

/* The input is an output of the program too, in the last instruction. */
static void replan_input_that_is_an_output_is_copied(void **state) {
    static const char text[] = "program \"forward\"\n"
                               "buffer 0 = 32\nbuffer 1 = 32\nbuffer 2 = 32\n"
                               "delegate 0 = \"ToyBackend\" 0 crc32:0\n"
                               "%0 = i8[32] buffer 0\n%1 = i8[32] buffer 1\n"
                               "%2 = i8[32] buffer 2\n"
                               "input %0\ninput %1\noutput %1\noutput %2\n"
                               "run 0(%0, %1 -> %2)\n";
    Sc *sc = *state;
    ScReplan r;
    uint32_t copies;
    const Places places = {.n = 32, .a = 0, .b = 32, .out = 64, .scratch = 96};
    before_and_after(sc, program_of(sc, text, &places), &r, &copies);
    assert_int_equal(r.n_in_place, 2); /* the model's input and its output */
    assert_int_equal(copies, 1);
}

/* The output of one call is an input of the next, at another place of its scratch. */
static const char pair[] = "program \"forward\"\n"
                           "buffer 0 = 32\nbuffer 1 = 32\nbuffer 2 = 32\n"
                           "buffer 3 = 32\nbuffer 4 = 32\n"
                           "delegate 0 = \"ToyBackend\" 0 crc32:0\n"
                           "delegate 1 = \"ToyBackend\" 0 crc32:0\n"
                           "%0 = i8[32] buffer 0\n%1 = i8[32] buffer 1\n"
                           "%2 = i8[32] buffer 2\n%3 = i8[32] buffer 3\n"
                           "%4 = i8[32] buffer 4\n"
                           "input %0\ninput %1\ninput %3\noutput %4\n"
                           "run 0(%0, %1 -> %2)\n"
                           "run 1(%2, %3 -> %4)\n";
static const Places pair_places[] = {{.n = 32, .a = 0, .b = 32, .out = 96, .scratch = 128},
                                     {.n = 32, .a = 32, .b = 64, .out = 0, .scratch = 96}};

static void replan_two_scratches_are_tied_by_a_tensor(void **state) {
    Sc *sc = *state;
    ScReplan r;
    uint32_t copies;
    ScProgram *p = program_of(sc, pair, pair_places);
    ScProgram *after = before_and_after(sc, p, &r, &copies);
    assert_int_equal(copies, 0);
    assert_int_equal(r.n_in_place, 6);
    assert_int_equal(r.n_planned, 2);
    /* The second scratch lies 64 bytes behind the first: %2 is at 96 in both views. */
    const ScPBuffer *first = NULL, *second = NULL;
    for (size_t b = 0; b < after->n_buffers; b++) {
        const ScPBuffer *buffer = &after->buffers[b];
        if (buffer->is_scratch && sc_pbuffer_is_live(buffer)) {
            second = first ? buffer : NULL;
            first = first ? first : buffer;
        }
    }
    assert_non_null(second);
    assert_int_equal(second->offset - first->offset, 64);
}

static void replan_stock_ops_and_wide_alignment_stay_outside(void **state) {
    Sc *sc = *state;
    ScReplan r;
    ScProgram *after;
    uint32_t copies;
    Places places = {.n = 64, .a = 0, .b = 64, .out = 128, .scratch = 192};
    ScBytes file = pte_of(sc, program_of(sc, chain, &places));
    ScBuf want = run(sc, file, &copies);
    ScBytes stock = replanned(sc, file, true, &r, &after);
    assert_int_equal(r.n_planned, 0);
    assert_int_equal(r.new_scratch, 192);
    assert_int_equal(after->insts[2].n_args, 3);
    ScBuf got = run(sc, stock, &copies);
    same_bytes(&want, &got);
    places.align = 64;
    file = pte_of(sc, program_of(sc, chain, &places));
    ScBytes wide = replanned(sc, file, false, &r, &after);
    assert_int_equal(r.n_planned, 0);
    assert_int_equal(r.new_scratch, 192);
    got = run(sc, wide, &copies);
    same_bytes(&want, &got);
    assert_int_equal((uintptr_t)toy_log.scratch % 64, 0);
}

static void replan_of_a_replanned_file_changes_nothing(void **state) {
    Sc *sc = *state;
    ScReplan r;
    ScProgram *after;
    uint32_t copies;
    const Places places = {.n = 64, .a = 0, .b = 64, .out = 128, .scratch = 208};
    ScBytes file = pte_of(sc, program_of(sc, chain, &places));
    ScBuf want = run(sc, file, &copies);
    ScBytes once = replanned(sc, file, false, &r, &after);
    ScBytes twice = replanned(sc, once, false, &r, &after);
    assert_int_equal(once.n_bytes, twice.n_bytes);
    assert_memory_equal(once.data, twice.data, once.n_bytes);
    assert_int_equal(r.old_bytes, r.new_bytes);
    assert_int_equal(r.old_scratch, 0);
    /* And back to stock's calls. */
    ScBytes back = replanned(sc, twice, true, &r, &after);
    assert_int_equal(after->insts[2].n_args, 3);
    ScBuf got = run(sc, back, &copies);
    same_bytes(&want, &got);
    /* Who can't ask the delegate finds the scratch, and no fault in the plan. */
    ScProgram *read;
    size_t a, b;
    ok(sc, sc_program_read(sc, "once.pte", once, &read));
    assert_false(sc_program_overlap(sc->arena, read, &a, &b));
    assert_int_equal(read->memory_bound[0], read->memory_bytes[0]);
}

/* The first payload names data of the file. */
static void bias_add(Sc *sc, ScProgram *p) {
    static const uint8_t bias[] = {77};
    uint8_t *payload = sc_arena_alloc(sc->arena, TOY_HEADER + 5);
    memcpy(payload, p->delegates[0].payload, TOY_HEADER);
    memcpy(payload + TOY_HEADER, "bias", 5);
    p->delegates[0].payload = payload;
    p->delegates[0].n_bytes = TOY_HEADER + 5;
    ScPNamed named = {.key = "bias", .data = bias, .n_bytes = 1};
    SC_PUSH(p->arena, p->named, p->n_named, p->cap_named, named);
}

static void replan_keeps_state_and_named_data(void **state) {
    static const char text[] = "program \"forward\"\n"
                               "const 0 = i8[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, "
                               "14, 15, 16]\n"
                               "buffer 0 = 16\nbuffer 1 = 16 in memory 1 state initial 0\n"
                               "buffer 2 = 16\n"
                               "delegate 0 = \"ToyBackend\" 0 crc32:0\n"
                               "%0 = i8[16] buffer 0\n%1 = i8[16] buffer 1\n"
                               "%2 = i8[16] buffer 2\ninput %0\noutput %2\n"
                               "run 0(%0, %1 -> %2)\n"
                               "call toy::turn.out(%2 -> %1)\n";
    Sc *sc = *state;
    ScReplan r;
    uint32_t copies;
    const Places places = {.n = 16, .a = 0, .b = 16, .out = 32, .scratch = 48};
    ScProgram *p = program_of(sc, text, &places);
    bias_add(sc, p);
    ScProgram *after = before_and_after(sc, p, &r, &copies);
    assert_int_equal(after->n_named, 1);
    assert_int_equal(r.n_in_place, 2); /* state keeps its place */
    assert_int_equal(copies, 1);
}

/* ---- random programs ------------------------------------------------------------------
 */

static uint32_t random_below(uint32_t *seed, uint32_t n) {
    *seed = *seed * 1664525u + 1013904223u;
    return (*seed >> 8) % n;
}

typedef struct Net {
    ScBuf text;
    Places places[16];
    uint32_t size[64], n, n_delegates;
    uint32_t last_use[64];
} Net;

static uint32_t net_tensor(Net *net, uint32_t size) {
    sc_buf_fmt(&net->text, "buffer %u = %u\n%%%u = i8[%u] buffer %u\n", net->n, size,
               net->n, size, net->n);
    net->size[net->n] = size;
    return net->n++;
}

/* Two tensors of one size, or the same twice. */
static void net_pair(const Net *net, uint32_t *seed, uint32_t *out_a, uint32_t *out_b) {
    *out_a = *out_b = random_below(seed, 2) ? net->n - 1 : random_below(seed, net->n);
    for (uint32_t i = 0; i < 8; i++) {
        uint32_t other = random_below(seed, net->n);
        if (net->size[other] == net->size[*out_a]) {
            *out_b = other;
        }
    }
}

/* Places in an order of their own, sometimes none, sometimes out over an input, with
 * room between them. */
static Places net_places(uint32_t *seed, uint32_t n) {
    uint32_t step = (n + 15) / 16 * 16 + 16 * random_below(seed, 3);
    uint32_t turn = random_below(seed, 3);
    Places p = {.n = n, .scratch = 3 * step + 16 * random_below(seed, 4)};
    p.a = turn * step;
    p.b = (turn + 1) % 3 * step;
    p.out = random_below(seed, 3) ? (turn + 2) % 3 * step : p.a;
    p.a = random_below(seed, 6) ? p.a : TOY_NOWHERE;
    p.out = random_below(seed, 6) && p.a != TOY_NOWHERE ? p.out : (turn + 2) % 3 * step;
    return p;
}

static void net_step(Net *net, uint32_t *seed, ScBuf *calls) {
    uint32_t a, b;
    net_pair(net, seed, &a, &b);
    uint32_t kind = random_below(seed, 3);
    uint32_t size = kind ? net->size[a] : 16 * (1 + random_below(seed, 8));
    uint32_t out = net_tensor(net, size);
    if (kind == 0) {
        sc_buf_fmt(calls, "call toy::turn.out(%%%u -> %%%u)\n", a, out);
    } else if (kind == 1 || net->n_delegates == 16) {
        sc_buf_fmt(calls, "call toy::join.out(%%%u, %%%u -> %%%u)\n", a, b, out);
    } else {
        net->places[net->n_delegates] = net_places(seed, size);
        sc_buf_fmt(calls, "run %u(%%%u, %%%u -> %%%u)\n", net->n_delegates++, a, b, out);
    }
}

static ScProgram *random_program(Sc *sc, uint32_t seed) {
    Net net = {.text = sc_buf(sc->arena)};
    ScBuf calls = sc_buf(sc->arena), all = sc_buf(sc->arena);
    uint32_t n_steps = 1 + random_below(&seed, 14);
    net_tensor(&net, 16 * (1 + random_below(&seed, 8)));
    net_tensor(&net, net.size[0] + random_below(&seed, 2) * 5);
    for (uint32_t i = 0; i < n_steps; i++) {
        net_step(&net, &seed, &calls);
    }
    sc_buf_str(&all, "program \"forward\"\n");
    for (uint32_t i = 0; i < net.n_delegates; i++) {
        sc_buf_fmt(&all, "delegate %u = \"ToyBackend\" 0 crc32:0\n", i);
    }
    sc_buf_bytes(&all, net.text.data, net.text.len);
    sc_buf_fmt(&all, "input %%0\ninput %%1\noutput %%%u\noutput %%%u\n", net.n - 1,
               2 + random_below(&seed, net.n - 2));
    sc_buf_bytes(&all, calls.data, calls.len);
    return program_of(sc, all.data, net.places);
}

static void replan_random_programs_compute_the_same(void **state) {
    enum { N = 800 };
    Sc *sc = *state;
    uint32_t n_delegated = 0, n_in_place = 0, n_smaller = 0, n_bound = 0;
    uint64_t n_bytes = 0, n_bound_bytes = 0;
    for (uint32_t seed = 1; seed <= N; seed++) {
        ScReplan r;
        ScProgram *after;
        uint32_t before, copies;
        ScArena *whole = sc->arena;
        sc->arena = sc_arena_new();
        ScBytes file = pte_of(sc, random_program(sc, seed));
        ScBuf want = run(sc, file, &before);
        ScBytes new_file = replanned(sc, file, false, &r, &after);
        ScBuf got = run(sc, new_file, &copies);
        bool right = want.len == got.len && memcmp(want.data, got.data, want.len) == 0 &&
                     copies + r.n_in_place == before &&
                     r.new_bytes + r.new_scratch <= r.old_bytes + r.old_scratch &&
                     after->memory_bytes[0] >= after->memory_bound[0];
        if (!right) {
            fail_msg("seed %u: %llu + %llu B became %llu + %llu B, %u of %u copies left, "
                     "%u in place",
                     seed, (unsigned long long)r.old_bytes,
                     (unsigned long long)r.old_scratch, (unsigned long long)r.new_bytes,
                     (unsigned long long)r.new_scratch, copies, before, r.n_in_place);
        }
        n_delegated += r.n_calls > 0;
        n_in_place += r.n_in_place;
        n_smaller += r.new_bytes + r.new_scratch < r.old_bytes + r.old_scratch;
        n_bound += after->memory_bytes[0] == after->memory_bound[0];
        n_bytes += after->memory_bytes[0];
        n_bound_bytes += after->memory_bound[0];
        sc_arena_free(sc->arena);
        sc->arena = whole;
    }
    print_message("%u with delegates, %u smaller, %u at the bound, %u tensors in place; "
                  "%.4f of the bounds\n",
                  n_delegated, n_smaller, n_bound, n_in_place,
                  (double)n_bytes / (double)n_bound_bytes);
    assert_true(n_delegated > N / 2);
    assert_true(n_smaller * 10 > n_delegated * 8);
    /* Tied buffers can't always reach the bound, which looks at one instruction. */
    assert_true(n_bound * 100 > N * 65);
    assert_true(n_bytes * 100 < n_bound_bytes * 106);
    assert_true(n_in_place > N);
}

/* ---- the public calls ------------------------------------------------------------------
 */

static const char in_path[] = "delegates_test_in.pte", out_path[] = "delegates_test.pte";

static ScSession *session_with(Sc *sc, ScBytes file) {
    ok(sc, sc_file_write(sc, in_path, file.data, file.n_bytes));
    ScSession *session = sc_session_new();
    assert_non_null(session);
    return session;
}

static const ScDiag *only_diag(const ScSession *session) {
    size_t n;
    const ScDiag *diags = sc_session_diags(session, &n);
    assert_int_equal(n, 1);
    return diags;
}

static void compile_of_a_pte_writes_and_reports(void **state) {
    Sc *sc = *state;
    ScText text;
    ScBytes file;
    uint32_t copies;
    const Places places = {.n = 64, .a = 0, .b = 64, .out = 128, .scratch = 224};
    ScBytes before = pte_of(sc, program_of(sc, chain, &places));
    ScBuf want = run(sc, before, &copies);
    ScSession *session = session_with(sc, before);
    ScCompileOptions o = {.input = in_path, .output = out_path, .max_ram = 4096};
    assert_int_equal(sc_compile(session, &o, SC_TEXT, &text), SC_OK);
    assert_non_null(strstr(text.data, "memory before          192 B   and 224 B of "
                                      "scratch outside\n"));
    assert_non_null(strstr(text.data, "memory now             224 B\n"));
    assert_non_null(strstr(text.data, "1 with scratch in the plan; 3 of 3 tensors"));
    ok(sc, sc_file_map(sc, out_path, &file));
    ScBuf got = run(sc, file, &copies);
    same_bytes(&want, &got);
    assert_int_equal(copies, 0);

    assert_int_equal(sc_compile(session, &o, SC_JSON, &text), SC_OK);
    json_t *json = json_loadb(text.data, text.n_bytes, 0, NULL);
    json_t *replan = json_object_get(json, "replan");
    assert_int_equal(json_integer_value(json_object_get(replan, "old_scratch")), 224);
    assert_int_equal(json_integer_value(json_object_get(replan, "in_place")), 3);
    json_t *delegate = json_array_get(json_object_get(json, "delegates"), 0);
    assert_true(json_is_true(json_object_get(delegate, "linked")));
    assert_int_equal(json_integer_value(json_object_get(delegate, "scratch_bytes")), 224);
    json_decref(json);

    o.max_ram = 200; /* the limit counts scratch too */
    assert_int_equal(sc_compile(session, &o, SC_TEXT, &text), SC_E_LIMIT);
    sc_session_free(session);
    session = session_with(sc, before);
    o = (ScCompileOptions){.input = in_path, .target = "host"};
    assert_int_equal(sc_compile(session, &o, SC_TEXT, &text), SC_E_ARG);
    assert_string_equal(only_diag(session)->where, "--target");
    sc_session_free(session);
    unlink(in_path);
    unlink(out_path);
}

/* The file's second method is its first once more: one that computes can't be dropped,
 * one that only gives a value can. */
static void compile_of_several_methods_keeps_the_first(void **state) {
    static const char *const names[][2] = {{"toy::turn", "out"}};
    static const PteValue values[] = {
        {.kind = SC_KIND_TENSOR, .dtype = SC_I8, .n = 1, .sizes = {4}, .memory = 1}};
    const PteInst inst = {.kind = SC_CALL_KERNEL, .n_args = 3, .args = {0, 0, 0}};
    static PteFile f;
    Sc *sc = *state;
    for (uint32_t n_insts = 0; n_insts < 2; n_insts++) {
        const PteProgram program = {.values = values,
                                    .n_values = 1,
                                    .insts = &inst,
                                    .n_insts = n_insts,
                                    .operators = names,
                                    .n_operators = 1,
                                    .n_outputs = 1,
                                    .memory_bytes = {16},
                                    .n_memories = 1,
                                    .no_header = true};
        ScText text;
        pte_write(&f, &program);
        pte_put(&f, f.plans, 2, 4);
        ScSession *session = session_with(sc, (ScBytes){f.bytes, f.n_bytes});
        ScCompileOptions o = {.input = in_path};
        assert_int_equal(sc_compile(session, &o, SC_TEXT, &text),
                         n_insts ? SC_E_UNSUPPORTED : SC_OK);
        assert_string_equal(only_diag(session)->what,
                            n_insts ? "the file has several methods: forward, forward"
                                    : "left out: 1 method that only gives a value");
        sc_session_free(session);
    }
    unlink(in_path);
}

/* A delegate that isn't here: its calls stay as they are; to run it is an error. */
static void unknown_delegate_is_named_and_left_alone(void **state) {
    Sc *sc = *state;
    ScText text;
    ScReplan r;
    ScProgram *after;
    const Places places = {.n = 64, .a = 0, .b = 64, .out = 128, .scratch = 192};
    ScProgram *p = program_of(sc, chain, &places);
    p->delegates[0].id = "FarBackend";
    ScBytes file = pte_of(sc, p);
    replanned(sc, file, false, &r, &after);
    assert_int_equal(r.n_unknown, 1);
    assert_int_equal(r.n_planned, 0);
    assert_int_equal(after->insts[2].n_args, 3);
    ScSession *session = session_with(sc, file);
    ScRunFileOptions o = {.model = in_path};
    assert_int_equal(sc_run_file(session, &o, SC_TEXT, &text), SC_E_NO_DELEGATE);
    assert_string_equal(only_diag(session)->what,
                        "the program calls the delegate FarBackend, which isn't here");
    assert_string_equal(only_diag(session)->why,
                        "linked into this build: ToyBackend, MuteBackend");
    assert_int_equal(sc_inspect(session, in_path, SC_TEXT, &text), SC_OK);
    assert_non_null(strstr(text.data, "28 B  not linked into this build\n"));
    assert_int_equal(sc_inspect_payloads(session, in_path, SC_TEXT, &text), SC_OK);
    assert_non_null(strstr(text.data, "instruction 2: FarBackend, 28 B\n  nothing to show: "
                                      "this delegate isn't linked"));
    sc_session_free(session);
    unlink(in_path);
}

static void refusing_delegate_tells_why(void **state) {
    Sc *sc = *state;
    ScText text;
    const Places places = {.n = 65, .a = 0, .b = 64, .out = 128, .scratch = 193};
    ScSession *session = session_with(sc, pte_of(sc, program_of(sc, chain, &places)));
    ScRunFileOptions o = {.model = in_path};
    assert_int_equal(sc_run_file(session, &o, SC_TEXT, &text), SC_E_SHAPE);
    const ScDiag *d = only_diag(session);
    assert_non_null(strstr(d->what, "the delegate ToyBackend refuses instruction 2"));
    assert_string_equal(d->why, "the call's tensors don't fit the payload");
    sc_session_free(session);
    unlink(in_path);
}

static void inspect_shows_needs_and_payloads(void **state) {
    Sc *sc = *state;
    ScText text;
    const Places places = {.n = 64, .a = 0, .b = 64, .out = 128, .scratch = 192};
    ScProgram *p = program_of(sc, chain, &places);
    ScSession *session = session_with(sc, pte_of(sc, p));
    assert_int_equal(sc_inspect(session, in_path, SC_TEXT, &text), SC_OK);
    assert_non_null(
        strstr(text.data, "28 B  scratch 192 B aligned to 16, inputs 2, outputs 1\n"));
    assert_int_equal(sc_inspect_payloads(session, in_path, SC_TEXT, &text), SC_OK);
    assert_string_equal(text.data, "delegates_test_in.pte\n\n"
                                   "instruction 2: ToyBackend, 28 B\n  adds 64 bytes\n");
    assert_int_equal(sc_inspect_payloads(session, in_path, SC_JSON, &text), SC_OK);
    json_t *json = json_loadb(text.data, text.n_bytes, 0, NULL);
    json_t *call = json_array_get(json_object_get(json, "calls"), 0);
    assert_int_equal(json_integer_value(json_object_get(call, "instruction")), 2);
    json_t *payload = json_object_get(call, "payload");
    assert_int_equal(json_integer_value(json_object_get(payload, "adds")), 64);
    json_decref(json);
    sc_session_free(session);
    p->delegates[0].id = "MuteBackend";
    session = session_with(sc, pte_of(sc, p));
    assert_int_equal(sc_inspect_payloads(session, in_path, SC_TEXT, &text), SC_OK);
    assert_non_null(strstr(text.data, "its engine can't tell what a payload holds"));
    assert_int_equal(sc_inspect_payloads(session, in_path, SC_JSON, &text), SC_OK);
    json = json_loadb(text.data, text.n_bytes, 0, NULL);
    call = json_array_get(json_object_get(json, "calls"), 0);
    assert_true(json_is_null(json_object_get(call, "payload")));
    json_decref(json);
    sc_session_free(session);
    unlink(in_path);
}

static void kernels_of_a_program_with_delegates_have_their_row(void **state) {
    Sc *sc = *state;
    ScText text;
    const char *const paths[] = {in_path};
    const Places places = {.n = 64, .a = 0, .b = 64, .out = 128, .scratch = 192};
    ScSession *session = session_with(sc, pte_of(sc, program_of(sc, chain, &places)));
    assert_int_equal(sc_kernels(session, paths, 1, &text), SC_OK);
    assert_non_null(
        strstr(text.data, "{\"sconce::delegate\", \"D\", sc_sconce_delegate_x, '*'},"));
    assert_non_null(strstr(text.data, "rows0[] = {\n    1, 1, 0, 1,\n};"));
    assert_int_equal(sc_header(session, in_path, &text), SC_OK);
    assert_non_null(strstr(text.data, "SCRATCH_BYTES 192"));
    sc_session_free(session);
    unlink(in_path);
}

/* ---- seeds of the fuzz target
 * ------------------------------------------------------------
 */

/* The pair as stock would write it and with a planned scratch, into a folder. */
static int seeds_write(const char *dir) {
    void *state;
    ScReplan r;
    ScProgram *after;
    if (setup(&state) != 0) {
        return 1;
    }
    Sc *sc = state;
    ScProgram *p = program_of(sc, pair, pair_places);
    bias_add(sc, p);
    ScBytes file = pte_of(sc, p), planned = replanned(sc, file, false, &r, &after);
    const char *path = sc_arena_fmt(sc->arena, "%s/toy_delegates.pte", dir);
    ScStatus status = sc_file_write(sc, path, file.data, file.n_bytes);
    path = sc_arena_fmt(sc->arena, "%s/toy_delegates_planned.pte", dir);
    if (status == SC_OK) {
        status = sc_file_write(sc, path, planned.data, planned.n_bytes);
    }
    teardown(&state);
    return status != SC_OK;
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

/* With an argument: a folder for the seeds (tests/fuzz/make_seeds.py). */
int main(int argc, char **argv) {
    if (argc == 2) {
        return seeds_write(argv[1]);
    }
    const struct CMUnitTest tests[] = {
        TEST(replan_dying_inputs_and_outputs_lie_in_the_scratch),
        TEST(replan_output_in_place_of_an_input_is_tied),
        TEST(replan_places_that_cant_be_are_copied),
        TEST(replan_input_that_is_read_later_is_copied),
        TEST(replan_input_that_is_an_output_is_copied),
        TEST(replan_two_scratches_are_tied_by_a_tensor),
        TEST(replan_stock_ops_and_wide_alignment_stay_outside),
        TEST(replan_of_a_replanned_file_changes_nothing),
        TEST(replan_keeps_state_and_named_data),
        TEST(replan_random_programs_compute_the_same),
        TEST(compile_of_a_pte_writes_and_reports),
        TEST(compile_of_several_methods_keeps_the_first),
        TEST(unknown_delegate_is_named_and_left_alone),
        TEST(refusing_delegate_tells_why),
        TEST(inspect_shows_needs_and_payloads),
        TEST(kernels_of_a_program_with_delegates_have_their_row),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
