/* SPDX-License-Identifier: Apache-2.0 */
/* The prototypes of Arm's driver that firmware calls, in the two forms that they had. */
#ifndef FAKE_ETHOSU_DRIVER_H
#define FAKE_ETHOSU_DRIVER_H

#include <stddef.h>
#include <stdint.h>

struct ethosu_driver {
    int is_open;
};

#ifdef FAKE_OLD
int ethosu_init(struct ethosu_driver *driver, const void *registers, const void *fast,
                const size_t fast_bytes, uint32_t secure, uint32_t privileged);
int ethosu_invoke_v3(struct ethosu_driver *driver, const void *cop, const int cop_bytes,
                     const uint64_t *bases, const size_t *n_bytes, const int n_bases,
                     void *user);
#else
int ethosu_init(struct ethosu_driver *driver, void *const registers, const void *fast,
                const size_t fast_bytes, uint32_t secure, uint32_t privileged);
int ethosu_invoke_v3(struct ethosu_driver *driver, const void *cop, const int cop_bytes,
                     uint64_t *const bases, const size_t *n_bytes, const int n_bases,
                     void *user);
#endif
struct ethosu_driver *ethosu_reserve_driver(void);
void ethosu_release_driver(struct ethosu_driver *driver);

#endif
