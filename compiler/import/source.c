/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where a node comes from in the user's model. torch stores per node
 *   nn_module_stack  "key,path,type;key,path,type;..." from the outside in
 *   stack_trace      'File "path", line 12, in forward\n    code\n  File ...'
 */
#include <stdlib.h>
#include <string.h>

#include "compiler/import/archive.h"

const char *sc_pt2_printable(ScArena *arena, const char *text) {
    enum { MAX_SHOWN = 200 };
    size_t n = strnlen(text, MAX_SHOWN);
    char *copy = sc_arena_strn(arena, text, n);
    for (size_t i = 0; i < n; i++) {
        if (copy[i] < 0x20 || copy[i] > 0x7e) {
            copy[i] = '?';
        }
    }
    return copy;
}

const char *sc_pt2_module_path(ScArena *arena, const char *module_stack) {
    const char *last = strrchr(module_stack, ';');
    const char *path = strchr(last ? last + 1 : module_stack, ',');
    if (!path) {
        return NULL;
    }
    path++;
    size_t n = strcspn(path, ",");
    static const char self[] = "L['self'].";
    if (n >= sizeof self - 1 && strncmp(path, self, sizeof self - 1) == 0) {
        path += sizeof self - 1;
        n -= sizeof self - 1;
    }
    return n ? sc_pt2_printable(arena, sc_arena_strn(arena, path, n)) : NULL;
}

static bool text_has(const char *text, size_t n, const char *needle) {
    size_t length = strlen(needle);
    for (size_t i = 0; i + length <= n; i++) {
        if (memcmp(text + i, needle, length) == 0) {
            return true;
        }
    }
    return false;
}

/* "<eval_with_key>.7" is code that torch made up. */
static bool path_is_installed(const char *path, size_t n) {
    return *path == '<' || text_has(path, n, "-packages/") ||
           text_has(path, n, "torch/nn/modules/") ||
           text_has(path, n, "torch/nn/functional.py");
}

typedef struct Frame {
    const char *path;
    size_t n;
    long line;
} Frame;

/* The next frame of the trace at *at, which moves behind it. */
static bool frame_next(const char **at, Frame *out) {
    static const char open[] = "File \"";
    static const char line[] = "\", line ";
    const char *path = strstr(*at, open);
    const char *end = path ? strstr(path + sizeof open - 1, line) : NULL;
    if (!end) {
        return false;
    }
    path += sizeof open - 1;
    *out = (Frame){path, (size_t)(end - path), strtol(end + sizeof line - 1, NULL, 10)};
    *at = end + sizeof line - 1;
    return true;
}

const char *sc_pt2_source(ScArena *arena, const char *stack_trace) {
    Frame frame, users = {0}, last = {0};
    while (frame_next(&stack_trace, &frame)) {
        last = frame;
        if (!path_is_installed(frame.path, frame.n)) {
            users = frame;
        }
    }
    const Frame *best = users.path ? &users : &last;
    if (!best->path || *best->path == '<') {
        return NULL;
    }
    size_t start = best->n;
    while (start > 0 && best->path[start - 1] != '/' && best->path[start - 1] != '\\') {
        start--;
    }
    const char *name = sc_arena_strn(arena, best->path + start, best->n - start);
    return sc_arena_fmt(arena, "%s:%ld", sc_pt2_printable(arena, name), best->line);
}
