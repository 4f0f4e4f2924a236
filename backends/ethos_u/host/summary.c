/* SPDX-License-Identifier: Apache-2.0 */
/* Walks a stream and counts. The contract is in summary.h. */
#include "backends/ethos_u/host/summary.h"

#include <string.h>

/* ---- numbers ---------------------------------------------------------------------------
 */

/* Both stop at INT64_MAX: readers of JSON have signed numbers. */
static uint64_t times(uint64_t a, uint64_t b) {
    return a && b > INT64_MAX / a ? INT64_MAX : a * b;
}

static uint64_t plus(uint64_t a, uint64_t b) {
    return a > INT64_MAX - b ? INT64_MAX : a + b;
}

static uint64_t map_elements(const ScEthosUMap *map) {
    return times(times(map->height, map->width), map->depth);
}

static uint64_t map_bytes(const ScEthosUMap *map) {
    return times(map_elements(map), map->n_bytes);
}

static uint64_t stretch_bytes(const ScEthosUOperation *op, const ScEthosUStretch *all) {
    uint64_t n_bytes = 0;
    for (uint32_t i = 0; i < op->n_cores; i++) {
        n_bytes = plus(n_bytes, all[i].n_bytes);
    }
    return n_bytes;
}

static uint64_t weight_bytes(const ScEthosUOperation *op) {
    return op->weighted ? stretch_bytes(op, op->weights) : 0;
}

static uint64_t scale_bytes(const ScEthosUOperation *op) {
    return op->scaled ? stretch_bytes(op, op->scales) : 0;
}

static uint64_t op_macs(const ScEthosUOperation *op) {
    bool deep = op->code == SC_EU_CONV ||
                (op->code == SC_EU_POOL && op->mode == SC_EU_POOL_REDUCE_SUM);
    if (op->code == SC_EU_ELEMENTWISE) {
        return 0;
    }
    uint64_t window = times(op->kernel_h, op->kernel_w);
    return times(times(window, map_elements(&op->ofm)), deep ? op->ifm.depth : 1);
}

/* ---- steps -----------------------------------------------------------------------------
 */

enum { KIND_POOL = 2, KIND_ELEMENTWISE = 5 };

static const char *const kinds[SC_EU_N_KINDS] = {"CONV",
                                                 "DEPTHWISE",
                                                 "POOL MAX",
                                                 "POOL AVERAGE",
                                                 "POOL REDUCE_SUM",
                                                 "ELEMENTWISE MUL",
                                                 "ELEMENTWISE ADD",
                                                 "ELEMENTWISE SUB",
                                                 "ELEMENTWISE MIN",
                                                 "ELEMENTWISE MAX",
                                                 "ELEMENTWISE LRELU",
                                                 "ELEMENTWISE ABS",
                                                 "ELEMENTWISE CLZ",
                                                 "ELEMENTWISE SHR",
                                                 "ELEMENTWISE SHL",
                                                 "DMA"};

const char *sc_ethos_u_kind(uint32_t kind) {
    return kind < SC_EU_N_KINDS ? kinds[kind] : "unknown";
}

/* SC_EU_N_KINDS: a mode that doesn't exist. */
static uint32_t kind_of(const ScEthosUCommand *command) {
    switch (command->code) {
    case SC_EU_CONV:
        return 0;
    case SC_EU_DEPTHWISE:
        return 1;
    case SC_EU_POOL:
        return (command->param & 7u) <= SC_EU_POOL_REDUCE_SUM
                   ? KIND_POOL + (command->param & 7u)
                   : SC_EU_N_KINDS;
    case SC_EU_ELEMENTWISE:
        return (command->param & 63u) <= SC_EU_SHL
                   ? KIND_ELEMENTWISE + (command->param & 63u)
                   : SC_EU_N_KINDS;
    default:
        return SC_EU_KIND_DMA;
    }
}

static void operation_count(ScEthosUStep *step, uint32_t shram_bytes) {
    const ScEthosUOperation *op = &step->op;
    step->n_ranges = sc_ethos_u_ranges(op, shram_bytes, step->ranges);
    step->macs = op_macs(op);
    step->read_bytes = plus(map_bytes(&op->ifm), op->has_ifm2 ? map_bytes(&op->ifm2) : 0);
    step->written_bytes = map_bytes(&op->ofm);
    step->weight_bytes = plus(weight_bytes(op), scale_bytes(op));
}

static void dma_count(ScEthosUStep *step) {
    const ScEthosUDma *dma = &step->dma;
    step->n_ranges = 2;
    step->read_bytes = step->written_bytes =
        times(dma->n_bytes, (uint64_t)dma->size0 * dma->size1);
}

static void step_read(const ScEthosURegisters *registers, const ScEthosUCommand *command,
                      uint32_t shram_bytes, ScEthosUStep *step) {
    step->kind = kind_of(command);
    step->n_ranges = 0;
    step->macs = step->read_bytes = step->written_bytes = step->weight_bytes = 0;
    if (step->kind == SC_EU_KIND_DMA) {
        sc_ethos_u_dma(registers, &step->dma);
        step->damaged = sc_ethos_u_dma_ranges(&step->dma, step->ranges) != SC_OK;
    } else {
        step->damaged = sc_ethos_u_operation(registers, command, &step->op) != SC_OK;
    }
    if (step->damaged) {
        return;
    }
    if (step->kind == SC_EU_KIND_DMA) {
        dma_count(step);
    } else {
        operation_count(step, shram_bytes);
    }
}

static bool is_operation(const ScEthosUCommand *command) {
    return !command->is_wide &&
           (command->code == SC_EU_CONV || command->code == SC_EU_DEPTHWISE ||
            command->code == SC_EU_POOL || command->code == SC_EU_ELEMENTWISE ||
            command->code == SC_EU_DMA_START);
}

uint32_t sc_ethos_u_walk(const ScEthosUCommands *commands, const ScEthosUVisitor *visitor) {
    ScEthosURegisters registers;
    ScEthosUCommand command;
    ScEthosUStep step;
    uint32_t at = 0, n_steps = 0;
    memset(&registers, 0, sizeof registers);
    memset(&step, 0, sizeof step);
    for (uint32_t word = 0; sc_ethos_u_command_read(commands->words, commands->n_words, &at,
                                                    &command) == SC_OK;
         word = at) {
        if (visitor->command) {
            visitor->command(visitor->user, word, &command);
        }
        if (sc_ethos_u_command_set(&command, &registers) || !is_operation(&command) ||
            !visitor->step) {
            continue;
        }
        step.index = n_steps++;
        step.word = word;
        step_read(&registers, &command, commands->config.shram_bytes, &step);
        visitor->step(visitor->user, &step);
    }
    return at;
}

/* ---- the whole -------------------------------------------------------------------------
 */

static void command_add(void *user, uint32_t word, const ScEthosUCommand *command) {
    ScEthosUSummary *s = user;
    (void)word;
    (void)command;
    s->n_commands++;
}

static void bytes_add(uint64_t *places, uint32_t place, uint64_t n_bytes) {
    places[place] = plus(places[place], n_bytes);
}

static void operation_bytes_add(ScEthosUSummary *s, const ScEthosUOperation *op) {
    bytes_add(s->read, op->ifm.region, map_bytes(&op->ifm));
    if (op->has_ifm2) {
        bytes_add(s->read, op->ifm2.region, map_bytes(&op->ifm2));
    }
    bytes_add(s->read, op->weight_region, weight_bytes(op));
    bytes_add(s->read, op->scale_region, scale_bytes(op));
    bytes_add(s->written, op->ofm.region, map_bytes(&op->ofm));
}

static void step_add(void *user, const ScEthosUStep *step) {
    ScEthosUSummary *s = user;
    s->n_steps++;
    if (step->damaged) {
        return;
    }
    s->n_kinds[step->kind]++;
    s->macs = plus(s->macs, step->macs);
    for (uint32_t i = 0; i < step->n_ranges; i++) {
        const ScEthosURange *range = &step->ranges[i];
        uint64_t end = range->end > 0 ? (uint64_t)range->end : 0;
        s->reach[range->region] =
            end > s->reach[range->region] ? end : s->reach[range->region];
    }
    if (step->kind == SC_EU_KIND_DMA) {
        s->dma_bytes = plus(s->dma_bytes, step->read_bytes);
        bytes_add(s->read, step->ranges[0].region, step->read_bytes);
        bytes_add(s->written, step->ranges[1].region, step->written_bytes);
    } else {
        operation_bytes_add(s, &step->op);
    }
}

uint64_t sc_ethos_u_region_bytes(const ScEthosUSummary *summary, uint32_t region) {
    switch (region) {
    case SC_EU_WEIGHT_REGION_INDEX:
        return summary->payload.weight_bytes;
    case SC_EU_SCRATCH_REGION:
        return summary->payload.scratch_bytes;
    case SC_EU_FAST_REGION:
        return summary->payload.commands.fast_bytes;
    case SC_EU_INTERNAL:
        return summary->payload.commands.config.shram_bytes;
    default:
        return UINT64_MAX;
    }
}

/* As the delegate does it: region 2 is as large as the stream needs, unless it is said. */
static void stream_verify(ScEthosUSummary *s) {
    const ScEthosUCommands *commands = &s->payload.commands;
    ScEthosUSpace space;
    memset(&space, 0, sizeof space);
    space.n_bytes[SC_EU_WEIGHT_REGION_INDEX] = s->payload.weight_bytes;
    space.n_bytes[SC_EU_SCRATCH_REGION] = s->payload.scratch_bytes;
    space.n_bytes[SC_EU_FAST_REGION] = commands->fast_bytes == UINT64_MAX
                                           ? s->reach[SC_EU_FAST_REGION]
                                           : commands->fast_bytes;
    space.writable = 1u << SC_EU_SCRATCH_REGION | 1u << SC_EU_FAST_REGION;
    space.shram_bytes = commands->config.shram_bytes;
    s->is_refused =
        sc_ethos_u_verify(commands->words, commands->n_words, &space, &s->fault) != SC_OK;
}

/* Read once more, whatever became of the payload: a damaged one can hold a sound stream,
 * and what a failed read left in `commands` may be longer than its bytes. */
static void commands_find(ScEthosUSummary *s) {
    ScEthosUPayload *p = &s->payload;
    s->has_commands =
        p->cop && sc_ethos_u_commands_read(p->cop, p->cop_bytes, &p->commands) == SC_OK;
    if (!s->has_commands) {
        memset(&p->commands, 0, sizeof p->commands);
        p->commands.fast_bytes = UINT64_MAX;
    }
    s->is_decoded = s->has_commands && p->commands.config.product != SC_EU_U85;
}

void sc_ethos_u_summarize(const ScDelegatePayload *payload, ScEthosUSummary *out) {
    const char *what = NULL;
    memset(out, 0, sizeof *out);
    if (sc_ethos_u_payload_read(payload->data, payload->n_bytes, payload->model,
                                &out->payload, &what) != SC_OK) {
        out->damage = what;
    }
    commands_find(out);
    if (out->is_decoded) {
        ScEthosUVisitor visitor = {command_add, step_add, out};
        out->n_words = sc_ethos_u_walk(&out->payload.commands, &visitor);
        stream_verify(out);
    }
}

/* ---- words -----------------------------------------------------------------------------
 */

const char *sc_ethos_u_product(ScEthosUProduct product) {
    static const char *const names[] = {"Ethos-U55", "Ethos-U65", "Ethos-U85"};
    return names[product];
}

const char *sc_ethos_u_region_name(uint32_t region) {
    static const char *const names[SC_EU_N_PLACES] = {
        [SC_EU_WEIGHT_REGION_INDEX] = "weights",
        [SC_EU_SCRATCH_REGION] = "scratch",
        [SC_EU_FAST_REGION] = "fast scratch",
        [SC_EU_INTERNAL] = "SHRAM",
    };
    return region < SC_EU_N_PLACES ? names[region] : NULL;
}

/* A pair of sides, y before x, as one number when they are equal. */
static void sides_text(ScBuf *out, const char *name, uint32_t y, uint32_t x) {
    if (y == 1 && x == 1) {
        return;
    }
    sc_buf_fmt(out, y == x ? " %s%u" : " %s%ux%u", name, y, x);
}

static void place_text(ScBuf *out, const ScEthosUDmaSide *side) {
    if (side->internal) {
        sc_buf_str(out, "SHRAM");
    } else {
        sc_buf_fmt(out, "%u", side->region);
    }
}

void sc_ethos_u_engine(ScBuf *out, const ScEthosUStep *step) {
    const ScEthosUOperation *op = &step->op;
    sc_buf_str(out, sc_ethos_u_kind(step->kind));
    if (step->damaged) {
        return;
    }
    if (step->kind == SC_EU_KIND_DMA) {
        sc_buf_str(out, " ");
        place_text(out, &step->dma.from);
        sc_buf_str(out, " > ");
        place_text(out, &step->dma.to);
        return;
    }
    bool sums = op->code == SC_EU_POOL && op->mode == SC_EU_POOL_REDUCE_SUM;
    if (op->code != SC_EU_ELEMENTWISE) {
        if (!sums || op->kernel_h != 1 || op->kernel_w != 1) {
            sc_buf_fmt(out, " %ux%u", op->kernel_h, op->kernel_w);
        }
        sides_text(out, "s", op->step_y, op->step_x);
        sides_text(out, "d", op->dilation_y, op->dilation_x);
    }
    if (op->upscale) {
        sc_buf_str(out, op->upscale == SC_EU_UPSCALE_ZEROS ? " zeros" : " nearest");
    }
}

/* Values that the OFM's type, or the clip range instead of it, lets through anyway. */
static void type_limits(const ScEthosUOperation *op, int32_t *out_min, int32_t *out_max) {
    bool wide =
        op->clip == SC_EU_CLIP_I16 || (op->clip == SC_EU_CLIP_OFM && op->ofm.n_bytes > 1);
    bool is_signed =
        op->clip == SC_EU_CLIP_OFM ? op->ofm.is_signed : op->clip != SC_EU_CLIP_U8;
    int32_t span = wide ? UINT16_MAX : UINT8_MAX;
    *out_min = is_signed ? -(span / 2) - 1 : 0;
    *out_max = is_signed ? span / 2 : span;
}

void sc_ethos_u_activation(ScBuf *out, const ScEthosUOperation *op) {
    int32_t least, most;
    const char *space = "";
    type_limits(op, &least, &most);
    if (op->act_function >= SC_EU_ACT_TABLE0) {
        sc_buf_fmt(out, "table %u", op->act_function - SC_EU_ACT_TABLE0);
        space = " ";
    } else if (op->act_function != SC_EU_ACT_NONE) {
        sc_buf_str(out, op->act_function == SC_EU_ACT_TANH ? "tanh" : "sigmoid");
        space = " ";
    }
    bool clamps = op->clip != SC_EU_CLIP_OFM || op->ofm.n_bytes < 4;
    if (clamps && (op->act_min > least || op->act_max < most)) {
        sc_buf_fmt(out, "%s%d..%d", space, op->act_min, op->act_max);
    }
}

void sc_ethos_u_range_text(ScBuf *out, const ScEthosURange *range) {
    static const char *const roles[] = {"IFM",    "IFM2",  "OFM",        "weights",
                                        "scales", "table", "DMA source", "DMA target"};
    sc_buf_str(out, range->write ? "writes " : "reads ");
    if (range->region == SC_EU_INTERNAL) {
        sc_buf_str(out, "SHRAM");
    } else {
        sc_buf_fmt(out, "region %u", range->region);
    }
    sc_buf_fmt(out, ", bytes %lld to %lld, for its %s", (long long)range->first,
               (long long)range->end, roles[range->role]);
}
