/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A driver that prints how it is called and lets the simulator do the work. Lines:
 *     init SECURE PRIVILEGED
 *     reserve
 *     invoke COP_BYTES FIRST_LETTER N_BASES SIZE0 SIZE1 SIZE2 MISALIGNED_BASES
 *     release
 */
#include <ethosu_driver.h>

#include <stdbool.h>

#include "backends/ethos_u/sim/npu.h"
#include "boards/common/board.h"

static _Alignas(SC_FILE_ALIGN) uint8_t room[64 * 1024];
static ScEthosUSimNpu npu = {.workspace = room, .workspace_bytes = sizeof room};
static struct ethosu_driver *opened;
static bool is_reserved;

static void number_print(size_t number) {
    char digits[12] = {0};
    size_t at = sizeof digits - 1;
    do {
        digits[--at] = (char)('0' + number % 10);
        number /= 10;
    } while (number && at);
    sc_board_print(" ");
    sc_board_print(digits + at);
}

static int opened_with(struct ethosu_driver *driver, const void *registers, uint32_t secure,
                       uint32_t privileged) {
    if (!driver || !registers) {
        return -1;
    }
    sc_board_print("init");
    number_print(secure);
    number_print(privileged);
    sc_board_print("\n");
    driver->is_open = 1;
    opened = driver;
    return 0;
}

static int invoked_with(const struct ethosu_driver *driver, const void *cop, int cop_bytes,
                        const uint64_t *bases, const size_t *n_bytes, int n_bases) {
    char letter[3] = {' ', *(const char *)cop, 0};
    size_t misaligned = 0;
    if (driver != opened || !is_reserved || n_bases != 3) {
        return -1;
    }
    sc_board_print("invoke");
    number_print((size_t)cop_bytes);
    sc_board_print(letter);
    number_print((size_t)n_bases);
    for (int i = 0; i < n_bases; i++) {
        number_print(n_bytes[i]);
        misaligned += bases[i] % 16 != 0;
    }
    number_print(misaligned);
    sc_board_print("\n");
#ifdef FAKE_FAILS
    return -1;
#endif
    return sc_ethos_u_npu_invoke(&npu, cop, (size_t)cop_bytes, bases, n_bytes, n_bases);
}

#ifdef FAKE_OLD
int ethosu_init(struct ethosu_driver *driver, const void *registers, const void *fast,
                const size_t fast_bytes, uint32_t secure, uint32_t privileged) {
    (void)fast, (void)fast_bytes;
    return opened_with(driver, registers, secure, privileged);
}

int ethosu_invoke_v3(struct ethosu_driver *driver, const void *cop, const int cop_bytes,
                     const uint64_t *bases, const size_t *n_bytes, const int n_bases,
                     void *user) {
    (void)user;
    return invoked_with(driver, cop, cop_bytes, bases, n_bytes, n_bases);
}
#else
int ethosu_init(struct ethosu_driver *driver, void *const registers, const void *fast,
                const size_t fast_bytes, uint32_t secure, uint32_t privileged) {
    (void)fast, (void)fast_bytes;
    return opened_with(driver, registers, secure, privileged);
}

/* Writes into the list, as the real one does when it has fast memory of its own. */
int ethosu_invoke_v3(struct ethosu_driver *driver, const void *cop, const int cop_bytes,
                     uint64_t *const bases, const size_t *n_bytes, const int n_bases,
                     void *user) {
    (void)user;
    int result = invoked_with(driver, cop, cop_bytes, bases, n_bytes, n_bases);
    for (int i = 0; i < n_bases; i++) {
        bases[i] = 0;
    }
    return result;
}
#endif

struct ethosu_driver *ethosu_reserve_driver(void) {
    if (!opened || is_reserved) {
        return NULL;
    }
    sc_board_print("reserve\n");
    is_reserved = true;
    return opened;
}

void ethosu_release_driver(struct ethosu_driver *driver) {
    sc_board_print(driver == opened && is_reserved ? "release\n" : "wrong release\n");
    is_reserved = false;
}
