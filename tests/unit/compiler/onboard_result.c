/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a runner wrote is bytes from outside: whatever they are, they are read whole
 * or refused. The program is one float network with one output of two numbers.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "compiler/onboard/parts.h"

#define START "sconce-run 1\nneed 28 64000 16\n"
#define OUTPUT "output 0 0 6 1 2 0 8\nabcdefgh\n"
#define DONE "done 0 output 0 -\n"

typedef struct Outcome {
    ScQemuResult result;
    ScStatus status;
    const char *what; /* of the diagnostic, "" for none */
} Outcome;

static Outcome read_text(Sc *sc, const char *text, size_t n_bytes) {
    Outcome o = {.what = ""};
    ScQemuRequest request = {.where = "m.pte", .n_sets = 1};
    ScQemuRun run = {.sc = sc, .request = &request, .n_sets = 1, .result = &o.result};
    ScProcessEnd end = {.errors = ""};
    const char *dir;
    o.result.n_sets = o.result.n_outputs = 1;
    o.result.outputs = SC_NEW_ARRAY(sc->arena, ScArray, 1);
    run.board = (ScBoard){.core = "c", .image = "c.elf", .machine = "m"};
    assert_int_equal(sc_private_dir(sc, &dir), SC_OK);
    run.files.result = sc_arena_fmt(sc->arena, "%s/result", dir);
    if (text) {
        assert_int_equal(sc_file_write(sc, run.files.result, text, n_bytes), SC_OK);
    }
    o.status = sc_qemu_result_read(&run, &end);
    if (sc->n_diags) {
        o.what = sc->diags[0].what;
    }
    return o;
}

static void result_whole_is_read(void **state) {
    (void)state;
    Sc sc = {.arena = sc_arena_new()};
    const char *text = START OUTPUT "stack 968 16384\n" DONE;
    Outcome o = read_text(&sc, text, strlen(text));
    assert_int_equal(o.status, SC_OK);
    assert_int_equal(o.result.workspace_bytes, 28);
    assert_int_equal(o.result.n_memories, 2);
    assert_int_equal(o.result.memory_bytes[0], 64000);
    assert_int_equal(o.result.stack_bytes, 968);
    assert_int_equal(o.result.outputs[0].dtype, SC_F32);
    assert_int_equal(o.result.outputs[0].dims[0], 2);
    assert_memory_equal(o.result.outputs[0].data, "abcdefgh", 8);
    sc_arena_free(sc.arena);
}

static void result_in_another_layout_becomes_logical_order(void **state) {
    (void)state;
    Sc sc = {.arena = sc_arena_new()};
    /* int8 [2,3] with the dimensions stored 1, 0 */
    const char *text = START "output 0 0 1 2 2 3 1 0 6\nadbecf\n" DONE;
    Outcome o = read_text(&sc, text, strlen(text));
    assert_int_equal(o.status, SC_OK);
    assert_memory_equal(o.result.outputs[0].data, "abcdef", 6);
    sc_arena_free(sc.arena);
}

static void result_that_is_damaged_or_bad_news_is_named(void **state) {
    (void)state;
    static const struct {
        const char *text, *what;
        ScStatus status;
    } cases[] = {
        {NULL, "without a result", SC_E_INTERNAL},
        {"", "without a result", SC_E_INTERNAL},
        {START OUTPUT, "without a result", SC_E_INTERNAL},
        {START "need\n" DONE, "`need`", SC_E_FORMAT},
        {START "need 1 2 3 4 5 6 7 8 9 10\n" DONE, "`need`", SC_E_FORMAT},
        {START "output\n" DONE, "`output`", SC_E_FORMAT},
        {START "output 1 0 6 1 2 0 8\nabcdefgh\n" DONE, "`output`", SC_E_FORMAT},
        {START "output 0 7 6 1 2 0 8\nabcdefgh\n" DONE, "`output`", SC_E_FORMAT},
        {START "output 0 0 6 9 2 0 8\nabcdefgh\n" DONE, "`output`", SC_E_FORMAT},
        {START "output 0 0 6 1 -2 0 8\nabcdefgh\n" DONE, "sizes", SC_E_FORMAT},
        {START "output 0 0 6 1 2 1 8\nabcdefgh\n" DONE, "sizes", SC_E_FORMAT},
        {START "output 0 0 6 2 9999999 9999999 0 1 8\nab\n" DONE, "sizes", SC_E_FORMAT},
        {START "output 0 0 6 2 1 2 0 0 8\nabcdefgh\n" DONE, "missing", SC_E_FORMAT},
        {START "output 0 0 99 1 2 0 8\nabcdefgh\n" DONE, "missing", SC_E_FORMAT},
        {START "output 0 0 6 1 2 0 4\nabcdefgh\n" DONE, "missing", SC_E_FORMAT},
        {START "output 0 0 6 1 2 0 8\nabc", "missing", SC_E_FORMAT},
        {START "lacks 5000 400\ndone -7 memory 0 -\n", "5000 bytes", SC_E_MEMORY},
        {START "done -5 init 3 aten::add.out\n", "aten::add.out", SC_E_NO_KERNEL},
        {START "done -9 run 3 aten::add.out\n", "out of range", SC_E_RANGE},
        {START "\nfault 3 4096 4100 536870912 1 0 0\ndone -13 run 0 -\n", "fault",
         SC_E_INTERNAL},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        Sc sc = {.arena = sc_arena_new()};
        const char *text = cases[i].text;
        Outcome o = read_text(&sc, text, text ? strlen(text) : 0);
        if (o.status != cases[i].status || !strstr(o.what, cases[i].what)) {
            fail_msg("case %zu: status %d, \"%s\"", i, o.status, o.what);
        }
        sc_arena_free(sc.arena);
    }
}

static void result_cut_anywhere_is_refused(void **state) {
    (void)state;
    const char *text = START OUTPUT "stack 968 16384\n" DONE;
    for (size_t n = 0; n < strlen(text); n++) {
        Sc sc = {.arena = sc_arena_new()};
        assert_int_not_equal(read_text(&sc, text, n).status, SC_OK);
        assert_int_equal(sc.n_diags, 1);
        sc_arena_free(sc.arena);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(result_whole_is_read),
        cmocka_unit_test(result_in_another_layout_becomes_logical_order),
        cmocka_unit_test(result_that_is_damaged_or_bad_news_is_named),
        cmocka_unit_test(result_cut_anywhere_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
