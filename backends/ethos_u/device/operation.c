/* SPDX-License-Identifier: Apache-2.0 */
/* Registers to operations. The contract is in operation.h. */
#include "backends/ethos_u/device/operation.h"

#include <string.h>

/* Codes of a map's registers lie alike for IFM, IFM2 and OFM but for these bases. */
typedef struct MapCodes {
    ScEthosUCode precision, zero_point, width0, height0, height1, region;
    uint32_t base0, stride_x;
} MapCodes;

static const MapCodes ifm_codes = {
    SC_EU_IFM_PRECISION,  SC_EU_IFM_ZERO_POINT, SC_EU_IFM_WIDTH0_M1, SC_EU_IFM_HEIGHT0_M1,
    SC_EU_IFM_HEIGHT1_M1, SC_EU_IFM_REGION,     SC_EU_IFM_BASE0,     SC_EU_IFM_STRIDE_X};
static const MapCodes ifm2_codes = {SC_EU_IFM2_PRECISION,  SC_EU_IFM2_ZERO_POINT,
                                    SC_EU_IFM2_WIDTH0_M1,  SC_EU_IFM2_HEIGHT0_M1,
                                    SC_EU_IFM2_HEIGHT1_M1, SC_EU_IFM2_REGION,
                                    SC_EU_IFM2_BASE0,      SC_EU_IFM2_STRIDE_X};
static const MapCodes ofm_codes = {
    SC_EU_OFM_PRECISION,  SC_EU_OFM_ZERO_POINT, SC_EU_OFM_WIDTH0_M1, SC_EU_OFM_HEIGHT0_M1,
    SC_EU_OFM_HEIGHT1_M1, SC_EU_OFM_REGION,     SC_EU_OFM_BASE0,     SC_EU_OFM_STRIDE_X};

static uint32_t bits(uint32_t word, uint32_t first, uint32_t n) {
    return word >> first & ((1u << n) - 1u);
}

static int64_t stride_read(const ScEthosURegisters *r, uint32_t code) {
    uint64_t value = sc_ethos_u_address(r, code);
    uint64_t sign = UINT64_C(1) << 39;
    return (int64_t)(value ^ sign) - (int64_t)sign;
}

/* A 16-bit field that has the sign of the map's type. */
static int32_t signed_read(uint16_t field, bool is_signed) {
    return is_signed ? (int16_t)field : (int32_t)field;
}

/* Everything but the sizes. */
static void map_read(const ScEthosURegisters *r, const MapCodes *codes, ScEthosUMap *map) {
    uint32_t precision = sc_ethos_u_narrow(r, codes->precision);
    bool is_ofm = codes->precision == SC_EU_OFM_PRECISION;
    map->is_signed = precision & 1u;
    map->n_bytes = (uint8_t)(1u << bits(precision, is_ofm ? 1 : 2, 2));
    map->bricks = bits(precision, 6, 2) == 1;
    for (uint32_t i = 0; i < 4; i++) {
        map->base[i] = sc_ethos_u_address(r, codes->base0 + i);
    }
    map->stride_x = stride_read(r, codes->stride_x);
    map->stride_y = stride_read(r, codes->stride_x + 1);
    map->stride_c = stride_read(r, codes->stride_x + 2);
    map->width0 = sc_ethos_u_narrow(r, codes->width0) + 1u;
    map->height0 = sc_ethos_u_narrow(r, codes->height0) + 1u;
    map->height1 = sc_ethos_u_narrow(r, codes->height1) + 1u;
    map->region = sc_ethos_u_narrow(r, codes->region) & 7u;
    map->zero_point = signed_read(sc_ethos_u_narrow(r, codes->zero_point), map->is_signed);
}

static void kernel_read(const ScEthosURegisters *r, ScEthosUOperation *op) {
    uint32_t stride = sc_ethos_u_narrow(r, SC_EU_KERNEL_STRIDE);
    op->step_x = 1 + bits(stride, 0, 1) + 2 * bits(stride, 6, 1);
    op->step_y = 1 + bits(stride, 1, 1) + 2 * bits(stride, 9, 1);
    op->part_kernel = bits(stride, 2, 1);
    op->dilation_x = 1 + bits(stride, 3, 1);
    op->dilation_y = 1 + bits(stride, 4, 1);
    op->pieces_4x4 = bits(stride, 5, 1);
    op->kernel_h = sc_ethos_u_narrow(r, SC_EU_KERNEL_HEIGHT_M1) / op->dilation_y + 1;
    op->kernel_w = sc_ethos_u_narrow(r, SC_EU_KERNEL_WIDTH_M1) / op->dilation_x + 1;
    op->pad_top = bits(sc_ethos_u_narrow(r, SC_EU_IFM_PAD_TOP), 0, 7);
    op->pad_left = bits(sc_ethos_u_narrow(r, SC_EU_IFM_PAD_LEFT), 0, 7);
    op->pad_right = bits(sc_ethos_u_narrow(r, SC_EU_IFM_PAD_RIGHT), 0, 8);
    op->pad_bottom = bits(sc_ethos_u_narrow(r, SC_EU_IFM_PAD_BOTTOM), 0, 8);
}

static void unit_kernel(ScEthosUOperation *op) {
    op->step_x = op->step_y = op->dilation_x = op->dilation_y = 1;
    op->kernel_h = op->kernel_w = 1;
}

static ScEthosUStretch stretch_read(const ScEthosURegisters *r, uint32_t base,
                                    uint32_t length_mask) {
    return (ScEthosUStretch){sc_ethos_u_address(r, base),
                             sc_ethos_u_wide(r, base + 1) & length_mask};
}

static void constants_read(const ScEthosURegisters *r, ScEthosUOperation *op) {
    op->n_cores = (uint8_t)(1 + (sc_ethos_u_narrow(r, SC_EU_PARALLEL_MODE) & 1u));
    op->weight_region = sc_ethos_u_narrow(r, SC_EU_WEIGHT_REGION) & 7u;
    op->scale_region = sc_ethos_u_narrow(r, SC_EU_SCALE_REGION) & 7u;
    op->weights[0] = stretch_read(r, SC_EU_WEIGHT_BASE, UINT32_MAX);
    op->weights[1] = stretch_read(r, SC_EU_WEIGHT1_BASE, UINT32_MAX);
    op->scales[0] = stretch_read(r, SC_EU_SCALE_BASE, 0xfffff);
    op->scales[1] = stretch_read(r, SC_EU_SCALE1_BASE, 0xfffff);
}

static void activation_read(const ScEthosURegisters *r, ScEthosUOperation *op) {
    uint32_t activation = sc_ethos_u_narrow(r, SC_EU_ACTIVATION);
    op->act_function = (uint8_t)bits(activation, 0, 5);
    op->clip = (uint8_t)bits(activation, 12, 3);
    op->act_min =
        signed_read(sc_ethos_u_narrow(r, SC_EU_ACTIVATION_MIN), op->ofm.is_signed);
    op->act_max =
        signed_read(sc_ethos_u_narrow(r, SC_EU_ACTIVATION_MAX), op->ofm.is_signed);
}

static void scales_read(const ScEthosURegisters *r, ScEthosUOperation *op) {
    uint32_t ifm = sc_ethos_u_narrow(r, SC_EU_IFM_PRECISION);
    uint32_t ofm = sc_ethos_u_narrow(r, SC_EU_OFM_PRECISION);
    op->ifm_scale_mode = (uint8_t)bits(ifm, 8, 2);
    op->ifm_round = (uint8_t)bits(ifm, 14, 2);
    op->global_scale = bits(ofm, 8, 1);
    op->ofm_round = (uint8_t)bits(ofm, 14, 2);
    op->ofm_scale = sc_ethos_u_wide(r, SC_EU_OFM_SCALE);
    op->ofm_shift = sc_ethos_u_wide_param(r, SC_EU_OFM_SCALE) & 63u;
    op->opa_scale = sc_ethos_u_wide(r, SC_EU_OPA_SCALE);
    op->opa_shift = sc_ethos_u_wide_param(r, SC_EU_OPA_SCALE) & 63u;
    op->opb_scale = sc_ethos_u_wide(r, SC_EU_OPB_SCALE) & 0xffffu;
}

static void block_read(const ScEthosURegisters *r, ScEthosUOperation *op) {
    op->block_h = bits(sc_ethos_u_narrow(r, SC_EU_OFM_BLK_HEIGHT_M1), 0, 5) + 1;
    op->block_w = bits(sc_ethos_u_narrow(r, SC_EU_OFM_BLK_WIDTH_M1), 0, 6) + 1;
    op->block_d = bits(sc_ethos_u_narrow(r, SC_EU_OFM_BLK_DEPTH_M1), 0, 7) + 1;
    op->acc_format = sc_ethos_u_narrow(r, SC_EU_ACC_FORMAT) & 3u;
    op->blockdep = sc_ethos_u_narrow(r, SC_EU_BLOCKDEP) & 3u;
}

/* Rows (or columns) that the windows cover and padding doesn't; the IFM has no register
 * for its height. 0: none. */
static uint32_t ifm_side(const ScEthosUOperation *op, uint32_t ofm, uint32_t step,
                         uint32_t kernel, uint32_t dilation, uint32_t pad) {
    uint32_t covered = (ofm - 1) * step + (kernel - 1) * dilation + 1;
    uint32_t rest = covered > pad ? covered - pad : 0;
    return op->upscale ? (rest + 1) / 2 : rest;
}

static void sizes_read(const ScEthosURegisters *r, ScEthosUOperation *op) {
    op->ofm.height = sc_ethos_u_narrow(r, SC_EU_OFM_HEIGHT_M1) + 1u;
    op->ofm.width = sc_ethos_u_narrow(r, SC_EU_OFM_WIDTH_M1) + 1u;
    op->ofm.depth = sc_ethos_u_narrow(r, SC_EU_OFM_DEPTH_M1) + 1u;
    op->ifm.height = ifm_side(op, op->ofm.height, op->step_y, op->kernel_h, op->dilation_y,
                              op->pad_top + op->pad_bottom);
    op->ifm.width = ifm_side(op, op->ofm.width, op->step_x, op->kernel_w, op->dilation_x,
                             op->pad_left + op->pad_right);
    op->ifm.depth = sc_ethos_u_narrow(r, SC_EU_IFM_DEPTH_M1) + 1u;
}

/* IFM2 of an elementwise operation: the OFM's sizes, or 1 where it is broadcast. */
static void ifm2_read(const ScEthosURegisters *r, ScEthosUOperation *op) {
    uint32_t broadcast = sc_ethos_u_narrow(r, SC_EU_IFM2_BROADCAST);
    map_read(r, &ifm2_codes, &op->ifm2);
    op->swapped = bits(broadcast, 6, 1);
    op->scalar2 = bits(broadcast, 7, 1);
    op->has_ifm2 = !op->scalar2;
    op->scalar = signed_read(sc_ethos_u_narrow(r, SC_EU_IFM2_SCALAR), op->ifm2.is_signed);
    op->ifm2.height = bits(broadcast, 0, 1) ? 1 : op->ofm.height;
    op->ifm2.width = bits(broadcast, 1, 1) ? 1 : op->ofm.width;
    op->ifm2.depth = bits(broadcast, 2, 1) ? 1 : op->ofm.depth;
}

static bool is_unary(uint8_t mode) {
    return mode == SC_EU_LRELU || mode == SC_EU_ABS || mode == SC_EU_CLZ;
}

static bool mode_exists(const ScEthosUOperation *op) {
    return op->code == SC_EU_POOL          ? op->mode <= SC_EU_POOL_REDUCE_SUM
           : op->code == SC_EU_ELEMENTWISE ? op->mode <= SC_EU_SHL
                                           : true;
}

/* Sizes that must agree, and fields whose other values mean nothing. */
static bool is_sound(const ScEthosUOperation *op) {
    bool one_to_one = op->code == SC_EU_DEPTHWISE || op->code == SC_EU_ELEMENTWISE ||
                      (op->code == SC_EU_POOL && op->mode != SC_EU_POOL_REDUCE_SUM);
    bool table = op->act_function >= SC_EU_ACT_TABLE0 &&
                 op->act_function < SC_EU_ACT_TABLE0 + SC_EU_N_TABLES;
    bool function = op->act_function == SC_EU_ACT_NONE || table ||
                    op->act_function == SC_EU_ACT_TANH ||
                    op->act_function == SC_EU_ACT_SIGMOID;
    bool clip = op->clip == SC_EU_CLIP_OFM || op->clip == SC_EU_CLIP_U8 ||
                op->clip == SC_EU_CLIP_I8 || op->clip == SC_EU_CLIP_I16;
    return op->ifm.height && op->ifm.width &&
           (uint64_t)op->kernel_h * op->kernel_w <= SC_EU_MAX_WINDOW &&
           op->ifm.n_bytes <= 4 && op->ofm.n_bytes <= 4 &&
           op->ofm_round <= SC_EU_ROUND_NATURAL && op->ifm_round <= SC_EU_ROUND_NATURAL &&
           op->upscale <= SC_EU_UPSCALE_ZEROS && op->ifm_scale_mode <= SC_EU_SCALE_B &&
           op->acc_format <= SC_EU_ACC_I40 && op->act_min <= op->act_max && function &&
           clip && (!one_to_one || op->ifm.depth == op->ofm.depth) &&
           (op->code != SC_EU_POOL || op->mode != SC_EU_POOL_REDUCE_SUM ||
            op->ofm.depth == 1) &&
           (!op->has_ifm2 || op->ifm2.n_bytes <= 4);
}

ScStatus sc_ethos_u_operation(const ScEthosURegisters *registers,
                              const ScEthosUCommand *command,
                              ScEthosUOperation *out_operation) {
    ScEthosUOperation *op = out_operation;
    memset(op, 0, sizeof *op);
    op->code = (ScEthosUCode)command->code;
    op->mode = (uint8_t)(command->param & (op->code == SC_EU_POOL ? 7u : 63u));
    map_read(registers, &ifm_codes, &op->ifm);
    map_read(registers, &ofm_codes, &op->ofm);
    op->upscale = sc_ethos_u_narrow(registers, SC_EU_IFM_UPSCALE) & 3u;
    constants_read(registers, op);
    activation_read(registers, op);
    scales_read(registers, op);
    block_read(registers, op);
    if (op->code == SC_EU_ELEMENTWISE) {
        unit_kernel(op);
    } else {
        kernel_read(registers, op);
    }
    sizes_read(registers, op);
    op->weighted = op->code == SC_EU_CONV || op->code == SC_EU_DEPTHWISE;
    op->scaled = op->weighted || (op->code == SC_EU_POOL && !op->global_scale);
    if (op->code == SC_EU_ELEMENTWISE && !is_unary(op->mode)) {
        ifm2_read(registers, op);
    }
    return mode_exists(op) && is_sound(op) ? SC_OK : SC_E_FORMAT;
}

static ScEthosUDmaSide side_read(const ScEthosURegisters *r, ScEthosUCode region,
                                 uint32_t base) {
    uint32_t word = sc_ethos_u_narrow(r, region);
    uint32_t rank = bits(word, 9, 2) + 1;
    return (ScEthosUDmaSide){.base = sc_ethos_u_address(r, base),
                             .region = word & 7u,
                             .internal = bits(word, 8, 1),
                             .rank = (uint8_t)(rank > 3 ? 3 : rank)};
}

void sc_ethos_u_dma(const ScEthosURegisters *registers, ScEthosUDma *out_dma) {
    ScEthosUDma *dma = out_dma;
    dma->from = side_read(registers, SC_EU_DMA0_SRC_REGION, SC_EU_DMA0_SRC);
    dma->to = side_read(registers, SC_EU_DMA0_DST_REGION, SC_EU_DMA0_DST);
    uint32_t rank = dma->from.rank > dma->to.rank ? dma->from.rank : dma->to.rank;
    dma->n_bytes = sc_ethos_u_address(registers, SC_EU_DMA0_LEN);
    dma->size0 = rank > 1 ? sc_ethos_u_narrow(registers, SC_EU_DMA0_SIZE0) : 1;
    dma->size1 = rank > 2 ? sc_ethos_u_narrow(registers, SC_EU_DMA0_SIZE1) : 1;
    dma->skip0 = rank > 1 ? stride_read(registers, SC_EU_DMA0_SKIP0) : 0;
    dma->skip1 = rank > 2 ? stride_read(registers, SC_EU_DMA0_SKIP1) : 0;
}
