/* SPDX-License-Identifier: Apache-2.0 */
/* Zip directories: every listed member is inside the file and can be found. */
#include "compiler/base/zip.h"
#include "fuzz.h"

static ScStatus list_and_read(Sc *sc, ScBytes input, void *user) {
    (void)user;
    ScZip zip;
    SC_TRY(sc_zip_open(sc, "input", input, &zip));
    for (size_t i = 0; i < zip.n_members; i++) {
        const ScZipMember *member = &zip.members[i];
        fuzz_expect(sc_zip_find(&zip, member->name) == member, "a name finds its member");
        ScBytes bytes = {0};
        if (member->method == 0 && !(member->flags & 1)) {
            SC_TRY(sc_zip_read(sc, "input", &zip, member, false, &bytes));
            fuzz_expect(bytes.n_bytes == member->n_bytes, "a member has its length");
            fuzz_expect(bytes.data >= input.data &&
                            bytes.data + bytes.n_bytes <= input.data + input.n_bytes,
                        "a member lies inside the file");
        }
        SC_TRY(sc_zip_read(sc, "input", &zip, member, true, &bytes));
    }
    return SC_OK;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n_bytes) {
    fuzz_with_arena(data, n_bytes, list_and_read, NULL);
    return 0;
}
