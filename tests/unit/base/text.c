/* SPDX-License-Identifier: Apache-2.0 */
/* Text buffers: doubles, JSON strings, growth, locales. */
#include <locale.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "compiler/base/text.h"

static void double_any_value_prints_as_python_does(void **state) {
    (void)state;
    static const struct {
        double value;
        const char *text; /* python3 -c "print(repr(...))" */
    } cases[] = {
        {0.0, "0.0"},
        {-0.0, "-0.0"},
        {1.0, "1.0"},
        {-1.5, "-1.5"},
        {1e-5, "1e-05"},
        {1e-4, "0.0001"},
        {0.00012345, "0.00012345"},
        {1.5e-7, "1.5e-07"},
        {0.1, "0.1"},
        {0.30000000000000004, "0.30000000000000004"},
        {100.0, "100.0"},
        {123456.789, "123456.789"},
        {9999999999999998.0, "9999999999999998.0"},
        {1e15, "1000000000000000.0"},
        {1e16, "1e+16"},
        {1.7976931348623157e308, "1.7976931348623157e+308"},
        {5e-324, "5e-324"},
        {HUGE_VAL, "inf"},
        {-HUGE_VAL, "-inf"},
        {(double)NAN, "nan"},
        {(double)0.1f, "0.10000000149011612"},
    };
    ScArena *arena = sc_arena_new();
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        ScBuf buf = sc_buf(arena);
        sc_buf_double(&buf, cases[i].value);
        assert_string_equal(buf.data, cases[i].text);
    }
    sc_arena_free(arena);
}

static void double_random_bits_read_back_equal(void **state) {
    (void)state;
    ScArena *arena = sc_arena_new();
    uint64_t seed = 1;
    for (int i = 0; i < 5000; i++) {
        seed = seed * 6364136223846793005u + 1442695040888963407u;
        uint64_t bits = seed ^ (seed >> 29);
        double value;
        memcpy(&value, &bits, sizeof value);
        if (isfinite(value)) {
            ScBuf buf = sc_buf(arena);
            sc_buf_double(&buf, value);
            assert_true(strtod(buf.data, NULL) == value);
        }
    }
    sc_arena_free(arena);
}

static void double_with_comma_locale_prints_a_point(void **state) {
    (void)state;
    static const char *const names[] = {"de_DE.UTF-8", "de_DE.utf8", "fr_FR.UTF-8"};
    const char *set = NULL;
    for (size_t i = 0; i < 3 && !set; i++) {
        set = setlocale(LC_NUMERIC, names[i]);
    }
    if (!set) {
        skip(); /* no such locale on this machine */
    }
    ScArena *arena = sc_arena_new();
    ScBuf buf = sc_buf(arena);
    sc_buf_double(&buf, 1234.5);
    setlocale(LC_NUMERIC, "C");
    assert_string_equal(buf.data, "1234.5");
    sc_arena_free(arena);
}

static void json_string_any_bytes_is_valid_json(void **state) {
    (void)state;
    static const char *const cases[][2] = {
        {"", "\"\""},
        {"plain", "\"plain\""},
        {"q\"b\\n\n\t\x01", "\"q\\\"b\\\\n\\n\\t\\u0001\""},
        {"\xc3\xa4\xe2\x82\xac\xf0\x9f\x94\xa5",
         "\"\xc3\xa4\xe2\x82\xac\xf0\x9f\x94\xa5\""},
        {"\xff", "\"\xef\xbf\xbd\""},
        {"a\xc3", "\"a\xef\xbf\xbd\""},                               /* cut short */
        {"\xc0\xaf", "\"\xef\xbf\xbd\xef\xbf\xbd\""},                 /* overlong */
        {"\xed\xa0\x80", "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\""}, /* surrogate */
    };
    ScArena *arena = sc_arena_new();
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        ScBuf buf = sc_buf(arena);
        sc_buf_json_str(&buf, cases[i][0]);
        assert_string_equal(buf.data, cases[i][1]);
    }
    sc_arena_free(arena);
}

static void json_string_reads_back_equal(void **state) {
    (void)state;
    static const char all[] = "q\"b\\n\n\t\b\f\r\x01\xc3\xa4/";
    ScArena *arena = sc_arena_new();
    ScBuf text = sc_buf(arena), back = sc_buf(arena);
    sc_buf_json_str(&text, all);
    sc_buf_str(&text, " rest");
    const char *at = text.data + 1;
    assert_true(sc_buf_json_read(&back, &at));
    assert_string_equal(back.data, all);
    assert_string_equal(at, " rest");
    sc_arena_free(arena);
}

static void json_string_not_closed_is_refused(void **state) {
    (void)state;
    static const char *const cases[] = {"", "a", "a\nb\"", "a\\", "a\\\n\"", "\\u00"};
    ScArena *arena = sc_arena_new();
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        ScBuf back = sc_buf(arena);
        const char *at = sc_arena_copy(arena, cases[i], strlen(cases[i]) + 1);
        assert_false(sc_buf_json_read(&back, &at));
    }
    sc_arena_free(arena);
}

static void buffer_growing_stays_terminated(void **state) {
    (void)state;
    ScArena *arena = sc_arena_new();
    ScBuf buf = sc_buf(arena);
    for (int i = 0; i < 3000; i++) {
        sc_buf_str(&buf, "ab");
        assert_int_equal(buf.data[buf.len], 0);
        sc_arena_alloc(arena, 1); /* so that it must move */
    }
    sc_buf_zeros(&buf, 100);
    sc_buf_fmt(&buf, "%05d", 42);
    assert_int_equal(buf.len, 6105);
    assert_memory_equal(buf.data + 5998, "ab\0\0", 4);
    assert_string_equal(buf.data + 6100, "00042");
    sc_arena_free(arena);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(double_any_value_prints_as_python_does),
        cmocka_unit_test(double_random_bits_read_back_equal),
        cmocka_unit_test(double_with_comma_locale_prints_a_point),
        cmocka_unit_test(json_string_any_bytes_is_valid_json),
        cmocka_unit_test(json_string_reads_back_equal),
        cmocka_unit_test(json_string_not_closed_is_refused),
        cmocka_unit_test(buffer_growing_stays_terminated),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
