/* SPDX-License-Identifier: Apache-2.0 */
/* Files: mapping, whole-or-nothing writing, errors that name the path. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "compiler/base/file.h"

typedef struct Fixture {
    Sc sc;
    char dir[64];
} Fixture;

static int set_up(void **state) {
    Fixture *f = calloc(1, sizeof *f);
    f->sc.arena = sc_arena_new();
    strcpy(f->dir, "/tmp/sc_file_XXXXXX");
    *state = f;
    return mkdtemp(f->dir) ? 0 : 1;
}

static const char *in_dir(Fixture *f, const char *name) {
    return sc_arena_fmt(f->sc.arena, "%s/%s", f->dir, name);
}

static int tear_down(void **state) {
    Fixture *f = *state;
    DIR *dir = opendir(f->dir);
    for (struct dirent *e = readdir(dir); e; e = readdir(dir)) {
        remove(in_dir(f, e->d_name));
    }
    closedir(dir);
    rmdir(f->dir);
    sc_arena_free(f->sc.arena);
    free(f);
    return 0;
}

static size_t count_files(Fixture *f) {
    size_t n = 0;
    DIR *dir = opendir(f->dir);
    for (struct dirent *e = readdir(dir); e; e = readdir(dir)) {
        n += e->d_name[0] != '.';
    }
    closedir(dir);
    return n;
}

static void write_then_map_gives_same_bytes(void **state) {
    Fixture *f = *state;
    const char *path = in_dir(f, "a.bin");
    ScBytes bytes;
    assert_int_equal(sc_file_write(&f->sc, path, "first", 5), SC_OK);
    assert_int_equal(sc_file_write(&f->sc, path, "x\0yz", 4), SC_OK);
    assert_int_equal(sc_file_map(&f->sc, path, &bytes), SC_OK);
    assert_int_equal(bytes.n_bytes, 4);
    assert_memory_equal(bytes.data, "x\0yz", 4);
    assert_int_equal(count_files(f), 1);
}

static void write_new_file_obeys_umask(void **state) {
    Fixture *f = *state;
    mode_t old = umask(027);
    const char *path = in_dir(f, "a.bin");
    assert_int_equal(sc_file_write(&f->sc, path, "x", 1), SC_OK);
    umask(old);
    struct stat info;
    assert_int_equal(stat(path, &info), 0);
    assert_int_equal(info.st_mode & 0777, 0640);
}

static void write_into_missing_folder_fails_with_path(void **state) {
    Fixture *f = *state;
    const char *path = in_dir(f, "no/a.bin");
    assert_int_equal(sc_file_write(&f->sc, path, "x", 1), SC_E_IO);
    assert_int_equal(f->sc.n_diags, 1);
    assert_string_equal(f->sc.diags[0].where, path);
    assert_string_equal(f->sc.diags[0].why, "No such file or directory");
}

static void write_over_folder_fails_and_leaves_nothing(void **state) {
    Fixture *f = *state;
    const char *path = in_dir(f, "sub");
    assert_int_equal(mkdir(path, 0700), 0);
    assert_int_equal(sc_file_write(&f->sc, path, "x", 1), SC_E_IO);
    assert_int_equal(count_files(f), 1);
}

static void write_to_device_keeps_it(void **state) {
    Fixture *f = *state;
    assert_int_equal(sc_file_write(&f->sc, "/dev/null", "x", 1), SC_OK);
    struct stat info;
    assert_int_equal(stat("/dev/null", &info), 0);
    assert_true(S_ISCHR(info.st_mode));
}

static void map_empty_file_gives_no_bytes(void **state) {
    Fixture *f = *state;
    const char *path = in_dir(f, "empty");
    ScBytes bytes = {.data = NULL, .n_bytes = 1};
    assert_int_equal(sc_file_write(&f->sc, path, NULL, 0), SC_OK);
    assert_int_equal(sc_file_map(&f->sc, path, &bytes), SC_OK);
    assert_int_equal(bytes.n_bytes, 0);
    assert_non_null(bytes.data);
}

static void map_pipe_reads_it_whole(void **state) {
    Fixture *f = *state;
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    assert_int_equal(write(ends[1], "piped", 5), 5);
    close(ends[1]);
    ScBytes bytes;
    const char *path = sc_arena_fmt(f->sc.arena, "/dev/fd/%d", ends[0]);
    assert_int_equal(sc_file_map(&f->sc, path, &bytes), SC_OK);
    close(ends[0]);
    assert_int_equal(bytes.n_bytes, 5);
    assert_memory_equal(bytes.data, "piped", 5);
}

static void map_missing_or_folder_fails(void **state) {
    Fixture *f = *state;
    ScBytes bytes;
    assert_int_equal(sc_file_map(&f->sc, in_dir(f, "none"), &bytes), SC_E_IO);
    assert_int_equal(sc_file_map(&f->sc, f->dir, &bytes), SC_E_IO);
    assert_int_equal(bytes.n_bytes, 0);
    assert_string_equal(f->sc.diags[0].why, "No such file or directory");
    assert_string_equal(f->sc.diags[1].why, "Is a directory");
}

int main(void) {
#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        T(write_then_map_gives_same_bytes),
        T(write_new_file_obeys_umask),
        T(write_into_missing_folder_fails_with_path),
        T(write_over_folder_fails_and_leaves_nothing),
        T(write_to_device_keeps_it),
        T(map_empty_file_gives_no_bytes),
        T(map_pipe_reads_it_whole),
        T(map_missing_or_folder_fails),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
