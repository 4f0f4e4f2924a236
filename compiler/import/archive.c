/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Opens a .pt2: finds the root folder and the model, checks the versions, and
 * tells archives of other makers and times from those that can be read.
 *
 *   <root>/archive_format = "pt2"     <root>/models/<model>.json
 *   <root>/archive_version = "0"      <root>/data/weights/<model>_weights_config.json
 *   <root>/byteorder = "little"       <root>/data/constants/<model>_constants_config.json
 *
 * root is the stem of the file name at the time of saving ("archive" when it
 * was saved to a stream), so it is read from the first member.
 */
#include "compiler/import/archive.h"

#include <string.h>

enum { SCHEMA_MAJOR = 8 };

static const char advice_save[] =
    "save it with torch >= 2.8: torch.export.save(torch.export.export(model.eval(), (x,)), "
    "'model.pt2')";
static const char advice_resave[] =
    "with torch >= 2.8: torch.export.save(torch.export.load('old.pt2'), 'new.pt2')";

static bool has_suffix(const char *text, const char *suffix) {
    size_t n = strlen(text), n_suffix = strlen(suffix);
    return n >= n_suffix && strcmp(text + n - n_suffix, suffix) == 0;
}

/* The part of a member's name below the root; NULL when it lies elsewhere. */
static const char *below_root(const ScPt2 *pt2, const char *name) {
    size_t n = strlen(pt2->root);
    return strncmp(name, pt2->root, n) == 0 && name[n] == '/' ? name + n + 1 : NULL;
}

static const ScZipMember *member_find(const ScPt2 *pt2, const char *name) {
    return sc_zip_find(&pt2->zip, sc_arena_fmt(pt2->sc->arena, "%s/%s", pt2->root, name));
}

static bool any_member(const ScPt2 *pt2, const char *prefix, const char *suffix) {
    for (size_t i = 0; i < pt2->zip.n_members; i++) {
        const char *name = below_root(pt2, pt2->zip.members[i].name);
        if (name && strncmp(name, prefix, strlen(prefix)) == 0 &&
            has_suffix(name, suffix)) {
            return true;
        }
    }
    return false;
}

static ScStatus refuse(const ScPt2 *pt2, const char *what, const char *why,
                       const char *todo) {
    return sc_fail(pt2->sc, SC_E_VERSION, pt2->where, what, why, todo);
}

/* ---- what it is not ------------------------------------------------------------- */

/* Archives that have no root folder or another content in it. */
static ScStatus check_not_foreign(const ScPt2 *pt2) {
    if (sc_zip_find(&pt2->zip, "serialized_exported_program.json")) {
        return refuse(pt2, "this archive has the layout of torch <= 2.7",
                      "its weights are pickled, and pickles can run code", advice_resave);
    }
    if (member_find(pt2, "archive_format")) {
        return SC_OK;
    }
    if (member_find(pt2, "constants.pkl") || any_member(pt2, "code/", "")) {
        return refuse(pt2, "this is a TorchScript archive (torch.jit.save)",
                      "it holds no exported program", advice_save);
    }
    if (member_find(pt2, "data.pkl")) {
        return refuse(pt2, "this is a torch.save() file",
                      "it holds pickled objects, no exported program", advice_save);
    }
    return refuse(pt2, "this zip archive is no .pt2",
                  sc_arena_fmt(pt2->sc->arena, "it has no member %s/archive_format",
                               sc_pt2_printable(pt2->sc->arena, pt2->root)),
                  advice_save);
}

/* .pt2 archives with something else than raw weights and a JSON program. */
static ScStatus check_not_other_pt2(const ScPt2 *pt2) {
    bool has_model = any_member(pt2, "models/", ".json");
    if (!has_model && any_member(pt2, "data/aotinductor/", "")) {
        return refuse(pt2, "this is an AOTInductor package",
                      "it holds machine code for another computer, no exported program",
                      advice_save);
    }
    if (!has_model) {
        return sc_fail(pt2->sc, SC_E_FORMAT, pt2->where, "the archive holds no model",
                       "it has no member models/*.json", advice_save);
    }
    bool raw = any_member(pt2, "data/weights/", "_weights_config.json");
    if (!raw && (any_member(pt2, "data/weights/", ".pt") ||
                 any_member(pt2, "data/constants/", ".pt"))) {
        return refuse(pt2, "the weights of this archive are pickled (an early .pt2 layout)",
                      "pickles can run code", advice_resave);
    }
    return SC_OK;
}

/* ---- small text members --------------------------------------------------------- */

static ScStatus text_read(const ScPt2 *pt2, const char *name, const char **out_text) {
    const ScZipMember *member = member_find(pt2, name);
    if (!member) {
        return sc_fail(pt2->sc, SC_E_FORMAT, pt2->where,
                       sc_arena_fmt(pt2->sc->arena, "member %s is missing", name),
                       "the archive is damaged or was edited", advice_save);
    }
    ScBytes bytes;
    SC_TRY(sc_zip_read(pt2->sc, pt2->where, &pt2->zip, member, true, &bytes));
    size_t n = bytes.n_bytes < 32 ? bytes.n_bytes : 32;
    while (n > 0 && (bytes.data[n - 1] == '\n' || bytes.data[n - 1] == ' ')) {
        n--;
    }
    const char *text = sc_arena_strn(pt2->sc->arena, (const char *)bytes.data, n);
    *out_text = sc_pt2_printable(pt2->sc->arena, text);
    return SC_OK;
}

static ScStatus check_versions(const ScPt2 *pt2) {
    const char *format, *version, *order;
    ScArena *arena = pt2->sc->arena;
    SC_TRY(text_read(pt2, "archive_format", &format));
    if (strcmp(format, "pt2") != 0) {
        return refuse(pt2, sc_arena_fmt(arena, "archive_format is '%s', not 'pt2'", format),
                      NULL, advice_save);
    }
    SC_TRY(text_read(pt2, "archive_version", &version));
    if (strcmp(version, "0") != 0) {
        return refuse(pt2, sc_arena_fmt(arena, "archive_version is '%s'", version),
                      "this build reads version 0, which torch 2.8 to 2.13 write",
                      "save it with torch 2.13");
    }
    SC_TRY(text_read(pt2, "byteorder", &order));
    if (strcmp(order, "little") != 0) {
        return refuse(pt2, sc_arena_fmt(arena, "byteorder is '%s'", order),
                      "the weights are stored in the byte order of the machine that saved "
                      "them, and only little-endian ones are read",
                      "save it on a little-endian machine (x86, Arm)");
    }
    return SC_OK;
}

/* ---- the program ---------------------------------------------------------------- */

static ScStatus json_read(const ScPt2 *pt2, const char *name, const json_t **out_json) {
    const ScZipMember *member = member_find(pt2, name);
    const char *where = sc_arena_fmt(pt2->sc->arena, "%s: %s", pt2->where,
                                     sc_pt2_printable(pt2->sc->arena, name));
    if (!member) {
        return sc_fail(pt2->sc, SC_E_FORMAT, where, "this member is missing",
                       "the archive is damaged or was edited", advice_save);
    }
    ScBytes bytes;
    SC_TRY(sc_zip_read(pt2->sc, where, &pt2->zip, member, true, &bytes));
    json_t *json;
    SC_TRY(sc_json_parse(pt2->sc, where, bytes, &json));
    *out_json = json;
    return SC_OK;
}

static ScStatus model_find(ScPt2 *pt2) {
    ScBuf names = sc_buf(pt2->sc->arena);
    size_t n = 0;
    static const char folder[] = "models/", suffix[] = ".json";
    for (size_t i = 0; i < pt2->zip.n_members; i++) {
        const char *name = below_root(pt2, pt2->zip.members[i].name);
        if (!name || strncmp(name, folder, sizeof folder - 1) != 0 ||
            !has_suffix(name, suffix)) {
            continue;
        }
        name += sizeof folder - 1;
        pt2->model = sc_arena_strn(pt2->sc->arena, name, strlen(name) + 1 - sizeof suffix);
        sc_buf_fmt(&names, "%s%s", n++ ? ", " : "",
                   sc_pt2_printable(pt2->sc->arena, pt2->model));
    }
    if (n > 1) {
        return sc_fail(
            pt2->sc, SC_E_UNSUPPORTED, pt2->where,
            sc_arena_fmt(pt2->sc->arena, "the archive holds %zu models: %s", n, names.data),
            "one is compiled at a time",
            "save each with torch.export.save(ep, 'NAME.pt2') of its own");
    }
    return SC_OK;
}

static ScStatus check_schema_version(const ScPt2 *pt2) {
    const char *where =
        sc_arena_fmt(pt2->sc->arena, "%s: models/%s.json", pt2->where, pt2->model);
    json_t *version;
    int64_t major;
    SC_TRY(sc_json_object(pt2->sc, where, pt2->program, "schema_version", &version));
    SC_TRY(sc_json_int(pt2->sc, where, version, "major", &major));
    if (major == SCHEMA_MAJOR) {
        return SC_OK;
    }
    return sc_fail(pt2->sc, SC_E_VERSION, where,
                   sc_arena_fmt(pt2->sc->arena, "schema_version is %lld", (long long)major),
                   "this build reads version 8, which torch 2.5 to 2.13 write",
                   "export the model again with torch 2.13");
}

/* kind: "weights" or "constants" */
static ScStatus config_read(const ScPt2 *pt2, const char *kind, const json_t **out_config) {
    const char *name =
        sc_arena_fmt(pt2->sc->arena, "data/%s/%s_%s_config.json", kind, pt2->model, kind);
    const json_t *json;
    json_t *config;
    SC_TRY(json_read(pt2, name, &json));
    SC_TRY(sc_json_object(pt2->sc, pt2->where, json, "config", &config));
    *out_config = config;
    return SC_OK;
}

ScStatus sc_pt2_open(Sc *sc, const char *where, ScBytes file, ScPt2 *out_pt2) {
    ScPt2 pt2 = {.sc = sc, .where = where, .root = "", .model = ""};
    /* Expanded (stride 0) weights become dense; a small file must not make us
     * allocate the world. GUESS: no real model expands by more than this. */
    pt2.copy_budget = (uint64_t)file.n_bytes + ((uint64_t)64 << 20);
    SC_TRY(sc_zip_open(sc, where, file, &pt2.zip));
    if (pt2.zip.n_members > 0) {
        const char *first = pt2.zip.members[0].name;
        pt2.root = sc_arena_strn(sc->arena, first, strcspn(first, "/"));
    }
    SC_TRY(check_not_foreign(&pt2));
    SC_TRY(check_versions(&pt2));
    SC_TRY(check_not_other_pt2(&pt2));
    SC_TRY(model_find(&pt2));
    SC_TRY(json_read(&pt2, sc_arena_fmt(sc->arena, "models/%s.json", pt2.model),
                     &pt2.program));
    SC_TRY(check_schema_version(&pt2));
    SC_TRY(config_read(&pt2, "weights", &pt2.weights));
    SC_TRY(config_read(&pt2, "constants", &pt2.constants));
    *out_pt2 = pt2;
    return SC_OK;
}
