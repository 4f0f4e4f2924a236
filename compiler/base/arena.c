/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The arena: a list of zeroed blocks, filled from the front. Big requests get a
 * block of their own. Under AddressSanitizer every request does, so that a
 * write past its end is seen.
 */
#include "compiler/base/arena.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define ONE_BLOCK_EACH 1
#endif
#endif
#if defined(__SANITIZE_ADDRESS__)
#define ONE_BLOCK_EACH 1
#endif
#ifndef ONE_BLOCK_EACH
#define ONE_BLOCK_EACH 0
#endif

enum {
    ALIGN = 16,
    FIRST_BLOCK = 1 << 14, /* bytes; doubled up to MAX_BLOCK: GUESS at the knee */
    MAX_BLOCK = 1 << 20
};

typedef struct Block {
    struct Block *next;
    size_t used, size; /* of the bytes behind this header */
} Block;

/* Keeps the bytes behind a header aligned. */
#define HEADER ((sizeof(Block) + ALIGN - 1) / ALIGN * ALIGN)

typedef struct Deferred {
    struct Deferred *next;
    void (*fn)(void *);
    void *what;
} Deferred;

struct ScArena {
    Block *blocks; /* the newest first: requests are served from it */
    size_t next_size;
    Deferred *deferred;
    jmp_buf *door;
};

static _Thread_local uint64_t fail_countdown;

void sc_arena_fail_at(uint64_t nth) {
    fail_countdown = nth;
}

static bool fails_now(void) {
    if (fail_countdown == 0) {
        return false;
    }
    return --fail_countdown == 0;
}

ScArena *sc_arena_new(void) {
    ScArena *arena = fails_now() ? NULL : calloc(1, sizeof *arena);
    if (arena) {
        arena->next_size = FIRST_BLOCK;
    }
    return arena;
}

void sc_arena_free(ScArena *arena) {
    if (!arena) {
        return;
    }
    for (Deferred *d = arena->deferred; d; d = d->next) {
        d->fn(d->what);
    }
    for (Block *b = arena->blocks, *next; b; b = next) {
        next = b->next;
        free(b);
    }
    free(arena);
}

void sc_arena_guard(ScArena *arena, jmp_buf *door) {
    arena->door = door;
}

_Noreturn static void arena_exhausted(ScArena *arena) {
    if (arena->door) {
        longjmp(*arena->door, 1);
    }
    __builtin_trap(); /* the contract of sc_arena_guard() was broken */
}

static uint8_t *block_bytes(Block *block) {
    return (uint8_t *)block + HEADER;
}

static Block *block_new(size_t size) {
    if (size > SIZE_MAX - HEADER) {
        return NULL;
    }
    Block *block = calloc(1, HEADER + size);
    if (block) {
        block->size = size;
    }
    return block;
}

/* A block of its own, kept behind the one that is being filled. */
static void *alloc_alone(ScArena *arena, size_t n_bytes) {
    Block *block = block_new(n_bytes);
    if (!block) {
        arena_exhausted(arena);
    }
    block->used = n_bytes;
    if (arena->blocks) {
        block->next = arena->blocks->next;
        arena->blocks->next = block;
    } else {
        arena->blocks = block;
    }
    return block_bytes(block);
}

static void *alloc_from_new_block(ScArena *arena, size_t n_bytes) {
    Block *block = block_new(arena->next_size);
    if (!block) {
        arena_exhausted(arena);
    }
    if (arena->next_size < MAX_BLOCK) {
        arena->next_size *= 2;
    }
    block->used = n_bytes;
    block->next = arena->blocks;
    arena->blocks = block;
    return block_bytes(block);
}

void *sc_arena_alloc(ScArena *arena, size_t n_bytes) {
    if (fails_now() || n_bytes > SIZE_MAX - ALIGN) {
        arena_exhausted(arena);
    }
    if (ONE_BLOCK_EACH || n_bytes > arena->next_size / 4) {
        return alloc_alone(arena, n_bytes);
    }
    Block *block = arena->blocks;
    if (block) {
        size_t start = (block->used + ALIGN - 1) / ALIGN * ALIGN;
        if (start <= block->size && n_bytes <= block->size - start) {
            block->used = start + n_bytes;
            return block_bytes(block) + start;
        }
    }
    return alloc_from_new_block(arena, n_bytes);
}

void *sc_arena_array(ScArena *arena, size_t count, size_t size) {
    if (size != 0 && count > SIZE_MAX / size) {
        arena_exhausted(arena);
    }
    return sc_arena_alloc(arena, count * size);
}

/* The newest request of the block that is being filled can be made longer. */
static bool grow_in_place(ScArena *arena, const void *old, size_t old_bytes,
                          size_t new_bytes) {
    Block *block = arena->blocks;
    if (ONE_BLOCK_EACH || !block || !old || old_bytes > block->used) {
        return false;
    }
    size_t start = block->used - old_bytes;
    if (block_bytes(block) + start != old || new_bytes > block->size - start) {
        return false;
    }
    block->used = start + new_bytes;
    return true;
}

void *sc_arena_grow(ScArena *arena, void *old, size_t old_bytes, size_t new_bytes) {
    if (new_bytes <= old_bytes && old) {
        return old;
    }
    if (grow_in_place(arena, old, old_bytes, new_bytes)) {
        return old;
    }
    void *grown = sc_arena_alloc(arena, new_bytes);
    if (old && old_bytes) {
        memcpy(grown, old, old_bytes);
    }
    return grown;
}

void *sc_arena_copy(ScArena *arena, const void *bytes, size_t n_bytes) {
    void *copy = sc_arena_alloc(arena, n_bytes);
    if (n_bytes) {
        memcpy(copy, bytes, n_bytes);
    }
    return copy;
}

char *sc_arena_strn(ScArena *arena, const char *text, size_t n_bytes) {
    if (n_bytes == SIZE_MAX) {
        arena_exhausted(arena);
    }
    char *copy = sc_arena_alloc(arena, n_bytes + 1);
    if (n_bytes) {
        memcpy(copy, text, n_bytes);
    }
    return copy;
}

char *sc_arena_str(ScArena *arena, const char *text) {
    return sc_arena_strn(arena, text, strlen(text));
}

char *sc_arena_vfmt(ScArena *arena, const char *format, va_list args) {
    va_list again;
    va_copy(again, args);
    int n = vsnprintf(NULL, 0, format, args);
    size_t n_bytes = n < 0 ? 0 : (size_t)n; /* < 0: a broken format, an empty text */
    char *text = sc_arena_alloc(arena, n_bytes + 1);
    if (n >= 0) {
        vsnprintf(text, n_bytes + 1, format, again);
    }
    va_end(again);
    return text;
}

char *sc_arena_fmt(ScArena *arena, const char *format, ...) {
    va_list args;
    va_start(args, format);
    char *text = sc_arena_vfmt(arena, format, args);
    va_end(args);
    return text;
}

void sc_arena_defer(ScArena *arena, void (*fn)(void *), void *what) {
    Deferred *note = NULL;
    jmp_buf *outer = arena->door;
    jmp_buf here;
    arena->door = &here;
    if (setjmp(here) == 0) {
        note = SC_NEW(arena, Deferred);
    } else {
        arena->door = outer;
        fn(what);
        arena_exhausted(arena);
    }
    arena->door = outer;
    *note = (Deferred){.next = arena->deferred, .fn = fn, .what = what};
    arena->deferred = note;
}
