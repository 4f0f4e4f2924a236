/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Growing byte buffers. Numbers print the same in every locale. Doubles take
 * the shortest decimal that reads back equal, laid out as Python's repr()
 * does (exponent below -4 or from 16 on): JSON that we write compares equal
 * to JSON that torch writes.
 */
#include "compiler/base/text.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Room for n_bytes more and the terminating 0. */
static void buf_reserve(ScBuf *buf, size_t n_bytes) {
    size_t need = n_bytes < SIZE_MAX - buf->len ? buf->len + n_bytes + 1 : SIZE_MAX;
    if (need <= buf->cap) {
        return;
    }
    size_t cap = buf->cap > SIZE_MAX / 4 ? need : buf->cap * 2;
    cap = cap < need ? need : cap;
    cap = cap < 64 ? 64 : cap;
    buf->data = sc_arena_grow(buf->arena, buf->data, buf->cap, cap);
    buf->cap = cap;
}

void sc_buf_bytes(ScBuf *buf, const void *bytes, size_t n_bytes) {
    buf_reserve(buf, n_bytes);
    if (n_bytes) {
        memcpy(buf->data + buf->len, bytes, n_bytes);
    }
    buf->len += n_bytes;
    buf->data[buf->len] = 0;
}

void sc_buf_zeros(ScBuf *buf, size_t n_bytes) {
    buf_reserve(buf, n_bytes);
    memset(buf->data + buf->len, 0, n_bytes + 1);
    buf->len += n_bytes;
}

void sc_buf_str(ScBuf *buf, const char *text) {
    sc_buf_bytes(buf, text, strlen(text));
}

void sc_buf_fmt(ScBuf *buf, const char *format, ...) {
    va_list args, again;
    va_start(args, format);
    va_copy(again, args);
    int n = vsnprintf(NULL, 0, format, args);
    va_end(args);
    if (n >= 0) {
        buf_reserve(buf, (size_t)n);
        vsnprintf(buf->data + buf->len, (size_t)n + 1, format, again);
        buf->len += (size_t)n;
    }
    va_end(again);
}

/* value = 0.d1d2d3... * 10^point with the fewest digits that read back equal. */
typedef struct Decimal {
    char digits[20];
    int n, point;
} Decimal;

/* From "d.ddde-xx"; whatever stands between the digits is the locale's point. */
static Decimal decimal_parse(const char *text) {
    Decimal d = {.n = 0};
    for (; *text && *text != 'e'; text++) {
        if (*text >= '0' && *text <= '9' && d.n < 19) {
            d.digits[d.n++] = *text;
        }
    }
    d.point = (*text ? atoi(text + 1) : 0) + 1;
    while (d.n > 1 && d.digits[d.n - 1] == '0') {
        d.n--;
    }
    return d;
}

static Decimal decimal_shortest(double value) {
    char text[64];
    for (int precision = 0; precision <= 16; precision++) {
        snprintf(text, sizeof text, "%.*e", precision, value);
        if (strtod(text, NULL) == value) {
            break;
        }
    }
    return decimal_parse(text);
}

static void buf_plain(ScBuf *buf, const Decimal *d) {
    if (d->point <= 0) {
        sc_buf_str(buf, "0.");
        sc_buf_bytes(buf, "0000", (size_t)-d->point);
        sc_buf_bytes(buf, d->digits, (size_t)d->n);
        return;
    }
    for (int i = 0; i < d->point || i < d->n; i++) {
        if (i == d->point) {
            sc_buf_bytes(buf, ".", 1);
        }
        sc_buf_bytes(buf, i < d->n ? &d->digits[i] : "0", 1);
    }
    if (d->n <= d->point) {
        sc_buf_str(buf, ".0");
    }
}

static void buf_exponent(ScBuf *buf, const Decimal *d) {
    sc_buf_bytes(buf, d->digits, 1);
    if (d->n > 1) {
        sc_buf_bytes(buf, ".", 1);
        sc_buf_bytes(buf, d->digits + 1, (size_t)d->n - 1);
    }
    sc_buf_fmt(buf, "e%+03d", d->point - 1);
}

void sc_buf_double(ScBuf *buf, double value) {
    if (isnan(value)) {
        sc_buf_str(buf, "nan");
        return;
    }
    if (signbit(value)) {
        sc_buf_bytes(buf, "-", 1);
        value = -value;
    }
    if (isinf(value)) {
        sc_buf_str(buf, "inf");
        return;
    }
    Decimal d = decimal_shortest(value);
    if (d.point > -4 && d.point <= 16) {
        buf_plain(buf, &d);
    } else {
        buf_exponent(buf, &d);
    }
}

/* Length of the valid UTF-8 sequence at text, 0 when it is none (RFC 3629:
 * no overlong forms, no surrogates, nothing above U+10FFFF). */
static size_t utf8_length(const unsigned char *s) {
    if (s[0] < 0x80) {
        return 1;
    }
    size_t n = s[0] >= 0xf0 ? 4 : s[0] >= 0xe0 ? 3 : 2;
    if (s[0] < 0xc2 || s[0] > 0xf4) {
        return 0;
    }
    for (size_t i = 1; i < n; i++) { /* stops at the terminating 0 */
        if ((s[i] & 0xc0) != 0x80) {
            return 0;
        }
    }
    bool overlong = (s[0] == 0xe0 && s[1] < 0xa0) || (s[0] == 0xf0 && s[1] < 0x90);
    bool too_high = (s[0] == 0xed && s[1] > 0x9f) || (s[0] == 0xf4 && s[1] > 0x8f);
    return overlong || too_high ? 0 : n;
}

static void buf_json_char(ScBuf *buf, unsigned char c) {
    static const char special[] = "\"\\\b\f\n\r\t";
    static const char letter[] = "\"\\bfnrt";
    const char *found = strchr(special, c);
    if (found) {
        sc_buf_fmt(buf, "\\%c", letter[found - special]);
    } else {
        sc_buf_fmt(buf, "\\u%04x", (unsigned)c);
    }
}

void sc_buf_json_str(ScBuf *buf, const char *text) {
    sc_buf_bytes(buf, "\"", 1);
    const unsigned char *s = (const unsigned char *)text;
    while (*s) {
        size_t n = utf8_length(s);
        if (n == 0) {
            sc_buf_str(buf, "\xef\xbf\xbd"); /* U+FFFD for a byte that is no UTF-8 */
            n = 1;
        } else if (*s < 0x20 || *s == '"' || *s == '\\') {
            buf_json_char(buf, *s);
        } else {
            sc_buf_bytes(buf, s, n);
        }
        s += n;
    }
    sc_buf_bytes(buf, "\"", 1);
}

/* The character behind a backslash; *at moves to its last byte. */
static char escape_read(const char **at) {
    static const char letter[] = "bfnrt", meaning[] = "\b\f\n\r\t";
    char c = **at;
    if (c == 'u') {
        char hex[5] = {0};
        memcpy(hex, *at + 1, strnlen(*at + 1, 4));
        *at += strlen(hex);
        return (char)strtol(hex, NULL, 16);
    }
    const char *found = strchr(letter, c);
    return found ? meaning[found - letter] : c;
}

bool sc_buf_json_read(ScBuf *buf, const char **at) {
    sc_buf_str(buf, "");
    for (; **at != '"'; ++*at) {
        bool escaped = **at == '\\';
        *at += escaped;
        if (**at == 0 || **at == '\n') {
            return false;
        }
        char c = escaped ? escape_read(at) : **at;
        sc_buf_bytes(buf, &c, 1);
    }
    ++*at;
    return true;
}

void sc_buf_line(ScBuf *buf, const char *text) {
    const unsigned char *s = (const unsigned char *)text;
    while (*s) {
        size_t n = utf8_length(s);
        if (n == 0 || *s < 0x20 || *s == 0x7f) {
            sc_buf_fmt(buf, "\\x%02x", (unsigned)*s);
            n = 1;
        } else {
            sc_buf_bytes(buf, s, n);
        }
        s += n;
    }
}
