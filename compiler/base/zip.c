/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Zip directories, read with 64-bit arithmetic and against the file's length.
 * The central directory is the truth: local headers may hold zeros (flag bit 3,
 * data descriptors); only their two lengths and the name are used.
 */
#include "compiler/base/zip.h"

#include <stdlib.h>
#include <string.h>

enum {
    END_BYTES = 22,
    LOCATOR_BYTES = 20,
    END64_BYTES = 56,
    CENTRAL_BYTES = 46,
    LOCAL_BYTES = 30,
    MAX_COMMENT = 0xffff,
    FLAG_ENCRYPTED = 1
};

static const uint32_t END_MAGIC = 0x06054b50, LOCATOR_MAGIC = 0x07064b50,
                      END64_MAGIC = 0x06064b50, CENTRAL_MAGIC = 0x02014b50,
                      LOCAL_MAGIC = 0x04034b50;

typedef struct Reader {
    Sc *sc;
    const char *where;
    ScBytes file;
} Reader;

/* Of the whole archive. */
typedef struct Directory {
    uint64_t offset, n_bytes, n_entries;
    uint64_t limit; /* members and directory end at or before this offset */
} Directory;

static uint16_t get16(const uint8_t *p) {
    return (uint16_t)(p[0] | p[1] << 8);
}
static uint32_t get32(const uint8_t *p) {
    return (uint32_t)get16(p) | (uint32_t)get16(p + 2) << 16;
}
static uint64_t get64(const uint8_t *p) {
    return (uint64_t)get32(p) | (uint64_t)get32(p + 4) << 32;
}

/* NULL unless file[offset, offset + n) exists and starts with magic. */
static const uint8_t *record_at(const Reader *r, uint64_t offset, uint64_t n,
                                uint32_t magic) {
    uint64_t size = r->file.n_bytes;
    if (offset > size || n > size - offset) {
        return NULL;
    }
    const uint8_t *p = r->file.data + offset;
    return get32(p) == magic ? p : NULL;
}

static ScStatus damaged(const Reader *r, const char *what, uint64_t offset) {
    const char *why = sc_arena_fmt(r->sc->arena, "at byte %llu of the archive",
                                   (unsigned long long)offset);
    return sc_fail(r->sc, SC_E_FORMAT, r->where, what, why,
                   "the file is damaged or cut short: export it again");
}

/* ---- the end records ------------------------------------------------------- */

/* The last record whose comment reaches exactly to the end of the file. */
static ScStatus end_find(const Reader *r, uint64_t *out_offset) {
    uint64_t size = r->file.n_bytes;
    for (uint64_t back = END_BYTES; back <= size && back <= END_BYTES + MAX_COMMENT;
         back++) {
        const uint8_t *p = record_at(r, size - back, END_BYTES, END_MAGIC);
        if (p && get16(p + 20) == back - END_BYTES) {
            *out_offset = size - back;
            return SC_OK;
        }
    }
    return sc_fail(r->sc, SC_E_FORMAT, r->where, "not a zip archive, or cut short",
                   "it has no end-of-central-directory record",
                   "give a file written by torch.export.save");
}

/* Ordinary fields are either all ones or equal to the ZIP64 ones. */
static bool end_agrees(const uint8_t *end, const Directory *d) {
    uint16_t n = get16(end + 10);
    uint32_t n_bytes = get32(end + 12), offset = get32(end + 16);
    return (n == UINT16_MAX || n == d->n_entries) &&
           (n_bytes == UINT32_MAX || n_bytes == d->n_bytes) &&
           (offset == UINT32_MAX || offset == d->offset);
}

static ScStatus end64_read(const Reader *r, const uint8_t *end, const uint8_t *locator,
                           Directory *out) {
    uint64_t at = get64(locator + 8);
    const uint8_t *p = record_at(r, at, END64_BYTES, END64_MAGIC);
    if (!p) {
        return damaged(r, "the ZIP64 locator points at no ZIP64 end record", at);
    }
    if (get32(p + 16) != 0 || get32(p + 20) != 0 || get64(p + 24) != get64(p + 32)) {
        return sc_fail(r->sc, SC_E_UNSUPPORTED, r->where, "zip archive in several volumes",
                       NULL, "join them into one file");
    }
    out->n_entries = get64(p + 32);
    out->n_bytes = get64(p + 40);
    out->offset = get64(p + 48);
    out->limit = at;
    return end_agrees(end, out)
               ? SC_OK
               : damaged(r, "the two end records contradict each other", at);
}

static ScStatus directory_find(const Reader *r, Directory *out) {
    uint64_t at = 0;
    SC_TRY(end_find(r, &at));
    const uint8_t *end = r->file.data + at;
    const uint8_t *locator = NULL;
    if (at >= LOCATOR_BYTES) {
        locator = record_at(r, at - LOCATOR_BYTES, LOCATOR_BYTES, LOCATOR_MAGIC);
    }
    if (locator) {
        SC_TRY(end64_read(r, end, locator, out));
    } else if (get16(end + 4) != 0 || get16(end + 6) != 0 ||
               get16(end + 8) != get16(end + 10)) {
        return sc_fail(r->sc, SC_E_UNSUPPORTED, r->where, "zip archive in several volumes",
                       NULL, "join them into one file");
    } else {
        out->n_entries = get16(end + 10);
        out->n_bytes = get32(end + 12);
        out->offset = get32(end + 16);
        out->limit = at;
    }
    if (out->offset > out->limit || out->n_bytes > out->limit - out->offset) {
        return damaged(r, "the central directory lies outside the file", at);
    }
    if (out->n_entries > out->n_bytes / CENTRAL_BYTES) {
        return damaged(r, "more members announced than the directory can hold", at);
    }
    return SC_OK;
}

/* ---- one member ------------------------------------------------------------- */

typedef struct Entry {
    uint64_t plain, packed, local; /* sizes; offset of the local header */
    uint16_t name_bytes, extra_bytes, comment_bytes;
    const uint8_t *name, *extra;
} Entry;

/* Fields that are all ones stand in the extra field 1 instead, in this order. */
static bool entry_widen(Entry *e, const uint8_t *body, uint64_t n_bytes) {
    uint64_t *const fields[] = {&e->plain, &e->packed, &e->local};
    for (int i = 0; i < 3; i++) {
        if (*fields[i] == UINT32_MAX) {
            if (n_bytes < 8) {
                return false;
            }
            *fields[i] = get64(body);
            body += 8;
            n_bytes -= 8;
        }
    }
    return true;
}

/* Bytes that are no whole field are padding, as other readers have it. */
static bool entry_extra(Entry *e) {
    uint64_t at = 0;
    while (at + 4 <= e->extra_bytes) {
        uint64_t id = get16(e->extra + at), n = get16(e->extra + at + 2);
        if (n > e->extra_bytes - at - 4) {
            return id != 1;
        }
        if (id == 1) {
            return entry_widen(e, e->extra + at + 4, n);
        }
        at += 4 + n;
    }
    return true;
}

/* Where the member's bytes start; checks that they end before the directory. */
static ScStatus local_read(const Reader *r, const Directory *d, const Entry *e,
                           uint64_t *out_offset) {
    const uint8_t *p = record_at(r, e->local, LOCAL_BYTES, LOCAL_MAGIC);
    if (!p || e->local >= d->offset) {
        return damaged(r, "the directory points at no member header", e->local);
    }
    uint64_t name_bytes = get16(p + 26), extra_bytes = get16(p + 28);
    uint64_t start = e->local + LOCAL_BYTES + name_bytes + extra_bytes;
    if (start > d->offset || e->packed > d->offset - start) {
        return damaged(r, "a member's bytes lie outside the file", e->local);
    }
    if (name_bytes != e->name_bytes || memcmp(p + LOCAL_BYTES, e->name, name_bytes) != 0) {
        return damaged(r, "a member's two headers differ in its name", e->local);
    }
    *out_offset = start;
    return SC_OK;
}

/* Reads the entry at *at and steps over it. */
static ScStatus central_read(const Reader *r, const Directory *d, uint64_t *at,
                             ScZipMember *out) {
    uint64_t end = d->offset + d->n_bytes, left = end - *at;
    const uint8_t *p = record_at(r, *at, CENTRAL_BYTES, CENTRAL_MAGIC);
    if (!p || left < CENTRAL_BYTES) {
        return damaged(r, "the central directory is broken", *at);
    }
    Entry e = {.packed = get32(p + 20), .plain = get32(p + 24), .local = get32(p + 42)};
    e.name_bytes = get16(p + 28);
    e.extra_bytes = get16(p + 30);
    e.comment_bytes = get16(p + 32);
    e.name = p + CENTRAL_BYTES;
    e.extra = e.name + e.name_bytes;
    uint64_t n = (uint64_t)CENTRAL_BYTES + e.name_bytes + e.extra_bytes + e.comment_bytes;
    if (n > left || !entry_extra(&e)) {
        return damaged(r, "the central directory is broken", *at);
    }
    if (e.name_bytes == 0 || memchr(e.name, 0, e.name_bytes)) {
        return damaged(r, "a member has no name, or a zero byte in it", *at);
    }
    *out = (ScZipMember){.method = get16(p + 10),
                         .flags = get16(p + 8),
                         .crc32 = get32(p + 16),
                         .n_bytes = e.plain};
    if (out->method == 0 && e.plain != e.packed && !(out->flags & FLAG_ENCRYPTED)) {
        return damaged(r, "a stored member has two different sizes", *at);
    }
    SC_TRY(local_read(r, d, &e, &out->offset));
    out->name = sc_arena_strn(r->sc->arena, (const char *)e.name, e.name_bytes);
    *at += n;
    return SC_OK;
}

/* ---- names -------------------------------------------------------------------- */

static int compare_names(const void *a, const void *b) {
    const ScZipMember *const *x = a;
    const ScZipMember *const *y = b;
    return strcmp((*x)->name, (*y)->name);
}

static ScStatus index_names(const Reader *r, ScZip *zip) {
    size_t n = zip->n_members;
    zip->by_name = SC_NEW_ARRAY(r->sc->arena, const ScZipMember *, n);
    for (size_t i = 0; i < n; i++) {
        zip->by_name[i] = &zip->members[i];
    }
    if (n > 0) {
        qsort(zip->by_name, n, sizeof zip->by_name[0], compare_names);
    }
    for (size_t i = 1; i < n; i++) {
        if (strcmp(zip->by_name[i - 1]->name, zip->by_name[i]->name) == 0) {
            const char *what = sc_arena_fmt(r->sc->arena, "two members are called '%s'",
                                            zip->by_name[i]->name);
            return sc_fail(r->sc, SC_E_FORMAT, r->where, what,
                           "it isn't clear which one is meant", "export the model again");
        }
    }
    return SC_OK;
}

/* ---- CRC-32 (ISO 3309, reflected 0xedb88320), four bytes a step ----------------- */

static const uint32_t *crc_table_make(ScArena *arena) {
    uint32_t *t = SC_NEW_ARRAY(arena, uint32_t, 4 * 256);
    for (uint32_t i = 0; i < 256; i++) {
        uint32_t c = i;
        for (int bit = 0; bit < 8; bit++) {
            c = c >> 1 ^ (c & 1 ? 0xedb88320u : 0);
        }
        t[i] = c;
    }
    for (uint32_t i = 256; i < 4 * 256; i++) {
        uint32_t c = t[i - 256];
        t[i] = t[c & 0xff] ^ c >> 8;
    }
    return t;
}

static uint32_t crc_of(const uint32_t *t, const uint8_t *p, size_t n) {
    uint32_t c = UINT32_MAX;
    for (; n >= 4; n -= 4, p += 4) {
        c ^= get32(p);
        c = t[768 + (c & 0xff)] ^ t[512 + (c >> 8 & 0xff)] ^ t[256 + (c >> 16 & 0xff)] ^
            t[c >> 24];
    }
    for (; n > 0; n--, p++) {
        c = t[(c ^ *p) & 0xff] ^ c >> 8;
    }
    return ~c;
}

/* ---- public ----------------------------------------------------------------------- */

ScStatus sc_zip_open(Sc *sc, const char *where, ScBytes file, ScZip *out_zip) {
    Reader r = {.sc = sc, .where = where, .file = file};
    Directory d = {0};
    *out_zip = (ScZip){.file = file};
    SC_TRY(directory_find(&r, &d));
    ScZip zip = {.file = file, .n_members = (size_t)d.n_entries};
    zip.members = SC_NEW_ARRAY(sc->arena, ScZipMember, zip.n_members);
    uint64_t at = d.offset;
    for (size_t i = 0; i < zip.n_members; i++) {
        SC_TRY(central_read(&r, &d, &at, &zip.members[i]));
    }
    if (at != d.offset + d.n_bytes) {
        return damaged(&r, "the central directory holds more than its members", at);
    }
    SC_TRY(index_names(&r, &zip));
    zip.crc_table = crc_table_make(sc->arena);
    *out_zip = zip;
    return SC_OK;
}

const ScZipMember *sc_zip_find(const ScZip *zip, const char *name) {
    size_t low = 0, high = zip->n_members;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = strcmp(name, zip->by_name[middle]->name);
        if (order == 0) {
            return zip->by_name[middle];
        }
        if (order < 0) {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    return NULL;
}

ScStatus sc_zip_read(Sc *sc, const char *where, const ScZip *zip, const ScZipMember *member,
                     bool check_crc, ScBytes *out_bytes) {
    *out_bytes = (ScBytes){.data = (const uint8_t *)"", .n_bytes = 0};
    if (member->method != 0 || (member->flags & FLAG_ENCRYPTED)) {
        const char *how = member->flags & FLAG_ENCRYPTED ? "encrypted" : "compressed";
        const char *what = sc_arena_fmt(sc->arena, "member '%s' is %s", member->name, how);
        return sc_fail(sc, SC_E_UNSUPPORTED, where, what,
                       "members are read in place and must be stored",
                       "save the file again with torch.export.save (or numpy.savez)");
    }
    ScBytes bytes = {.data = zip->file.data + member->offset,
                     .n_bytes = (size_t)member->n_bytes};
    if (check_crc && crc_of(zip->crc_table, bytes.data, bytes.n_bytes) != member->crc32) {
        const char *what =
            sc_arena_fmt(sc->arena, "member '%s' has a wrong checksum", member->name);
        return sc_fail(sc, SC_E_FORMAT, where, what,
                       "the file was damaged after it was written",
                       "copy it again or export the model again");
    }
    *out_bytes = bytes;
    return SC_OK;
}
