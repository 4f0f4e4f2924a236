/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The null engine: takes nothing and says so. It is the one to clone for a new
 * engine (docs/adding-a-backend.md) and keeps the compiler honest: a target
 * may name it beside another engine without changing the program.
 */
#include "compiler/backend.h"

static const char *match_nothing(const ScPattern *self, const ScGraph *graph,
                                 ScNode *anchor, ScMatch *out_match) {
    (void)self;
    (void)graph;
    (void)anchor;
    (void)out_match;
    return "the null engine takes nothing";
}

static const ScPattern patterns[] = {
    {.op = "aten.relu.default",
     .kernel = "null::relu.out",
     .match = match_nothing,
     .in_place = -1},
};

const ScBackend sc_backend_null = {
    .name = "null",
    .doc = "takes nothing; clone it to begin a new engine",
    .patterns = patterns,
    .n_patterns = sizeof patterns / sizeof patterns[0],
};
