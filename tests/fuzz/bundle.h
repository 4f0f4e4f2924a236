/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An archive as text, so that mutations reach the importer instead of failing a
 * checksum, and seeds can be read and reviewed:
 *
 *     === models/model.json
 *     {...}
 *     === data/weights/weight_0
 *     (raw bytes)
 *
 * A line "=== NAME" starts a member; the line break before the next one isn't
 * part of it. A member "NAME*" is hexadecimal digits (spaces skipped).
 */
#ifndef SC_TESTS_FUZZ_BUNDLE_H
#define SC_TESTS_FUZZ_BUNDLE_H

#include "compiler/base/text.h"
#include "fuzz.h"

/* The next member of a bundle from *at on; false at its end. */
bool bundle_next(ScBytes bundle, size_t *at, ScBytes *out_name, ScBytes *out_body);
/* A stored zip archive of the bundle, member names below "archive/". */
ScBytes bundle_zip(ScArena *arena, ScBytes bundle);

#endif
