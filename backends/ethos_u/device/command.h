/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The command stream of Ethos-U55 and U65: its words, and the registers they set.
 *
 * A command is one 32-bit word, or two when bit 14 is set:
 *   bits 0-9 code | 10-13 zero | 14-15 kind (0 = one word, 1 = two) | 16-31 parameter
 * Codes without bit 8 in the first kind are operations, all others set a register that
 * keeps its value until it is set again. Of an address the second word holds bits 0-31,
 * the parameter's low byte bits 32-39.
 *
 * Source: the register interface in Vela 5.2.0 (regor, ethos_u65_interface.hpp), which
 * is that of both NPUs; what Vela's own streams need to give the results of the TOSA
 * reference model (docs/ethos-u.md).
 */
#ifndef SC_ETHOS_U_COMMAND_H
#define SC_ETHOS_U_COMMAND_H

#include "sconce/runtime.h"

/* One-word commands. */
typedef enum ScEthosUCode {
    SC_EU_STOP = 0,
    SC_EU_IRQ = 1,
    SC_EU_CONV = 2,
    SC_EU_DEPTHWISE = 3,
    SC_EU_POOL = 5,
    SC_EU_ELEMENTWISE = 6,
    SC_EU_DMA_START = 16,
    SC_EU_DMA_WAIT = 17,
    SC_EU_KERNEL_WAIT = 18,
    SC_EU_PMU_MASK = 19,
    SC_EU_IFM_PAD_TOP = 256,
    SC_EU_IFM_PAD_LEFT = 257,
    SC_EU_IFM_PAD_RIGHT = 258,
    SC_EU_IFM_PAD_BOTTOM = 259,
    SC_EU_IFM_DEPTH_M1 = 260,
    SC_EU_IFM_PRECISION = 261,
    SC_EU_IFM_UPSCALE = 263,
    SC_EU_IFM_ZERO_POINT = 265,
    SC_EU_IFM_WIDTH0_M1 = 266,
    SC_EU_IFM_HEIGHT0_M1 = 267,
    SC_EU_IFM_HEIGHT1_M1 = 268,
    SC_EU_IFM_IB_END = 269,
    SC_EU_IFM_REGION = 271,
    SC_EU_OFM_WIDTH_M1 = 273,
    SC_EU_OFM_HEIGHT_M1 = 274,
    SC_EU_OFM_DEPTH_M1 = 275,
    SC_EU_OFM_PRECISION = 276,
    SC_EU_OFM_BLK_WIDTH_M1 = 277,
    SC_EU_OFM_BLK_HEIGHT_M1 = 278,
    SC_EU_OFM_BLK_DEPTH_M1 = 279,
    SC_EU_OFM_ZERO_POINT = 280,
    SC_EU_OFM_WIDTH0_M1 = 282,
    SC_EU_OFM_HEIGHT0_M1 = 283,
    SC_EU_OFM_HEIGHT1_M1 = 284,
    SC_EU_OFM_REGION = 287,
    SC_EU_KERNEL_WIDTH_M1 = 288,
    SC_EU_KERNEL_HEIGHT_M1 = 289,
    SC_EU_KERNEL_STRIDE = 290,
    SC_EU_PARALLEL_MODE = 291,
    SC_EU_ACC_FORMAT = 292,
    SC_EU_ACTIVATION = 293,
    SC_EU_ACTIVATION_MIN = 294,
    SC_EU_ACTIVATION_MAX = 295,
    SC_EU_WEIGHT_REGION = 296,
    SC_EU_SCALE_REGION = 297,
    SC_EU_AB_START = 301,
    SC_EU_BLOCKDEP = 303,
    SC_EU_DMA0_SRC_REGION = 304,
    SC_EU_DMA0_DST_REGION = 305,
    SC_EU_DMA0_SIZE0 = 306,
    SC_EU_DMA0_SIZE1 = 307,
    SC_EU_IFM2_BROADCAST = 384,
    SC_EU_IFM2_SCALAR = 385,
    SC_EU_IFM2_PRECISION = 389,
    SC_EU_IFM2_ZERO_POINT = 393,
    SC_EU_IFM2_WIDTH0_M1 = 394,
    SC_EU_IFM2_HEIGHT0_M1 = 395,
    SC_EU_IFM2_HEIGHT1_M1 = 396,
    SC_EU_IFM2_IB_START = 397,
    SC_EU_IFM2_REGION = 399
} ScEthosUCode;

/* Two-word commands, all of which set a register. */
typedef enum ScEthosUWideCode {
    SC_EU_IFM_BASE0 = 0, /* ..3: tiles top left, top right, bottom left, bottom right */
    SC_EU_IFM_STRIDE_X = 4,
    SC_EU_IFM_STRIDE_Y = 5,
    SC_EU_IFM_STRIDE_C = 6,
    SC_EU_OFM_BASE0 = 16,
    SC_EU_OFM_STRIDE_X = 20,
    SC_EU_OFM_STRIDE_Y = 21,
    SC_EU_OFM_STRIDE_C = 22,
    SC_EU_WEIGHT_BASE = 32,
    SC_EU_WEIGHT_LENGTH = 33,
    SC_EU_SCALE_BASE = 34,
    SC_EU_SCALE_LENGTH = 35,
    SC_EU_OFM_SCALE = 36,
    SC_EU_OPA_SCALE = 37,
    SC_EU_OPB_SCALE = 38,
    SC_EU_DMA0_SRC = 48,
    SC_EU_DMA0_DST = 49,
    SC_EU_DMA0_LEN = 50,
    SC_EU_DMA0_SKIP0 = 51,
    SC_EU_DMA0_SKIP1 = 52,
    SC_EU_IFM2_BASE0 = 128,
    SC_EU_IFM2_STRIDE_X = 132,
    SC_EU_IFM2_STRIDE_Y = 133,
    SC_EU_IFM2_STRIDE_C = 134,
    SC_EU_WEIGHT1_BASE = 144,
    SC_EU_WEIGHT1_LENGTH = 145,
    SC_EU_SCALE1_BASE = 146,
    SC_EU_SCALE1_LENGTH = 147
} ScEthosUWideCode;

enum { SC_EU_N_NARROW = 128, SC_EU_N_WIDE = 84 };

/* Every register; all zero after reset. About 770 bytes. */
typedef struct ScEthosURegisters {
    uint16_t narrow[SC_EU_N_NARROW]; /* sc_ethos_u_narrow() reads them */
    uint16_t wide_param[SC_EU_N_WIDE];
    uint32_t wide[SC_EU_N_WIDE];
} ScEthosURegisters;

typedef struct ScEthosUCommand {
    uint16_t code; /* ScEthosUCode or, when is_wide, ScEthosUWideCode */
    bool is_wide;
    uint16_t param;
    uint32_t value; /* second word */
} ScEthosUCommand;

/*
 * Reads the command at words[*at] (32 bits each, little-endian) and moves *at behind it.
 * SC_E_FORMAT: cut off, or no command of these NPUs; *at stays.
 */
ScStatus sc_ethos_u_command_read(const uint8_t *words, uint32_t n_words, uint32_t *at,
                                 ScEthosUCommand *out_command);
/* True when the command only sets a register; it is set then. */
bool sc_ethos_u_command_set(const ScEthosUCommand *command, ScEthosURegisters *registers);

uint16_t sc_ethos_u_narrow(const ScEthosURegisters *registers, ScEthosUCode code);
/* 40 bits, unsigned. */
uint64_t sc_ethos_u_address(const ScEthosURegisters *registers, uint32_t wide_code);
/* Second word and parameter of a wide register. */
uint32_t sc_ethos_u_wide(const ScEthosURegisters *registers, uint32_t wide_code);
uint16_t sc_ethos_u_wide_param(const ScEthosURegisters *registers, uint32_t wide_code);

#endif
