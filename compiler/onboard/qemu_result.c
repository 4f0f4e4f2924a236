/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reads what the runner wrote (boards/qemu/job.h) and what the plugin counted
 * (tools/qemu_plugin/count.c). Both are bytes from outside: nothing is trusted.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "compiler/onboard/parts.h"

enum { MAX_WORDS = 32 };

typedef struct Line {
    char *words[MAX_WORDS];
    uint32_t n;
} Line;

typedef struct Reader {
    ScQemuRun *run;
    const uint8_t *bytes;
    size_t n_bytes, at;
    bool done;
    Line last; /* of `done`, or what else explains the end */
    const char *fault;
    uint64_t lacks, lacks_free;
    uint32_t n_calls, cap_calls;
    uint32_t n_simulated, cap_simulated;
} Reader;

static ScStatus damaged(Reader *r, const char *what) {
    return sc_fail(r->run->sc, SC_E_FORMAT, r->run->board.image, what,
                   "the image and this command are of different versions",
                   "build the images again with `make boards`");
}

/* False at the end. Words are split in a copy. */
static bool line_next(Reader *r, Line *out_line) {
    const uint8_t *start = r->bytes + r->at;
    const uint8_t *end =
        r->at < r->n_bytes ? memchr(start, '\n', r->n_bytes - r->at) : NULL;
    out_line->n = 0;
    if (!end) {
        return false;
    }
    char *text =
        sc_arena_strn(r->run->sc->arena, (const char *)start, (size_t)(end - start));
    r->at += (size_t)(end - start) + 1;
    char *rest = NULL;
    for (char *word = strtok_r(text, " ", &rest); word && out_line->n < MAX_WORDS;
         word = strtok_r(NULL, " ", &rest)) {
        out_line->words[out_line->n++] = word;
    }
    return true;
}

/* Word `index` of a line as a number, 0 when it isn't there. */
static uint64_t number(const Line *line, uint32_t index) {
    return index < line->n ? strtoull(line->words[index], NULL, 10) : 0;
}

static const char *word(const Line *line, uint32_t index) {
    bool there = index < line->n && strcmp(line->words[index], "-") != 0;
    return there ? line->words[index] : "";
}

static ScStatus need_take(Reader *r, const Line *line) {
    ScQemuResult *result = r->run->result;
    if (line->n < 2 || line->n - 2 > SC_MAX_MEMORIES) {
        return damaged(r, "the line `need` has too many or too few numbers");
    }
    result->workspace_bytes = (size_t)number(line, 1);
    result->n_memories = line->n - 2;
    for (uint32_t i = 0; i < result->n_memories; i++) {
        result->memory_bytes[i] = (size_t)number(line, 2 + i);
    }
    return SC_OK;
}

/* output SET INDEX DTYPE RANK SIZES... DIM_ORDER... N_BYTES, then the bytes. */
static ScStatus output_take(Reader *r, const Line *line) {
    ScQemuRun *run = r->run;
    uint64_t set = number(line, 1), index = number(line, 2), rank = number(line, 4);
    int32_t sizes[SC_MAX_RANK];
    uint8_t order[SC_MAX_RANK];
    ScTensor t = {.sizes = sizes, .dim_order = order, .dtype = (uint8_t)number(line, 3)};
    if (set >= run->n_sets || index >= run->result->n_outputs || rank > SC_MAX_RANK ||
        line->n != 6 + 2 * rank) {
        return damaged(r, "a line `output` can't be read");
    }
    ScArray *array =
        &run->result->outputs[(run->first_set + set) * run->result->n_outputs + index];
    uint32_t seen = 0;
    uint64_t want = sc_dtype_size((ScDtype)t.dtype);
    t.rank = array->rank = (uint8_t)rank;
    for (uint32_t d = 0; d < rank; d++) {
        uint64_t size = number(line, 5 + d), dim = number(line, 5 + (uint32_t)rank + d);
        want *= size <= INT32_MAX ? size : UINT32_MAX;
        if (size > INT32_MAX || dim >= rank || want > r->n_bytes) {
            return damaged(r, "a line `output` has impossible sizes");
        }
        sizes[d] = (int32_t)size;
        array->dims[d] = sizes[d];
        order[d] = (uint8_t)dim;
        seen |= 1u << dim;
    }
    uint64_t n_bytes = number(line, 5 + 2 * (uint32_t)rank);
    if (!sc_dtype_size((ScDtype)t.dtype) || seen != (1u << rank) - 1 || n_bytes != want ||
        n_bytes >= r->n_bytes - r->at) {
        return damaged(r, "the bytes of an output are missing");
    }
    array->dtype = (ScDtype)t.dtype;
    array->n_bytes = (size_t)n_bytes;
    void *flat = sc_arena_alloc(run->sc->arena, array->n_bytes);
    t.data = sc_arena_copy(run->sc->arena, r->bytes + r->at, array->n_bytes);
    sc_copy_logical(&t, flat, false);
    array->data = flat;
    r->at += array->n_bytes + 1;
    return SC_OK;
}

static void call_take(Reader *r, const Line *line) {
    ScQemuResult *result = r->run->result;
    ScQemuCall call = {word(line, 2), (uint32_t)number(line, 1), 0};
    SC_PUSH(r->run->sc->arena, result->calls, r->n_calls, r->cap_calls, call);
}

static void simulated_take(Reader *r, const Line *line) {
    ScQemuResult *result = r->run->result;
    ScQemuSimulated simulated = {word(line, 1), (size_t)number(line, 2)};
    SC_PUSH(r->run->sc->arena, result->simulated, r->n_simulated, r->cap_simulated,
            simulated);
}

/* fault EXCEPTION PC LR SP CFSR HFSR ADDRESS; PC 0: the stack couldn't be read. */
static const char *fault_text(const Reader *r, const Line *line) {
    Sc *sc = r->run->sc;
    if (!number(line, 2)) {
        return sc_arena_fmt(
            sc->arena, "the stack overflowed: its pointer is 0x%llx, status 0x%llx",
            (unsigned long long)number(line, 4), (unsigned long long)number(line, 5));
    }
    return sc_arena_fmt(
        sc->arena, "exception %llu at 0x%llx, called from 0x%llx, status 0x%llx",
        (unsigned long long)number(line, 1), (unsigned long long)number(line, 2),
        (unsigned long long)number(line, 3), (unsigned long long)number(line, 5));
}

static ScStatus line_take(Reader *r, const Line *line) {
    const char *key = word(line, 0);
    if (strcmp(key, "need") == 0) {
        return need_take(r, line);
    }
    if (strcmp(key, "output") == 0) {
        return output_take(r, line);
    }
    if (strcmp(key, "call") == 0) {
        call_take(r, line);
    } else if (strcmp(key, "scratch") == 0) {
        r->run->result->scratch_bytes = (size_t)number(line, 1);
    } else if (strcmp(key, "simulated") == 0) {
        simulated_take(r, line);
    } else if (strcmp(key, "stack") == 0) {
        size_t used = (size_t)number(line, 1);
        size_t *most = &r->run->result->stack_bytes;
        *most = used > *most ? used : *most;
    } else if (strcmp(key, "lacks") == 0) {
        r->lacks = number(line, 1);
        r->lacks_free = number(line, 2);
    } else if (strcmp(key, "fault") == 0) {
        r->fault = fault_text(r, line);
    } else if (strcmp(key, "done") == 0) {
        r->done = true;
        r->last = *line;
    }
    return SC_OK;
}

/* ---- how it ended ---------------------------------------------------------------- */

static ScStatus not_finished(const ScQemuRun *run, const ScProcessEnd *end) {
    Sc *sc = run->sc;
    const char *errors = *end->errors ? end->errors : "it said nothing";
    if (end->timed_out) {
        return sc_fail(sc, SC_E_LIMIT, run->request->where,
                       "the simulation took too long and was stopped", NULL,
                       "give it more time, or fewer inputs and runs");
    }
    return sc_fail(sc, SC_E_INTERNAL, run->request->where,
                   sc_arena_fmt(sc->arena, "QEMU's %s ended without a result (exit %d)",
                                run->board.machine, end->exit_code),
                   errors,
                   "make the images again with `make boards`; does the stack "
                   "overflow?");
}

static ScStatus out_of_memory(const Reader *r) {
    Sc *sc = r->run->sc;
    return sc_fail(sc, SC_E_MEMORY, r->run->request->where,
                   sc_arena_fmt(sc->arena, "a buffer of %llu bytes fits into no memory",
                                (unsigned long long)r->lacks),
                   sc_arena_fmt(sc->arena, "the largest free one of QEMU's %s has %llu",
                                r->run->board.machine, (unsigned long long)r->lacks_free),
                   "quantize the model, or run it on a core whose board has more memory");
}

static ScStatus status_fail(const Reader *r) {
    ScQemuRun *run = r->run;
    Sc *sc = run->sc;
    ScStatus status = (ScStatus)strtol(r->last.n > 1 ? r->last.words[1] : "0", NULL, 10);
    if (status == SC_OK) {
        return SC_OK;
    }
    if (r->fault) {
        return sc_fail(sc, SC_E_INTERNAL, run->request->where,
                       "the core stopped with a fault", r->fault,
                       sc_arena_fmt(sc->arena, "arm-none-eabi-addr2line -fe %s tells where",
                                    run->board.image));
    }
    if (r->lacks) {
        return out_of_memory(r);
    }
    const char *name = word(&r->last, 4);
    if (status == SC_E_NO_KERNEL) {
        return sc_fail(sc, status, run->request->where,
                       sc_arena_fmt(sc->arena, "the image has no kernel for %s", name),
                       "it is older than the compiler, or the kernel isn't for this core",
                       "build the images again with `make boards`");
    }
    if (status == SC_E_NO_DELEGATE) {
        return sc_fail(sc, status, run->request->where,
                       sc_arena_fmt(sc->arena, "the image has no delegate %s", name),
                       "it is older than the compiler, or nothing stands for that engine",
                       "build the images again with `make boards`");
    }
    return sc_fail(sc, status, run->request->where,
                   sc_arena_fmt(sc->arena, "%s on the board: %s", word(&r->last, 2),
                                sc_status_name(status)),
                   sc_arena_fmt(sc->arena, "instruction %llu%s%s",
                                (unsigned long long)number(&r->last, 3), *name ? ", " : "",
                                name),
                   "does it run on this computer?");
}

/* ---- counts ------------------------------------------------------------------------ */

static ScStatus unaligned_fail(const ScQemuRun *run, const char *times, const char *pc) {
    Sc *sc = run->sc;
    return sc_fail(sc, SC_E_INTERNAL, run->request->where,
                   sc_arena_fmt(sc->arena,
                                "%s unaligned accesses to memory, the first by "
                                "the instruction at %s",
                                times, pc),
                   sc_arena_fmt(sc->arena, "a %s would stop with a fault", run->board.core),
                   sc_arena_fmt(sc->arena, "arm-none-eabi-addr2line -fe %s tells where",
                                run->board.image));
}

/* Adds up the intervals of one start of QEMU. */
static ScStatus counts_read(Reader *r) {
    ScQemuRun *run = r->run;
    ScQemuResult *result = run->result;
    uint64_t at[SC_N_MARKS] = {0};
    uint64_t n_most = (uint64_t)run->request->n_sets * sc_qemu_runs(run);
    uint32_t n_calls = 0;
    ScBytes file;
    Line line;
    SC_TRY(sc_file_map(run->sc, run->files.counts, &file));
    Reader counts = {.run = run, .bytes = file.data, .n_bytes = file.n_bytes};
    while (line_next(&counts, &line)) {
        uint64_t mark = number(&line, 0), count = number(&line, 1);
        if (strcmp(word(&line, 0), "unaligned") == 0) {
            return unaligned_fail(run, word(&line, 1), word(&line, 2));
        }
        if (line.n != 2 || strcmp(line.words[0], "end") == 0 || mark >= SC_N_MARKS) {
            continue;
        }
        at[mark] = count;
        if (mark == SC_MARK_LOAD) {
            result->verify_instructions = count - at[SC_MARK_VERIFY];
        } else if (mark == SC_MARK_LOADED) {
            result->load_instructions = count - at[SC_MARK_LOAD];
        } else if (mark == SC_MARK_RAN && result->n_run_instructions < n_most) {
            result->run_instructions[result->n_run_instructions++] =
                count - at[SC_MARK_RUN];
        } else if (mark == SC_MARK_CALLED && n_calls < r->n_calls) {
            result->calls[n_calls++].n = count - at[SC_MARK_CALL];
        }
    }
    return SC_OK;
}

ScStatus sc_qemu_result_read(ScQemuRun *run, const ScProcessEnd *end) {
    Reader r = {.run = run};
    Line line;
    ScBytes file = {NULL, 0};
    if (access(run->files.result, R_OK) != 0) {
        return not_finished(run, end);
    }
    SC_TRY(sc_file_map(run->sc, run->files.result, &file));
    r.bytes = file.data;
    r.n_bytes = file.n_bytes;
    while (!r.done && line_next(&r, &line)) {
        SC_TRY(line_take(&r, &line));
    }
    if (!r.done) {
        return not_finished(run, end);
    }
    SC_TRY(status_fail(&r));
    run->result->n_simulated = r.n_simulated;
    run->result->n_calls = r.n_calls ? r.n_calls : run->result->n_calls;
    bool counted = run->request->count || run->request->per_call || run->board.strict;
    return counted ? counts_read(&r) : SC_OK;
}
