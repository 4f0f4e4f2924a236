/* SPDX-License-Identifier: Apache-2.0 */
/* Tokens of the text form; numbers are read in the C locale. See scan.h. */
#include "compiler/program/scan.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "compiler/base/text.h"

ScStatus sc_scan_fail(ScScan *s, const char *what) {
    return sc_fail(s->sc, SC_E_FORMAT,
                   sc_arena_fmt(s->sc->arena, "%s:%d", s->where, s->line), what, NULL,
                   "the grammar stands in compiler/program/print.c");
}

void sc_scan_blanks(ScScan *s) {
    for (; *s->at; s->at++) {
        if (*s->at == '#') {
            s->at += strcspn(s->at, "\n");
        }
        if (*s->at == '\n') {
            s->line++;
        } else if (*s->at != ' ' && *s->at != '\t' && *s->at != '\r') {
            return;
        }
    }
}

static bool is_letter(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

static bool is_word(char c) {
    return is_letter(c) || (c >= '0' && c <= '9') || c == '.' || c == ':';
}

bool sc_scan_accept(ScScan *s, const char *token) {
    sc_scan_blanks(s);
    size_t n = strlen(token);
    if (strncmp(s->at, token, n) != 0) {
        return false;
    }
    if (is_letter(token[0]) && is_word(token[n - 1]) && is_word(s->at[n])) {
        return false;
    }
    s->at += n;
    return true;
}

ScStatus sc_scan_expect(ScScan *s, const char *token) {
    if (sc_scan_accept(s, token)) {
        return SC_OK;
    }
    return sc_scan_fail(s, sc_arena_fmt(s->sc->arena, "'%s' is expected", token));
}

ScStatus sc_scan_word(ScScan *s, const char **out_word) {
    sc_scan_blanks(s);
    size_t n = 0;
    while (is_word(s->at[n])) {
        n++;
    }
    if (n == 0) {
        return sc_scan_fail(s, "a word is expected");
    }
    *out_word = sc_arena_strn(s->sc->arena, s->at, n);
    s->at += n;
    return SC_OK;
}

ScStatus sc_scan_int(ScScan *s, int64_t *out) {
    sc_scan_blanks(s);
    char *end;
    errno = 0;
    *out = strtoll(s->at, &end, 10);
    if (end == s->at || errno) {
        return sc_scan_fail(s, "an integer is expected");
    }
    s->at = end;
    return SC_OK;
}

ScStatus sc_scan_i32(ScScan *s, int32_t *out) {
    int64_t value;
    SC_TRY(sc_scan_int(s, &value));
    if (value < INT32_MIN || value > INT32_MAX) {
        return sc_scan_fail(s, "the number is too large");
    }
    *out = (int32_t)value;
    return SC_OK;
}

ScStatus sc_scan_u64(ScScan *s, uint64_t *out) {
    sc_scan_blanks(s);
    char *end;
    errno = 0;
    *out = strtoull(s->at, &end, 10);
    if (end == s->at || errno || *s->at == '-') {
        return sc_scan_fail(s, "a number without sign is expected");
    }
    s->at = end;
    return SC_OK;
}

ScStatus sc_scan_u32(ScScan *s, uint32_t *out) {
    uint64_t value;
    SC_TRY(sc_scan_u64(s, &value));
    if (value > UINT32_MAX) {
        return sc_scan_fail(s, "the number is too large");
    }
    *out = (uint32_t)value;
    return SC_OK;
}

static double nan_scan(ScScan *s) {
    uint64_t bits = 0x7ff8000000000000u;
    double value;
    s->at += 3;
    if (*s->at == ':') {
        char *end;
        bits = strtoull(s->at + 1, &end, 16);
        s->at = end;
    }
    memcpy(&value, &bits, sizeof value);
    return value;
}

/* strtod() takes hexadecimal and "infinity" too; nothing is gained by refusing. */
ScStatus sc_scan_double(ScScan *s, double *out) {
    sc_scan_blanks(s);
    if (strncmp(s->at, "nan", 3) == 0) {
        *out = nan_scan(s);
        return SC_OK;
    }
    char *end;
    *out = strtod(s->at, &end);
    if (end == s->at) {
        return sc_scan_fail(s, "a number is expected");
    }
    s->at = end;
    return SC_OK;
}

ScStatus sc_scan_string(ScScan *s, const char **out) {
    SC_TRY(sc_scan_expect(s, "\""));
    ScBuf text = sc_buf(s->sc->arena);
    if (!sc_buf_json_read(&text, &s->at)) {
        return sc_scan_fail(s, "a string isn't closed");
    }
    *out = text.data;
    return SC_OK;
}
