/* SPDX-License-Identifier: Apache-2.0 */
/* Files: mapping them for reading, and writing them whole or not at all. */
#ifndef SC_BASE_FILE_H
#define SC_BASE_FILE_H

#include "compiler/base/context.h"

typedef struct ScBytes {
    const uint8_t *data; /* page aligned when mapped */
    size_t n_bytes;
} ScBytes;

/* Maps a file until the arena is freed. Empty files give n_bytes 0. */
ScStatus sc_file_map(Sc *sc, const char *path, ScBytes *out_bytes);

/* Writes `path` through a temporary file in the same folder and a rename, so
 * that a failure leaves the old file, never half of a new one. "-" = stdout. */
ScStatus sc_file_write(Sc *sc, const char *path, const void *data, size_t n_bytes);

/* Makes a folder (not its parents) unless it is there. */
ScStatus sc_dir_make(Sc *sc, const char *path);

#endif
