/* SPDX-License-Identifier: Apache-2.0 */
/* Types of control flow: what each row gives, and what it refuses. The types are
 * those of torch 2.13's exports of the same. */
#include "bench.h"

#define BODY(name, lines) "body " name "\n" lines "end\n"
#define IN(name, type) "input %" name " : " type "\n"
#define OUT(name) "output \"\" %" name "\n"

static const char head[] = "graph g\n" IN("x", "f32[2,4]") IN("xs", "f32[5,2,4]")
    IN("n", "i64[5]") IN("p", "bool[]") IN("q", "bool[2]") IN("none", "f32[0,4]");

static const struct {
    const char *what;
    const char *text;
    const char *refusal; /* NULL = it is taken */
} cases[] = {
    {"cond",
     BODY("a", IN("x", "f32[2,4]") OUT("x")) BODY(
         "b", IN("x", "f32[2,4]") OUT(
                  "x")) "%y : f32[2,4] = higher_order.cond(%p, body:a, body:b, v[%x])\n",
     NULL},
    {"two results, no operands",
     BODY("a", "const %c : f32[2] = {1.0, 2.0}\n" OUT("c") OUT("c"))
         BODY("b", "const %c : f32[2] = {3.0, 4.0}\n" OUT("c")
                       OUT("c")) "%y : f32[2], %z : f32[2] = higher_order.cond(%p, body:a, "
                                 "body:b, v[])\n",
     NULL},
    {"a condition of two",
     BODY("a", IN("x", "f32[2,4]") OUT("x")) BODY(
         "b", IN("x", "f32[2,4]") OUT(
                  "x")) "%y : f32[2,4] = higher_order.cond(%q, body:a, body:b, v[%x])\n",
     "isn't one bool"},
    {"branches of different types",
     BODY("a", IN("x", "f32[2,4]") IN("n", "i64[5]") OUT("x")) BODY(
         "b", IN("x", "f32[2,4]") IN("n", "i64[5]") OUT(
                  "n")) "%y : f32[2,4] = higher_order.cond(%p, body:a, body:b, v[%x,%n])\n",
     "other types as output 0"},
    {"branches of different length",
     BODY("a", IN("x", "f32[2,4]") OUT("x")) BODY(
         "b",
         IN("x",
            "f32[2,4]")) "%y : f32[2,4] = higher_order.cond(%p, body:a, body:b, v[%x])\n",
     "output 0 of body b is no tensor"},
    {"an operand too few",
     BODY("a", IN("x", "f32[2,4]") IN("y", "f32[2,4]") OUT("x")) BODY(
         "b", IN("x", "f32[2,4]") OUT(
                  "x")) "%y : f32[2,4] = higher_order.cond(%p, body:a, body:b, v[%x])\n",
     "takes 2 inputs, 1 are given"},
    {"an operand of another type",
     BODY("a", IN("x", "i64[5]") OUT("x")) BODY(
         "b", IN("x", "f32[2,4]") OUT(
                  "x")) "%y : f32[2,4] = higher_order.cond(%p, body:a, body:b, v[%x])\n",
     "input 0 of body a is i64[5], it gets f32[2,4]"},
    {"a number as output",
     BODY("a", "output \"\" 3\n") BODY(
         "b",
         "output \"\" 3\n") "%y : f32[2,4] = higher_order.cond(%p, body:a, body:b, v[])\n",
     "is no tensor"},
    {"while_loop",
     BODY("c", IN("x", "f32[2,4]") IN("p", "bool[]") OUT("p"))
         BODY("b", IN("x", "f32[2,4]") IN("p", "bool[]")
                       OUT("x")) "%y : f32[2,4] = higher_order.while_loop(body:c, body:b, "
                                 "v[%x], v[%p])\n",
     NULL},
    {"while_loop without a truth",
     BODY("c", IN("x", "f32[2,4]") OUT("x")) BODY(
         "b",
         IN("x", "f32[2,4]") OUT(
             "x")) "%y : f32[2,4] = higher_order.while_loop(body:c, body:b, v[%x], v[])\n",
     "isn't one bool"},
    {"while_loop that changes a type",
     BODY("c", IN("n", "i64[5]") IN("p", "bool[]") OUT("p")) BODY(
         "b",
         IN("n", "i64[5]") IN("p", "bool[]") OUT(
             "p")) "%y : i64[5] = higher_order.while_loop(body:c, body:b, v[%n], v[%p])\n",
     "carried value 0 changes its type"},
    {"while_loop that gives more",
     BODY("c", IN("n", "i64[5]") IN("p", "bool[]") OUT("p")) BODY(
         "b",
         IN("n", "i64[5]") IN("p", "bool[]") OUT("n") OUT(
             "n")) "%y : i64[5] = higher_order.while_loop(body:c, body:b, v[%n], v[%p])\n",
     "gives 2 values for 1 carried"},
    {"map over two",
     BODY("f", IN("x", "f32[2,4]") IN("i", "i64[]") IN("y", "f32[2,4]") OUT("y")
                   OUT("i")) "%y : f32[5,2,4], %z : i64[5] = higher_order.map_impl(body:f, "
                             "v[%xs,%n], v[%x])\n",
     NULL},
    {"map over different lengths",
     BODY("f", IN("x", "f32[2,4]") IN("y", "f32[4]") OUT(
                   "y")) "%y : f32[5,4] = higher_order.map_impl(body:f, v[%xs,%x], v[])\n",
     "one length of at least 1"},
    {"map over nothing",
     BODY("f", IN("x", "f32[4]") OUT(
                   "x")) "%y : f32[0,4] = higher_order.map_impl(body:f, v[%none], v[])\n",
     "one length of at least 1"},
    {"map over a number",
     BODY("f", IN("x", "bool[]")
                   OUT("x")) "%y : bool[1] = higher_order.map_impl(body:f, v[%p], v[])\n",
     "one length of at least 1"},
    {"map over no tensor",
     BODY("f", "const %c : f32[2] = {1.0, 2.0}\n" OUT(
                   "c")) "%y : f32[1,2] = higher_order.map_impl(body:f, v[], v[])\n",
     "a loop over no tensors"},
    {"scan",
     BODY("f", IN("h", "f32[2,4]") IN("x", "f32[2,4]") IN("n", "i64[5]") OUT("x")
                   OUT("n")) "%y : f32[2,4], %z : i64[5,5] = "
                             "higher_order.scan(body:f, v[%x], v[%xs], v[%n])\n",
     NULL},
    {"scan that loses its carry",
     BODY(
         "f",
         IN("h", "f32[2,4]") IN(
             "x",
             "f32[2,4]")) "%y : f32[2,4] = higher_order.scan(body:f, v[%x], v[%xs], v[])\n",
     "output 0 of body f is no tensor"},
};

static void flow_types_are_those_of_torch(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        ScGraph *graph;
        bench.n_diags = 0;
        ScStatus status =
            parse(sc_arena_fmt(bench.arena, "%s%send\n", head, cases[i].text), &graph);
        const char *said = bench.n_diags ? bench.diags[0].what : "";
        bool fits = cases[i].refusal
                        ? status != SC_OK && strstr(said, cases[i].refusal) != 0
                        : status == SC_OK;
        if (!fits) {
            fail_msg("%s: %s (%s)", cases[i].what, said, sc_status_name(status));
        }
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(flow_types_are_those_of_torch),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
