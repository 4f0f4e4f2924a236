/* SPDX-License-Identifier: Apache-2.0 */
/* Growing byte buffers in an arena: text output and binary output. */
#ifndef SC_BASE_TEXT_H
#define SC_BASE_TEXT_H

#include "compiler/base/arena.h"

typedef struct ScBuf {
    ScArena *arena;
    char *data; /* always 0-terminated behind len once something was added */
    size_t len, cap;
} ScBuf;

static inline ScBuf sc_buf(ScArena *arena) {
    return (ScBuf){.arena = arena, .data = 0, .len = 0, .cap = 0};
}
void sc_buf_bytes(ScBuf *buf, const void *bytes, size_t n_bytes);
void sc_buf_zeros(ScBuf *buf, size_t n_bytes);
void sc_buf_str(ScBuf *buf, const char *text);
void sc_buf_fmt(ScBuf *buf, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* A double so that it reads back equal and always looks like one: 1.0, 1e-05,
 * inf, -inf, nan. Locale independent. */
void sc_buf_double(ScBuf *buf, double value);
/* JSON string with quotes. */
void sc_buf_json_str(ScBuf *buf, const char *text);
/* What sc_buf_json_str() wrote, read back: *at stands behind the opening quote and
 * moves behind the closing one. False, with *at where the text or its line ends, when
 * there is none. */
bool sc_buf_json_read(ScBuf *buf, const char **at);
/* Text from a file that may be hostile, as part of one line for people: control
 * characters and bytes that are no UTF-8 become \xNN. */
void sc_buf_line(ScBuf *buf, const char *text);

/* Appends to an arena array that has `cap`: SC_PUSH(arena, v->items, v->n,
 * v->cap, item). n and cap are size_t or uint32_t. cap changes only once the array
 * has grown: nothing is broken when the growth takes the door. */
#define SC_PUSH(arena, items, n, cap, item)                                           \
    do {                                                                              \
        if ((n) == (cap)) {                                                           \
            (items) = sc_arena_grow((arena), (items), (size_t)(n) * sizeof *(items),  \
                                    ((cap) ? (size_t)(cap)*2 : 8) * sizeof *(items)); \
            (cap) = (cap) ? (cap)*2 : 8;                                              \
        }                                                                             \
        (items)[(n)++] = (item);                                                      \
    } while (0)

#endif
