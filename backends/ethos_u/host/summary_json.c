/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A payload for programs: one JSON object, schema "sconce.ethos_u/1". Fields of commands
 * are as stored (unsigned), or the name of their value. Unknown numbers are null. A sum
 * that exceeded 64 bits is 18446744073709551615. The contract is in summary.h.
 */
#include "backends/ethos_u/host/disassemble.h"
#include "backends/ethos_u/host/summary.h"
#include "runtime/flatbuf.h"

typedef struct Json {
    const ScEthosUSummary *s;
    ScBuf *out;
    const char *comma; /* before the next item of the list that is being written */
} Json;

static void item(Json *j, const char *open) {
    sc_buf_fmt(j->out, "%s%s", j->comma, open);
    j->comma = ",\n";
}

/* At most INT64_MAX: readers of JSON have signed numbers. */
static void count(Json *j, const char *key, uint64_t value) {
    value = value > INT64_MAX ? INT64_MAX : value;
    sc_buf_fmt(j->out, "\"%s\": %llu", key, (unsigned long long)value);
}

static void count_or_null(Json *j, const char *key, uint64_t value) {
    if (value == UINT64_MAX) {
        sc_buf_fmt(j->out, "\"%s\": null", key);
    } else {
        count(j, key, value);
    }
}

static void string(Json *j, const char *key, const char *value) {
    sc_buf_fmt(j->out, "\"%s\": ", key);
    if (value) {
        sc_buf_json_str(j->out, value);
    } else {
        sc_buf_str(j->out, "null");
    }
}

static const char *boolean(bool value) {
    return value ? "true" : "false";
}

/* ---- what it is for --------------------------------------------------------------------
 */

static void fault_put(Json *j) {
    const ScEthosUFault *fault = &j->s->fault;
    sc_buf_str(j->out, ",\n\"fault\": ");
    if (!j->s->is_refused) {
        sc_buf_str(j->out, "null");
        return;
    }
    sc_buf_fmt(j->out, "{\"word\": %u, ", fault->word);
    string(j, "what", fault->what);
    if (fault->range.end) {
        ScBuf range = sc_buf(j->out->arena);
        sc_ethos_u_range_text(&range, &fault->range);
        sc_buf_str(j->out, ", ");
        string(j, "range", range.data);
    }
    sc_buf_str(j->out, "}");
}

static void npu_put(Json *j) {
    const ScEthosUCommands *commands = &j->s->payload.commands;
    const ScEthosUConfig *config = &commands->config;
    if (!j->s->has_commands) {
        sc_buf_str(j->out, ",\n\"npu\": null, \"stream\": null");
        return;
    }
    sc_buf_str(j->out, ",\n\"npu\": {");
    string(j, "product", sc_ethos_u_product(config->product));
    sc_buf_fmt(j->out,
               ", \"macs_per_cycle\": %u, \"cores\": %u, \"shram_bytes\": %u, "
               "\"architecture\": \"%u.%u.%u\"}",
               config->n_macs, config->n_cores, config->shram_bytes, config->arch >> 28,
               config->arch >> 20 & 255u, config->arch >> 16 & 15u);
    sc_buf_fmt(j->out,
               ",\n\"stream\": {\"format\": \"COP%u\", \"words\": %u, \"decoded\": %s}",
               commands->is_cop2 ? 2u : 1u, commands->n_words, boolean(j->s->is_decoded));
}

static void regions_put(Json *j) {
    sc_buf_str(j->out, ",\n\"regions\": [");
    j->comma = "";
    for (uint32_t i = 0; i < SC_EU_N_PLACES; i++) {
        if (i > SC_EU_SCRATCH_REGION && !j->s->reach[i]) {
            continue;
        }
        item(j, "{");
        count_or_null(j, "region", i == SC_EU_INTERNAL ? UINT64_MAX : i);
        sc_buf_str(j->out, ", ");
        string(j, "name", sc_ethos_u_region_name(i));
        sc_buf_str(j->out, ", ");
        count_or_null(j, "bytes", sc_ethos_u_region_bytes(j->s, i));
        sc_buf_str(j->out, ", ");
        count_or_null(j, "touched_to", j->s->is_decoded ? j->s->reach[i] : UINT64_MAX);
        sc_buf_str(j->out, "}");
    }
    sc_buf_str(j->out, "]");
}

static void io_put(Json *j, uint32_t index) {
    ScEthosUIo io = sc_ethos_u_io(&j->s->payload, index);
    item(j, "{\"shape\": [");
    for (uint32_t k = 0; k < SC_EU_IO_RANK; k++) {
        sc_buf_fmt(j->out, k ? ", %u" : "%u", io.shape[k]);
    }
    sc_buf_fmt(j->out,
               "], \"element_bytes\": %u, \"bytes\": %u, \"region\": %u, \"offset\": %u}",
               io.element_bytes, io.n_bytes, io.region, io.offset);
}

static void ios_put(Json *j) {
    const ScEthosUPayload *p = &j->s->payload;
    sc_buf_str(j->out, ",\n\"inputs\": [");
    j->comma = "";
    for (uint32_t i = 0; i < p->n_inputs; i++) {
        io_put(j, i);
    }
    sc_buf_str(j->out, "],\n\"outputs\": [");
    j->comma = "";
    for (uint32_t i = 0; i < p->n_outputs; i++) {
        io_put(j, p->n_inputs + i);
    }
    sc_buf_str(j->out, "]");
}

/* ---- operations ------------------------------------------------------------------------
 */

static void map_put(Json *j, const char *key, const ScEthosUMap *map) {
    sc_buf_fmt(j->out,
               ", \"%s\": {\"shape\": [%u, %u, %u], \"element_bytes\": %u, "
               "\"signed\": %s, \"layout\": \"%s\", \"zero_point\": %d, \"region\": %u, "
               "\"base\": %llu}",
               key, map->height, map->width, map->depth, map->n_bytes,
               boolean(map->is_signed), map->bricks ? "NHCWB16" : "NHWC", map->zero_point,
               map->region, (unsigned long long)map->base[0]);
}

static void operation_put(Json *j, const ScEthosUOperation *op) {
    ScBuf activation = sc_buf(j->out->arena);
    map_put(j, "ifm", &op->ifm);
    if (op->has_ifm2) {
        map_put(j, "ifm2", &op->ifm2);
    } else if (op->scalar2) {
        sc_buf_fmt(j->out, ", \"scalar\": %d", op->scalar);
    }
    map_put(j, "ofm", &op->ofm);
    sc_buf_fmt(j->out,
               ", \"kernel\": [%u, %u], \"stride\": [%u, %u], \"dilation\": [%u, %u], "
               "\"padding\": [%u, %u, %u, %u], \"block\": [%u, %u, %u]",
               op->kernel_h, op->kernel_w, op->step_y, op->step_x, op->dilation_y,
               op->dilation_x, op->pad_top, op->pad_left, op->pad_bottom, op->pad_right,
               op->block_h, op->block_w, op->block_d);
    sc_ethos_u_activation(&activation, op);
    sc_buf_str(j->out, ", ");
    string(j, "activation", activation.data ? activation.data : "");
}

static void dma_side_put(Json *j, const char *key, const ScEthosUDmaSide *side) {
    sc_buf_fmt(j->out, ", \"%s\": {", key);
    count_or_null(j, "region", side->internal ? UINT64_MAX : side->region);
    sc_buf_fmt(j->out, ", \"base\": %llu}", (unsigned long long)side->base);
}

static void step_put(void *user, const ScEthosUStep *step) {
    Json *j = user;
    item(j, "{");
    sc_buf_fmt(j->out, "\"word\": %u, \"kind\": \"%s\", \"damaged\": %s", step->word,
               sc_ethos_u_kind(step->kind), boolean(step->damaged));
    if (!step->damaged && step->kind == SC_EU_KIND_DMA) {
        dma_side_put(j, "from", &step->dma.from);
        dma_side_put(j, "to", &step->dma.to);
    } else if (!step->damaged) {
        operation_put(j, &step->op);
    }
    sc_buf_fmt(j->out,
               ", \"macs\": %llu, \"weight_bytes\": %llu, \"read_bytes\": %llu, "
               "\"written_bytes\": %llu}",
               (unsigned long long)step->macs, (unsigned long long)step->weight_bytes,
               (unsigned long long)step->read_bytes,
               (unsigned long long)step->written_bytes);
}

static void totals_put(Json *j) {
    const ScEthosUSummary *s = j->s;
    sc_buf_fmt(j->out, ",\n\"totals\": {\"macs\": %llu, \"dma_bytes\": %llu, \"moved\": [",
               (unsigned long long)s->macs, (unsigned long long)s->dma_bytes);
    j->comma = "";
    for (uint32_t i = 0; i < SC_EU_N_PLACES; i++) {
        if (s->read[i] || s->written[i]) {
            item(j, "{");
            count_or_null(j, "region", i == SC_EU_INTERNAL ? UINT64_MAX : i);
            sc_buf_fmt(j->out, ", \"read\": %llu, \"written\": %llu}",
                       (unsigned long long)s->read[i], (unsigned long long)s->written[i]);
        }
    }
    sc_buf_str(j->out, "], \"operations\": {");
    j->comma = "";
    for (uint32_t i = 0; i < SC_EU_N_KINDS; i++) {
        if (s->n_kinds[i]) {
            item(j, "");
            count(j, sc_ethos_u_kind(i), s->n_kinds[i]);
        }
    }
    sc_buf_str(j->out, "}}");
}

/* ---- commands --------------------------------------------------------------------------
 */

static void field_put(Json *j, const ScEthosUField *field, bool first) {
    sc_buf_str(j->out, first ? "" : ", ");
    if (field->word) {
        string(j, field->def->name, field->word);
    } else {
        count(j, field->def->name, field->value);
    }
}

static void command_put(void *user, uint32_t word, const ScEthosUCommand *command) {
    Json *j = user;
    ScEthosUNamed named;
    if (!sc_ethos_u_name(command, &named)) {
        return;
    }
    item(j, "{");
    sc_buf_fmt(j->out, "\"word\": %u, \"raw\": [%u", word,
               sc_load_u32(j->s->payload.commands.words + 4 * (size_t)word));
    if (command->is_wide) {
        sc_buf_fmt(j->out, ", %u", command->value);
    }
    sc_buf_fmt(j->out, "], \"name\": \"%s\", \"fields\": {", named.name);
    for (uint32_t i = 0; i < named.n_fields; i++) {
        field_put(j, &named.fields[i], i == 0);
    }
    sc_buf_str(j->out, "}");
    if (named.reserved) {
        sc_buf_str(j->out, ", ");
        count(j, "reserved", named.reserved);
    }
    sc_buf_str(j->out, "}");
}

static void lists_put(Json *j) {
    const ScEthosUCommands *commands = &j->s->payload.commands;
    sc_buf_str(j->out, ",\n\"operations\": [");
    j->comma = "";
    sc_ethos_u_walk(commands, &(ScEthosUVisitor){.step = step_put, .user = j});
    sc_buf_str(j->out, "]");
    totals_put(j);
    sc_buf_str(j->out, ",\n\"commands\": [");
    j->comma = "";
    sc_ethos_u_walk(commands, &(ScEthosUVisitor){.command = command_put, .user = j});
    sc_buf_fmt(j->out, "],\n\"words_read\": %u", j->s->n_words);
}

void sc_ethos_u_summary_json(const ScEthosUSummary *summary, ScBuf *out) {
    Json json = {summary, out, ""};
    sc_buf_str(out, "{\"schema\": \"sconce.ethos_u/1\",\n");
    string(&json, "damage", summary->damage);
    fault_put(&json);
    npu_put(&json);
    regions_put(&json);
    ios_put(&json);
    if (summary->is_decoded) {
        lists_put(&json);
    }
    sc_buf_str(out, "}");
}
