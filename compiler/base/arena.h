/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One arena a lifetime (a model, a pass): blocks are handed out and freed all
 * at once. Allocation never returns NULL: when malloc fails the arena jumps to
 * the door that sc_arena_guard() opened at the public entry point, which
 * returns SC_E_MEMORY (docs/adr/0003). Whatever isn't memory (a mapping, a
 * file, a json_t) is registered with sc_arena_defer() and released with it.
 */
#ifndef SC_BASE_ARENA_H
#define SC_BASE_ARENA_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct ScArena ScArena;

/* NULL when malloc fails: the only one that may. */
ScArena *sc_arena_new(void);
void sc_arena_free(ScArena *arena);

/* Where a failed allocation jumps to (longjmp value 1); NULL closes the door.
 * Contract: whoever allocates has a door open, and the function that opened
 * it has not returned. There is nowhere to go without one: the process traps. */
void sc_arena_guard(ScArena *arena, jmp_buf *door);

/* Zeroed, aligned to 16 bytes. */
void *sc_arena_alloc(ScArena *arena, size_t n_bytes);
/* count * size with overflow checked. */
void *sc_arena_array(ScArena *arena, size_t count, size_t size);
/* Grows an array in place or by a copy; the new bytes are zero. old may be NULL. */
void *sc_arena_grow(ScArena *arena, void *old, size_t old_bytes, size_t new_bytes);
void *sc_arena_copy(ScArena *arena, const void *bytes, size_t n_bytes);
char *sc_arena_str(ScArena *arena, const char *text);
char *sc_arena_strn(ScArena *arena, const char *text, size_t n_bytes);
char *sc_arena_fmt(ScArena *arena, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
char *sc_arena_vfmt(ScArena *arena, const char *format, va_list args)
    __attribute__((format(printf, 2, 0)));

/* fn(what) runs in sc_arena_free(), last registered first. When the note itself
 * can't be allocated, fn(what) runs at once, before the jump: nothing leaks. */
void sc_arena_defer(ScArena *arena, void (*fn)(void *), void *what);

/* Tests: the nth allocation of this thread from now fails, sc_arena_new()
 * counted (1 = the next); 0 = never. */
void sc_arena_fail_at(uint64_t nth);

#define SC_NEW(arena, type) ((type *)sc_arena_alloc((arena), sizeof(type)))
#define SC_NEW_ARRAY(arena, type, n) ((type *)sc_arena_array((arena), (n), sizeof(type)))

#endif
