/* SPDX-License-Identifier: Apache-2.0 */
/*
 * JSON through jansson: parse with a nesting limit, and small getters that
 * report `where: error: ...` with the path of what is missing.
 */
#ifndef SC_BASE_JSON_H
#define SC_BASE_JSON_H

#include <jansson.h>

#include "compiler/base/file.h"

/* Freed with the arena. Nesting beyond 64, duplicate keys and trailing bytes
 * are errors. */
ScStatus sc_json_parse(Sc *sc, const char *where, ScBytes text, json_t **out_json);
ScStatus sc_json_object(Sc *sc, const char *where, const json_t *object, const char *key,
                        json_t **out_value);
ScStatus sc_json_array(Sc *sc, const char *where, const json_t *object, const char *key,
                       json_t **out_value);
ScStatus sc_json_string(Sc *sc, const char *where, const json_t *object, const char *key,
                        const char **out_value);
ScStatus sc_json_int(Sc *sc, const char *where, const json_t *object, const char *key,
                     int64_t *out_value);

#endif
