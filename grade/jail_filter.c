/* jail_filter.c: the system calls that are left in a jail.
 *
 * Idea: a list of what may be called; all else answers "not implemented", as on an older kernel, so
 *       that libraries fall back. Calls that have many uses are allowed for some arguments only.
 *       Another architecture's numbers (i386, x32) end the process: the list would not match them.
 * Without programs: clone() makes threads alone, and clone3(), whose flags a filter cannot see,
 *       does not exist. One exec has to remain, for the program itself; the worker then forbids
 *       it. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <seccomp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "grade/jail_parts.h"

#ifndef PR_SET_VMA
#define PR_SET_VMA 0x53564d41
#endif

static const char *const always[] = {
    "read", "write", "readv", "writev", "pread64", "pwrite64", "preadv", "pwritev", "open",
    "openat", "close", "close_range", "lseek", "stat", "lstat", "fstat", "newfstatat", "fstatat64",
    "statx", "access", "faccessat", "faccessat2", "readlink", "readlinkat", "getcwd", "getdents",
    "getdents64", "dup", "dup2", "dup3", "poll", "ppoll", "select", "pselect6", "epoll_create1",
    "epoll_ctl", "epoll_wait", "epoll_pwait", "eventfd2", "statfs", "fstatfs",
    "mmap", "munmap", "mprotect", "mremap", "madvise", "msync", "mincore", "brk",
    "rt_sigaction", "rt_sigprocmask", "rt_sigreturn", "rt_sigpending", "rt_sigsuspend",
    "rt_sigtimedwait", "sigaltstack", "pause", "alarm", "setitimer", "getitimer",
    "restart_syscall", "tgkill",
    "execve", "exit", "exit_group", "set_tid_address", "set_robust_list", "get_robust_list", "rseq",
    "arch_prctl", "futex", "futex_waitv", "membarrier",
    "sched_yield", "sched_getaffinity", "sched_getparam", "sched_getscheduler",
    "sched_get_priority_max", "sched_get_priority_min", "getcpu",
    "getpid", "gettid", "getppid", "getpgrp", "getpgid", "getsid", "getuid", "geteuid", "getgid",
    "getegid", "getresuid", "getresgid", "getgroups", "getpriority", "capget",
    "clock_gettime", "clock_getres", "clock_nanosleep", "nanosleep", "gettimeofday", "time",
    "times", "getrusage", "getrlimit", "setrlimit", "sysinfo", "uname", "getrandom",
    "sendmsg", "recvmsg", "sendto", "recvfrom", "shutdown", "getsockopt", "getsockname",
    "getpeername", "seccomp", NULL
};

/* For those who have a folder to write in. */
static const char *const writing[] = {
    "creat", "mkdir", "mkdirat", "rmdir", "unlink", "unlinkat", "rename", "renameat", "renameat2",
    "chmod", "fchmod", "fchmodat", "utime", "utimes", "utimensat", "futimesat", "fallocate",
    "ftruncate", "truncate", "fsync", "fdatasync", "flock", "fadvise64", "copy_file_range",
    "sendfile", "umask", NULL
};

static const char *const programs[] = {
    "fork", "vfork", "wait4", "waitid", "pipe", "pipe2", "kill", "tkill", "execveat", "chdir",
    "fchdir", "umask", "setpgid", "fadvise64", "sched_getattr", "getxattr", "lgetxattr",
    "fgetxattr", NULL
};

static const char *const timers[] = {
    "timer_create", "timer_settime", "timer_gettime", "timer_getoverrun", "timer_delete", NULL
};

/* What the driver of a GPU asks for, beside any ioctl() on its devices. */
static const char *const devices[] = {
    "ioctl", "mlock", "munlock", "mbind", "get_mempolicy", "set_mempolicy", "memfd_create",
    "ftruncate", "fallocate", "pipe2", "madvise", NULL
};

static int allow(scmp_filter_ctx f, const char *const *names)
{
    for (; *names; names++) {
        const int number = seccomp_syscall_resolve_name(*names);

        /* Unknown here: another architecture's, or newer than the library; then it is denied. */
        if (number == __NR_SCMP_ERROR)
            continue;
        const int result = seccomp_rule_add(f, SCMP_ACT_ALLOW, number, 0);
        if (result && result != -EDOM)
            return result;
    }
    return 0;
}

static int allow_first(scmp_filter_ctx f, int number, int argument, const uint32_t *values)
{
    int result = 0;

    for (; !result && *values != ~1U; values++)
        result = seccomp_rule_add(f, SCMP_ACT_ALLOW, number, 1,
                                  SCMP_CMP32((unsigned)argument, SCMP_CMP_EQ, *values));
    return result;
}

/* Calls that are allowed for some arguments, each list ended by ~1. */
static int allow_some(scmp_filter_ctx f, bool with_programs, bool with_devices)
{
    static const uint32_t prctls[] = { PR_SET_NAME, PR_GET_NAME, PR_SET_NO_NEW_PRIVS,
                                       PR_GET_NO_NEW_PRIVS, PR_SET_SECCOMP, PR_GET_SECCOMP,
                                       PR_GET_DUMPABLE, PR_SET_VMA, ~1U };
    static const uint32_t fcntls[] = { F_DUPFD, F_DUPFD_CLOEXEC, F_GETFD, F_SETFD, F_GETFL, F_SETFL,
                                       F_GETLK, F_SETLK, F_SETLKW, 1034 /* F_GET_SEALS */, ~1U };
    static const uint32_t ioctls[] = { TCGETS, TIOCGWINSZ, FIONREAD, FIONBIO, FIOCLEX, ~1U };
    static const uint32_t own[] = { 0, ~1U };
    static const uint32_t asking[] = { ~0U, ~1U };
    const uint64_t spaces = CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS | CLONE_NEWIPC |
                            CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNET;
    const struct scmp_arg_cmp flags =
        with_programs ? SCMP_A0_64(SCMP_CMP_MASKED_EQ, spaces, 0)
                      : SCMP_A0_64(SCMP_CMP_MASKED_EQ, spaces | CLONE_THREAD, CLONE_THREAD);
    int result = seccomp_rule_add(f, SCMP_ACT_ALLOW, SCMP_SYS(clone), 1, flags);

    if (!result)
        result = allow_first(f, SCMP_SYS(prctl), 0, prctls);
    if (!result)
        result = allow_first(f, SCMP_SYS(fcntl), 1, fcntls);
    if (!result && !with_devices)
        result = allow_first(f, SCMP_SYS(ioctl), 1, ioctls);
    if (!result)
        result = allow_first(f, SCMP_SYS(prlimit64), 0, own);
    if (!result)
        result = allow_first(f, SCMP_SYS(personality), 0, asking);
    return result;
}

/* The program as the kernel takes it; the library gives it out through a descriptor only. */
static bool export(scmp_filter_ctx f, jail_plan *plan)
{
    const int fd = memfd_create("filter", MFD_CLOEXEC);
    ssize_t got = -1;

    if (fd < 0)
        return false;
    const int result = seccomp_export_bpf(f, fd);
    if (result == 0)
        got = pread(fd, plan->filter, sizeof plan->filter, 0);
    else
        errno = -result;
    close(fd);
    if (got == (ssize_t)sizeof plan->filter)
        errno = E2BIG;
    plan->filter_count = got > 0 ? (uint32_t)((size_t)got / sizeof plan->filter[0]) : 0;
    plan->filtered = true;
    return got > 0 && (size_t)got < sizeof plan->filter;
}

bool jail_filter_make(jail_plan *plan, const jail_options *o, file_error *error)
{
    bool with_devices = false;
    const scmp_filter_ctx f = seccomp_init(SCMP_ACT_ERRNO(ENOSYS));
    int result = f ? 0 : -ENOMEM;

    for (int i = 0; i < JAIL_MAX_VISIBLE && o->visible[i].from; i++)
        with_devices |= strncmp(o->visible[i].from, "/dev/", 5) == 0;
    if (!result)
        result = seccomp_attr_set(f, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS);
    if (!result)
        result = seccomp_attr_set(f, SCMP_FLTATR_CTL_OPTIMIZE, 2);
    if (!result)
        result = allow(f, always);
    if (!result && (o->scratch || o->programs))
        result = allow(f, writing);
    if (!result && o->programs)
        result = allow(f, programs);
    if (!result && o->timers)
        result = allow(f, timers);
    if (!result && with_devices)
        result = allow(f, devices);
    if (!result)
        result = allow_some(f, o->programs, with_devices);
    errno = -result;
    const bool made = !result && export(f, plan);
    if (!made)
        file_refuse(error, STATUS_IO, "seccomp filter: %m");
    if (f)
        seccomp_release(f);
    return made;
}
