/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Commands by name, and their fields: what Arm's register interface calls them
 * (NPU_SET_IFM_REGION, region; NPU_SET_OFM_PRECISION, round_mode = NATURAL). One row a
 * command; command.h decodes the words. Private to host/.
 *
 * Source: the register interface in Vela 5.2.0 (regor, ethos_u65_interface.hpp): names,
 * positions and widths of the fields, names of their values. Held against Vela's own
 * disassembly in tests/python/test_ethos_u_inspect.py.
 */
#ifndef SC_ETHOS_U_DISASSEMBLE_H
#define SC_ETHOS_U_DISASSEMBLE_H

#include "backends/ethos_u/device/command.h"
#include "compiler/base/text.h"

enum { SC_EU_MAX_FIELDS = 8 };

/* How people want to read a field. */
typedef enum ScEthosUStyle {
    SC_EU_NUMBER, /* unsigned */
    SC_EU_HEX,    /* addresses, masks */
    SC_EU_SIGNED, /* of all the field's bits */
    SC_EU_EITHER, /* signed or not: that is in another register */
    SC_EU_WORD,   /* a value with a name */
} ScEthosUStyle;

/* `first` counts the parameter's bits from 0 in a one-word command. In a two-word command
 * bits 0-31 are the second word and 32-47 the parameter: an address is bits 0-39. */
typedef struct ScEthosUFieldDef {
    const char *name;
    uint8_t first, n_bits;
    ScEthosUStyle style;
    const char *const *words; /* WORD: a name each value; NULL = there is no such value */
    const char *label;        /* in text: NULL = the name, "" = the value says it */
} ScEthosUFieldDef;

typedef struct ScEthosUField {
    const ScEthosUFieldDef *def;
    uint64_t value;
    const char *word; /* name of the value, NULL = none */
} ScEthosUField;

typedef struct ScEthosUNamed {
    const char *name; /* "NPU_SET_IFM_REGION" */
    uint32_t n_fields;
    ScEthosUField fields[SC_EU_MAX_FIELDS]; /* from the lowest bit up */
    uint64_t reserved;                      /* bits that are set and belong to no field */
} ScEthosUNamed;

/* False when there is no such command; sc_ethos_u_command_read() gives none of those. */
bool sc_ethos_u_name(const ScEthosUCommand *command, ScEthosUNamed *out_named);
/* "scale=OPA_OPB_16", "-42", "addr=0x3f0". */
void sc_ethos_u_field_text(ScBuf *out, const ScEthosUField *field);

#endif
