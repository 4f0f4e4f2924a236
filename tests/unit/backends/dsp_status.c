/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the kernels packed for DSP instructions answer to arguments that a well-formed
 * file can hold and no compiler would write. Each bad case differs in one thing from a
 * good one. The checks are those of the *_dsp.h headers, which both the plain kernels
 * (run here) and the fast ones call first.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/backends/status_case.h"

typedef struct Case {
    const char *name;
    const char *x;     /* type of %0 */
    int n_words;       /* %1: int32 zeros */
    int scratch_bytes; /* %2 */
    const char *out;   /* type of %3 */
    const char *call;
    ScStatus status;
} Case;

#define X "i8[1,16,2,2]{0,2,3,1}"
#define Y "i8[1,4,2,2]{0,2,3,1}"
#define CONV(rest) "sconce::conv2d_s8.dsp_out(%0, %1, " rest ", %2 -> %3)"
#define DEPTHWISE(rest) "sconce::depthwise3x3_s8.dsp_out(%0, %1, " rest ", %2 -> %3)"
#define LINEAR(rest) "sconce::linear_s8.dsp_out(%0, %1, " rest ", %2 -> %3)"
#define ADD(rest) "sconce::add_s8.dsp_out(%0, %0, " rest " -> %3)"
#define HUGE_INT "9223372036854775807"

static const Case cases[] = {
    {"conv", X, 28, 136, Y, CONV("[1, 1], [1, 1], [0, 0], [1, 1], 0, 0, -128, 127, 0"),
     SC_OK},
    {"conv_words_short", X, 27, 136, Y,
     CONV("[1, 1], [1, 1], [0, 0], [1, 1], 0, 0, -128, 127, 0"), SC_E_SHAPE},
    {"conv_words_of_more_channels", X, 42, 136, Y,
     CONV("[1, 1], [1, 1], [0, 0], [1, 1], 0, 0, -128, 127, 0"), SC_E_SHAPE},
    {"conv_without_scratch", X, 28, 135, Y,
     CONV("[1, 1], [1, 1], [0, 0], [1, 1], 0, 0, -128, 127, 0"), SC_E_SHAPE},
    {"conv_no_kernel", X, 28, 136, Y,
     CONV("[], [1, 1], [0, 0], [1, 1], 0, 0, -128, 127, 0"), SC_E_SHAPE},
    {"conv_huge_kernel", X, 28, 136, Y,
     CONV("[" HUGE_INT ", 1], [1, 1], [0, 0], [1, 1], 0, 0, -128, 127, 0"), SC_E_SHAPE},
    {"conv_no_stride", X, 28, 136, Y,
     CONV("[1, 1], [0, 1], [0, 0], [1, 1], 0, 0, -128, 127, 0"), SC_E_SHAPE},
    {"conv_negative_padding", X, 28, 136, Y,
     CONV("[1, 1], [1, 1], [-1, 0], [1, 1], 0, 0, -128, 127, 0"), SC_E_SHAPE},
    {"conv_no_dilation", X, 28, 136, Y,
     CONV("[1, 1], [1, 1], [0, 0], [0, 1], 0, 0, -128, 127, 0"), SC_E_SHAPE},
    {"conv_larger_output", X, 28, 136, "i8[1,4,3,2]{0,2,3,1}",
     CONV("[1, 1], [1, 1], [0, 0], [1, 1], 0, 0, -128, 127, 0"), SC_E_SHAPE},
    {"conv_in_another_layout", "i8[1,16,2,2]", 28, 136, Y,
     CONV("[1, 1], [1, 1], [0, 0], [1, 1], 0, 0, -128, 127, 0"), SC_E_SHAPE},
    {"conv_unknown_form", X, 28, 136, Y,
     CONV("[1, 1], [1, 1], [0, 0], [1, 1], 0, 0, -128, 127, 3"), SC_E_RANGE},
    {"conv_powers_of_no_compiler", X, 28, 136, Y,
     CONV("[1, 1], [1, 1], [0, 0], [1, 1], 0, 0, -128, 127, 1"), SC_OK},
    {"conv_crossed_limits", X, 28, 136, Y,
     CONV("[1, 1], [1, 1], [0, 0], [1, 1], 0, 0, 5, 4, 0"), SC_E_RANGE},
    {"conv_limits_beyond_int8", X, 28, 136, Y,
     CONV("[1, 1], [1, 1], [0, 0], [1, 1], 0, 0, -129, 127, 0"), SC_E_RANGE},
    {"conv_zero_point_beyond_int8", X, 28, 136, Y,
     CONV("[1, 1], [1, 1], [0, 0], [1, 1], 128, 0, -128, 127, 0"), SC_E_RANGE},
    {"conv_absurd_zero_point", X, 28, 136, Y,
     CONV("[1, 1], [1, 1], [0, 0], [1, 1], 0, " HUGE_INT ", -128, 127, 0"), SC_OK},
    {"conv_all_outside", X, 156, 1176, "i8[1,4,60,60]{0,2,3,1}",
     CONV("[3, 3], [1, 1], [30, 30], [1, 1], 0, 0, -128, 127, 0"), SC_OK},
    {"depthwise", X, 96, 116, X, DEPTHWISE("[1, 1], [1, 1], 0, 0, -128, 127, 0"), SC_OK},
    {"depthwise_words_short", X, 95, 116, X,
     DEPTHWISE("[1, 1], [1, 1], 0, 0, -128, 127, 0"), SC_E_SHAPE},
    {"depthwise_without_scratch", X, 96, 115, X,
     DEPTHWISE("[1, 1], [1, 1], 0, 0, -128, 127, 0"), SC_OK},
    {"depthwise_long_steps", X, 96, 116, X, DEPTHWISE("[3, 3], [1, 1], 0, 0, -128, 127, 0"),
     SC_E_SHAPE},
    {"depthwise_much_padding", X, 96, 116, "i8[1,16,4,4]{0,2,3,1}",
     DEPTHWISE("[1, 1], [2, 2], 0, 0, -128, 127, 0"), SC_E_SHAPE},
    {"depthwise_other_size", X, 96, 116, "i8[1,16,2,3]{0,2,3,1}",
     DEPTHWISE("[1, 1], [1, 1], 0, 0, -128, 127, 0"), SC_E_SHAPE},
    {"depthwise_other_channels", X, 96, 116, "i8[1,12,2,2]{0,2,3,1}",
     DEPTHWISE("[1, 1], [1, 1], 0, 0, -128, 127, 0"), SC_E_SHAPE},
    {"depthwise_channels_not_in_fours", "i8[1,6,2,2]{0,2,3,1}", 36, 116,
     "i8[1,6,2,2]{0,2,3,1}", DEPTHWISE("[1, 1], [1, 1], 0, 0, -128, 127, 0"), SC_E_SHAPE},
    {"depthwise_powers_of_no_compiler", X, 96, 116, X,
     DEPTHWISE("[1, 1], [1, 1], 0, 0, -128, 127, 1"), SC_OK},
    {"linear", "i8[3,5]", 40, 30, "i8[3,2]", LINEAR("0, -128, 127, 0"), SC_OK},
    {"linear_words_short", "i8[3,5]", 39, 30, "i8[3,2]", LINEAR("0, -128, 127, 0"),
     SC_E_SHAPE},
    {"linear_without_scratch", "i8[3,5]", 40, 29, "i8[3,2]", LINEAR("0, -128, 127, 0"),
     SC_E_SHAPE},
    {"linear_other_rows", "i8[3,5]", 40, 30, "i8[2,2]", LINEAR("0, -128, 127, 0"),
     SC_E_SHAPE},
    {"linear_of_nothing", "i8[3,0]", 40, 30, "i8[3,2]", LINEAR("0, -128, 127, 0"),
     SC_E_SHAPE},
    {"linear_unknown_form", "i8[3,5]", 40, 30, "i8[3,2]", LINEAR("0, -128, 127, -1"),
     SC_E_RANGE},
    {"linear_crossed_limits", "i8[3,5]", 40, 30, "i8[3,2]", LINEAR("0, 3, 2, 0"),
     SC_E_RANGE},
    {"add", "i8[16]", 1, 0, "i8[16]", ADD("5, 6, 7, 22, -128, 127"), SC_OK},
    {"add_to_other_sizes", "i8[16]", 1, 0, "i8[15]", ADD("5, 6, 7, 22, -128, 127"),
     SC_E_SHAPE},
    {"add_shift_beyond_31", "i8[16]", 1, 0, "i8[16]", ADD("5, 6, 7, 32, -128, 127"),
     SC_E_RANGE},
    {"add_crossed_limits", "i8[16]", 1, 0, "i8[16]", ADD("5, 6, 7, 22, 1, 0"), SC_E_RANGE},
    {"add_absurd_factors", "i8[16]", 1, 0, "i8[16]",
     ADD("" HUGE_INT ", " HUGE_INT ", " HUGE_INT ", 20, -128, 127"), SC_OK},
};

static void program_text(const Case *t, ScBuf *out) {
    sc_buf_str(out, "program \"forward\"\nconst 0 = i32[");
    for (int i = 0; i < t->n_words; i++) {
        sc_buf_str(out, i ? ", 0" : "0");
    }
    sc_buf_fmt(out, "]\nbuffer 0 = 256 io\nbuffer 1 = %d\nbuffer 2 = 16384 io\n",
               t->scratch_bytes);
    sc_buf_fmt(out, "%%0 = %s buffer 0\n%%1 = i32[%d] const 0\n", t->x, t->n_words);
    sc_buf_fmt(out, "%%2 = u8[%d] buffer 1\n%%3 = %s buffer 2\n", t->scratch_bytes, t->out);
    sc_buf_fmt(out, "input %%0\noutput %%3\ncall %s\n", t->call);
}

static void dsp_kernel_with_bad_arguments_answers_its_status(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        Sc sc = {.arena = sc_arena_new()};
        ScBuf text = sc_buf(sc.arena);
        program_text(&cases[i], &text);
        status_expect(&sc, "cortex_m", cases[i].name, &text, cases[i].status);
        sc_arena_free(sc.arena);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(dsp_kernel_with_bad_arguments_answers_its_status),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
