/* fault_inject.c: preloaded into convlab-grade, makes one of its fallible calls fail, once.
 *
 * Idea: a place is a function of libc or of the system and the two innermost calls of the program's
 *       own code that lead to it. One run with FAULT_LIST=FILE writes down every place that is
 *       reached; then one run for each with FAULT_AT=PLACE makes the first call there fail.
 *       FAULT_DONE=FILE is made when that has happened, so that of several processes one alone
 *       sees it.
 * Only the grader itself is treated so, from main() on, in whichever of its processes: programs
 * that it starts have another name. */
#define _GNU_SOURCE
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <execinfo.h>
#include <fcntl.h>
#include <limits.h>
#include <link.h>
#include <poll.h>
#include <spawn.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { FRAMES = 24, PLACES = 1 << 14, DEPTH = 2 };

static bool active, failed;
static uint64_t wanted;                 /* 0: none */
static int list = -1;
static const char *done;
static uintptr_t low, high;             /* the program's code */
static uint64_t seen[PLACES];
static __thread bool inside;

/* ---- Places ---- */

static int note_range(struct dl_phdr_info *info, size_t size, void *unused)
{
    (void)size, (void)unused;
    for (int i = 0; i < info->dlpi_phnum; i++) {
        const ElfW(Phdr) *const p = &info->dlpi_phdr[i];
        if (p->p_type == PT_LOAD && (p->p_flags & PF_X)) {
            low = info->dlpi_addr + p->p_vaddr;
            high = low + p->p_memsz;
        }
    }
    return 1;                           /* the program comes first */
}

static uint64_t place_of(const char *name)
{
    void *frame[FRAMES];
    uint64_t hash = UINT64_C(0xcbf29ce484222325);
    int depth = 0;

    for (; *name; name++)
        hash = (hash ^ (unsigned char)*name) * UINT64_C(0x100000001b3);
    const int count = backtrace(frame, FRAMES);
    for (int i = 0; i < count && depth < DEPTH; i++) {
        const uintptr_t at = (uintptr_t)frame[i];
        if (at < low || at >= high)
            continue;
        hash = (hash ^ (at - low)) * UINT64_C(0x100000001b3);
        depth++;
    }
    return depth ? hash : 0;            /* 0: nobody of ours called */
}

static bool is_new(uint64_t place)
{
    for (uint64_t i = place % PLACES, n = 0; n < PLACES; i = (i + 1) % PLACES, n++) {
        if (seen[i] == place)
            return false;
        if (!seen[i]) {
            seen[i] = place;
            return true;
        }
    }
    return false;
}

static void write_down(const char *name, uint64_t place)
{
    char line[96];
    const int length = snprintf(line, sizeof line, "%016llx %s\n", (unsigned long long)place, name);
    syscall(SYS_write, list, line, (size_t)length);
}

/* True if this call is the one that fails. */
static bool fails(const char *name)
{
    if (!active || inside)
        return false;
    inside = true;
    const int kept = errno;
    const uint64_t place = place_of(name);
    bool now = false;
    if (place && list >= 0 && is_new(place))
        write_down(name, place);
    if (place && place == wanted && !failed) {
        const long made = syscall(SYS_openat, AT_FDCWD, done, O_CREAT | O_EXCL | O_WRONLY, 0600);
        failed = true;
        now = made >= 0;
        if (now)
            syscall(SYS_close, made);
    }
    errno = kept;
    inside = false;
    return now;
}

static void begin(void)
{
    char path[PATH_MAX] = "";
    void *frame[1];
    const char *const at = getenv("FAULT_AT"), *const file = getenv("FAULT_LIST");
    const ssize_t length = readlink("/proc/self/exe", path, sizeof path - 1);
    const char *const slash = strrchr(path, '/');

    if (length <= 0 || !slash || strcmp(slash, "/convlab-grade") != 0)
        return;
    backtrace(frame, 1);                /* loads what it needs, which allocates */
    dl_iterate_phdr(note_range, NULL);
    done = getenv("FAULT_DONE");
    wanted = at && done ? strtoull(at, NULL, 16) : 0;
    if (file)
        list = (int)syscall(SYS_openat, AT_FDCWD, file,
                            O_CREAT | O_APPEND | O_WRONLY | O_CLOEXEC, 0600);
    active = true;
}

/* Before main() the simulated kernels enter themselves into tables; nothing is graded yet. */
static int (*real_main)(int, char **, char **);

static int begin_and_run(int argc, char **argv, char **environment)
{
    begin();
    return real_main(argc, argv, environment);
}

int __libc_start_main(int (*main)(int, char **, char **), int argc, char **argv, void (*init)(void),
                      void (*fini)(void), void (*loader_fini)(void), void *stack_end)
{
    __typeof__(__libc_start_main) *const start =
        (__typeof__(__libc_start_main) *)dlsym(RTLD_NEXT, "__libc_start_main");

    real_main = main;
    return start(begin_and_run, argc, argv, init, fini, loader_fini, stack_end);
}

/* ---- The calls ---- */

#define REAL(name) \
    static __typeof__(name) *real; \
    if (!real) { \
        const bool before = inside; \
        inside = true; \
        real = (__typeof__(name) *)dlsym(RTLD_NEXT, #name); \
        inside = before; \
    }

#define FAIL(name, why, result) \
    if (fails(#name)) { \
        errno = (why); \
        return result; \
    }

extern void *__libc_malloc(size_t);     /* dlsym itself allocates */
extern void *__libc_calloc(size_t, size_t);
extern void *__libc_realloc(void *, size_t);

void *malloc(size_t size)
{
    FAIL(malloc, ENOMEM, NULL)
    return __libc_malloc(size);
}

void *calloc(size_t count, size_t size)
{
    FAIL(calloc, ENOMEM, NULL)
    return __libc_calloc(count, size);
}

void *realloc(void *old, size_t size)
{
    FAIL(realloc, ENOMEM, NULL)
    return __libc_realloc(old, size);
}

#define CALL(type, name, parameters, arguments, why, result) \
    type name parameters \
    { \
        REAL(name) \
        FAIL(name, why, result) \
        return real arguments; \
    }

CALL(char *, strdup, (const char *s), (s), ENOMEM, NULL)
CALL(char *, strndup, (const char *s, size_t n), (s, n), ENOMEM, NULL)
CALL(FILE *, open_memstream, (char **p, size_t *n), (p, n), ENOMEM, NULL)
CALL(void *, aligned_alloc, (size_t a, size_t n), (a, n), ENOMEM, NULL)
CALL(void *, mmap, (void *a, size_t n, int p, int f, int d, off_t o), (a, n, p, f, d, o), ENOMEM,
     MAP_FAILED)
CALL(int, memfd_create, (const char *n, unsigned f), (n, f), EMFILE, -1)
CALL(int, ftruncate, (int d, off_t n), (d, n), ENOSPC, -1)
CALL(int, pipe, (int d[2]), (d), EMFILE, -1)
CALL(int, pipe2, (int d[2], int f), (d, f), EMFILE, -1)
CALL(int, socketpair, (int a, int t, int p, int d[2]), (a, t, p, d), EMFILE, -1)
CALL(pid_t, fork, (void), (), EAGAIN, -1)
CALL(ssize_t, read, (int d, void *b, size_t n), (d, b, n), EIO, -1)
CALL(ssize_t, pread, (int d, void *b, size_t n, off_t o), (d, b, n, o), EIO, -1)
CALL(ssize_t, write, (int d, const void *b, size_t n), (d, b, n), ENOSPC, -1)
CALL(ssize_t, send, (int d, const void *b, size_t n, int f), (d, b, n, f), EPIPE, -1)
CALL(ssize_t, recv, (int d, void *b, size_t n, int f), (d, b, n, f), ECONNRESET, -1)
CALL(ssize_t, sendmsg, (int d, const struct msghdr *m, int f), (d, m, f), EPIPE, -1)
CALL(ssize_t, recvmsg, (int d, struct msghdr *m, int f), (d, m, f), ECONNRESET, -1)
CALL(int, poll, (struct pollfd *p, nfds_t n, int t), (p, n, t), ENOMEM, -1)
CALL(int, ppoll, (struct pollfd *p, nfds_t n, const struct timespec *t, const sigset_t *s),
     (p, n, t, s), ENOMEM, -1)
CALL(pid_t, waitpid, (pid_t p, int *s, int o), (p, s, o), EINTR, -1)
CALL(int, posix_spawn, (pid_t *restrict p, const char *restrict f,
                        const posix_spawn_file_actions_t *restrict a,
                        const posix_spawnattr_t *restrict t, char *const v[restrict],
                        char *const e[restrict]), (p, f, a, t, v, e), EAGAIN, EAGAIN)
CALL(int, posix_fallocate, (int d, off_t o, off_t n), (d, o, n), ENOSPC, ENOSPC)
CALL(int, fsync, (int d), (d), EIO, -1)
CALL(int, rename, (const char *a, const char *b), (a, b), EIO, -1)
CALL(int, renameat, (int d, const char *a, int e, const char *b), (d, a, e, b), EIO, -1)
CALL(int, link, (const char *a, const char *b), (a, b), EMLINK, -1)
CALL(int, unlink, (const char *p), (p), EIO, -1)
CALL(int, unlinkat, (int d, const char *p, int f), (d, p, f), EIO, -1)
CALL(int, access, (const char *p, int m), (p, m), EIO, -1)
CALL(ssize_t, readlink, (const char *restrict p, char *restrict b, size_t n), (p, b, n), EIO, -1)
CALL(char *, realpath, (const char *restrict p, char *restrict b), (p, b), ENOMEM, NULL)
CALL(int, rmdir, (const char *p), (p), EIO, -1)
CALL(int, mkdir, (const char *p, mode_t m), (p, m), ENOSPC, -1)
CALL(int, mkdirat, (int d, const char *p, mode_t m), (d, p, m), ENOSPC, -1)
CALL(char *, mkdtemp, (char *p), (p), ENOSPC, NULL)
CALL(int, mkstemp, (char *p), (p), ENOSPC, -1)
CALL(int, chmod, (const char *p, mode_t m), (p, m), EIO, -1)
CALL(int, fchmod, (int d, mode_t m), (d, m), EIO, -1)
CALL(int, stat, (const char *restrict p, struct stat *restrict s), (p, s), EIO, -1)
CALL(int, lstat, (const char *restrict p, struct stat *restrict s), (p, s), EIO, -1)
CALL(int, fstat, (int d, struct stat *s), (d, s), EIO, -1)
CALL(int, fstatat, (int d, const char *restrict p, struct stat *restrict s, int f), (d, p, s, f),
     EIO, -1)
CALL(off_t, lseek, (int d, off_t o, int w), (d, o, w), EIO, -1)
CALL(int, flock, (int d, int o), (d, o), EINTR, -1)
CALL(DIR *, opendir, (const char *p), (p), EMFILE, NULL)
CALL(DIR *, fdopendir, (int d), (d), ENOMEM, NULL)
CALL(FILE *, fopen, (const char *restrict p, const char *restrict m), (p, m), EMFILE, NULL)
CALL(FILE *, fdopen, (int d, const char *m), (d, m), ENOMEM, NULL)
CALL(ssize_t, getrandom, (void *b, size_t n, unsigned f), (b, n, f), EINTR, -1)

/* Its third argument is a number or nothing for all that the grader asks. */
int fcntl(int d, int what, ...)
{
    REAL(fcntl)
    va_list more;
    va_start(more, what);
    const long argument = va_arg(more, long);
    va_end(more);
    FAIL(fcntl, EMFILE, -1)
    return real(d, what, argument);
}

/* The stream is closed, as libc does even when it complains. */
int fclose(FILE *stream)
{
    REAL(fclose)
    const bool now = fails("fclose");
    const int code = real(stream);
    if (now)
        errno = ENOSPC;
    return now ? EOF : code;
}

#define OPEN(name, first, parameters, arguments) \
    int name parameters \
    { \
        REAL(name) \
        va_list more; \
        va_start(more, flags); \
        const mode_t mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(more, mode_t) : 0; \
        va_end(more); \
        FAIL(name, flags & O_CREAT ? ENOSPC : EMFILE, -1) \
        return real arguments; \
    }
OPEN(open, path, (const char *path, int flags, ...), (path, flags, mode))
OPEN(openat, dir, (int dir, const char *path, int flags, ...), (dir, path, flags, mode))
