/* SPDX-License-Identifier: Apache-2.0 */
/*
 * jansson parses; here are a limit on nesting (its own is 2048, and its stack
 * grows with it), ownership by the arena, and getters that explain themselves.
 * Integers outside int64 are an error of the parser, never rounded.
 */
#include "compiler/base/json.h"

enum { MAX_NESTING = 64 };

/* Brackets outside strings; other syntax is the parser's business. */
static bool nests_too_deeply(ScBytes text) {
    int depth = 0;
    bool in_string = false;
    for (size_t i = 0; i < text.n_bytes; i++) {
        uint8_t c = text.data[i];
        if (in_string) {
            if (c == '\\') {
                i++;
            } else if (c == '"') {
                in_string = false;
            }
        } else if (c == '"') {
            in_string = true;
        } else if (c == '[' || c == '{') {
            if (++depth > MAX_NESTING) {
                return true;
            }
        } else if (c == ']' || c == '}') {
            depth--;
        }
    }
    return false;
}

static void json_release(void *what) {
    json_decref(what);
}

ScStatus sc_json_parse(Sc *sc, const char *where, ScBytes text, json_t **out_json) {
    *out_json = NULL;
    if (nests_too_deeply(text)) {
        const char *what =
            sc_arena_fmt(sc->arena, "JSON nested more than %d levels deep", MAX_NESTING);
        return sc_fail(sc, SC_E_FORMAT, where, what, NULL, NULL);
    }
    json_error_t error;
    json_t *json =
        json_loadb((const char *)text.data, text.n_bytes, JSON_REJECT_DUPLICATES, &error);
    if (!json) {
        bool memory = json_error_code(&error) == json_error_out_of_memory;
        const char *why = sc_arena_fmt(sc->arena, "line %d, column %d: %s", error.line,
                                       error.column, error.text);
        return sc_fail(sc, memory ? SC_E_MEMORY : SC_E_FORMAT, where,
                       memory ? "out of memory" : "not valid JSON", why, NULL);
    }
    sc_arena_defer(sc->arena, json_release, json);
    *out_json = json;
    return SC_OK;
}

static const char *type_name(const json_t *json) {
    switch (json_typeof(json)) {
    case JSON_OBJECT:
        return "an object";
    case JSON_ARRAY:
        return "a list";
    case JSON_STRING:
        return "a string";
    case JSON_INTEGER:
        return "an integer";
    case JSON_REAL:
        return "a number with a fraction";
    case JSON_TRUE:
    case JSON_FALSE:
        return "a bool";
    default:
        return "null";
    }
}

static ScStatus get(Sc *sc, const char *where, const json_t *object, const char *key,
                    json_type type, const char *wanted, json_t **out_value) {
    *out_value = NULL;
    if (!json_is_object(object)) {
        const char *what =
            sc_arena_fmt(sc->arena, "'%s' is looked for in %s instead of an object", key,
                         object ? type_name(object) : "nothing");
        return sc_fail(sc, SC_E_FORMAT, where, what, NULL, NULL);
    }
    json_t *value = json_object_get(object, key);
    if (!value) {
        const char *what = sc_arena_fmt(sc->arena, "'%s' is missing", key);
        return sc_fail(sc, SC_E_FORMAT, where, what, NULL, NULL);
    }
    if (json_typeof(value) != type) {
        const char *what =
            sc_arena_fmt(sc->arena, "'%s' is %s, not %s", key, type_name(value), wanted);
        return sc_fail(sc, SC_E_FORMAT, where, what, NULL, NULL);
    }
    *out_value = value;
    return SC_OK;
}

ScStatus sc_json_object(Sc *sc, const char *where, const json_t *object, const char *key,
                        json_t **out_value) {
    return get(sc, where, object, key, JSON_OBJECT, "an object", out_value);
}

ScStatus sc_json_array(Sc *sc, const char *where, const json_t *object, const char *key,
                       json_t **out_value) {
    return get(sc, where, object, key, JSON_ARRAY, "a list", out_value);
}

ScStatus sc_json_string(Sc *sc, const char *where, const json_t *object, const char *key,
                        const char **out_value) {
    json_t *value;
    SC_TRY(get(sc, where, object, key, JSON_STRING, "a string", &value));
    *out_value = json_string_value(value);
    return SC_OK;
}

ScStatus sc_json_int(Sc *sc, const char *where, const json_t *object, const char *key,
                     int64_t *out_value) {
    json_t *value;
    SC_TRY(get(sc, where, object, key, JSON_INTEGER, "an integer", &value));
    *out_value = json_integer_value(value);
    return SC_OK;
}
