/* SPDX-License-Identifier: Apache-2.0 */
/* The kernel tables of all engines in the image. The list is made by the build. */
#ifndef SC_BOARDS_QEMU_TABLES_H
#define SC_BOARDS_QEMU_TABLES_H

#include "sconce/runtime.h"

extern const ScKernelTable *const sc_tables[]; /* ends with NULL */

#endif
