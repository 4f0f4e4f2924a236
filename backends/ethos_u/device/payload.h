/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What ExecuTorch stores for an Ethos-U: the `vela_bin_stream`, and inside it the driver
 * payload with the command stream. Both are parsed strictly: every size and offset is
 * checked, every byte belongs to something known.
 *
 * vela_bin_stream: blocks of a 32-byte header {char name[16]; u32 n_bytes; u8 external;
 * 11 zeros} and data padded with zeros to 16 bytes. The first is "vela_bin_stream" and the
 * last "vela_end_stream", both empty; between them, once each, "cmd_data", "weight_data",
 * "scratch_size" (u32), "inputs" and "outputs" (i32 count, then for each 9 x i32: shape[6]
 * with leading ones, bytes of an element, offset, region). A block with external = 1 holds
 * the 64 hex digits of the key under which the program's named data has its bytes.
 * Source: executorch 1.5.1, backends/arm/arm_vela.py.
 *
 * Driver payload: "COP1" and actions, or "COP2" and entries (below). Source: Vela 5.2.0,
 * regor/tflite/custom_operator_ethosu.hpp.
 */
#ifndef SC_ETHOS_U_PAYLOAD_H
#define SC_ETHOS_U_PAYLOAD_H

#include "sconce/runtime.h"

enum {
    SC_EU_WEIGHT_REGION_INDEX = 0, /* regions as ExecuTorch hands them to the driver */
    SC_EU_SCRATCH_REGION = 1,
    SC_EU_FAST_REGION = 2,
    SC_EU_IO_RANK = 6,
    SC_EU_MAX_IO = 32
};

typedef enum ScEthosUProduct {
    SC_EU_U55 = 0,
    SC_EU_U65 = 1,
    SC_EU_U85 = 2
} ScEthosUProduct;

/* The NPU that a stream was made for. */
typedef struct ScEthosUConfig {
    ScEthosUProduct product;
    uint32_t n_macs;      /* a cycle, of all cores: 32 .. 512 */
    uint32_t n_cores;     /* 2 for the U65 with 512 MACs */
    uint32_t shram_bytes; /* of one core */
    uint32_t arch;        /* architecture version word, as stored */
} ScEthosUConfig;

/* A driver payload. Borrows the bytes. */
typedef struct ScEthosUCommands {
    ScEthosUConfig config;
    const uint8_t *words;
    uint32_t n_words;
    bool is_cop2;
    uint64_t fast_bytes; /* what COP2 says of region 2, UINT64_MAX = not said */
} ScEthosUCommands;

/* SC_E_FORMAT: damaged; SC_E_VERSION: another COP. */
ScStatus sc_ethos_u_commands_read(const uint8_t *cop, uint32_t n_bytes,
                                  ScEthosUCommands *out_commands);

typedef struct ScEthosUIo {
    uint32_t shape[SC_EU_IO_RANK];
    uint32_t element_bytes;
    uint32_t offset; /* in the region */
    uint32_t region;
    uint32_t n_bytes; /* of all elements */
} ScEthosUIo;

typedef struct ScEthosUPayload {
    const uint8_t *cop; /* at a multiple of 16 bytes */
    uint32_t cop_bytes;
    ScEthosUCommands commands;
    const uint8_t *weights;
    uint32_t weight_bytes;
    uint32_t scratch_bytes;
    const uint8_t *inputs; /* rows of 9 words; sc_ethos_u_io() reads them */
    const uint8_t *outputs;
    uint32_t n_inputs, n_outputs;
} ScEthosUPayload;

/*
 * Reads a vela_bin_stream. model, for external blocks, may be NULL: they are refused then
 * with SC_E_NOT_FOUND. SC_E_FORMAT: damaged; *out_what (may be NULL) says in English what.
 */
ScStatus sc_ethos_u_payload_read(const uint8_t *data, size_t n_bytes, const ScModel *model,
                                 ScEthosUPayload *out_payload, const char **out_what);
/* Input or output `index`, outputs behind inputs; index < n_inputs + n_outputs. */
ScEthosUIo sc_ethos_u_io(const ScEthosUPayload *payload, uint32_t index);

#endif
