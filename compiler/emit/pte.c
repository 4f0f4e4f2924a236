/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Writes a Program as a .pte file.
 *
 *     flatbuffer "ET12" with the extended header "eh00"
 *     padding to 128
 *     segment: constants, each at a multiple of 16
 *     segment: first values of the state, when there is any
 *     segment: "sconce.io", names, scales and layouts of inputs and outputs
 *     segments: other named data, as it was read
 *
 * This file writes the plan and the whole; pte_values.c the values and segments.
 * Source: schema/program.fbs and extended_header.cpp of ExecuTorch 1.5.
 */
#include <string.h>

#include "compiler/emit/pte_write.h"
#include "compiler/program/touch.h"
#include "runtime/schema.h"

enum { NONE = 0 };

/* ---- what is used ----------------------------------------------------------------- */

static void value_use(ScPteWriter *w, ScPid pid) {
    if (pid == SC_PID_NONE || w->used[pid]) {
        return;
    }
    w->used[pid] = true;
    const ScPValue *v = &w->program->values[pid];
    if (v->kind == SC_P_INTS || v->kind == SC_P_TENSORS ||
        v->kind == SC_P_OPTIONAL_TENSORS) {
        for (uint32_t i = 0; i < v->n; i++) {
            value_use(w, v->as.items[i]); /* items are scalars or tensors: one level */
        }
    }
}

static void uses_find(ScPteWriter *w) {
    const ScProgram *p = w->program;
    w->used = SC_NEW_ARRAY(w->sc->arena, bool, p->n_values);
    w->position = SC_NEW_ARRAY(w->sc->arena, uint32_t, p->n_values);
    w->constant_part = SC_NEW_ARRAY(w->sc->arena, uint32_t, p->n_constants);
    w->operator_at = SC_NEW_ARRAY(w->sc->arena, uint32_t, p->n_operators);
    for (size_t i = 0; i < p->n_inputs; i++) {
        value_use(w, p->inputs[i].value);
    }
    for (size_t i = 0; i < p->n_outputs; i++) {
        value_use(w, p->outputs[i].value);
    }
    for (size_t i = 0; i < p->n_insts; i++) {
        for (uint32_t a = 0; a < p->insts[i].n_args; a++) {
            value_use(w, p->insts[i].args[a]);
        }
    }
    for (size_t i = 0; i < p->n_values; i++) {
        w->position[i] = w->n_values;
        w->n_values += w->used[i];
    }
}

static void state_measure(ScPteWriter *w) {
    const ScProgram *p = w->program;
    w->initial_at = SC_NEW_ARRAY(w->sc->arena, uint64_t, p->n_constants);
    for (size_t i = 0; i < p->n_buffers; i++) {
        const ScPBuffer *b = &p->buffers[i];
        if (b->is_state && b->initial == SC_PID_NONE && b->n_bytes > w->zeros_bytes) {
            w->zeros_bytes = b->n_bytes;
        }
    }
}

/* ---- the plan
 * ------------------------------------------------------------------------------ */

static ScFbRef u32s_write(ScPteWriter *w, const uint32_t *items, size_t n) {
    return sc_pte_vector(w, items, n, 4, 4);
}

static ScFbRef args_write(ScPteWriter *w, const ScPInst *inst) {
    uint32_t *args = SC_NEW_ARRAY(w->sc->arena, uint32_t, inst->n_args);
    for (uint32_t i = 0; i < inst->n_args; i++) {
        args[i] = w->position[inst->args[i]];
    }
    return u32s_write(w, args, inst->n_args);
}

static void u32_field(ScFb *fb, uint32_t field, uint32_t value) {
    if (value) {
        sc_fb_u32(fb, field, value);
    }
}

static ScFbRef inst_args_write(ScPteWriter *w, const ScPInst *inst) {
    ScFb *fb = w->fb;
    if (inst->kind == SC_P_CALL || inst->kind == SC_P_DELEGATE) {
        ScFbRef args = args_write(w, inst);
        sc_fb_table(fb, 2);
        sc_fb_ref(fb, SC_CALL_ARGS, args);
        u32_field(fb, SC_CALL_INDEX,
                  inst->kind == SC_P_CALL ? w->operator_at[inst->index] - 1 : inst->index);
    } else if (inst->kind == SC_P_MOVE) {
        sc_fb_table(fb, 2);
        u32_field(fb, SC_MOVE_FROM, w->position[inst->args[0]]);
        u32_field(fb, SC_MOVE_TO, w->position[inst->args[1]]);
    } else if (inst->kind == SC_P_JUMP_FALSE) {
        sc_fb_table(fb, 2);
        u32_field(fb, SC_JUMP_CONDITION, w->position[inst->args[0]]);
        u32_field(fb, SC_JUMP_TARGET, inst->target);
    } else {
        sc_fb_table(fb, 1);
        u32_field(fb, SC_FREE_VALUE, w->position[inst->args[0]]);
    }
    return sc_fb_end(fb);
}

static ScFbRef chains_write(ScPteWriter *w) {
    const ScProgram *p = w->program;
    ScFbRef *refs = SC_NEW_ARRAY(w->sc->arena, ScFbRef, p->n_insts);
    for (size_t i = 0; i < p->n_insts; i++) {
        ScFbRef args = inst_args_write(w, &p->insts[i]);
        sc_fb_table(w->fb, 2);
        sc_fb_ref(w->fb, SC_INSTRUCTION_TABLE, args);
        sc_fb_u8(w->fb, SC_INSTRUCTION_KIND, (uint8_t)p->insts[i].kind);
        refs[i] = sc_fb_end(w->fb);
    }
    ScFbRef insts = sc_fb_refs(w->fb, refs, p->n_insts);
    ScFbRef empty = u32s_write(w, NULL, 0);
    sc_fb_table(w->fb, SC_CHAIN_N_FIELDS);
    sc_fb_ref(w->fb, SC_CHAIN_INPUTS, empty);
    sc_fb_ref(w->fb, SC_CHAIN_OUTPUTS, empty);
    sc_fb_ref(w->fb, SC_CHAIN_INSTRUCTIONS, insts);
    ScFbRef chain = sc_fb_end(w->fb);
    return sc_fb_refs(w->fb, &chain, 1);
}

/* "aten::add.out" is the operator "aten::add" with the overload "out". */
static ScFbRef operator_write(ScPteWriter *w, const char *full_name) {
    const char *dot = strchr(full_name, '.');
    size_t n_name = dot ? (size_t)(dot - full_name) : strlen(full_name);
    ScFbRef name = sc_pte_string(w, sc_arena_strn(w->sc->arena, full_name, n_name));
    ScFbRef overload = sc_pte_string(w, dot ? dot + 1 : "");
    sc_fb_table(w->fb, 2);
    sc_fb_ref(w->fb, SC_OPERATOR_NAME, name);
    sc_fb_ref(w->fb, SC_OPERATOR_OVERLOAD, overload);
    return sc_fb_end(w->fb);
}

/* Those that an instruction calls, in the Program's order. */
static ScFbRef operators_write(ScPteWriter *w) {
    const ScProgram *p = w->program;
    ScFbRef *refs = SC_NEW_ARRAY(w->sc->arena, ScFbRef, p->n_operators);
    uint32_t n = 0;
    for (size_t i = 0; i < p->n_insts; i++) {
        if (p->insts[i].kind == SC_P_CALL) {
            w->operator_at[p->insts[i].index] = 1;
        }
    }
    for (size_t i = 0; i < p->n_operators; i++) {
        if (w->operator_at[i]) {
            refs[n] = operator_write(w, p->operators[i]);
            w->operator_at[i] = ++n;
        }
    }
    return sc_fb_refs(w->fb, refs, n);
}

static ScFbRef specs_write(ScPteWriter *w, const ScPDelegate *delegate) {
    ScFbRef *refs = SC_NEW_ARRAY(w->sc->arena, ScFbRef, delegate->n_specs);
    for (uint32_t i = 0; i < delegate->n_specs; i++) {
        const ScPSpec *spec = &delegate->specs[i];
        ScFbRef key = sc_pte_string(w, spec->key);
        ScFbRef value = sc_pte_vector(w, spec->value, (size_t)spec->n_bytes, 1, 1);
        sc_fb_table(w->fb, 2);
        sc_fb_ref(w->fb, SC_SPEC_KEY, key);
        sc_fb_ref(w->fb, SC_SPEC_VALUE, value);
        refs[i] = sc_fb_end(w->fb);
    }
    return sc_fb_refs(w->fb, refs, delegate->n_specs);
}

/* The payloads go to out_data, equal ones once. */
static ScFbRef delegates_write(ScPteWriter *w, ScFbRef *out_data) {
    const ScProgram *p = w->program;
    ScFbRef *refs = SC_NEW_ARRAY(w->sc->arena, ScFbRef, p->n_delegates);
    ScFbRef *data = SC_NEW_ARRAY(w->sc->arena, ScFbRef, p->n_delegates);
    ScFbRef *vectors = SC_NEW_ARRAY(w->sc->arena, ScFbRef, p->n_delegates);
    uint32_t n_data = 0;
    for (size_t i = 0; i < p->n_delegates; i++) {
        const ScPDelegate *d = &p->delegates[i];
        ScFbRef vector =
            sc_pte_vector(w, d->payload, (size_t)d->n_bytes, 1, SC_PTE_CONSTANT_ALIGN);
        uint32_t at = 0;
        while (at < n_data && vectors[at] != vector) {
            at++;
        }
        if (at == n_data) {
            vectors[n_data] = vector;
            sc_fb_table(w->fb, 1);
            sc_fb_ref(w->fb, SC_BYTES_DATA, vector);
            data[n_data++] = sc_fb_end(w->fb);
        }
        ScFbRef id = sc_pte_string(w, d->id), specs = specs_write(w, d);
        sc_fb_table(w->fb, 2); /* BackendDelegateDataReference: location 0 = inline */
        u32_field(w->fb, SC_PROCESSED_INDEX, at);
        ScFbRef processed = sc_fb_end(w->fb);
        sc_fb_table(w->fb, 3);
        sc_fb_ref(w->fb, SC_DELEGATE_ID, id);
        sc_fb_ref(w->fb, SC_DELEGATE_PROCESSED, processed);
        sc_fb_ref(w->fb, SC_DELEGATE_SPECS, specs);
        refs[i] = sc_fb_end(w->fb);
    }
    *out_data = sc_fb_refs(w->fb, data, n_data);
    return sc_fb_refs(w->fb, refs, p->n_delegates);
}

static ScFbRef io_write(ScPteWriter *w, const ScPIo *io, size_t n) {
    uint32_t *positions = SC_NEW_ARRAY(w->sc->arena, uint32_t, n);
    for (size_t i = 0; i < n; i++) {
        positions[i] = w->position[io[i].value];
    }
    return u32s_write(w, positions, n);
}

static ScFbRef plan_write(ScPteWriter *w, ScFbRef *out_delegate_data) {
    const ScProgram *p = w->program;
    uint64_t sizes[SC_MAX_MEMORIES + 1] = {0}; /* item 0 is the format's dummy */
    memcpy(sizes + 1, p->memory_bytes, p->n_memories * sizeof sizes[0]);
    ScFbRef values = sc_pte_values(w);
    ScFbRef operators = operators_write(w);
    ScFbRef chains = chains_write(w);
    ScFbRef delegates = delegates_write(w, out_delegate_data);
    ScFbRef inputs = io_write(w, p->inputs, p->n_inputs);
    ScFbRef outputs = io_write(w, p->outputs, p->n_outputs);
    ScFbRef memories = sc_pte_vector(w, sizes, p->n_memories + 1u, 8, 8);
    ScFbRef name = sc_pte_string(w, p->name);
    sc_fb_table(w->fb, SC_PLAN_N_FIELDS);
    sc_fb_ref(w->fb, SC_PLAN_NAME, name);
    sc_fb_ref(w->fb, SC_PLAN_VALUES, values);
    sc_fb_ref(w->fb, SC_PLAN_INPUTS, inputs);
    sc_fb_ref(w->fb, SC_PLAN_OUTPUTS, outputs);
    sc_fb_ref(w->fb, SC_PLAN_CHAINS, chains);
    sc_fb_ref(w->fb, SC_PLAN_OPERATORS, operators);
    sc_fb_ref(w->fb, SC_PLAN_DELEGATES, delegates);
    sc_fb_ref(w->fb, SC_PLAN_MEMORY_SIZES, memories);
    ScFbRef plan = sc_fb_end(w->fb);
    return sc_fb_refs(w->fb, &plan, 1);
}

/* ---- the file
 * ------------------------------------------------------------------------------- */

typedef struct Segment {
    uint64_t offset, size;
} Segment;

typedef struct Segments {
    ScBuf bytes;
    Segment *items;
    size_t n, cap;
} Segments;

static uint32_t segment_add(Segments *segments, const void *bytes, size_t n_bytes) {
    sc_pte_align(&segments->bytes, SC_PTE_SEGMENT_ALIGN);
    Segment segment = {segments->bytes.len, n_bytes};
    SC_PUSH(segments->bytes.arena, segments->items, segments->n, segments->cap, segment);
    sc_buf_bytes(&segments->bytes, bytes, n_bytes);
    return (uint32_t)segments->n - 1;
}

static ScFbRef segments_write(ScPteWriter *w, const Segments *segments) {
    ScFbRef *refs = SC_NEW_ARRAY(w->sc->arena, ScFbRef, segments->n);
    for (size_t i = 0; i < segments->n; i++) {
        sc_fb_table(w->fb, 2);
        sc_fb_u64(w->fb, SC_SEGMENT_OFFSET, segments->items[i].offset);
        sc_fb_u64(w->fb, SC_SEGMENT_SIZE, segments->items[i].size);
        refs[i] = sc_fb_end(w->fb);
    }
    return sc_fb_refs(w->fb, refs, segments->n);
}

static ScFbRef subsegment_write(ScPteWriter *w, const ScPteParts *parts, uint32_t segment) {
    ScFbRef offsets = sc_pte_vector(w, parts->offsets, parts->n, 8, 8);
    sc_fb_table(w->fb, 2);
    u32_field(w->fb, SC_SUBSEGMENT_INDEX, segment);
    sc_fb_ref(w->fb, SC_SUBSEGMENT_OFFSETS, offsets);
    return sc_fb_end(w->fb);
}

static ScFbRef named_write(ScPteWriter *w, const char *key, uint32_t segment) {
    ScFbRef name = sc_pte_string(w, key);
    sc_fb_table(w->fb, 2);
    sc_fb_ref(w->fb, SC_NAMED_KEY, name);
    u32_field(w->fb, SC_NAMED_SEGMENT, segment);
    return sc_fb_end(w->fb);
}

static ScFbRef all_named_write(ScPteWriter *w, Segments *segments) {
    const ScProgram *p = w->program;
    ScFbRef *refs = SC_NEW_ARRAY(w->sc->arena, ScFbRef, p->n_named + 1);
    ScBuf io = sc_pte_io_segment(w);
    refs[0] = named_write(w, SC_IO_KEY, segment_add(segments, io.data, io.len));
    for (size_t i = 0; i < p->n_named; i++) {
        const ScPNamed *named = &p->named[i];
        refs[i + 1] = named_write(
            w, named->key, segment_add(segments, named->data, (size_t)named->n_bytes));
    }
    return sc_fb_refs(w->fb, refs, p->n_named + 1);
}

static ScBuf program_write(ScPteWriter *w, Segments *segments) {
    ScFbRef data = NONE, state = NONE;
    ScFbRef plans = plan_write(w, &data);
    const ScBuf *bytes = &w->constants.bytes;
    ScFbRef constants =
        subsegment_write(w, &w->constants, segment_add(segments, bytes->data, bytes->len));
    if (w->state.n > 1) {
        bytes = &w->state.bytes;
        ScFbRef part =
            subsegment_write(w, &w->state, segment_add(segments, bytes->data, bytes->len));
        state = sc_fb_refs(w->fb, &part, 1);
    }
    ScFbRef named = all_named_write(w, segments);
    ScFbRef table = segments_write(w, segments);
    sc_fb_table(w->fb, SC_PROGRAM_N_FIELDS);
    sc_fb_ref(w->fb, SC_PROGRAM_PLANS, plans);
    sc_fb_ref(w->fb, SC_PROGRAM_DELEGATE_DATA, data);
    sc_fb_ref(w->fb, SC_PROGRAM_SEGMENTS, table);
    sc_fb_ref(w->fb, SC_PROGRAM_CONSTANT_SEGMENT, constants);
    if (state != NONE) {
        sc_fb_ref(w->fb, SC_PROGRAM_MUTABLE_SEGMENTS, state);
    }
    sc_fb_ref(w->fb, SC_PROGRAM_NAMED_DATA, named);
    ScFbRef root = sc_fb_end(w->fb);
    return sc_fb_finish(w->fb, root, "ET12", SC_HEADER_BYTES);
}

static void u64_put(ScBuf *buf, uint64_t value) {
    sc_pte_u32_put(buf, (uint32_t)value);
    sc_pte_u32_put(buf, (uint32_t)(value >> 32));
}

static void header_fill(ScPteWriter *w, ScBuf *program, uint64_t base, uint64_t data) {
    ScBuf header = sc_buf(w->sc->arena);
    sc_buf_str(&header, "eh00");
    sc_pte_u32_put(&header, SC_HEADER_BYTES);
    u64_put(&header, program->len);
    u64_put(&header, base);
    u64_put(&header, data);
    memcpy(program->data + SC_HEADER_MAGIC_AT, header.data, header.len);
}

static ScStatus input_check(Sc *sc, const ScProgram *program) {
    for (size_t i = 0; i < program->n_buffers; i++) {
        if (!program->buffers[i].planned) {
            return sc_fail(sc, SC_E_INTERNAL, "emit .pte",
                           sc_arena_fmt(sc->arena, "buffer %zu has no place in memory", i),
                           "sc_program_plan() wasn't called", NULL);
        }
    }
    uint64_t payloads = 0;
    for (size_t i = 0; i < program->n_delegates; i++) {
        payloads += program->delegates[i].n_bytes;
    }
    if (payloads > INT32_MAX / 2) {
        return sc_fail(sc, SC_E_UNSUPPORTED, "emit .pte",
                       "the delegate payloads don't fit into a flatbuffer",
                       "inline payloads share its 2 GiB", NULL);
    }
    return SC_OK;
}

ScStatus sc_emit_pte(Sc *sc, const ScProgram *program, ScBuf *out) {
    SC_TRY(input_check(sc, program));
    ScPteWriter writer = {.sc = sc, .program = program, .fb = sc_fb_new(sc->arena)};
    Segments segments = {.bytes = sc_buf(sc->arena)};
    uses_find(&writer);
    state_measure(&writer);
    sc_pte_parts_init(&writer.constants, sc->arena);
    sc_pte_parts_init(&writer.state, sc->arena);
    ScBuf flatbuffer = program_write(&writer, &segments);
    uint64_t base = sc_align_up(flatbuffer.len, (uint64_t)SC_PTE_SEGMENT_ALIGN);
    header_fill(&writer, &flatbuffer, base, segments.bytes.len);
    sc_buf_bytes(out, flatbuffer.data, flatbuffer.len);
    sc_buf_zeros(out, (size_t)base - flatbuffer.len);
    sc_buf_bytes(out, segments.bytes.data, segments.bytes.len);
    return SC_OK;
}
