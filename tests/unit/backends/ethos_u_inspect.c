/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Names of Ethos-U's commands, and what inspect says of a payload made here by hand; of
 * Vela's payloads: tests/python/test_ethos_u_inspect.py.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "backends/ethos_u/host/disassemble.h"
#include "backends/ethos_u/host/summary.h"
#include "compiler/backend.h"

enum { U55_128 = 0x00001807, U85_128 = 0x20000117, ARCH = 0x10066001 };

/* A 1x1 convolution of 2x3x4 to 2x3x8 and a copy of 64 bytes in region 1. */
static const uint32_t stream[] = {
    0x0001010f, 0x00004000, 0x00000040,             /* IFM region 1, base 0x40 */
    0x00030104, 0x0002010a, 0x0001010b, 0x0001010c, /* depth 4, width0 3, height0 2 */
    0x00004004, 4,          0x00004005, 12,         /* strides */
    0x00010105, 0xfffd0109,                         /* signed, zero point -3 */
    0x0001011f, 0x00004010, 0,                      /* OFM region 1, base 0 */
    0x00020111, 0x00010112, 0x00070113, 0x0002011a, /* width 3, height 2, depth 8 */
    0x0001011b, 0x0001011c,                         /* height0 2 */
    0x00004014, 8,          0x00004015, 24,         /* strides */
    0x80010114, 0x00000126, 0x00060127,             /* OFM signed NATURAL, 0..6 */
    0x00030115, 0x00010116, 0x00070117,             /* block 2x4x8 */
    0x00004020, 0x50,       0x00004021, 48,         /* weights */
    0x00004022, 0,          0x00004023, 80,         /* scales */
    0x00000002,                                     /* CONV */
    0x00010130, 0x00010131, 0x00004030, 0,          /* DMA from region 1 to region 1 */
    0x00004031, 0x40,       0x00004032, 64,         /* 64 bytes to 0x40 */
    0x00000010, 0xffff0000,                         /* DMA, STOP */
};
enum { N_WORDS = sizeof stream / sizeof *stream, CONV_AT = 40, DMA_AT = 49 };

/* ---- payloads --------------------------------------------------------------------------
 */

static void word(ScBuf *out, uint32_t value) {
    const uint8_t bytes[4] = {(uint8_t)value, (uint8_t)(value >> 8), (uint8_t)(value >> 16),
                              (uint8_t)(value >> 24)};
    sc_buf_bytes(out, bytes, sizeof bytes);
}

static void block(ScBuf *out, const char *name, const ScBuf *data, bool external) {
    char header[16] = {0};
    memcpy(header, name, strlen(name));
    sc_buf_bytes(out, header, sizeof header);
    word(out, data ? (uint32_t)data->len : 0);
    word(out, external);
    sc_buf_zeros(out, 8);
    if (data) {
        sc_buf_bytes(out, data->data, data->len);
        sc_buf_zeros(out, (16 - data->len % 16) % 16);
    }
}

static ScBuf ios(ScArena *arena, uint32_t depth, uint32_t offset) {
    ScBuf data = sc_buf(arena);
    const uint32_t row[] = {1, 1, 1, 1, 2, 3, depth, 1, offset, 1};
    for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
        word(&data, row[i]);
    }
    return data;
}

/* The payload above, for an NPU, with word `at` of its stream replaced (-1: none). */
static ScBuf payload_make(ScArena *arena, uint32_t config, int at, uint32_t value) {
    ScBuf out = sc_buf(arena), cop = sc_buf(arena), weights = sc_buf(arena);
    ScBuf scratch = sc_buf(arena);
    ScBuf inputs = ios(arena, 4, 0x40), outputs = ios(arena, 8, 0);
    sc_buf_str(&cop, "COP1");
    const uint32_t head[] = {1, config, ARCH, 5, 5, 5, (uint32_t)N_WORDS << 16 | 2};
    for (size_t i = 0; i < sizeof head / sizeof *head; i++) {
        word(&cop, head[i]);
    }
    for (int i = 0; i < N_WORDS; i++) {
        word(&cop, i == at ? value : stream[i]);
    }
    sc_buf_zeros(&weights, 128);
    word(&scratch, 128);
    block(&out, "vela_bin_stream", NULL, false);
    block(&out, "cmd_data", &cop, false);
    block(&out, "weight_data", &weights, false);
    block(&out, "scratch_size", &scratch, false);
    block(&out, "inputs", &inputs, false);
    block(&out, "outputs", &outputs, false);
    block(&out, "vela_end_stream", NULL, false);
    return out;
}

static const char *inspect(ScArena *arena, const void *data, size_t n, ScFormat format) {
    Sc sc = {.arena = arena};
    ScBuf out = sc_buf(arena);
    ScPDelegate delegate = {.id = "EthosUBackend", .payload = data, .n_bytes = n};
    const ScBackend *backend = sc_backend_find("ethos_u");
    assert_non_null(backend);
    assert_int_equal(backend->inspect(&sc, &delegate, format, &out), SC_OK);
    assert_int_equal(sc.n_diags, 0);
    return out.data;
}

static void expect(const char *text, const char *part) {
    if (!strstr(text, part)) {
        fail_msg("'%s' isn't in:\n%s", part, text);
    }
}

static void expect_not(const char *text, const char *part) {
    if (strstr(text, part)) {
        fail_msg("'%s' is in:\n%s", part, text);
    }
}

static const char *text_of(ScArena *arena, uint32_t config, int at, uint32_t value) {
    ScBuf payload = payload_make(arena, config, at, value);
    return inspect(arena, payload.data, payload.len, SC_TEXT);
}

/* ---- names -----------------------------------------------------------------------------
 */

static void every_command_that_exists_has_one_name(void **state) {
    const char *names[256];
    size_t n_names = 0;
    (void)state;
    for (uint32_t code = 0; code < 2048; code++) {
        const uint32_t words[2] = {(code & 1023u) | (code >> 10) << 14, 0};
        ScEthosUCommand command;
        ScEthosUNamed named;
        uint32_t at = 0;
        bool exists =
            sc_ethos_u_command_read((const uint8_t *)words, 2, &at, &command) == SC_OK;
        command.code = (uint16_t)(code & 1023u);
        command.is_wide = code >> 10;
        assert_int_equal(sc_ethos_u_name(&command, &named), exists);
        for (size_t i = 0; exists && i < n_names; i++) {
            assert_string_not_equal(names[i], named.name);
        }
        if (exists) {
            names[n_names++] = named.name;
        }
    }
    assert_int_equal(n_names, 60 + 37);
}

static void fields_have_their_own_bits_and_reserved_ones_are_told(void **state) {
    (void)state;
    for (uint32_t code = 0; code < 2048; code++) {
        ScEthosUCommand command = {(uint16_t)(code & 1023u), code >> 10, 0xffff,
                                   UINT32_MAX};
        ScEthosUNamed named;
        if (!sc_ethos_u_name(&command, &named)) {
            continue;
        }
        uint64_t bits = named.reserved;
        for (uint32_t i = 0; i < named.n_fields; i++) {
            const ScEthosUFieldDef *def = named.fields[i].def;
            uint64_t mine = ((UINT64_C(1) << def->n_bits) - 1) << def->first;
            assert_int_equal(bits & mine, 0);
            assert_int_equal(named.fields[i].value << def->first, mine);
            bits |= mine;
        }
        assert_int_equal(bits, command.is_wide ? UINT64_C(0xffffffffffff) : 0xffff);
    }
}

static void fields_read_as_people_want_them(void **state) {
    static const struct {
        ScEthosUCommand command;
        const char *text;
    } cases[] = {
        {{SC_EU_OFM_PRECISION, false, 0x8141, 0}, "SIGNED"},
        {{SC_EU_IFM_BASE0, true, 0x12, 0x3f0}, "addr=0x12000003f0"},
        {{SC_EU_OFM_STRIDE_Y, true, 0xff, 0xffffffd6}, "bytes=-42"},
        {{SC_EU_IFM_ZERO_POINT, false, 0xfffd, 0}, "zero_point=65533 (or -3)"},
        {{SC_EU_POOL, false, 7, 0}, "pooling_mode=7?"},
        {{SC_EU_OFM_SCALE, true, 0x27, 5}, "scale=5"},
    };
    ScArena *arena = *state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        ScEthosUNamed named;
        ScBuf out = sc_buf(arena);
        assert_true(sc_ethos_u_name(&cases[i].command, &named));
        sc_ethos_u_field_text(&out, &named.fields[0]);
        assert_string_equal(out.data, cases[i].text);
    }
}

/* ---- payloads, told --------------------------------------------------------------------
 */

static void sound_payload_is_told_whole(void **state) {
    const char *text = text_of(*state, U55_128, -1, 0);
    expect(text, "NPU       Ethos-U55, 128 MACs a cycle, 1 core, 24 KiB of SHRAM, "
                 "architecture 1.0.6\n");
    expect(text, "every address is inside of its region");
    expect(text,
           "  0    40 CONV 1x1              2x3x4      2x3x8    2x4x8       192     128"
           "      24      48 0..6\n");
    expect(text,
           "  1    49 DMA 1 > 1                 -          -        -         -       -"
           "      64      64\n");
    expect(text, "    scratch                  88             112\n");
    expect(text, "     0  0001010f           NPU_SET_IFM_REGION         region=1\n");
    expect(text, "SIGNED B8 NHWC scale=PER_CHANNEL round=NATURAL\n");
    expect(text, "    50  ffff0000           NPU_OP_STOP                mask=0xffff\n");
}

static void damage_is_told_with_its_place(void **state) {
    static const struct {
        int at;
        uint32_t value;
        const char *refusal, *also;
    } cases[] = {
        {2, 0x10000, "refused: word 40 of the stream: an address range outside",
         "reads region 1, bytes 65536 to 65560, for its IFM"},
        {13, 0x0000011f, "refused: word 40 of the stream: an address range outside",
         "writes region 0, bytes 0 to 48, for its OFM"},
        {3, 0x0003ffff, "refused: word 3 of the stream: no command",
         "     3  0003ffff           no command of this NPU; the rest isn't shown"},
        {CONV_AT, 0x00070005, "refused: word 40 of the stream: an operation whose",
         "unknown          damaged: sizes or modes"},
        {48, 0, "refused: word 49 of the stream: a DMA of sizes that",
         "DMA              damaged: sizes or modes"},
        {CONV_AT, 0, "refused: word 40 of the stream: commands behind STOP",
         "NPU_OP_DMA_START"},
        {N_WORDS - 1, 0x0001010f, "refused: word 51 of the stream: no command of this NPU",
         "NPU_OP_DMA_START"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const char *text = text_of(*state, U55_128, cases[i].at, cases[i].value);
        expect(text, cases[i].refusal);
        expect(text, cases[i].also);
        expect_not(text, "every address");
    }
}

static void another_instruction_set_is_not_disassembled(void **state) {
    const char *text = text_of(*state, U85_128, -1, 0);
    expect(text, "NPU       Ethos-U85, 128 MACs a cycle, architecture 1.0.6\n");
    expect(text, "51 words; not disassembled: another instruction set\n");
    expect(text,
           "  input   0             24  region 1 + 0x40       [1,1,1,2,3,4] of 1 byte");
    expect_not(text, "NPU_");
}

static void damaged_payload_shows_the_blocks_before(void **state) {
    ScBuf payload = payload_make(*state, U55_128, -1, 0);
    const char *text = inspect(*state, payload.data, payload.len - 32, SC_TEXT);
    expect(text, "damaged: the payload: a block header is cut off\n");
    expect(text, "NPU_OP_CONV");
    expect_not(text, "every address");
    text = inspect(*state, NULL, 0, SC_TEXT);
    expect(text, "damaged: the payload: a block header is cut off\n");
    text = inspect(*state, NULL, 0, SC_JSON);
    expect(text, "\"npu\": null");
}

/* A stream that claims more words than there are must not be read: its own length is what
 * was damaged. */
static void stream_longer_than_its_bytes_is_not_read(void **state) {
    ScBuf payload = payload_make(*state, U55_128, -1, 0);
    payload.data[32 + 32 + 4 + 6 * 4 + 3] = 0x7f; /* high half of the length */
    const char *text = inspect(*state, payload.data, payload.len, SC_TEXT);
    expect(text, "damaged: the payload: cmd_data isn't a driver payload\n");
    expect_not(text, "NPU_");
}

/* What is printed for a payload with one byte changed, in its own arena. */
static void changed_byte_inspect(size_t at, uint8_t flip) {
    ScArena *arena = sc_arena_new();
    ScBuf payload = payload_make(arena, U55_128, -1, 0);
    payload.data[at] = (char)((uint8_t)payload.data[at] ^ flip);
    expect(inspect(arena, payload.data, payload.len, SC_TEXT), "regions");
    expect(inspect(arena, payload.data, payload.len, SC_JSON), "\"schema\"");
    sc_arena_free(arena);
}

/* Sanitizers watch. */
static void changed_bytes_do_no_harm(void **state) {
    static const uint8_t flips[] = {0x01, 0x80, 0xff, 0x40};
    size_t n_bytes = payload_make(*state, U55_128, -1, 0).len;
    for (size_t at = 0; at < n_bytes; at++) {
        for (size_t i = 0; i < sizeof flips; i++) {
            changed_byte_inspect(at, flips[i]);
        }
    }
}

static int arena_open(void **state) {
    *state = sc_arena_new();
    return *state ? 0 : -1;
}

static int arena_close(void **state) {
    sc_arena_free(*state);
    return 0;
}

#define WITH_ARENA(test) cmocka_unit_test_setup_teardown(test, arena_open, arena_close)

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_command_that_exists_has_one_name),
        cmocka_unit_test(fields_have_their_own_bits_and_reserved_ones_are_told),
        WITH_ARENA(fields_read_as_people_want_them),
        WITH_ARENA(sound_payload_is_told_whole),
        WITH_ARENA(damage_is_told_with_its_place),
        WITH_ARENA(another_instruction_set_is_not_disassembled),
        WITH_ARENA(damaged_payload_shows_the_blocks_before),
        WITH_ARENA(stream_longer_than_its_bytes_is_not_read),
        WITH_ARENA(changed_bytes_do_no_harm),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
