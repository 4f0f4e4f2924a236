/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What one operation of a command stream does: the registers, decoded and named.
 * Everything that reads streams (verifier, simulator, disassembler) goes through here.
 */
#ifndef SC_ETHOS_U_OPERATION_H
#define SC_ETHOS_U_OPERATION_H

#include "backends/ethos_u/device/command.h"

typedef enum ScEthosUPoolMode {
    SC_EU_POOL_MAX = 0,
    SC_EU_POOL_AVERAGE = 1,
    SC_EU_POOL_REDUCE_SUM = 2
} ScEthosUPoolMode;

typedef enum ScEthosUElementwise {
    SC_EU_MUL = 0,
    SC_EU_ADD = 1,
    SC_EU_SUB = 2,
    SC_EU_MIN = 3,
    SC_EU_MAX = 4,
    SC_EU_LRELU = 5, /* unary */
    SC_EU_ABS = 6,   /* unary */
    SC_EU_CLZ = 7,   /* unary */
    SC_EU_SHR = 8,
    SC_EU_SHL = 9
} ScEthosUElementwise;

typedef enum ScEthosURound {
    SC_EU_ROUND_DOUBLE = 0,   /* TOSA's DOUBLE_ROUND */
    SC_EU_ROUND_TRUNCATE = 1, /* towards zero */
    SC_EU_ROUND_NATURAL = 2   /* halves up */
} ScEthosURound;

typedef enum ScEthosUClip {
    SC_EU_CLIP_OFM = 0, /* the range of the OFM's type */
    SC_EU_CLIP_U8 = 2,
    SC_EU_CLIP_I8 = 3,
    SC_EU_CLIP_I16 = 5
} ScEthosUClip;

enum {
    SC_EU_ACT_NONE = 0, /* clamp only */
    SC_EU_ACT_TANH = 3,
    SC_EU_ACT_SIGMOID = 4,
    SC_EU_ACT_TABLE0 = 16, /* ..23 */
    SC_EU_N_TABLES = 8,
    SC_EU_ACC_I32 = 0,
    SC_EU_ACC_I40 = 1,
    SC_EU_UPSCALE_NEAREST = 1,
    SC_EU_UPSCALE_ZEROS = 2,
    SC_EU_SCALE_BOTH = 0, /* IFM scale modes of add and sub */
    SC_EU_SCALE_A = 1,
    SC_EU_SCALE_B = 2,
    SC_EU_BRICK = 16,         /* channels of a brick in NHCWB16 */
    SC_EU_MAX_WINDOW = 65536, /* elements of a kernel; GUESS: the registers allow more */
    SC_EU_SCALE_BYTES = 10,   /* of a channel's bias and scale record */
    SC_EU_MAX_CORES = 2
};

/* A feature map in memory. Coordinates [height][width][depth]. */
typedef struct ScEthosUMap {
    /* Of the four tiles: the map's rows from height0 (left) or height1 (right) on, and
     * its columns from width0 on, continue at other bases. */
    uint64_t base[4]; /* bytes from the region's start */
    int64_t stride_y; /* bytes, may be negative */
    int64_t stride_x; /* NHWC only; bricks are 16 channels wide */
    int64_t stride_c; /* NHCWB16 only: from brick to brick */
    uint32_t height, width, depth;
    uint32_t height0, height1, width0;
    int32_t zero_point;
    uint8_t region;
    uint8_t n_bytes; /* of an element: 1, 2, 4, 8 */
    bool is_signed;
    bool bricks; /* NHCWB16, else NHWC */
} ScEthosUMap;

typedef struct ScEthosUStretch {
    uint64_t base;
    uint64_t n_bytes;
} ScEthosUStretch;

typedef struct ScEthosUOperation {
    ScEthosUCode code; /* CONV, DEPTHWISE, POOL, ELEMENTWISE */
    uint8_t mode;      /* ScEthosUPoolMode, ScEthosUElementwise */
    bool has_ifm2;     /* in memory */
    bool scalar2;      /* IFM2 is the number `scalar` */
    bool swapped;      /* IFM2 is the first operand */
    bool weighted;     /* reads weights */
    bool scaled;       /* reads a bias and a scale for each channel */
    bool part_kernel;  /* order of the weights */
    bool pieces_4x4;   /* weights in sub-kernels of 4x4, not 8x8; no stream has that */
    ScEthosUMap ifm, ifm2, ofm;
    int32_t scalar;
    uint32_t kernel_h, kernel_w; /* elements */
    uint32_t dilation_y, dilation_x, step_y, step_x;
    uint32_t pad_top, pad_left, pad_bottom, pad_right;
    uint8_t upscale; /* of the IFM, by 2: 0 or SC_EU_UPSCALE_* */
    uint32_t block_h, block_w, block_d;
    uint8_t acc_format, blockdep;
    uint8_t act_function, clip; /* SC_EU_ACT_*, ScEthosUClip */
    int32_t act_min, act_max;
    uint8_t n_cores, weight_region, scale_region;
    ScEthosUStretch weights[SC_EU_MAX_CORES]; /* core i has channels i, i + n_cores, .. */
    ScEthosUStretch scales[SC_EU_MAX_CORES];
    bool global_scale; /* ofm_scale for all channels */
    uint8_t ofm_round, ifm_round, ifm_scale_mode;
    uint32_t ofm_scale, opa_scale, opb_scale;
    uint8_t ofm_shift, opa_shift;
} ScEthosUOperation;

typedef struct ScEthosUDmaSide {
    uint64_t base;
    uint8_t region;
    bool internal; /* in the NPU's own memory */
    uint8_t rank;  /* 1, 2, 3: dimensions that the strides below are used for */
} ScEthosUDmaSide;

/* size1 times size0 pieces of n_bytes. A strided side has them `n_bytes + skip0` and
 * `size0 * n_bytes + skip1` apart, any other side without gaps. */
typedef struct ScEthosUDma {
    ScEthosUDmaSide from, to;
    uint64_t n_bytes;
    uint32_t size0, size1;
    int64_t skip0, skip1;
} ScEthosUDma;

/*
 * The operation that `command` starts with these registers. SC_E_FORMAT: sizes that no
 * stream can mean (an IFM without rows, an element size that doesn't exist, ..).
 */
ScStatus sc_ethos_u_operation(const ScEthosURegisters *registers,
                              const ScEthosUCommand *command,
                              ScEthosUOperation *out_operation);
void sc_ethos_u_dma(const ScEthosURegisters *registers, ScEthosUDma *out_dma);

/* Both upscaling modes double a side. */
static inline uint32_t sc_ethos_u_upscaled(const ScEthosUOperation *op, uint32_t size) {
    return op->upscale ? 2 * size : size;
}

#endif
