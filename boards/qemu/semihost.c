/* SPDX-License-Identifier: Apache-2.0 */
/* The contract is in semihost.h. */
#include "boards/qemu/semihost.h"

#include <string.h>

enum {
    SYS_OPEN = 0x01,
    SYS_CLOSE = 0x02,
    SYS_WRITE0 = 0x04,
    SYS_WRITE = 0x05,
    SYS_EXIT = 0x18,
    OPEN_WB = 5, /* "wb" of fopen */
    APPLICATION_EXIT = 0x20026,
    RUN_TIME_ERROR = 0x20023
};

static uint32_t host_call(uint32_t operation, uintptr_t argument) {
    register uint32_t r0 __asm__("r0") = operation;
    register uintptr_t r1 __asm__("r1") = argument;
    __asm__ volatile("bkpt 0xAB" : "+r"(r0) : "r"(r1) : "memory");
    return r0;
}

int32_t sc_host_create(const char *path) {
    uintptr_t block[3] = {(uintptr_t)path, OPEN_WB, strlen(path)};
    return (int32_t)host_call(SYS_OPEN, (uintptr_t)block);
}

bool sc_host_write(int32_t handle, const void *bytes, size_t n_bytes) {
    uintptr_t block[3] = {(uintptr_t)handle, (uintptr_t)bytes, n_bytes};
    return host_call(SYS_WRITE, (uintptr_t)block) == 0; /* bytes not written */
}

void sc_host_close(int32_t handle) {
    uintptr_t block[1] = {(uintptr_t)handle};
    host_call(SYS_CLOSE, (uintptr_t)block);
}

void sc_host_print(const char *text) {
    host_call(SYS_WRITE0, (uintptr_t)text);
}

_Noreturn void sc_host_exit(bool success) {
    host_call(SYS_EXIT, success ? APPLICATION_EXIT : RUN_TIME_ERROR);
    for (;;) {
    }
}
