/* SPDX-License-Identifier: Apache-2.0 */
/* JSON: limits of the parser, exact integers, getters that explain. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "compiler/base/json.h"

static int set_up(void **state) {
    Sc *sc = calloc(1, sizeof *sc);
    sc->arena = sc_arena_new();
    *state = sc;
    return 0;
}

static int tear_down(void **state) {
    Sc *sc = *state;
    sc_arena_free(sc->arena);
    free(sc);
    return 0;
}

static ScStatus parse(Sc *sc, const char *text, json_t **out) {
    size_t n = strlen(text);
    ScBytes bytes = {.data = sc_arena_copy(sc->arena, text, n), .n_bytes = n};
    return sc_json_parse(sc, "model.json", bytes, out);
}

static void parse_hostile_text_fails(void **state) {
    Sc *sc = *state;
    static const char *const cases[] = {
        "",
        "{",
        "{\"a\":1,\"a\":2}",
        "{} x",
        "[1,]",
        "[01]",
        "[NaN]",
        "[\"\xff\"]",
        "[\"\\u0000\"]",
        "[9223372036854775808]",
        "[1e999]",
        "\"\\",
        "[\"a",
        "1",
        "{\"a\" 1}",
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        json_t *json = NULL;
        assert_int_equal(parse(sc, cases[i], &json), SC_E_FORMAT);
        assert_null(json);
        assert_int_equal(sc->n_diags, i + 1);
        assert_non_null(sc->diags[i].why);
    }
}

static void parse_nesting_is_capped_at_64(void **state) {
    Sc *sc = *state;
    for (int depth = 63; depth <= 66; depth++) {
        char text[1024] = "";
        for (int i = 0; i < depth; i++) {
            strcat(text, i % 2 ? "[" : "{\"[[\\\"{\":");
        }
        strcat(text, "1");
        for (int i = depth - 1; i >= 0; i--) {
            strcat(text, i % 2 ? "]" : "}");
        }
        json_t *json;
        assert_int_equal(parse(sc, text, &json), depth <= 64 ? SC_OK : SC_E_FORMAT);
    }
}

static void int_any_int64_is_exact(void **state) {
    Sc *sc = *state;
    json_t *json;
    int64_t value;
    assert_int_equal(parse(sc,
                           "{\"max\": 9223372036854775807, \"min\": -9223372036854775808,"
                           " \"odd\": 9007199254740993}",
                           &json),
                     SC_OK);
    assert_int_equal(sc_json_int(sc, "w", json, "max", &value), SC_OK);
    assert_true(value == INT64_MAX);
    assert_int_equal(sc_json_int(sc, "w", json, "min", &value), SC_OK);
    assert_true(value == INT64_MIN);
    assert_int_equal(sc_json_int(sc, "w", json, "odd", &value), SC_OK);
    assert_true(value == 9007199254740993);
}

static void getters_wrong_type_or_missing_name_the_key(void **state) {
    Sc *sc = *state;
    json_t *json, *value;
    const char *text;
    int64_t number;
    assert_int_equal(
        parse(sc, "{\"o\":{},\"l\":[],\"s\":\"x\",\"i\":1,\"f\":1.5,\"n\":null}", &json),
        SC_OK);
    assert_int_equal(sc_json_object(sc, "w", json, "o", &value), SC_OK);
    assert_int_equal(sc_json_array(sc, "w", json, "l", &value), SC_OK);
    assert_int_equal(sc_json_string(sc, "w", json, "s", &text), SC_OK);
    assert_string_equal(text, "x");
    assert_int_equal(sc->n_diags, 0);
    assert_int_equal(sc_json_object(sc, "w", json, "l", &value), SC_E_FORMAT);
    assert_null(value);
    assert_int_equal(sc_json_array(sc, "w", json, "zz", &value), SC_E_FORMAT);
    assert_int_equal(sc_json_string(sc, "w", json, "n", &text), SC_E_FORMAT);
    assert_int_equal(sc_json_int(sc, "w", json, "f", &number), SC_E_FORMAT);
    assert_int_equal(sc_json_int(sc, "w", NULL, "f", &number), SC_E_FORMAT);
    assert_int_equal(sc_json_int(sc, "w", json_object_get(json, "l"), "f", &number),
                     SC_E_FORMAT);
    static const char *const wants[] = {
        "'l' is a list, not an object",
        "'zz' is missing",
        "'n' is null, not a string",
        "'f' is a number with a fraction, not an integer",
        "'f' is looked for in nothing instead of an object",
        "'f' is looked for in a list instead of an object",
    };
    for (size_t i = 0; i < 6; i++) {
        assert_string_equal(sc->diags[i].what, wants[i]);
    }
}

int main(void) {
#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        T(parse_hostile_text_fails),
        T(parse_nesting_is_capped_at_64),
        T(int_any_int64_is_exact),
        T(getters_wrong_type_or_missing_name_the_key),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
