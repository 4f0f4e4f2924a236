/* SPDX-License-Identifier: Apache-2.0 */
/* What `sconce inspect` says of files that aren't programs. Private to compiler/. */
#ifndef SC_LOOK_DATA_H
#define SC_LOOK_DATA_H

#include "compiler/base/file.h"
#include "compiler/base/text.h"
#include "sconce/compiler.h"

/* Begins as a .ptd; its version may be another. */
bool sc_is_data(ScBytes file);
ScStatus sc_look_data(Sc *sc, const char *path, ScBytes file, ScFormat format, ScBuf *out);
/* The test cases of a .bpte; the program in it isn't looked at. */
ScStatus sc_look_bundled(Sc *sc, const char *path, ScBytes file, ScFormat format,
                         ScBuf *out);

#endif
