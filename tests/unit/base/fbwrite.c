/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The flatbuffer writer, read back by a walker that knows nothing of it:
 * every step is bounds-checked and every object's alignment is looked at.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "compiler/base/fbwrite.h"

static int set_up(void **state) {
    *state = sc_arena_new();
    return 0;
}

static int tear_down(void **state) {
    sc_arena_free(*state);
    return 0;
}

/* ---- the walker ------------------------------------------------------------ */

static uint64_t get(const ScBuf *file, size_t at, size_t n_bytes) {
    assert_true(at + n_bytes <= file->len);
    assert_int_equal(at % n_bytes, 0);
    uint64_t value = 0;
    for (size_t i = 0; i < n_bytes; i++) {
        value |= (uint64_t)(uint8_t)file->data[at + i] << 8 * i;
    }
    return value;
}

static size_t follow(const ScBuf *file, size_t at) {
    uint64_t offset = get(file, at, 4);
    assert_true(offset > 0 && offset < INT32_MAX);
    return at + (size_t)offset;
}

static size_t vtable_of(const ScBuf *file, size_t table) {
    int64_t vtable = (int64_t)table - (int32_t)get(file, table, 4);
    assert_true(vtable >= 8);
    return (size_t)vtable;
}

/* Where the field lies; 0 when it is absent. */
static size_t field_at(const ScBuf *file, size_t table, size_t id) {
    size_t vtable = vtable_of(file, table);
    size_t n_bytes = (size_t)get(file, vtable, 2);
    assert_true(n_bytes >= 4 && n_bytes % 2 == 0);
    if (4 + 2 * id + 2 > n_bytes) {
        return 0;
    }
    size_t offset = (size_t)get(file, vtable + 4 + 2 * id, 2);
    assert_true(offset < get(file, vtable + 2, 2));
    return offset ? table + offset : 0;
}

static void check_string(const ScBuf *file, size_t at, const char *want) {
    assert_int_equal(get(file, at, 4), strlen(want));
    assert_true(at + 4 + strlen(want) + 1 <= file->len);
    assert_memory_equal(file->data + at + 4, want, strlen(want) + 1);
}

/* ---- the tests --------------------------------------------------------------- */

static void table_all_field_kinds_read_back(void **state) {
    ScFb *fb = sc_fb_new(*state);
    ScFbRef text = sc_fb_string(fb, "hello");
    sc_fb_table(fb, 8);
    sc_fb_u8(fb, 0, 200);
    sc_fb_u64(fb, 1, 0x1122334455667788u);
    sc_fb_u32(fb, 3, 0xfffffff0u);
    sc_fb_f64(fb, 4, -2.5);
    sc_fb_ref(fb, 5, text);
    sc_fb_ref(fb, 6, 0);
    sc_fb_u32(fb, 7, 1);
    sc_fb_u32(fb, 7, 0);
    ScFbRef root = sc_fb_end(fb);
    ScBuf file = sc_fb_finish(fb, root, "TEST", 0);
    assert_int_equal(file.len % 8, 0);
    assert_memory_equal(file.data + 4, "TEST", 4);
    assert_int_equal(file.data[file.len], 0);
    size_t table = follow(&file, 0);
    assert_int_equal(get(&file, field_at(&file, table, 0), 1), 200);
    assert_true(get(&file, field_at(&file, table, 1), 8) == 0x1122334455667788u);
    assert_int_equal(field_at(&file, table, 2), 0);
    assert_int_equal(get(&file, field_at(&file, table, 3), 4), 0xfffffff0u);
    uint64_t bits = get(&file, field_at(&file, table, 4), 8);
    double number;
    memcpy(&number, &bits, sizeof number);
    assert_true(number == -2.5);
    check_string(&file, follow(&file, field_at(&file, table, 5)), "hello");
    assert_int_equal(field_at(&file, table, 6), 0);
    assert_int_equal(get(&file, field_at(&file, table, 7), 4), 0);
    assert_int_equal(field_at(&file, table, 8), 0);
}

static void table_without_fields_reads_back(void **state) {
    ScFb *fb = sc_fb_new(*state);
    sc_fb_table(fb, 3);
    ScFbRef root = sc_fb_end(fb);
    ScBuf file = sc_fb_finish(fb, root, "TEST", 0);
    size_t table = follow(&file, 0);
    assert_int_equal(get(&file, vtable_of(&file, table), 2), 4);
    assert_int_equal(get(&file, vtable_of(&file, table) + 2, 2), 4);
    assert_int_equal(field_at(&file, table, 0), 0);
}

static ScFbRef make_pair(ScFb *fb, uint32_t a, uint8_t b, bool other_order) {
    sc_fb_table(fb, 2);
    if (other_order) {
        sc_fb_u8(fb, 1, b);
        sc_fb_u32(fb, 0, a);
    } else {
        sc_fb_u32(fb, 0, a);
        sc_fb_u8(fb, 1, b);
    }
    return sc_fb_end(fb);
}

static void equal_vtables_are_shared_in_any_call_order(void **state) {
    ScFb *fb = sc_fb_new(*state);
    ScFbRef items[20];
    for (uint32_t i = 0; i < 20; i++) {
        items[i] = make_pair(fb, i, (uint8_t)(100 + i), i % 3 == 0);
    }
    ScFbRef list = sc_fb_refs(fb, items, 20);
    sc_fb_table(fb, 1);
    sc_fb_ref(fb, 0, list);
    ScFbRef root = sc_fb_end(fb);
    ScBuf file = sc_fb_finish(fb, root, "TEST", 0);
    size_t vector = follow(&file, field_at(&file, follow(&file, 0), 0));
    assert_int_equal(get(&file, vector, 4), 20);
    size_t vtable = 0;
    for (size_t i = 0; i < 20; i++) {
        size_t table = follow(&file, vector + 4 + 4 * i);
        assert_int_equal(get(&file, field_at(&file, table, 0), 4), i);
        assert_int_equal(get(&file, field_at(&file, table, 1), 1), 100 + i);
        vtable = vtable ? vtable : vtable_of(&file, table);
        assert_int_equal(vtable_of(&file, table), vtable);
    }
}

static void vectors_any_alignment_holds_with_any_header(void **state) {
    static const struct {
        size_t n, size, align;
    } cases[] = {{3, 1, 1},    {5, 4, 4}, {3, 8, 8},  {7, 1, 16}, {1, 1, 32},
                 {33, 1, 128}, {0, 8, 8}, {0, 1, 64}, {2, 2, 1}};
    enum { N = sizeof cases / sizeof cases[0] };
    static const uint32_t headers[] = {0, 4, 24, 32, 40};
    static const uint8_t data[64] = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFGH";
    for (size_t h = 0; h < 5; h++) {
        for (size_t shift = 0; shift < 9; shift++) {
            ScFb *fb = sc_fb_new(*state);
            sc_fb_string(fb, &"12345678"[shift]); /* moves all that follows */
            ScFbRef refs[N];
            for (size_t i = 0; i < N; i++) {
                refs[i] = sc_fb_vector(fb, data, cases[i].n, cases[i].size, cases[i].align);
                sc_fb_string(fb, &"odd"[i % 3]);
            }
            sc_fb_table(fb, N);
            for (uint32_t i = 0; i < N; i++) {
                sc_fb_ref(fb, i, refs[i]);
            }
            ScFbRef root = sc_fb_end(fb);
            ScBuf file = sc_fb_finish(fb, root, "TEST", headers[h]);
            assert_int_equal(file.len % 128, 0);
            for (uint32_t i = 0; i < headers[h]; i++) {
                assert_int_equal(file.data[8 + i], 0);
            }
            size_t table = follow(&file, 0);
            assert_true(vtable_of(&file, table) >= 8 + headers[h]);
            for (size_t i = 0; i < N; i++) {
                size_t vector = follow(&file, field_at(&file, table, i));
                assert_int_equal(get(&file, vector, 4), cases[i].n);
                assert_int_equal((vector + 4) % cases[i].align, 0);
                assert_int_equal((vector + 4) % cases[i].size, 0);
                assert_memory_equal(file.data + vector + 4, data,
                                    cases[i].n * cases[i].size);
            }
        }
    }
}

static void large_content_grows_the_buffer(void **state) {
    ScFb *fb = sc_fb_new(*state);
    uint8_t *big = sc_arena_alloc(*state, 300000);
    for (size_t i = 0; i < 300000; i++) {
        big[i] = (uint8_t)(i * 7);
    }
    ScFbRef refs[50];
    for (size_t i = 0; i < 50; i++) {
        refs[i] = sc_fb_vector(fb, big, i * 6000, 1, 16);
    }
    sc_fb_table(fb, 50);
    for (uint32_t i = 0; i < 50; i++) {
        sc_fb_ref(fb, i, refs[i]);
    }
    ScBuf file = sc_fb_finish(fb, sc_fb_end(fb), "TEST", 32);
    size_t table = follow(&file, 0);
    for (size_t i = 0; i < 50; i++) {
        size_t vector = follow(&file, field_at(&file, table, i));
        assert_int_equal(get(&file, vector, 4), i * 6000);
        assert_memory_equal(file.data + vector + 4, big, i * 6000);
    }
}

static void empty_vector_written_first_reads_back(void **state) {
    ScFb *fb = sc_fb_new(*state);
    ScFbRef empty = sc_fb_vector(fb, NULL, 0, 1, 16);
    sc_fb_table(fb, 1);
    sc_fb_ref(fb, 0, empty);
    ScBuf file = sc_fb_finish(fb, sc_fb_end(fb), "TEST", 0);
    assert_int_equal(get(&file, follow(&file, field_at(&file, follow(&file, 0), 0)), 4), 0);
}

static void same_calls_give_same_bytes(void **state) {
    ScBuf files[2];
    for (int i = 0; i < 2; i++) {
        ScFb *fb = sc_fb_new(*state);
        ScFbRef a = make_pair(fb, 1, 2, i == 0); /* order of fields doesn't show */
        sc_fb_table(fb, 1);
        sc_fb_ref(fb, 0, a);
        files[i] = sc_fb_finish(fb, sc_fb_end(fb), "TEST", 32);
    }
    assert_int_equal(files[0].len, files[1].len);
    assert_memory_equal(files[0].data, files[1].data, files[0].len);
}

static void broken_contract_or_too_long_gives_nothing(void **state) {
    static const ScFbRef none[1] = {0};
    ScFb *fb = sc_fb_new(*state);
    sc_fb_refs(fb, none, 1);
    sc_fb_table(fb, 0);
    assert_null(sc_fb_finish(fb, sc_fb_end(fb), "TEST", 0).data);

    fb = sc_fb_new(*state);
    assert_null(sc_fb_finish(fb, 0, "TEST", 0).data);

    fb = sc_fb_new(*state);
    sc_fb_vector(fb, none, SIZE_MAX / 4, 8, 8);
    sc_fb_table(fb, 0);
    assert_null(sc_fb_finish(fb, sc_fb_end(fb), "TEST", 0).data);
}

static void finished_buffer_can_be_appended_to(void **state) {
    ScFb *fb = sc_fb_new(*state);
    sc_fb_table(fb, 0);
    ScBuf file = sc_fb_finish(fb, sc_fb_end(fb), "TEST", 0);
    size_t len = file.len;
    char *copy = sc_arena_copy(*state, file.data, len);
    sc_buf_zeros(&file, 5000);
    sc_buf_str(&file, "tail");
    assert_int_equal(file.len, len + 5004);
    assert_memory_equal(file.data, copy, len);
    assert_string_equal(file.data + len + 5000, "tail");
}

int main(void) {
#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        T(table_all_field_kinds_read_back),
        T(table_without_fields_reads_back),
        T(equal_vtables_are_shared_in_any_call_order),
        T(vectors_any_alignment_holds_with_any_header),
        T(large_content_grows_the_buffer),
        T(empty_vector_written_first_reads_back),
        T(same_calls_give_same_bytes),
        T(broken_contract_or_too_long_gives_nothing),
        T(finished_buffer_can_be_appended_to),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
