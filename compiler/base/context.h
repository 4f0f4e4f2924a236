/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sc: what every host function gets first: the arena of this piece of work and
 * the list of diagnostics. A failing function adds one diagnostic (where it
 * first knows what is wrong) and returns its status; callers pass it on with
 * SC_TRY and add nothing.
 */
#ifndef SC_BASE_CONTEXT_H
#define SC_BASE_CONTEXT_H

#include "compiler/base/arena.h"
#include "sconce/compiler.h"

typedef struct Sc {
    ScArena *arena;
    ScDiag *diags; /* arena array */
    size_t n_diags, cap_diags;
} Sc;

/*
 * Adds an error and returns `status`. Texts are copied. They read
 * `where: error: what; why; what to do`; why and todo may be NULL. Each is a
 * printf result of sc_arena_fmt(sc->arena, ...) where it needs values.
 */
ScStatus sc_fail(Sc *sc, ScStatus status, const char *where, const char *what,
                 const char *why, const char *todo);
void sc_warn(Sc *sc, const char *where, const char *what, const char *why,
             const char *todo);

#endif
