/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the kernels packed for Helium answer to arguments that a well-formed file can
 * hold and no compiler would write. Each bad case differs in one thing from a good one.
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
    int table_bytes;   /* %1: int8 zeros */
    int scratch_bytes; /* %2 */
    const char *out;   /* type of %3 */
    const char *call;
    ScStatus status;
} Case;

#define X "i8[1,16,2,2]{0,2,3,1}"
#define CONV "sconce::conv2d_s8.mve_out"
#define DEPTHWISE "sconce::depthwise3x3_s8.mve_out"
#define LINEAR "sconce::linear_s8.mve_out"
#define HUGE_INT "9223372036854775807"

static const Case cases[] = {
    {"conv", X, 112, 0, "i8[1,4,2,2]{0,2,3,1}",
     CONV "(%0, %1, [1, 1], [1, 1], [0, 0], 0, 0, -128, 127, 1, %2 -> %3)", SC_OK},
    {"conv_table_short", X, 111, 0, "i8[1,4,2,2]{0,2,3,1}",
     CONV "(%0, %1, [1, 1], [1, 1], [0, 0], 0, 0, -128, 127, 1, %2 -> %3)", SC_E_SHAPE},
    {"conv_table_of_fewer_channels", X, 112, 0, "i8[1,5,2,2]{0,2,3,1}",
     CONV "(%0, %1, [1, 1], [1, 1], [0, 0], 0, 0, -128, 127, 1, %2 -> %3)", SC_E_SHAPE},
    {"conv_no_kernel", X, 112, 0, "i8[1,4,2,2]{0,2,3,1}",
     CONV "(%0, %1, [], [1, 1], [0, 0], 0, 0, -128, 127, 1, %2 -> %3)", SC_E_SHAPE},
    {"conv_huge_kernel", X, 112, 0, "i8[1,4,2,2]{0,2,3,1}",
     CONV "(%0, %1, [" HUGE_INT ", 1], [1, 1], [0, 0], 0, 0, -128, 127, 1, %2 -> %3)",
     SC_E_SHAPE},
    {"conv_no_stride", X, 112, 0, "i8[1,4,2,2]{0,2,3,1}",
     CONV "(%0, %1, [1, 1], [0, 1], [0, 0], 0, 0, -128, 127, 1, %2 -> %3)", SC_E_SHAPE},
    {"conv_negative_padding", X, 112, 0, "i8[1,4,2,2]{0,2,3,1}",
     CONV "(%0, %1, [1, 1], [1, 1], [-1, 0], 0, 0, -128, 127, 1, %2 -> %3)", SC_E_SHAPE},
    {"conv_larger_output", X, 112, 0, "i8[1,4,3,2]{0,2,3,1}",
     CONV "(%0, %1, [1, 1], [1, 1], [0, 0], 0, 0, -128, 127, 1, %2 -> %3)", SC_E_SHAPE},
    {"conv_unknown_form", X, 112, 0, "i8[1,4,2,2]{0,2,3,1}",
     CONV "(%0, %1, [1, 1], [1, 1], [0, 0], 0, 0, -128, 127, 3, %2 -> %3)", SC_E_RANGE},
    {"conv_crossed_limits", X, 112, 0, "i8[1,4,2,2]{0,2,3,1}",
     CONV "(%0, %1, [1, 1], [1, 1], [0, 0], 0, 0, 5, 4, 2, %2 -> %3)", SC_E_RANGE},
    {"conv_zero_point_beyond_int8", X, 112, 0, "i8[1,4,2,2]{0,2,3,1}",
     CONV "(%0, %1, [1, 1], [1, 1], [0, 0], 0, 128, -128, 127, 1, %2 -> %3)", SC_E_RANGE},
    {"conv_absurd_input_zero_point", X, 112, 0, "i8[1,4,2,2]{0,2,3,1}",
     CONV "(%0, %1, [1, 1], [1, 1], [0, 0], " HUGE_INT ", 0, -128, 127, 1, %2 -> %3)",
     SC_OK},
    {"conv_in_another_layout", "i8[1,16,2,2]", 112, 0, "i8[1,4,2,2]{0,2,3,1}",
     CONV "(%0, %1, [1, 1], [1, 1], [0, 0], 0, 0, -128, 127, 1, %2 -> %3)", SC_E_SHAPE},
    {"columns", X, 624, 192, "i8[1,4,2,2]{0,2,3,1}",
     CONV "(%0, %1, [3, 3], [1, 1], [1, 1], 0, 0, -128, 127, 1, %2 -> %3)", SC_OK},
    {"columns_without_scratch", X, 624, 191, "i8[1,4,2,2]{0,2,3,1}",
     CONV "(%0, %1, [3, 3], [1, 1], [1, 1], 0, 0, -128, 127, 1, %2 -> %3)", SC_E_MEMORY},
    {"columns_all_outside", X, 624, 2976, "i8[1,4,60,60]{0,2,3,1}",
     CONV "(%0, %1, [3, 3], [1, 1], [30, 30], 0, 0, -128, 127, 1, %2 -> %3)", SC_OK},
    {"windows", "i8[1,4,2,2]{0,2,3,1}", 240, 48, "i8[1,4,2,2]{0,2,3,1}",
     CONV "(%0, %1, [3, 3], [1, 1], [1, 1], 0, 0, -128, 127, 1, %2 -> %3)", SC_OK},
    {"windows_without_scratch", "i8[1,4,2,2]{0,2,3,1}", 240, 47, "i8[1,4,2,2]{0,2,3,1}",
     CONV "(%0, %1, [3, 3], [1, 1], [1, 1], 0, 0, -128, 127, 1, %2 -> %3)", SC_E_MEMORY},
    {"windows_all_outside", "i8[1,4,2,2]{0,2,3,1}", 240, 48, "i8[1,4,60,60]{0,2,3,1}",
     CONV "(%0, %1, [3, 3], [1, 1], [30, 30], 0, 0, -128, 127, 1, %2 -> %3)", SC_OK},
    {"tail", "i8[1,20,1,1]", 176, 32, "i8[1,4,1,1]",
     CONV "(%0, %1, [1, 1], [1, 1], [0, 0], 0, 0, -128, 127, 1, %2 -> %3)", SC_OK},
    {"tail_without_scratch", "i8[1,20,1,1]", 176, 31, "i8[1,4,1,1]",
     CONV "(%0, %1, [1, 1], [1, 1], [0, 0], 0, 0, -128, 127, 1, %2 -> %3)", SC_E_MEMORY},
    {"depthwise", X, 352, 0, X,
     DEPTHWISE "(%0, %1, [1, 1], [1, 1], [1, 1], 0, 0, 1, %2 -> %3)", SC_OK},
    {"depthwise_table_without_zeros", X, 336, 0, X,
     DEPTHWISE "(%0, %1, [1, 1], [1, 1], [1, 1], 0, 0, 1, %2 -> %3)", SC_E_SHAPE},
    {"depthwise_general_form", X, 352, 0, X,
     DEPTHWISE "(%0, %1, [1, 1], [1, 1], [1, 1], 0, 0, 2, %2 -> %3)", SC_E_RANGE},
    {"depthwise_of_24_channels", "i8[1,24,2,2]{0,2,3,1}", 1008, 384,
     "i8[1,24,2,2]{0,2,3,1}",
     DEPTHWISE "(%0, %1, [1, 1], [1, 1], [1, 1], 0, 0, 1, %2 -> %3)", SC_OK},
    {"depthwise_of_24_channels_table_of_one_pixel", "i8[1,24,2,2]{0,2,3,1}", 672, 384,
     "i8[1,24,2,2]{0,2,3,1}",
     DEPTHWISE "(%0, %1, [1, 1], [1, 1], [1, 1], 0, 0, 1, %2 -> %3)", SC_E_SHAPE},
    {"depthwise_of_24_channels_without_scratch", "i8[1,24,2,2]{0,2,3,1}", 1008, 383,
     "i8[1,24,2,2]{0,2,3,1}",
     DEPTHWISE "(%0, %1, [1, 1], [1, 1], [1, 1], 0, 0, 1, %2 -> %3)", SC_E_MEMORY},
    {"depthwise_of_24_channels_widely_dilated", "i8[1,24,2,2]{0,2,3,1}", 1008, 7872,
     "i8[1,24,2,2]{0,2,3,1}",
     DEPTHWISE "(%0, %1, [1, 1], [40, 1], [40, 1], 0, 0, 1, %2 -> %3)", SC_OK},
    {"depthwise_of_72_channels", "i8[1,72,2,2]{0,2,3,1}", 1680, 720,
     "i8[1,72,2,2]{0,2,3,1}",
     DEPTHWISE "(%0, %1, [1, 1], [1, 1], [1, 1], 0, 0, 1, %2 -> %3)", SC_OK},
    {"depthwise_of_72_channels_without_scratch", "i8[1,72,2,2]{0,2,3,1}", 1680, 719,
     "i8[1,72,2,2]{0,2,3,1}",
     DEPTHWISE "(%0, %1, [1, 1], [1, 1], [1, 1], 0, 0, 1, %2 -> %3)", SC_E_MEMORY},
    {"depthwise_dilated_outside", X, 352, 0, X,
     DEPTHWISE "(%0, %1, [1, 1], [9, 9], [9, 9], 0, 0, 1, %2 -> %3)", SC_OK},
    {"depthwise_other_size", X, 352, 0, "i8[1,16,2,3]{0,2,3,1}",
     DEPTHWISE "(%0, %1, [1, 1], [1, 1], [1, 1], 0, 0, 1, %2 -> %3)", SC_E_SHAPE},
    {"linear", "i8[3,5]", 112, 16, "i8[3,2]",
     LINEAR "(%0, %1, 0, 0, -128, 127, 1, %2 -> %3)", SC_OK},
    {"linear_without_scratch", "i8[3,5]", 112, 15, "i8[3,2]",
     LINEAR "(%0, %1, 0, 0, -128, 127, 1, %2 -> %3)", SC_E_MEMORY},
    {"linear_other_rows", "i8[3,5]", 112, 16, "i8[2,2]",
     LINEAR "(%0, %1, 0, 0, -128, 127, 1, %2 -> %3)", SC_E_SHAPE},
    {"linear_of_nothing", "i8[3,0]", 112, 16, "i8[3,2]",
     LINEAR "(%0, %1, 0, 0, -128, 127, 1, %2 -> %3)", SC_E_SHAPE},
    {"linear_to_another_rank", "i8[3,5]", 112, 16, "i8[6]",
     LINEAR "(%0, %1, 0, 0, -128, 127, 1, %2 -> %3)", SC_E_SHAPE},
    {"add", "i8[16]", 16, 0, "i8[16]", "sconce::add_s8.mve_out(%0, %1, 5, 6, 7, 22 -> %3)",
     SC_OK},
    {"add_of_other_sizes", "i8[16]", 17, 0, "i8[16]",
     "sconce::add_s8.mve_out(%0, %1, 5, 6, 7, 22 -> %3)", SC_E_SHAPE},
    {"add_by_another_shift", "i8[16]", 16, 0, "i8[16]",
     "sconce::add_s8.mve_out(%0, %1, 5, 6, 7, 23 -> %3)", SC_E_RANGE},
    {"add_of_absurd_factors", "i8[16]", 16, 0, "i8[16]",
     "sconce::add_s8.mve_out(%0, %1, " HUGE_INT ", " HUGE_INT ", " HUGE_INT ", 20 -> %3)",
     SC_OK},
};

static void program_text(const Case *t, ScBuf *out) {
    sc_buf_str(out, "program \"forward\"\nconst 0 = i8[");
    for (int i = 0; i < t->table_bytes; i++) {
        sc_buf_str(out, i ? ", 0" : "0");
    }
    sc_buf_fmt(out, "]\nbuffer 0 = 512 io\nbuffer 1 = %d\nbuffer 2 = 16384 io\n",
               t->scratch_bytes);
    sc_buf_fmt(out, "%%0 = %s buffer 0\n%%1 = i8[%d] const 0\n", t->x, t->table_bytes);
    sc_buf_fmt(out, "%%2 = u8[%d] buffer 1\n%%3 = %s buffer 2\n", t->scratch_bytes, t->out);
    sc_buf_fmt(out, "input %%0\noutput %%3\ncall %s\n", t->call);
}

static void mve_kernel_with_bad_arguments_answers_its_status(void **state) {
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
        cmocka_unit_test(mve_kernel_with_bad_arguments_answers_its_status),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
