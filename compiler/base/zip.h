/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reads zip archives in place: members must be STORED (torch.export writes
 * nothing else); a compressed or encrypted one is listed and refused when it is
 * read. ZIP64 is understood. Names are keys and never become paths, so "../x" is
 * a name like any other; two members of one name are an error. Source: APPNOTE.TXT 6.3.10,
 * sections 4.3 and 4.5.3.
 */
#ifndef SC_BASE_ZIP_H
#define SC_BASE_ZIP_H

#include "compiler/base/file.h"

typedef struct ScZipMember {
    const char *name; /* whole path in the archive */
    uint16_t method;  /* 0 = stored */
    uint16_t flags;   /* bit 0 = encrypted */
    uint32_t crc32;
    uint64_t n_bytes; /* uncompressed */
    uint64_t offset;  /* of the data in the file, checked to lie inside */
} ScZipMember;

typedef struct ScZip {
    ScBytes file;
    ScZipMember *members; /* in the order of the central directory */
    size_t n_members;
    const ScZipMember **by_name; /* the same, sorted */
    const uint32_t *crc_table;
} ScZip;

/* Every member's range is checked against the file. `where` names the file in
 * diagnostics. */
ScStatus sc_zip_open(Sc *sc, const char *where, ScBytes file, ScZip *out_zip);
/* NULL when there is no such member. */
const ScZipMember *sc_zip_find(const ScZip *zip, const char *name);
/* The bytes of a member, in place; CRC is checked when check_crc. Fails on a
 * compressed member. */
ScStatus sc_zip_read(Sc *sc, const char *where, const ScZip *zip, const ScZipMember *member,
                     bool check_crc, ScBytes *out_bytes);

#endif
