/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Semihosting: files of the host, and the way out. Works under QEMU with
 * -semihosting and with most debug probes. Source: "Semihosting for AArch32 and
 * AArch64", Arm, release 3.0.
 */
#ifndef SC_BOARDS_QEMU_SEMIHOST_H
#define SC_BOARDS_QEMU_SEMIHOST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Handle of a new file, -1 when it can't be made. */
int32_t sc_host_create(const char *path);
bool sc_host_write(int32_t handle, const void *bytes, size_t n_bytes);
void sc_host_close(int32_t handle);
/* To the console of the debugger; QEMU's is its standard error. */
void sc_host_print(const char *text);
/* Ends the simulation: exit code 0, or 1. */
_Noreturn void sc_host_exit(bool success);

#endif
