/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The NPU itself, through Arm's core driver: compiled against the ethosu_driver.h of the
 * driver that is linked, because its prototypes differ between versions. Copy this file
 * into your firmware and look at each CHANGE ME.
 *
 * Outside of this file: the NPU's interrupt must call ethosu_irq_handler(&npu_hardware),
 * and the NPU must reach the memories: no TCM, and what TrustZone's filters allow.
 */
#include "npu.h"

#include <limits.h>

#include <ethosu_driver.h>

#include "backends/ethos_u/device/ethos_u.h"

enum { MAX_BASES = 8 };

/* CHANGE ME: registers of the NPU. This is where Arm's Corstone-300 has them. */
#ifndef NPU_REGISTERS
#define NPU_REGISTERS 0x48102000u
#endif
/* CHANGE ME: for programs made for a dedicated SRAM (stock's default for a U65), as
 * large as Vela reported; 0 for all others. */
#ifndef NPU_FAST_BYTES
#define NPU_FAST_BYTES 0
#endif

extern struct ethosu_driver npu_hardware;
struct ethosu_driver npu_hardware;

/*
 * The driver may write into the list of addresses (older versions promise not to, newer
 * take it as not const), so it gets a copy. A driver built for several kinds of NPU
 * reserves none here and chooses by itself: ETHOSU_MULTI_VARIANT.
 */
static int npu_invoke(void *user, const void *cop, size_t cop_bytes, const uint64_t *bases,
                      const size_t *n_bytes, int n_bases) {
    uint64_t copy[MAX_BASES];
    (void)user;
    if (cop_bytes > INT_MAX || n_bases > MAX_BASES) {
        return -1;
    }
    for (int i = 0; i < n_bases; i++) {
        copy[i] = bases[i];
    }
    struct ethosu_driver *hardware = ethosu_reserve_driver();
#ifndef ETHOSU_MULTI_VARIANT
    if (!hardware) {
        return -1;
    }
#endif
    int result =
        ethosu_invoke_v3(hardware, cop, (int)cop_bytes, copy, n_bytes, n_bases, NULL);
    ethosu_release_driver(hardware);
    return result;
}

/*
 * CHANGE ME, when scratch and tensors are in memory that the CPU caches. Either these
 * two, with the functions of CMSIS (core_cm55.h and the like), or the driver's own weak
 * ethosu_flush_dcache() and ethosu_invalidate_dcache(), but not nothing:
 *
 *     static void lines_clean(void *user, const void *at, size_t n_bytes) {
 *         SCB_CleanDCache_by_Addr((void *)(uintptr_t)at, (int32_t)n_bytes);
 *     }
 *     static void lines_drop(void *user, void *at, size_t n_bytes) {
 *         SCB_InvalidateDCache_by_Addr(at, (int32_t)n_bytes);
 *     }
 *     ... .clean = lines_clean, .invalidate = lines_drop,
 */
/* C has no empty arrays: one line more than is told. */
static _Alignas(NPU_LINE_BYTES) uint8_t fast[NPU_FAST_BYTES + NPU_LINE_BYTES];

static const ScEthosUDriver driver = {
    .invoke = npu_invoke,
    .fast_scratch = fast,
    .fast_scratch_bytes = NPU_FAST_BYTES,
    .line_bytes = NPU_LINE_BYTES,
#if defined(ETHOSU_MACS) && (defined(ETHOSU55) || defined(ETHOSU65))
    .n_macs = ETHOSU_MACS, /* what the driver was built for: others are refused at start */
#endif
#ifdef ETHOSU65
    .product = 1,
#endif
};

const ScDelegate npu_delegate = SC_ETHOS_U_DELEGATE(&driver);

ScStatus npu_open(const ScModel *model, const ScConfig *config) {
    (void)model, (void)config;
    /* CHANGE ME: secure and privileged mode of the NPU's own accesses. */
    int result = ethosu_init(&npu_hardware, (void *)NPU_REGISTERS, NULL, 0, 1, 1);
    return result == 0 ? SC_OK : SC_E_IO;
}
