/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The parser of vela_bin_streams and driver payloads: a sound one is read, and each rule
 * of payload.h broken alone gives its status. Bytes lie in blocks of exactly their size,
 * so that AddressSanitizer sees a read behind them.
 */
#include <setjmp.h>
#include <stdarg.h>

#include "../runtime/pte_build.h"
#include "ethos_u_make.h"

#include <cmocka.h>

enum { HEADER = 32, SCRATCH = 256, KEY = 64 };

#define KEY_TEXT "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static const uint8_t weights[20] = {1, 2, 3};

/* Blocks in stock's order, and where each one's header lies. */
enum { BEGIN, COMMANDS, WEIGHTS, SCRATCH_SIZE, INPUTS, OUTPUTS, END, N_BLOCKS };

typedef struct Parts {
    Payload payload;
    size_t at[N_BLOCKS + 1];
} Parts;

static const ScEthosUIo io_in = {{1, 1, 1, 2, 4, 8}, 1, 0, 1, 64};
static const ScEthosUIo io_out = {{1, 1, 1, 2, 4, 8}, 2, 128, 1, 128};

static uint32_t cop_make(uint8_t *out) {
    Stream s = {.n = 0};
    stream_stop(&s);
    return cop1_make(&s, out);
}

static void part_add(Parts *parts, int index, const char *name, const void *data,
                     size_t n) {
    parts->at[index] = parts->payload.n;
    payload_block(&parts->payload, name, data, n, 0);
}

static void parts_make(Parts *parts, const ScEthosUIo *in, const ScEthosUIo *out) {
    uint8_t cop[64], size[4];
    uint32_t cop_bytes = cop_make(cop);
    put_u32(size, SCRATCH);
    memset(parts, 0, sizeof *parts);
    part_add(parts, BEGIN, "vela_bin_stream", NULL, 0);
    part_add(parts, COMMANDS, "cmd_data", cop, cop_bytes);
    part_add(parts, WEIGHTS, "weight_data", weights, sizeof weights);
    part_add(parts, SCRATCH_SIZE, "scratch_size", size, 4);
    parts->at[INPUTS] = parts->payload.n;
    payload_ios(&parts->payload, "inputs", in, 1);
    parts->at[OUTPUTS] = parts->payload.n;
    payload_ios(&parts->payload, "outputs", out, 1);
    part_add(parts, END, "vela_end_stream", NULL, 0);
    parts->at[N_BLOCKS] = parts->payload.n;
}

static void parts_new(Parts *parts) {
    parts_make(parts, &io_in, &io_out);
}

/* Reads n bytes, copied to a block of that size. The result points into freed memory. */
static ScStatus read_bytes(const uint8_t *bytes, size_t n, ScEthosUPayload *out) {
    void *copy = NULL;
    const char *what = NULL;
    assert_int_equal(posix_memalign(&copy, SC_FILE_ALIGN, n ? n : 1), 0);
    memcpy(copy, bytes, n);
    ScStatus status = sc_ethos_u_payload_read(copy, n, NULL, out, &what);
    assert_non_null(what);
    assert_true(status == SC_OK || what[0]);
    assert_int_equal(sc_ethos_u_payload_read(copy, n, NULL, out, NULL), status);
    free(copy);
    return status;
}

static ScStatus parts_read(const Parts *parts) {
    ScEthosUPayload p;
    return read_bytes(parts->payload.bytes, parts->payload.n, &p);
}

/* ---- sound ones ------------------------------------------------------------------------
 */

static void io_is(const ScEthosUIo *got, const ScEthosUIo *wanted) {
    assert_memory_equal(got->shape, wanted->shape, sizeof got->shape);
    assert_int_equal(got->element_bytes, wanted->element_bytes);
    assert_int_equal(got->offset, wanted->offset);
    assert_int_equal(got->region, wanted->region);
    assert_int_equal(got->n_bytes, wanted->n_bytes);
}

static void payload_sound_one_is_read(void **state) {
    (void)state;
    Parts parts;
    ScEthosUPayload p;
    parts_new(&parts);
    const uint8_t *bytes = parts.payload.bytes;
    assert_int_equal(sc_ethos_u_payload_read(bytes, parts.payload.n, NULL, &p, NULL),
                     SC_OK);
    assert_ptr_equal(p.cop, bytes + parts.at[COMMANDS] + HEADER);
    assert_ptr_equal(p.weights, bytes + parts.at[WEIGHTS] + HEADER);
    assert_int_equal(p.weight_bytes, sizeof weights);
    assert_int_equal(p.scratch_bytes, SCRATCH);
    assert_int_equal(p.n_inputs, 1);
    assert_int_equal(p.n_outputs, 1);
    assert_int_equal(p.commands.n_words, 1);
    assert_int_equal(p.commands.config.n_macs, 128);
    ScEthosUIo in = sc_ethos_u_io(&p, 0), out = sc_ethos_u_io(&p, 1);
    io_is(&in, &io_in);
    io_is(&out, &io_out);
}

static void payload_blocks_in_any_order_are_read(void **state) {
    (void)state;
    Parts parts;
    Payload turned = {.n = 0};
    ScEthosUPayload p;
    static const int order[] = {BEGIN,   OUTPUTS,  SCRATCH_SIZE, INPUTS,
                                WEIGHTS, COMMANDS, END};
    parts_new(&parts);
    for (uint32_t i = 0; i < N_BLOCKS; i++) {
        size_t start = parts.at[order[i]], n = parts.at[order[i] + 1] - start;
        memcpy(turned.bytes + turned.n, parts.payload.bytes + start, n);
        turned.n += n;
    }
    assert_int_equal(read_bytes(turned.bytes, turned.n, &p), SC_OK);
}

/* ---- the stream of blocks --------------------------------------------------------------
 */

static void payload_cut_anywhere_is_refused(void **state) {
    (void)state;
    Parts parts;
    ScEthosUPayload p;
    parts_new(&parts);
    for (size_t n = 0; n < parts.payload.n; n++) {
        assert_int_equal(read_bytes(parts.payload.bytes, n, &p), SC_E_FORMAT);
    }
}

static void payload_unaligned_is_refused(void **state) {
    (void)state;
    Parts parts;
    ScEthosUPayload p;
    parts_new(&parts);
    _Alignas(16) static uint8_t moved[PAYLOAD_BYTES];
    memcpy(moved + 8, parts.payload.bytes, parts.payload.n);
    assert_int_equal(sc_ethos_u_payload_read(moved + 8, parts.payload.n, NULL, &p, NULL),
                     SC_E_ARG);
}

/* One byte of a sound payload replaced: `at` counts from the block's header. */
static void payload_one_wrong_byte_is_refused(void **state) {
    (void)state;
    static const struct {
        const char *rule;
        int block;
        uint32_t at;
        uint8_t value;
    } cases[] = {
        {"first block has another name", BEGIN, 0, 'V'},
        {"first block has data", BEGIN, 16, 1},
        {"first block is external", BEGIN, 20, 1},
        {"name is unknown", WEIGHTS, 0, 'W'},
        {"name goes on behind its end", WEIGHTS, 12, 'x'},
        {"external is neither 0 nor 1", WEIGHTS, 20, 2},
        {"reserved byte 21", WEIGHTS, 21, 1},
        {"reserved byte 31", WEIGHTS, 31, 0x80},
        {"padding, first byte", WEIGHTS, 32 + 20, 1},
        {"padding, last byte", WEIGHTS, 32 + 31, 1},
        {"length of 4 GiB", WEIGHTS, 19, 0xff},
        {"length up to the end and more", WEIGHTS, 17, 0xff},
        {"scratch size of 3 bytes", SCRATCH_SIZE, 16, 3},
        {"scratch size of 8 bytes", SCRATCH_SIZE, 16, 8},
        {"inputs: another count", INPUTS, 32, 2},
        {"inputs: no rows", INPUTS, 32, 0},
        {"inputs: count below 0", INPUTS, 35, 0xff},
        {"inputs: a byte more", INPUTS, 16, 41},
        {"inputs: a byte less", INPUTS, 16, 39},
        {"outputs: another count", OUTPUTS, 32, 2},
        {"end has data", END, 16, 1},
        {"end is external", END, 20, 1},
        {"end has another name", END, 14, 'x'},
        {"cmd_data isn't a driver payload", COMMANDS, 32, 'X'},
    };
    for (uint32_t i = 0; i < COUNT(cases); i++) {
        Parts parts;
        parts_new(&parts);
        uint8_t *byte = parts.payload.bytes + parts.at[cases[i].block] + cases[i].at;
        assert_int_not_equal(*byte, cases[i].value);
        *byte = cases[i].value;
        if (parts_read(&parts) != SC_E_FORMAT) {
            fail_msg("not refused: %s", cases[i].rule);
        }
    }
}

static void payload_table_shorter_than_its_count_is_refused(void **state) {
    (void)state;
    for (uint32_t n = 0; n < 4; n++) {
        Parts parts;
        parts_new(&parts);
        Payload cut = {.n = parts.at[INPUTS]};
        memcpy(cut.bytes, parts.payload.bytes, cut.n);
        payload_block(&cut, "inputs", "\0\0\0\0", n, 0);
        memcpy(cut.bytes + cut.n, parts.payload.bytes + parts.at[OUTPUTS],
               parts.payload.n - parts.at[OUTPUTS]);
        cut.n += parts.payload.n - parts.at[OUTPUTS];
        ScEthosUPayload p;
        assert_int_equal(read_bytes(cut.bytes, cut.n, &p), SC_E_FORMAT);
    }
}

static void payload_more_tensors_than_32_are_refused(void **state) {
    (void)state;
    for (uint32_t n = SC_EU_MAX_IO; n <= SC_EU_MAX_IO + 1; n++) {
        Parts parts;
        ScEthosUPayload p;
        uint8_t rows[4 + 36 * (SC_EU_MAX_IO + 1)];
        parts_new(&parts);
        Payload many = {.n = parts.at[INPUTS]};
        memcpy(many.bytes, parts.payload.bytes, many.n);
        put_u32(rows, n);
        for (uint32_t i = 0; i < n; i++) {
            memcpy(rows + 4 + 36 * i, parts.payload.bytes + parts.at[INPUTS] + HEADER + 4,
                   36);
        }
        payload_block(&many, "inputs", rows, 4 + 36 * n, 0);
        memcpy(many.bytes + many.n, parts.payload.bytes + parts.at[OUTPUTS],
               parts.payload.n - parts.at[OUTPUTS]);
        many.n += parts.payload.n - parts.at[OUTPUTS];
        assert_int_equal(read_bytes(many.bytes, many.n, &p),
                         n > SC_EU_MAX_IO ? SC_E_FORMAT : SC_OK);
    }
}

static void payload_block_twice_or_missing_is_refused(void **state) {
    (void)state;
    for (int block = COMMANDS; block <= OUTPUTS; block++) {
        for (int twice = 0; twice <= 1; twice++) {
            Parts parts;
            Payload p = {.n = 0};
            ScEthosUPayload out;
            parts_new(&parts);
            for (int i = 0; i < N_BLOCKS; i++) {
                int copies = i == block ? 2 * twice : 1;
                size_t n = parts.at[i + 1] - parts.at[i];
                for (int k = 0; k < copies; k++, p.n += n) {
                    memcpy(p.bytes + p.n, parts.payload.bytes + parts.at[i], n);
                }
            }
            assert_int_equal(read_bytes(p.bytes, p.n, &out), SC_E_FORMAT);
        }
    }
}

static void payload_bytes_behind_the_end_are_refused(void **state) {
    (void)state;
    for (uint32_t n = 1; n <= 48; n += 47) {
        Parts parts;
        parts_new(&parts);
        parts.payload.n += n;
        assert_int_equal(parts_read(&parts), SC_E_FORMAT);
    }
}

/* ---- inputs and outputs ----------------------------------------------------------------
 */

static void payload_tensors_outside_of_the_scratch_are_refused(void **state) {
    (void)state;
    static const struct {
        const char *rule;
        ScEthosUIo io;
        ScStatus status;
    } cases[] = {
        {"as large as the scratch", {{1, 1, 1, 1, 1, 256}, 1, 0, 1, 0}, SC_OK},
        {"at its end", {{1, 1, 1, 1, 1, 1}, 1, 255, 1, 0}, SC_OK},
        {"8 bytes an element", {{1, 1, 1, 1, 1, 32}, 8, 0, 1, 0}, SC_OK},
        {"in a region of its own", {{1, 1, 1, 1, 1, 999}, 1, 0, 3, 0}, SC_OK},
        {"in the last region", {{1, 1, 1, 1, 1, 1}, 1, 0, 7, 0}, SC_OK},
        {"a byte too large", {{1, 1, 1, 1, 1, 257}, 1, 0, 1, 0}, SC_E_FORMAT},
        {"a byte behind it", {{1, 1, 1, 1, 1, 1}, 1, 256, 1, 0}, SC_E_FORMAT},
        {"two bytes behind it", {{1, 1, 1, 1, 1, 1}, 1, 257, 1, 0}, SC_E_FORMAT},
        {"offset wraps", {{1, 1, 1, 1, 1, 2}, 1, 0xffffffff, 1, 0}, SC_E_FORMAT},
        {"element of 0 bytes", {{1, 1, 1, 1, 1, 1}, 0, 0, 1, 0}, SC_E_FORMAT},
        {"element of 9 bytes", {{1, 1, 1, 1, 1, 1}, 9, 0, 1, 0}, SC_E_FORMAT},
        {"no elements", {{1, 1, 0, 1, 1, 1}, 1, 0, 1, 0}, SC_E_FORMAT},
        {"dimension below 0", {{1, 1, 1, 1, 1, 0xffffffff}, 1, 0, 3, 0}, SC_E_FORMAT},
        {"2^32 elements", {{1, 1, 1, 65536, 65536, 1}, 1, 0, 3, 0}, SC_E_FORMAT},
        {"2^64 elements", {{1, 1, 65536, 65536, 65536, 65536}, 1, 0, 3, 0}, SC_E_FORMAT},
        {"2^32 bytes", {{1, 1, 1, 1, 65536, 8192}, 8, 0, 3, 0}, SC_E_FORMAT},
        {"among the weights", {{1, 1, 1, 1, 1, 1}, 1, 0, 0, 0}, SC_E_FORMAT},
        {"region 8", {{1, 1, 1, 1, 1, 1}, 1, 0, 8, 0}, SC_E_FORMAT},
        {"region below 0", {{1, 1, 1, 1, 1, 1}, 1, 0, 0xffffffff, 0}, SC_E_FORMAT},
    };
    for (uint32_t i = 0; i < COUNT(cases); i++) {
        for (int is_output = 0; is_output <= 1; is_output++) {
            Parts parts;
            parts_make(&parts, is_output ? &io_in : &cases[i].io,
                       is_output ? &cases[i].io : &io_out);
            ScStatus status = parts_read(&parts);
            if (status != cases[i].status) {
                fail_msg("%s: %s", cases[i].rule, sc_status_name(status));
            }
        }
    }
}

/* ---- external blocks -------------------------------------------------------------------
 */

/* A payload whose block `kind` stands in the program's named data. */
static size_t external_make(Parts *parts, int kind, const char *key, size_t key_bytes,
                            uint8_t *out_data) {
    static const char *const names[] = {
        "", "cmd_data", "weight_data", "scratch_size", "inputs", "outputs", ""};
    Parts plain;
    uint32_t n_bytes;
    parts_new(&plain);
    memcpy(&n_bytes, plain.payload.bytes + plain.at[kind] + 16, 4);
    memcpy(out_data, plain.payload.bytes + plain.at[kind] + HEADER, n_bytes);
    memset(parts, 0, sizeof *parts);
    for (int i = 0; i < N_BLOCKS; i++) {
        size_t n = plain.at[i + 1] - plain.at[i];
        if (i == kind) {
            payload_block(&parts->payload, names[i], key, key_bytes, 1);
        } else {
            memcpy(parts->payload.bytes + parts->payload.n,
                   plain.payload.bytes + plain.at[i], n);
            parts->payload.n += n;
        }
    }
    return n_bytes;
}

/* A program that holds `data` under KEY_TEXT. */
static void model_make(PteFile *file, const uint8_t *data, size_t n_bytes, ScModel *out) {
    static const PteValue values[] = {
        {.kind = SC_KIND_TENSOR, .n = 1, .dtype = SC_I8, .sizes = {4}, .memory = 1}};
    static const PteInst insts[] = {{SC_CALL_KERNEL, 0, 0, 1, {0}}};
    static const char *const ops[][2] = {{"aten::relu", "out"}};
    PteProgram program = {.values = values,
                          .n_values = 1,
                          .insts = insts,
                          .n_insts = 1,
                          .operators = ops,
                          .n_operators = 1,
                          .n_inputs = 1,
                          .n_outputs = 1,
                          .memory_bytes = {16},
                          .n_memories = 1,
                          .io = data,
                          .io_bytes = (uint32_t)n_bytes,
                          .io_key = KEY_TEXT};
    pte_write(file, &program);
    assert_int_equal(sc_verify(file->bytes, file->n_bytes, NULL), SC_OK);
    assert_int_equal(sc_open(file->bytes, file->n_bytes, out), SC_OK);
}

static void payload_external_blocks_are_found_in_the_program(void **state) {
    (void)state;
    static PteFile file;
    for (int kind = COMMANDS; kind <= OUTPUTS; kind++) {
        Parts parts;
        uint8_t data[64];
        ScModel model;
        ScEthosUPayload p;
        size_t n_bytes = external_make(&parts, kind, KEY_TEXT, KEY, data);
        model_make(&file, data, n_bytes, &model);
        const Payload *bytes = &parts.payload;
        assert_int_equal(sc_ethos_u_payload_read(bytes->bytes, bytes->n, &model, &p, NULL),
                         SC_OK);
        assert_int_equal(p.scratch_bytes, SCRATCH);
        assert_int_equal(p.commands.n_words, 1);
        assert_memory_equal(p.weights, weights, sizeof weights);
        ScEthosUIo in = sc_ethos_u_io(&p, 0), out = sc_ethos_u_io(&p, 1);
        io_is(&in, &io_in);
        io_is(&out, &io_out);
    }
}

static void payload_external_block_that_cant_be_found_is_refused(void **state) {
    (void)state;
    static PteFile file;
    Parts parts;
    uint8_t data[64];
    char other[] = KEY_TEXT;
    ScModel model;
    ScEthosUPayload p;
    size_t n_bytes = external_make(&parts, WEIGHTS, KEY_TEXT, KEY, data);
    model_make(&file, data, n_bytes, &model);
    const Payload *bytes = &parts.payload;
    assert_int_equal(sc_ethos_u_payload_read(bytes->bytes, bytes->n, NULL, &p, NULL),
                     SC_E_NOT_FOUND);
    other[KEY - 1] ^= 1;
    external_make(&parts, WEIGHTS, other, KEY, data);
    assert_int_equal(sc_ethos_u_payload_read(bytes->bytes, bytes->n, &model, &p, NULL),
                     SC_E_NOT_FOUND);
    for (size_t n = KEY - 1; n <= KEY + 1; n += 2) { /* 65: with an ending 0 */
        external_make(&parts, WEIGHTS, KEY_TEXT, n, data);
        assert_int_equal(sc_ethos_u_payload_read(bytes->bytes, bytes->n, &model, &p, NULL),
                         SC_E_FORMAT);
    }
}

static void payload_external_block_unaligned_is_refused(void **state) {
    (void)state;
    static PteFile file;
    static _Alignas(16) uint8_t moved[PTE_CAPACITY + 8];
    Parts parts;
    uint8_t data[64];
    ScModel model;
    ScEthosUPayload p;
    size_t n_bytes = external_make(&parts, WEIGHTS, KEY_TEXT, KEY, data);
    model_make(&file, data, n_bytes, &model);
    memcpy(moved + 8, file.bytes, file.n_bytes);
    model.file = moved + 8;
    assert_int_equal(
        sc_ethos_u_payload_read(parts.payload.bytes, parts.payload.n, &model, &p, NULL),
        SC_E_FORMAT);
}

/* ---- driver payloads: COP1
 * --------------------------------------------------------------- */

enum { U55_128 = 0x00001807, U65_512 = 0x10006009, ARCH = 0x10066001 };

/* Words behind "COP1" or "COP2"; copied to a block of exactly their size. */
static ScStatus cop_read(const char *magic, const uint32_t *words, size_t n_bytes,
                         ScEthosUCommands *out) {
    uint8_t *copy = malloc(4 + n_bytes);
    memcpy(copy, magic, 4);
    memcpy(copy + 4, words, n_bytes);
    ScStatus status = sc_ethos_u_commands_read(copy, (uint32_t)(4 + n_bytes), out);
    if (status == SC_OK) {
        assert_true(out->words >= copy);
        assert_ptr_equal(out->words + 4 * (size_t)out->n_words, copy + 4 + n_bytes);
    }
    free(copy);
    return status;
}

static void cop1_actions_are_read_or_refused(void **state) {
    (void)state;
    enum { NOP = 5, CONFIG = 1, STREAM = 2 };
    static const struct {
        const char *rule;
        uint32_t words[8];
        uint32_t n;
        ScStatus status;
        uint32_t n_words; /* of the stream */
    } cases[] = {
        {"sound", {CONFIG, U55_128, ARCH, STREAM | 2 << 16, 0, 0}, 6, SC_OK, 2},
        {"nothing in front", {NOP, CONFIG, U55_128, ARCH, NOP, STREAM}, 6, SC_OK, 0},
        {"no action", {0}, 0, SC_E_FORMAT, 0},
        {"only nothing", {NOP, NOP}, 2, SC_E_FORMAT, 0},
        {"no stream", {CONFIG, U55_128, ARCH}, 3, SC_E_FORMAT, 0},
        {"configuration cut off", {CONFIG, U55_128}, 2, SC_E_FORMAT, 0},
        {"configuration cut off early", {CONFIG}, 1, SC_E_FORMAT, 0},
        {"no configuration", {STREAM | 1 << 16, 0}, 2, SC_E_FORMAT, 0},
        {"two", {CONFIG, U55_128, ARCH, CONFIG, U55_128, ARCH, STREAM}, 7, SC_E_FORMAT, 0},
        {"stream longer", {CONFIG, U55_128, ARCH, STREAM | 3 << 16, 0}, 5, SC_E_FORMAT, 0},
        {"stream shorter",
         {CONFIG, U55_128, ARCH, STREAM | 1 << 16, 0, 0},
         6,
         SC_E_FORMAT,
         0},
        {"2^16 words", {CONFIG, U55_128, ARCH, STREAM | 1 << 8, 0, 0}, 6, SC_E_FORMAT, 0},
        {"unknown action 0", {0, CONFIG, U55_128, ARCH, STREAM}, 5, SC_E_FORMAT, 0},
        {"unknown action 3", {CONFIG, U55_128, ARCH, 3, STREAM}, 5, SC_E_FORMAT, 0},
    };
    for (uint32_t i = 0; i < COUNT(cases); i++) {
        ScEthosUCommands c;
        ScStatus status = cop_read("COP1", cases[i].words, 4 * cases[i].n, &c);
        if (status != cases[i].status) {
            fail_msg("%s: %s", cases[i].rule, sc_status_name(status));
        }
        if (status == SC_OK) {
            assert_int_equal(c.n_words, cases[i].n_words);
            assert_false(c.is_cop2);
            assert_true(c.fast_bytes == UINT64_MAX);
        }
    }
}

static void cop1_broken_words_and_other_magics_are_refused(void **state) {
    (void)state;
    static const uint32_t words[] = {1, U55_128, ARCH, 2 | 1u << 16, 0};
    ScEthosUCommands c;
    assert_int_equal(cop_read("COP1", words, sizeof words, &c), SC_OK);
    for (size_t n = 0; n < sizeof words; n++) {
        assert_int_equal(cop_read("COP1", words, n, &c), SC_E_FORMAT);
    }
    assert_int_equal(cop_read("COP3", words, sizeof words, &c), SC_E_VERSION);
    assert_int_equal(cop_read("COP0", words, sizeof words, &c), SC_E_VERSION);
    assert_int_equal(cop_read("CUP1", words, sizeof words, &c), SC_E_FORMAT);
    assert_int_equal(sc_ethos_u_commands_read((const uint8_t *)"COP", 3, &c), SC_E_FORMAT);
    assert_int_equal(sc_ethos_u_commands_read((const uint8_t *)"", 0, &c), SC_E_FORMAT);
}

/* A stream of more than 2^16 words has bits of its length in the action's second byte. */
static void cop1_long_stream_is_read(void **state) {
    (void)state;
    enum { N = 0x12345 };
    uint32_t *words = calloc(4 + N, 4);
    ScEthosUCommands c;
    words[0] = 1;
    words[1] = U55_128;
    words[2] = ARCH;
    words[3] = 2u | 1u << 8 | 0x2345u << 16;
    assert_int_equal(cop_read("COP1", words, 4 * (size_t)(4 + N), &c), SC_OK);
    assert_int_equal(c.n_words, N);
    free(words);
}

static void cop1_configurations_exist_or_are_refused(void **state) {
    (void)state;
    static const struct {
        uint32_t word;
        ScStatus status;
        uint32_t product, n_macs, n_cores, shram_bytes;
    } cases[] = {
        {0x00001005, SC_OK, SC_EU_U55, 32, 1, 16384},
        {0x00001006, SC_OK, SC_EU_U55, 64, 1, 16384},
        {0x00001807, SC_OK, SC_EU_U55, 128, 1, 24576},
        {0x00003008, SC_OK, SC_EU_U55, 256, 1, 49152},
        {0x10003008, SC_OK, SC_EU_U65, 256, 1, 49152},
        {0x10006009, SC_OK, SC_EU_U65, 512, 2, 49152},
        {0x20000118, SC_OK, SC_EU_U85, 256, 1, 1024}, /* commands of another version */
        {0x20000108, SC_OK, SC_EU_U85, 256, 1, 1024},
        {0x20000007, SC_OK, SC_EU_U85, 128, 1, 0},
        {0x00001004, SC_E_FORMAT, 0, 0, 0, 0}, /* U55 with 16 MACs */
        {0x00001009, SC_E_FORMAT, 0, 0, 0, 0}, /* U55 with 512 */
        {0x10003007, SC_E_FORMAT, 0, 0, 0, 0}, /* U65 with 128 */
        {0x1000600a, SC_E_FORMAT, 0, 0, 0, 0}, /* U65 with 1024 */
        {0x30001807, SC_E_FORMAT, 0, 0, 0, 0}, /* no such product */
        {0xf0001807, SC_E_FORMAT, 0, 0, 0, 0},
        {0x00000407, SC_OK, SC_EU_U55, 128, 1, 4096},
        {0x00000307, SC_E_FORMAT, 0, 0, 0, 0}, /* no room for tables */
        {0x10000709, SC_E_FORMAT, 0, 0, 0, 0}, /* of each core */
        {0x00001817, SC_E_FORMAT, 0, 0, 0, 0}, /* commands of another version */
        {0x00001887, SC_E_FORMAT, 0, 0, 0, 0},
    };
    for (uint32_t i = 0; i < COUNT(cases); i++) {
        const uint32_t words[] = {1, cases[i].word, ARCH, 2 | 1u << 16, 0};
        ScEthosUCommands c;
        ScStatus status = cop_read("COP1", words, sizeof words, &c);
        if (status != cases[i].status) {
            fail_msg("%08x: %s", cases[i].word, sc_status_name(status));
        }
        if (status == SC_OK) {
            assert_int_equal(c.config.product, cases[i].product);
            assert_int_equal(c.config.n_macs, cases[i].n_macs);
            assert_int_equal(c.config.n_cores, cases[i].n_cores);
            assert_int_equal(c.config.shram_bytes, cases[i].shram_bytes);
            assert_int_equal(c.config.arch, ARCH);
        }
    }
}

/* ---- driver payloads: COP2
 * --------------------------------------------------------------- */

enum { VEUM = 0x4d554556, META_WORD = 5, COP2_WORDS = 18 };

/* 32 metadata bytes, then 4 bytes of padding in them, then 2 words of stream. Positions
 * are those behind "COP2". */
static void cop2_make(uint32_t words[COP2_WORDS]) {
    const uint32_t made[COP2_WORDS] = {1,              /* version */
                                       60,         0,  /* u64 bytes of all entries */
                                       1,          52, /* command stream, its bytes */
                                       36,             /* metadata bytes */
                                       VEUM,       1,  20, U65_512,
                                       ARCH,       0, /* version, bytes, .., features */
                                       0x1234,     0, /* u64 fast scratch */
                                       0xffffffff,    /* padding */
                                       0x00130000, 0,  0}; /* the stream */
    memcpy(words, made, sizeof made);
}

static void cop2_sound_one_is_read(void **state) {
    (void)state;
    uint32_t words[COP2_WORDS];
    ScEthosUCommands c;
    cop2_make(words);
    assert_int_equal(cop_read("COP2", words, sizeof words, &c), SC_OK);
    assert_true(c.is_cop2);
    assert_int_equal(c.n_words, 3);
    assert_int_equal(c.fast_bytes, 0x1234);
    assert_int_equal(c.config.product, SC_EU_U65);
    assert_int_equal(c.config.n_macs, 512);
    words[13] = 1; /* a fast scratch of more than 4 GiB */
    assert_int_equal(cop_read("COP2", words, sizeof words, &c), SC_OK);
    assert_true(c.fast_bytes == UINT64_C(0x100001234));
}

static void cop2_one_wrong_word_is_refused(void **state) {
    (void)state;
    static const struct {
        const char *rule;
        uint32_t at, value;
        ScStatus status;
    } cases[] = {
        {"more bytes of entries", 1, 64, SC_E_FORMAT},
        {"fewer bytes of entries", 1, 56, SC_E_FORMAT},
        {"2^32 bytes of entries", 2, 1, SC_E_FORMAT},
        {"another type of entry", 3, 2, SC_E_FORMAT},
        {"entry is longer", 4, 56, SC_E_FORMAT},
        {"entry is shorter", 4, 48, SC_E_FORMAT},
        {"metadata too short", META_WORD, 28, SC_E_FORMAT},
        {"metadata longer than the entry", META_WORD, 52, SC_E_FORMAT},
        {"metadata of 4 GiB", META_WORD, 0xffffffff, SC_E_FORMAT},
        {"stream that isn't of words", META_WORD, 38, SC_E_FORMAT},
        {"another magic", 6, VEUM + 1, SC_E_FORMAT},
        {"another length of the metadata's content", 8, 24, SC_E_FORMAT},
        {"another version", 0, 2, SC_E_VERSION},
        {"another version of the metadata", 7, 0x00010001, SC_E_VERSION},
        {"a configuration that doesn't exist", 9, 0x30001807, SC_E_FORMAT},
    };
    for (uint32_t i = 0; i < COUNT(cases); i++) {
        uint32_t words[COP2_WORDS];
        ScEthosUCommands c;
        cop2_make(words);
        words[cases[i].at] = cases[i].value;
        if (cop_read("COP2", words, sizeof words, &c) != cases[i].status) {
            fail_msg("not refused: %s", cases[i].rule);
        }
    }
}

static void cop2_cut_anywhere_is_refused(void **state) {
    (void)state;
    uint32_t words[COP2_WORDS];
    ScEthosUCommands c;
    cop2_make(words);
    for (size_t n = 0; n < sizeof words; n++) {
        assert_int_equal(cop_read("COP2", words, n, &c), SC_E_FORMAT);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(payload_sound_one_is_read),
        cmocka_unit_test(payload_blocks_in_any_order_are_read),
        cmocka_unit_test(payload_cut_anywhere_is_refused),
        cmocka_unit_test(payload_unaligned_is_refused),
        cmocka_unit_test(payload_one_wrong_byte_is_refused),
        cmocka_unit_test(payload_table_shorter_than_its_count_is_refused),
        cmocka_unit_test(payload_more_tensors_than_32_are_refused),
        cmocka_unit_test(payload_block_twice_or_missing_is_refused),
        cmocka_unit_test(payload_bytes_behind_the_end_are_refused),
        cmocka_unit_test(payload_tensors_outside_of_the_scratch_are_refused),
        cmocka_unit_test(payload_external_blocks_are_found_in_the_program),
        cmocka_unit_test(payload_external_block_that_cant_be_found_is_refused),
        cmocka_unit_test(payload_external_block_unaligned_is_refused),
        cmocka_unit_test(cop1_actions_are_read_or_refused),
        cmocka_unit_test(cop1_broken_words_and_other_magics_are_refused),
        cmocka_unit_test(cop1_long_stream_is_read),
        cmocka_unit_test(cop1_configurations_exist_or_are_refused),
        cmocka_unit_test(cop2_sound_one_is_read),
        cmocka_unit_test(cop2_one_wrong_word_is_refused),
        cmocka_unit_test(cop2_cut_anywhere_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
