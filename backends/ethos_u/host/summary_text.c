/* SPDX-License-Identifier: Apache-2.0 */
/* A payload for people, at most 100 columns wide. The contract is in summary.h. */
#include <stdio.h>
#include <string.h>

#include "backends/ethos_u/host/disassemble.h"
#include "backends/ethos_u/host/summary.h"
#include "runtime/flatbuf.h"

enum { MAX_COLUMNS = 100, FIELDS_AT = 53, NUMBER_CHARS = 32 };

typedef struct Text {
    const ScEthosUSummary *s;
    ScBuf *out;
} Text;

/* "1,234,567". */
static const char *grouped(uint64_t value, char out[NUMBER_CHARS]) {
    char digits[24];
    int n = snprintf(digits, sizeof digits, "%llu", (unsigned long long)value), k = 0;
    for (int i = 0; i < n; i++) {
        if (i && (n - i) % 3 == 0) {
            out[k++] = ',';
        }
        out[k++] = digits[i];
    }
    out[k] = 0;
    return out;
}

static void number(const Text *t, int width, uint64_t value) {
    char text[NUMBER_CHARS];
    sc_buf_fmt(t->out, "%*s", width, grouped(value, text));
}

/* ---- what it is for --------------------------------------------------------------------
 */

static void damage_print(const Text *t) {
    const ScEthosUSummary *s = t->s;
    if (s->damage) {
        sc_buf_fmt(t->out, "damaged: the payload: %s\n", s->damage);
    }
    if (s->is_refused) {
        sc_buf_fmt(t->out, "refused: word %u of the stream: %s\n", s->fault.word,
                   s->fault.what);
        if (s->fault.range.end) {
            sc_buf_str(t->out, "         ");
            sc_ethos_u_range_text(t->out, &s->fault.range);
            sc_buf_str(t->out, "\n");
        }
    }
}

static void npu_print(const Text *t) {
    const ScEthosUCommands *commands = &t->s->payload.commands;
    const ScEthosUConfig *config = &commands->config;
    if (!t->s->has_commands) {
        return;
    }
    sc_buf_fmt(t->out, "NPU       %s, %u MACs a cycle", sc_ethos_u_product(config->product),
               config->n_macs);
    if (config->product != SC_EU_U85) {
        sc_buf_fmt(t->out, ", %u core%s, %u KiB of SHRAM%s", config->n_cores,
                   config->n_cores > 1 ? "s" : "", config->shram_bytes / 1024,
                   config->n_cores > 1 ? " each" : "");
    }
    sc_buf_fmt(t->out, ", architecture %u.%u.%u\n", config->arch >> 28,
               config->arch >> 20 & 255u, config->arch >> 16 & 15u);
    sc_buf_fmt(t->out, "stream    COP%u, ", commands->is_cop2 ? 2u : 1u);
    number(t, 0, commands->n_words);
    sc_buf_str(t->out, " words");
    if (t->s->is_decoded) {
        sc_buf_str(t->out, ", ");
        number(t, 0, t->s->n_commands);
        sc_buf_str(t->out, " commands, ");
        number(t, 0, t->s->n_steps);
        sc_buf_str(t->out, " operations");
    }
    if (t->s->is_decoded && !t->s->is_refused && !t->s->damage) {
        sc_buf_str(t->out, "; every address is inside of its region");
    }
    sc_buf_str(t->out,
               t->s->is_decoded ? "\n" : "; not disassembled: another instruction set\n");
}

static const char *owner_of(uint32_t region) {
    switch (region) {
    case SC_EU_WEIGHT_REGION_INDEX:
        return "in the payload, only read";
    case SC_EU_SCRATCH_REGION:
        return "planned by the program; holds inputs and outputs";
    case SC_EU_FAST_REGION:
        return "from the driver: SRAM of the NPU";
    case SC_EU_INTERNAL:
        return "inside the NPU; only what DMA and tables address";
    default:
        return "nobody gives this region";
    }
}

static void region_print(const Text *t, uint32_t region) {
    uint64_t n_bytes = sc_ethos_u_region_bytes(t->s, region);
    const char *name = sc_ethos_u_region_name(region);
    if (region == SC_EU_INTERNAL) {
        sc_buf_fmt(t->out, "     %-13s", name);
    } else {
        sc_buf_fmt(t->out, "  %u  %-13s", region, name ? name : "?");
    }
    if (n_bytes == UINT64_MAX) {
        sc_buf_fmt(t->out, "%12s", "not said");
    } else {
        number(t, 12, n_bytes);
    }
    if (t->s->is_decoded) {
        number(t, 12, t->s->reach[region]);
    } else {
        sc_buf_fmt(t->out, "%12s", "not known");
    }
    sc_buf_fmt(t->out, "  %s\n", owner_of(region));
}

static void regions_print(const Text *t) {
    sc_buf_str(t->out, "\nregions                 bytes  touched to\n");
    for (uint32_t i = 0; i < SC_EU_N_PLACES; i++) {
        if (i <= SC_EU_SCRATCH_REGION || t->s->reach[i]) {
            region_print(t, i);
        }
    }
}

static void ios_print(const Text *t) {
    const ScEthosUPayload *p = &t->s->payload;
    if (p->n_inputs + p->n_outputs) {
        sc_buf_str(t->out, "\ninputs, outputs       bytes  at\n");
    }
    for (uint32_t i = 0; i < p->n_inputs + p->n_outputs; i++) {
        ScEthosUIo io = sc_ethos_u_io(p, i);
        bool is_input = i < p->n_inputs;
        sc_buf_fmt(t->out, "  %-6s %2u ", is_input ? "input" : "output",
                   is_input ? i : i - p->n_inputs);
        number(t, 14, io.n_bytes);
        sc_buf_fmt(t->out, "  region %u + 0x%-8x [", io.region, io.offset);
        for (uint32_t k = 0; k < SC_EU_IO_RANK; k++) {
            sc_buf_fmt(t->out, k ? ",%u" : "%u", io.shape[k]);
        }
        sc_buf_fmt(t->out, "] of %u byte%s\n", io.element_bytes,
                   io.element_bytes == 1 ? "" : "s");
    }
}

/* ---- operations ------------------------------------------------------------------------
 */

static void shape_print(const Text *t, int width, uint32_t h, uint32_t w, uint32_t d) {
    char text[40];
    snprintf(text, sizeof text, "%ux%ux%u", h, w, d);
    sc_buf_fmt(t->out, " %*s", width, text);
}

static void map_print(const Text *t, const ScEthosUMap *map) {
    shape_print(t, 10, map->height, map->width, map->depth);
}

static void operation_print(const Text *t, const ScEthosUStep *step) {
    const ScEthosUOperation *op = &step->op;
    ScBuf activation = sc_buf(t->out->arena);
    map_print(t, &op->ifm);
    map_print(t, &op->ofm);
    shape_print(t, 8, op->block_h, op->block_w, op->block_d);
    sc_buf_fmt(t->out, " %9llu %7llu", (unsigned long long)step->macs,
               (unsigned long long)step->weight_bytes);
    sc_buf_fmt(t->out, " %7llu %7llu", (unsigned long long)step->read_bytes,
               (unsigned long long)step->written_bytes);
    sc_ethos_u_activation(&activation, op);
    if (activation.len) {
        sc_buf_fmt(t->out, " %s", activation.data);
    }
}

static void step_print(void *user, const ScEthosUStep *step) {
    const Text *t = user;
    ScBuf engine = sc_buf(t->out->arena);
    sc_ethos_u_engine(&engine, step);
    sc_buf_fmt(t->out, "%3u %5u %-16s", step->index, step->word, engine.data);
    if (step->damaged) {
        sc_buf_str(t->out, " damaged: sizes or modes that don't exist");
    } else if (step->kind == SC_EU_KIND_DMA) {
        sc_buf_fmt(t->out, " %10s %10s %8s %9s %7s %7llu %7llu", "-", "-", "-", "-", "-",
                   (unsigned long long)step->read_bytes,
                   (unsigned long long)step->written_bytes);
    } else {
        operation_print(t, step);
    }
    sc_buf_str(t->out, "\n");
}

static void steps_print(Text *t) {
    ScEthosUVisitor visitor = {.step = step_print, .user = t};
    sc_buf_str(t->out, "\noperations (shapes: height x width x depth; bytes of weights and "
                       "scales, of feature maps)\n");
    sc_buf_fmt(t->out, "%3s %5s %-16s %10s %10s %8s %9s %7s %7s %7s %s\n", "op", "word",
               "engine", "IFM", "OFM", "block", "MACs", "weights", "read", "written",
               "clamp");
    sc_ethos_u_walk(&t->s->payload.commands, &visitor);
}

/* ---- totals ----------------------------------------------------------------------------
 */

static void totals_print(const Text *t) {
    const ScEthosUSummary *s = t->s;
    sc_buf_str(t->out, "\ntotals\n  MACs          ");
    number(t, 15, s->macs);
    sc_buf_str(t->out, "\n  bytes by DMA  ");
    number(t, 15, s->dma_bytes);
    sc_buf_str(t->out, "\n  bytes moved                read         written\n");
    for (uint32_t i = 0; i < SC_EU_N_PLACES; i++) {
        if (s->read[i] || s->written[i]) {
            const char *name = sc_ethos_u_region_name(i);
            sc_buf_fmt(t->out, "    %-12s", name ? name : "other region");
            number(t, 15, s->read[i]);
            number(t, 16, s->written[i]);
            sc_buf_str(t->out, "\n");
        }
    }
    sc_buf_str(t->out, "  operations\n");
    for (uint32_t i = 0; i < SC_EU_N_KINDS; i++) {
        if (s->n_kinds[i]) {
            sc_buf_fmt(t->out, "    %-18s%9u\n", sc_ethos_u_kind(i), s->n_kinds[i]);
        }
    }
}

/* ---- commands --------------------------------------------------------------------------
 */

/* Fields in the rest of the line, and in further ones below. */
static void fields_print(ScBuf *out, const ScEthosUNamed *named) {
    int column = FIELDS_AT;
    for (uint32_t i = 0; i <= named->n_fields; i++) {
        ScBuf field = sc_buf(out->arena);
        if (i < named->n_fields) {
            sc_ethos_u_field_text(&field, &named->fields[i]);
        } else if (named->reserved) {
            sc_buf_fmt(&field, "reserved=0x%llx", (unsigned long long)named->reserved);
        } else {
            return;
        }
        if (column + 1 + (int)field.len > MAX_COLUMNS) {
            sc_buf_fmt(out, "\n%*s", FIELDS_AT, "");
            column = FIELDS_AT;
        }
        sc_buf_fmt(out, " %s", field.data);
        column += 1 + (int)field.len;
    }
}

static void command_print(void *user, uint32_t word, const ScEthosUCommand *command) {
    const Text *t = user;
    ScEthosUNamed named;
    const uint8_t *raw = t->s->payload.commands.words + 4 * (size_t)word;
    sc_buf_fmt(t->out, "%6u  %08x ", word, sc_load_u32(raw));
    if (command->is_wide) {
        sc_buf_fmt(t->out, "%08x", command->value);
    } else {
        sc_buf_fmt(t->out, "%8s", "");
    }
    if (sc_ethos_u_name(command, &named)) {
        bool bare = !named.n_fields && !named.reserved;
        sc_buf_fmt(t->out, bare ? "  %s" : "  %-26s", named.name);
        fields_print(t->out, &named);
    }
    sc_buf_str(t->out, "\n");
}

static void commands_print(Text *t) {
    const ScEthosUCommands *commands = &t->s->payload.commands;
    ScEthosUVisitor visitor = {.command = command_print, .user = t};
    sc_buf_str(t->out, "\n  word  stream             command\n");
    uint32_t at = sc_ethos_u_walk(commands, &visitor);
    if (at < commands->n_words) {
        sc_buf_fmt(t->out,
                   "%6u  %08x           no command of this NPU; the rest isn't shown\n", at,
                   sc_load_u32(commands->words + 4 * (size_t)at));
    }
}

void sc_ethos_u_summary_text(const ScEthosUSummary *summary, ScBuf *out) {
    Text text = {summary, out};
    damage_print(&text);
    npu_print(&text);
    regions_print(&text);
    ios_print(&text);
    if (summary->is_decoded) {
        steps_print(&text);
        totals_print(&text);
        commands_print(&text);
    }
}
