/* SPDX-License-Identifier: Apache-2.0 */
/* The result file of job.h: lines of words, without printf. */
#ifndef SC_BOARDS_QEMU_RESULT_H
#define SC_BOARDS_QEMU_RESULT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* False when the host refuses the file. What is written before goes nowhere. */
bool sc_result_open(const char *path);
/* line("need"); word(12); word(34); end()  ->  "need 12 34\n" */
void sc_result_line(const char *key);
void sc_result_number(int64_t number);
/* "-" when it is NULL or empty. */
void sc_result_word(const char *word);
void sc_result_end(void);
/* Raw bytes and a line break. */
void sc_result_bytes(const void *bytes, size_t n_bytes);
/* Writes what is left. False when any write failed. */
bool sc_result_close(void);

#endif
