/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The .bpte reader. The contract is in bundled.h. The first reference that leaves the file
 * makes `bad` true and every later answer 0 or empty; whoever reads a whole thing asks
 * for it once. Tables may be shared, so how much is read is limited: see room_take().
 */
#include "compiler/bundled.h"

#include <string.h>

#include "compiler/execute.h"
#include "runtime/flatbuf.h"

enum { BUNDLED_SUITES = 1, BUNDLED_PROGRAM = 2 };     /* fields of BundledProgram */
enum { SUITE_METHOD = 0, SUITE_CASES = 1 };           /* BundledMethodTestSuite */
enum { CASE_INPUTS = 0, CASE_OUTPUTS = 1 };           /* BundledMethodTestCase */
enum { VALUE_KIND = 0, VALUE_TABLE = 1, NUMBER = 0 }; /* Value; Int, Bool, Double */
enum { TENSOR_DTYPE = 0, TENSOR_SIZES = 1, TENSOR_DATA = 2, TENSOR_ORDER = 3 };

typedef struct Reader {
    Sc *sc;
    const char *where;
    const uint8_t *file;
    uint64_t end;
    uint64_t room; /* bytes that may still be taken */
    bool bad;
} Reader;

static bool fits(Reader *r, uint64_t at, uint64_t n_bytes) {
    r->bad = r->bad || at > r->end || n_bytes > r->end - at;
    return !r->bad;
}

/* In a sound file nothing is shared but vtables: all that is read is less than the file.
 * Twice that is a file that says the same thing over and over. */
static void room_take(Reader *r, uint64_t n_bytes) {
    r->bad = r->bad || n_bytes > r->room;
    r->room -= r->bad ? 0 : n_bytes;
}

/* Position of a field of n_bytes, 0 when the table leaves it out. */
static uint64_t field_at(Reader *r, uint64_t table, uint32_t field, uint32_t n_bytes) {
    if (!table || !fits(r, table, 4)) {
        return 0;
    }
    int64_t vtable = (int64_t)table - (int32_t)sc_load_u32(r->file + table);
    uint64_t entry = 4 + 2 * (uint64_t)field;
    r->bad = r->bad || vtable < 0;
    if (r->bad || !fits(r, (uint64_t)vtable, 4) ||
        entry + 2 > sc_load_u16(r->file + vtable) ||
        !fits(r, (uint64_t)vtable + entry, 2)) {
        return 0;
    }
    uint32_t offset = sc_load_u16(r->file + vtable + entry);
    return offset && fits(r, table + offset, n_bytes) ? table + offset : 0;
}

static uint64_t follow(Reader *r, uint64_t at) {
    uint64_t target = at ? at + sc_load_u32(r->file + at) : 0;
    return target && fits(r, target, 4) ? target : 0;
}

static uint64_t table_of(Reader *r, uint64_t table, uint32_t field) {
    room_take(r, 4);
    return follow(r, field_at(r, table, field, 4));
}

/* Position of the first item. */
static uint64_t vector_of(Reader *r, uint64_t table, uint32_t field, uint32_t item_bytes,
                          uint32_t *out_n) {
    uint64_t at = table_of(r, table, field);
    *out_n = at ? sc_load_u32(r->file + at) : 0;
    room_take(r, (uint64_t)*out_n * item_bytes);
    if (!at || !fits(r, at + 4, (uint64_t)*out_n * item_bytes) || r->bad) {
        *out_n = 0;
        return 0;
    }
    return at + 4;
}

static uint8_t byte_of(Reader *r, uint64_t table, uint32_t field) {
    uint64_t at = field_at(r, table, field, 1);
    return at ? r->file[at] : 0;
}

static ScStatus damaged(const Reader *r, const char *what) {
    return sc_fail(r->sc, SC_E_FORMAT, r->where,
                   sc_arena_fmt(r->sc->arena, "not a usable .bpte: %s", what),
                   "the file is damaged or cut off", "write it again with ExecuTorch");
}

/* ---- values ------------------------------------------------------------------------- */

static ScStatus tensor_read(Reader *r, uint64_t table, ScArray *out) {
    uint32_t rank, n_order, n_bytes;
    uint64_t sizes = vector_of(r, table, TENSOR_SIZES, 4, &rank);
    uint64_t order = vector_of(r, table, TENSOR_ORDER, 1, &n_order);
    uint64_t data = vector_of(r, table, TENSOR_DATA, 1, &n_bytes);
    int32_t dims[SC_MAX_RANK] = {0};
    uint8_t dim_order[SC_MAX_RANK] = {0};
    out->dtype = (ScDtype)byte_of(r, table, TENSOR_DTYPE);
    uint64_t want = sc_dtype_size(out->dtype);
    if (r->bad || want == 0 || rank > SC_MAX_RANK || (n_order && n_order != rank)) {
        return damaged(r, "a tensor of unknown dtype or rank");
    }
    uint32_t seen = 0;
    for (uint32_t i = 0; i < rank; i++) {
        dims[i] = (int32_t)sc_load_u32(r->file + sizes + 4 * (uint64_t)i);
        dim_order[i] = n_order ? r->file[order + i] : (uint8_t)i;
        if (dims[i] < 0 || dim_order[i] >= rank) {
            return damaged(r, "a tensor's sizes");
        }
        seen |= 1u << dim_order[i];
        out->dims[i] = dims[i];
        want *= (uint64_t)dims[i];
        if (want > r->end) {
            return damaged(r, "a tensor larger than the file");
        }
    }
    if (seen + 1 != 1u << rank || want != n_bytes) {
        return damaged(r, "a tensor's bytes don't fit its sizes");
    }
    out->rank = (uint8_t)rank;
    out->n_bytes = n_bytes;
    ScTensor t = {.data = sc_arena_copy(r->sc->arena, r->file + data, n_bytes),
                  .sizes = dims,
                  .dim_order = dim_order,
                  .dtype = (uint8_t)out->dtype,
                  .rank = (uint8_t)rank};
    void *flat = sc_arena_alloc(r->sc->arena, n_bytes + SC_FILE_ALIGN);
    sc_copy_logical(&t, flat, false);
    out->data = flat;
    return SC_OK;
}

static ScStatus value_read(Reader *r, uint64_t table, ScBundledValue *out) {
    uint64_t content = table_of(r, table, VALUE_TABLE), at;
    out->kind = (ScBundledKind)byte_of(r, table, VALUE_KIND);
    switch (out->kind) {
    case SC_BUNDLED_TENSOR:
        return tensor_read(r, content, &out->array);
    case SC_BUNDLED_BOOL:
        out->i = byte_of(r, content, NUMBER) != 0;
        return SC_OK;
    case SC_BUNDLED_INT:
    case SC_BUNDLED_DOUBLE:
        at = field_at(r, content, NUMBER, 8);
        out->i = at ? (int64_t)sc_load_u64(r->file + at) : 0;
        memcpy(&out->d, &out->i, sizeof out->d);
        return SC_OK;
    }
    return damaged(r, "a value of unknown kind");
}

static ScStatus values_read(Reader *r, uint64_t table, uint32_t field,
                            ScBundledValue **out_values, size_t *out_n) {
    uint32_t n;
    uint64_t items = vector_of(r, table, field, 4, &n);
    *out_values = SC_NEW_ARRAY(r->sc->arena, ScBundledValue, (size_t)n + 1);
    *out_n = n;
    for (uint32_t i = 0; i < n; i++) {
        SC_TRY(value_read(r, follow(r, items + 4 * (uint64_t)i), &(*out_values)[i]));
    }
    return r->bad ? damaged(r, "reference out of bounds") : SC_OK;
}

static ScStatus suite_read(Reader *r, uint64_t table, ScBundledSuite *out) {
    uint32_t n_name, n;
    uint64_t name = vector_of(r, table, SUITE_METHOD, 1, &n_name);
    uint64_t cases = vector_of(r, table, SUITE_CASES, 4, &n);
    out->method = sc_arena_strn(r->sc->arena, (const char *)r->file + name, n_name);
    out->cases = SC_NEW_ARRAY(r->sc->arena, ScBundledCase, (size_t)n + 1);
    out->n_cases = n;
    for (uint32_t i = 0; i < n; i++) {
        ScBundledCase *c = &out->cases[i];
        uint64_t at = follow(r, cases + 4 * (uint64_t)i);
        SC_TRY(values_read(r, at, CASE_INPUTS, &c->inputs, &c->n_inputs));
        SC_TRY(values_read(r, at, CASE_OUTPUTS, &c->outputs, &c->n_outputs));
    }
    return r->bad ? damaged(r, "reference out of bounds") : SC_OK;
}

/* ---- the file -------------------------------------------------------------------------
 */

bool sc_is_bundled(ScBytes file) {
    return file.n_bytes >= 8 && memcmp(file.data + 4, "BP", 2) == 0;
}

ScStatus sc_bundled_read(Sc *sc, const char *where, ScBytes file, ScBundled *out) {
    Reader r = {.sc = sc,
                .where = where,
                .file = file.data,
                .end = file.n_bytes,
                .room = 2 * (uint64_t)file.n_bytes};
    memset(out, 0, sizeof *out);
    if (!sc_is_bundled(file)) {
        return damaged(&r, "it doesn't begin as one");
    }
    if (memcmp(file.data + 6, "08", 2) != 0) {
        return sc_fail(sc, SC_E_VERSION, where, "a version of .bpte other than BP08",
                       "the format has changed since, or before", NULL);
    }
    uint32_t n, n_program;
    uint64_t root = sc_load_u32(file.data);
    uint64_t program = vector_of(&r, root, BUNDLED_PROGRAM, 1, &n_program);
    uint64_t suites = vector_of(&r, root, BUNDLED_SUITES, 4, &n);
    if (r.bad || !program) {
        return damaged(&r, "there is no program in it");
    }
    /* It is aligned in the file by rights; a copy is aligned in any case. */
    uintptr_t copy = (uintptr_t)sc_arena_alloc(sc->arena, n_program + 2 * SC_FILE_ALIGN);
    copy = (copy + SC_FILE_ALIGN - 1) & ~(uintptr_t)(SC_FILE_ALIGN - 1);
    memcpy((void *)copy, file.data + program, n_program);
    out->program = (ScBytes){(const uint8_t *)copy, n_program};
    out->suites = SC_NEW_ARRAY(sc->arena, ScBundledSuite, (size_t)n + 1);
    out->n_suites = n;
    for (uint32_t i = 0; i < n; i++) {
        SC_TRY(suite_read(&r, follow(&r, suites + 4 * (uint64_t)i), &out->suites[i]));
    }
    return r.bad ? damaged(&r, "reference out of bounds") : SC_OK;
}
