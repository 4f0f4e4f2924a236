/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Names of outputs, from the keys of the dictionaries that forward() returns.
 * The program says how its flat outputs are packed in a pytree specification,
 * JSON within a JSON string:
 *   [1, {"type": "builtins.dict", "context": "[\"mask\", \"score\"]",
 *        "children_spec": [{"type": null, ...leaf}, ...]}]
 * Source: torch/utils/_pytree.py. Names are a comfort: whatever isn't understood
 * leaves an output without one.
 */
#include <string.h>

#include "compiler/import/import.h"

typedef struct Leaves {
    ScImport *im;
    const char **names;
    size_t n, cap;
} Leaves;

/* JSON in a string; NULL when it is none. */
static json_t *parse_quietly(ScImport *im, const json_t *text) {
    json_t *json = NULL;
    size_t n_diags = im->sc->n_diags;
    if (json_is_string(text)) {
        ScBytes bytes = {(const uint8_t *)json_string_value(text),
                         json_string_length(text)};
        if (sc_json_parse(im->sc, im->where, bytes, &json) != SC_OK) {
            im->sc->n_diags = n_diags;
            json = NULL;
        }
    }
    return json;
}

static const char *join(ScImport *im, const char *path, const char *key) {
    const char *name = sc_import_clean_name(im, key);
    return path ? sc_arena_fmt(im->sc->arena, "%s_%s", path, name) : name;
}

/* As deep as JSON may nest. */
static void collect(Leaves *leaves, const json_t *spec, const char *path) {
    ScImport *im = leaves->im;
    const json_t *children = json_object_get(spec, "children_spec");
    if (json_is_null(json_object_get(spec, "type"))) {
        SC_PUSH(im->sc->arena, leaves->names, leaves->n, leaves->cap, path);
        return;
    }
    const json_t *keys = parse_quietly(im, json_object_get(spec, "context"));
    size_t i;
    json_t *child;
    json_array_foreach(children, i, child) {
        const char *key = json_string_value(json_array_get(keys, i));
        if (key) {
            collect(leaves, child, join(im, path, key));
        } else { /* the place in a list: not worth a name on its own */
            collect(leaves, child,
                    path ? sc_arena_fmt(im->sc->arena, "%s_%zu", path, i) : NULL);
        }
    }
}

static bool has_duplicates(const Leaves *leaves) {
    for (size_t i = 0; i < leaves->n; i++) {
        for (size_t k = 0; k < i; k++) {
            if (leaves->names[i] && leaves->names[k] &&
                strcmp(leaves->names[i], leaves->names[k]) == 0) {
                return true;
            }
        }
    }
    return false;
}

const char *const *sc_import_output_names(ScImport *im, size_t n_outputs) {
    const json_t *module = json_object_get(im->pt2.program, "graph_module");
    const json_t *whole = json_array_get(json_object_get(module, "module_call_graph"), 0);
    const json_t *spec = json_object_get(json_object_get(whole, "signature"), "out_spec");
    Leaves leaves = {.im = im};
    collect(&leaves, json_array_get(parse_quietly(im, spec), 1), NULL);
    return leaves.n == n_outputs && !has_duplicates(&leaves) ? leaves.names : NULL;
}
