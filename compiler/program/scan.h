/* SPDX-License-Identifier: Apache-2.0 */
/* Tokens of the text form. Private to this room. */
#ifndef SC_PROGRAM_SCAN_H
#define SC_PROGRAM_SCAN_H

#include "compiler/base/context.h"

typedef struct ScScan {
    Sc *sc;
    const char *where;
    const char *at; /* 0-terminated */
    int line;
} ScScan;

/* SC_E_FORMAT at this line. */
ScStatus sc_scan_fail(ScScan *s, const char *what);
/* Blanks, line ends and comments ("#" to the end of the line). */
void sc_scan_blanks(ScScan *s);
/* Takes a whole word, or punctuation, when it stands here. */
bool sc_scan_accept(ScScan *s, const char *token);
ScStatus sc_scan_expect(ScScan *s, const char *token);
ScStatus sc_scan_word(ScScan *s, const char **out_word); /* [A-Za-z0-9_.:]+ */
ScStatus sc_scan_int(ScScan *s, int64_t *out);
ScStatus sc_scan_i32(ScScan *s, int32_t *out);
ScStatus sc_scan_u64(ScScan *s, uint64_t *out);
ScStatus sc_scan_u32(ScScan *s, uint32_t *out);
ScStatus sc_scan_double(ScScan *s, double *out); /* also inf, nan, nan:<bits> */
/* Text between quotes, with the escapes that sc_buf_json_str() writes. */
ScStatus sc_scan_string(ScScan *s, const char **out);

#endif
