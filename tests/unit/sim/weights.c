/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The weight decoder and the block order against weights that Vela compressed. The
 * fixtures (*.bin here) and their layout: tests/python/ethos_u/make_weight_fixtures.py.
 * Every comparison is exact. The streams are then damaged in every byte and cut at
 * every length: a status has to come, and nothing outside may be touched, which is
 * AddressSanitizer's to see (each stream is a block of its own).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "backends/ethos_u/sim/weight_order.h"

#include <cmocka.h>

enum {
    WIDE,
    INT8,
    SPARSE,
    FEW,
    ZEROS,
    CONSTANT,
    PATCHES,
    FAR,
    PEAKED,
    GAPS,
    SCATTERED7,
    SCATTERED9
};
enum { MAX_CORES = 2, MAX_BLOCK = 65536, N_GUARD = 64 };

/* ---- the weights as numbers() in the generator has them --------------------- */

static uint32_t mixed(uint32_t index, uint32_t seed) {
    uint32_t h = index * 2654435761u + seed * 40503u;
    h ^= h >> 16;
    h *= 0x7feb352du;
    h ^= h >> 15;
    h *= 0x846ca68bu;
    return h ^ (h >> 16);
}

static int number_at(uint32_t kind, uint32_t seed, uint32_t index) {
    static const uint32_t patches[] = {WIDE, SPARSE, FEW, PEAKED};
    static const int few[] = {-7, 3, 0, 12, 90};
    uint32_t h = mixed(index, seed);
    kind = kind == PATCHES ? patches[index / 300 % 4] : kind;
    switch (kind) {
    case WIDE:
        return (int)(h % 511) - 255;
    case INT8:
        return (int)(h % 255) - 127;
    case SPARSE:
        return h % 10 == 0 ? (int)((h >> 8) % 31) - 15 : 0;
    case FEW:
        return few[h % 5];
    case CONSTANT:
        return 77;
    case FAR:
        return (h & 1 ? 1 : -1) * (17 + (int)((h >> 8) % 100));
    case PEAKED:
        return (int)((h & 63) % 43 + ((h >> 6) & 63) % 43 + ((h >> 12) & 63) % 43) - 63;
    case GAPS:
        return index % 1777 == 5 ? 100 : 0;
    case SCATTERED7:
        return h % 7 == 0 ? (int)((h >> 8) % 127) - 63 : 0;
    case SCATTERED9:
        return h % 7 == 0 ? (int)((h >> 8) % 511) - 255 : 0;
    default:
        return 0;
    }
}

/* ---- fixtures -------------------------------------------------------------- */

typedef struct File {
    uint8_t *bytes, *next, *end;
} File;

static File file_open(const char *name) {
    char path[512];
    snprintf(path, sizeof path, "%s/tests/unit/sim/%s", SC_SOURCE_DIR, name);
    FILE *stream = fopen(path, "rb");
    assert_non_null(stream);
    fseek(stream, 0, SEEK_END);
    long n_bytes = ftell(stream);
    assert_true(n_bytes > 0);
    rewind(stream);
    File file = {.bytes = malloc((size_t)n_bytes)};
    assert_int_equal(fread(file.bytes, 1, (size_t)n_bytes, stream), n_bytes);
    fclose(stream);
    file.next = file.bytes;
    file.end = file.bytes + n_bytes;
    return file;
}

static uint32_t file_u32(File *file) {
    uint32_t value;
    assert_true(file->end - file->next >= 4);
    memcpy(&value, file->next, 4);
    file->next += 4;
    return value;
}

typedef struct Stream {
    uint8_t *bytes; /* a block of its own */
    size_t n_bytes;
} Stream;

static Stream stream_copy(const uint8_t *bytes, size_t n_bytes) {
    Stream stream = {malloc(n_bytes ? n_bytes : 1), n_bytes};
    memcpy(stream.bytes, bytes, n_bytes);
    return stream;
}

static Stream file_stream(File *file) {
    uint32_t n_bytes = file_u32(file);
    assert_true((size_t)(file->end - file->next) >= n_bytes);
    Stream stream = stream_copy(file->next, n_bytes);
    file->next += n_bytes;
    return stream;
}

/* A kernel and its streams. */
typedef struct Blocks {
    ScEthosUWeightShape shape; /* of all cores together */
    uint32_t n_cores, kind, seed, first;
    Stream streams[MAX_CORES];
} Blocks;

static Blocks file_blocks(File *file) {
    Blocks b = {0};
    ScEthosUWeightShape *s = &b.shape;
    uint32_t *fields[] = {&s->ofm_depth,  &s->block_depth, &s->ifm_depth,
                          &s->kernel_h,   &s->kernel_w,    &s->dilation_h,
                          &s->dilation_w, &s->ofm_ublock,  &s->ifm_bits};
    for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++) {
        *fields[i] = file_u32(file);
    }
    s->depthwise = file_u32(file) != 0;
    s->part_kernel = file_u32(file) != 0;
    s->ifm_ublock = 8;
    b.n_cores = file_u32(file);
    b.kind = file_u32(file);
    b.seed = file_u32(file);
    b.first = file_u32(file);
    assert_true(b.n_cores >= 1 && b.n_cores <= MAX_CORES);
    for (uint32_t core = 0; core < b.n_cores; core++) {
        b.streams[core] = file_stream(file);
    }
    return b;
}

static void blocks_free(Blocks *b) {
    for (uint32_t core = 0; core < b->n_cores; core++) {
        free(b->streams[core].bytes);
    }
}

static ScEthosUWeightShape core_shape(const Blocks *b, uint32_t core) {
    ScEthosUWeightShape shape = b->shape;
    shape.ofm_depth = sc_ethos_u_core_share(shape.ofm_depth, b->n_cores, core);
    shape.block_depth = sc_ethos_u_core_share(shape.block_depth, b->n_cores, core);
    return shape;
}

/* ---- streams --------------------------------------------------------------- */

typedef struct Numbers {
    uint32_t kind, seed, n;
    Stream stream;
} Numbers;

static Numbers file_numbers(File *file) {
    Numbers numbers = {file_u32(file), file_u32(file), file_u32(file), {0}};
    numbers.stream = file_stream(file);
    return numbers;
}

/* Reads n numbers by `step` at a time. */
static ScStatus read_by(ScEthosUWeights *w, int16_t *out, size_t n, size_t step) {
    for (size_t i = 0; i < n; i += step) {
        SC_TRY(sc_ethos_u_weights_read(w, out + i, n - i < step ? n - i : step));
    }
    return SC_OK;
}

static void expect_numbers(const Numbers *numbers, size_t step) {
    ScEthosUWeights w;
    int16_t *got = malloc(numbers->n * sizeof *got);
    sc_ethos_u_weights_open(&w, numbers->stream.bytes, numbers->stream.n_bytes);
    assert_int_equal(read_by(&w, got, numbers->n, step), SC_OK);
    for (uint32_t i = 0; i < numbers->n; i++) {
        if (got[i] != number_at(numbers->kind, numbers->seed, i)) {
            fail_msg("kind %u, weight %u of %u, by %zu: %d", numbers->kind, i, numbers->n,
                     step, got[i]);
        }
    }
    assert_int_equal(sc_ethos_u_weights_close(&w), SC_OK);
    assert_int_equal(sc_ethos_u_weights_read(&w, got, 1), SC_E_FORMAT);
    free(got);
}

static void stream_in_any_steps_gives_the_weights(void **state) {
    (void)state;
    static const size_t steps[] = {1, 2, 7, 64, 100000};
    File file = file_open("streams.bin");
    size_t n = 0;
    while (file.next < file.end) {
        Numbers numbers = file_numbers(&file);
        for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++) {
            expect_numbers(&numbers, steps[i]);
        }
        free(numbers.stream.bytes);
        n++;
    }
    assert_int_equal(n, 36);
    free(file.bytes);
}

static void stream_read_short_does_not_close(void **state) {
    (void)state;
    File file = file_open("streams.bin");
    while (file.next < file.end) {
        Numbers numbers = file_numbers(&file);
        ScEthosUWeights w;
        int16_t *got = malloc(numbers.n * sizeof *got);
        sc_ethos_u_weights_open(&w, numbers.stream.bytes, numbers.stream.n_bytes);
        assert_int_equal(sc_ethos_u_weights_read(&w, got, numbers.n - 1), SC_OK);
        assert_int_equal(sc_ethos_u_weights_close(&w), SC_E_FORMAT);
        free(got);
        free(numbers.stream.bytes);
    }
    free(file.bytes);
}

/* Two streams in one range: the end mark of the first is not the end. */
static void streams_in_a_row_are_read_on(void **state) {
    (void)state;
    File file = file_open("streams.bin");
    Numbers a = file_numbers(&file), b = file_numbers(&file);
    size_t n_bytes = a.stream.n_bytes + b.stream.n_bytes;
    Stream both = {malloc(n_bytes), n_bytes};
    memcpy(both.bytes, a.stream.bytes, a.stream.n_bytes);
    memcpy(both.bytes + a.stream.n_bytes, b.stream.bytes, b.stream.n_bytes);
    ScEthosUWeights w;
    int16_t got[64];
    assert_true(a.n + b.n <= 64);
    sc_ethos_u_weights_open(&w, both.bytes, n_bytes);
    assert_int_equal(sc_ethos_u_weights_read(&w, got, a.n + b.n), SC_OK);
    for (uint32_t i = 0; i < a.n + b.n; i++) {
        int wanted =
            i < a.n ? number_at(a.kind, a.seed, i) : number_at(b.kind, b.seed, i - a.n);
        assert_int_equal(got[i], wanted);
    }
    assert_int_equal(sc_ethos_u_weights_close(&w), SC_OK);
    free(both.bytes);
    free(a.stream.bytes);
    free(b.stream.bytes);
    free(file.bytes);
}

/* ---- blocks ---------------------------------------------------------------- */

/* Compares the block that starts at channel `first` of a core. */
static void expect_block(const Blocks *b, uint32_t core, uint32_t first, uint32_t n_ofm,
                         const int16_t *got) {
    const ScEthosUWeightShape *s = &b->shape;
    uint32_t n_each = s->kernel_h * s->kernel_w * s->ifm_depth;
    for (uint32_t o = 0; o < n_ofm; o++) {
        uint32_t channel = (first + o) * b->n_cores + core;
        for (uint32_t i = 0; i < n_each; i++) {
            int wanted = number_at(b->kind, b->seed, b->first + channel * n_each + i);
            if (got[o * n_each + i] != wanted) {
                fail_msg("seed %u, %u cores, channel %u, weight %u: %d, not %d", b->seed,
                         b->n_cores, channel, i, got[o * n_each + i], wanted);
            }
        }
    }
}

static ScStatus read_core(const Blocks *b, uint32_t core, bool compare) {
    ScEthosUWeightShape s = core_shape(b, core);
    ScEthosUWeights w;
    size_t n_each = (size_t)s.kernel_h * s.kernel_w * s.ifm_depth;
    sc_ethos_u_weights_open(&w, b->streams[core].bytes, b->streams[core].n_bytes);
    for (uint32_t first = 0; first < s.ofm_depth; first += s.block_depth) {
        uint32_t n_ofm = s.ofm_depth - first;
        n_ofm = n_ofm < s.block_depth ? n_ofm : s.block_depth;
        size_t n = n_ofm * n_each;
        int16_t *out = malloc((n + N_GUARD) * sizeof *out);
        memset(out, 0x5a, (n + N_GUARD) * sizeof *out);
        ScStatus status = sc_ethos_u_weights_block(&w, &s, first, out);
        for (size_t i = n; i < n + N_GUARD; i++) {
            assert_int_equal(out[i], 0x5a5a);
        }
        if (status == SC_OK && compare) {
            expect_block(b, core, first, n_ofm, out);
        }
        free(out);
        SC_TRY(status);
    }
    return sc_ethos_u_weights_close(&w);
}

static size_t expect_file(const char *name) {
    File file = file_open(name);
    size_t n = 0;
    while (file.next < file.end) {
        Blocks b = file_blocks(&file);
        for (uint32_t core = 0; core < b.n_cores; core++) {
            assert_int_equal(read_core(&b, core, true), SC_OK);
        }
        blocks_free(&b);
        n++;
    }
    free(file.bytes);
    return n;
}

static void block_of_any_shape_gives_the_weights_in_order(void **state) {
    (void)state;
    assert_int_equal(expect_file("blocks.bin"), 154);
}

static void layer_of_each_accelerator_gives_the_weights_in_order(void **state) {
    (void)state;
    assert_int_equal(expect_file("layers.bin"), 6 * 14);
}

static void block_with_a_bad_shape_is_refused(void **state) {
    (void)state;
    ScEthosUWeightShape good = {8, 8, 8, 3, 3, 1, 1, 8, 8, 8, false, false};
    ScEthosUWeightShape s[12];
    for (size_t i = 0; i < 12; i++) {
        s[i] = good;
    }
    s[0].ofm_depth = 0;
    s[1].block_depth = 0;
    s[2].ifm_depth = SC_ETHOS_U_MAX_SIZE + 1;
    s[3].kernel_h = 0;
    s[4].kernel_w = 0;
    s[5].dilation_h = 3;
    s[6].dilation_w = 0;
    s[7].ofm_ublock = 9;
    s[8].ifm_ublock = 0;
    s[9].ifm_bits = 32;
    s[10].depthwise = true; /* and 8 IFM channels */
    s[11].ifm_depth = 1;
    s[11].depthwise = s[11].part_kernel = true;
    ScEthosUWeights w;
    sc_ethos_u_weights_open(&w, NULL, 0);
    for (size_t i = 0; i < 12; i++) {
        assert_int_equal(sc_ethos_u_weights_block(&w, &s[i], 0, NULL), SC_E_ARG);
    }
    assert_int_equal(sc_ethos_u_weights_block(&w, &good, 8, NULL), SC_E_ARG);
    assert_int_equal(sc_ethos_u_weights_block(&w, &good, 4, NULL), SC_E_ARG);
    int16_t out[8 * 8 * 9];
    assert_int_equal(sc_ethos_u_weights_block(&w, &good, 0, out), SC_E_FORMAT);
}

/* ---- damage ---------------------------------------------------------------- */

/* Reads a damaged stream to n weights; any weights, a known status. */
static ScStatus read_damaged(const Stream *stream, size_t n) {
    static int16_t out[MAX_BLOCK];
    ScEthosUWeights w;
    assert_true(n <= MAX_BLOCK);
    sc_ethos_u_weights_open(&w, stream->bytes, stream->n_bytes);
    ScStatus status = sc_ethos_u_weights_read(&w, out, n);
    for (size_t i = 0; status == SC_OK && i < n; i++) {
        assert_in_range(out[i] + 255, 0, 510);
    }
    if (status == SC_OK) {
        status = sc_ethos_u_weights_close(&w);
    }
    assert_true(status == SC_OK || status == SC_E_FORMAT || status == SC_E_LIMIT);
    return status;
}

static void stream_cut_anywhere_is_refused(void **state) {
    (void)state;
    File file = file_open("streams.bin");
    while (file.next < file.end) {
        Numbers numbers = file_numbers(&file);
        size_t n_padding = 0; /* cut there, the end mark is missing and not missed */
        while (n_padding < numbers.stream.n_bytes &&
               numbers.stream.bytes[numbers.stream.n_bytes - 1 - n_padding] == 0xff) {
            n_padding++;
        }
        for (size_t n = 0; n < numbers.stream.n_bytes; n++) {
            Stream cut = stream_copy(numbers.stream.bytes, n);
            ScStatus status = read_damaged(&cut, numbers.n);
            if (n + n_padding + 1 < numbers.stream.n_bytes) {
                assert_int_equal(status, SC_E_FORMAT);
            }
            free(cut.bytes);
        }
        free(numbers.stream.bytes);
    }
    free(file.bytes);
}

static void stream_with_any_byte_changed_ends_in_a_status(void **state) {
    (void)state;
    static const uint8_t changes[] = {0x01, 0x80, 0x10, 0xff};
    File file = file_open("streams.bin");
    size_t n_refused = 0, n_all = 0;
    while (file.next < file.end) {
        Numbers numbers = file_numbers(&file);
        for (size_t i = 0; i < numbers.stream.n_bytes * sizeof changes; i++) {
            uint8_t *byte = &numbers.stream.bytes[i / sizeof changes];
            *byte ^= changes[i % sizeof changes];
            n_refused += read_damaged(&numbers.stream, numbers.n) != SC_OK;
            *byte ^= changes[i % sizeof changes];
            n_all++;
        }
        free(numbers.stream.bytes);
    }
    free(file.bytes);
    /* A change of a remainder makes another weight, most others a broken slice. */
    assert_true(n_refused > 0 && n_refused < n_all);
}

static void block_of_a_damaged_stream_ends_in_a_status(void **state) {
    (void)state;
    File file = file_open("layers.bin");
    while (file.next < file.end) {
        Blocks b = file_blocks(&file);
        for (uint32_t core = 0; core < b.n_cores; core++) {
            Stream *stream = &b.streams[core];
            for (size_t i = 0; i < stream->n_bytes; i += 5) {
                stream->bytes[i] ^= 0x55;
                ScStatus status = read_core(&b, core, false);
                assert_true(status == SC_OK || status == SC_E_FORMAT ||
                            status == SC_E_LIMIT);
                stream->bytes[i] ^= 0x55;
            }
        }
        blocks_free(&b);
    }
    free(file.bytes);
}

/* ---- streams made here: what no encoder writes ------------------------------ */

/* Appends fields to a zeroed buffer, low bit first. */
typedef struct Bits {
    uint8_t bytes[64];
    size_t n;
} Bits;

static void put(Bits *bits, uint32_t value, uint32_t n) {
    for (uint32_t i = 0; i < n; i++, bits->n++) {
        bits->bytes[bits->n / 8] |= (uint8_t)(((value >> i) & 1) << (bits->n % 8));
    }
}

static Bits header(uint32_t zdiv, uint32_t length, uint32_t wdiv, uint32_t newpal) {
    Bits bits = {{0}, 0};
    put(&bits, zdiv, 3);
    put(&bits, length - 1, 15);
    put(&bits, wdiv, 3);
    put(&bits, 0, 1);
    put(&bits, newpal, 1);
    return bits;
}

static void expect_first(const Bits *bits, size_t n_bytes, ScStatus wanted, int weight) {
    ScEthosUWeights w;
    int16_t got = -1;
    Stream stream = stream_copy(bits->bytes, n_bytes);
    sc_ethos_u_weights_open(&w, stream.bytes, n_bytes);
    assert_int_equal(sc_ethos_u_weights_read(&w, &got, 1), wanted);
    if (wanted == SC_OK) {
        assert_int_equal(got, weight);
    } else { /* errors stay */
        assert_int_equal(sc_ethos_u_weights_read(&w, &got, 1), wanted);
        assert_int_equal(sc_ethos_u_weights_close(&w), wanted);
    }
    free(stream.bytes);
}

static void header_with_a_reserved_value_is_refused(void **state) {
    (void)state;
    Bits bits = header(4, 1, 0, 1);
    expect_first(&bits, 64, SC_E_FORMAT, 0);
    bits = header(5, 1, 0, 1);
    expect_first(&bits, 64, SC_E_FORMAT, 0);
    bits = header(6, 1, 6, 1);
    expect_first(&bits, 64, SC_E_FORMAT, 0);
    bits = header(6, 1, 0, 0); /* the first slice without values */
    expect_first(&bits, 64, SC_E_FORMAT, 0);
    bits = header(6, 1, 7, 1); /* plain index 5 of 9 bits: -2 */
    put(&bits, 0, 10);
    put(&bits, 7, 3);
    put(&bits, 5, 9);
    expect_first(&bits, 64, SC_OK, -2);
}

/* A slice of one plain weight, an end mark, a slice that wants the palette before it. */
static void values_end_with_the_end_mark(void **state) {
    (void)state;
    for (uint32_t with_mark = 0; with_mark < 2; with_mark++) {
        Bits bits = header(6, 1, 7, 1);
        put(&bits, 0, 10);
        put(&bits, 7, 3);
        put(&bits, 5, 9); /* -2; 45 bits so far */
        if (with_mark) {
            put(&bits, 7, 3);
        }
        Bits next = header(6, 1, 7, 0);
        put(&next, 8, 9); /* 4 */
        for (size_t i = 0; i < next.n; i++) {
            put(&bits, (uint32_t)next.bytes[i / 8] >> (i % 8) & 1, 1);
        }
        ScEthosUWeights w;
        int16_t got[2];
        sc_ethos_u_weights_open(&w, bits.bytes, sizeof bits.bytes);
        ScStatus wanted = with_mark ? SC_E_FORMAT : SC_OK;
        assert_int_equal(sc_ethos_u_weights_read(&w, got, 2), wanted);
        assert_int_equal(got[0], -2);
        if (!with_mark) {
            assert_int_equal(got[1], 4);
        }
    }
}

static void stream_without_bytes_is_refused(void **state) {
    (void)state;
    Bits bits = {{0}, 0};
    expect_first(&bits, 0, SC_E_FORMAT, 0);
    memset(bits.bytes, 0xff, sizeof bits.bytes);
    expect_first(&bits, 64, SC_E_FORMAT, 0);
    ScEthosUWeights w;
    sc_ethos_u_weights_open(&w, NULL, 0);
    assert_int_equal(sc_ethos_u_weights_close(&w), SC_OK);
}

/* direct offset 31 and plain index 511: 542 has no 9 bits */
static void weight_beyond_9_bits_is_refused(void **state) {
    (void)state;
    Bits bits = header(6, 1, 7, 1);
    put(&bits, 31, 5);
    put(&bits, 0, 5);
    put(&bits, 7, 3);
    put(&bits, 511, 9);
    expect_first(&bits, 64, SC_E_FORMAT, 0);
}

/* All ones go on and on: a quotient that never ends. */
static void quotient_without_end_is_refused(void **state) {
    (void)state;
    Bits bits = header(6, 1, 5, 1);
    put(&bits, 0, 13);
    memset(bits.bytes + 5, 0xff, sizeof bits.bytes - 5);
    bits.bytes[4] |= 0xf0;
    expect_first(&bits, 64, SC_E_FORMAT, 0);

    enum { N_BYTES = 8 << 20 }; /* a run of more than 2^25 * 8 zeros */
    uint8_t *bytes = malloc(N_BYTES);
    bits = header(3, 1, 0, 1);
    put(&bits, 0, 13);
    put(&bits, 0, 12); /* first of the weights: one weight 0 */
    memset(bytes, 0xff, N_BYTES);
    memcpy(bytes, bits.bytes, 6);
    ScEthosUWeights w;
    int16_t got;
    sc_ethos_u_weights_open(&w, bytes, N_BYTES);
    assert_int_equal(sc_ethos_u_weights_read(&w, &got, 1), SC_E_LIMIT);
    free(bytes);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(stream_in_any_steps_gives_the_weights),
        cmocka_unit_test(stream_read_short_does_not_close),
        cmocka_unit_test(streams_in_a_row_are_read_on),
        cmocka_unit_test(block_of_any_shape_gives_the_weights_in_order),
        cmocka_unit_test(layer_of_each_accelerator_gives_the_weights_in_order),
        cmocka_unit_test(block_with_a_bad_shape_is_refused),
        cmocka_unit_test(stream_cut_anywhere_is_refused),
        cmocka_unit_test(stream_with_any_byte_changed_ends_in_a_status),
        cmocka_unit_test(block_of_a_damaged_stream_ends_in_a_status),
        cmocka_unit_test(header_with_a_reserved_value_is_refused),
        cmocka_unit_test(values_end_with_the_end_mark),
        cmocka_unit_test(stream_without_bytes_is_refused),
        cmocka_unit_test(weight_beyond_9_bits_is_refused),
        cmocka_unit_test(quotient_without_end_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
