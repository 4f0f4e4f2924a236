/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reads a driver payload. The contract is in payload.h.
 *
 * COP1: "COP1", then actions of one word: id in bits 0-7, a high byte in 8-15, a low half
 * in 16-31. 0x01 = configuration, followed by the configuration and the architecture
 * word; 0x05 = nothing; 0x02 = command stream of (low half | high byte << 16) words, which
 * follow.
 *
 * COP2: "COP2", u32 1 (version), u64 bytes of all entries; an entry is u32 type (1 =
 * command stream), u32 n_bytes, and its data: u32 metadata bytes m, "VEUM", u32 1
 * (version), u32 20, configuration, architecture, u32 features, u64 bytes of the fast
 * scratch, padding of 0xff up to m, then the words.
 *
 * Configuration word: bits 0-3 log2 of the MACs, 4-7 version of the commands, 8-15 KiB of
 * SHRAM of all cores, 28-31 product.
 */
#include "backends/ethos_u/device/payload.h"

#include <string.h>

#include "runtime/flatbuf.h"

enum {
    ACTION_CONFIG = 1,
    ACTION_STREAM = 2,
    ACTION_NOP = 5,
    ENTRY_STREAM = 1,
    COP2_META = 20,
    COP2_VERSION = 1
};

static ScStatus config_read(uint32_t word, uint32_t arch, ScEthosUConfig *out_config) {
    uint32_t product = word >> 28;
    out_config->product = (ScEthosUProduct)product;
    out_config->n_macs = 1u << (word & 15u);
    out_config->n_cores = product == SC_EU_U65 && out_config->n_macs > 256 ? 2 : 1;
    out_config->shram_bytes = (word >> 8 & 0xffu) * 1024u / out_config->n_cores;
    out_config->arch = arch;
    bool exists = product <= SC_EU_U85;
    if (product == SC_EU_U55) {
        exists = out_config->n_macs >= 32 && out_config->n_macs <= 256;
    } else if (product == SC_EU_U65) {
        exists = out_config->n_macs == 256 || out_config->n_macs == 512;
    }
    bool has_shram = out_config->shram_bytes >= 4096 || product == SC_EU_U85;
    /* Version 0 is what command.h describes; a U85's commands are never read. */
    bool is_known = product == SC_EU_U85 || !(word >> 4 & 15u);
    return exists && has_shram && is_known ? SC_OK : SC_E_FORMAT;
}

static ScStatus cop1_read(const uint8_t *cop, uint32_t n_bytes, ScEthosUCommands *out) {
    bool configured = false;
    for (uint32_t at = 4; n_bytes - at >= 4;) {
        uint32_t action = sc_load_u32(cop + at);
        uint32_t rest = (n_bytes - at) / 4 - 1; /* words behind this one */
        switch (action & 0xffu) {
        case ACTION_NOP:
            at += 4;
            break;
        case ACTION_CONFIG:
            if (rest < 2 || configured) {
                return SC_E_FORMAT;
            }
            SC_TRY(config_read(sc_load_u32(cop + at + 4), sc_load_u32(cop + at + 8),
                               &out->config));
            configured = true;
            at += 12;
            break;
        case ACTION_STREAM:
            out->words = cop + at + 4;
            out->n_words = action >> 16 | (action & 0xff00u) << 8;
            return configured && out->n_words == rest && n_bytes % 4 == 0 ? SC_OK
                                                                          : SC_E_FORMAT;
        default:
            return SC_E_FORMAT;
        }
    }
    return SC_E_FORMAT;
}

static ScStatus cop2_read(const uint8_t *cop, uint32_t n_bytes, ScEthosUCommands *out) {
    enum { HEADER = 16, ENTRY = 8, META = 16 };
    if (n_bytes < HEADER + ENTRY + META + COP2_META ||
        sc_load_u64(cop + 8) != n_bytes - HEADER) {
        return SC_E_FORMAT;
    }
    if (sc_load_u32(cop + 4) != COP2_VERSION) {
        return SC_E_VERSION;
    }
    const uint8_t *entry = cop + HEADER;
    uint32_t entry_bytes = sc_load_u32(entry + 4);
    const uint8_t *meta = entry + ENTRY;
    uint32_t meta_bytes = sc_load_u32(meta);
    if (sc_load_u32(entry) != ENTRY_STREAM || entry_bytes != n_bytes - HEADER - ENTRY ||
        memcmp(meta + 4, "VEUM", 4) != 0 || sc_load_u32(meta + 12) != COP2_META ||
        meta_bytes < META - 4 + COP2_META || meta_bytes > entry_bytes - 4) {
        return SC_E_FORMAT;
    }
    if (sc_load_u32(meta + 8) != COP2_VERSION) {
        return SC_E_VERSION;
    }
    const uint8_t *data = meta + META;
    SC_TRY(config_read(sc_load_u32(data), sc_load_u32(data + 4), &out->config));
    out->is_cop2 = true;
    out->fast_bytes = sc_load_u64(data + 12);
    uint32_t stream_bytes = entry_bytes - 4 - meta_bytes;
    out->words = meta + 4 + meta_bytes;
    out->n_words = stream_bytes / 4;
    return stream_bytes % 4 == 0 ? SC_OK : SC_E_FORMAT;
}

ScStatus sc_ethos_u_commands_read(const uint8_t *cop, uint32_t n_bytes,
                                  ScEthosUCommands *out_commands) {
    memset(out_commands, 0, sizeof *out_commands);
    out_commands->fast_bytes = UINT64_MAX;
    if (n_bytes < 4 || memcmp(cop, "COP", 3) != 0) {
        return SC_E_FORMAT;
    }
    switch (cop[3]) {
    case '1':
        return cop1_read(cop, n_bytes, out_commands);
    case '2':
        return cop2_read(cop, n_bytes, out_commands);
    default:
        return SC_E_VERSION;
    }
}
