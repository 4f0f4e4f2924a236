/* SPDX-License-Identifier: Apache-2.0 */
/* The contract is in onboard.h. */
#include "compiler/onboard.h"

#include <stdlib.h>
#include <string.h>

#include "compiler/execute.h"
#include "compiler/onboard/qemu.h"
#include "compiler/target.h"

typedef struct Onboard {
    const ScRunFileOptions *options;
    ScTarget target;
    ScBytes pte;
    ScArray *inputs;
    uint32_t n_inputs;
    ScExecution execution; /* on this computer */
    ScQemuResult result;
    uint32_t n_different; /* outputs whose bytes differ */
} Onboard;

static ScStatus check_request(Sc *sc, Onboard *b) {
    const ScRunFileOptions *o = b->options;
    if (strcmp(o->on, "qemu") != 0) {
        return sc_fail(sc, SC_E_ARG, "--on", sc_arena_fmt(sc->arena, "no '%s' here", o->on),
                       0, "--on qemu is what there is");
    }
    if (!o->target) {
        return sc_fail(sc, SC_E_ARG, "--on", "which core?", 0,
                       "add --target; `sconce targets` lists those with a core");
    }
    SC_TRY(sc_target_load(sc, o->target, &b->target));
    if (!b->target.core) {
        return sc_fail(sc, SC_E_ARG, o->target, "this target names no core", 0,
                       "take one with a core: `sconce targets` lists them");
    }
    SC_TRY(sc_file_map(sc, o->model, &b->pte));
    if (!sc_is_pte(b->pte)) {
        return sc_fail(
            sc, SC_E_ARG, o->model, "a board runs a .pte", 0,
            "compile it first: sconce compile model.pt2 --target ... -o model.pte");
    }
    return SC_OK;
}

/* The host's run also checks number, shapes and dtypes of the inputs. */
static ScStatus run_here(Sc *sc, Onboard *b) {
    const ScRunFileOptions *o = b->options;
    SC_TRY(sc_execution_open(sc, o->model, b->pte, &b->execution));
    b->n_inputs = sc_input_count(&b->execution.method);
    if (o->n_inputs != b->n_inputs) {
        return sc_fail(sc, SC_E_ARG, o->model,
                       sc_arena_fmt(sc->arena, "%zu inputs given, the model takes %u",
                                    o->n_inputs, b->n_inputs),
                       0, "give one --input x.npy for each, in order");
    }
    b->inputs = SC_NEW_ARRAY(sc->arena, ScArray, b->n_inputs + 1u);
    for (uint32_t run = 0; run < (o->n_runs ? o->n_runs : 1); run++) {
        for (uint32_t i = 0; i < b->n_inputs; i++) {
            ScArray given;
            SC_TRY(sc_npy_read(sc, o->inputs[i], &given));
            SC_TRY(sc_execution_fit(sc, &b->execution, i, &given, &b->inputs[i]));
            SC_TRY(sc_execution_set(sc, &b->execution, i, &b->inputs[i]));
        }
        SC_TRY(sc_execution_run(sc, &b->execution, 0));
    }
    return SC_OK;
}

static ScStatus compare(Sc *sc, Onboard *b) {
    for (uint32_t i = 0; i < b->result.n_outputs; i++) {
        ScArray here;
        const ScArray *there = &b->result.outputs[i];
        SC_TRY(sc_execution_get(sc, &b->execution, i, &here));
        bool same = here.n_bytes == there->n_bytes &&
                    memcmp(here.data, there->data, here.n_bytes) == 0;
        b->n_different += !same;
    }
    return SC_OK;
}

static ScStatus write_outputs(Sc *sc, const Onboard *b) {
    SC_TRY(sc_dir_make(sc, b->options->out_dir));
    for (uint32_t i = 0; i < b->result.n_outputs; i++) {
        const char *path = sc_arena_fmt(sc->arena, "%s/out%u.npy", b->options->out_dir, i);
        SC_TRY(sc_npy_write(sc, path, &b->result.outputs[i]));
    }
    return SC_OK;
}

/* ---- report
 * --------------------------------------------------------------------------------- */

typedef struct Row {
    const char *name;
    uint64_t n, n_calls;
} Row;

static int row_compare(const void *a, const void *b) {
    const Row *x = a, *y = b;
    return x->n == y->n ? strcmp(x->name, y->name) : x->n < y->n ? 1 : -1;
}

static size_t rows_of(Sc *sc, const ScQemuResult *r, Row **out_rows) {
    Row *rows = SC_NEW_ARRAY(sc->arena, Row, r->n_calls + 1u);
    size_t n = 0;
    for (uint32_t i = 0; i < r->n_calls; i++) {
        size_t k = 0;
        while (k < n && strcmp(rows[k].name, r->calls[i].operator_name) != 0) {
            k++;
        }
        if (k == n) {
            rows[n++] = (Row){r->calls[i].operator_name, 0, 0};
        }
        rows[k].n += r->calls[i].n;
        rows[k].n_calls++;
    }
    qsort(rows, n, sizeof *rows, row_compare);
    *out_rows = rows;
    return n;
}

/* Its calls were those of a simulator. */
static bool is_simulated(const ScQemuResult *r, const char *name) {
    for (uint32_t i = 0; i < r->n_simulated; i++) {
        if (strcmp(r->simulated[i].delegate, name) == 0) {
            return true;
        }
    }
    return false;
}

static size_t arena_of(const ScQemuResult *r) {
    size_t n = 0;
    for (uint32_t i = 0; i < r->n_memories; i++) {
        n += r->memory_bytes[i];
    }
    return n;
}

static void report_json(Sc *sc, const Onboard *b, ScBuf *out) {
    const ScQemuResult *r = &b->result;
    Row *rows;
    sc_buf_str(out, "{\"schema\": \"sconce.onboard/1\", \"model\": ");
    sc_buf_json_str(out, b->options->model);
    sc_buf_fmt(out,
               ", \"core\": \"%s\", \"bytes_equal\": %s, \"instructions\": %llu, "
               "\"load_instructions\": %llu, \"verify_instructions\": %llu, "
               "\"arena_bytes\": %zu, \"workspace_bytes\": %zu, \"stack_bytes\": %zu",
               b->target.core, b->n_different ? "false" : "true",
               (unsigned long long)r->run_instructions[0],
               (unsigned long long)r->load_instructions,
               (unsigned long long)r->verify_instructions, arena_of(r), r->workspace_bytes,
               r->stack_bytes);
    sc_buf_fmt(out, ", \"scratch_bytes\": %zu, \"simulated\": [", r->scratch_bytes);
    for (uint32_t i = 0; i < r->n_simulated; i++) {
        sc_buf_fmt(out, "%s{\"delegate\": \"%s\", \"bytes\": %zu}", i ? ", " : "",
                   r->simulated[i].delegate, r->simulated[i].n_bytes);
    }
    sc_buf_str(out, "], \"operators\": [");
    size_t n = rows_of(sc, r, &rows);
    for (size_t i = 0; i < n; i++) {
        sc_buf_fmt(out, "%s{\"operator\": ", i ? ", " : "");
        sc_buf_json_str(out, rows[i].name);
        sc_buf_fmt(out, ", \"calls\": %llu, \"instructions\": %llu, \"simulated\": %s}",
                   (unsigned long long)rows[i].n_calls, (unsigned long long)rows[i].n,
                   is_simulated(r, rows[i].name) ? "true" : "false");
    }
    sc_buf_str(out, "]}\n");
}

/* What the figures above hold of engines that the board hasn't got. */
static void simulated_print(const ScQemuResult *r, ScBuf *out) {
    if (r->scratch_bytes) {
        sc_buf_fmt(out, "  scratch        %12zu B for delegate calls\n", r->scratch_bytes);
    }
    for (uint32_t i = 0; i < r->n_simulated; i++) {
        sc_buf_fmt(out,
                   "  note           %s was simulated, in %zu B more: the instructions "
                   "above\n                 are mostly the simulator's and say nothing "
                   "of the engine's time\n",
                   r->simulated[i].delegate, r->simulated[i].n_bytes);
    }
}

static void report_text(Sc *sc, const Onboard *b, ScBuf *out) {
    const ScQemuResult *r = &b->result;
    Row *rows;
    sc_buf_fmt(out, "%s on %s in QEMU\n\n", b->options->model, b->target.core);
    sc_buf_fmt(out, "  bytes          %s\n",
               b->n_different ? "DIFFERENT from this computer's"
                              : "equal to this computer's, every one");
    sc_buf_fmt(out, "  instructions   %12llu an inference\n",
               (unsigned long long)r->run_instructions[0]);
    sc_buf_fmt(out, "  load           %12llu, and %llu to verify the file once\n",
               (unsigned long long)r->load_instructions,
               (unsigned long long)r->verify_instructions);
    sc_buf_fmt(
        out, "  RAM            %12zu B of tensors, %zu B of the runtime, %zu B of stack\n",
        arena_of(r), r->workspace_bytes, r->stack_bytes);
    simulated_print(r, out);
    if (b->options->profile) {
        size_t n = rows_of(sc, r, &rows);
        sc_buf_str(out, "\n  instructions  calls  operator\n");
        for (size_t i = 0; i < n; i++) {
            sc_buf_fmt(out, "  %12llu  %5llu  %s%s\n", (unsigned long long)rows[i].n,
                       (unsigned long long)rows[i].n_calls, rows[i].name,
                       is_simulated(r, rows[i].name) ? " (simulated)" : "");
        }
    }
}

ScStatus sc_run_onboard(Sc *sc, const ScRunFileOptions *options, ScFormat format,
                        ScBuf *out_report) {
    Onboard *b = SC_NEW(sc->arena, Onboard);
    b->options = options;
    SC_TRY(check_request(sc, b));
    SC_TRY(run_here(sc, b));
    ScQemuRequest request = {.core = b->target.core,
                             .where = options->model,
                             .pte = b->pte,
                             .inputs = b->inputs,
                             .n_inputs = b->n_inputs,
                             .n_sets = 1,
                             .n_runs = options->n_runs,
                             .count = true,
                             .per_call = options->profile};
    SC_TRY(sc_qemu_run(sc, &request, &b->result));
    SC_TRY(compare(sc, b));
    if (options->out_dir) {
        SC_TRY(write_outputs(sc, b));
    }
    if (b->n_different) {
        return sc_fail(sc, SC_E_INTERNAL, options->model,
                       sc_arena_fmt(sc->arena,
                                    "%u of %u outputs differ from this computer's",
                                    b->n_different, b->result.n_outputs),
                       "a kernel of that core computes other bits",
                       "please report the model; --profile says which kernels it uses");
    }
    if (format == SC_JSON) {
        report_json(sc, b, out_report);
    } else {
        report_text(sc, b, out_report);
    }
    return SC_OK;
}
