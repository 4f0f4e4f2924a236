/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a payload holds and what its operations do, counted; and the two printed forms.
 * Private to host/.
 *
 * MACs, as in Vela's summary (nn_macs): elements of the kernel * elements of the OFM, for
 * CONV and REDUCE_SUM also * depth of the IFM; ELEMENTWISE and DMA have none. Padding is
 * counted as if it were there. Vela counts operators of the network, we count what the
 * stream runs: its sum is another for a TRANSPOSE (it says 0), a MATMUL, a sum over rows
 * or columns, and dilations above 2, all of which it builds of several operations.
 *
 * Bytes: each element of a feature map once an operation, weights and scales as they are
 * stored, packed. The NPU reads some of them several times (rows that two blocks share;
 * the IFM again for each block of channels), so these are the least that is moved, not
 * the traffic on the bus. Tables are read inside the NPU: only the DMA that loads them
 * counts. An IFM's size is that of the rows and columns its windows reach: the stream has
 * no other.
 */
#ifndef SC_ETHOS_U_SUMMARY_H
#define SC_ETHOS_U_SUMMARY_H

#include "backends/ethos_u/device/payload.h"
#include "backends/ethos_u/device/ranges.h"
#include "compiler/base/text.h"

enum {
    SC_EU_N_PLACES = SC_EU_N_REGIONS + 1, /* the last: inside the NPU */
    SC_EU_N_KINDS = 16,                   /* of operations; sc_ethos_u_kind() names them */
    SC_EU_KIND_DMA = 15
};

/* An operation of the stream. */
typedef struct ScEthosUStep {
    uint32_t index, word;
    uint32_t kind;
    bool damaged;         /* only the above is known */
    ScEthosUOperation op; /* all but DMA */
    ScEthosUDma dma;
    ScEthosURange ranges[SC_EU_MAX_RANGES];
    uint32_t n_ranges;
    uint64_t macs;
    uint64_t read_bytes; /* feature maps, or the DMA's source */
    uint64_t written_bytes;
    uint64_t weight_bytes; /* weights and scales */
} ScEthosUStep;

/* Called in the stream's order; either may be NULL. A command that is an operation is
 * given to both. */
typedef struct ScEthosUVisitor {
    void (*command)(void *user, uint32_t word, const ScEthosUCommand *command);
    void (*step)(void *user, const ScEthosUStep *step);
    void *user;
} ScEthosUVisitor;

/* Sums stop at INT64_MAX: sizes of a damaged stream can be anything. */
typedef struct ScEthosUSummary {
    ScEthosUPayload payload;
    const char *damage; /* what is wrong with the payload, NULL = nothing */
    bool has_commands;  /* payload.commands is there */
    bool is_decoded;    /* and of an NPU whose commands are known: all below */
    bool is_refused;    /* by the verifier: `fault` */
    ScEthosUFault fault;
    uint32_t n_commands, n_steps;
    uint32_t n_words; /* that commands were found in, of payload.commands.n_words */
    uint64_t macs, dma_bytes;
    uint32_t n_kinds[SC_EU_N_KINDS];
    uint64_t read[SC_EU_N_PLACES], written[SC_EU_N_PLACES];
    uint64_t reach[SC_EU_N_PLACES]; /* the stream touches bytes below this */
} ScEthosUSummary;

/* Any bytes: what is damaged is said in the summary. Borrows data, which is aligned to 16
 * bytes. */
void sc_ethos_u_summarize(const ScDelegatePayload *payload, ScEthosUSummary *out);
/* Again over the commands of a decoded summary, up to the first that can't be read. Gives
 * the word behind the last one. */
uint32_t sc_ethos_u_walk(const ScEthosUCommands *commands, const ScEthosUVisitor *visitor);

/* Bytes of a region as the payload tells them; UINT64_MAX = it doesn't. */
uint64_t sc_ethos_u_region_bytes(const ScEthosUSummary *summary, uint32_t region);
const char *sc_ethos_u_region_name(uint32_t region); /* NULL = nobody gives that one */
const char *sc_ethos_u_kind(uint32_t kind);          /* "CONV", "POOL AVERAGE" */
const char *sc_ethos_u_product(ScEthosUProduct product);
/* "CONV 3x3 s2 d2 zeros", "POOL MAX 2x2 s2", "DMA 0 > SHRAM". */
void sc_ethos_u_engine(ScBuf *out, const ScEthosUStep *step);
/* "table 0", "tanh", "0..127"; nothing when the OFM's whole type can come out. */
void sc_ethos_u_activation(ScBuf *out, const ScEthosUOperation *op);
/* "writes region 1, bytes 64 to 128, for its OFM". */
void sc_ethos_u_range_text(ScBuf *out, const ScEthosURange *range);

void sc_ethos_u_summary_text(const ScEthosUSummary *summary, ScBuf *out);
/* Schema "sconce.ethos_u/1". */
void sc_ethos_u_summary_json(const ScEthosUSummary *summary, ScBuf *out);

#endif
