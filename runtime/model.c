/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Opens a .pte in place and finds its parts. Contracts: sconce/runtime.h,
 * model.h. Format: docs/formats.md.
 */
#include "runtime/model.h"

#include <string.h>

#include "runtime/schema.h"

/* ---- header ---------------------------------------------------------------- */

/* Extended header: program_bytes and segment_base; false when they don't fit. */
static bool extension_read(ScModel *model) {
    const uint8_t *file = model->file;
    const uint32_t smallest = SC_HEADER_MAGIC_AT + SC_HEADER_BYTES;
    if (model->n_bytes < smallest) {
        return false;
    }
    uint32_t length = sc_load_u32(file + SC_HEADER_LENGTH_AT);
    uint32_t program = sc_load_clipped(file + SC_HEADER_PROGRAM_AT);
    uint32_t base = sc_load_clipped(file + SC_HEADER_BASE_AT);
    uint32_t data = length >= 32 ? sc_load_clipped(file + SC_HEADER_DATA_AT) : 0;
    model->program_bytes = program;
    model->segment_base = base;
    return length >= 24 && program >= smallest && program <= model->n_bytes &&
           (base == 0 || base >= program) && base <= model->n_bytes &&
           data <= model->n_bytes - base;
}

ScStatus sc_header_read(const void *file, size_t n_bytes, ScModel *out_model,
                        ScVerifyReport *out_fault) {
    ScModel *model = out_model;
    ScVerifyReport fault = {0, NULL};
    ScStatus status = SC_E_FORMAT;
    memset(model, 0, sizeof *model);
    model->file = file;
    model->n_bytes = model->program_bytes = (uint32_t)n_bytes;
    if (!file || (uintptr_t)file % SC_FILE_ALIGN != 0) {
        fault.what = "file not aligned to SC_FILE_ALIGN";
        status = SC_E_ARG;
    } else if (n_bytes < 12 || memcmp(model->file + 4, "ET", 2) != 0) {
        fault.what = "not an ExecuTorch program";
    } else if (memcmp(model->file + 6, "12", 2) != 0) {
        fault.what = "a program version other than ET12";
        status = SC_E_VERSION;
    } else if (n_bytes > INT32_MAX) { /* offsets are signed in places */
        fault.what = "larger than 2 GiB";
        status = SC_E_UNSUPPORTED;
    } else if (memcmp(model->file + SC_HEADER_MAGIC_AT, "eh00", 4) == 0 &&
               !extension_read(model)) {
        fault.what = "bad extended header";
        fault.offset = SC_HEADER_MAGIC_AT;
    } else {
        model->root = sc_load_u32(model->file);
        status = SC_OK;
        if (model->root > model->program_bytes - 4) {
            fault.what = "reference out of bounds";
            status = SC_E_FORMAT;
        }
    }
    if (out_fault) {
        *out_fault = fault;
    }
    return status;
}

ScStatus sc_open(const void *file, size_t n_bytes, ScModel *out_model) {
    SC_TRY(sc_header_read(file, n_bytes, out_model, NULL));
    sc_constants_open(out_model);
    return SC_OK;
}

/* ---- segments -------------------------------------------------------------- */

uint32_t sc_segment_at(const ScModel *model, uint32_t index, uint32_t *out_bytes) {
    const uint8_t *file = model->file;
    uint32_t segments = sc_flat_ref(file, model->root, SC_PROGRAM_SEGMENTS);
    *out_bytes = 0;
    if (index >= sc_flat_count(file, segments)) {
        return 0;
    }
    uint32_t segment = sc_flat_table_at(file, segments, index);
    *out_bytes = (uint32_t)sc_flat_u64(file, segment, SC_SEGMENT_SIZE);
    return model->segment_base + (uint32_t)sc_flat_u64(file, segment, SC_SEGMENT_OFFSET);
}

/* Position number `index` of a segment's offsets. */
static uint32_t offset_at(const uint8_t *file, uint32_t offsets, uint32_t base,
                          uint32_t *base_bytes, uint32_t index) {
    if (index < sc_flat_count(file, offsets)) {
        const uint8_t *at = file + offsets + 4 + 8 * index;
        uint32_t offset = sc_load_u32(at);
        if (sc_load_u32(at + 4) == 0 && offset <= *base_bytes) {
            *base_bytes -= offset;
            return base + offset;
        }
    }
    *base_bytes = 0;
    return 0;
}

void sc_constants_open(ScModel *model) {
    const uint8_t *file = model->file;
    uint32_t table = sc_flat_ref(file, model->root, SC_PROGRAM_CONSTANT_SEGMENT);
    if (table) {
        model->constant_offsets = sc_flat_ref(file, table, SC_SUBSEGMENT_OFFSETS);
        model->constants = sc_segment_at(
            model, sc_flat_u32(file, table, SC_SUBSEGMENT_INDEX), &model->constant_bytes);
    }
}

uint32_t sc_constant_at(const ScModel *model, uint32_t index, uint32_t *out_bytes) {
    const uint8_t *file = model->file;
    *out_bytes = model->constant_bytes;
    uint32_t at =
        offset_at(file, model->constant_offsets, model->constants, out_bytes, index);
    if (at) {
        return at;
    }
    /* Old files keep constants inside the flatbuffer. */
    uint32_t buffers = sc_flat_ref(file, model->root, SC_PROGRAM_CONSTANT_BUFFER);
    if (index < sc_flat_count(file, buffers)) {
        uint32_t bytes =
            sc_flat_ref(file, sc_flat_table_at(file, buffers, index), SC_BYTES_DATA);
        *out_bytes = sc_flat_count(file, bytes);
        at = bytes ? bytes + 4 : 0;
    }
    return at;
}

uint32_t sc_initial_at(const ScModel *model, uint32_t index, uint32_t *out_bytes) {
    const uint8_t *file = model->file;
    uint32_t segments = sc_flat_ref(file, model->root, SC_PROGRAM_MUTABLE_SEGMENTS);
    *out_bytes = 0;
    if (sc_flat_count(file, segments) == 0) {
        return 0;
    }
    /* Always the first: stock ignores ExtraTensorInfo's index too. */
    uint32_t table = sc_flat_table_at(file, segments, 0);
    uint32_t base =
        sc_segment_at(model, sc_flat_u32(file, table, SC_SUBSEGMENT_INDEX), out_bytes);
    return offset_at(file, sc_flat_ref(file, table, SC_SUBSEGMENT_OFFSETS), base, out_bytes,
                     index);
}

uint32_t sc_named_entry(const uint8_t *file, uint32_t vector, const char *key) {
    for (uint32_t i = 0; i < sc_flat_count(file, vector); i++) {
        uint32_t entry = sc_flat_table_at(file, vector, i);
        const char *name = sc_flat_chars(file, sc_flat_ref(file, entry, SC_NAMED_KEY));
        if (sc_name_compare(key, name, "") == 0) {
            return entry;
        }
    }
    return 0;
}

uint32_t sc_named_at(const ScModel *model, const char *key, uint32_t *out_bytes) {
    const uint8_t *file = model->file;
    uint32_t named = sc_flat_ref(file, model->root, SC_PROGRAM_NAMED_DATA);
    uint32_t entry = sc_named_entry(file, named, key);
    *out_bytes = 0;
    return entry
               ? sc_segment_at(model, sc_flat_u32(file, entry, SC_NAMED_SEGMENT), out_bytes)
               : 0;
}

ScStatus sc_named_data(const ScModel *model, const char *key, const uint8_t **out_data,
                       size_t *out_bytes) {
    uint32_t n_bytes;
    uint32_t at = sc_named_at(model, key, &n_bytes);
    *out_data = model->file + at;
    const uint8_t *elsewhere =
        !at && model->data_find ? model->data_find(model, key, &n_bytes) : NULL;
    *out_data = elsewhere ? elsewhere : *out_data;
    *out_bytes = n_bytes;
    return at || elsewhere ? SC_OK : SC_E_NOT_FOUND;
}

bool sc_is_external(const uint8_t *file, uint32_t tensor) {
    uint32_t extra = sc_flat_ref(file, tensor, SC_TENSOR_EXTRA);
    return extra && sc_flat_u8(file, extra, SC_EXTRA_LOCATION) == 1;
}

const uint8_t *sc_external_at(const ScModel *model, uint32_t tensor, uint32_t *out_bytes) {
    const uint8_t *file = model->file;
    uint32_t extra = sc_flat_ref(file, tensor, SC_TENSOR_EXTRA);
    const char *key = sc_flat_chars(file, sc_flat_ref(file, extra, SC_EXTRA_NAME));
    *out_bytes = 0;
    return model->data_find ? model->data_find(model, key, out_bytes) : NULL;
}

uint32_t sc_payload_at(const ScModel *model, uint32_t table, uint32_t *out_bytes) {
    const uint8_t *file = model->file;
    uint32_t index = sc_flat_u32(file, table, SC_PROCESSED_INDEX);
    if (sc_flat_u8(file, table, SC_PROCESSED_LOCATION)) {
        return sc_segment_at(model, index, out_bytes);
    }
    uint32_t blobs = sc_flat_ref(file, model->root, SC_PROGRAM_DELEGATE_DATA);
    uint32_t data = sc_flat_ref(file, sc_flat_table_at(file, blobs, index), SC_BYTES_DATA);
    *out_bytes = sc_flat_count(file, data);
    return data ? data + 4 : 0;
}

/* ---- methods --------------------------------------------------------------- */

int sc_name_compare(const char *text, const char *name, const char *overload) {
    const char *next = *overload ? overload : NULL;
    for (;; text++, name++) {
        if (!*name && next) {
            if (*text != '.') {
                return (int)(uint8_t)*text - '.';
            }
            text++;
            name = next;
            next = NULL;
        }
        if (*text != *name || !*text) {
            return (int)(uint8_t)*text - (int)(uint8_t)*name;
        }
    }
}

uint32_t sc_method_count(const ScModel *model) {
    return sc_flat_count(model->file,
                         sc_flat_ref(model->file, model->root, SC_PROGRAM_PLANS));
}

static uint32_t plan_number(const ScModel *model, uint32_t index) {
    uint32_t plans = sc_flat_ref(model->file, model->root, SC_PROGRAM_PLANS);
    return sc_flat_table_at(model->file, plans, index);
}

const char *sc_method_name(const ScModel *model, uint32_t index) {
    if (index >= sc_method_count(model)) {
        return NULL;
    }
    const uint8_t *file = model->file;
    return sc_flat_chars(file, sc_flat_ref(file, plan_number(model, index), SC_PLAN_NAME));
}

uint32_t sc_plan_at(const ScModel *model, const char *name) {
    for (uint32_t i = 0; i < sc_method_count(model); i++) {
        if (!name || sc_name_compare(name, sc_method_name(model, i), "") == 0) {
            return plan_number(model, i);
        }
    }
    return 0;
}

/* ---- sconce.io ------------------------------------------------------------- */

static ScStatus io_info(const ScModel *model, uint32_t index, bool output,
                        ScIoInfo *out_info) {
    uint32_t n_bytes;
    const uint8_t *io = model->file + sc_named_at(model, SC_IO_KEY, &n_bytes);
    if (n_bytes < SC_IO_RECORDS_AT || memcmp(io, SC_IO_MAGIC, 4) != 0 ||
        sc_load_u16(io + SC_IO_VERSION_AT) != SC_IO_VERSION) {
        return SC_E_NOT_FOUND;
    }
    uint32_t n_inputs = sc_load_u16(io + SC_IO_N_INPUTS_AT);
    uint32_t n_here = output ? sc_load_u16(io + SC_IO_N_OUTPUTS_AT) : n_inputs;
    if (index >= n_here) {
        return SC_E_ARG;
    }
    index += output ? n_inputs : 0;
    const uint8_t *record = io + SC_IO_RECORDS_AT + SC_IO_RECORD_BYTES * index;
    memcpy(&out_info->scale, record + SC_IO_SCALE_AT, sizeof out_info->scale);
    memcpy(&out_info->zero_point, record + SC_IO_ZERO_POINT_AT,
           sizeof out_info->zero_point);
    out_info->name = (const char *)io + sc_load_u32(record + SC_IO_NAME_AT);
    out_info->layout = (ScLayout)record[SC_IO_LAYOUT_AT];
    return SC_OK;
}

ScStatus sc_input_info(const ScModel *model, uint32_t index, ScIoInfo *out_info) {
    return io_info(model, index, false, out_info);
}

ScStatus sc_output_info(const ScModel *model, uint32_t index, ScIoInfo *out_info) {
    return io_info(model, index, true, out_info);
}
