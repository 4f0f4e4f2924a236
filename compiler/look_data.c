/* SPDX-License-Identifier: Apache-2.0 */
/* The contract is in look_data.h. */
#include "compiler/look_data.h"

#include <string.h>

#include "compiler/bundled.h"
#include "compiler/graph/graph.h"
#include "runtime/model.h"
#include "runtime/schema.h"

bool sc_is_data(ScBytes file) {
    return file.n_bytes >= 8 && memcmp(file.data + 4, "FT", 2) == 0;
}

/* ---- .ptd ------------------------------------------------------------------------------
 */

static void layout_print(const ScModel *model, uint32_t layout, ScFormat format,
                         ScBuf *out) {
    const uint8_t *data = model->data;
    uint32_t sizes = sc_flat_ref(data, layout, SC_LAYOUT_SIZES);
    const char *dtype = sc_dtype_name((ScDtype)sc_flat_u8(data, layout, SC_LAYOUT_DTYPE));
    sc_buf_fmt(out, format == SC_JSON ? ", \"dtype\": \"%s\", \"shape\": [" : "  %s[",
               dtype);
    for (uint32_t i = 0; i < sc_flat_count(data, sizes); i++) {
        sc_buf_fmt(out, "%s%d", i ? ", " : "", (int)sc_flat_u32_at(data, sizes, i));
    }
    sc_buf_str(out, "]");
}

static void named_print(const ScModel *model, uint32_t index, ScFormat format, ScBuf *out) {
    const uint8_t *data = model->data;
    uint32_t named = sc_flat_ref(data, model->data_root, SC_DATA_NAMED), n_bytes;
    uint32_t entry = sc_flat_table_at(data, named, index);
    uint32_t layout = sc_flat_ref(data, entry, SC_NAMED_LAYOUT);
    uint32_t at = sc_data_at(model, entry, &n_bytes);
    const char *key = sc_flat_chars(data, sc_flat_ref(data, entry, SC_NAMED_KEY));
    if (format == SC_JSON) {
        sc_buf_fmt(out, "%s\n{\"key\": ", index ? "," : "");
        sc_buf_json_str(out, key);
        sc_buf_fmt(out, ", \"offset\": %u, \"bytes\": %u", at, n_bytes);
    } else {
        sc_buf_fmt(out, "%10u B at %8u  ", n_bytes, at);
        sc_buf_line(out, key);
    }
    if (layout) {
        layout_print(model, layout, format, out);
    }
    sc_buf_str(out, format == SC_JSON ? "}" : "\n");
}

ScStatus sc_look_data(Sc *sc, const char *path, ScBytes file, ScFormat format, ScBuf *out) {
    ScVerifyReport fault = {0, NULL};
    ScModel model;
    memset(&model, 0, sizeof model);
    ScStatus status = sc_verify_data(file.data, file.n_bytes, &fault);
    if (status != SC_OK || sc_open_data(&model, file.data, file.n_bytes) != SC_OK) {
        return sc_fail(sc, status, path,
                       sc_arena_fmt(sc->arena, "not a usable .ptd: %s at byte %u",
                                    fault.what ? fault.what : sc_status_name(status),
                                    fault.offset),
                       "the file is damaged, cut off, or of another version",
                       "write it again with ExecuTorch");
    }
    uint32_t n =
        sc_flat_count(model.data, sc_flat_ref(model.data, model.data_root, SC_DATA_NAMED));
    if (format == SC_JSON) {
        sc_buf_str(out, "{\"schema\": \"sconce.data/1\", \"file\": ");
        sc_buf_json_str(out, path);
        sc_buf_fmt(out, ", \"bytes\": %zu, \"entries\": [", file.n_bytes);
    } else {
        sc_buf_line(out, path);
        sc_buf_fmt(out, ": %zu B, %u entries by name\n\n", file.n_bytes, n);
    }
    for (uint32_t i = 0; i < n; i++) {
        named_print(&model, i, format, out);
    }
    sc_buf_str(out, format == SC_JSON ? "]}\n" : "");
    return SC_OK;
}

/* ---- .bpte -----------------------------------------------------------------------------
 */

static void value_print(const ScBundledValue *v, bool first, ScFormat format, ScBuf *out) {
    sc_buf_str(out, first ? "" : ", ");
    ScBuf text = sc_buf(out->arena);
    switch (v->kind) {
    case SC_BUNDLED_TENSOR: {
        ScType type = sc_type_make(v->array.dtype, v->array.rank, v->array.dims);
        sc_type_print(&type, &text);
        break;
    }
    case SC_BUNDLED_DOUBLE:
        sc_buf_fmt(&text, "double %g", v->d);
        break;
    case SC_BUNDLED_BOOL:
        sc_buf_str(&text, v->i ? "true" : "false");
        break;
    case SC_BUNDLED_INT:
        sc_buf_fmt(&text, "int %lld", (long long)v->i);
        break;
    }
    if (format == SC_JSON) {
        sc_buf_json_str(out, text.data);
    } else {
        sc_buf_str(out, text.data);
    }
}

static void case_print(const ScBundledCase *c, size_t index, ScFormat format, ScBuf *out) {
    bool json = format == SC_JSON;
    sc_buf_fmt(out, json ? "%s{\"inputs\": [" : "%s  case %zu: ", json && index ? ", " : "",
               index);
    for (size_t i = 0; i < c->n_inputs; i++) {
        value_print(&c->inputs[i], i == 0, format, out);
    }
    sc_buf_str(out, json ? "], \"outputs\": [" : " -> ");
    for (size_t i = 0; i < c->n_outputs; i++) {
        value_print(&c->outputs[i], i == 0, format, out);
    }
    sc_buf_str(out, json ? "]}" : "\n");
}

ScStatus sc_look_bundled(Sc *sc, const char *path, ScBytes file, ScFormat format,
                         ScBuf *out) {
    ScBundled bundled;
    bool json = format == SC_JSON;
    SC_TRY(sc_bundled_read(sc, path, file, &bundled));
    if (json) {
        sc_buf_str(out, "{\"schema\": \"sconce.bundled/1\", \"file\": ");
        sc_buf_json_str(out, path);
        sc_buf_fmt(out, ", \"program_bytes\": %zu, \"methods\": [",
                   bundled.program.n_bytes);
    } else {
        sc_buf_line(out, path);
        sc_buf_fmt(out, ": a program of %zu B with test cases; `sconce run` runs them\n\n",
                   bundled.program.n_bytes);
    }
    for (size_t i = 0; i < bundled.n_suites; i++) {
        const ScBundledSuite *suite = &bundled.suites[i];
        if (json) {
            sc_buf_fmt(out, "%s{\"method\": ", i ? ", " : "");
            sc_buf_json_str(out, suite->method);
            sc_buf_str(out, ", \"cases\": [");
        } else {
            sc_buf_line(out, suite->method);
            sc_buf_str(out, "\n");
        }
        for (size_t k = 0; k < suite->n_cases; k++) {
            case_print(&suite->cases[k], k, format, out);
        }
        sc_buf_str(out, json ? "]}" : "");
    }
    sc_buf_str(out, json ? "]}\n" : "");
    return SC_OK;
}
