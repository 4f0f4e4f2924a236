/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reads the text form that print.c describes, statement by statement; then
 * sc_program_check() looks at the whole.
 */
#include <stdlib.h>
#include <string.h>

#include "compiler/program/intern.h"
#include "compiler/program/number.h"
#include "compiler/program/scan.h"

enum { MAX_STAND_IN = 1 << 28 }; /* bytes of a constant given by its checksum */

typedef struct Pids {
    ScPid *items;
    size_t n, cap;
} Pids;

typedef struct Parser {
    Sc *sc;
    ScScan scan;
    ScProgram *program;
    Pids tensors, own; /* %n, $n */
} Parser;

/* The number of a statement: they count up from 0. */
static ScStatus parse_number(Parser *p, size_t expected) {
    uint32_t number;
    SC_TRY(sc_scan_u32(&p->scan, &number));
    if (number != expected) {
        return sc_scan_fail(&p->scan,
                            sc_arena_fmt(p->sc->arena, "number %zu is expected", expected));
    }
    return SC_OK;
}

/* ---- constants, buffers, delegates -----------------------------------------------------
 */

static ScStatus element_parse(Parser *p, ScDtype dtype, ScBuf *bytes) {
    union {
        float f;
        double d;
        int64_t i;
    } value = {.i = 0};
    if (dtype == SC_F64 || dtype == SC_F32) {
        double number;
        SC_TRY(sc_scan_double(&p->scan, &number));
        if (dtype == SC_F64) {
            value.d = number;
        } else {
            value.f = (float)number;
        }
    } else if (dtype == SC_U64) {
        uint64_t number;
        SC_TRY(sc_scan_u64(&p->scan, &number));
        value.i = (int64_t)number;
    } else {
        SC_TRY(sc_scan_int(&p->scan, &value.i));
    }
    sc_buf_bytes(bytes, &value, sc_dtype_size(dtype)); /* little-endian hosts only */
    return SC_OK;
}

static ScStatus parse_dtype(Parser *p, ScDtype *out_dtype) {
    const char *word;
    SC_TRY(sc_scan_word(&p->scan, &word));
    if (!sc_dtype_parse(word, strlen(word), out_dtype)) {
        return sc_scan_fail(&p->scan, sc_arena_fmt(p->sc->arena, "'%s' is no dtype", word));
    }
    return SC_OK;
}

/* "4096 crc32:0123abcd" */
static ScStatus stand_in_parse(Parser *p, const void **out_bytes, uint64_t *out_n_bytes) {
    SC_TRY(sc_scan_u64(&p->scan, out_n_bytes));
    const char *word;
    SC_TRY(sc_scan_word(&p->scan, &word));
    if (strncmp(word, "crc32:", 6) != 0 || *out_n_bytes > MAX_STAND_IN) {
        return sc_scan_fail(&p->scan, "a size up to 256 MiB and 'crc32:' are expected");
    }
    uint8_t *bytes = sc_arena_alloc(p->program->arena, (size_t)*out_n_bytes);
    uint32_t crc = (uint32_t)strtoul(word + 6, NULL, 16);
    if (*out_n_bytes >= 4) {
        sc_crc32_stand_in(crc, bytes, (size_t)*out_n_bytes);
    }
    *out_bytes = bytes;
    return SC_OK;
}

static ScStatus const_parse(Parser *p) {
    SC_TRY(parse_number(p, p->program->n_constants));
    SC_TRY(sc_scan_expect(&p->scan, "="));
    const void *data;
    uint64_t n_bytes;
    sc_scan_blanks(&p->scan);
    if (*p->scan.at >= '0' && *p->scan.at <= '9') {
        SC_TRY(stand_in_parse(p, &data, &n_bytes));
    } else {
        ScDtype dtype;
        ScBuf bytes = sc_buf(p->program->arena);
        SC_TRY(parse_dtype(p, &dtype));
        SC_TRY(sc_scan_expect(&p->scan, "["));
        while (!sc_scan_accept(&p->scan, "]")) {
            SC_TRY(element_parse(p, dtype, &bytes));
            sc_scan_accept(&p->scan, ",");
        }
        data = bytes.data;
        n_bytes = bytes.len;
    }
    sc_const_add(p->program, data, n_bytes);
    return SC_OK;
}

static ScStatus tie_parse(Parser *p, ScPBuffer *b) {
    if (sc_scan_accept(&p->scan, "tied")) {
        uint64_t distance;
        SC_TRY(sc_scan_u32(&p->scan, &b->tied));
        b->tied++;
        bool below = sc_scan_accept(&p->scan, "-");
        if (!below) {
            SC_TRY(sc_scan_expect(&p->scan, "+"));
        }
        SC_TRY(sc_scan_u64(&p->scan, &distance));
        if (distance > UINT32_MAX) {
            return sc_scan_fail(&p->scan, "a distance below 4 GiB is expected");
        }
        b->tied_at = below ? -(int64_t)distance : (int64_t)distance;
    }
    b->born_inside = sc_scan_accept(&p->scan, "born_inside");
    b->dies_inside = sc_scan_accept(&p->scan, "dies_inside");
    return SC_OK;
}

static ScStatus buffer_parse(Parser *p) {
    SC_TRY(parse_number(p, p->program->n_buffers));
    SC_TRY(sc_scan_expect(&p->scan, "="));
    uint64_t n_bytes;
    SC_TRY(sc_scan_u64(&p->scan, &n_bytes));
    uint32_t index = sc_program_buffer(p->program, n_bytes);
    ScPBuffer *b = &p->program->buffers[index];
    if (sc_scan_accept(&p->scan, "in")) {
        SC_TRY(sc_scan_expect(&p->scan, "memory"));
        SC_TRY(sc_scan_u32(&p->scan, &b->memory));
    }
    b->is_state = sc_scan_accept(&p->scan, "state");
    if (sc_scan_accept(&p->scan, "initial")) {
        SC_TRY(sc_scan_u32(&p->scan, &b->initial));
    }
    b->is_io = sc_scan_accept(&p->scan, "io");
    b->is_scratch = sc_scan_accept(&p->scan, "scratch");
    SC_TRY(tie_parse(p, b));
    if (sc_scan_accept(&p->scan, "live")) {
        SC_TRY(sc_scan_i32(&p->scan, &b->first));
        SC_TRY(sc_scan_expect(&p->scan, ".."));
        SC_TRY(sc_scan_i32(&p->scan, &b->last));
    }
    if (sc_scan_accept(&p->scan, "at")) {
        SC_TRY(sc_scan_u64(&p->scan, &b->offset));
        b->planned = true;
    }
    return SC_OK;
}

static ScStatus spec_parse(Parser *p, ScPSpec *spec) {
    SC_TRY(sc_scan_string(&p->scan, &spec->key));
    ScBuf bytes = sc_buf(p->program->arena);
    while (!sc_scan_accept(&p->scan, "}")) {
        char hex[3] = {p->scan.at[0], p->scan.at[0] ? p->scan.at[1] : '\0', 0}, *end;
        uint8_t byte = (uint8_t)strtoul(hex, &end, 16);
        if (end != hex + 2) {
            return sc_scan_fail(&p->scan, "hexadecimal bytes or '}' are expected");
        }
        p->scan.at += 2;
        sc_buf_bytes(&bytes, &byte, 1);
    }
    spec->value = bytes.data;
    spec->n_bytes = bytes.len;
    return SC_OK;
}

static ScStatus named_parse(Parser *p) {
    ScProgram *program = p->program;
    ScPNamed named = {.key = NULL};
    SC_TRY(sc_scan_string(&p->scan, &named.key));
    SC_TRY(sc_scan_expect(&p->scan, "="));
    SC_TRY(stand_in_parse(p, &named.data, &named.n_bytes));
    SC_PUSH(program->arena, program->named, program->n_named, program->cap_named, named);
    return SC_OK;
}

static ScStatus delegate_parse(Parser *p) {
    ScProgram *program = p->program;
    ScPDelegate d = {.id = NULL};
    ScPSpec *specs = NULL;
    size_t n_specs = 0, cap_specs = 0;
    SC_TRY(parse_number(p, program->n_delegates));
    SC_TRY(sc_scan_expect(&p->scan, "="));
    SC_TRY(sc_scan_string(&p->scan, &d.id));
    SC_TRY(stand_in_parse(p, &d.payload, &d.n_bytes));
    while (sc_scan_accept(&p->scan, "{")) {
        ScPSpec spec = {.key = NULL};
        SC_TRY(spec_parse(p, &spec));
        SC_PUSH(program->arena, specs, n_specs, cap_specs, spec);
    }
    d.specs = specs;
    d.n_specs = (uint32_t)n_specs;
    SC_PUSH(program->arena, program->delegates, program->n_delegates,
            program->cap_delegates, d);
    return SC_OK;
}

static ScStatus memory_parse(Parser *p) {
    uint32_t m;
    SC_TRY(sc_scan_u32(&p->scan, &m));
    if (m >= SC_MAX_MEMORIES) {
        return sc_scan_fail(&p->scan, "there are 8 memories");
    }
    p->program->n_memories =
        m + 1 > p->program->n_memories ? m + 1 : p->program->n_memories;
    SC_TRY(sc_scan_expect(&p->scan, "bytes"));
    SC_TRY(sc_scan_u64(&p->scan, &p->program->memory_bytes[m]));
    SC_TRY(sc_scan_expect(&p->scan, "bound"));
    return sc_scan_u64(&p->scan, &p->program->memory_bound[m]);
}

/* ---- values
 * ------------------------------------------------------------------------------ */

static ScStatus ref_parse(Parser *p, const Pids *pids, ScPid *out_pid) {
    uint32_t number;
    SC_TRY(sc_scan_u32(&p->scan, &number));
    if (number >= pids->n) {
        return sc_scan_fail(&p->scan, "a value is used before it is defined");
    }
    *out_pid = pids->items[number];
    return SC_OK;
}

/* Scalars; false when something else stands here. */
static bool scalar_parse(Parser *p, ScPid *out_pid, ScStatus *out_status) {
    sc_scan_blanks(&p->scan);
    *out_status = SC_OK;
    if (sc_scan_accept(&p->scan, "null")) {
        *out_pid = sc_program_null(p->program);
    } else if (sc_scan_accept(&p->scan, "true") || sc_scan_accept(&p->scan, "false")) {
        *out_pid = sc_program_bool(p->program, p->scan.at[-2] == 'u');
    } else if (*p->scan.at == '"') {
        const char *text = "";
        *out_status = sc_scan_string(&p->scan, &text);
        *out_pid = sc_program_string(p->program, text);
    } else if (strchr("-0123456789in", *p->scan.at) && *p->scan.at) {
        size_t n = strspn(p->scan.at, "-0123456789");
        bool is_double = p->scan.at[n] && strchr(".einf", p->scan.at[n]);
        int64_t i = 0;
        double d = 0;
        *out_status = is_double ? sc_scan_double(&p->scan, &d) : sc_scan_int(&p->scan, &i);
        *out_pid =
            is_double ? sc_program_double(p->program, d) : sc_program_int(p->program, i);
    } else {
        return false;
    }
    return true;
}

/* An item of an int or tensor list, without lists in it. */
static ScStatus item_parse(Parser *p, ScPid *out_pid) {
    ScStatus status;
    if (sc_scan_accept(&p->scan, "%")) {
        return ref_parse(p, &p->tensors, out_pid);
    }
    if (sc_scan_accept(&p->scan, "$")) {
        return ref_parse(p, &p->own, out_pid);
    }
    if (sc_scan_accept(&p->scan, "none")) {
        *out_pid = SC_PID_NONE;
        return SC_OK;
    }
    return scalar_parse(p, out_pid, &status)
               ? status
               : sc_scan_fail(&p->scan, "a value is expected");
}

static ScPid items_add(Parser *p, ScPKind kind, const Pids *items) {
    if (kind != SC_P_INTS) {
        return sc_program_tensors(p->program, items->items, items->n,
                                  kind == SC_P_OPTIONAL_TENSORS);
    }
    ScPValue v = {.kind = kind, .n = (uint32_t)items->n, .as.items = items->items};
    ScPid found = sc_value_find(p->program, &v);
    return found != SC_PID_NONE ? found : sc_value_add(p->program, &v);
}

static ScStatus items_parse(Parser *p, ScPKind kind, ScPid *out_pid) {
    Pids items = {.n = 0};
    while (!sc_scan_accept(&p->scan, "]")) {
        ScPid pid;
        SC_TRY(item_parse(p, &pid));
        SC_PUSH(p->program->arena, items.items, items.n, items.cap, pid);
        sc_scan_accept(&p->scan, ",");
    }
    *out_pid = items_add(p, kind, &items);
    return SC_OK;
}

static ScStatus doubles_parse(Parser *p, ScPid *out_pid) {
    double *items = NULL;
    size_t n = 0, cap = 0;
    while (!sc_scan_accept(&p->scan, "]")) {
        double value;
        SC_TRY(sc_scan_double(&p->scan, &value));
        SC_PUSH(p->sc->arena, items, n, cap, value);
        sc_scan_accept(&p->scan, ",");
    }
    *out_pid = sc_program_doubles(p->program, items, n);
    return SC_OK;
}

static ScStatus bools_parse(Parser *p, ScPid *out_pid) {
    bool *items = NULL;
    size_t n = 0, cap = 0;
    while (!sc_scan_accept(&p->scan, "]")) {
        bool value = sc_scan_accept(&p->scan, "true");
        if (!value) {
            SC_TRY(sc_scan_expect(&p->scan, "false"));
        }
        SC_PUSH(p->sc->arena, items, n, cap, value);
        sc_scan_accept(&p->scan, ",");
    }
    *out_pid = sc_program_bools(p->program, items, n);
    return SC_OK;
}

static ScStatus value_parse(Parser *p, ScPid *out_pid) {
    if (sc_scan_accept(&p->scan, "[")) {
        return items_parse(p, SC_P_INTS, out_pid);
    }
    if (sc_scan_accept(&p->scan, "t[")) {
        return items_parse(p, SC_P_TENSORS, out_pid);
    }
    if (sc_scan_accept(&p->scan, "o[")) {
        return items_parse(p, SC_P_OPTIONAL_TENSORS, out_pid);
    }
    if (sc_scan_accept(&p->scan, "d[")) {
        return doubles_parse(p, out_pid);
    }
    if (sc_scan_accept(&p->scan, "b[")) {
        return bools_parse(p, out_pid);
    }
    SC_TRY(item_parse(p, out_pid));
    return *out_pid == SC_PID_NONE ? sc_scan_fail(&p->scan, "'none' stands in lists only")
                                   : SC_OK;
}

static ScStatus own_parse(Parser *p) {
    ScPid first;
    SC_TRY(parse_number(p, p->own.n));
    SC_TRY(sc_scan_expect(&p->scan, "="));
    SC_TRY(value_parse(p, &first));
    ScPValue copy = p->program->values[first];
    ScPid pid = sc_value_add_own(p->program, &copy);
    SC_PUSH(p->sc->arena, p->own.items, p->own.n, p->own.cap, pid);
    return SC_OK;
}

/* ---- tensors
 * ------------------------------------------------------------------------------- */

static ScStatus shape_parse(Parser *p, ScPTensor *t) {
    SC_TRY(parse_dtype(p, &t->dtype));
    SC_TRY(sc_scan_expect(&p->scan, "["));
    while (!sc_scan_accept(&p->scan, "]")) {
        if (t->rank == SC_MAX_RANK) {
            return sc_scan_fail(&p->scan, "a tensor has at most 8 dimensions");
        }
        t->dim_order[t->rank] = t->rank;
        SC_TRY(sc_scan_i32(&p->scan, &t->sizes[t->rank++]));
        sc_scan_accept(&p->scan, ",");
    }
    if (sc_scan_accept(&p->scan, "{")) {
        for (uint32_t i = 0; i < t->rank; i++) {
            uint32_t dim;
            SC_TRY(sc_scan_u32(&p->scan, &dim));
            t->dim_order[i] = (uint8_t)(dim < SC_MAX_RANK ? dim : SC_MAX_RANK);
            sc_scan_accept(&p->scan, ",");
        }
        return sc_scan_expect(&p->scan, "}");
    }
    return SC_OK;
}

static ScStatus storage_parse(Parser *p, ScPTensor *t) {
    if (sc_scan_accept(&p->scan, "unplanned")) {
        t->storage = SC_P_UNPLANNED;
    } else if (sc_scan_accept(&p->scan, "const")) {
        t->storage = SC_P_CONST;
        SC_TRY(sc_scan_u32(&p->scan, &t->index));
    } else {
        SC_TRY(sc_scan_expect(&p->scan, "buffer"));
        t->storage = SC_P_BUFFER;
        SC_TRY(sc_scan_u32(&p->scan, &t->index));
    }
    return sc_scan_accept(&p->scan, "+") ? sc_scan_u64(&p->scan, &t->byte_offset) : SC_OK;
}

static ScStatus tensor_parse(Parser *p) {
    ScPValue v = {.kind = SC_P_TENSOR, .as.tensor = SC_NEW(p->program->arena, ScPTensor)};
    SC_TRY(parse_number(p, p->tensors.n));
    sc_scan_blanks(&p->scan);
    if (*p->scan.at == '"') {
        SC_TRY(sc_scan_string(&p->scan, &v.name));
    }
    SC_TRY(sc_scan_expect(&p->scan, "="));
    SC_TRY(shape_parse(p, v.as.tensor));
    SC_TRY(storage_parse(p, v.as.tensor));
    if (sc_scan_accept(&p->scan, "dynamic")) {
        uint32_t dynamism;
        SC_TRY(sc_scan_u32(&p->scan, &dynamism));
        v.as.tensor->dynamism = (uint8_t)dynamism;
    }
    if (sc_scan_accept(&p->scan, "fqn")) {
        SC_TRY(sc_scan_string(&p->scan, &v.as.tensor->fqn));
    }
    ScPid pid = sc_value_add(p->program, &v);
    SC_PUSH(p->sc->arena, p->tensors.items, p->tensors.n, p->tensors.cap, pid);
    return SC_OK;
}

/* ---- inputs, outputs, instructions
 * ----------------------------------------------------------- */

static ScStatus io_parse(Parser *p, ScPIo *io) {
    SC_TRY(value_parse(p, &io->value));
    sc_scan_blanks(&p->scan);
    if (*p->scan.at == '"') {
        SC_TRY(sc_scan_string(&p->scan, &io->name));
    }
    if (sc_scan_accept(&p->scan, "scale")) {
        SC_TRY(sc_scan_double(&p->scan, &io->scale));
        SC_TRY(sc_scan_expect(&p->scan, "zero_point"));
        SC_TRY(sc_scan_int(&p->scan, &io->zero_point));
    }
    if (sc_scan_accept(&p->scan, "channels_last")) {
        io->layout = SC_LAYOUT_CHANNELS_LAST;
    }
    return SC_OK;
}

static ScStatus args_parse(Parser *p, Pids *out_args, uint32_t *out_n_outputs) {
    size_t outputs_at = SIZE_MAX;
    SC_TRY(sc_scan_expect(&p->scan, "("));
    while (!sc_scan_accept(&p->scan, ")")) {
        ScPid pid;
        if (sc_scan_accept(&p->scan, "->")) {
            outputs_at = out_args->n;
        }
        SC_TRY(value_parse(p, &pid));
        SC_PUSH(p->sc->arena, out_args->items, out_args->n, out_args->cap, pid);
        sc_scan_accept(&p->scan, ",");
    }
    *out_n_outputs = outputs_at == SIZE_MAX ? 0 : (uint32_t)(out_args->n - outputs_at);
    return SC_OK;
}

static void inst_add(Parser *p, ScPInstKind kind, const Pids *args, ScPInst inst) {
    ScProgram *program = p->program;
    inst.kind = kind;
    inst.in_place = -1;
    inst.n_args = (uint32_t)args->n;
    inst.args = sc_arena_copy(program->arena, args->items, args->n * sizeof *args->items);
    SC_PUSH(program->arena, program->insts, program->n_insts, program->cap_insts, inst);
}

static ScStatus call_parse(Parser *p) {
    const char *name;
    Pids args = {.n = 0};
    uint32_t n_outputs;
    SC_TRY(sc_scan_word(&p->scan, &name));
    bool raw = sc_scan_accept(&p->scan, "raw");
    SC_TRY(args_parse(p, &args, &n_outputs));
    if (!raw) {
        sc_program_call(p->program, name, args.items, args.n, n_outputs, -1, NULL);
        return SC_OK;
    }
    if (sc_scan_accept(&p->scan, "outputs")) {
        SC_TRY(sc_scan_u32(&p->scan, &n_outputs));
    }
    inst_add(
        p, SC_P_CALL, &args,
        (ScPInst){.index = sc_operator_intern(p->program, name), .n_outputs = n_outputs});
    return SC_OK;
}

static ScStatus run_parse(Parser *p) {
    Pids args = {.n = 0};
    ScPInst inst = {.index = 0};
    SC_TRY(sc_scan_u32(&p->scan, &inst.index));
    SC_TRY(args_parse(p, &args, &inst.n_outputs));
    inst_add(p, SC_P_DELEGATE, &args, inst);
    return SC_OK;
}

/* move, jump_false and free: n values, then the target of a jump. */
static ScStatus flow_parse(Parser *p, ScPInstKind kind, size_t n) {
    Pids args = {.n = 0};
    ScPInst inst = {.target = 0};
    for (size_t i = 0; i < n; i++) {
        ScPid pid;
        SC_TRY(value_parse(p, &pid));
        SC_PUSH(p->sc->arena, args.items, args.n, args.cap, pid);
    }
    if (kind == SC_P_JUMP_FALSE) {
        SC_TRY(sc_scan_u32(&p->scan, &inst.target));
    }
    inst_add(p, kind, &args, inst);
    return SC_OK;
}

static ScStatus inst_parse(Parser *p) {
    if (sc_scan_accept(&p->scan, "call")) {
        SC_TRY(call_parse(p));
    } else if (sc_scan_accept(&p->scan, "run")) {
        SC_TRY(run_parse(p));
    } else if (sc_scan_accept(&p->scan, "move")) {
        SC_TRY(flow_parse(p, SC_P_MOVE, 2));
    } else if (sc_scan_accept(&p->scan, "jump_false")) {
        SC_TRY(flow_parse(p, SC_P_JUMP_FALSE, 1));
    } else if (sc_scan_accept(&p->scan, "free")) {
        SC_TRY(flow_parse(p, SC_P_FREE, 1));
    } else {
        return sc_scan_fail(&p->scan, "a statement is expected");
    }
    ScPInst *inst = &p->program->insts[p->program->n_insts - 1];
    if (sc_scan_accept(&p->scan, "in_place")) {
        SC_TRY(sc_scan_i32(&p->scan, &inst->in_place));
    }
    return sc_scan_accept(&p->scan, "at") ? sc_scan_string(&p->scan, &inst->where) : SC_OK;
}

static ScStatus statement_parse(Parser *p) {
    ScProgram *program = p->program;
    ScPIo io = {.value = SC_PID_NONE};
    if (sc_scan_accept(&p->scan, "memory")) {
        return memory_parse(p);
    }
    if (sc_scan_accept(&p->scan, "const")) {
        return const_parse(p);
    }
    if (sc_scan_accept(&p->scan, "buffer")) {
        return buffer_parse(p);
    }
    if (sc_scan_accept(&p->scan, "delegate")) {
        return delegate_parse(p);
    }
    if (sc_scan_accept(&p->scan, "named")) {
        return named_parse(p);
    }
    if (sc_scan_accept(&p->scan, "%")) {
        return tensor_parse(p);
    }
    if (sc_scan_accept(&p->scan, "$")) {
        return own_parse(p);
    }
    if (sc_scan_accept(&p->scan, "input")) {
        SC_TRY(io_parse(p, &io));
        SC_PUSH(program->arena, program->inputs, program->n_inputs, program->cap_inputs,
                io);
        return SC_OK;
    }
    if (sc_scan_accept(&p->scan, "output")) {
        SC_TRY(io_parse(p, &io));
        SC_PUSH(program->arena, program->outputs, program->n_outputs, program->cap_outputs,
                io);
        return SC_OK;
    }
    return inst_parse(p);
}

ScStatus sc_program_parse(Sc *sc, const char *where, const char *text, size_t n_bytes,
                          ScProgram **out_program) {
    Parser p = {.sc = sc, .scan = {.sc = sc, .where = where, .line = 1}};
    p.scan.at = sc_arena_strn(sc->arena, text, n_bytes);
    const char *name;
    SC_TRY(sc_scan_expect(&p.scan, "program"));
    SC_TRY(sc_scan_string(&p.scan, &name));
    p.program = sc_program_new(sc->arena, name);
    for (sc_scan_blanks(&p.scan); *p.scan.at; sc_scan_blanks(&p.scan)) {
        SC_TRY(statement_parse(&p));
    }
    SC_TRY(sc_program_check(sc, p.program));
    *out_program = p.program;
    return SC_OK;
}
