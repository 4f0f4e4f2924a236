/* SPDX-License-Identifier: Apache-2.0 */
/* Reads sets of inputs. The contract is in samples.h. */
#include "compiler/samples.h"

#include <dirent.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "compiler/base/zip.h"

static const char *shape_text(ScArena *arena, ScDtype dtype, uint32_t rank,
                              const int64_t *dims) {
    ScBuf text = sc_buf(arena);
    ScType type = sc_type_make(dtype, rank, dims);
    sc_type_print(&type, &text);
    return text.data;
}

/* [N, ...model dims], or [N, ...] when the model's first dim is 1. */
static bool count_samples(const ScArray *array, const ScType *type, size_t *out_n) {
    uint32_t skip = array->rank == type->rank + 1u ? 0 : 1;
    bool batch = skip == 1 && array->rank == type->rank && type->rank > 0 &&
                 (type->dims[0] == 1 || array->dims[0] == type->dims[0]);
    if (array->dtype != type->dtype || (skip == 1 && !batch)) {
        return false;
    }
    for (uint32_t d = skip; d < type->rank; d++) {
        if (array->dims[array->rank - type->rank + d] != type->dims[d]) {
            return false;
        }
    }
    *out_n = skip == 1 && type->dims[0] != 1 ? 1 : (size_t)array->dims[0];
    return *out_n > 0;
}

static ScStatus check_numbers(Sc *sc, const char *where, const ScArray *array) {
    if (array->dtype != SC_F32) {
        return SC_OK;
    }
    size_t n = array->n_bytes / sizeof(float);
    for (size_t i = 0; i < n; i++) {
        float x;
        memcpy(&x, (const char *)array->data + i * sizeof x, sizeof x);
        if (!isfinite(x)) {
            return sc_fail(sc, SC_E_RANGE, where,
                           sc_arena_fmt(sc->arena, "element %zu is NaN or infinite", i),
                           "ranges can't be learnt from it", "remove that sample");
        }
    }
    return SC_OK;
}

static ScStatus add_input(Sc *sc, const char *where, const ScGraph *graph, size_t index,
                          const ScArray *array, ScSamples *samples) {
    const ScValue *input = graph->inputs[index];
    size_t n;
    if (!count_samples(array, &input->type, &n)) {
        return sc_fail(
            sc, SC_E_SHAPE, where,
            sc_arena_fmt(sc->arena, "%s doesn't hold samples of input %zu, '%s'",
                         shape_text(sc->arena, array->dtype, array->rank, array->dims),
                         index, input->name),
            sc_arena_fmt(sc->arena, "one sample is %s",
                         shape_text(sc->arena, input->type.dtype, input->type.rank,
                                    input->type.dims)),
            "stack samples along a new first dimension");
    }
    if (index > 0 && n != samples->n_samples) {
        return sc_fail(sc, SC_E_SHAPE, where, "inputs have different numbers of samples", 0,
                       "give the same number for each input");
    }
    samples->n_samples = n;
    ScArray *inputs = sc_arena_grow(sc->arena, 0, 0, graph->n_inputs * sizeof(ScArray));
    if (samples->n_inputs > 0) {
        memcpy(inputs, samples->inputs, samples->n_inputs * sizeof(ScArray));
    }
    inputs[index] = *array;
    /* Aligned for float access; .npy data may start anywhere. */
    inputs[index].data = sc_arena_copy(sc->arena, array->data, array->n_bytes);
    samples->inputs = inputs;
    samples->n_inputs = index + 1;
    return check_numbers(sc, where, array);
}

static ScStatus read_npz(Sc *sc, const char *path, const ScGraph *graph,
                         ScSamples *samples) {
    ScBytes file;
    ScZip zip;
    SC_TRY(sc_file_map(sc, path, &file));
    SC_TRY(sc_zip_open(sc, path, file, &zip));
    for (size_t i = 0; i < graph->n_inputs; i++) {
        const char *name = sc_arena_fmt(sc->arena, "%s.npy", graph->inputs[i]->name);
        const ScZipMember *member = sc_zip_find(&zip, name);
        if (!member && i < zip.n_members) {
            member = &zip.members[i];
        }
        if (!member) {
            return sc_fail(
                sc, SC_E_NOT_FOUND, path,
                sc_arena_fmt(sc->arena, "no member for input '%s'", graph->inputs[i]->name),
                0, "save one array an input: numpy.savez(path, name=array)");
        }
        const char *where = sc_arena_fmt(sc->arena, "%s(%s)", path, member->name);
        ScBytes bytes;
        ScArray array;
        SC_TRY(sc_zip_read(sc, path, &zip, member, true, &bytes));
        SC_TRY(sc_npy_parse(sc, where, bytes, &array));
        SC_TRY(add_input(sc, where, graph, i, &array, samples));
    }
    return SC_OK;
}

static int name_compare(const void *a, const void *b) {
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static bool ends_with(const char *text, const char *end) {
    size_t n = strlen(text), m = strlen(end);
    return n >= m && strcmp(text + n - m, end) == 0;
}

static size_t list_npy(Sc *sc, const char *path, DIR *dir, const char ***out_paths) {
    const char **paths = 0;
    size_t n = 0, cap = 0;
    for (const struct dirent *entry = readdir(dir); entry; entry = readdir(dir)) {
        if (ends_with(entry->d_name, ".npy")) {
            const char *file = sc_arena_fmt(sc->arena, "%s/%s", path, entry->d_name);
            SC_PUSH(sc->arena, paths, n, cap, file);
        }
    }
    if (n > 0) {
        qsort(paths, n, sizeof *paths, name_compare);
    }
    *out_paths = paths;
    return n;
}

static void dir_close(void *what) {
    closedir(what);
}

static ScStatus read_folder(Sc *sc, const char *path, const ScGraph *graph,
                            ScSamples *samples) {
    DIR *dir = opendir(path);
    if (!dir) {
        return sc_fail(sc, SC_E_IO, path, "the folder can't be read", strerror(errno), 0);
    }
    sc_arena_defer(sc->arena, dir_close, dir);
    const char **paths;
    size_t n = list_npy(sc, path, dir, &paths);
    if (graph->n_inputs != 1 || n == 0) {
        return sc_fail(sc, SC_E_ARG, path,
                       n == 0 ? "no .npy file in this folder"
                              : "a folder can't hold samples of several inputs",
                       0, "give one .npz with an array for each input");
    }
    const ScType *type = &graph->inputs[0]->type;
    size_t n_bytes = sc_type_bytes(type);
    char *data = SC_NEW_ARRAY(sc->arena, char, n *n_bytes + 1);
    for (size_t i = 0; i < n; i++) {
        ScArray array;
        SC_TRY(sc_npy_read(sc, paths[i], &array));
        if (array.n_bytes != n_bytes || array.dtype != type->dtype) {
            ScSamples one = {0, 0, 0};
            array.rank = 0; /* never fits: says what was expected */
            return add_input(sc, paths[i], graph, 0, &array, &one);
        }
        memcpy(data + i * n_bytes, array.data, n_bytes);
    }
    ScArray all = {.dtype = type->dtype, .rank = (uint8_t)(type->rank + 1)};
    all.dims[0] = (int64_t)n;
    memcpy(all.dims + 1, type->dims, type->rank * sizeof type->dims[0]);
    all.data = data;
    all.n_bytes = n * n_bytes;
    return add_input(sc, path, graph, 0, &all, samples);
}

ScStatus sc_samples_read(Sc *sc, const char *path, const ScGraph *graph,
                         ScSamples *out_samples) {
    struct stat info;
    memset(out_samples, 0, sizeof *out_samples);
    if (graph->n_inputs == 0) {
        return sc_fail(sc, SC_E_ARG, path, "the model has no inputs", 0, 0);
    }
    if (stat(path, &info) == 0 && S_ISDIR(info.st_mode)) {
        return read_folder(sc, path, graph, out_samples);
    }
    if (ends_with(path, ".npz")) {
        return read_npz(sc, path, graph, out_samples);
    }
    if (graph->n_inputs != 1) {
        return sc_fail(sc, SC_E_ARG, path,
                       sc_arena_fmt(sc->arena, "one array for %zu inputs", graph->n_inputs),
                       0, "give one .npz with an array for each input");
    }
    ScArray array;
    SC_TRY(sc_npy_read(sc, path, &array));
    return add_input(sc, path, graph, 0, &array, out_samples);
}
