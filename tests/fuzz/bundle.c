/* SPDX-License-Identifier: Apache-2.0 */
#include "bundle.h"

#include <string.h>

static bool starts_member(ScBytes b, size_t at) {
    return b.n_bytes - at >= 4 && memcmp(b.data + at, "=== ", 4) == 0;
}

static size_t line_end(ScBytes b, size_t at) {
    while (at < b.n_bytes && b.data[at] != '\n') {
        at++;
    }
    return at;
}

bool bundle_next(ScBytes b, size_t *at, ScBytes *out_name, ScBytes *out_body) {
    while (*at < b.n_bytes && !starts_member(b, *at)) {
        *at = line_end(b, *at) + 1;
    }
    if (*at >= b.n_bytes) {
        return false;
    }
    size_t name = *at + 4, end = line_end(b, name);
    *out_name = (ScBytes){.data = b.data + name, .n_bytes = end - name};
    size_t body = end < b.n_bytes ? end + 1 : end, stop = body;
    while (stop < b.n_bytes && !starts_member(b, stop)) {
        stop = line_end(b, stop) + 1;
        stop = stop > b.n_bytes ? b.n_bytes : stop;
    }
    *at = stop;
    if (stop < b.n_bytes && stop > body) {
        stop--; /* the line break before the next member */
    }
    *out_body = (ScBytes){.data = b.data + body, .n_bytes = stop - body};
    return true;
}

static int digit_of(uint8_t c) {
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static ScBytes from_hex(ScArena *arena, ScBytes text) {
    uint8_t *out = sc_arena_alloc(arena, text.n_bytes);
    size_t n_digits = 0;
    for (size_t i = 0; i < text.n_bytes; i++) {
        int digit = digit_of(text.data[i]);
        if (digit >= 0) {
            out[n_digits / 2] = (uint8_t)(out[n_digits / 2] << 4 | digit);
            n_digits++;
        }
    }
    return (ScBytes){.data = out, .n_bytes = n_digits / 2};
}

static uint32_t crc_of(ScBytes bytes) {
    uint32_t c = UINT32_MAX;
    for (size_t i = 0; i < bytes.n_bytes; i++) {
        c ^= bytes.data[i];
        for (int bit = 0; bit < 8; bit++) {
            c = c >> 1 ^ (c & 1 ? 0xedb88320u : 0);
        }
    }
    return ~c;
}

static void put(ScBuf *buf, uint64_t value, int n_bytes) {
    for (int i = 0; i < n_bytes; i++) {
        uint8_t byte = (uint8_t)(value >> 8 * i);
        sc_buf_bytes(buf, &byte, 1);
    }
}

static void put_sizes(ScBuf *buf, ScBytes body, size_t name_bytes) {
    put(buf, crc_of(body), 4);
    put(buf, body.n_bytes, 4);
    put(buf, body.n_bytes, 4);
    put(buf, name_bytes, 2);
    put(buf, 0, 2);
}

static void put_member(ScBuf *zip, ScBuf *directory, const char *name, ScBytes body) {
    size_t local = zip->len, n = strlen(name);
    put(zip, 0x04034b50, 4);
    put(zip, 0, 6);
    put(zip, 0, 4);
    put_sizes(zip, body, n);
    sc_buf_bytes(zip, name, n);
    sc_buf_bytes(zip, body.data, body.n_bytes);
    put(directory, 0x02014b50, 4);
    put(directory, 0, 8);
    put(directory, 0, 4);
    put_sizes(directory, body, n);
    put(directory, 0, 8);
    put(directory, 0, 2);
    put(directory, local, 4);
    sc_buf_bytes(directory, name, n);
}

ScBytes bundle_zip(ScArena *arena, ScBytes bundle) {
    ScBuf zip = sc_buf(arena), directory = sc_buf(arena);
    ScBytes name, body;
    size_t at = 0, n = 0;
    while (n < 0xffff && bundle_next(bundle, &at, &name, &body)) {
        size_t n_name = name.n_bytes < 200 ? name.n_bytes : 200;
        if (n_name && name.data[n_name - 1] == '*') {
            n_name--;
            body = from_hex(arena, body);
        }
        const char *path =
            sc_arena_fmt(arena, "archive/%.*s", (int)n_name, (const char *)name.data);
        put_member(&zip, &directory, path, body);
        n++;
    }
    size_t start = zip.len;
    sc_buf_bytes(&zip, directory.data, directory.len);
    put(&zip, 0x06054b50, 4);
    put(&zip, 0, 4);
    put(&zip, n, 2);
    put(&zip, n, 2);
    put(&zip, directory.len, 4);
    put(&zip, start, 4);
    put(&zip, 0, 2);
    /* A block of exactly its size, as the fuzzer's own input has. */
    return (ScBytes){.data = sc_arena_copy(arena, zip.data, zip.len), .n_bytes = zip.len};
}
