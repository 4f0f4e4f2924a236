/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A mutator for bundles (bundle.h) that changes a JSON member as a tree: values
 * are replaced, copied from elsewhere, removed, repeated. What comes out is JSON
 * again, so the importer is reached and not just the parser. Half of the time
 * libFuzzer's own byte mutations are used. It replaces nothing when linked with
 * replay.c.
 */
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "bundle.h"

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t n_bytes, size_t max_bytes,
                               unsigned int seed);
/* libFuzzer's; missing in the replay program. */
size_t LLVMFuzzerMutate(uint8_t *data, size_t n_bytes, size_t max_bytes)
    __attribute__((weak));

enum { MAX_SLOTS = 4096 };

/* A place in the tree that holds a value. */
typedef struct Slot {
    json_t *parent;
    const char *key; /* of an object */
    size_t index;    /* of a list */
    json_t *value;
} Slot;

typedef struct Mutator {
    uint64_t state;
    Slot slots[MAX_SLOTS];
    size_t n_slots;
} Mutator;

/* Knuth's MMIX generator; quality doesn't matter here. */
static size_t pick(Mutator *m, size_t n) {
    m->state = m->state * 6364136223846793005u + 1442695040888963407u;
    return (size_t)(m->state >> 33) % n;
}

/* The importer caps nesting at 64, so does this recursion. */
static void collect(Mutator *m, json_t *parent, int depth) {
    const char *key;
    json_t *value;
    size_t index;
    if (depth > 64) {
        return;
    }
    if (json_is_object(parent)) {
        json_object_foreach(parent, key, value) {
            if (m->n_slots < MAX_SLOTS) {
                m->slots[m->n_slots++] = (Slot){parent, key, 0, value};
                collect(m, value, depth + 1);
            }
        }
    } else if (json_is_array(parent)) {
        json_array_foreach(parent, index, value) {
            if (m->n_slots < MAX_SLOTS) {
                m->slots[m->n_slots++] = (Slot){parent, NULL, index, value};
                collect(m, value, depth + 1);
            }
        }
    }
}

static json_t *odd_number(Mutator *m, const json_t *near) {
    static const json_int_t odd[] = {
        0,         1,          -1,         2,           3,
        4,         5,          7,          8,           9,
        13,        16,         64,         255,         256,
        65536,     2147483647, 4294967296, -2147483648, 4611686018427387904,
        INT64_MAX, INT64_MIN};
    size_t n = sizeof odd / sizeof odd[0];
    size_t i = pick(m, n + 2);
    if (i < n) {
        return json_integer(odd[i]);
    }
    json_int_t value = json_integer_value(near);
    return json_integer(i == n ? value / 2 + 1 : (value < INT64_MAX ? value + 1 : value));
}

static json_t *odd_value(Mutator *m, const json_t *near) {
    static const char *const strings[] = {"",
                                          "x",
                                          "NaN",
                                          "Infinity",
                                          "../a",
                                          "weight_0",
                                          "torch.ops.aten.relu.default",
                                          "as_tensor"};
    if (json_is_integer(near) && pick(m, 4) != 0) {
        return odd_number(m, near);
    }
    switch (pick(m, 8)) {
    case 0:
        return json_null();
    case 1:
        return json_true();
    case 2:
        return json_array();
    case 3:
        return json_object();
    case 4:
        return json_real(0.5);
    case 5:
        return json_string(strings[pick(m, sizeof strings / sizeof strings[0])]);
    default:
        return odd_number(m, near);
    }
}

static void slot_put(const Slot *slot, json_t *value) {
    if (slot->key) {
        json_object_set_new(slot->parent, slot->key, value);
    } else {
        json_array_set_new(slot->parent, slot->index, value);
    }
}

static void mutate_tree(Mutator *m, json_t *root) {
    m->n_slots = 0;
    collect(m, root, 0);
    if (m->n_slots == 0) {
        return;
    }
    const Slot *slot = &m->slots[pick(m, m->n_slots)];
    const Slot *other = &m->slots[pick(m, m->n_slots)];
    switch (pick(m, 6)) {
    case 0: /* a value of the same type from elsewhere */
    case 1:
        for (int tries = 0; tries < 20; tries++) {
            if (json_typeof(other->value) == json_typeof(slot->value) && other != slot) {
                break;
            }
            other = &m->slots[pick(m, m->n_slots)];
        }
        slot_put(slot, json_deep_copy(other->value));
        break;
    case 2:
    case 3:
        slot_put(slot, odd_value(m, slot->value));
        break;
    case 4:
        if (slot->key) {
            json_object_del(slot->parent, slot->key);
        } else {
            json_array_remove(slot->parent, slot->index);
        }
        break;
    default:
        if (slot->key) {
            slot_put(slot, json_deep_copy(other->value));
        } else {
            json_array_insert_new(slot->parent, slot->index, json_deep_copy(slot->value));
        }
    }
}

/* The JSON text of a member after one to four changes; NULL when it is no JSON. */
static char *mutate_member(Mutator *m, ScBytes body) {
    json_t *root = json_loadb((const char *)body.data, body.n_bytes, 0, NULL);
    if (!root) {
        return NULL;
    }
    for (size_t n = 1 + pick(m, 4); n > 0; n--) {
        mutate_tree(m, root);
    }
    char *text = json_dumps(root, JSON_ENSURE_ASCII);
    json_decref(root);
    return text;
}

static bool is_json(ScBytes name) {
    return name.n_bytes > 5 && memcmp(name.data + name.n_bytes - 5, ".json", 5) == 0;
}

/* Chooses one JSON member; the largest, the program itself, half of the time. */
static bool choose_member(Mutator *m, ScBytes bundle, ScBytes *out_body) {
    ScBytes name, body;
    size_t at = 0, n_seen = 0;
    bool largest = pick(m, 2) == 0;
    *out_body = (ScBytes){0};
    while (bundle_next(bundle, &at, &name, &body)) {
        if (is_json(name)) {
            n_seen++;
            bool take = largest ? body.n_bytes > out_body->n_bytes : pick(m, n_seen) == 0;
            *out_body = take ? body : *out_body;
        }
    }
    return out_body->n_bytes > 0;
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t n_bytes, size_t max_bytes,
                               unsigned int seed) {
    static Mutator m;
    m.state = seed;
    ScBytes bundle = {.data = data, .n_bytes = n_bytes}, body;
    char *text = NULL;
    if (pick(&m, 2) == 0 && choose_member(&m, bundle, &body)) {
        text = mutate_member(&m, body);
    }
    size_t start = text ? (size_t)(body.data - data) : 0;
    size_t rest = text ? n_bytes - start - body.n_bytes : 0;
    if (!text || strlen(text) > max_bytes ||
        n_bytes - body.n_bytes > max_bytes - strlen(text)) {
        free(text);
        return LLVMFuzzerMutate ? LLVMFuzzerMutate(data, n_bytes, max_bytes) : n_bytes;
    }
    size_t n_text = strlen(text);
    memmove(data + start + n_text, data + start + body.n_bytes, rest);
    memcpy(data + start, text, n_text);
    free(text);
    return start + n_text + rest;
}
