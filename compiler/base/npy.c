/* SPDX-License-Identifier: Apache-2.0 */
/*
 * .npy: magic, version, header length, then a Python dict literal with exactly
 * the keys descr, fortran_order and shape, then the bytes of the array.
 * Everything is checked against the file's length before it is used.
 */
#include "compiler/base/npy.h"

#include <stdio.h>
#include <string.h>

#include "compiler/base/text.h"
#include "compiler/base/zip.h"

enum { HEADER_ALIGN = 64 };

static const struct {
    const char *code; /* kind and bytes of a descr, behind the byte order */
    ScDtype dtype;
} codes[] = {
    {"b1", SC_BOOL}, {"i1", SC_I8},  {"u1", SC_U8},  {"i2", SC_I16},
    {"u2", SC_U16},  {"i4", SC_I32}, {"u4", SC_U32}, {"i8", SC_I64},
    {"u8", SC_U64},  {"f2", SC_F16}, {"f4", SC_F32}, {"f8", SC_F64},
};

enum { N_CODES = sizeof codes / sizeof codes[0] };

/* ---- the header -------------------------------------------------------------- */

typedef struct Header {
    Sc *sc;
    const char *where;
    const char *at, *end; /* what is left of the dict literal */
    char descr[32];
    bool fortran;
    ScArray *array;
} Header;

static ScStatus header_fail(const Header *h, const char *why) {
    return sc_fail(h->sc, SC_E_FORMAT, h->where, "not a readable .npy header", why,
                   "write the file again with numpy.save");
}

static void skip_spaces(Header *h) {
    while (h->at < h->end && (*h->at == ' ' || *h->at == '\n' || *h->at == '\t')) {
        h->at++;
    }
}

static bool accept(Header *h, char c) {
    skip_spaces(h);
    if (h->at < h->end && *h->at == c) {
        h->at++;
        return true;
    }
    return false;
}

static bool accept_word(Header *h, const char *word) {
    size_t n = strlen(word);
    skip_spaces(h);
    if ((size_t)(h->end - h->at) < n || memcmp(h->at, word, n) != 0) {
        return false;
    }
    h->at += n;
    return true;
}

/* 'text' or "text" without escapes, of less than n_bytes. */
static bool accept_string(Header *h, char *out, size_t n_bytes) {
    skip_spaces(h);
    if (h->at == h->end || (*h->at != '\'' && *h->at != '"')) {
        return false;
    }
    char quote = *h->at++;
    size_t n = 0;
    while (h->at < h->end && *h->at != quote && *h->at != '\\' && n + 1 < n_bytes) {
        out[n++] = *h->at++;
    }
    out[n] = 0;
    return accept(h, quote);
}

static bool accept_size(Header *h, int64_t *out) {
    skip_spaces(h);
    int64_t value = 0;
    const char *start = h->at;
    for (; h->at < h->end && *h->at >= '0' && *h->at <= '9'; h->at++) {
        int digit = *h->at - '0';
        if (value > (INT64_MAX - digit) / 10) {
            return false;
        }
        value = value * 10 + digit;
    }
    *out = value;
    if (h->at == start) {
        return false;
    }
    accept(h, 'L'); /* Python 2 wrote 3L */
    return true;
}

static ScStatus parse_shape(Header *h) {
    h->array->rank = 0;
    if (!accept(h, '(')) {
        return header_fail(h, "the shape isn't a tuple");
    }
    while (!accept(h, ')')) {
        int64_t size;
        if (!accept_size(h, &size)) {
            return header_fail(h, "the shape holds something that is no size");
        }
        if (h->array->rank == SC_MAX_RANK) {
            const char *what =
                sc_arena_fmt(h->sc->arena, "array of more than %d dimensions", SC_MAX_RANK);
            return sc_fail(h->sc, SC_E_UNSUPPORTED, h->where, what, NULL, "reshape it");
        }
        h->array->dims[h->array->rank++] = size;
        if (!accept(h, ',')) {
            if (!accept(h, ')')) {
                return header_fail(h, "the shape isn't a tuple");
            }
            break;
        }
    }
    return SC_OK;
}

static ScStatus parse_descr(Header *h) {
    skip_spaces(h);
    if (h->at < h->end && *h->at == '[') {
        return sc_fail(h->sc, SC_E_UNSUPPORTED, h->where, "structured array", NULL,
                       "save each field as an array of its own");
    }
    return accept_string(h, h->descr, sizeof h->descr)
               ? SC_OK
               : header_fail(h, "'descr' isn't a short string");
}

static ScStatus parse_fortran(Header *h) {
    h->fortran = accept_word(h, "True");
    return h->fortran || accept_word(h, "False")
               ? SC_OK
               : header_fail(h, "'fortran_order' is neither True nor False");
}

static ScStatus parse_dict(Header *h) {
    static const struct {
        const char *key;
        ScStatus (*parse)(Header *h);
    } keys[] = {
        {"descr", parse_descr}, {"fortran_order", parse_fortran}, {"shape", parse_shape}};
    bool seen[3] = {false, false, false};
    if (!accept(h, '{')) {
        return header_fail(h, "it isn't a dict");
    }
    while (!accept(h, '}')) {
        char key[32];
        if (!accept_string(h, key, sizeof key) || !accept(h, ':')) {
            return header_fail(h, "it isn't a dict");
        }
        size_t i = 0;
        while (i < 3 && strcmp(keys[i].key, key) != 0) {
            i++;
        }
        if (i == 3 || seen[i]) {
            return header_fail(h, "a key is unknown or repeated");
        }
        seen[i] = true;
        SC_TRY(keys[i].parse(h));
        if (!accept(h, ',')) {
            if (!accept(h, '}')) {
                return header_fail(h, "it isn't a dict");
            }
            break;
        }
    }
    skip_spaces(h);
    if (h->at != h->end || !seen[0] || !seen[1] || !seen[2]) {
        return header_fail(h, "a key is missing, or something follows the dict");
    }
    return SC_OK;
}

static ScStatus find_dtype(Header *h) {
    char order = h->descr[0];
    const char *code = order ? h->descr + 1 : h->descr;
    bool one_byte =
        strcmp(code, "b1") == 0 || strcmp(code, "i1") == 0 || strcmp(code, "u1") == 0;
    for (size_t i = 0; i < N_CODES; i++) {
        if (strcmp(codes[i].code, code) == 0) {
            if (order == '>' && !one_byte) {
                return sc_fail(h->sc, SC_E_UNSUPPORTED, h->where, "big-endian array", NULL,
                               "save x.astype(x.dtype.newbyteorder('<'))");
            }
            if (order == '<' || order == '>' || (order == '|' && one_byte)) {
                h->array->dtype = codes[i].dtype;
                return SC_OK;
            }
        }
    }
    const char *what = sc_arena_fmt(h->sc->arena, "array of dtype '%s'", h->descr);
    if (strcmp(code, "V2") == 0) {
        return sc_fail(h->sc, SC_E_UNSUPPORTED, h->where, what,
                       "NumPy has no bfloat16: its files don't say what the bytes are",
                       "save x.astype(numpy.float32)");
    }
    return sc_fail(h->sc, SC_E_UNSUPPORTED, h->where, what,
                   "only numbers and bool are read", "convert it with x.astype(...)");
}

/* Finds the dict literal and the bytes behind it. */
static ScStatus split_file(Header *h, ScBytes file, ScBytes *out_body) {
    if (file.n_bytes < 10 || memcmp(file.data, "\x93NUMPY", 6) != 0) {
        return sc_fail(h->sc, SC_E_FORMAT, h->where, "not an .npy file",
                       "it doesn't start with \\x93NUMPY", "write it with numpy.save");
    }
    uint8_t major = file.data[6];
    if (major < 1 || major > 3 || file.data[7] != 0) {
        const char *what =
            sc_arena_fmt(h->sc->arena, ".npy version %u.%u", major, file.data[7]);
        return sc_fail(h->sc, SC_E_VERSION, h->where, what, "1.0, 2.0 and 3.0 are read",
                       "write it with numpy.save");
    }
    const uint8_t *p = file.data + 8;
    size_t start = major == 1 ? 10 : 12;
    if (file.n_bytes < start) {
        return header_fail(h, "the file is cut short");
    }
    size_t n = (size_t)p[0] | (size_t)p[1] << 8;
    if (major > 1) {
        n |= (size_t)p[2] << 16 | (size_t)p[3] << 24;
    }
    if (n > file.n_bytes - start) {
        return header_fail(h, "the file is cut short");
    }
    h->at = (const char *)file.data + start;
    h->end = h->at + n;
    *out_body =
        (ScBytes){.data = file.data + start + n, .n_bytes = file.n_bytes - start - n};
    return SC_OK;
}

/* ---- the data ------------------------------------------------------------------ */

/* false when the bytes of the array don't fit a size_t. */
static bool count_bytes(const ScArray *array, size_t *out_n) {
    size_t n = sc_dtype_size(array->dtype);
    bool empty = false;
    for (uint8_t i = 0; i < array->rank; i++) {
        empty = empty || array->dims[i] == 0;
    }
    for (uint8_t i = 0; i < array->rank && !empty; i++) {
        uint64_t size = (uint64_t)array->dims[i];
        if (size > SIZE_MAX / n) {
            return false;
        }
        n *= (size_t)size;
    }
    *out_n = empty ? 0 : n;
    return true;
}

/* Column-major to row-major: walks the result in order, the source by strides. */
static const void *make_c_order(Sc *sc, const ScArray *array, const uint8_t *source) {
    size_t size = sc_dtype_size(array->dtype);
    size_t strides[SC_MAX_RANK], stride = size;
    int64_t index[SC_MAX_RANK] = {0};
    for (uint8_t i = 0; i < array->rank; i++) {
        strides[i] = stride;
        stride *= (size_t)array->dims[i];
    }
    uint8_t *out = sc_arena_alloc(sc->arena, array->n_bytes);
    size_t from = 0;
    for (size_t to = 0; to < array->n_bytes; to += size) {
        memcpy(out + to, source + from, size);
        for (int d = array->rank - 1; d >= 0; d--) {
            from += strides[d];
            if (++index[d] < array->dims[d]) {
                break;
            }
            from -= strides[d] * (size_t)array->dims[d];
            index[d] = 0;
        }
    }
    return out;
}

static ScStatus take_data(Header *h, ScBytes body) {
    ScArray *array = h->array;
    if (!count_bytes(array, &array->n_bytes)) {
        return header_fail(h, "the shape is larger than memory");
    }
    if (array->n_bytes != body.n_bytes) {
        const char *why =
            sc_arena_fmt(h->sc->arena, "its shape needs %zu bytes, the file holds %zu",
                         array->n_bytes, body.n_bytes);
        return sc_fail(h->sc, SC_E_FORMAT, h->where, "cut short, or bytes behind the array",
                       why, "write the file again with numpy.save");
    }
    for (size_t i = 0; array->dtype == SC_BOOL && i < body.n_bytes; i++) {
        if (body.data[i] > 1) {
            return sc_fail(h->sc, SC_E_FORMAT, h->where, "a bool that is neither 0 nor 1",
                           NULL, "save x.astype(bool)");
        }
    }
    bool as_is = !h->fortran || array->rank < 2;
    array->data = as_is ? body.data : make_c_order(h->sc, array, body.data);
    return SC_OK;
}

ScStatus sc_npy_parse(Sc *sc, const char *where, ScBytes file, ScArray *out_array) {
    ScArray array = {.rank = 0};
    Header h = {.sc = sc, .where = where, .array = &array};
    ScBytes body = {0};
    SC_TRY(split_file(&h, file, &body));
    SC_TRY(parse_dict(&h));
    SC_TRY(find_dtype(&h));
    SC_TRY(take_data(&h, body));
    *out_array = array;
    return SC_OK;
}

ScStatus sc_npy_read(Sc *sc, const char *path, ScArray *out_array) {
    ScBytes file;
    SC_TRY(sc_file_map(sc, path, &file));
    return sc_npy_parse(sc, path, file, out_array);
}

ScStatus sc_npz_read(Sc *sc, const char *path, const char *name, ScArray *out_array) {
    ScBytes file, bytes;
    ScZip zip;
    SC_TRY(sc_file_map(sc, path, &file));
    SC_TRY(sc_zip_open(sc, path, file, &zip));
    const ScZipMember *member = sc_zip_find(&zip, sc_arena_fmt(sc->arena, "%s.npy", name));
    if (!member) {
        const char *what = sc_arena_fmt(sc->arena, "holds no array '%s'", name);
        return sc_fail(sc, SC_E_NOT_FOUND, path, what, NULL, NULL);
    }
    SC_TRY(sc_zip_read(sc, path, &zip, member, true, &bytes));
    return sc_npy_parse(sc, sc_arena_fmt(sc->arena, "%s: %s", path, name), bytes,
                        out_array);
}

/* ---- writing --------------------------------------------------------------------- */

static const char *descr_of(ScDtype dtype) {
    for (size_t i = 0; i < N_CODES; i++) {
        if (codes[i].dtype == dtype) {
            return codes[i].code;
        }
    }
    return NULL;
}

/* bfloat16 is the upper half of a float32: nothing is lost. */
static ScArray widen_bf16(Sc *sc, const ScArray *array) {
    ScArray wide = *array;
    size_t n = array->n_bytes / 2;
    const uint8_t *from = array->data;
    uint8_t *to = sc_arena_array(sc->arena, n, 4);
    for (size_t i = 0; i < n; i++) {
        memcpy(to + 4 * i + 2, from + 2 * i, 2);
    }
    wide.dtype = SC_F32;
    wide.data = to;
    wide.n_bytes = n * 4;
    return wide;
}

/* Version 1.0: eight dimensions always fit its 65535 bytes. */
static void write_header(ScBuf *out, const ScArray *array, const char *code) {
    ScBuf dict = sc_buf(out->arena);
    char order = code[1] == '1' ? '|' : '<';
    sc_buf_fmt(&dict, "{'descr': '%c%s', 'fortran_order': False, 'shape': (", order, code);
    for (uint8_t i = 0; i < array->rank; i++) {
        sc_buf_fmt(&dict, i ? ", %lld" : "%lld", (long long)array->dims[i]);
    }
    sc_buf_str(&dict, array->rank == 1 ? ",), }" : "), }");
    while ((10 + dict.len + 1) % HEADER_ALIGN != 0) {
        sc_buf_str(&dict, " ");
    }
    sc_buf_str(&dict, "\n");
    uint8_t length[2] = {(uint8_t)(dict.len & 0xff), (uint8_t)(dict.len >> 8)};
    sc_buf_bytes(out, "\x93NUMPY\x01\x00", 8);
    sc_buf_bytes(out, length, 2);
    sc_buf_bytes(out, dict.data, dict.len);
}

ScStatus sc_npy_write(Sc *sc, const char *path, const ScArray *array) {
    ScArray wide;
    if (array->dtype == SC_BF16) {
        wide = widen_bf16(sc, array);
        array = &wide;
        sc_warn(sc, path, "bfloat16 is written as float32", "NumPy has no bfloat16", NULL);
    }
    const char *code = descr_of(array->dtype);
    size_t n_bytes = 0;
    if (!code || array->rank > SC_MAX_RANK || !count_bytes(array, &n_bytes) ||
        n_bytes != array->n_bytes) {
        return sc_fail(sc, SC_E_INTERNAL, path, "an array contradicts itself", NULL, NULL);
    }
    ScBuf out = sc_buf(sc->arena);
    write_header(&out, array, code);
    sc_buf_bytes(&out, array->data, array->n_bytes);
    return sc_file_write(sc, path, out.data, out.len);
}
