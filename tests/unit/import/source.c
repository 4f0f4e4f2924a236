/* SPDX-License-Identifier: Apache-2.0 */
/* Module paths and source lines from a node's metadata. */
#include "tests/unit/import/make_pt2.h"

#include "compiler/import/archive.h"

typedef struct Case {
    const char *text, *expected;
} Case;

static void assert_text(const char *text, const char *got, const char *expected) {
    if (!got || !expected) {
        if (got != expected) {
            print_error("%s: '%s', expected '%s'\n", text, got ? got : "(null)",
                        expected ? expected : "(null)");
        }
        assert_ptr_equal(got, expected);
        return;
    }
    assert_string_equal(got, expected);
}

static void module_path_any_stack_is_the_innermost(void **state) {
    Test *test = *state;
    static const Case cases[] = {
        {"L__self__,,M", NULL},
        {"L__self__,,M;L__self__body,body,Seq;L__self__body.6.0,body.6.0,Conv", "body.6.0"},
        {"k,L['self'].a.b,T", "a.b"},
        {"k,path", "path"},
        {"", NULL},
        {"no commas", NULL},
        {"a,b,c;", NULL},
        {"k,\x1b[31mred\n,T", "?[31mred?"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_text(cases[i].text, sc_pt2_module_path(test->sc.arena, cases[i].text),
                    cases[i].expected);
    }
}

static void source_any_trace_is_the_users_innermost_frame_without_folders(void **state) {
    Test *test = *state;
    static const Case cases[] = {
        {"File \"/home/me/model.py\", line 12, in forward\n    x", "model.py:12"},
        {"File \"/m/a.py\", line 1, in f\n  File \"/m/b.py\", line 22, in g\n  File "
         "\"/v/lib/python3.11/site-packages/torch/nn/modules/conv.py\", line 565, in "
         "forward",
         "b.py:22"},
        {"File \"x/torch/nn/modules/conv.py\", line 5, in f", "conv.py:5"},
        {"File \"C:\\me\\net.py\", line 3, in f", "net.py:3"},
        {"File \"plain.py\", line 7", "plain.py:7"},
        {"File \"unclosed", NULL},
        {"", NULL},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_text(cases[i].text, sc_pt2_source(test->sc.arena, cases[i].text),
                    cases[i].expected);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(module_path_any_stack_is_the_innermost, test_open,
                                        test_close),
        cmocka_unit_test_setup_teardown(
            source_any_trace_is_the_users_innermost_frame_without_folders, test_open,
            test_close),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
