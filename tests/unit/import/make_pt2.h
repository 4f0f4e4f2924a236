/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Small .pt2 archives made in memory, right or wrong, for the tests of this
 * folder: a zip writer, the members that torch writes, and programs from JSON
 * pieces. In JSON, single quotes stand for double ones and backquotes for single.
 */
#ifndef SC_TESTS_MAKE_PT2_H
#define SC_TESTS_MAKE_PT2_H

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <setjmp.h>

#include <cmocka.h>

#include "compiler/base/text.h"
#include "compiler/import/pt2.h"

/* ---- a session for one test -------------------------------------------------- */

typedef struct Test {
    Sc sc;
    ScOpTable *ops;
} Test;

static inline int test_open(void **state) {
    static Test test;
    test = (Test){.sc = {.arena = sc_arena_new()}};
    *state = &test;
    return sc_ops_load(&test.sc, &test.ops) == SC_OK ? 0 : -1;
}

static inline int test_close(void **state) {
    sc_arena_free(((Test *)*state)->sc.arena);
    return 0;
}

static inline void test_forget_errors(Test *test) {
    test->sc.n_diags = 0;
}

/* One error that mentions each of the words; '|' separates them. */
static inline void assert_one_error(Test *test, const char *situation, const char *words) {
    if (test->sc.n_diags != 1) {
        print_error("%s: %zu diagnostics\n", situation, test->sc.n_diags);
    }
    assert_int_equal(test->sc.n_diags, 1);
    const ScDiag *d = &test->sc.diags[0];
    char *line = sc_arena_fmt(test->sc.arena, "%s: error: %s; %s; %s", d->where, d->what,
                              d->why ? d->why : "", d->todo ? d->todo : "");
    char *wanted = sc_arena_str(test->sc.arena, words);
    for (char *word = strtok(wanted, "|"); word; word = strtok(NULL, "|")) {
        if (!strstr(line, word)) {
            print_error("%s: '%s' isn't in: %s\n", situation, word, line);
            fail();
        }
    }
    test_forget_errors(test);
}

static inline void print_errors(const Test *test) {
    for (size_t i = 0; i < test->sc.n_diags; i++) {
        const ScDiag *d = &test->sc.diags[i];
        print_error("%s: %s; %s; %s\n", d->where, d->what, d->why ? d->why : "",
                    d->todo ? d->todo : "");
    }
}

/* ---- zip --------------------------------------------------------------------- */

typedef struct Zip {
    ScBuf file, central;
    uint16_t n;
} Zip;

static inline Zip zip_new(ScArena *arena) {
    return (Zip){.file = sc_buf(arena), .central = sc_buf(arena)};
}

static inline void put(ScBuf *buf, uint32_t value, int n_bytes) {
    for (int i = 0; i < n_bytes; i++) {
        uint8_t byte = i < 4 ? (uint8_t)(value >> (8 * i)) : 0;
        sc_buf_bytes(buf, &byte, 1);
    }
}

static inline uint32_t crc_of(const uint8_t *data, size_t n) {
    uint32_t crc = 0xffffffffu;
    for (size_t i = 0; i < n; i++) {
        crc ^= data[i];
        for (int k = 0; k < 8; k++) {
            crc = crc >> 1 ^ (crc & 1 ? 0xedb88320u : 0);
        }
    }
    return ~crc;
}

/* Stored, its data at a multiple of 16 from the start, as torch does with 64. */
static inline void zip_add(Zip *zip, const char *name, const void *data, size_t n) {
    uint32_t crc = crc_of(data, n), start = (uint32_t)zip->file.len;
    uint32_t n_name = (uint32_t)strlen(name), n_pad = -(start + 30 + n_name) % 16;
    n_pad += n_pad && n_pad < 4 ? 16 : 0; /* an extra field has 4 bytes at least */
    put(&zip->file, 0x04034b50, 4);
    put(&zip->file, 0, 10); /* version, flags, method, time, date: all may be 0 */
    put(&zip->file, 0, 0);
    put(&zip->file, crc, 4);
    put(&zip->file, (uint32_t)n, 4);
    put(&zip->file, (uint32_t)n, 4);
    put(&zip->file, n_name, 2);
    put(&zip->file, n_pad, 2);
    sc_buf_str(&zip->file, name);
    if (n_pad) {
        put(&zip->file, 0x4246, 2);
        put(&zip->file, n_pad - 4, 2);
        sc_buf_zeros(&zip->file, n_pad - 4);
    }
    sc_buf_bytes(&zip->file, data, n);
    put(&zip->central, 0x02014b50, 4);
    put(&zip->central, 0, 12); /* made by, version, flags, method, time, date */
    put(&zip->central, crc, 4);
    put(&zip->central, (uint32_t)n, 4);
    put(&zip->central, (uint32_t)n, 4);
    put(&zip->central, n_name, 2);
    put(&zip->central, 0, 12); /* extra, comment, disk, attributes */
    put(&zip->central, start, 4);
    sc_buf_str(&zip->central, name);
    zip->n++;
}

static inline ScBytes zip_end(Zip *zip) {
    uint32_t start = (uint32_t)zip->file.len;
    sc_buf_bytes(&zip->file, zip->central.data, zip->central.len);
    put(&zip->file, 0x06054b50, 4);
    put(&zip->file, 0, 4);
    put(&zip->file, zip->n, 2);
    put(&zip->file, zip->n, 2);
    put(&zip->file, (uint32_t)zip->central.len, 4);
    put(&zip->file, start, 4);
    put(&zip->file, 0, 2);
    return (ScBytes){(const uint8_t *)zip->file.data, zip->file.len};
}

/* ---- archives ----------------------------------------------------------------- */

/* Texts of members; NULL fields have torch's defaults, "-" leaves one out. */
typedef struct Parts {
    const char *format, *version, *byteorder;
    const char *program;
    const char *weights, *constants; /* the config members */
    const char *drop;                /* a member below the root that is left out */
    const char *extra;               /* one more, empty */
    const char *foreign;             /* a member above the root, "{}" */
    const void *record;              /* data/weights/weight_0 */
    size_t record_bytes;
} Parts;

static inline char *json_text(ScArena *arena, const char *text) {
    char *copy = sc_arena_str(arena, text);
    for (char *c = copy; *c; c++) {
        *c = (char)(*c == '\'' ? '"' : *c == '`' ? '\'' : *c);
    }
    return copy;
}

static inline void part_add(Zip *zip, const Parts *parts, const char *name,
                            const char *text, const char *fallback) {
    if (parts->drop && strcmp(parts->drop, name) == 0) {
        return;
    }
    ScArena *arena = zip->file.arena;
    const char *json = json_text(arena, text ? text : fallback);
    zip_add(zip, sc_arena_fmt(arena, "net/%s", name), json, strlen(json));
}

static inline ScBytes pt2_make(ScArena *arena, const Parts *parts) {
    Zip zip = zip_new(arena);
    if (parts->record_bytes) {
        zip_add(&zip, "net/data/weights/weight_0", parts->record, parts->record_bytes);
    }
    part_add(&zip, parts, "data/weights/model_weights_config.json", parts->weights,
             "{'config': {}}");
    part_add(&zip, parts, "data/constants/model_constants_config.json", parts->constants,
             "{'config': {}}");
    part_add(&zip, parts, "models/model.json", parts->program,
             "{'schema_version': {'major': 8, 'minor': 20}}");
    part_add(&zip, parts, "archive_format", parts->format, "pt2");
    part_add(&zip, parts, "archive_version", parts->version, "0");
    part_add(&zip, parts, "byteorder", parts->byteorder, "little");
    if (parts->extra) {
        zip_add(&zip, sc_arena_fmt(arena, "net/%s", parts->extra), "", 0);
    }
    if (parts->foreign) {
        zip_add(&zip, parts->foreign, "{}", 2);
    }
    return zip_end(&zip);
}

/* A program from the JSON of its pieces (each a list without brackets). */
typedef struct Program {
    const char *inputs, *input_specs;
    const char *nodes;
    const char *outputs, *output_specs;
    const char *values; /* tensor_values, an object without braces */
    const char *calls;  /* module_call_graph */
} Program;

static inline char *program_json(ScArena *arena, const Program *p) {
    return sc_arena_fmt(
        arena,
        "{'graph_module': {'graph': {'inputs': [%s], 'outputs': [%s], 'nodes': [%s], "
        "'tensor_values': {%s}, 'sym_int_values': {}, 'is_single_tensor_return': false}, "
        "'signature': {'input_specs': [%s], 'output_specs': [%s]}, "
        "'module_call_graph': [%s]}, "
        "'schema_version': {'major': 8, 'minor': 20}, 'range_constraints': "
        "{'s77': {'min_val': 2, 'max_val': 8}}, 'verifiers': ['TRAINING']}",
        p->inputs, p->outputs, p->nodes, p->values, p->input_specs, p->output_specs,
        p->calls ? p->calls : "");
}

#define META(dtype, sizes, strides)                                             \
    "{'dtype': " dtype ", 'sizes': [" sizes "], 'strides': [" strides           \
    "], 'storage_offset': {'as_int': 0}, 'layout': 7, 'requires_grad': false, " \
    "'device': {'type': 'cpu', 'index': null}}"
#define N(n) "{'as_int': " #n "}"
#define F32_4 META("7", N(4), N(1))
#define F32_2_4 META("7", N(2) ", " N(4), N(4) ", " N(1))
#define T(name) "{'as_tensor': {'name': '" name "'}}"
#define ARG(name, value) "{'name': '" name "', 'arg': " value ", 'kind': 1}"
#define NODE(op, args, outs)                                                     \
    "{'target': 'torch.ops." op "', 'inputs': [" args "], 'outputs': [" outs     \
    "], 'metadata': {'nn_module_stack': 'L__self__,,M;k,body.1,torch.nn.ReLU', " \
    "'stack_trace': 'File \\\"/home/u/model.py\\\", line 12, in forward'}, "     \
    "'name': 'the_node', 'is_hop_single_tensor_return': null}"
#define USER_IN(name) "{'user_input': {'arg': " T(name) "}}"
#define BUFFER_IN(name)                                                \
    "{'buffer': {'arg': {'name': 'b_" name "'}, 'buffer_name': '" name \
    "', 'persistent': true}}"
#define USER_OUT(name) "{'user_output': {'arg': " T(name) "}}"
#define PAYLOAD(meta)                                                   \
    "{'path_name': 'weight_0', 'is_param': true, 'use_pickle': false, " \
    "'tensor_meta': " meta "}"

#endif
