/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the portable kernels answer to arguments that a well-formed file can
 * hold and no compiler would write: one instruction a program, through the
 * writer, the verifier and the runtime. Each bad case stands beside a good one.
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
    const char *consts; /* "f32[2] = 1.0, 2.0; ..." becomes %0, %1, ... */
    const char *out;    /* type of the output, the next % */
    const char *call;
    ScStatus status;
} Case;

static const Case cases[] = {
    {"add", "f32[2] = 1.0, 2.0; f32[1] = 3.0", "f32[2]", "aten::add.out(%0, %1, 1 -> %2)",
     SC_OK},
    {"add_that_does_not_broadcast", "f32[2] = 1.0, 2.0; f32[3] = 3.0, 3.0, 3.0", "f32[2]",
     "aten::add.out(%0, %1, 1 -> %2)", SC_E_SHAPE},
    {"add_into_too_small_an_output", "f32[2] = 1.0, 2.0; f32[2] = 3.0, 4.0", "f32[1]",
     "aten::add.out(%0, %1, 1 -> %2)", SC_E_SHAPE},
    {"clone", "i8[2] = 1, 2", "i8[2]", "aten::clone.out(%0, null -> %1)", SC_OK},
    {"clone_into_another_dtype", "i8[2] = 1, 2", "i16[2]",
     "aten::clone.out(%0, null -> %1)", SC_E_UNSUPPORTED},
    {"view", "i8[2] = 1, 2", "i8[1,2]", "aten::view_copy.out(%0, [1, 2] -> %1)", SC_OK},
    {"view_of_other_numel", "i8[2] = 1, 2", "i8[3]", "aten::view_copy.out(%0, [3] -> %1)",
     SC_E_SHAPE},
    {"embedding", "f32[2,1] = 1.0, 2.0; i64[1] = 1", "f32[1,1]",
     "aten::embedding.out(%0, %1, -1, false, false -> %2)", SC_OK},
    {"embedding_beyond_the_table", "f32[2,1] = 1.0, 2.0; i64[1] = 2", "f32[1,1]",
     "aten::embedding.out(%0, %1, -1, false, false -> %2)", SC_E_RANGE},
    {"embedding_before_the_table", "f32[2,1] = 1.0, 2.0; i64[1] = -1", "f32[1,1]",
     "aten::embedding.out(%0, %1, -1, false, false -> %2)", SC_E_RANGE},
    {"gather_out_of_range", "f32[2] = 1.0, 2.0; i64[1] = 5", "f32[1]",
     "aten::gather.out(%0, 0, %1, false -> %2)", SC_E_RANGE},
    {"index_out_of_range", "f32[2] = 1.0, 2.0; i64[1] = -3", "f32[1]",
     "aten::index.Tensor_out(%0, o[%1] -> %2)", SC_E_RANGE},
    {"index_from_the_end", "f32[2] = 1.0, 2.0; i64[1] = -2", "f32[1]",
     "aten::index.Tensor_out(%0, o[%1] -> %2)", SC_OK},
    {"scatter_out_of_range", "f32[2] = 1.0, 2.0; i64[1] = 2; f32[1] = 1.0", "f32[2]",
     "aten::scatter.src_out(%0, 0, %1, %2 -> %3)", SC_E_RANGE},
    {"select_out_of_range", "f32[2] = 1.0, 2.0", "f32[]",
     "aten::select_copy.int_out(%0, 0, 2 -> %1)", SC_E_RANGE},
    {"select_axis_out_of_range", "f32[2] = 1.0, 2.0", "f32[]",
     "aten::select_copy.int_out(%0, 1, 0 -> %1)", SC_E_SHAPE},
    {"slice_by_nothing", "f32[2] = 1.0, 2.0", "f32[2]",
     "aten::slice_copy.Tensor_out(%0, 0, null, null, 0 -> %1)", SC_E_SHAPE},
    {"slice_far_beyond", "f32[2] = 1.0, 2.0", "f32[1]",
     "aten::slice_copy.Tensor_out(%0, 0, 1, 9223372036854775807, 9223372036854775807 -> "
     "%1)",
     SC_OK},
    {"permute_twice_the_same_axis", "f32[1,2] = 1.0, 2.0", "f32[1,1]",
     "aten::permute_copy.out(%0, [0, 0] -> %1)", SC_E_SHAPE},
    {"divide_integers_by_zero", "i32[2] = 1, 2; i32[2] = 1, 0", "i32[2]",
     "aten::div.out_mode(%0, %1, \"floor\" -> %2)", SC_E_RANGE},
    {"divide_with_an_unknown_mode", "i32[1] = 1; i32[1] = 1", "i32[1]",
     "aten::div.out_mode(%0, %1, \"up\" -> %2)", SC_E_UNSUPPORTED},
    {"gelu_of_an_unknown_kind", "f32[1] = 1.0", "f32[1]",
     "aten::gelu.out(%0, \"fast\" -> %1)", SC_E_UNSUPPORTED},
    {"amax_of_nothing", "f32[0] =", "f32[]", "aten::amax.out(%0, [], false -> %1)",
     SC_E_SHAPE},
    {"sum_twice_over_an_axis", "f32[1,1] = 1.0", "f32[]",
     "aten::sum.IntList_out(%0, [0, -2], false, null -> %1)", SC_E_SHAPE},
    {"conv", "f32[1,1,2,2] = 1.0, 2.0, 3.0, 4.0; f32[1,1,1,1] = 1.0", "f32[1,1,2,2]",
     "aten::convolution.out(%0, %1, null, [1, 1], [0, 0], [1, 1], false, [0, 0], 1 -> %2)",
     SC_OK},
    {"conv_without_stride", "f32[1,1,2,2] = 1.0, 2.0, 3.0, 4.0; f32[1,1,1,1] = 1.0",
     "f32[1,1,2,2]",
     "aten::convolution.out(%0, %1, null, [0, 0], [0, 0], [1, 1], false, [0, 0], 1 -> %2)",
     SC_E_SHAPE},
    {"conv_whose_output_is_too_large",
     "f32[1,1,2,2] = 1.0, 2.0, 3.0, 4.0; f32[1,1,2,2] = 1.0, 1.0, 1.0, 1.0", "f32[1,1,2,2]",
     "aten::convolution.out(%0, %1, null, [1, 1], [0, 0], [1, 1], false, [0, 0], 1 -> %2)",
     SC_E_SHAPE},
    {"conv_of_no_groups", "f32[1,1,1,1] = 1.0; f32[1,1,1,1] = 1.0", "f32[1,1,1,1]",
     "aten::convolution.out(%0, %1, null, [1, 1], [0, 0], [1, 1], false, [0, 0], 0 -> %2)",
     SC_E_SHAPE},
    {"conv_with_absurd_numbers", "f32[1,1,1,1] = 1.0; f32[1,1,1,1] = 1.0", "f32[1,1,1,1]",
     "aten::convolution.out(%0, %1, null, [9223372036854775807, 1], "
     "[-9223372036854775808, 0], [9223372036854775807, 1], true, [0, 0], 1 -> %2)",
     SC_E_SHAPE},
    {"max_pool_with_a_huge_kernel", "f32[1,1,1] = 1.0", "f32[1,1,1]",
     "aten::max_pool2d_with_indices.out(%0, [2147483647, 2147483647], [1, 1], "
     "[1073741823, 1073741823], [1, 1], false -> %1, %2)",
     SC_OK},
    {"quantize", "f32[1] = 1.0", "i8[1]",
     "quantized_decomposed::quantize_per_tensor.out(%0, 0.5, 0, -128, 127, 1 -> %1)",
     SC_OK},
    {"quantize_with_crossed_limits", "f32[1] = 1.0", "i8[1]",
     "quantized_decomposed::quantize_per_tensor.out(%0, 0.5, 0, 127, -128, 1 -> %1)",
     SC_E_SHAPE},
    {"quantize_with_a_huge_zero_point", "f32[1] = 1.0", "i8[1]",
     "quantized_decomposed::quantize_per_tensor.out(%0, 0.5, 4294967296, -128, 127, 1 -> "
     "%1)",
     SC_E_RANGE},
    {"add_of_float64", "f64[1] = 1.0; f64[1] = 1.0", "f64[1]",
     "aten::add.out(%0, %1, 1 -> %2)", SC_E_NO_KERNEL},
};

/* The text of a program with one call; two outputs of pooling share a type. */
static void program_text(const Case *t, ScBuf *out) {
    const char *at = t->consts;
    int n = 0;
    ScBuf tensors = sc_buf(out->arena);
    sc_buf_str(out, "program \"forward\"\n");
    for (; *at; n++) {
        const char *equals = strchr(at, '='), *end = strchr(at, ';');
        end = end ? end : at + strlen(at);
        const char *bracket = strchr(at, '[');
        sc_buf_fmt(out, "const %d = %.*s[%.*s]\n", n, (int)(bracket - at), at,
                   (int)(end - equals - 1), equals + 1);
        sc_buf_fmt(&tensors, "%%%d = %.*s const %d\n", n, (int)(equals - at - 1), at, n);
        at = *end ? end + 2 : end;
    }
    sc_buf_fmt(out, "buffer 0 = 64 io\nbuffer 1 = 64\n%s", tensors.data);
    sc_buf_fmt(out, "%%%d = %s buffer 0\n", n, t->out);
    if (strstr(t->call, "max_pool")) {
        sc_buf_fmt(out, "%%%d = i64[1,1,1] buffer 1\n", n + 1);
    }
    sc_buf_fmt(out, "output %%%d\ncall %s\n", n, t->call);
}

static void kernel_with_bad_arguments_answers_its_status(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        Sc sc = {.arena = sc_arena_new()};
        ScBuf text = sc_buf(sc.arena);
        program_text(&cases[i], &text);
        status_expect(&sc, "portable", cases[i].name, &text, cases[i].status);
        sc_arena_free(sc.arena);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(kernel_with_bad_arguments_answers_its_status),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
