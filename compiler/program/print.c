/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The text form of a Program: what tests compare and what sc_program_parse()
 * reads back. Printing what was parsed gives the same text.
 *
 *     program "forward"
 *     memory 0 bytes 96 bound 96
 *     const 0 = f32[1.0, 2.5]
 *     const 1 = 4096 crc32:0123abcd
 *     buffer 0 = 32 io live -1..3 at 64
 *     buffer 1 = 16 in memory 1 state initial 0 live -1..3 at 0
 *     buffer 2 = 64 scratch live 1..1 at 128
 *     buffer 3 = 16 tied 2 + 32 dies_inside live 0..1 at 160
 *     delegate 0 = "EthosUBackend" 3 crc32:4f9de02a {"key" 6869}
 *     named "key" = 12 crc32:4f9de02a
 *     %0 "x" = f32[1,3,8,8]{0,2,3,1} buffer 0 + 16
 *     %1 "w" = f32[2] const 0 fqn "fc.weight"
 *     %2 = f32[2] unplanned dynamic 1
 *     $0 = 3
 *     input %0 "x" scale 0.05 zero_point 3 channels_last
 *     output %2
 *     call aten::add.out(%0, %1, 1 -> %2) in_place 0 at "fc: model.py:3"
 *     run 0(%0 -> %2)
 *     move %0 %2
 *     jump_false %2 7
 *     free %0
 *
 * const     the elements as the first tensor of it has them, up to 64; floats
 *           that are NaN and half floats as unsigned integers. Longer ones as
 *           size and checksum; they are read as zeros but for the last bytes,
 *           which give the checksum.
 * buffer    `live` is left out when nothing touches it, `at` before it's planned.
 *           `tied b + n`: n bytes behind buffer b (tie.c), `- n` before it.
 * %n        tensors, numbered as they come. {dim_order} only when it isn't
 *           0,1,2... `+ n` is a view's byte offset.
 * $n        a value that equals an earlier one and yet is another value (stock
 *           programs with values that change). All others are written where
 *           they are used: null, 3, 3.0, true, "text", [1, 2] (ints), d[1.0],
 *           b[true], t[%0, %1], o[%0, none]. A NaN is nan, or nan:<bits>.
 * call      arguments -> outputs; the repeated return is not written. A call
 *           whose last argument isn't that is `call name raw(all of them)`,
 *           then `outputs n` when they are known.
 * run       calls a delegate; without `->` its outputs aren't known.
 * #         a comment up to the end of the line.
 */
#include <math.h>
#include <string.h>

#include "compiler/program/intern.h"
#include "compiler/program/number.h"
#include "compiler/program/touch.h"

enum { MAX_INLINE = 64 };

typedef struct Printer {
    const ScProgram *program;
    ScBuf *out;
    uint32_t *number; /* of a tensor or $ value, per pid */
    bool *own;        /* values that are written as $n */
    ScDtype *dtypes;  /* of the first tensor on a constant */
} Printer;

/* ---- numbers ---------------------------------------------------------------------- */

static int64_t int_load(const uint8_t *at, size_t size, bool is_signed) {
    uint64_t value = 0;
    for (size_t i = 0; i < size; i++) {
        value |= (uint64_t)at[i] << (8 * i);
    }
    uint64_t sign = (uint64_t)1 << (8 * size - 1);
    if (is_signed && size < 8 && value & sign) {
        value -= sign << 1;
    }
    return (int64_t)value;
}

static bool dtype_is_signed(ScDtype dtype) {
    return dtype == SC_I8 || dtype == SC_I16 || dtype == SC_I32 || dtype == SC_I64;
}

static void element_print(ScBuf *out, ScDtype dtype, const uint8_t *at) {
    if (dtype == SC_F32) {
        float value;
        memcpy(&value, at, sizeof value);
        sc_buf_double(out, sc_float_shortest(value));
    } else if (dtype == SC_F64) {
        double value;
        memcpy(&value, at, sizeof value);
        sc_buf_double(out, value);
    } else if (dtype_is_signed(dtype)) {
        sc_buf_fmt(out, "%lld", (long long)int_load(at, sc_dtype_size(dtype), true));
    } else {
        sc_buf_fmt(out, "%llu",
                   (unsigned long long)int_load(at, sc_dtype_size(dtype), false));
    }
}

/* ---- constants, buffers, delegates --------------------------------------------------- */

static bool has_nan(const ScPConst *c, ScDtype dtype) {
    size_t size = sc_dtype_size(dtype);
    for (size_t at = 0; at + size <= c->n_bytes; at += size) {
        float f = 0;
        double d = 0;
        memcpy(dtype == SC_F32 ? (void *)&f : (void *)&d, (const uint8_t *)c->data + at,
               size);
        if (isnan(f) || isnan(d)) {
            return true;
        }
    }
    return false;
}

/* How a constant's elements are written. */
static ScDtype const_dtype(const Printer *p, uint32_t index) {
    const ScPConst *c = &p->program->constants[index];
    ScDtype dtype = p->dtypes[index];
    size_t size = sc_dtype_size(dtype);
    if (size == 0 || c->n_bytes % size || dtype == SC_BOOL) {
        return SC_U8;
    }
    if (dtype == SC_F16 || dtype == SC_BF16) {
        return SC_U16;
    }
    if ((dtype == SC_F32 || dtype == SC_F64) && has_nan(c, dtype)) {
        return dtype == SC_F32 ? SC_U32 : SC_U64;
    }
    return dtype;
}

/* The constant that a tensor's bytes are, or start as; SC_PID_NONE for none. */
static uint32_t tensor_const(const ScProgram *program, const ScPTensor *t) {
    if (t->storage == SC_P_BUFFER) {
        return program->buffers[t->index].initial;
    }
    return t->storage == SC_P_CONST ? t->index : SC_PID_NONE;
}

static void dtypes_collect(Printer *p) {
    p->dtypes = SC_NEW_ARRAY(p->out->arena, ScDtype, p->program->n_constants); /* 0: u8 */
    for (size_t i = p->program->n_values; i-- > 0;) {
        const ScPValue *v = &p->program->values[i];
        uint32_t index =
            v->kind == SC_P_TENSOR ? tensor_const(p->program, v->as.tensor) : SC_PID_NONE;
        if (index != SC_PID_NONE) {
            p->dtypes[index] = v->as.tensor->dtype;
        }
    }
}

static void const_print(const Printer *p, uint32_t index) {
    const ScPConst *c = &p->program->constants[index];
    ScDtype dtype = const_dtype(p, index);
    size_t size = sc_dtype_size(dtype), n = (size_t)c->n_bytes / size;
    sc_buf_fmt(p->out, "const %u = ", index);
    if (n > MAX_INLINE) {
        sc_buf_fmt(p->out, "%llu crc32:%08x\n", (unsigned long long)c->n_bytes,
                   sc_crc32(c->data, (size_t)c->n_bytes));
        return;
    }
    sc_buf_fmt(p->out, "%s[", sc_dtype_name(dtype));
    for (size_t i = 0; i < n; i++) {
        sc_buf_str(p->out, i ? ", " : "");
        element_print(p->out, dtype, (const uint8_t *)c->data + i * size);
    }
    sc_buf_str(p->out, "]\n");
}

static void buffer_print(const Printer *p, uint32_t index) {
    const ScPBuffer *b = &p->program->buffers[index];
    sc_buf_fmt(p->out, "buffer %u = %llu", index, (unsigned long long)b->n_bytes);
    if (b->memory) {
        sc_buf_fmt(p->out, " in memory %u", b->memory);
    }
    sc_buf_str(p->out, b->is_state ? " state" : "");
    if (b->initial != SC_PID_NONE) {
        sc_buf_fmt(p->out, " initial %u", b->initial);
    }
    sc_buf_str(p->out, b->is_io ? " io" : "");
    sc_buf_str(p->out, b->is_scratch ? " scratch" : "");
    if (b->tied) {
        bool below = b->tied_at < 0;
        sc_buf_fmt(p->out, " tied %u %c %llu", b->tied - 1, below ? '-' : '+',
                   (unsigned long long)(below ? -b->tied_at : b->tied_at));
    }
    sc_buf_str(p->out, b->born_inside ? " born_inside" : "");
    sc_buf_str(p->out, b->dies_inside ? " dies_inside" : "");
    if (b->first <= b->last) {
        sc_buf_fmt(p->out, " live %d..%d", b->first, b->last);
    }
    if (b->planned) {
        sc_buf_fmt(p->out, " at %llu", (unsigned long long)b->offset);
    }
    sc_buf_str(p->out, "\n");
}

static void named_print(const Printer *p, const ScPNamed *named) {
    sc_buf_str(p->out, "named ");
    sc_buf_json_str(p->out, named->key);
    sc_buf_fmt(p->out, " = %llu crc32:%08x\n", (unsigned long long)named->n_bytes,
               sc_crc32(named->data, (size_t)named->n_bytes));
}

static void delegate_print(const Printer *p, uint32_t index) {
    const ScPDelegate *d = &p->program->delegates[index];
    sc_buf_fmt(p->out, "delegate %u = ", index);
    sc_buf_json_str(p->out, d->id);
    sc_buf_fmt(p->out, " %llu crc32:%08x", (unsigned long long)d->n_bytes,
               sc_crc32(d->payload, (size_t)d->n_bytes));
    for (uint32_t s = 0; s < d->n_specs; s++) {
        sc_buf_str(p->out, " {");
        sc_buf_json_str(p->out, d->specs[s].key);
        sc_buf_str(p->out, d->specs[s].n_bytes ? " " : "");
        for (uint64_t i = 0; i < d->specs[s].n_bytes; i++) {
            sc_buf_fmt(p->out, "%02x", ((const uint8_t *)d->specs[s].value)[i]);
        }
        sc_buf_str(p->out, "}");
    }
    sc_buf_str(p->out, "\n");
}

/* ---- values ------------------------------------------------------------------------- */

static void value_print(const Printer *p, ScPid pid);

/* A NaN other than the usual one keeps its bits. */
static void double_print(ScBuf *out, double value) {
    uint64_t bits;
    memcpy(&bits, &value, sizeof bits);
    sc_buf_double(out, value);
    if (isnan(value) && bits != 0x7ff8000000000000u) {
        sc_buf_fmt(out, ":%016llx", (unsigned long long)bits);
    }
}

static void list_print(const Printer *p, const ScPValue *v) {
    static const char *const prefix[] = {[SC_P_INTS] = "",
                                         [SC_P_DOUBLES] = "d",
                                         [SC_P_BOOLS] = "b",
                                         [SC_P_TENSORS] = "t",
                                         [SC_P_OPTIONAL_TENSORS] = "o"};
    sc_buf_fmt(p->out, "%s[", prefix[v->kind]);
    for (uint32_t i = 0; i < v->n; i++) {
        sc_buf_str(p->out, i ? ", " : "");
        if (v->kind == SC_P_DOUBLES) {
            double_print(p->out, v->as.doubles[i]);
        } else if (v->kind == SC_P_BOOLS) {
            sc_buf_str(p->out, v->as.bools[i] ? "true" : "false");
        } else if (v->as.items[i] == SC_PID_NONE) {
            sc_buf_str(p->out, "none");
        } else {
            value_print(p, v->as.items[i]);
        }
    }
    sc_buf_str(p->out, "]");
}

static void content_print(const Printer *p, const ScPValue *v) {
    switch (v->kind) {
    case SC_P_NULL:
        sc_buf_str(p->out, "null");
        break;
    case SC_P_INT:
        sc_buf_fmt(p->out, "%lld", (long long)v->as.i);
        break;
    case SC_P_BOOL:
        sc_buf_str(p->out, v->as.b ? "true" : "false");
        break;
    case SC_P_DOUBLE:
        double_print(p->out, v->as.d);
        break;
    case SC_P_STRING:
        sc_buf_json_str(p->out, v->as.s);
        break;
    default:
        list_print(p, v);
    }
}

static void value_print(const Printer *p, ScPid pid) {
    const ScPValue *v = &p->program->values[pid];
    if (v->kind == SC_P_TENSOR) {
        sc_buf_fmt(p->out, "%%%u", p->number[pid]);
    } else if (p->own[pid]) {
        sc_buf_fmt(p->out, "$%u", p->number[pid]);
    } else {
        content_print(p, v);
    }
}

static void tensor_print(const Printer *p, ScPid pid) {
    const ScPValue *v = &p->program->values[pid];
    const ScPTensor *t = v->as.tensor;
    sc_buf_fmt(p->out, "%%%u", p->number[pid]);
    if (v->name) {
        sc_buf_str(p->out, " ");
        sc_buf_json_str(p->out, v->name);
    }
    sc_buf_fmt(p->out, " = %s[", sc_dtype_name(t->dtype));
    for (uint32_t i = 0; i < t->rank; i++) {
        sc_buf_fmt(p->out, i ? ",%d" : "%d", t->sizes[i]);
    }
    sc_buf_str(p->out, "]");
    for (uint32_t i = 0; i < t->rank && !sc_ptensor_is_contiguous(t); i++) {
        sc_buf_fmt(p->out, i ? ",%u" : "{%u", t->dim_order[i]);
    }
    sc_buf_str(p->out, sc_ptensor_is_contiguous(t) ? "" : "}");
    if (t->storage == SC_P_UNPLANNED) {
        sc_buf_str(p->out, " unplanned");
    } else {
        sc_buf_fmt(p->out, t->storage == SC_P_CONST ? " const %u" : " buffer %u", t->index);
    }
    if (t->byte_offset) {
        sc_buf_fmt(p->out, " + %llu", (unsigned long long)t->byte_offset);
    }
    if (t->dynamism) {
        sc_buf_fmt(p->out, " dynamic %u", t->dynamism);
    }
    if (t->fqn) {
        sc_buf_str(p->out, " fqn ");
        sc_buf_json_str(p->out, t->fqn);
    }
    sc_buf_str(p->out, "\n");
}

static void values_print(Printer *p) {
    uint32_t n_tensors = 0, n_own = 0;
    for (ScPid pid = 0; pid < p->program->n_values; pid++) {
        const ScPValue *v = &p->program->values[pid];
        if (v->kind == SC_P_TENSOR) {
            p->number[pid] = n_tensors++;
            tensor_print(p, pid);
            continue;
        }
        ScPid first = sc_value_find(p->program, v);
        if (first != pid) {
            p->number[pid] = n_own++;
            sc_buf_fmt(p->out, "$%u = ", p->number[pid]);
            content_print(p, v);
            sc_buf_str(p->out, "\n");
            p->own[pid] = true;
        }
    }
}

/* ---- inputs, outputs, instructions -----------------------------------------------------
 */

static void io_print(const Printer *p, const char *what, const ScPIo *io) {
    sc_buf_fmt(p->out, "%s ", what);
    value_print(p, io->value);
    if (io->name) {
        sc_buf_str(p->out, " ");
        sc_buf_json_str(p->out, io->name);
    }
    if (io->scale != 0) {
        sc_buf_str(p->out, " scale ");
        sc_buf_double(p->out, io->scale);
        sc_buf_fmt(p->out, " zero_point %lld", (long long)io->zero_point);
    }
    sc_buf_str(p->out, io->layout == SC_LAYOUT_CHANNELS_LAST ? " channels_last\n" : "\n");
}

static void args_print(const Printer *p, const ScPInst *inst, uint32_t n_args) {
    uint32_t outputs_at = inst->n_outputs && inst->n_outputs <= n_args
                              ? n_args - inst->n_outputs
                              : UINT32_MAX;
    sc_buf_str(p->out, "(");
    for (uint32_t i = 0; i < n_args; i++) {
        if (i == outputs_at) {
            sc_buf_str(p->out, i ? " -> " : "-> ");
        } else if (i) {
            sc_buf_str(p->out, ", ");
        }
        value_print(p, inst->args[i]);
    }
    sc_buf_str(p->out, ")");
}

static void call_print(const Printer *p, const ScPInst *inst) {
    uint32_t n_outputs;
    bool known = sc_pinst_infer_outputs(p->program, inst, &n_outputs);
    sc_buf_fmt(p->out, "call %s", p->program->operators[inst->index]);
    if (known && n_outputs == inst->n_outputs) {
        args_print(p, inst, inst->n_args - 1);
    } else {
        ScPInst raw = *inst;
        raw.n_outputs = 0;
        sc_buf_str(p->out, " raw");
        args_print(p, &raw, inst->n_args);
        if (inst->n_outputs) {
            sc_buf_fmt(p->out, " outputs %u", inst->n_outputs);
        }
    }
    if (inst->in_place >= 0) {
        sc_buf_fmt(p->out, " in_place %d", inst->in_place);
    }
}

static void inst_print(const Printer *p, const ScPInst *inst) {
    switch (inst->kind) {
    case SC_P_CALL:
        call_print(p, inst);
        break;
    case SC_P_DELEGATE:
        sc_buf_fmt(p->out, "run %u", inst->index);
        args_print(p, inst, inst->n_args);
        break;
    case SC_P_MOVE:
        sc_buf_str(p->out, "move ");
        value_print(p, inst->args[0]);
        sc_buf_str(p->out, " ");
        value_print(p, inst->args[1]);
        break;
    case SC_P_JUMP_FALSE:
        sc_buf_str(p->out, "jump_false ");
        value_print(p, inst->args[0]);
        sc_buf_fmt(p->out, " %u", inst->target);
        break;
    case SC_P_FREE:
        sc_buf_str(p->out, "free ");
        value_print(p, inst->args[0]);
        break;
    }
    if (inst->where) {
        sc_buf_str(p->out, " at ");
        sc_buf_json_str(p->out, inst->where);
    }
    sc_buf_str(p->out, "\n");
}

static void memories_print(const Printer *p) {
    const ScProgram *program = p->program;
    for (uint32_t m = 0; m < program->n_memories; m++) {
        if (program->n_memories > 1 || program->memory_bytes[m] ||
            program->memory_bound[m]) {
            sc_buf_fmt(p->out, "memory %u bytes %llu bound %llu\n", m,
                       (unsigned long long)program->memory_bytes[m],
                       (unsigned long long)program->memory_bound[m]);
        }
    }
}

void sc_program_print(const ScProgram *program, ScBuf *out) {
    Printer p = {.program = program, .out = out};
    p.number = SC_NEW_ARRAY(out->arena, uint32_t, program->n_values);
    p.own = SC_NEW_ARRAY(out->arena, bool, program->n_values);
    dtypes_collect(&p);
    sc_buf_str(out, "program ");
    sc_buf_json_str(out, program->name);
    sc_buf_str(out, "\n");
    memories_print(&p);
    for (uint32_t i = 0; i < program->n_constants; i++) {
        const_print(&p, i);
    }
    for (uint32_t i = 0; i < program->n_buffers; i++) {
        buffer_print(&p, i);
    }
    for (uint32_t i = 0; i < program->n_delegates; i++) {
        delegate_print(&p, i);
    }
    for (size_t i = 0; i < program->n_named; i++) {
        named_print(&p, &program->named[i]);
    }
    values_print(&p);
    for (size_t i = 0; i < program->n_inputs; i++) {
        io_print(&p, "input", &program->inputs[i]);
    }
    for (size_t i = 0; i < program->n_outputs; i++) {
        io_print(&p, "output", &program->outputs[i]);
    }
    for (size_t i = 0; i < program->n_insts; i++) {
        inst_print(&p, &program->insts[i]);
    }
}
