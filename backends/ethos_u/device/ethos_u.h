/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The Ethos-U delegate: runs ExecuTorch's "EthosUBackend" payloads for U55 and U65 on the
 * NPU, or in the simulator: both are called alike.
 *
 *     static const ScEthosUDriver driver = {.invoke = npu_invoke, .user = &npu, ...};
 *     static const ScDelegate npu = SC_ETHOS_U_DELEGATE(&driver);
 *     config.delegates = (const ScDelegate *const[]){&npu};
 *
 * invoke for the hardware: examples/ethos_u/npu_core_driver.c, the few lines around Arm's
 * core driver, compiled against its header. For the simulator: sim/npu.h.
 *
 * A call: inputs are copied to where the stream expects them (not if the memory plan has
 * put them there), caches are cleaned, the NPU runs, caches are invalidated, outputs are
 * copied out. The stream's addresses were held against its regions by prepare().
 */
#ifndef SC_ETHOS_U_H
#define SC_ETHOS_U_H

#include "sconce/runtime.h"

typedef struct ScEthosUDriver {
    /*
     * As ethosu_invoke_v3(): runs the command stream of the driver payload `cop` (a
     * multiple of 16 bytes); blocks until the NPU has finished. bases[i], n_bytes[i]:
     * address and size of region i: 0 weights (read only), 1 scratch, 2 fast scratch.
     * Returns 0, or anything else for failure.
     */
    int (*invoke)(void *user, const void *cop, size_t cop_bytes, const uint64_t *bases,
                  const size_t *n_bytes, int n_bases);
    void *user;
    /* Region 2, for streams made for a dedicated SRAM. Aligned to line_bytes and 16. */
    void *fast_scratch;
    size_t fast_scratch_bytes;
    /* Data cache of the CPU, where memory that the NPU reaches is cached: write dirty lines
     * back; drop lines. NULL = not cached. Called with whole lines. */
    void (*clean)(void *user, const void *at, size_t n_bytes);
    void (*invalidate)(void *user, void *at, size_t n_bytes);
    uint32_t line_bytes; /* of that cache, a power of two; 0 = 16 */
    /* NPU that is there: MACs a cycle and product (0 = U55, 1 = U65); n_macs 0 = any. A
     * stream made for another one is refused. */
    uint32_t n_macs;
    uint8_t product;
    /* The payloads were verified when the firmware was built: prepare() doesn't again. */
    bool trusted;
} ScEthosUDriver;

ScStatus sc_ethos_u_measure(const ScDelegate *self, const ScDelegatePayload *payload,
                            ScDelegateNeed *out_need);
ScStatus sc_ethos_u_place(const ScDelegate *self, const ScDelegatePayload *payload,
                          uint32_t index, size_t *out_offset, size_t *out_bytes);
ScStatus sc_ethos_u_prepare(const ScDelegate *self, const ScDelegatePayload *payload,
                            const ScTensor *tensors, uint32_t n_tensors);
ScStatus sc_ethos_u_run(const ScDelegate *self, const ScDelegatePayload *payload,
                        const ScTensor *tensors, uint32_t n_tensors, void *scratch,
                        size_t scratch_bytes);

/* driver: const ScEthosUDriver *, kept. */
#define SC_ETHOS_U_DELEGATE(driver)                                 \
    {                                                               \
        .id = "EthosUBackend", .user = (void *)(uintptr_t)(driver), \
        .measure = sc_ethos_u_measure, .place = sc_ethos_u_place,   \
        .prepare = sc_ethos_u_prepare, .run = sc_ethos_u_run        \
    }

#endif
