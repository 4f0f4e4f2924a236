/* SPDX-License-Identifier: Apache-2.0 */
/* Reads a vela_bin_stream. The contract is in payload.h. */
#include "backends/ethos_u/device/payload.h"

#include <string.h>

#include "runtime/flatbuf.h"

enum { NAME_BYTES = 16, HEADER_BYTES = 32, KEY_BYTES = 64, IO_BYTES = 36 };

/* In the order of the bits of Reader.seen. */
typedef enum Kind { COMMANDS, WEIGHTS, SCRATCH, INPUTS, OUTPUTS, N_KINDS, BEGIN, END } Kind;

static const char names[][NAME_BYTES] = {
    "cmd_data", "weight_data",     "scratch_size",    "inputs", "outputs",
    "",         "vela_bin_stream", "vela_end_stream",
};

typedef struct Block {
    const uint8_t *data;
    uint32_t n_bytes;
    uint32_t kind;
    bool external;
} Block;

typedef struct Reader {
    const uint8_t *data;
    size_t n_bytes;
    size_t at;
    const ScModel *model;
    uint32_t seen;
    const char *what;
} Reader;

static bool is_zero(const uint8_t *bytes, size_t n) {
    for (size_t i = 0; i < n; i++) {
        if (bytes[i]) {
            return false;
        }
    }
    return true;
}

static uint32_t kind_find(const uint8_t *name) {
    for (uint32_t kind = 0; kind <= END; kind++) {
        if (kind != N_KINDS && memcmp(name, names[kind], NAME_BYTES) == 0) {
            return kind;
        }
    }
    return N_KINDS;
}

static ScStatus fail(Reader *r, const char *what) {
    r->what = what;
    return SC_E_FORMAT;
}

static ScStatus block_read(Reader *r, Block *out_block) {
    if (r->n_bytes - r->at < HEADER_BYTES) {
        return fail(r, "a block header is cut off"); /* data may be NULL with no bytes */
    }
    const uint8_t *header = r->data + r->at;
    uint32_t n_bytes = sc_load_u32(header + NAME_BYTES);
    size_t rest = r->n_bytes - r->at - HEADER_BYTES;
    size_t padded = ((size_t)n_bytes + 15) / 16 * 16;
    if (n_bytes > rest || padded > rest) {
        return fail(r, "a block is longer than the stream");
    }
    out_block->kind = kind_find(header);
    out_block->external = header[20] == 1;
    out_block->data = header + HEADER_BYTES;
    out_block->n_bytes = n_bytes;
    if (header[20] > 1 || !is_zero(header + 21, 11) ||
        !is_zero(out_block->data + n_bytes, padded - n_bytes)) {
        return fail(r, "a reserved byte isn't zero");
    }
    r->at += HEADER_BYTES + padded;
    return SC_OK;
}

/* Puts the bytes that an external block names in the block's place. */
static ScStatus external_find(Reader *r, Block *block) {
    char key[KEY_BYTES + 1];
    size_t n_bytes;
    if (block->n_bytes != KEY_BYTES) {
        return fail(r, "an external block's key hasn't 64 digits");
    }
    memcpy(key, block->data, KEY_BYTES);
    key[KEY_BYTES] = 0;
    r->what = "the named data of an external block isn't in the program";
    if (!r->model) {
        return SC_E_NOT_FOUND;
    }
    SC_TRY(sc_named_data(r->model, key, &block->data, &n_bytes));
    if (n_bytes > UINT32_MAX || (uintptr_t)block->data % SC_FILE_ALIGN) {
        return fail(r, "the named data of an external block isn't aligned to 16 bytes");
    }
    block->n_bytes = (uint32_t)n_bytes;
    return SC_OK;
}

static ScStatus io_read(Reader *r, const Block *block, const uint8_t **out_rows,
                        uint32_t *out_n) {
    uint32_t n = block->n_bytes >= 4 ? sc_load_u32(block->data) : UINT32_MAX;
    if (n > SC_EU_MAX_IO || block->n_bytes != 4 + IO_BYTES * n) {
        return fail(r, "the table of inputs or outputs has another length");
    }
    *out_rows = block->data + 4;
    *out_n = n;
    return SC_OK;
}

static ScStatus block_take(Reader *r, const Block *block, ScEthosUPayload *out) {
    switch (block->kind) {
    case COMMANDS:
        out->cop = block->data;
        out->cop_bytes = block->n_bytes;
        return SC_OK;
    case WEIGHTS:
        out->weights = block->data;
        out->weight_bytes = block->n_bytes;
        return SC_OK;
    case SCRATCH:
        if (block->n_bytes != 4) {
            return fail(r, "the scratch size hasn't 4 bytes");
        }
        out->scratch_bytes = sc_load_u32(block->data);
        return SC_OK;
    case INPUTS:
        return io_read(r, block, &out->inputs, &out->n_inputs);
    case OUTPUTS:
        return io_read(r, block, &out->outputs, &out->n_outputs);
    default:
        return fail(r, "a block of an unknown name");
    }
}

static ScStatus blocks_read(Reader *r, ScEthosUPayload *out) {
    Block block;
    SC_TRY(block_read(r, &block));
    if (block.kind != BEGIN || block.n_bytes || block.external) {
        return fail(r, "no vela_bin_stream");
    }
    for (;;) {
        SC_TRY(block_read(r, &block));
        if (block.kind == END && !block.n_bytes && !block.external) {
            break;
        }
        if (block.kind < N_KINDS && (r->seen >> block.kind & 1u)) {
            return fail(r, "a block stands there twice");
        }
        r->seen |= block.kind < N_KINDS ? 1u << block.kind : 0;
        if (block.external) {
            SC_TRY(external_find(r, &block));
        }
        SC_TRY(block_take(r, &block, out));
    }
    if (r->at != r->n_bytes) {
        return fail(r, "bytes behind vela_end_stream");
    }
    return r->seen == (1u << N_KINDS) - 1 ? SC_OK : fail(r, "a block is missing");
}

/* Elements times bytes fits, and the bytes lie inside the scratch (or another region,
 * whose size isn't known here). */
static bool io_is_sound(const ScEthosUPayload *payload, const uint8_t *row) {
    uint64_t n_bytes = sc_load_u32(row + 4 * SC_EU_IO_RANK);
    bool sound = n_bytes && n_bytes <= 8;
    for (uint32_t i = 0; sound && i < SC_EU_IO_RANK; i++) {
        n_bytes *= sc_load_u32(row + 4 * i);
        sound = n_bytes && n_bytes <= INT32_MAX;
    }
    uint32_t offset = sc_load_u32(row + 28), region = sc_load_u32(row + 32);
    uint64_t room =
        region == SC_EU_SCRATCH_REGION ? payload->scratch_bytes : (uint64_t)INT32_MAX;
    return sound && region < 8 && region != SC_EU_WEIGHT_REGION_INDEX && offset <= room &&
           n_bytes <= room - offset;
}

static ScStatus ios_check(Reader *r, const ScEthosUPayload *payload) {
    for (uint32_t i = 0; i < payload->n_inputs + payload->n_outputs; i++) {
        bool is_input = i < payload->n_inputs;
        const uint8_t *row = is_input
                                 ? payload->inputs + IO_BYTES * i
                                 : payload->outputs + IO_BYTES * (i - payload->n_inputs);
        if (!io_is_sound(payload, row)) {
            return fail(r, "an input or output lies outside of the scratch");
        }
    }
    return SC_OK;
}

static ScStatus payload_read(Reader *r, ScEthosUPayload *out) {
    if ((uintptr_t)r->data % SC_FILE_ALIGN) {
        r->what = "the payload isn't aligned to 16 bytes";
        return SC_E_ARG;
    }
    SC_TRY(blocks_read(r, out));
    SC_TRY(ios_check(r, out));
    r->what = "cmd_data isn't a driver payload";
    return sc_ethos_u_commands_read(out->cop, out->cop_bytes, &out->commands);
}

ScStatus sc_ethos_u_payload_read(const uint8_t *data, size_t n_bytes, const ScModel *model,
                                 ScEthosUPayload *out_payload, const char **out_what) {
    Reader reader = {.data = data, .n_bytes = n_bytes, .model = model, .what = ""};
    memset(out_payload, 0, sizeof *out_payload);
    ScStatus status = payload_read(&reader, out_payload);
    if (out_what) {
        *out_what = reader.what;
    }
    return status;
}

ScEthosUIo sc_ethos_u_io(const ScEthosUPayload *payload, uint32_t index) {
    const uint8_t *row = index < payload->n_inputs
                             ? payload->inputs + IO_BYTES * index
                             : payload->outputs + IO_BYTES * (index - payload->n_inputs);
    ScEthosUIo io;
    io.element_bytes = sc_load_u32(row + 4 * SC_EU_IO_RANK);
    io.n_bytes = io.element_bytes;
    for (uint32_t i = 0; i < SC_EU_IO_RANK; i++) {
        io.shape[i] = sc_load_u32(row + 4 * i);
        io.n_bytes *= io.shape[i];
    }
    io.offset = sc_load_u32(row + 28);
    io.region = sc_load_u32(row + 32);
    return io;
}
