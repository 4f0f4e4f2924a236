/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Parameters, buffers and constants. torch stores whole storages; a tensor is
 * as_strided(storage, sizes, strides, storage_offset), counted in elements. It
 * may be a part of its record (a slice), bigger than it (expanded, stride 0)
 * or any permutation of it (transposed, channels_last); several may share one.
 * Here each becomes dense in C order: in place when it already is.
 */
#include <string.h>

#include "compiler/import/archive.h"

static ScStatus broken(ScPt2 *pt2, const char *where, const char *what) {
    return sc_fail(pt2->sc, SC_E_FORMAT, where, what,
                   "the archive is damaged or was edited", "export the model again");
}

/* The highest element that the strides reach, or false when it is beyond 64
 * bits or below 0. The tensor has at least one element. */
static bool last_element(const ScPt2Meta *meta, int64_t *out_last) {
    int64_t last = meta->offset;
    if (last < 0) {
        return false;
    }
    for (uint32_t d = 0; d < meta->rank; d++) {
        int64_t span;
        if (meta->strides[d] < 0 ||
            __builtin_mul_overflow(meta->dims[d] - 1, meta->strides[d], &span) ||
            __builtin_add_overflow(last, span, &last)) {
            return false;
        }
    }
    *out_last = last;
    return true;
}

static uint64_t meta_numel(const ScPt2Meta *meta) {
    uint64_t n = 1;
    for (uint32_t d = 0; d < meta->rank; d++) {
        n *= (uint64_t)meta->dims[d];
    }
    return n;
}

/* Every element was checked to lie in `from`, so that a step past the end of a
 * dimension (at most one stride beyond) can't overflow. */
static void *gather(ScArena *arena, const ScPt2Meta *meta, const uint8_t *from,
                    uint64_t n_elements) {
    size_t size = sc_dtype_size(meta->dtype);
    uint8_t *to = sc_arena_array(arena, (size_t)n_elements, size);
    int64_t index[SC_MAX_RANK] = {0};
    int64_t at = meta->offset;
    for (uint64_t i = 0; i < n_elements; i++) {
        memcpy(to + i * size, from + (size_t)at * size, size);
        for (uint32_t d = meta->rank; d-- > 0;) {
            at += meta->strides[d];
            if (++index[d] < meta->dims[d]) {
                break;
            }
            at -= meta->strides[d] * meta->dims[d];
            index[d] = 0;
        }
    }
    return to;
}

static bool bools_are_valid(const uint8_t *data, uint64_t n) {
    for (uint64_t i = 0; i < n; i++) {
        if (data[i] > 1) {
            return false;
        }
    }
    return true;
}

/* Strides of dimensions with one element are arbitrary and never stepped. */
static void strides_normalise(ScPt2Meta *meta) {
    for (uint32_t d = 0; d < meta->rank; d++) {
        if (meta->dims[d] == 1) {
            meta->strides[d] = 0;
        }
    }
}

static ScStatus make_dense(ScPt2 *pt2, const char *where, ScBytes record,
                           ScPt2Weight *weight) {
    ScPt2Meta meta = weight->meta;
    size_t size = sc_dtype_size(meta.dtype);
    uint64_t n = meta_numel(&meta);
    if (n == 0) {
        weight->data = sc_arena_alloc(pt2->sc->arena, 1);
        return SC_OK;
    }
    if (record.n_bytes == 0) {
        return sc_fail(pt2->sc, SC_E_UNSUPPORTED, where, "its values weren't saved",
                       "the model was exported with fake or meta tensors",
                       "load the real weights before torch.export.export()");
    }
    strides_normalise(&meta);
    int64_t last;
    if (!last_element(&meta, &last) || (uint64_t)last >= record.n_bytes / size) {
        return broken(pt2, where, "sizes and strides reach beyond the stored bytes");
    }
    const uint8_t *start = record.data + (size_t)meta.offset * size;
    bool aligned = (uintptr_t)start % size == 0;
    if (aligned && sc_pt2_meta_is_contiguous(&meta)) {
        weight->data = start;
    } else if (n * size > pt2->copy_budget) {
        return sc_fail(pt2->sc, SC_E_LIMIT, where, "the tensor is too big when made dense",
                       "it repeats the elements of a small storage (expand())",
                       "use broadcasting in the model instead");
    } else {
        pt2->copy_budget -= n * size;
        weight->data = gather(pt2->sc->arena, &meta, record.data, n);
    }
    if (meta.dtype == SC_BOOL && !bools_are_valid(weight->data, n)) {
        return broken(pt2, where, "a bool is neither 0 nor 1");
    }
    return SC_OK;
}

static ScStatus check_not_pickled(ScPt2 *pt2, const char *where, const json_t *payload) {
    if (!json_is_true(json_object_get(payload, "use_pickle"))) {
        return SC_OK;
    }
    return sc_fail(pt2->sc, SC_E_UNSUPPORTED, where, "it is stored as a pickle",
                   "it is a tensor subclass (torchao quantize_()?) or a custom object, and "
                   "pickles can run code",
                   "quantize with PT2E (prepare_pt2e, convert_pt2e), or call "
                   "torchao.utils.unwrap_tensor_subclass(model) before export");
}

const char *sc_pt2_weight_storage(const json_t *table, const char *fqn) {
    return json_string_value(json_object_get(json_object_get(table, fqn), "path_name"));
}

ScStatus sc_pt2_weight(ScPt2 *pt2, const json_t *table, const char *fqn,
                       ScPt2Weight *out_weight) {
    ScArena *arena = pt2->sc->arena;
    const char *where =
        sc_arena_fmt(arena, "%s: weight '%s'", pt2->where, sc_pt2_printable(arena, fqn));
    const json_t *payload = json_object_get(table, fqn);
    if (!json_is_object(payload)) {
        return broken(pt2, where, "the archive doesn't hold it");
    }
    SC_TRY(check_not_pickled(pt2, where, payload));
    json_t *meta;
    SC_TRY(sc_json_object(pt2->sc, where, payload, "tensor_meta", &meta));
    SC_TRY(sc_pt2_meta(pt2->sc, where, meta, NULL, &out_weight->meta));
    SC_TRY(sc_json_string(pt2->sc, where, payload, "path_name", &out_weight->storage));
    const char *folder = table == pt2->constants ? "constants" : "weights";
    const ScZipMember *member =
        sc_zip_find(&pt2->zip, sc_arena_fmt(arena, "%s/data/%s/%s", pt2->root, folder,
                                            out_weight->storage));
    if (!member) {
        return broken(pt2, where,
                      sc_arena_fmt(arena, "its record %s is missing",
                                   sc_pt2_printable(arena, out_weight->storage)));
    }
    ScBytes record;
    SC_TRY(sc_zip_read(pt2->sc, where, &pt2->zip, member, true, &record));
    return make_dense(pt2, where, record, out_weight);
}
