/* SPDX-License-Identifier: Apache-2.0 */
/* Words to registers. The contract is in command.h. */
#include "backends/ethos_u/device/command.h"

#include "runtime/flatbuf.h"

enum { FIRST_NARROW = 256, LAST_OP = SC_EU_PMU_MASK };

/* Bit i: code first + i exists. */
typedef struct Known {
    uint16_t first;
    uint32_t codes;
} Known;

static const Known known_narrow[] = {
    {0, 0x000f006f},   /* operations */
    {256, 0x9dfebebf}, /* IFM_PAD_TOP .. OFM_REGION */
    {288, 0x000fa3ff}, /* KERNEL_WIDTH_M1 .. DMA0_SIZE1 */
    {384, 0x0000be23}, /* IFM2_* */
};

static const Known known_wide[] = {
    {0, 0x007f007f},   /* IFM, OFM */
    {32, 0x001f007f},  /* weights, scales, DMA */
    {128, 0x000f007f}, /* IFM2, second core */
};

static bool is_known(const Known *rows, uint32_t n_rows, uint32_t code) {
    for (uint32_t i = 0; i < n_rows; i++) {
        uint32_t bit = code - rows[i].first;
        if (bit < 32 && (rows[i].codes >> bit & 1u)) {
            return true;
        }
    }
    return false;
}

/* Of both kinds two ranges of 64 codes hold registers, those of IFM2 and the second core
 * 128 behind the others; they lie one behind the other. */
static uint32_t slot_of(uint32_t code) {
    return (code & 63u) | (code & 128u) >> 1;
}

ScStatus sc_ethos_u_command_read(const uint8_t *words, uint32_t n_words, uint32_t *at,
                                 ScEthosUCommand *out_command) {
    if (*at >= n_words) {
        return SC_E_FORMAT;
    }
    uint32_t word = sc_load_u32(words + 4 * (size_t)*at);
    uint32_t kind = word >> 14 & 3u;
    out_command->code = word & 0x3ffu;
    out_command->is_wide = kind == 1;
    out_command->param = (uint16_t)(word >> 16);
    out_command->value = 0;
    bool exists = kind == 0 ? is_known(known_narrow, 4, out_command->code)
                            : kind == 1 && is_known(known_wide, 3, out_command->code);
    if (!exists || (word >> 10 & 15u) || (kind == 1 && n_words - *at < 2)) {
        return SC_E_FORMAT;
    }
    if (kind == 1) {
        out_command->value = sc_load_u32(words + 4 * ((size_t)*at + 1));
    }
    *at += kind == 1 ? 2 : 1;
    return SC_OK;
}

bool sc_ethos_u_command_set(const ScEthosUCommand *command, ScEthosURegisters *registers) {
    if (command->is_wide) {
        registers->wide_param[slot_of(command->code)] = command->param;
        registers->wide[slot_of(command->code)] = command->value;
        return true;
    }
    if (command->code >= FIRST_NARROW) {
        registers->narrow[slot_of(command->code)] = command->param;
        return true;
    }
    return false;
}

uint16_t sc_ethos_u_narrow(const ScEthosURegisters *registers, ScEthosUCode code) {
    return registers->narrow[slot_of((uint32_t)code)];
}

uint64_t sc_ethos_u_address(const ScEthosURegisters *registers, uint32_t wide_code) {
    uint32_t slot = slot_of(wide_code);
    return (uint64_t)(registers->wide_param[slot] & 0xffu) << 32 | registers->wide[slot];
}

uint32_t sc_ethos_u_wide(const ScEthosURegisters *registers, uint32_t wide_code) {
    return registers->wide[slot_of(wide_code)];
}

uint16_t sc_ethos_u_wide_param(const ScEthosURegisters *registers, uint32_t wide_code) {
    return registers->wide_param[slot_of(wide_code)];
}
