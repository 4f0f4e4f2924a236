/* SPDX-License-Identifier: Apache-2.0 */
/* .npy: dtypes, orders, versions, hostile headers; names of dtypes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "compiler/base/npy.h"
#include "compiler/base/text.h"

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

static ScBytes file_of(Sc *sc, int version, const char *header, const void *data,
                       size_t n) {
    ScBuf buf = sc_buf(sc->arena);
    size_t length = strlen(header);
    uint8_t bytes[] = {(uint8_t)version, 0, (uint8_t)length, (uint8_t)(length >> 8), 0, 0};
    sc_buf_str(&buf, "\x93NUMPY");
    sc_buf_bytes(&buf, bytes, version == 1 ? 4 : 6);
    sc_buf_str(&buf, header);
    sc_buf_bytes(&buf, data, n);
    return (ScBytes){.data = sc_arena_copy(sc->arena, buf.data, buf.len),
                     .n_bytes = buf.len};
}

static void parse_any_dtype_gives_it(void **state) {
    Sc *sc = *state;
    static const struct {
        const char *descr;
        ScDtype dtype;
        size_t size;
    } cases[] = {
        {"|b1", SC_BOOL, 1}, {"|i1", SC_I8, 1},  {"|u1", SC_U8, 1},  {"<i2", SC_I16, 2},
        {"<u2", SC_U16, 2},  {"<i4", SC_I32, 4}, {"<u4", SC_U32, 4}, {"<i8", SC_I64, 8},
        {"<u8", SC_U64, 8},  {"<f2", SC_F16, 2}, {"<f4", SC_F32, 4}, {"<f8", SC_F64, 8},
    };
    static const uint8_t zeros[48];
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        for (int version = 1; version <= 3; version++) {
            char header[128];
            snprintf(header, sizeof header,
                     "{'descr': '%s', 'fortran_order': False, 'shape': (2, 3), }  \n",
                     cases[i].descr);
            ScArray array;
            ScBytes file = file_of(sc, version, header, zeros, 6 * cases[i].size);
            assert_int_equal(sc_npy_parse(sc, "a.npy", file, &array), SC_OK);
            assert_int_equal(array.dtype, cases[i].dtype);
            assert_int_equal(array.rank, 2);
            assert_int_equal(array.dims[0], 2);
            assert_int_equal(array.dims[1], 3);
            assert_int_equal(array.n_bytes, 6 * cases[i].size);
            assert_ptr_equal(array.data, file.data + file.n_bytes - array.n_bytes);
        }
    }
}

static void parse_any_shape_spelling_is_read(void **state) {
    Sc *sc = *state;
    static const struct {
        const char *header;
        int rank;
        size_t n;
    } cases[] = {
        {"{'descr': '|u1', 'fortran_order': False, 'shape': (), }", 0, 1},
        {"{'descr': '|u1', 'fortran_order': False, 'shape': (3,)}", 1, 3},
        {"{\"shape\":(3L,1L),\"descr\":\"|u1\",\"fortran_order\":False}", 2, 3},
        {"{'descr': '|u1', 'fortran_order': False, 'shape': (0, 9223372036854775807), }", 2,
         0},
        {"{'descr': '|u1', 'fortran_order': True, 'shape': (1,1,1,1,1,1,1,2), }", 8, 2},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        ScArray array;
        ScBytes file = file_of(sc, 1, cases[i].header, "abc", cases[i].n);
        assert_int_equal(sc_npy_parse(sc, "a.npy", file, &array), SC_OK);
        assert_int_equal(array.rank, cases[i].rank);
        assert_int_equal(array.n_bytes, cases[i].n);
        assert_memory_equal(array.data, "abc", cases[i].n);
    }
}

/* numpy.arange(24).reshape(2, 3, 4), saved column-major */
static void parse_fortran_order_becomes_c_order(void **state) {
    Sc *sc = *state;
    uint16_t columns[24];
    size_t at = 0;
    for (int k = 0; k < 4; k++) {
        for (int j = 0; j < 3; j++) {
            for (int i = 0; i < 2; i++) {
                columns[at++] = (uint16_t)(i * 12 + j * 4 + k);
            }
        }
    }
    ScBytes file =
        file_of(sc, 1, "{'descr': '<u2', 'fortran_order': True, 'shape': (2, 3, 4), }\n",
                columns, sizeof columns);
    ScArray array;
    assert_int_equal(sc_npy_parse(sc, "a.npy", file, &array), SC_OK);
    for (uint16_t i = 0; i < 24; i++) {
        assert_memory_equal((const uint8_t *)array.data + 2 * i, &i, 2);
    }
}

static void parse_fortran_order_without_elements_is_empty(void **state) {
    Sc *sc = *state;
    ScBytes file = file_of(
        sc, 1, "{'descr': '<u2', 'fortran_order': True, 'shape': (2, 0, 4), }\n", "", 0);
    ScArray array;
    assert_int_equal(sc_npy_parse(sc, "a.npy", file, &array), SC_OK);
    assert_int_equal(array.n_bytes, 0);
}

static void parse_bad_header_says_so(void **state) {
    Sc *sc = *state;
#define AROUND(descr, order, shape) \
    "{'descr': " descr ", 'fortran_order': " order ", 'shape': " shape ", }"
    static const struct {
        const char *header;
        ScStatus want;
    } cases[] = {
        {AROUND("'>f4'", "False", "(1,)"), SC_E_UNSUPPORTED},
        {AROUND("'<V2'", "False", "(2,)"), SC_E_UNSUPPORTED},
        {AROUND("'|V2'", "False", "(2,)"), SC_E_UNSUPPORTED},
        {AROUND("'<c8'", "False", "(1,)"), SC_E_UNSUPPORTED},
        {AROUND("'|O'", "False", "(1,)"), SC_E_UNSUPPORTED},
        {AROUND("''", "False", "(1,)"), SC_E_UNSUPPORTED},
        {AROUND("'f4'", "False", "(1,)"), SC_E_UNSUPPORTED},
        {AROUND("'|f4'", "False", "(1,)"), SC_E_UNSUPPORTED},
        {AROUND("[('a', '<f4')]", "False", "(1,)"), SC_E_UNSUPPORTED},
        {AROUND("'<f4'", "False", "(1,1,1,1,1,1,1,1,1)"), SC_E_UNSUPPORTED},
        {AROUND("'<f4", "False", "(1,)"), SC_E_FORMAT},
        {AROUND("'<f4'", "0", "(1,)"), SC_E_FORMAT},
        {AROUND("'<f4'", "False", "1"), SC_E_FORMAT},
        {AROUND("'<f4'", "False", "(-1,)"), SC_E_FORMAT},
        {AROUND("'<f4'", "False", "(1.0,)"), SC_E_FORMAT},
        {AROUND("'<f4'", "False", "(1"), SC_E_FORMAT},
        {AROUND("'<f4'", "False", "(,)"), SC_E_FORMAT},
        {AROUND("'<f4'", "False", "(2,)"), SC_E_FORMAT},
        {AROUND("'|u1'", "False", "(3,)"), SC_E_FORMAT},
        {AROUND("'<f4'", "False", "(9223372036854775808,)"), SC_E_FORMAT},
        {AROUND("'<f4'", "False", "(9223372036854775807,)"), SC_E_FORMAT},
        {AROUND("'<f4'", "False", "(4294967296,4294967296)"), SC_E_FORMAT},
        {AROUND("'<f4'", "False", "(4611686018427387905,)"), SC_E_FORMAT}, /* 4 mod 2^64 */
        {AROUND("'<f4'", "False", "(1,)") "x", SC_E_FORMAT},
        {"{'descr': '<f4', 'shape': (1,), }", SC_E_FORMAT},
        {"{'descr': '<f4', 'descr': '<f4', 'fortran_order': False, 'shape': (1,)}",
         SC_E_FORMAT},
        {"{'descr': '<f4', 'fortran_order': False, 'shape': (1,), 'x': 1}", SC_E_FORMAT},
        {"{'descr'", SC_E_FORMAT},
        {"{", SC_E_FORMAT},
        {"", SC_E_FORMAT},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        ScArray array;
        ScBytes file = file_of(sc, 1, cases[i].header, "\0\0\0\0", 4);
        size_t before = sc->n_diags;
        ScStatus status = sc_npy_parse(sc, "a.npy", file, &array);
        if (status != cases[i].want) {
            print_error("case %zu: %s\n", i, cases[i].header);
        }
        assert_int_equal(status, cases[i].want);
        assert_int_equal(sc->n_diags, before + 1);
    }
}

static void parse_bad_frame_says_so(void **state) {
    Sc *sc = *state;
    static const struct {
        const char *bytes;
        size_t n;
        ScStatus want;
    } cases[] = {
        {"", 0, SC_E_FORMAT},
        {"\x93NUMPY\x01\x00", 8, SC_E_FORMAT},
        {"\x93NUMPZ\x01\x00\x02\x00{}", 12, SC_E_FORMAT},
        {"\x93NUMPY\x01\x00\x03\x00{}", 12, SC_E_FORMAT},
        {"\x93NUMPY\x02\x00\x02\x00\x00", 11, SC_E_FORMAT},
        {"\x93NUMPY\x02\x00\xff\xff\xff\xff{}", 14, SC_E_FORMAT},
        {"\x93NUMPY\x04\x00\x02\x00\x00\x00{}", 14, SC_E_VERSION},
        {"\x93NUMPY\x01\x01\x02\x00{}", 12, SC_E_VERSION},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        ScArray array;
        ScBytes file = {.data = sc_arena_copy(sc->arena, cases[i].bytes, cases[i].n),
                        .n_bytes = cases[i].n};
        assert_int_equal(sc_npy_parse(sc, "a.npy", file, &array), cases[i].want);
    }
}

static void parse_bool_that_is_neither_is_refused(void **state) {
    Sc *sc = *state;
    ScArray array;
    ScBytes file = file_of(
        sc, 1, "{'descr': '|b1', 'fortran_order': False, 'shape': (3,), }", "\0\1\2", 3);
    assert_int_equal(sc_npy_parse(sc, "a.npy", file, &array), SC_E_FORMAT);
}

static void write_then_read_gives_the_array_back(void **state) {
    Sc *sc = *state;
    static const struct {
        ScDtype dtype;
        uint8_t rank;
        int64_t dims[SC_MAX_RANK];
    } cases[] = {
        {SC_F32, 0, {0}},         {SC_BOOL, 1, {4}},
        {SC_I64, 2, {2, 3}},      {SC_F16, 3, {2, 0, 3}},
        {SC_U8, 4, {1, 2, 1, 2}}, {SC_F64, 8, {1, 1, 2, 1, 1, 1, 2, 1}},
    };
    static const uint8_t data[64] = {1, 0, 1, 1};
    char path[] = "/tmp/sc_npy_XXXXXX";
    close(mkstemp(path));
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        ScArray array = {.dtype = cases[i].dtype, .rank = cases[i].rank, .data = data};
        memcpy(array.dims, cases[i].dims, sizeof array.dims);
        array.n_bytes = sc_dtype_size(array.dtype);
        for (uint8_t d = 0; d < array.rank; d++) {
            array.n_bytes *= (size_t)array.dims[d];
        }
        ScArray back;
        assert_int_equal(sc_npy_write(sc, path, &array), SC_OK);
        assert_int_equal(sc_npy_read(sc, path, &back), SC_OK);
        assert_int_equal(back.dtype, array.dtype);
        assert_int_equal(back.rank, array.rank);
        assert_memory_equal(back.dims, array.dims, array.rank * sizeof array.dims[0]);
        assert_int_equal(back.n_bytes, array.n_bytes);
        assert_memory_equal(back.data, data, array.n_bytes);
        assert_int_equal((uintptr_t)back.data % 64, 0); /* mapped, data at 64 as NumPy */
    }
    remove(path);
}

static void write_bf16_becomes_f32_with_warning(void **state) {
    Sc *sc = *state;
    static const uint16_t bits[2] = {0x3f80, 0xc000}; /* 1, -2 */
    ScArray array = {.dtype = SC_BF16, .rank = 1, .dims = {2}, .data = bits, .n_bytes = 4};
    ScArray back;
    char path[] = "/tmp/sc_npy_XXXXXX";
    close(mkstemp(path));
    assert_int_equal(sc_npy_write(sc, path, &array), SC_OK);
    assert_int_equal(sc->n_diags, 1);
    assert_int_equal(sc->diags[0].severity, SC_WARNING);
    assert_int_equal(sc_npy_read(sc, path, &back), SC_OK);
    remove(path);
    static const float want[2] = {1.0f, -2.0f};
    assert_int_equal(back.dtype, SC_F32);
    assert_memory_equal(back.data, want, sizeof want);
}

static void write_contradicting_array_is_our_bug(void **state) {
    Sc *sc = *state;
    ScArray array = {
        .dtype = SC_F32, .rank = 1, .dims = {2}, .data = "12345678", .n_bytes = 4};
    assert_int_equal(sc_npy_write(sc, "/tmp/never", &array), SC_E_INTERNAL);
}

static void dtype_names_go_both_ways(void **state) {
    (void)state;
    int n = 0;
    for (int i = 0; i < 64; i++) {
        const char *name = sc_dtype_name((ScDtype)i);
        ScDtype back;
        if (strcmp(name, "?") != 0) {
            n++;
            assert_true(sc_dtype_size((ScDtype)i) > 0);
            assert_true(sc_dtype_parse(name, strlen(name), &back));
            assert_int_equal(back, i);
            assert_int_equal(sc_dtype_is_float(back), strchr(name, 'f') != NULL);
        } else {
            assert_int_equal(sc_dtype_size((ScDtype)i), 0);
        }
    }
    assert_int_equal(n, 13);
    ScDtype dtype;
    assert_false(sc_dtype_parse("f3", 2, &dtype));
    assert_false(sc_dtype_parse("f32", 2, &dtype));
    assert_false(sc_dtype_parse("", 0, &dtype));
    assert_true(sc_dtype_parse("f32[1]", 3, &dtype));
}

int main(void) {
#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        T(parse_any_dtype_gives_it),
        T(parse_any_shape_spelling_is_read),
        T(parse_fortran_order_becomes_c_order),
        T(parse_fortran_order_without_elements_is_empty),
        T(parse_bad_header_says_so),
        T(parse_bad_frame_says_so),
        T(parse_bool_that_is_neither_is_refused),
        T(write_then_read_gives_the_array_back),
        T(write_bf16_becomes_f32_with_warning),
        T(write_contradicting_array_is_our_bug),
        cmocka_unit_test(dtype_names_go_both_ways),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
