/* SPDX-License-Identifier: Apache-2.0 */
/* The tables of names. The contract is in disassemble.h. */
#include "backends/ethos_u/host/disassemble.h"

#include <string.h>

/* ---- values ----------------------------------------------------------------------------
 */

/* As many as the field can hold. */
static const char *const types[2] = {"UNSIGNED", "SIGNED"};
static const char *const widths[4] = {"B8", "B16", "B32", "B64"};
static const char *const formats[4] = {"NHWC", "NHCWB16"};
static const char *const ifm_scale_modes[4] = {"OPA_OPB_16", "OPA_32", "OPB_32"};
static const char *const ofm_scale_modes[2] = {"PER_CHANNEL", "GLOBAL"};
static const char *const rounds[4] = {"DBL", "TRUNCATE", "NATURAL"};
static const char *const upscales[4] = {"NONE", "NEAREST", "ZEROS"};
static const char *const pools[8] = {"MAX", "AVERAGE", "REDUCE_SUM"};
static const char *const elementwises[64] = {"MUL",   "ADD", "SUB", "MIN", "MAX",
                                             "LRELU", "ABS", "CLZ", "SHR", "SHL"};
static const char *const orders[2] = {"DEPTH_FIRST", "PART_KERNEL_FIRST"};
static const char *const dilations[2] = {"NONE", "X2"};
static const char *const pieces[2] = {"D8X8", "D4X4"};
static const char *const core_modes[2] = {"SINGLE_CORE", "DUAL_CORE_DEPTH"};
static const char *const accs[4] = {"I32", "I40", "F16"};
static const char *const functions[32] = {
    [0] = "RELU",     [3] = "TANH",     [4] = "SIGMOID",  [16] = "TABLE_0",
    [17] = "TABLE_1", [18] = "TABLE_2", [19] = "TABLE_3", [20] = "TABLE_4",
    [21] = "TABLE_5", [22] = "TABLE_6", [23] = "TABLE_7"};
static const char *const clips[8] = {
    [0] = "OFM_PRECISION", [2] = "FORCE_UINT8", [3] = "FORCE_INT8", [5] = "FORCE_INT16"};
static const char *const places[2] = {"EXTERNAL", "INTERNAL"};
static const char *const ranks[4] = {"D1", "D2", "D3"};
static const char *const switches[2] = {"DISABLE", "ENABLE"};
static const char *const operand_orders[2] = {"ORDER_B", "ORDER_A"};

/* ---- fields ----------------------------------------------------------------------------
 */

typedef ScEthosUFieldDef Def;

/* A list ends with a field of no bits. */
static const Def nothing[] = {{0}};
static const Def mask[] = {{"mask", 0, 16, SC_EU_HEX, 0, 0}, {0}};
static const Def pool[] = {{"pooling_mode", 0, 3, SC_EU_WORD, pools, ""}, {0}};
static const Def elementwise[] = {{"elementwise_mode", 0, 6, SC_EU_WORD, elementwises, ""},
                                  {0}};
static const Def dma_wait[] = {{"k", 0, 1, SC_EU_NUMBER, 0, 0}, {0}};
static const Def kernel_wait[] = {{"n", 0, 2, SC_EU_NUMBER, 0, 0}, {0}};
static const Def pmu[] = {{"enable", 0, 1, SC_EU_NUMBER, 0, 0}, {0}};
static const Def pad7[] = {{"pad", 0, 7, SC_EU_NUMBER, 0, 0}, {0}};
static const Def pad8[] = {{"pad", 0, 8, SC_EU_NUMBER, 0, 0}, {0}};
static const Def width[] = {{"width_m1", 0, 16, SC_EU_NUMBER, 0, 0}, {0}};
static const Def height[] = {{"height_m1", 0, 16, SC_EU_NUMBER, 0, 0}, {0}};
static const Def depth[] = {{"depth_m1", 0, 16, SC_EU_NUMBER, 0, 0}, {0}};
static const Def block_width[] = {{"width_m1", 0, 6, SC_EU_NUMBER, 0, 0}, {0}};
static const Def block_height[] = {{"height_m1", 0, 5, SC_EU_NUMBER, 0, 0}, {0}};
static const Def block_depth[] = {{"depth_m1", 0, 7, SC_EU_NUMBER, 0, 0}, {0}};
static const Def ifm_precision[] = {
    {"activation_type", 0, 1, SC_EU_WORD, types, ""},
    {"activation_precision", 2, 2, SC_EU_WORD, widths, ""},
    {"activation_format", 6, 2, SC_EU_WORD, formats, ""},
    {"scale_mode", 8, 2, SC_EU_WORD, ifm_scale_modes, "scale"},
    {"round_mode", 14, 2, SC_EU_WORD, rounds, "round"},
    {0}};
static const Def ifm2_precision[] = {{"activation_type", 0, 1, SC_EU_WORD, types, ""},
                                     {"activation_precision", 2, 2, SC_EU_WORD, widths, ""},
                                     {"activation_format", 6, 2, SC_EU_WORD, formats, ""},
                                     {0}};
static const Def ofm_precision[] = {
    {"activation_type", 0, 1, SC_EU_WORD, types, ""},
    {"activation_precision", 1, 2, SC_EU_WORD, widths, ""},
    {"activation_format", 6, 2, SC_EU_WORD, formats, ""},
    {"scale_mode", 8, 1, SC_EU_WORD, ofm_scale_modes, "scale"},
    {"round_mode", 14, 2, SC_EU_WORD, rounds, "round"},
    {0}};
static const Def upscale[] = {{"mode", 0, 2, SC_EU_WORD, upscales, 0}, {0}};
static const Def zero_point[] = {{"zero_point", 0, 16, SC_EU_EITHER, 0, 0}, {0}};
static const Def ib_end[] = {{"ib_end", 0, 6, SC_EU_NUMBER, 0, 0}, {0}};
static const Def ib_start[] = {{"ib_start", 0, 6, SC_EU_NUMBER, 0, 0}, {0}};
static const Def ab_start[] = {{"ab_start", 0, 6, SC_EU_NUMBER, 0, 0}, {0}};
static const Def region[] = {{"region", 0, 3, SC_EU_NUMBER, 0, 0}, {0}};
static const Def kernel_stride[] = {{"stride_x_lsb", 0, 1, SC_EU_NUMBER, 0, "x_lsb"},
                                    {"stride_y_lsb", 1, 1, SC_EU_NUMBER, 0, "y_lsb"},
                                    {"weight_order", 2, 1, SC_EU_WORD, orders, ""},
                                    {"dilation_x", 3, 1, SC_EU_WORD, dilations, 0},
                                    {"dilation_y", 4, 1, SC_EU_WORD, dilations, 0},
                                    {"decomposition", 5, 1, SC_EU_WORD, pieces, ""},
                                    {"stride_x_msb", 6, 1, SC_EU_NUMBER, 0, "x_msb"},
                                    {"stride_y_msb", 9, 1, SC_EU_NUMBER, 0, "y_msb"}};
static const Def parallel[] = {{"parallel_mode", 0, 1, SC_EU_WORD, core_modes, ""}, {0}};
static const Def acc_format[] = {{"acc_format", 0, 2, SC_EU_WORD, accs, ""}, {0}};
static const Def activation[] = {
    {"activation_function", 0, 5, SC_EU_WORD, functions, ""},
    {"activation_clip_range", 12, 3, SC_EU_WORD, clips, "clip_range"},
    {0}};
static const Def clip_boundary[] = {{"clip_boundary", 0, 16, SC_EU_EITHER, 0, 0}, {0}};
static const Def blockdep[] = {{"blockdep", 0, 2, SC_EU_NUMBER, 0, 0}, {0}};
static const Def dma_region[] = {{"region", 0, 3, SC_EU_NUMBER, 0, 0},
                                 {"region_mode", 8, 1, SC_EU_WORD, places, ""},
                                 {"stride_mode", 9, 2, SC_EU_WORD, ranks, ""},
                                 {0}};
static const Def dma_size[] = {{"size", 0, 16, SC_EU_NUMBER, 0, 0}, {0}};
static const Def broadcast[] = {{"broadcast_h", 0, 1, SC_EU_WORD, switches, 0},
                                {"broadcast_w", 1, 1, SC_EU_WORD, switches, 0},
                                {"broadcast_c", 2, 1, SC_EU_WORD, switches, 0},
                                {"operand_order", 6, 1, SC_EU_WORD, operand_orders, ""},
                                {"broadcast_constant", 7, 1, SC_EU_WORD, switches, 0},
                                {0}};
static const Def scalar[] = {{"scalar", 0, 16, SC_EU_EITHER, 0, 0}, {0}};

static const Def address[] = {{"addr", 0, 40, SC_EU_HEX, 0, 0}, {0}};
static const Def stride[] = {{"addr", 0, 40, SC_EU_SIGNED, 0, "bytes"}, {0}};
static const Def dma_length[] = {{"addr", 0, 40, SC_EU_NUMBER, 0, "bytes"}, {0}};
static const Def length32[] = {{"length", 0, 32, SC_EU_NUMBER, 0, 0}, {0}};
static const Def length20[] = {{"length", 0, 20, SC_EU_NUMBER, 0, 0}, {0}};
static const Def scale_shift[] = {
    {"scale", 0, 32, SC_EU_NUMBER, 0, 0}, {"shift", 32, 6, SC_EU_NUMBER, 0, 0}, {0}};
static const Def scale16[] = {{"scale", 0, 16, SC_EU_NUMBER, 0, 0}, {0}};

/* ---- commands --------------------------------------------------------------------------
 */

typedef struct Row {
    uint16_t code;
    const char *name;
    const Def *fields;
} Row;

static const Row narrow[] = {
    {SC_EU_STOP, "NPU_OP_STOP", mask},
    {SC_EU_IRQ, "NPU_OP_IRQ", mask},
    {SC_EU_CONV, "NPU_OP_CONV", nothing},
    {SC_EU_DEPTHWISE, "NPU_OP_DEPTHWISE", nothing},
    {SC_EU_POOL, "NPU_OP_POOL", pool},
    {SC_EU_ELEMENTWISE, "NPU_OP_ELEMENTWISE", elementwise},
    {SC_EU_DMA_START, "NPU_OP_DMA_START", nothing},
    {SC_EU_DMA_WAIT, "NPU_OP_DMA_WAIT", dma_wait},
    {SC_EU_KERNEL_WAIT, "NPU_OP_KERNEL_WAIT", kernel_wait},
    {SC_EU_PMU_MASK, "NPU_OP_PMU_MASK", pmu},
    {SC_EU_IFM_PAD_TOP, "NPU_SET_IFM_PAD_TOP", pad7},
    {SC_EU_IFM_PAD_LEFT, "NPU_SET_IFM_PAD_LEFT", pad7},
    {SC_EU_IFM_PAD_RIGHT, "NPU_SET_IFM_PAD_RIGHT", pad8},
    {SC_EU_IFM_PAD_BOTTOM, "NPU_SET_IFM_PAD_BOTTOM", pad8},
    {SC_EU_IFM_DEPTH_M1, "NPU_SET_IFM_DEPTH_M1", depth},
    {SC_EU_IFM_PRECISION, "NPU_SET_IFM_PRECISION", ifm_precision},
    {SC_EU_IFM_UPSCALE, "NPU_SET_IFM_UPSCALE", upscale},
    {SC_EU_IFM_ZERO_POINT, "NPU_SET_IFM_ZERO_POINT", zero_point},
    {SC_EU_IFM_WIDTH0_M1, "NPU_SET_IFM_WIDTH0_M1", width},
    {SC_EU_IFM_HEIGHT0_M1, "NPU_SET_IFM_HEIGHT0_M1", height},
    {SC_EU_IFM_HEIGHT1_M1, "NPU_SET_IFM_HEIGHT1_M1", height},
    {SC_EU_IFM_IB_END, "NPU_SET_IFM_IB_END", ib_end},
    {SC_EU_IFM_REGION, "NPU_SET_IFM_REGION", region},
    {SC_EU_OFM_WIDTH_M1, "NPU_SET_OFM_WIDTH_M1", width},
    {SC_EU_OFM_HEIGHT_M1, "NPU_SET_OFM_HEIGHT_M1", height},
    {SC_EU_OFM_DEPTH_M1, "NPU_SET_OFM_DEPTH_M1", depth},
    {SC_EU_OFM_PRECISION, "NPU_SET_OFM_PRECISION", ofm_precision},
    {SC_EU_OFM_BLK_WIDTH_M1, "NPU_SET_OFM_BLK_WIDTH_M1", block_width},
    {SC_EU_OFM_BLK_HEIGHT_M1, "NPU_SET_OFM_BLK_HEIGHT_M1", block_height},
    {SC_EU_OFM_BLK_DEPTH_M1, "NPU_SET_OFM_BLK_DEPTH_M1", block_depth},
    {SC_EU_OFM_ZERO_POINT, "NPU_SET_OFM_ZERO_POINT", zero_point},
    {SC_EU_OFM_WIDTH0_M1, "NPU_SET_OFM_WIDTH0_M1", width},
    {SC_EU_OFM_HEIGHT0_M1, "NPU_SET_OFM_HEIGHT0_M1", height},
    {SC_EU_OFM_HEIGHT1_M1, "NPU_SET_OFM_HEIGHT1_M1", height},
    {SC_EU_OFM_REGION, "NPU_SET_OFM_REGION", region},
    {SC_EU_KERNEL_WIDTH_M1, "NPU_SET_KERNEL_WIDTH_M1", width},
    {SC_EU_KERNEL_HEIGHT_M1, "NPU_SET_KERNEL_HEIGHT_M1", height},
    {SC_EU_KERNEL_STRIDE, "NPU_SET_KERNEL_STRIDE", kernel_stride},
    {SC_EU_PARALLEL_MODE, "NPU_SET_PARALLEL_MODE", parallel},
    {SC_EU_ACC_FORMAT, "NPU_SET_ACC_FORMAT", acc_format},
    {SC_EU_ACTIVATION, "NPU_SET_ACTIVATION", activation},
    {SC_EU_ACTIVATION_MIN, "NPU_SET_ACTIVATION_MIN", clip_boundary},
    {SC_EU_ACTIVATION_MAX, "NPU_SET_ACTIVATION_MAX", clip_boundary},
    {SC_EU_WEIGHT_REGION, "NPU_SET_WEIGHT_REGION", region},
    {SC_EU_SCALE_REGION, "NPU_SET_SCALE_REGION", region},
    {SC_EU_AB_START, "NPU_SET_AB_START", ab_start},
    {SC_EU_BLOCKDEP, "NPU_SET_BLOCKDEP", blockdep},
    {SC_EU_DMA0_SRC_REGION, "NPU_SET_DMA0_SRC_REGION", dma_region},
    {SC_EU_DMA0_DST_REGION, "NPU_SET_DMA0_DST_REGION", dma_region},
    {SC_EU_DMA0_SIZE0, "NPU_SET_DMA0_SIZE0", dma_size},
    {SC_EU_DMA0_SIZE1, "NPU_SET_DMA0_SIZE1", dma_size},
    {SC_EU_IFM2_BROADCAST, "NPU_SET_IFM2_BROADCAST", broadcast},
    {SC_EU_IFM2_SCALAR, "NPU_SET_IFM2_SCALAR", scalar},
    {SC_EU_IFM2_PRECISION, "NPU_SET_IFM2_PRECISION", ifm2_precision},
    {SC_EU_IFM2_ZERO_POINT, "NPU_SET_IFM2_ZERO_POINT", zero_point},
    {SC_EU_IFM2_WIDTH0_M1, "NPU_SET_IFM2_WIDTH0_M1", width},
    {SC_EU_IFM2_HEIGHT0_M1, "NPU_SET_IFM2_HEIGHT0_M1", height},
    {SC_EU_IFM2_HEIGHT1_M1, "NPU_SET_IFM2_HEIGHT1_M1", height},
    {SC_EU_IFM2_IB_START, "NPU_SET_IFM2_IB_START", ib_start},
    {SC_EU_IFM2_REGION, "NPU_SET_IFM2_REGION", region},
};

static const Row wide[] = {
    {SC_EU_IFM_BASE0, "NPU_SET_IFM_BASE0", address},
    {SC_EU_IFM_BASE0 + 1, "NPU_SET_IFM_BASE1", address},
    {SC_EU_IFM_BASE0 + 2, "NPU_SET_IFM_BASE2", address},
    {SC_EU_IFM_BASE0 + 3, "NPU_SET_IFM_BASE3", address},
    {SC_EU_IFM_STRIDE_X, "NPU_SET_IFM_STRIDE_X", stride},
    {SC_EU_IFM_STRIDE_Y, "NPU_SET_IFM_STRIDE_Y", stride},
    {SC_EU_IFM_STRIDE_C, "NPU_SET_IFM_STRIDE_C", stride},
    {SC_EU_OFM_BASE0, "NPU_SET_OFM_BASE0", address},
    {SC_EU_OFM_BASE0 + 1, "NPU_SET_OFM_BASE1", address},
    {SC_EU_OFM_BASE0 + 2, "NPU_SET_OFM_BASE2", address},
    {SC_EU_OFM_BASE0 + 3, "NPU_SET_OFM_BASE3", address},
    {SC_EU_OFM_STRIDE_X, "NPU_SET_OFM_STRIDE_X", stride},
    {SC_EU_OFM_STRIDE_Y, "NPU_SET_OFM_STRIDE_Y", stride},
    {SC_EU_OFM_STRIDE_C, "NPU_SET_OFM_STRIDE_C", stride},
    {SC_EU_WEIGHT_BASE, "NPU_SET_WEIGHT_BASE", address},
    {SC_EU_WEIGHT_LENGTH, "NPU_SET_WEIGHT_LENGTH", length32},
    {SC_EU_SCALE_BASE, "NPU_SET_SCALE_BASE", address},
    {SC_EU_SCALE_LENGTH, "NPU_SET_SCALE_LENGTH", length20},
    {SC_EU_OFM_SCALE, "NPU_SET_OFM_SCALE", scale_shift},
    {SC_EU_OPA_SCALE, "NPU_SET_OPA_SCALE", scale_shift},
    {SC_EU_OPB_SCALE, "NPU_SET_OPB_SCALE", scale16},
    {SC_EU_DMA0_SRC, "NPU_SET_DMA0_SRC", address},
    {SC_EU_DMA0_DST, "NPU_SET_DMA0_DST", address},
    {SC_EU_DMA0_LEN, "NPU_SET_DMA0_LEN", dma_length},
    {SC_EU_DMA0_SKIP0, "NPU_SET_DMA0_SKIP0", stride},
    {SC_EU_DMA0_SKIP1, "NPU_SET_DMA0_SKIP1", stride},
    {SC_EU_IFM2_BASE0, "NPU_SET_IFM2_BASE0", address},
    {SC_EU_IFM2_BASE0 + 1, "NPU_SET_IFM2_BASE1", address},
    {SC_EU_IFM2_BASE0 + 2, "NPU_SET_IFM2_BASE2", address},
    {SC_EU_IFM2_BASE0 + 3, "NPU_SET_IFM2_BASE3", address},
    {SC_EU_IFM2_STRIDE_X, "NPU_SET_IFM2_STRIDE_X", stride},
    {SC_EU_IFM2_STRIDE_Y, "NPU_SET_IFM2_STRIDE_Y", stride},
    {SC_EU_IFM2_STRIDE_C, "NPU_SET_IFM2_STRIDE_C", stride},
    {SC_EU_WEIGHT1_BASE, "NPU_SET_WEIGHT1_BASE", address},
    {SC_EU_WEIGHT1_LENGTH, "NPU_SET_WEIGHT1_LENGTH", length32},
    {SC_EU_SCALE1_BASE, "NPU_SET_SCALE1_BASE", address},
    {SC_EU_SCALE1_LENGTH, "NPU_SET_SCALE1_LENGTH", length20},
};

static const Row *row_find(const ScEthosUCommand *command) {
    const Row *rows = command->is_wide ? wide : narrow;
    size_t n =
        command->is_wide ? sizeof wide / sizeof *wide : sizeof narrow / sizeof *narrow;
    for (size_t i = 0; i < n; i++) {
        if (rows[i].code == command->code) {
            return &rows[i];
        }
    }
    return NULL;
}

bool sc_ethos_u_name(const ScEthosUCommand *command, ScEthosUNamed *out_named) {
    const Row *row = row_find(command);
    memset(out_named, 0, sizeof *out_named);
    if (!row) {
        return false;
    }
    uint64_t word =
        command->is_wide ? (uint64_t)command->param << 32 | command->value : command->param;
    out_named->name = row->name;
    out_named->reserved = word;
    for (uint32_t i = 0; i < SC_EU_MAX_FIELDS && row->fields[i].n_bits; i++) {
        const Def *def = &row->fields[i];
        uint64_t bits = (UINT64_C(1) << def->n_bits) - 1;
        uint64_t value = word >> def->first & bits;
        out_named->reserved &= ~(bits << def->first);
        out_named->fields[out_named->n_fields++] =
            (ScEthosUField){def, value, def->words ? def->words[value] : NULL};
    }
    return true;
}

static long long sign_extend(uint64_t value, uint32_t n_bits) {
    uint64_t sign = UINT64_C(1) << (n_bits - 1);
    return (long long)(value ^ sign) - (long long)sign;
}

void sc_ethos_u_field_text(ScBuf *out, const ScEthosUField *field) {
    const Def *def = field->def;
    unsigned long long value = field->value;
    const char *label = def->label ? def->label : def->name;
    if (*label || (def->style == SC_EU_WORD && !field->word)) {
        sc_buf_fmt(out, "%s=", *label ? label : def->name);
    }
    switch (def->style) {
    case SC_EU_HEX:
        sc_buf_fmt(out, "0x%llx", value);
        break;
    case SC_EU_SIGNED:
        sc_buf_fmt(out, "%lld", sign_extend(value, def->n_bits));
        break;
    case SC_EU_EITHER:
        sc_buf_fmt(out, "%llu", value);
        if (sign_extend(value, def->n_bits) < 0) {
            sc_buf_fmt(out, " (or %lld)", sign_extend(value, def->n_bits));
        }
        break;
    case SC_EU_WORD:
        if (field->word) {
            sc_buf_str(out, field->word);
            break;
        }
        sc_buf_fmt(out, "%llu?", value);
        break;
    case SC_EU_NUMBER:
        sc_buf_fmt(out, "%llu", value);
        break;
    }
}
