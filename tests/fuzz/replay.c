/* SPDX-License-Identifier: Apache-2.0 */
/* Runs a fuzz target over the files of a folder, without libFuzzer, in the order
 * of their names. An empty or missing folder is an error: nothing was tested. */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>

#include "fuzz.h"

static int visible(const struct dirent *entry) {
    return entry->d_name[0] != '.';
}

/* NULL when it can't be read. */
static uint8_t *read_file(const char *path, size_t *out_n) {
    FILE *file = fopen(path, "rb");
    uint8_t *bytes = NULL;
    if (file && fseek(file, 0, SEEK_END) == 0) {
        long n = ftell(file);
        bytes = n >= 0 ? malloc((size_t)n + 1) : NULL;
        rewind(file);
        if (bytes && fread(bytes, 1, (size_t)n, file) == (size_t)n) {
            *out_n = (size_t)n;
        } else {
            free(bytes);
            bytes = NULL;
        }
    }
    if (file) {
        fclose(file);
    }
    return bytes;
}

int main(int argc, char **argv) {
    struct dirent **entries;
    int n = argc == 2 ? scandir(argv[1], &entries, visible, alphasort) : -1;
    if (n <= 0) {
        fprintf(stderr, "usage: %s FOLDER (with files in it)\n", argv[0]);
        return 2;
    }
    for (int i = 0; i < n; i++) {
        char path[4096];
        size_t n_bytes = 0;
        snprintf(path, sizeof path, "%s/%s", argv[1], entries[i]->d_name);
        fprintf(stderr, "%s\n", path);
        uint8_t *bytes = read_file(path, &n_bytes);
        if (!bytes) {
            return 1;
        }
        LLVMFuzzerTestOneInput(bytes, n_bytes);
        free(bytes);
        free(entries[i]);
    }
    free(entries);
    printf("%d files replayed\n", n);
    return 0;
}
