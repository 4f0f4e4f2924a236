/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Zip archives made byte by byte here: as torch writes them (data descriptors,
 * zeros in local headers, ZIP64 records always there), as zipfile writes them,
 * and broken in every way that a reader must notice.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "compiler/base/text.h"
#include "compiler/base/zip.h"

enum { PLAIN = 0, TORCH = 1, WIDE = 2 }; /* WIDE: every size in the ZIP64 extra */

typedef struct Member {
    const char *name, *data;
    uint32_t crc;
    uint16_t method;
    size_t local, name_at, central; /* filled in: offsets in the archive */
} Member;

typedef struct Archive {
    ScBuf buf;
    size_t directory, end64, locator, end;
} Archive;

static void put(ScBuf *buf, uint64_t value, int n_bytes) {
    for (int i = 0; i < n_bytes; i++) {
        uint8_t byte = i < 8 ? (uint8_t)(value >> 8 * i) : 0;
        sc_buf_bytes(buf, &byte, 1);
    }
}

static void put_local(ScBuf *buf, Member *m, int style) {
    uint64_t n = strlen(m->data);
    m->local = buf->len;
    put(buf, 0x04034b50, 4);
    put(buf, 0, 2);
    put(buf, style == TORCH ? 0x0808 : 0, 2);
    put(buf, m->method, 2);
    put(buf, 0, 4);
    put(buf, style == TORCH ? 0 : m->crc, 4);
    put(buf, style == TORCH ? 0 : n, 4);
    put(buf, style == TORCH ? 0 : n, 4);
    put(buf, strlen(m->name), 2);
    size_t used = buf->len + 2 + strlen(m->name);
    size_t pad = style == TORCH ? 64 - (used + 4) % 64 : 0;
    put(buf, style == TORCH ? pad + 4 : 0, 2);
    m->name_at = buf->len;
    sc_buf_str(buf, m->name);
    if (style == TORCH) {
        put(buf, 0x4246, 2);
        put(buf, pad, 2);
        for (size_t i = 0; i < pad; i++) {
            put(buf, 'Z', 1);
        }
        assert_int_equal(buf->len % 64, 0);
    }
    sc_buf_str(buf, m->data);
    if (style == TORCH) {
        put(buf, 0x08074b50, 4);
        put(buf, m->crc, 4);
        put(buf, n, 4);
        put(buf, n, 4);
    }
}

static void put_central(ScBuf *buf, Member *m, int style) {
    uint64_t n = strlen(m->data);
    m->central = buf->len;
    put(buf, 0x02014b50, 4);
    put(buf, 0, 4);
    put(buf, style == TORCH ? 0x0808 : 0, 2);
    put(buf, m->method, 2);
    put(buf, 0, 4);
    put(buf, m->crc, 4);
    put(buf, style == WIDE ? UINT32_MAX : n, 4);
    put(buf, style == WIDE ? UINT32_MAX : n, 4);
    put(buf, strlen(m->name), 2);
    put(buf, style == WIDE ? 5 + 28 : 0, 2);
    put(buf, style == WIDE ? 2 : 0, 2);
    put(buf, 0, 8);
    put(buf, style == WIDE ? UINT32_MAX : m->local, 4);
    sc_buf_str(buf, m->name);
    if (style == WIDE) {
        put(buf, 0x7777, 2); /* a field of someone else's first */
        put(buf, 1, 2);
        put(buf, 'x', 1);
        put(buf, 1, 2);
        put(buf, 24, 2);
        put(buf, n, 8);
        put(buf, n, 8);
        put(buf, m->local, 8);
        sc_buf_str(buf, "!!");
    }
}

static Archive make(ScArena *arena, Member *members, size_t n, int style) {
    Archive a = {.buf = sc_buf(arena)};
    for (size_t i = 0; i < n; i++) {
        put_local(&a.buf, &members[i], style);
    }
    a.directory = a.buf.len;
    for (size_t i = 0; i < n; i++) {
        put_central(&a.buf, &members[i], style);
    }
    size_t size = a.buf.len - a.directory;
    a.end64 = a.buf.len;
    if (style != PLAIN) {
        put(&a.buf, 0x06064b50, 4);
        put(&a.buf, 44, 8);
        put(&a.buf, 0, 12);
        put(&a.buf, n, 8);
        put(&a.buf, n, 8);
        put(&a.buf, size, 8);
        put(&a.buf, a.directory, 8);
        a.locator = a.buf.len;
        put(&a.buf, 0x07064b50, 4);
        put(&a.buf, 0, 4);
        put(&a.buf, a.end64, 8);
        put(&a.buf, 1, 4);
    }
    a.end = a.buf.len;
    put(&a.buf, 0x06054b50, 4);
    put(&a.buf, 0, 4);
    put(&a.buf, style == WIDE ? UINT16_MAX : n, 2);
    put(&a.buf, style == WIDE ? UINT16_MAX : n, 2);
    put(&a.buf, style == WIDE ? UINT32_MAX : size, 4);
    put(&a.buf, style == WIDE ? UINT32_MAX : a.directory, 4);
    put(&a.buf, style == PLAIN ? 3 : 0, 2);
    sc_buf_str(&a.buf, style == PLAIN ? "hey" : "");
    return a;
}

/* crc: python3 -c "import zlib; print(hex(zlib.crc32(b'...')))" */
#define MEMBERS                                                              \
    {                                                                        \
        {.name = "m/b", .data = "hello, world", .crc = 0xffab723a},          \
            {.name = "m/../../a", .data = "x", .crc = 0x8cdc1683},           \
            {.name = "m/empty", .data = "", .crc = 0},                       \
            {.name = "m/deflated", .data = "zzzzzz", .crc = 1, .method = 8}, \
    }

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

/* A copy whose length is exact, so that a sanitizer sees every step past it. */
static ScStatus open_exact(Sc *sc, const void *data, size_t n, ScZip *zip) {
    ScBytes file = {.data = sc_arena_copy(sc->arena, data, n), .n_bytes = n};
    return sc_zip_open(sc, "t.pt2", file, zip);
}

static void open_any_writer_lists_and_reads(void **state) {
    Sc *sc = *state;
    for (int style = PLAIN; style <= WIDE; style++) {
        Member members[] = MEMBERS;
        Archive a = make(sc->arena, members, 4, style);
        ScZip zip;
        ScBytes bytes;
        assert_int_equal(open_exact(sc, a.buf.data, a.buf.len, &zip), SC_OK);
        assert_int_equal(zip.n_members, 4);
        for (size_t i = 0; i < 4; i++) {
            assert_string_equal(zip.members[i].name, members[i].name);
            assert_ptr_equal(sc_zip_find(&zip, members[i].name), &zip.members[i]);
        }
        for (size_t i = 0; i < 3; i++) {
            assert_int_equal(sc_zip_read(sc, "t", &zip, &zip.members[i], true, &bytes),
                             SC_OK);
            assert_int_equal(bytes.n_bytes, strlen(members[i].data));
            assert_memory_equal(bytes.data, members[i].data, bytes.n_bytes);
        }
        assert_null(sc_zip_find(&zip, "m/c"));
        assert_null(sc_zip_find(&zip, ""));
        assert_null(sc_zip_find(&zip, "zz"));
    }
}

static void read_compressed_member_is_refused_with_advice(void **state) {
    Sc *sc = *state;
    Member members[] = MEMBERS;
    Archive a = make(sc->arena, members, 4, PLAIN);
    ScZip zip;
    ScBytes bytes;
    assert_int_equal(open_exact(sc, a.buf.data, a.buf.len, &zip), SC_OK);
    assert_int_equal(sc_zip_read(sc, "t.pt2", &zip, &zip.members[3], false, &bytes),
                     SC_E_UNSUPPORTED);
    assert_string_equal(sc->diags[0].what, "member 'm/deflated' is compressed");
    assert_non_null(sc->diags[0].todo);
}

static void read_damaged_bytes_is_noticed_when_asked(void **state) {
    Sc *sc = *state;
    for (size_t at = 0; at < 12; at++) {
        Member members[] = MEMBERS;
        Archive a = make(sc->arena, members, 4, TORCH);
        a.buf.data[members[0].local + 64 + at] ^= 1; /* its data is at the next 64 */
        ScZip zip;
        ScBytes bytes;
        assert_int_equal(open_exact(sc, a.buf.data, a.buf.len, &zip), SC_OK);
        const ScZipMember *m = &zip.members[0];
        assert_int_equal(m->offset, 64);
        assert_int_equal(sc_zip_read(sc, "t", &zip, m, true, &bytes), SC_E_FORMAT);
        assert_int_equal(bytes.n_bytes, 0);
        assert_int_equal(sc_zip_read(sc, "t", &zip, m, false, &bytes), SC_OK);
    }
}

static void open_same_name_twice_is_an_error(void **state) {
    Sc *sc = *state;
    Member members[] = {
        {.name = "a", .data = "1"}, {.name = "b", .data = "2"}, {.name = "a", .data = "3"}};
    Archive a = make(sc->arena, members, 3, TORCH);
    ScZip zip;
    assert_int_equal(open_exact(sc, a.buf.data, a.buf.len, &zip), SC_E_FORMAT);
    assert_string_equal(sc->diags[0].what, "two members are called 'a'");
    assert_int_equal(zip.n_members, 0);
}

static void open_empty_archive_has_no_members(void **state) {
    Sc *sc = *state;
    Archive a = make(sc->arena, NULL, 0, PLAIN);
    ScZip zip;
    assert_int_equal(open_exact(sc, a.buf.data, a.buf.len, &zip), SC_OK);
    assert_int_equal(zip.n_members, 0);
    assert_null(sc_zip_find(&zip, "a"));
}

static void open_every_shorter_file_fails(void **state) {
    Sc *sc = *state;
    for (int style = PLAIN; style <= WIDE; style++) {
        Member members[] = MEMBERS;
        Archive a = make(sc->arena, members, 4, style);
        for (size_t n = 0; n < a.buf.len; n++) {
            ScZip zip;
            assert_int_equal(open_exact(sc, a.buf.data, n, &zip), SC_E_FORMAT);
        }
    }
}

typedef enum Base { LOCAL, CENTRAL, END64, LOCATOR, END } Base;

/* Each row overwrites one field of a sound archive. */
static void open_contradicting_field_fails(void **state) {
    Sc *sc = *state;
    static const struct {
        int style;
        Base base;
        size_t at;
        int n_bytes;
        uint64_t value;
        ScStatus want;
    } cases[] = {
        {PLAIN, END, 8, 2, 7, SC_E_UNSUPPORTED},      /* entries of this volume */
        {PLAIN, END, 4, 2, 1, SC_E_UNSUPPORTED},      /* volume number */
        {PLAIN, END, 12, 4, UINT32_MAX, SC_E_FORMAT}, /* directory size */
        {PLAIN, END, 12, 4, 3, SC_E_FORMAT},
        {PLAIN, END, 16, 4, UINT32_MAX, SC_E_FORMAT}, /* directory offset */
        {PLAIN, END, 16, 4, 0, SC_E_FORMAT},
        {PLAIN, END, 20, 2, 2, SC_E_FORMAT}, /* comment length */
        {TORCH, END, 10, 2, 3, SC_E_FORMAT}, /* differs from ZIP64's */
        {TORCH, END, 16, 4, 1, SC_E_FORMAT},
        {TORCH, LOCATOR, 8, 8, UINT64_MAX, SC_E_FORMAT}, /* end record offset */
        {TORCH, LOCATOR, 8, 8, UINT64_MAX - 40, SC_E_FORMAT},
        {WIDE, END64, 32, 8, UINT64_MAX, SC_E_UNSUPPORTED}, /* entries, only one count */
        {WIDE, END64, 40, 8, UINT64_MAX, SC_E_FORMAT},      /* directory size */
        {WIDE, END64, 48, 8, UINT64_MAX, SC_E_FORMAT},      /* directory offset */
        {WIDE, END64, 48, 8, UINT64_MAX - 200, SC_E_FORMAT},
        {PLAIN, CENTRAL, 0, 4, 0, SC_E_FORMAT},           /* magic */
        {PLAIN, CENTRAL, 20, 4, 5, SC_E_FORMAT},          /* sizes of a stored one differ */
        {PLAIN, CENTRAL, 28, 2, UINT16_MAX, SC_E_FORMAT}, /* name length */
        {PLAIN, CENTRAL, 28, 2, 0, SC_E_FORMAT},
        {PLAIN, CENTRAL, 30, 2, UINT16_MAX, SC_E_FORMAT}, /* extra length */
        {PLAIN, CENTRAL, 42, 4, 1, SC_E_FORMAT},          /* local header offset */
        {PLAIN, CENTRAL, 42, 4, UINT32_MAX - 1, SC_E_FORMAT},
        {PLAIN, CENTRAL, 46, 1, 'n', SC_E_FORMAT}, /* name */
        {PLAIN, CENTRAL, 46, 1, 0, SC_E_FORMAT},
        {WIDE, CENTRAL, 46 + 3 + 9, 8, UINT64_MAX, SC_E_FORMAT}, /* ZIP64 plain size */
        {WIDE, CENTRAL, 46 + 3 + 17, 8, UINT64_MAX, SC_E_FORMAT},
        {WIDE, CENTRAL, 46 + 3 + 25, 8, UINT64_MAX, SC_E_FORMAT},
        {WIDE, CENTRAL, 46 + 3 + 7, 2, 16, SC_E_FORMAT}, /* too short for three fields */
        {PLAIN, LOCAL, 0, 4, 0, SC_E_FORMAT},            /* magic */
        {PLAIN, LOCAL, 26, 2, 2, SC_E_FORMAT},           /* name length */
        {PLAIN, LOCAL, 28, 2, UINT16_MAX, SC_E_FORMAT},  /* extra length */
        {PLAIN, LOCAL, 30, 1, 'n', SC_E_FORMAT},         /* name */
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        Member members[] = MEMBERS;
        Archive a = make(sc->arena, members, 4, cases[i].style);
        const size_t bases[] = {members[0].local, members[0].central, a.end64, a.locator,
                                a.end};
        char *p = a.buf.data + bases[cases[i].base] + cases[i].at;
        for (int k = 0; k < cases[i].n_bytes; k++) {
            p[k] = (char)(cases[i].value >> 8 * k);
        }
        ScZip zip;
        ScStatus status = open_exact(sc, a.buf.data, a.buf.len, &zip);
        if (status != cases[i].want) {
            print_error("case %zu: %d\n", i, status);
        }
        assert_int_equal(status, cases[i].want);
        assert_int_equal(zip.n_members, 0);
    }
}

/* Random damage: no crash (the sanitizers look), and members stay inside. */
static void open_random_damage_stays_inside(void **state) {
    Sc *sc = *state;
    uint32_t seed = 12345;
    for (int round = 0; round < 3000; round++) {
        Member members[] = MEMBERS;
        Archive a = make(sc->arena, members, 4, round % 3);
        for (int k = 0; k < 1 + round % 4; k++) {
            seed = seed * 1664525u + 1013904223u;
            a.buf.data[(seed >> 8) % a.buf.len] = (char)(seed >> 3);
        }
        ScZip zip;
        if (open_exact(sc, a.buf.data, a.buf.len, &zip) == SC_OK) {
            for (size_t i = 0; i < zip.n_members; i++) {
                ScBytes bytes;
                if (sc_zip_read(sc, "t", &zip, &zip.members[i], true, &bytes) == SC_OK) {
                    assert_true(bytes.n_bytes <= a.buf.len);
                }
            }
        }
    }
}

int main(void) {
#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        T(open_any_writer_lists_and_reads),
        T(read_compressed_member_is_refused_with_advice),
        T(read_damaged_bytes_is_noticed_when_asked),
        T(open_same_name_twice_is_an_error),
        T(open_empty_archive_has_no_members),
        T(open_every_shorter_file_fails),
        T(open_contradicting_field_fails),
        T(open_random_damage_stays_inside),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
