/* SPDX-License-Identifier: Apache-2.0 */
/* Small loops over bytes that the kernels with DSP instructions share. */
#ifndef SC_CORTEX_M_SIMD_DSP_H
#define SC_CORTEX_M_SIMD_DSP_H

#include <stdint.h>
#include <string.h>

/* The argument of a naked function: its code finds it in r0. */
#define SC_DSP_UNUSED __attribute__((unused))

/* Words from and to any address, until n_bytes are copied; up to 3 more. */
static inline void sc_dsp_copy_words(int8_t *to, const int8_t *from, int32_t n_bytes) {
    for (; n_bytes > 0; n_bytes -= 4, to += 4, from += 4) {
        uint32_t word;
        memcpy(&word, from, 4);
        memcpy(to, &word, 4);
    }
}

static inline void sc_dsp_fill_words(int8_t *to, uint32_t word, int32_t n_bytes) {
    for (; n_bytes > 0; n_bytes -= 4, to += 4) {
        memcpy(to, &word, 4);
    }
}

/* Larger and smaller of four signed bytes each. */
static inline uint32_t sc_dsp_max4(uint32_t a, uint32_t b) {
    uint32_t result;
    __asm__ volatile("ssub8 %0, %1, %2\n\tsel %0, %1, %2"
                     : "=&r"(result)
                     : "r"(a), "r"(b)
                     : "cc");
    return result;
}

static inline uint32_t sc_dsp_min4(uint32_t a, uint32_t b) {
    uint32_t result;
    __asm__ volatile("ssub8 %0, %1, %2\n\tsel %0, %2, %1"
                     : "=&r"(result)
                     : "r"(a), "r"(b)
                     : "cc");
    return result;
}

static inline void sc_dsp_clamp(int8_t *at, size_t n, int32_t min, int32_t max) {
    uint32_t low = (uint32_t)(uint8_t)min * 0x01010101u;
    uint32_t high = (uint32_t)(uint8_t)max * 0x01010101u;
    for (; n >= 4; n -= 4, at += 4) {
        uint32_t word;
        memcpy(&word, at, 4);
        word = sc_dsp_min4(sc_dsp_max4(word, low), high);
        memcpy(at, &word, 4);
    }
    for (; n > 0; n--, at++) {
        *at = (int8_t)(*at < min ? min : *at > max ? max : *at);
    }
}

#endif
