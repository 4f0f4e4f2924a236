/* SPDX-License-Identifier: Apache-2.0 */
/* Reads targets with libyaml. The format is described in target.h. */
#include "compiler/target.h"

#include <string.h>
#include <yaml.h>

typedef struct Reader {
    Sc *sc;
    const char *where;
    yaml_parser_t parser;
    yaml_document_t document;
} Reader;

static void release_parser(void *parser) {
    yaml_parser_delete(parser);
}

static void release_document(void *document) {
    yaml_document_delete(document);
}

static ScStatus fail(Reader *r, const yaml_node_t *at, const char *what, const char *todo) {
    const char *where =
        at ? sc_arena_fmt(r->sc->arena, "%s:%zu", r->where, at->start_mark.line + 1)
           : r->where;
    return sc_fail(r->sc, SC_E_FORMAT, where, what, 0, todo);
}

static const char *scalar_of(const yaml_node_t *node) {
    return node && node->type == YAML_SCALAR_NODE ? (const char *)node->data.scalar.value
                                                  : 0;
}

static ScStatus read_text(Reader *r, const yaml_node_t *node, const char *key,
                          const char **out) {
    const char *text = scalar_of(node);
    if (!text || !*text) {
        return fail(r, node, sc_arena_fmt(r->sc->arena, "'%s' must be a text", key), 0);
    }
    *out = sc_arena_str(r->sc->arena, text);
    return SC_OK;
}

static const char *engine_names(Sc *sc) {
    size_t n;
    const ScBackend *const *all = sc_backends(&n);
    const char *text = "";
    for (size_t i = 0; i < n; i++) {
        text = sc_arena_fmt(sc->arena, "%s%s%s", text, i ? ", " : "", all[i]->name);
    }
    return text;
}

static ScStatus read_engines(Reader *r, const yaml_node_t *node, ScTarget *target) {
    if (node->type != YAML_SEQUENCE_NODE) {
        return fail(r, node, "'engines' must be a list", "write engines: [portable]");
    }
    const yaml_node_item_t *item = node->data.sequence.items.start;
    for (; item < node->data.sequence.items.top; item++) {
        const yaml_node_t *at = yaml_document_get_node(&r->document, *item);
        const char *name = scalar_of(at);
        const ScBackend *backend = name ? sc_backend_find(name) : 0;
        if (!backend) {
            return fail(
                r, at,
                sc_arena_fmt(r->sc->arena, "no engine is called '%s'", name ? name : "?"),
                sc_arena_fmt(r->sc->arena, "this build has: %s", engine_names(r->sc)));
        }
        if (target->n_engines == SC_MAX_ENGINES) {
            return fail(r, at, "more than 8 engines", 0);
        }
        target->engines[target->n_engines++] = backend;
    }
    return target->n_engines ? SC_OK : fail(r, node, "'engines' is empty", 0);
}

static ScStatus read_key(Reader *r, const yaml_node_t *key, const yaml_node_t *value,
                         ScTarget *target) {
    const char *name = scalar_of(key);
    if (name && strcmp(name, "name") == 0) {
        return read_text(r, value, name, &target->name);
    }
    if (name && strcmp(name, "summary") == 0) {
        return read_text(r, value, name, &target->summary);
    }
    if (name && strcmp(name, "engines") == 0) {
        return read_engines(r, value, target);
    }
    if (name && strcmp(name, "core") == 0) {
        return read_text(r, value, name, &target->core);
    }
    if (name && strcmp(name, "isa") == 0) {
        return read_text(r, value, name, &target->isa);
    }
    return fail(r, key, sc_arena_fmt(r->sc->arena, "unknown key '%s'", name ? name : "?"),
                "the keys are name, summary, engines, core, isa");
}

static ScStatus read_document(Reader *r, ScTarget *target) {
    const yaml_node_t *root = yaml_document_get_root_node(&r->document);
    if (!root || root->type != YAML_MAPPING_NODE) {
        return fail(r, root, "a target must be a mapping", "start from targets/host.yaml");
    }
    const yaml_node_pair_t *pair = root->data.mapping.pairs.start;
    for (; pair < root->data.mapping.pairs.top; pair++) {
        SC_TRY(read_key(r, yaml_document_get_node(&r->document, pair->key),
                        yaml_document_get_node(&r->document, pair->value), target));
    }
    if (!target->name || !target->summary || !target->n_engines) {
        return fail(r, root, "a key is missing", "the keys are name, summary, engines");
    }
    return SC_OK;
}

ScStatus sc_target_parse(Sc *sc, const char *where, const char *text, size_t n_bytes,
                         ScTarget *out_target) {
    memset(out_target, 0, sizeof *out_target);
    /* In the arena, which releases what libyaml holds even when an allocation
     * fails half-way. */
    Reader *r = SC_NEW(sc->arena, Reader);
    r->sc = sc;
    r->where = where;
    if (!yaml_parser_initialize(&r->parser)) {
        return sc_fail(sc, SC_E_MEMORY, where, "out of memory", 0, 0);
    }
    sc_arena_defer(sc->arena, release_parser, &r->parser);
    yaml_parser_set_input_string(&r->parser, (const unsigned char *)text, n_bytes);
    if (!yaml_parser_load(&r->parser, &r->document)) {
        const char *line =
            sc_arena_fmt(sc->arena, "%s:%zu", where, r->parser.problem_mark.line + 1);
        return sc_fail(sc, SC_E_FORMAT, line, "broken YAML",
                       r->parser.problem ? r->parser.problem : "unreadable",
                       "start from targets/host.yaml");
    }
    sc_arena_defer(sc->arena, release_document, &r->document);
    return read_document(r, out_target);
}

static ScStatus unknown_target(Sc *sc, const char *name) {
    size_t n;
    const ScTargetFile *files = sc_target_files(&n);
    const char *text = "";
    for (size_t i = 0; i < n; i++) {
        size_t stem = strlen(files[i].name) - strlen(".yaml");
        text = sc_arena_fmt(sc->arena, "%s%s%.*s", text, i ? ", " : "", (int)stem,
                            files[i].name);
    }
    return sc_fail(
        sc, SC_E_NOT_FOUND, name, "no target of this name", 0,
        sc_arena_fmt(sc->arena, "choose one of: %s; or give a .yaml file", text));
}

ScStatus sc_target_load(Sc *sc, const char *name, ScTarget *out_target) {
    size_t length = strlen(name);
    if (length > 5 && strcmp(name + length - 5, ".yaml") == 0) {
        ScBytes bytes;
        SC_TRY(sc_file_map(sc, name, &bytes));
        return sc_target_parse(sc, name, (const char *)bytes.data, bytes.n_bytes,
                               out_target);
    }
    size_t n;
    const ScTargetFile *files = sc_target_files(&n);
    for (size_t i = 0; i < n; i++) {
        if (strncmp(files[i].name, name, length) == 0 &&
            strcmp(files[i].name + length, ".yaml") == 0) {
            return sc_target_parse(sc, files[i].name, files[i].text, strlen(files[i].text),
                                   out_target);
        }
    }
    return unknown_target(sc, name);
}
