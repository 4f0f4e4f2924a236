/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What every backend must hold, whoever wrote it: names, tables that agree
 * with each other and with the op registry, sorted kernels with well-formed
 * signatures. Run over all that are linked.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "compiler/backend.h"

static Sc sc;
static ScOpTable *ops;
static jmp_buf door;

static int setup(void **state) {
    (void)state;
    sc.arena = sc_arena_new();
    if (setjmp(door)) {
        return -1;
    }
    sc_arena_guard(sc.arena, &door);
    return sc_ops_load(&sc, &ops);
}

static int teardown(void **state) {
    (void)state;
    sc_arena_free(sc.arena);
    return 0;
}

static void names_are_unique_and_documented(void **state) {
    (void)state;
    size_t n, n_reference = 0;
    const ScBackend *const *all = sc_backends(&n);
    assert_true(n >= 2);
    for (size_t i = 0; i < n; i++) {
        assert_true(all[i]->name && *all[i]->name);
        assert_true(all[i]->doc && *all[i]->doc);
        assert_ptr_equal(sc_backend_find(all[i]->name), all[i]);
        n_reference += all[i]->is_reference;
    }
    assert_int_equal(n_reference, 1);
}

static void patterns_anchor_at_registered_operators(void **state) {
    (void)state;
    size_t n;
    const ScBackend *const *all = sc_backends(&n);
    for (size_t i = 0; i < n; i++) {
        for (size_t k = 0; k < all[i]->n_patterns; k++) {
            const ScPattern *p = &all[i]->patterns[k];
            const ScOp *op = sc_ops_find(ops, p->op);
            if (!op) {
                fail_msg("%s: pattern of unknown operator %s", all[i]->name, p->op);
            }
            /* Synonyms are gone before survey: such a pattern never matches. */
            if (op->def->flags & (SC_OP_SYNONYM | SC_OP_INPLACE | SC_OP_DROP)) {
                fail_msg("%s: %s can't be in a surveyed graph", all[i]->name, p->op);
            }
            assert_non_null(p->match);
            assert_true(p->in_place >= -1);
        }
    }
}

static bool table_has(const ScKernelTable *table, const char *name) {
    for (uint32_t i = 0; i < table->n_rows; i++) {
        if (strcmp(table->rows[i].name, name) == 0) {
            return true;
        }
    }
    return false;
}

static void patterns_become_kernels_that_exist(void **state) {
    (void)state;
    size_t n;
    const ScBackend *const *all = sc_backends(&n);
    for (size_t i = 0; i < n; i++) {
        for (size_t k = 0; all[i]->kernels && k < all[i]->n_patterns; k++) {
            const char *kernel = all[i]->patterns[k].kernel;
            if (kernel && !table_has(all[i]->kernels, kernel)) {
                fail_msg("%s: no kernel %s", all[i]->name, kernel);
            }
        }
        if (all[i]->copy_kernel) {
            assert_true(table_has(all[i]->kernels, all[i]->copy_kernel));
        }
    }
}

static bool signature_is_well_formed(const char *text) {
    for (; *text; text++) {
        if (!strchr("TOPVibdfsSIFB", *text)) {
            return false;
        }
        text += text[1] == '?';
    }
    return true;
}

static void kernels_are_sorted_and_signed(void **state) {
    (void)state;
    size_t n;
    const ScBackend *const *all = sc_backends(&n);
    for (size_t i = 0; i < n; i++) {
        const ScKernelTable *table = all[i]->kernels;
        for (uint32_t k = 0; table && k < table->n_rows; k++) {
            const ScKernel *row = &table->rows[k];
            assert_non_null(row->fn);
            assert_non_null(strchr("ihfd*", row->dtype_class));
            if (!signature_is_well_formed(row->signature)) {
                fail_msg("%s: signature '%s'", row->name, row->signature);
            }
            if (k > 0) {
                int order = strcmp(row[-1].name, row->name);
                bool sorted =
                    order < 0 || (order == 0 && row[-1].dtype_class < row->dtype_class);
                if (!sorted) {
                    fail_msg("%s: %s isn't in order", all[i]->name, row->name);
                }
            }
        }
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_are_unique_and_documented),
        cmocka_unit_test(patterns_anchor_at_registered_operators),
        cmocka_unit_test(patterns_become_kernels_that_exist),
        cmocka_unit_test(kernels_are_sorted_and_signed),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
