/* SPDX-License-Identifier: Apache-2.0 */
/* Walks the op registry: every row has what its flags promise. */
#include "bench.h"

static void registry_rows_are_sorted_and_unique(void **state) {
    (void)state;
    assert_true(ops->n_rows > 300);
    for (size_t i = 1; i < ops->n_rows; i++) {
        const char *a = ops->rows[i - 1].def->name, *b = ops->rows[i].def->name;
        if (strcmp(a, b) >= 0) {
            fail_msg("%s stands before %s", a, b);
        }
    }
}

static void registry_name_is_that_of_the_schema(void **state) {
    (void)state;
    for (size_t i = 0; i < ops->n_rows; i++) {
        const ScSchema *s = &ops->rows[i].schema;
        /* torch's higher-order operators have no overloads */
        bool flow = ops->rows[i].def->flags & SC_OP_FLOW;
        const char *name =
            sc_arena_fmt(bench.arena, "%s.%s%s%s", s->ns, s->name, flow ? "" : ".",
                         *s->overload ? s->overload
                         : flow       ? ""
                                      : "default");
        assert_string_equal(ops->rows[i].def->name, name);
        assert_ptr_equal(sc_ops_find(ops, name), &ops->rows[i]);
    }
}

static void registry_rows_have_what_their_flags_promise(void **state) {
    (void)state;
    for (size_t i = 0; i < ops->n_rows; i++) {
        const ScOpDef *def = ops->rows[i].def;
        const ScSchema *schema = &ops->rows[i].schema;
        bool inplace = def->flags & SC_OP_INPLACE;
        bool ok = def->doc && *def->doc && (def->shape != 0) == !inplace;
        ok = ok && (!(def->flags & SC_OP_SYNONYM) || def->decompose);
        ok = ok && (!(def->flags & SC_OP_DROP) || schema->n_results == 0);
        ok = ok && (!(def->flags & SC_OP_RESHAPE) || (def->flags & SC_OP_VIEW));
        ok = ok && (!(def->flags & SC_OP_IDENTITY) || schema->n_results == 1);
        ok = ok && (!inplace || schema->params[0].mutated);
        if (!ok) {
            fail_msg("the row %s is incomplete", def->name);
        }
    }
}

/* "aten.relu_.default" -> "aten.relu.default" with the same arguments. */
static void registry_inplace_row_has_a_functional_twin(void **state) {
    (void)state;
    for (size_t i = 0; i < ops->n_rows; i++) {
        const ScOp *op = &ops->rows[i];
        if (!(op->def->flags & SC_OP_INPLACE)) {
            continue;
        }
        const ScSchema *s = &op->schema;
        size_t n = strlen(s->name) - 1;
        assert_int_equal(s->name[n], '_');
        const char *name = sc_arena_fmt(bench.arena, "%s.%.*s.%s", s->ns, (int)n, s->name,
                                        *s->overload ? s->overload : "default");
        const ScOp *twin = sc_ops_find(ops, name);
        if (!twin || twin->schema.n_params != s->n_params ||
            (twin->def->flags & SC_OP_INPLACE)) {
            fail_msg("%s has no twin", op->def->name);
        }
        for (uint32_t p = 0; p < s->n_params; p++) {
            assert_int_equal(s->params[p].kind, twin->schema.params[p].kind);
        }
    }
}

static void registry_every_row_has_a_case(void **state) {
    (void)state;
    bool *seen = SC_NEW_ARRAY(bench.arena, bool, ops->n_rows);
    for (size_t i = 0; i < N_OP_CASES; i++) {
        const ScOp *op = case_op(&op_cases[i]);
        if (!op) {
            fail_msg("no row for %s", op_cases[i].call);
        }
        seen[op - ops->rows] = true;
    }
    for (size_t i = 0; i < ops->n_rows; i++) {
        /* Those with bodies have theirs in flow.c. */
        if (!seen[i] && !(ops->rows[i].def->flags & (SC_OP_INPLACE | SC_OP_FLOW))) {
            fail_msg("%s has no case in op_cases.h", ops->rows[i].def->name);
        }
    }
}

static void registry_unknown_name_gives_suggestions(void **state) {
    (void)state;
    static const struct {
        const char *name, *suggestions;
    } cases[] = {
        {"aten.relu.Tensor", "aten.relu.default"},
        {"aten.conv2.default", "aten.conv2d.default, aten.conv2d.padding"},
        {"aten.hardswich.default", "aten.hardswish.default"},
        {"aten.nothing_like_it.default", ""},
        {"", ""},
        {"no dot", ""},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_null(sc_ops_find(ops, cases[i].name));
        assert_string_equal(sc_ops_suggest(bench.arena, ops, cases[i].name),
                            cases[i].suggestions);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(registry_rows_are_sorted_and_unique),
        cmocka_unit_test(registry_name_is_that_of_the_schema),
        cmocka_unit_test(registry_rows_have_what_their_flags_promise),
        cmocka_unit_test(registry_inplace_row_has_a_functional_twin),
        cmocka_unit_test(registry_every_row_has_a_case),
        cmocka_unit_test(registry_unknown_name_gives_suggestions),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
