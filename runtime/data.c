/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The .ptd beside a program: tensors and other bytes by name. Contracts: sconce/runtime.h,
 * model.h. Format: flat_tensor.fbs of ExecuTorch 1.5, docs/formats.md.
 */
#include <string.h>

#include "runtime/model.h"
#include "runtime/schema.h"

/* Where the flatbuffer ends, 0 when the header's numbers don't fit. */
static uint32_t header_end(ScModel *model, const uint8_t *data, uint32_t n_bytes) {
    uint32_t flat = sc_load_clipped(data + SC_DATA_FLAT_AT);
    uint32_t flat_bytes = sc_load_clipped(data + SC_DATA_FLAT_BYTES_AT);
    uint32_t base = sc_load_clipped(data + SC_DATA_BASE_AT);
    uint32_t segments = sc_load_clipped(data + SC_DATA_SEGMENTS_AT);
    if (sc_load_u32(data + SC_DATA_LENGTH_AT) < 40 || flat < SC_DATA_HEADER_BYTES ||
        flat > n_bytes || flat_bytes < 4 || flat_bytes > n_bytes - flat || base > n_bytes ||
        segments > n_bytes - base || (base != 0 && base < flat + flat_bytes)) {
        return 0;
    }
    model->data_base = base;
    return flat + flat_bytes;
}

ScStatus sc_data_read(const void *bytes, size_t n_bytes, ScModel *model,
                      ScVerifyReport *out_fault) {
    const uint8_t *data = bytes;
    ScVerifyReport fault = {0, NULL};
    ScStatus status = SC_E_FORMAT;
    uint32_t end = 0;
    model->data = NULL;
    model->data_bytes = 0;
    if (!data || (uintptr_t)data % SC_FILE_ALIGN != 0) {
        fault.what = "file not aligned to SC_FILE_ALIGN";
        status = SC_E_ARG;
    } else if (n_bytes < SC_DATA_HEADER_BYTES || memcmp(data + 4, "FT", 2) != 0) {
        fault.what = "not a .ptd";
    } else if (memcmp(data + 6, "01", 2) != 0 ||
               memcmp(data + SC_DATA_MAGIC_AT, "FH01", 4) != 0) {
        fault.what = "a version other than FT01 with FH01";
        status = SC_E_VERSION;
    } else if (n_bytes > INT32_MAX) {
        fault.what = "larger than 2 GiB";
        status = SC_E_UNSUPPORTED;
    } else {
        end = header_end(model, data, (uint32_t)n_bytes);
        model->data_root = sc_load_u32(data);
        fault.what = end == 0                     ? "bad extended header"
                     : model->data_root > end - 4 ? "reference out of bounds"
                                                  : NULL;
        fault.offset = end == 0 ? SC_DATA_MAGIC_AT : 0;
    }
    if (!fault.what) {
        model->data = data;
        model->data_bytes = (uint32_t)n_bytes;
        status = SC_OK;
    }
    if (out_fault) {
        *out_fault = fault;
    }
    return status;
}

static const uint8_t *find(const ScModel *model, const char *key, uint32_t *out_bytes) {
    uint32_t entry = sc_data_entry(model, key);
    *out_bytes = 0;
    return entry ? model->data + sc_data_at(model, entry, out_bytes) : NULL;
}

ScStatus sc_open_data(ScModel *model, const void *data, size_t n_bytes) {
    ScStatus status = sc_data_read(data, n_bytes, model, NULL);
    model->data_find = status == SC_OK ? find : NULL;
    return status;
}

uint32_t sc_data_entry(const ScModel *model, const char *key) {
    const uint8_t *data = model->data;
    return sc_named_entry(data, sc_flat_ref(data, model->data_root, SC_DATA_NAMED), key);
}

uint32_t sc_data_at(const ScModel *model, uint32_t named, uint32_t *out_bytes) {
    const uint8_t *data = model->data;
    uint32_t segments = sc_flat_ref(data, model->data_root, SC_DATA_SEGMENTS);
    uint32_t segment =
        sc_flat_table_at(data, segments, sc_flat_u32(data, named, SC_NAMED_SEGMENT));
    *out_bytes = (uint32_t)sc_flat_u64(data, segment, SC_SEGMENT_SIZE);
    return model->data_base + (uint32_t)sc_flat_u64(data, segment, SC_SEGMENT_OFFSET);
}
