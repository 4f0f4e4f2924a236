/* SPDX-License-Identifier: Apache-2.0 */
/* The arena: zeroing, alignment, growth, deferred calls, running out. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "compiler/base/context.h"
#include "compiler/base/text.h"

static void alloc_any_size_is_zeroed_aligned_and_disjoint(void **state) {
    (void)state;
    static const size_t sizes[] = {0, 1, 15, 16, 17, 1000, 5000, 70000, 3, 2000000, 8};
    enum { N = sizeof sizes / sizeof sizes[0] };
    ScArena *arena = sc_arena_new();
    uint8_t *blocks[N];
    for (size_t i = 0; i < N; i++) {
        blocks[i] = sc_arena_alloc(arena, sizes[i]);
        assert_int_equal((uintptr_t)blocks[i] % 16, 0);
        for (size_t k = 0; k < sizes[i]; k++) {
            assert_int_equal(blocks[i][k], 0);
        }
        memset(blocks[i], (int)i + 1, sizes[i]);
    }
    for (size_t i = 0; i < N; i++) {
        for (size_t k = 0; k < sizes[i]; k++) {
            assert_int_equal(blocks[i][k], i + 1);
        }
    }
    sc_arena_free(arena);
}

static void alloc_many_small_keeps_all(void **state) {
    (void)state;
    ScArena *arena = sc_arena_new();
    uint32_t *items[5000];
    for (uint32_t i = 0; i < 5000; i++) {
        items[i] = SC_NEW_ARRAY(arena, uint32_t, 1 + i % 7);
        items[i][i % 7] = i;
    }
    for (uint32_t i = 0; i < 5000; i++) {
        assert_int_equal(items[i][i % 7], i);
    }
    sc_arena_free(arena);
}

static void grow_keeps_old_and_zeroes_new(void **state) {
    (void)state;
    ScArena *arena = sc_arena_new();
    uint8_t *p = sc_arena_grow(arena, NULL, 0, 4);
    memcpy(p, "abcd", 4);
    p = sc_arena_grow(arena, p, 4, 9); /* the newest: may stay */
    assert_memory_equal(p, "abcd\0\0\0\0\0", 9);
    uint8_t *q = sc_arena_alloc(arena, 1);
    *q = 'q';
    p = sc_arena_grow(arena, p, 9, 60000); /* must move */
    assert_memory_equal(p, "abcd\0\0\0\0\0", 9);
    for (size_t i = 9; i < 60000; i++) {
        assert_int_equal(p[i], 0);
    }
    assert_int_equal(*q, 'q');
    assert_ptr_equal(sc_arena_grow(arena, p, 60000, 10), p); /* never shrinks */
    sc_arena_free(arena);
}

static void push_many_keeps_order(void **state) {
    (void)state;
    ScArena *arena = sc_arena_new();
    int *items = NULL;
    uint32_t n = 0, cap = 0;
    for (int i = 0; i < 1000; i++) {
        SC_PUSH(arena, items, n, cap, i);
    }
    assert_int_equal(n, 1000);
    for (int i = 0; i < 1000; i++) {
        assert_int_equal(items[i], i);
    }
    sc_arena_free(arena);
}

static void strings_are_copied_and_formatted(void **state) {
    (void)state;
    ScArena *arena = sc_arena_new();
    char text[] = "hello";
    char *copy = sc_arena_str(arena, text);
    char *part = sc_arena_strn(arena, text, 2);
    text[0] = 'J';
    assert_string_equal(copy, "hello");
    assert_string_equal(part, "he");
    assert_string_equal(sc_arena_fmt(arena, "%s %d", text, -7), "Jello -7");
    assert_memory_equal(sc_arena_copy(arena, "a\0b", 3), "a\0b", 3);
    sc_arena_free(arena);
}

static char trace[16];
static void note_a(void *what) {
    strcat(trace, what);
}

static void defer_runs_last_first(void **state) {
    (void)state;
    trace[0] = 0;
    char a[] = "a", b[] = "b", c[] = "c";
    ScArena *arena = sc_arena_new();
    sc_arena_defer(arena, note_a, a);
    sc_arena_defer(arena, note_a, b);
    sc_arena_defer(arena, note_a, c);
    assert_string_equal(trace, "");
    sc_arena_free(arena);
    assert_string_equal(trace, "cba");
}

static void defer_out_of_memory_releases_at_once(void **state) {
    (void)state;
    trace[0] = 0;
    char a[] = "a", b[] = "b";
    ScArena *arena = sc_arena_new();
    jmp_buf door;
    if (setjmp(door) == 0) {
        sc_arena_guard(arena, &door);
        sc_arena_defer(arena, note_a, a);
        sc_arena_fail_at(1);
        sc_arena_defer(arena, note_a, b);
        fail();
    }
    assert_string_equal(trace, "b");
    sc_arena_free(arena);
    assert_string_equal(trace, "ba");
}

static void array_overflow_takes_the_door(void **state) {
    (void)state;
    static const size_t cases[][2] = {
        {SIZE_MAX, 2}, {SIZE_MAX / 2 + 1, 2}, {SIZE_MAX, 1}, {SIZE_MAX - 20, 1}};
    ScArena *arena = sc_arena_new();
    for (volatile size_t i = 0; i < 4; i++) {
        jmp_buf door;
        volatile bool jumped = true;
        if (setjmp(door) == 0) {
            sc_arena_guard(arena, &door);
            sc_arena_array(arena, cases[i][0], cases[i][1]);
            jumped = false;
        }
        assert_true(jumped);
    }
    sc_arena_free(arena);
}

static void work(ScArena *arena) {
    Sc sc = {.arena = arena};
    ScBuf buf = sc_buf(arena);
    for (int i = 0; i < 200; i++) {
        sc_buf_fmt(&buf, "%d ", i);
        sc_fail(&sc, SC_E_FORMAT, "x", sc_arena_fmt(arena, "%d", i), NULL, "y");
    }
}

/* false when an allocation failed. */
static bool work_with_failure_at(uint64_t nth) {
    sc_arena_fail_at(nth);
    ScArena *arena = sc_arena_new();
    if (!arena) {
        return false;
    }
    jmp_buf door;
    volatile bool done = false;
    if (setjmp(door) == 0) {
        sc_arena_guard(arena, &door);
        work(arena);
        done = true;
    }
    sc_arena_free(arena);
    sc_arena_fail_at(0);
    return done;
}

static void any_allocation_failing_takes_the_door(void **state) {
    (void)state;
    uint64_t n = 1;
    while (!work_with_failure_at(n)) {
        n++;
    }
    assert_in_range(n, 800, 850); /* 4 a round and the growth of two arrays */
}

static void fail_reports_in_order_and_returns_status(void **state) {
    (void)state;
    ScArena *arena = sc_arena_new();
    Sc sc = {.arena = arena};
    char what[] = "broken";
    assert_int_equal(sc_fail(&sc, SC_E_SHAPE, "a.pt2", what, NULL, "mend it"), SC_E_SHAPE);
    what[0] = 'X';
    sc_warn(&sc, "b.pt2", "odd", "because", NULL);
    assert_int_equal(sc_fail(&sc, SC_OK, "c", "d", NULL, NULL), SC_E_INTERNAL);
    assert_int_equal(sc.n_diags, 3);
    assert_int_equal(sc.diags[0].severity, SC_ERROR);
    assert_int_equal(sc.diags[0].status, SC_E_SHAPE);
    assert_string_equal(sc.diags[0].what, "broken");
    assert_null(sc.diags[0].why);
    assert_string_equal(sc.diags[0].todo, "mend it");
    assert_int_equal(sc.diags[1].severity, SC_WARNING);
    assert_string_equal(sc.diags[1].why, "because");
    sc_arena_free(arena);
}

static void fail_with_odd_bytes_stays_one_line(void **state) {
    (void)state;
    ScArena *arena = sc_arena_new();
    Sc sc = {.arena = arena};
    sc_fail(&sc, SC_E_FORMAT, "x", "op 'a\n\x1b[31m\x80\xc3\xa9'", "", NULL);
    assert_string_equal(sc.diags[0].what, "op 'a\\x0a\\x1b[31m\\x80\xc3\xa9'");
    assert_string_equal(sc.diags[0].why, "");
    sc_arena_free(arena);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(alloc_any_size_is_zeroed_aligned_and_disjoint),
        cmocka_unit_test(alloc_many_small_keeps_all),
        cmocka_unit_test(grow_keeps_old_and_zeroes_new),
        cmocka_unit_test(push_many_keeps_order),
        cmocka_unit_test(strings_are_copied_and_formatted),
        cmocka_unit_test(defer_runs_last_first),
        cmocka_unit_test(defer_out_of_memory_releases_at_once),
        cmocka_unit_test(array_overflow_takes_the_door),
        cmocka_unit_test(any_allocation_failing_takes_the_door),
        cmocka_unit_test(fail_reports_in_order_and_returns_status),
        cmocka_unit_test(fail_with_odd_bytes_stays_one_line),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
