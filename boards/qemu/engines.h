/* SPDX-License-Identifier: Apache-2.0 */
/* Engines that QEMU's machines haven't got: their delegates, with a simulator in the
 * image in the place of the hardware. */
#ifndef SC_BOARDS_QEMU_ENGINES_H
#define SC_BOARDS_QEMU_ENGINES_H

#include "sconce/runtime.h"

typedef struct ScEngine {
    const ScDelegate *delegate;
    /* Bytes that the simulator takes for the payloads that were measured, 0 = none was;
     * aligned to SC_FILE_ALIGN, to be given before sc_init(). */
    size_t (*need)(void);
    void (*give)(void *memory);
} ScEngine;

extern const ScEngine sc_engines[];
extern const uint32_t sc_n_engines;

#endif
