/* SPDX-License-Identifier: Apache-2.0 */
/* The contract is in result.h. One file an image, so its state is global. */
#include "boards/qemu/result.h"

#include <string.h>

#include "boards/qemu/semihost.h"

static struct {
    int32_t handle;
    bool open, failed;
    size_t n;
    char buffer[512];
} file;

static void flush(void) {
    if (file.open && file.n && !sc_host_write(file.handle, file.buffer, file.n)) {
        file.failed = true;
    }
    file.n = 0;
}

static void put(const char *bytes, size_t n_bytes) {
    if (n_bytes > sizeof file.buffer - file.n) {
        flush();
    }
    if (n_bytes > sizeof file.buffer) {
        file.failed |= file.open && !sc_host_write(file.handle, bytes, n_bytes);
        return;
    }
    memcpy(file.buffer + file.n, bytes, n_bytes);
    file.n += n_bytes;
}

bool sc_result_open(const char *path) {
    file.handle = sc_host_create(path);
    file.open = file.handle >= 0;
    return file.open;
}

void sc_result_line(const char *key) {
    put(key, strlen(key));
}

void sc_result_number(int64_t number) {
    char digits[24];
    size_t at = sizeof digits;
    uint64_t rest = number < 0 ? 0 - (uint64_t)number : (uint64_t)number;
    do {
        digits[--at] = (char)('0' + rest % 10);
        rest /= 10;
    } while (rest);
    if (number < 0) {
        digits[--at] = '-';
    }
    digits[--at] = ' ';
    put(digits + at, sizeof digits - at);
}

void sc_result_word(const char *word) {
    put(" ", 1);
    if (!word || !*word) {
        word = "-";
    }
    put(word, strlen(word));
}

void sc_result_end(void) {
    put("\n", 1);
}

void sc_result_bytes(const void *bytes, size_t n_bytes) {
    put(bytes, n_bytes);
    put("\n", 1);
}

bool sc_result_close(void) {
    flush();
    if (file.open) {
        sc_host_close(file.handle);
        file.open = false;
    }
    return !file.failed;
}
