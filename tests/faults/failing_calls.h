/* failing_calls.h: makes each fallible call of a test program fail, one per run; for one source
 * file of a program, which it gives its own definitions of libc's functions.
 *
 * Idea: a place is a function and the two innermost calls of the program's own code that lead to
 *       it. While it is armed, the first call at a place that has not failed before fails; so what
 *       is tested is repeated until a run has no failure left. The table is shared with children.
 * Under AddressSanitizer, which has an allocator of its own, allocations do not fail. */
#ifndef FAILING_CALLS_H
#define FAILING_CALLS_H

#ifndef _GNU_SOURCE                     /* this header comes before all others */
#define _GNU_SOURCE
#endif
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <execinfo.h>
#include <fcntl.h>
#include <link.h>
#include <poll.h>
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
#include <unistd.h>

enum { FAILING_PLACES = 1 << 13, FAILING_FRAMES = 24, FAILING_DEPTH = 2 };

static struct failing {
    uint64_t failed[FAILING_PLACES];
    bool armed;
    char now[32];                       /* what has failed in this run; "": nothing */
} *failing;
static uintptr_t failing_low, failing_high;     /* the program's code */
static __thread bool failing_inside;

static int failing_range(struct dl_phdr_info *info, size_t size, void *unused)
{
    (void)size, (void)unused;
    for (int i = 0; i < info->dlpi_phnum; i++)
        if (info->dlpi_phdr[i].p_type == PT_LOAD && (info->dlpi_phdr[i].p_flags & PF_X)) {
            failing_low = info->dlpi_addr + info->dlpi_phdr[i].p_vaddr;
            failing_high = failing_low + info->dlpi_phdr[i].p_memsz;
        }
    return 1;                           /* the program comes first */
}

__attribute__((noinline)) static uint64_t failing_place(const char *name)
{
    void *frame[FAILING_FRAMES];
    uint64_t hash = UINT64_C(0xcbf29ce484222325);
    int depth = 0;

    for (; *name; name++)
        hash = (hash ^ (unsigned char)*name) * UINT64_C(0x100000001b3);
    const int count = backtrace(frame, FAILING_FRAMES);
    /* The first three are this function, its caller, and the function of libc that we stand for. */
    for (int i = 3; i < count && depth < FAILING_DEPTH; i++) {
        const uintptr_t at = (uintptr_t)frame[i];
        if (at < failing_low || at >= failing_high)
            continue;
        hash = (hash ^ (at - failing_low)) * UINT64_C(0x100000001b3);
        depth++;
    }
    return depth ? hash : 0;
}

/* True if this call fails. */
__attribute__((noinline)) static bool call_fails(const char *name, int why)
{
    if (!failing || !failing->armed || failing_inside || *failing->now)
        return false;
    failing_inside = true;
    const uint64_t place = failing_place(name);
    uint64_t i = place % FAILING_PLACES;
    while (place && failing->failed[i] && failing->failed[i] != place)
        i = (i + 1) % FAILING_PLACES;
    const bool fresh = place && !failing->failed[i];
    if (fresh) {
        failing->failed[i] = place;
        snprintf(failing->now, sizeof failing->now, "%s", name);
        errno = why;
    }
    failing_inside = false;
    return fresh;
}

/* From here on the next call at a new place fails. */
static void failing_arm(void)
{
    if (!failing) {
        void *frame[1];
        backtrace(frame, 1);            /* loads what it needs */
        dl_iterate_phdr(failing_range, NULL);
        void *const shared = mmap(NULL, sizeof *failing, PROT_READ | PROT_WRITE,
                                  MAP_SHARED | MAP_ANONYMOUS, -1, 0);
        if (shared == MAP_FAILED)
            abort();
        failing = shared;
    }
    failing->now[0] = '\0';
    failing->armed = true;
}

/* No more; the name of the call that has failed, or NULL. */
static const char *failing_disarm(void)
{
    failing->armed = false;
    return *failing->now ? failing->now : NULL;
}

/* No more failures in this process. */
void failing_end(void);
void failing_end(void)
{
    failing_inside = true;
}

/* The function of libc. Finding it allocates. */
static void *failing_real(const char *name)
{
    const bool before = failing_inside;

    failing_inside = true;
    void *const real = dlsym(RTLD_NEXT, name);
    failing_inside = before;
    return real;
}

/* ---- The calls ---- */

#define FAILING(type, name, parameters, arguments, why, result) \
    type name parameters \
    { \
        static __typeof__(&name) real; \
        if (!real) \
            real = (__typeof__(&name))failing_real(#name); \
        return call_fails(#name, why) ? (result) : real arguments; \
    }

#ifndef __SANITIZE_ADDRESS__
extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t count, size_t size);
extern void *__libc_realloc(void *block, size_t size);

void *malloc(size_t size)
{
    return call_fails("malloc", ENOMEM) ? NULL : __libc_malloc(size);
}

void *calloc(size_t count, size_t size)
{
    return call_fails("calloc", ENOMEM) ? NULL : __libc_calloc(count, size);
}

void *realloc(void *block, size_t size)
{
    return call_fails("realloc", ENOMEM) ? NULL : __libc_realloc(block, size);
}

FAILING(FILE *, open_memstream, (char **p, size_t *n), (p, n), ENOMEM, NULL)
#endif

FAILING(void *, mmap, (void *a, size_t n, int p, int f, int d, off_t o), (a, n, p, f, d, o), ENOMEM,
        MAP_FAILED)
FAILING(int, memfd_create, (const char *n, unsigned f), (n, f), EMFILE, -1)
FAILING(int, ftruncate, (int d, off_t n), (d, n), ENOSPC, -1)
FAILING(int, posix_fallocate, (int d, off_t o, off_t n), (d, o, n), ENOSPC, ENOSPC)
FAILING(int, pipe2, (int d[2], int f), (d, f), EMFILE, -1)
FAILING(int, socketpair, (int a, int t, int p, int d[2]), (a, t, p, d), EMFILE, -1)
FAILING(int, socket, (int a, int t, int p), (a, t, p), EMFILE, -1)
FAILING(ssize_t, read, (int d, void *b, size_t n), (d, b, n), EIO, -1)
FAILING(ssize_t, pread, (int d, void *b, size_t n, off_t o), (d, b, n, o), EIO, -1)
FAILING(ssize_t, write, (int d, const void *b, size_t n), (d, b, n), ENOSPC, -1)
FAILING(ssize_t, send, (int d, const void *b, size_t n, int f), (d, b, n, f), EPIPE, -1)
FAILING(ssize_t, recv, (int d, void *b, size_t n, int f), (d, b, n, f), ECONNRESET, -1)
FAILING(int, poll, (struct pollfd *p, nfds_t n, int t), (p, n, t), ENOMEM, -1)
FAILING(int, rename, (const char *a, const char *b), (a, b), EIO, -1)
FAILING(int, renameat, (int d, const char *a, int e, const char *b), (d, a, e, b), EIO, -1)
FAILING(int, link, (const char *a, const char *b), (a, b), EMLINK, -1)
FAILING(int, rmdir, (const char *p), (p), EIO, -1)
FAILING(int, unlinkat, (int d, const char *p, int f), (d, p, f), EIO, -1)
FAILING(int, mkdir, (const char *p, mode_t m), (p, m), ENOSPC, -1)
FAILING(char *, mkdtemp, (char *p), (p), ENOSPC, NULL)
FAILING(int, mkstemp, (char *p), (p), ENOSPC, -1)
FAILING(int, chmod, (const char *p, mode_t m), (p, m), EIO, -1)
FAILING(int, fchmod, (int d, mode_t m), (d, m), EIO, -1)
FAILING(int, stat, (const char *restrict p, struct stat *restrict s), (p, s), EIO, -1)
FAILING(int, lstat, (const char *restrict p, struct stat *restrict s), (p, s), EIO, -1)
FAILING(int, fstat, (int d, struct stat *s), (d, s), EIO, -1)
FAILING(int, dup, (int d), (d), EMFILE, -1)
FAILING(int, flock, (int d, int o), (d, o), EINTR, -1)
FAILING(DIR *, opendir, (const char *p), (p), EMFILE, NULL)
FAILING(DIR *, fdopendir, (int d), (d), ENOMEM, NULL)
FAILING(FILE *, fopen, (const char *restrict p, const char *restrict m), (p, m), EMFILE, NULL)
FAILING(FILE *, fdopen, (int d, const char *m), (d, m), ENOMEM, NULL)
FAILING(ssize_t, getrandom, (void *b, size_t n, unsigned f), (b, n, f), EINTR, -1)
FAILING(ssize_t, readlink, (const char *restrict p, char *restrict b, size_t n), (p, b, n), EIO, -1)

/* No test here pulls the plug, and waiting for a disk takes long. */
int fsync(int fd)
{
    (void)fd;
    return call_fails("fsync", EIO) ? -1 : 0;
}

pid_t fork(void)
{
    static pid_t (*real)(void);

    if (!real)
        real = (pid_t (*)(void))failing_real("fork");
    return call_fails("fork", EAGAIN) ? -1 : real();
}

int open(const char *path, int flags, ...)
{
    static int (*real)(const char *, int, ...);
    va_list more;

    if (!real)
        real = (int (*)(const char *, int, ...))failing_real("open");
    va_start(more, flags);
    const mode_t mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(more, mode_t) : 0;
    va_end(more);
    return call_fails("open", EMFILE) ? -1 : real(path, flags, mode);
}

int openat(int folder, const char *path, int flags, ...)
{
    static int (*real)(int, const char *, int, ...);
    va_list more;

    if (!real)
        real = (int (*)(int, const char *, int, ...))failing_real("openat");
    va_start(more, flags);
    const mode_t mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(more, mode_t) : 0;
    va_end(more);
    return call_fails("openat", EMFILE) ? -1 : real(folder, path, flags, mode);
}

/* The stream is closed, as libc does even when it complains. */
int fclose(FILE *stream)
{
    static int (*real)(FILE *);

    if (!real)
        real = (int (*)(FILE *))failing_real("fclose");
    const bool now = call_fails("fclose", ENOSPC);
    const int code = real(stream);
    if (now)
        errno = ENOSPC;
    return now ? EOF : code;
}

#endif
