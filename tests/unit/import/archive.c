/* SPDX-License-Identifier: Apache-2.0 */
/* Archives that are damaged, of another kind or of another time. */
#include "tests/unit/import/make_pt2.h"

#include "compiler/import/archive.h"

typedef struct Case {
    const char *situation;
    Parts parts;
    ScStatus status;
    const char *words;
} Case;

#define VERSION SC_E_VERSION
#define FORMAT SC_E_FORMAT

static const Case cases[] = {
    {"torch 2.7's layout",
     {.foreign = "serialized_exported_program.json", .drop = "archive_format"},
     VERSION,
     "torch <= 2.7|pickles can run code|torch.export.save(torch.export.load("},
    {"torch.save() file",
     {.extra = "data.pkl", .drop = "archive_format"},
     VERSION,
     "torch.save() file|torch.export.export("},
    {"TorchScript",
     {.extra = "constants.pkl", .drop = "archive_format"},
     VERSION,
     "TorchScript|torch.export.export("},
    {"another zip",
     {.drop = "archive_format"},
     VERSION,
     "no .pt2|net/archive_format|torch.export.save("},
    {"AOTInductor package",
     {.extra = "data/aotinductor/model/x.so", .drop = "models/model.json"},
     VERSION,
     "AOTInductor|machine code"},
    {"pickled weights",
     {.extra = "data/weights/model.pt", .drop = "data/weights/model_weights_config.json"},
     VERSION,
     "pickled|pickles can run code"},
    {"two models", {.extra = "models/dec.json"}, SC_E_UNSUPPORTED, "2 models: model, dec"},
    {"no model", {.drop = "models/model.json"}, FORMAT, "holds no model"},
    {"another format", {.format = "pt3"}, VERSION, "archive_format is 'pt3'"},
    {"another version", {.version = "1"}, VERSION, "archive_version is '1'"},
    {"big-endian", {.byteorder = "big"}, VERSION, "byteorder is 'big'|little-endian"},
    {"no byteorder", {.drop = "byteorder"}, FORMAT, "byteorder is missing"},
    {"terminal escapes", {.format = "\x1b[2J"}, VERSION, "'?[2J'"},
    {"schema 7",
     {.program = "{'schema_version': {'major': 7, 'minor': 0}}"},
     VERSION,
     "schema_version is 7"},
    {"no schema version", {.program = "{}"}, FORMAT, "schema_version"},
    {"schema version of another kind",
     {.program = "{'schema_version': {'major': '8'}}"},
     FORMAT,
     "major"},
    {"program is a list", {.program = "[]"}, FORMAT, "schema_version"},
    {"program isn't JSON", {.program = "{'a': "}, FORMAT, "models/model.json|JSON"},
    {"no weights config",
     {.drop = "data/weights/model_weights_config.json"},
     FORMAT,
     "data/weights/model_weights_config.json"},
    {"no constants config",
     {.drop = "data/constants/model_constants_config.json"},
     FORMAT,
     "data/constants/model_constants_config.json"},
    {"weights config of another kind", {.weights = "{'config': []}"}, FORMAT, "config"},
    {"program without a graph",
     {.program = "{'schema_version': {'major': 8, 'minor': 99}}"},
     FORMAT,
     "graph_module"},
};

static void import_unreadable_archive_is_one_error_with_advice(void **state) {
    Test *test = *state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        ScGraph *graph;
        ScBytes file = pt2_make(test->sc.arena, &cases[i].parts);
        ScStatus status = sc_import_pt2_bytes(&test->sc, "x.pt2", file, test->ops, &graph);
        if (status != cases[i].status) {
            print_error("%s\n", cases[i].situation);
            print_errors(test);
        }
        assert_int_equal(status, cases[i].status);
        assert_one_error(test, cases[i].situation, cases[i].words);
    }
}

static void import_no_archive_at_all_is_one_error(void **state) {
    Test *test = *state;
    static const char *const texts[] = {"", "PK", "not a zip archive, only text", "PK\5\6"};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        ScGraph *graph;
        ScBytes file = {(const uint8_t *)texts[i], strlen(texts[i])};
        assert_int_equal(sc_import_pt2_bytes(&test->sc, "x", file, test->ops, &graph),
                         SC_E_FORMAT);
        assert_one_error(test, texts[i], "x");
    }
}

/* Every prefix of a good archive fails with one error and reads no byte beyond
 * it (the address sanitizer sees to that: each prefix is a block of its own). */
static void import_truncated_archive_is_one_error(void **state) {
    Test *test = *state;
    ScBytes file = pt2_make(test->sc.arena, &(Parts){0});
    for (size_t n = 0; n < file.n_bytes; n++) {
        ScGraph *graph;
        ScBytes part = {sc_arena_copy(test->sc.arena, file.data, n), n};
        assert_int_not_equal(sc_import_pt2_bytes(&test->sc, "x", part, test->ops, &graph),
                             SC_OK);
        assert_one_error(test, "truncated", "x");
    }
}

static void open_good_archive_finds_root_and_model(void **state) {
    Test *test = *state;
    ScPt2 pt2;
    ScBytes file = pt2_make(test->sc.arena, &(Parts){.extra = "extra/note.txt"});
    assert_int_equal(sc_pt2_open(&test->sc, "x.pt2", file, &pt2), SC_OK);
    assert_string_equal(pt2.root, "net");
    assert_string_equal(pt2.model, "model");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(import_unreadable_archive_is_one_error_with_advice,
                                        test_open, test_close),
        cmocka_unit_test_setup_teardown(import_no_archive_at_all_is_one_error, test_open,
                                        test_close),
        cmocka_unit_test_setup_teardown(import_truncated_archive_is_one_error, test_open,
                                        test_close),
        cmocka_unit_test_setup_teardown(open_good_archive_finds_root_and_model, test_open,
                                        test_close),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
