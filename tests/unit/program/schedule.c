/* SPDX-License-Identifier: Apache-2.0 */
/* Schedule: dependences are kept, the peak never rises, in-place takes over
 * what dies and nothing else; lifetimes of loops, moves and state. */
#include "tests/unit/program/bench.h"

/* ---- dependences, by brute force ---------------------------------------------------- */

typedef struct Access {
    uint32_t buffer;
    unsigned how;
} Access;

typedef struct Accesses {
    const ScProgram *program;
    Access items[16];
    size_t n;
} Accesses;

static void access_add(void *user, ScPid pid, unsigned how) {
    Accesses *a = user;
    uint32_t b = sc_pvalue_buffer(a->program, pid);
    if (b != UINT32_MAX && how) {
        a->items[a->n++] = (Access){b, how};
    }
}

static Accesses accesses_of(const ScProgram *p, size_t inst) {
    Accesses a = {.program = p};
    sc_pinst_each_tensor(p, &p->insts[inst], access_add, &a);
    return a;
}

/* One of them writes what the other reads or writes. */
static bool insts_depend(const ScProgram *p, size_t i, size_t j) {
    Accesses a = accesses_of(p, i), b = accesses_of(p, j);
    for (size_t x = 0; x < a.n; x++) {
        for (size_t y = 0; y < b.n; y++) {
            if (a.items[x].buffer == b.items[y].buffer &&
                (a.items[x].how | b.items[y].how) & SC_TOUCH_WRITE) {
                return true;
            }
        }
    }
    return false;
}

/* The arguments of an instruction stay one array through the schedule. */
static size_t position_of(const ScProgram *p, const ScPid *args) {
    size_t i = 0;
    while (i < p->n_insts && p->insts[i].args != args) {
        i++;
    }
    return i;
}

static uint64_t live_peak(const ScProgram *p) {
    uint64_t peak = 0;
    for (int32_t now = -1; now < (int32_t)p->n_insts; now++) {
        uint64_t live = 0;
        for (size_t b = 0; b < p->n_buffers; b++) {
            const ScPBuffer *buffer = &p->buffers[b];
            bool lives = buffer->first <= now && now <= buffer->last;
            live += lives && !buffer->is_state ? sc_align_up(buffer->n_bytes, 16) : 0;
        }
        peak = live > peak ? live : peak;
    }
    return peak;
}

static void schedule_random_programs_keep_dependences_and_peak(void **state) {
    Sc *sc = *state;
    size_t n_reordered = 0, n_merged = 0;
    for (uint64_t seed = 1; seed <= 400; seed++) {
        ScProgram *before = random_program(sc, seed), *p = random_program(sc, seed);
        const ScPid *args[3 * RANDOM_MAX];
        for (size_t i = 0; i < p->n_insts; i++) {
            args[i] = p->insts[i].args;
        }
        sc_program_lifetimes(sc->arena, before);
        assert_ok(sc, sc_program_schedule(sc, p));
        assert_int_equal(before->n_insts, p->n_insts);
        for (size_t i = 0; i < p->n_insts; i++) {
            n_reordered += position_of(p, args[i]) != i;
            for (size_t j = i + 1; j < p->n_insts; j++) {
                if (insts_depend(before, i, j) &&
                    position_of(p, args[i]) >= position_of(p, args[j])) {
                    fail_msg("seed %llu: %zu and %zu changed places",
                             (unsigned long long)seed, i, j);
                }
            }
        }
        n_merged += before->n_buffers - p->n_buffers;
        if (live_peak(p) > live_peak(before)) {
            fail_msg("seed %llu: peak %llu from %llu", (unsigned long long)seed,
                     (unsigned long long)live_peak(p),
                     (unsigned long long)live_peak(before));
        }
    }
    assert_true(n_reordered > 100 && n_merged > 100); /* the test tests something */
}

/* Runs the program on numbers: the value of an output element is a hash of the
 * instruction and of what it reads. In place is element by element. */
static uint32_t mix(uint32_t h, uint32_t x) {
    return (h ^ x) * 16777619u;
}

typedef struct Machine {
    const ScProgram *p;
    uint32_t *bytes[8 * RANDOM_MAX]; /* per buffer */
} Machine;

static uint32_t *tensor_at(Machine *m, ScPid pid) {
    const ScPTensor *t = m->p->values[pid].as.tensor;
    return m->bytes[t->index] + t->byte_offset / 4;
}

static void inst_run(Machine *m, const ScPInst *inst, uint32_t id) {
    if (inst->n_outputs == 0) {
        uint32_t n = (uint32_t)m->p->values[inst->args[0]].as.tensor->sizes[0];
        memmove(tensor_at(m, inst->args[0]), tensor_at(m, inst->args[1]), n * 4);
        return;
    }
    ScPid out = inst->args[inst->n_args - 2];
    uint32_t n = (uint32_t)m->p->values[out].as.tensor->sizes[0];
    for (uint32_t i = 0; i < n; i++) {
        uint32_t h = mix(2166136261u, id);
        for (uint32_t a = 0; a + 2 < inst->n_args; a++) {
            uint32_t k = (uint32_t)m->p->values[inst->args[a]].as.tensor->sizes[0];
            h = mix(h, tensor_at(m, inst->args[a])[i % k]);
        }
        tensor_at(m, out)[i] = h;
    }
}

/* Two runs; checksum of the outputs after each. arena != NULL: buffers lie
 * where the plan says. */
static uint32_t program_run(Sc *sc, const ScProgram *p, bool planned) {
    Machine m = {.p = p};
    uint32_t *arena = sc_arena_alloc(sc->arena, 1 << 20), sum = 1;
    for (size_t b = 0; b < p->n_buffers; b++) {
        const ScPBuffer *buffer = &p->buffers[b];
        m.bytes[b] = planned ? arena + (buffer->memory ? 1 << 17 : 0) + buffer->offset / 4
                             : sc_arena_alloc(sc->arena, (size_t)buffer->n_bytes + 64);
    }
    for (uint32_t run = 0; run < 2; run++) {
        for (size_t i = 0; i < p->n_inputs; i++) {
            uint32_t n = (uint32_t)p->values[p->inputs[i].value].as.tensor->sizes[0];
            for (uint32_t k = 0; k < n; k++) {
                tensor_at(&m, p->inputs[i].value)[k] = mix(mix(run, (uint32_t)i), k);
            }
        }
        for (size_t i = 0; i < p->n_insts; i++) {
            const char *where = p->insts[i].where;
            uint32_t id = 0;
            while (*where) {
                id = id * 10 + (uint32_t)(*where++ - '0');
            }
            inst_run(&m, &p->insts[i], id);
        }
        for (size_t i = 0; i < p->n_outputs; i++) {
            uint32_t n = (uint32_t)p->values[p->outputs[i].value].as.tensor->sizes[0];
            for (uint32_t k = 0; k < n; k++) {
                sum = mix(sum, tensor_at(&m, p->outputs[i].value)[k]);
            }
        }
    }
    return sum;
}

/* In place is only right for a kernel that reads an element before it writes it
 * there: of arguments as large as the output. Others lose the permission. */
static void number_and_restrict(Sc *sc, ScProgram *p) {
    for (size_t i = 0; i < p->n_insts; i++) {
        ScPInst *inst = &p->insts[i];
        inst->where = sc_arena_fmt(sc->arena, "%zu", i + 1);
        for (uint32_t a = 0; inst->in_place >= 0 && a + 2 < inst->n_args; a++) {
            bool same = p->values[inst->args[a]].as.tensor->sizes[0] ==
                        p->values[inst->args[inst->n_args - 2]].as.tensor->sizes[0];
            if (!same && inst->args[a] == inst->args[0]) {
                inst->in_place = -1;
            }
        }
    }
}

static void schedule_and_plan_random_programs_compute_the_same(void **state) {
    Sc *sc = *state;
    for (uint64_t seed = 1; seed <= 400; seed++) {
        ScProgram *before = random_program(sc, seed), *p = random_program(sc, seed);
        number_and_restrict(sc, before);
        number_and_restrict(sc, p);
        assert_ok(sc, sc_program_schedule(sc, p));
        assert_ok(sc, sc_program_plan(sc, p));
        uint32_t expected = program_run(sc, before, false);
        if (program_run(sc, p, true) != expected) {
            fail_msg("seed %llu: other results\n%s", (unsigned long long)seed,
                     text_of(sc, p));
        }
    }
}

/* ---- in place ------------------------------------------------------------------------ */

static void schedule_in_place_takes_over_only_what_dies(void **state) {
    static const struct {
        const char *name, *body;
        bool merges;
    } cases[] = {
        {"dies", "call a::f(%0 -> %1) in_place 0\ncall a::g(%1 -> %2)\noutput %2", true},
        {"not allowed", "call a::f(%0 -> %1)\ncall a::g(%1 -> %2)\noutput %2", false},
        {"read later", "call a::f(%0 -> %1) in_place 0\ncall a::g(%0, %1 -> %2)\noutput %2",
         false},
        {"an output",
         "call a::f(%0 -> %1) in_place 0\ncall a::g(%1 -> %2)\noutput %2\noutput %0",
         false},
        {"another size", "call a::f(%0 -> %3) in_place 0\noutput %3", false},
        {"a view read later",
         "call a::f(%0 -> %1) in_place 0\ncall a::g(%4, %1 -> %2)\noutput %2", false},
        {"a part only", "call a::f(%4 -> %5) in_place 0\noutput %5", false},
        {"another view as operand", "call a::f(%0, %6 -> %1) in_place 0\noutput %1", false},
        {"the same tensor twice", "call a::f(%0, %0 -> %1) in_place 0\noutput %1", true},
        {"state", "call a::f(%7 -> %1) in_place 0\noutput %1", false},
        {"a constant", "call a::f(%8 -> %1) in_place 0\noutput %1", false},
        {"written twice",
         "call a::f(%0 -> %1) in_place 0\ncall a::f(%0 -> %1) in_place 0\noutput %1",
         false},
        {"two outputs", "call a::f(%0 -> %1, %2) in_place 0\noutput %1\noutput %2", false},
        {"jumps", "call a::f(%0 -> %1) in_place 0\njump_false true 2\noutput %1", true},
        {"read in every turn", "call a::f(%0 -> %1) in_place 0\njump_false %1 0\noutput %1",
         false},
        {"moves", "call a::f(%0 -> %1) in_place 0\nmove %0 %2\noutput %1", false},
    };
    static const char head[] =
        "program \"f\"\n"
        "const 0 = f32[1.0, 2.0, 3.0, 4.0]\n"
        "buffer 0 = 16\nbuffer 1 = 16\nbuffer 2 = 16\nbuffer 3 = 32\n"
        "buffer 4 = 8\nbuffer 5 = 16 in memory 1 state\n"
        "%0 = f32[4] buffer 0\n%1 = f32[4] buffer 1\n"
        "%2 = f32[4] buffer 2\n%3 = f32[8] buffer 3\n"
        "%4 = f32[2] buffer 0 + 8\n%5 = f32[2] buffer 4\n"
        "%6 = f32[2,2] buffer 0\n%7 = f32[4] buffer 5\n"
        "%8 = f32[4] const 0\ninput %0\n";
    Sc *sc = *state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        ScProgram *p =
            program_of(sc, sc_arena_fmt(sc->arena, "%s%s\n", head, cases[i].body));
        size_t n = p->n_buffers;
        assert_ok(sc, sc_program_schedule(sc, p));
        if ((p->n_buffers == n - 1) != cases[i].merges) {
            fail_msg("%s: %zu buffers of %zu", cases[i].name, p->n_buffers, n);
        }
        assert_ok(sc, sc_program_plan(sc, p));
        assert_ok(sc, sc_program_check(sc, p));
    }
}

static void schedule_in_place_views_of_the_output_move_along(void **state) {
    Sc *sc = *state;
    ScProgram *p = program_of(
        sc, "program \"f\"\nbuffer 0 = 16\nbuffer 1 = 16\nbuffer 2 = 8\n"
            "%0 = f32[4] buffer 0\n%1 = f32[4] buffer 1\n%2 = f32[2] buffer 1 + 8\n"
            "%3 = f32[2] buffer 2\ninput %0\noutput %3\n"
            "call a::f(%0 -> %1) in_place 0\ncall a::g(%2 -> %3)\n");
    assert_ok(sc, sc_program_schedule(sc, p));
    assert_string_equal(text_of(sc, p),
                        "program \"f\"\n"
                        "buffer 0 = 16 io live -1..1\nbuffer 1 = 8 io live 1..1\n"
                        "%0 = f32[4] buffer 0\n%1 = f32[4] buffer 0\n"
                        "%2 = f32[2] buffer 0 + 8\n%3 = f32[2] buffer 1\n"
                        "input %0\noutput %3\n"
                        "call a::f(%0 -> %1) in_place 0\ncall a::g(%2 -> %3)\n");
}

/* ---- order --------------------------------------------------------------------------- */

/* Two branches that shrink 16x: made both first they need 2 large buffers more. */
static void schedule_branches_run_one_after_the_other(void **state) {
    Sc *sc = *state;
    ScProgram *p = program_of(
        sc, "program \"f\"\nbuffer 0 = 16\nbuffer 1 = 256\nbuffer 2 = 256\nbuffer 3 = 16\n"
            "buffer 4 = 16\nbuffer 5 = 16\n"
            "%0 = f32[4] buffer 0\n%1 = f32[64] buffer 1\n%2 = f32[64] buffer 2\n"
            "%3 = f32[4] buffer 3\n%4 = f32[4] buffer 4\n%5 = f32[4] buffer 5\n"
            "input %0\noutput %5\n"
            "call a::grow(%0 -> %1)\ncall a::grow(%0 -> %2)\ncall a::shrink(%1 -> %3)\n"
            "call a::shrink(%2 -> %4)\ncall a::add(%3, %4 -> %5)\n");
    assert_ok(sc, sc_program_schedule(sc, p));
    assert_ok(sc, sc_program_plan(sc, p));
    assert_int_equal(p->memory_bytes[0], 16 + 256 + 16);
}

static void schedule_without_gain_keeps_the_order(void **state) {
    Sc *sc = *state;
    size_t n_kept = 0;
    for (uint64_t seed = 1; seed <= 200; seed++) {
        ScProgram *before = random_program(sc, seed), *p = random_program(sc, seed);
        const ScPid *args[3 * RANDOM_MAX];
        bool moved = false;
        for (size_t i = 0; i < p->n_insts; i++) {
            p->insts[i].in_place = -1; /* then only the order can lower the peak */
            args[i] = p->insts[i].args;
        }
        sc_program_lifetimes(sc->arena, before);
        assert_ok(sc, sc_program_schedule(sc, p));
        for (size_t i = 0; i < p->n_insts; i++) {
            moved = moved || p->insts[i].args != args[i];
        }
        n_kept += !moved;
        if (moved && live_peak(p) >= live_peak(before)) {
            fail_msg("seed %llu: moved for nothing", (unsigned long long)seed);
        }
    }
    assert_true(n_kept > 20);
}

/* ---- lifetimes -------------------------------------------------------------------------
 */

static void lifetimes_follow_loops_moves_and_io(void **state) {
    static const struct {
        const char *body;
        int32_t first, last; /* of buffer 0 */
    } cases[] = {
        {"call a::f(%1 -> %2)", 0, -1}, /* never touched */
        {"input %0\ncall a::f(%1 -> %2)", -1, -1},
        {"input %0\ncall a::f(%0 -> %2)\ncall a::f(%1 -> %2)", -1, 0},
        {"output %0\ncall a::f(%1 -> %0)\ncall a::f(%1 -> %2)", 0, 1},
        {"output %0\ninput %0\ncall a::f(%1 -> %2)", -1, 0},
        /* a list counts for its members */
        {"call a::f(%1 -> %0)\ncall a::g(t[%1, %0] -> %2)\ncall a::f(%1 -> %2)", 0, 1},
        /* a loop over 1..3: what comes in is read in every turn */
        {"call a::f(%1 -> %0)\ncall a::f(%2 -> %2)\ncall a::f(%0 -> %2)\n"
         "jump_false %2 1\ncall a::f(%1 -> %2)",
         0, 3},
        /* what a turn makes and uses up */
        {"call a::f(%1 -> %2)\ncall a::f(%2 -> %0)\ncall a::f(%0 -> %2)\n"
         "jump_false %2 1\ncall a::f(%1 -> %2)",
         1, 2},
        /* what is read before it is made anew: carried round */
        {"call a::f(%1 -> %0)\ncall a::f(%0 -> %2)\ncall a::f(%2 -> %0)\n"
         "call a::f(%1 -> %1)\njump_false %2 1\ncall a::f(%1 -> %2)",
         0, 4},
        /* of unknown use: may be carried round */
        {"call a::f(%1 -> %2)\ncall a::f(%2 -> %1)\ncall a::f raw(%0)\n"
         "jump_false %2 1\ncall a::f(%1 -> %2)",
         0, 3},
        /* made in both branches, read behind them; made and read in one */
        {"jump_false %1 3\ncall a::f(%1 -> %0)\njump_false false 4\ncall a::f(%2 -> %0)\n"
         "call a::f(%0 -> %2)",
         1, 4},
        {"jump_false %1 4\ncall a::f(%1 -> %0)\ncall a::f(%0 -> %2)\n"
         "jump_false false 5\ncall a::f(%1 -> %2)",
         1, 2},
        /* made before, overwritten in one branch: the other lets it through */
        {"call a::f(%1 -> %0)\njump_false %1 3\ncall a::f(%1 -> %0)\ncall a::f(%1 -> %2)\n"
         "call a::f(%0 -> %2)",
         0, 4},
        /* with moves, a loop keeps all that it touches */
        {"call a::f(%1 -> %2)\ncall a::f(%2 -> %0)\ncall a::f(%0 -> %2)\n"
         "move %1 %3\njump_false %2 1\ncall a::f(%1 -> %2)",
         1, 4},
        /* %3 points at %0's bytes */
        {"call a::f(%1 -> %0)\nmove %0 %3\ncall a::f(%1 -> %2)\ncall a::f(%3 -> %2)", 0, 3},
        {"call a::f(%1 -> %0)\ncall executorch_prim::et_view.default raw(%0, [4], %3)\n"
         "call a::f(%1 -> %2)\noutput %3",
         0, 2},
    };
    Sc *sc = *state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        ScProgram *p = program_of(
            sc, sc_arena_fmt(sc->arena,
                             "program \"f\"\nbuffer 0 = 16\nbuffer 1 = 16\nbuffer 2 = 16\n"
                             "%%0 = f32[4] buffer 0\n%%1 = f32[4] buffer 1\n"
                             "%%2 = f32[4] buffer 2\n%%3 = f32[4] unplanned\n%s\n",
                             cases[i].body));
        sc_program_lifetimes(sc->arena, p);
        if (p->buffers[0].first != cases[i].first || p->buffers[0].last != cases[i].last) {
            fail_msg("case %zu: %d..%d", i, p->buffers[0].first, p->buffers[0].last);
        }
    }
}

/* %0 dies in the branch that reads it; its bytes may become the result's, which the
 * other branch writes too. In a loop what is carried round stays. */
static void schedule_in_place_with_jumps(void **state) {
    static const struct {
        const char *body;
        size_t n_buffers;
    } cases[] = {
        {"call a::f(%1 -> %0)\njump_false %1 4\ncall a::g(%0 -> %2) in_place 0\n"
         "jump_false false 5\ncall a::f(%1 -> %2)\ncall a::f(%2 -> %1)",
         2},
        {"call a::f(%1 -> %0)\njump_false %1 4\ncall a::g(%0 -> %2) in_place 0\n"
         "jump_false false 5\ncall a::f(%0 -> %2)\ncall a::f(%2 -> %1)",
         3},
        {"call a::f(%1 -> %0)\ncall a::g(%0 -> %2) in_place 0\ncall a::f(%2 -> %1)\n"
         "jump_false %1 1",
         3},
    };
    Sc *sc = *state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        ScProgram *p = program_of(
            sc, sc_arena_fmt(sc->arena,
                             "program \"f\"\nbuffer 0 = 16\nbuffer 1 = 16\nbuffer 2 = 16\n"
                             "%%0 = f32[4] buffer 0\n%%1 = f32[4] buffer 1\n"
                             "%%2 = f32[4] buffer 2\ninput %%1\noutput %%1\n%s\n",
                             cases[i].body));
        assert_ok(sc, sc_program_schedule(sc, p));
        if (p->n_buffers != cases[i].n_buffers) {
            fail_msg("case %zu: %zu buffers", i, p->n_buffers);
        }
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        BENCH_TEST(schedule_in_place_with_jumps),
        BENCH_TEST(schedule_random_programs_keep_dependences_and_peak),
        BENCH_TEST(schedule_and_plan_random_programs_compute_the_same),
        BENCH_TEST(schedule_in_place_takes_over_only_what_dies),
        BENCH_TEST(schedule_in_place_views_of_the_output_move_along),
        BENCH_TEST(schedule_branches_run_one_after_the_other),
        BENCH_TEST(schedule_without_gain_keeps_the_order),
        BENCH_TEST(lifetimes_follow_loops_moves_and_io),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
