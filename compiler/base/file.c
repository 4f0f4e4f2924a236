/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Files through POSIX calls. Regular files are mapped, anything else (a pipe)
 * is read whole. Whoever shortens a file while it is mapped kills us (SIGBUS);
 * that is the price of reading models in place.
 */
#include "compiler/base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "compiler/base/text.h"

typedef struct Mapping {
    void *start;
    size_t n_bytes;
} Mapping;

static void mapping_close(void *what) {
    Mapping *mapping = what;
    munmap(mapping->start, mapping->n_bytes);
}

static void fd_close(void *what) {
    int *fd = what;
    if (*fd >= 0) {
        close(*fd);
        *fd = -1;
    }
}

static ScStatus io_fail(Sc *sc, const char *path, const char *what, int error) {
    char why[128] = "unknown reason";
    if (strerror_r(error, why, sizeof why) != 0) {
        snprintf(why, sizeof why, "error %d", error);
    }
    const char *todo = error == ENOENT ? "check the path" : NULL;
    return sc_fail(sc, SC_E_IO, path, what, why, todo);
}

static ScStatus read_whole(Sc *sc, const char *path, int fd, ScBytes *out_bytes) {
    ScBuf buf = sc_buf(sc->arena);
    char *chunk = sc_arena_alloc(sc->arena, 1 << 16);
    for (;;) {
        ssize_t n = read(fd, chunk, 1 << 16);
        if (n == 0) {
            break;
        }
        if (n < 0 && errno != EINTR) {
            return io_fail(sc, path, "can't be read", errno);
        }
        sc_buf_bytes(&buf, chunk, n < 0 ? 0 : (size_t)n);
    }
    out_bytes->n_bytes = buf.len;
    if (buf.len) {
        out_bytes->data = (const uint8_t *)buf.data;
    }
    return SC_OK;
}

static ScStatus map_fd(Sc *sc, const char *path, int fd, ScBytes *out_bytes) {
    struct stat info;
    if (fstat(fd, &info) != 0) {
        return io_fail(sc, path, "can't be read", errno);
    }
    if (S_ISDIR(info.st_mode)) {
        return io_fail(sc, path, "can't be read", EISDIR);
    }
    if (!S_ISREG(info.st_mode)) {
        return read_whole(sc, path, fd, out_bytes);
    }
    if (info.st_size == 0) {
        return SC_OK;
    }
    if ((uintmax_t)info.st_size > SIZE_MAX) {
        return io_fail(sc, path, "can't be mapped", EFBIG);
    }
    Mapping *mapping = SC_NEW(sc->arena, Mapping);
    mapping->n_bytes = (size_t)info.st_size;
    mapping->start = mmap(NULL, mapping->n_bytes, PROT_READ, MAP_PRIVATE, fd, 0);
    if (mapping->start == MAP_FAILED) {
        return io_fail(sc, path, "can't be mapped", errno);
    }
    sc_arena_defer(sc->arena, mapping_close, mapping);
    *out_bytes = (ScBytes){.data = mapping->start, .n_bytes = mapping->n_bytes};
    return SC_OK;
}

ScStatus sc_file_map(Sc *sc, const char *path, ScBytes *out_bytes) {
    *out_bytes = (ScBytes){.data = (const uint8_t *)"", .n_bytes = 0};
    int *fd = SC_NEW(sc->arena, int); /* deferred: a failed allocation can't leak it */
    *fd = -1;
    sc_arena_defer(sc->arena, fd_close, fd);
    *fd = open(path, O_RDONLY | O_CLOEXEC);
    if (*fd < 0) {
        return io_fail(sc, path, "can't be opened", errno);
    }
    ScStatus status = map_fd(sc, path, *fd, out_bytes);
    fd_close(fd);
    return status;
}

/* 0, or errno. */
static int write_all(int fd, const char *data, size_t n_bytes) {
    while (n_bytes > 0) {
        ssize_t n = write(fd, data, n_bytes);
        if (n < 0 && errno != EINTR) {
            return errno;
        }
        if (n > 0) {
            data += n;
            n_bytes -= (size_t)n;
        }
    }
    return 0;
}

static ScStatus write_in_place(Sc *sc, const char *path, const void *data, size_t n_bytes) {
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    if (fd < 0) {
        return io_fail(sc, path, "can't be written", errno);
    }
    int error = write_all(fd, data, n_bytes);
    if (close(fd) != 0 && error == 0) {
        error = errno;
    }
    return error ? io_fail(sc, path, "can't be written", error) : SC_OK;
}

/* Creates a file that nobody has; -1 and errno when that fails. Not mkstemp():
 * the file gets the permissions that the user's umask says. */
static int temporary_open(const char *path, char *name, size_t name_bytes) {
    for (int i = 0; i < 100; i++) {
        snprintf(name, name_bytes, "%s.%ld.%d.tmp", path, (long)getpid(), i);
        int fd = open(name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
        if (fd >= 0 || errno != EEXIST) {
            return fd;
        }
    }
    return -1;
}

ScStatus sc_file_write(Sc *sc, const char *path, const void *data, size_t n_bytes) {
    if (strcmp(path, "-") == 0) {
        int error = write_all(STDOUT_FILENO, data, n_bytes);
        return error ? io_fail(sc, "standard output", "can't be written", error) : SC_OK;
    }
    struct stat info;
    if (stat(path, &info) == 0 && !S_ISREG(info.st_mode)) { /* a device or a pipe */
        return write_in_place(sc, path, data, n_bytes);
    }
    size_t name_bytes = strlen(path) + 64;
    char *name = sc_arena_alloc(sc->arena, name_bytes);
    int fd = temporary_open(path, name, name_bytes);
    if (fd < 0) {
        return io_fail(sc, path, "can't be written", errno);
    }
    int error = write_all(fd, data, n_bytes);
    if (close(fd) != 0 && error == 0) {
        error = errno;
    }
    if (error == 0 && rename(name, path) != 0) {
        error = errno;
    }
    if (error) {
        unlink(name);
        return io_fail(sc, path, "can't be written", error);
    }
    return SC_OK;
}

ScStatus sc_dir_make(Sc *sc, const char *path) {
    if (mkdir(path, 0777) == 0) {
        return SC_OK;
    }
    struct stat info;
    if (errno == EEXIST && stat(path, &info) == 0 && S_ISDIR(info.st_mode)) {
        return SC_OK;
    }
    return io_fail(sc, path, "the folder can't be made", errno);
}
