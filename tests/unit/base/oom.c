/* SPDX-License-Identifier: Apache-2.0 */
/* Every reader and writer of base with the nth allocation failing, for each n: the
 * door is taken, nothing leaks (a sanitizer looks), the arena can be freed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "compiler/base/fbwrite.h"
#include "compiler/base/json.h"
#include "compiler/base/npy.h"
#include "compiler/base/zip.h"

static char path[] = "/tmp/sc_oom_XXXXXX";

static ScStatus files(Sc *sc) {
    ScBytes bytes;
    SC_TRY(sc_file_write(sc, path, "abc", 3));
    return sc_file_map(sc, path, &bytes);
}

static ScStatus zip(Sc *sc) {
    static const uint8_t end[22] = "PK\5\6";
    ScZip zip;
    return sc_zip_open(sc, "t", (ScBytes){end, sizeof end}, &zip);
}

static ScStatus npy(Sc *sc) {
    static const uint16_t data[6] = {1, 2, 3, 4, 5, 6};
    ScArray array = {
        .dtype = SC_BF16, .rank = 2, .dims = {2, 3}, .data = data, .n_bytes = 12};
    SC_TRY(sc_npy_write(sc, path, &array));
    SC_TRY(sc_npy_read(sc, path, &array));
    return sc_npz_read(sc, path, "x", &array) == SC_E_FORMAT ? SC_OK : SC_E_INTERNAL;
}

static ScStatus json(Sc *sc) {
    static const char text[] = "{\"a\": [1, 2.5, \"x\"]}";
    json_t *json;
    const char *string;
    SC_TRY(
        sc_json_parse(sc, "t", (ScBytes){(const uint8_t *)text, sizeof text - 1}, &json));
    return sc_json_string(sc, "t", json, "a", &string) == SC_E_FORMAT ? SC_OK
                                                                      : SC_E_INTERNAL;
}

static ScStatus flatbuffer(Sc *sc) {
    ScFb *fb = sc_fb_new(sc->arena);
    ScFbRef refs[3];
    for (uint32_t i = 0; i < 3; i++) {
        ScFbRef name = sc_fb_string(fb, "name");
        sc_fb_table(fb, 3);
        sc_fb_u64(fb, i, i);
        sc_fb_ref(fb, 2 - i, name);
        refs[i] = sc_fb_end(fb);
    }
    ScFbRef list = sc_fb_refs(fb, refs, 3);
    sc_fb_table(fb, 1);
    sc_fb_ref(fb, 0, list);
    return sc_fb_finish(fb, sc_fb_end(fb), "TEST", 32).data ? SC_OK : SC_E_INTERNAL;
}

/* false when an allocation failed. */
static bool passes_with_failure_at(ScStatus (*work)(Sc *sc), uint64_t nth) {
    Sc sc = {.arena = sc_arena_new()};
    jmp_buf door;
    volatile bool done = false;
    if (setjmp(door) == 0) {
        sc_arena_guard(sc.arena, &door);
        sc_arena_fail_at(nth);
        ScStatus status = work(&sc);
        sc_arena_fail_at(0);
        assert_int_equal(status, SC_OK);
        done = true;
    }
    sc_arena_free(sc.arena);
    return done;
}

static int open_descriptors(void) {
    int first = dup(0); /* the lowest free number: rises when one leaks */
    close(first);
    return first;
}

static void any_failed_allocation_leaves_nothing_behind(void **state) {
    (void)state;
    static ScStatus (*const works[])(Sc *) = {files, zip, npy, json, flatbuffer};
    close(mkstemp(path));
    int before = open_descriptors();
    for (size_t i = 0; i < sizeof works / sizeof works[0]; i++) {
        uint64_t n = 1;
        while (!passes_with_failure_at(works[i], n)) {
            n++;
        }
        assert_in_range(n, 2, 200); /* it failed at least once */
        assert_int_equal(open_descriptors(), before);
    }
    remove(path);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(any_failed_allocation_leaves_nothing_behind),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
