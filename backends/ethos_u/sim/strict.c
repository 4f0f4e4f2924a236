/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Strict mode: what is wrong with a stream although it computes the right bytes here.
 *
 * Hazards. Kernels and DMAs run beside each other; only waits order them: KERNEL_WAIT n
 * and DMA_WAIT n leave at most n operations of that kind in flight, and a third kernel (on
 * U55 a second DMA) starts when the oldest has ended. An operation that touches bytes of
 * one in flight of the other kind, one of both writing, is a hazard; so are two such DMAs.
 * Kernels among each other are ordered by BLOCKDEP: blockdep.c. Maps of another
 * layout, or in several tiles, must not overlap at all then.
 *
 * Uninitialised: an element of a map is read that neither the caller nor the stream has
 * written. DMAs copy what is known of their bytes, since they move padding too.
 */
#include <string.h>

#include "backends/ethos_u/sim/state.h"

static void report(ScEthosUSim *sim, ScEthosUFindingKind kind, const ScEthosURange *range,
                   uint32_t other) {
    ScEthosUFinding finding = {
        .kind = kind, .word = sim->word, .other_word = other, .range = *range};
    sim->options->report(sim->options->user, &finding);
}

/* ---- hazards ----------------------------------------------------------------------------
 */

static bool conflicts(const ScEthosURange *a, const ScEthosURange *b) {
    return a->region == b->region && (a->write || b->write) && a->first < b->end &&
           b->first < a->end;
}

/* Reports the first conflict with an operation in flight. */
static void queue_check(ScEthosUSim *sim, const ScEthosUQueue *queue,
                        const ScEthosURange *ranges, uint32_t n) {
    for (uint32_t i = 0; i < n; i++) {
        for (uint32_t f = 0; f < queue->n; f++) {
            const ScEthosUFlight *flight = &queue->flights[f];
            for (uint32_t k = 0; k < flight->n; k++) {
                if (conflicts(&ranges[i], &flight->ranges[k])) {
                    report(sim, SC_EU_FOUND_HAZARD, &ranges[i], flight->word);
                    return;
                }
            }
        }
    }
}

void sc_ethos_u_strict_wait(ScEthosUQueue *queue, uint32_t n) {
    if (queue->n > n) {
        uint32_t ended = queue->n - n;
        memmove(queue->flights, queue->flights + ended, n * sizeof queue->flights[0]);
        queue->n = n;
    }
}

static void queue_push(ScEthosUSim *sim, ScEthosUQueue *queue, uint32_t room,
                       const ScEthosURange *ranges, uint32_t n) {
    sc_ethos_u_strict_wait(queue, room - 1);
    ScEthosUFlight *flight = &queue->flights[queue->n++];
    memcpy(flight->ranges, ranges, n * sizeof *ranges);
    flight->n = n;
    flight->word = sim->word;
}

/* The kernel before this one, when it may still run, against one of this one's maps. */
static void blocks_check(ScEthosUSim *sim, const ScEthosUOperation *op,
                         const ScEthosUMap *map, const ScEthosURange *range) {
    const ScEthosUFlight *flight = &sim->kernels.flights[sim->kernels.n - 1];
    for (uint32_t i = 0; i < flight->n; i++) {
        if (flight->ranges[i].role == SC_EU_ROLE_OFM &&
            conflicts(range, &flight->ranges[i]) &&
            sc_ethos_u_blocks_meet(&sim->last, op, map)) {
            report(sim, SC_EU_FOUND_HAZARD, range, flight->word);
            return;
        }
    }
}

static void kernels_check(ScEthosUSim *sim, const ScEthosUOperation *op,
                          const ScEthosURange *ranges, uint32_t n) {
    for (uint32_t i = 0; i < n && sim->kernels.n; i++) {
        if (ranges[i].role == SC_EU_ROLE_IFM) {
            blocks_check(sim, op, &op->ifm, &ranges[i]);
        } else if (ranges[i].role == SC_EU_ROLE_IFM2) {
            blocks_check(sim, op, &op->ifm2, &ranges[i]);
        }
    }
}

void sc_ethos_u_strict_kernel(ScEthosUSim *sim, const ScEthosUOperation *op,
                              const ScEthosURange *ranges, uint32_t n) {
    queue_check(sim, &sim->dmas, ranges, n);
    kernels_check(sim, op, ranges, n);
    queue_push(sim, &sim->kernels, SC_EU_MAX_OUTSTANDING, ranges, n);
    sim->last = *op;
}

/* ---- uninitialised bytes ----------------------------------------------------------------
 */

static uint8_t *written_of(const ScEthosUSim *sim, uint8_t region) {
    return region < SC_EU_N_REGIONS ? sim->options->written[region] : NULL;
}

/* True when an element of the map hasn't been written. */
static bool map_is_unwritten(const ScEthosUMap *map, uint8_t *written) {
    ScEthosUView view = {map, written};
    for (uint32_t y = 0; y < map->height; y++) {
        for (uint32_t x = 0; x < map->width; x++) {
            uint8_t *pixel = sc_ethos_u_pixel(&view, y, x);
            for (uint32_t c = 0; c < map->depth; c++) {
                if (memchr(sc_ethos_u_channel(map, pixel, c), 0, map->n_bytes)) {
                    return true;
                }
            }
        }
    }
    return false;
}

static void map_set_written(const ScEthosUMap *map, uint8_t *written) {
    ScEthosUView view = {map, written};
    for (uint32_t y = 0; y < map->height; y++) {
        for (uint32_t x = 0; x < map->width; x++) {
            uint8_t *pixel = sc_ethos_u_pixel(&view, y, x);
            for (uint32_t c = 0; c < map->depth; c++) {
                memset(sc_ethos_u_channel(map, pixel, c), 1, map->n_bytes);
            }
        }
    }
}

/* Stride 0 lets a map in few bytes have many elements: looking at them is work too. */
static ScStatus map_work(ScEthosUSim *sim, const ScEthosUMap *map) {
    return sc_ethos_u_work(sim, (uint64_t)map->height * map->width * map->depth);
}

static ScStatus map_check(ScEthosUSim *sim, const ScEthosUMap *map, ScEthosURole role) {
    uint8_t *written = written_of(sim, map->region);
    if (!written) {
        return SC_OK;
    }
    SC_TRY(map_work(sim, map));
    if (map_is_unwritten(map, written)) {
        ScEthosURange range = {.first = (int64_t)map->base[0],
                               .end = (int64_t)map->base[0] + 1,
                               .region = map->region,
                               .role = (uint8_t)role};
        report(sim, SC_EU_FOUND_UNINITIALISED, &range, sim->word);
    }
    return SC_OK;
}

ScStatus sc_ethos_u_strict_elements(ScEthosUSim *sim, const ScEthosUOperation *op) {
    SC_TRY(map_check(sim, &op->ifm, SC_EU_ROLE_IFM));
    if (op->has_ifm2) {
        SC_TRY(map_check(sim, &op->ifm2, SC_EU_ROLE_IFM2));
    }
    uint8_t *written = written_of(sim, op->ofm.region);
    if (written) {
        SC_TRY(map_work(sim, &op->ofm));
        map_set_written(&op->ofm, written);
    }
    return SC_OK;
}

/* ---- DMA
 * ---------------------------------------------------------------------------------- */

/* What the copy will know of its bytes. */
static void copy_written(ScEthosUSim *sim, const ScEthosURange *ranges,
                         const ScEthosUDma *dma) {
    uint8_t *from = written_of(sim, ranges[0].region),
            *to = written_of(sim, ranges[1].region);
    if (!to) {
        return;
    }
    if (from && dma->size0 * (uint64_t)dma->size1 == 1) {
        memmove(to + ranges[1].first, from + ranges[0].first, (size_t)dma->n_bytes);
    } else {
        memset(to + ranges[1].first, 1, (size_t)(ranges[1].end - ranges[1].first));
    }
}

void sc_ethos_u_strict_dma(ScEthosUSim *sim, const ScEthosURange *ranges,
                           const ScEthosUDma *dma) {
    bool is_u65 = sim->commands->config.product == SC_EU_U65;
    queue_check(sim, &sim->dmas, ranges, 2);
    queue_check(sim, &sim->kernels, ranges, 2);
    queue_push(sim, &sim->dmas, is_u65 ? 2 : 1, ranges, 2);
    copy_written(sim, ranges, dma);
}
