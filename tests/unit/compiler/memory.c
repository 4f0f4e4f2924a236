/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The nth allocation fails, for each n: every public call returns SC_E_MEMORY
 * with one diagnostic, writes nothing and leaks nothing (AddressSanitizer).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "compiler/base/arena.h"
#include "sconce/compiler.h"

static const char model[] = SC_SOURCE_DIR "/examples/demo/model.pt2";
static const char output[] = "memory_test.pte";

typedef ScStatus (*Call)(ScSession *session, ScText *out);

static ScStatus call_compile(ScSession *session, ScText *out) {
    ScCompileOptions options = {.input = model, .output = output};
    return sc_compile(session, &options, SC_TEXT, out);
}

static ScStatus call_inspect(ScSession *session, ScText *out) {
    return sc_inspect(session, model, SC_JSON, out);
}

static ScStatus call_ops(ScSession *session, ScText *out) {
    return sc_ops(session, true, SC_TEXT, out);
}

static const char digit[] = SC_SOURCE_DIR "/examples/demo/digit3.npy";

static ScStatus call_eval(ScSession *session, ScText *out) {
    ScEvalOptions options = {
        .model = model, .data = digit, .calibrate = digit, .target = "cortex-m33"};
    return sc_eval(session, &options, SC_TEXT, out);
}

static ScStatus call_compare(ScSession *session, ScText *out) {
    ScCompareOptions options = {
        .model = model, .calibrate = digit, .target = "cortex-m33", .sensitivity = true};
    return sc_compare(session, &options, SC_JSON, out);
}

/* Returns how many allocations a whole call takes. */
static uint64_t fail_each(Call call, uint64_t step) {
    for (uint64_t n = 1;; n += step) {
        ScText text = {0, 0};
        size_t n_diags;
        ScSession *session = sc_session_new();
        assert_non_null(session);
        sc_arena_fail_at(n);
        ScStatus status = call(session, &text);
        sc_arena_fail_at(0);
        const ScDiag *diags = sc_session_diags(session, &n_diags);
        if (status == SC_OK) {
            sc_session_free(session);
            return n;
        }
        if (status != SC_E_MEMORY) {
            fail_msg("allocation %llu: %s: %s", (unsigned long long)n, diags[0].where,
                     diags[0].what);
        }
        assert_int_equal(n_diags, 1);
        assert_int_equal(access(output, F_OK), -1);
        sc_session_free(session);
    }
}

static void compile_any_allocation_fails_cleanly(void **state) {
    (void)state;
    unlink(output);
    /* Prime steps reach different places in each loop of the compiler. */
    assert_true(fail_each(call_compile, 7) > 100);
    unlink(output);
}

static void inspect_any_allocation_fails_cleanly(void **state) {
    (void)state;
    assert_true(fail_each(call_inspect, 1) > 5);
}

static void ops_any_allocation_fails_cleanly(void **state) {
    (void)state;
    assert_true(fail_each(call_ops, 3) > 5);
}

static void eval_any_allocation_fails_cleanly(void **state) {
    (void)state;
    assert_true(fail_each(call_eval, 97) > 100);
}

static void compare_any_allocation_fails_cleanly(void **state) {
    (void)state;
    assert_true(fail_each(call_compare, 197) > 100);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(compile_any_allocation_fails_cleanly),
        cmocka_unit_test(inspect_any_allocation_fails_cleanly),
        cmocka_unit_test(ops_any_allocation_fails_cleanly),
        cmocka_unit_test(eval_any_allocation_fails_cleanly),
        cmocka_unit_test(compare_any_allocation_fails_cleanly),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
