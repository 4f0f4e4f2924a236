/* SPDX-License-Identifier: Apache-2.0 */
/* The contract is in process.h. */
#include "compiler/onboard/process.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

extern char **environ;

enum { MAX_ERRORS = 4096 };

/* ---- a private folder -------------------------------------------------------- */

static void dir_remove(void *what) {
    const char *path = what;
    DIR *dir = opendir(path);
    const struct dirent *entry;
    while (dir && (entry = readdir(dir))) {
        unlinkat(dirfd(dir), entry->d_name, 0); /* "." and ".." refuse */
    }
    if (dir) {
        closedir(dir);
    }
    rmdir(path);
}

ScStatus sc_private_dir(Sc *sc, const char **out_path) {
    const char *parent = getenv("TMPDIR");
    char *path =
        sc_arena_fmt(sc->arena, "%s/sconce-XXXXXX", parent && *parent ? parent : "/tmp");
    if (!mkdtemp(path)) {
        return sc_fail(sc, SC_E_IO, path, "a folder for temporary files can't be made",
                       errno == ENOSPC ? "no space left" : "TMPDIR isn't writable",
                       "set TMPDIR to a folder that can be written");
    }
    sc_arena_defer(sc->arena, dir_remove, path);
    *out_path = path;
    return SC_OK;
}

/* ---- a process --------------------------------------------------------------- */

static int64_t now_ms(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* Reads standard error until it is closed, which is when the process ends. Returns
 * false when the time is over first. */
static bool errors_read(int fd, int64_t deadline, char *out_text) {
    size_t n = 0;
    char dropped[256];
    for (;;) {
        struct pollfd wait = {.fd = fd, .events = POLLIN};
        int64_t left = deadline - now_ms();
        if (left <= 0) {
            return false;
        }
        int ready = poll(&wait, 1, left > INT32_MAX ? INT32_MAX : (int)left);
        if (ready <= 0) {
            continue; /* time is over, or a signal came */
        }
        bool full = n == MAX_ERRORS;
        ssize_t got = full ? read(fd, dropped, sizeof dropped)
                           : read(fd, out_text + n, MAX_ERRORS - n);
        if (got == 0 || (got < 0 && errno != EINTR)) {
            return true;
        }
        n += full || got < 0 ? 0 : (size_t)got;
    }
}

static int process_spawn(const ScProcess *process, int error_fd, pid_t *out_pid) {
    posix_spawn_file_actions_t actions;
    if (posix_spawn_file_actions_init(&actions) != 0) {
        return ENOMEM;
    }
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0);
    posix_spawn_file_actions_adddup2(&actions, error_fd, 2);
    /* posix_spawn() takes char *const[] for history's sake; it changes nothing. */
    union {
        const char *const *constant;
        char *const *plain;
    } argv = {process->argv};
    int error = posix_spawnp(out_pid, process->name, &actions, NULL, argv.plain, environ);
    posix_spawn_file_actions_destroy(&actions);
    return error;
}

/* Not inherited by the child, apart from what the child dups. */
static int pipe_open(int fds[2]) {
    if (pipe(fds) != 0) {
        return errno;
    }
    fcntl(fds[0], F_SETFD, FD_CLOEXEC);
    fcntl(fds[1], F_SETFD, FD_CLOEXEC);
    return 0;
}

static ScStatus not_started(Sc *sc, const ScProcess *process, int error) {
    if (error == ENOENT) {
        return sc_fail(sc, SC_E_NOT_FOUND, process->name, "this program isn't installed",
                       "it was looked for in PATH", process->install);
    }
    return sc_fail(sc, SC_E_IO, process->name, "the program can't be started",
                   sc_arena_fmt(sc->arena, "error %d of the system", error), NULL);
}

static void process_end(pid_t pid, bool in_time, ScProcessEnd *out_end) {
    int status = 0;
    if (!in_time) {
        kill(pid, SIGKILL);
    }
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR) {
    }
    out_end->timed_out = !in_time;
    out_end->exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    out_end->signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
}

ScStatus sc_process_run(Sc *sc, const ScProcess *process, ScProcessEnd *out_end) {
    int fds[2];
    pid_t pid;
    char *errors = sc_arena_alloc(sc->arena, MAX_ERRORS + 1);
    memset(out_end, 0, sizeof *out_end);
    out_end->errors = errors;
    int error = pipe_open(fds);
    if (error) {
        return not_started(sc, process, error);
    }
    error = process_spawn(process, fds[1], &pid);
    close(fds[1]);
    if (!error) {
        bool in_time =
            errors_read(fds[0], now_ms() + 1000 * (int64_t)process->timeout_s, errors);
        process_end(pid, in_time, out_end);
    }
    close(fds[0]);
    return error ? not_started(sc, process, error) : SC_OK;
}
