/* worker_filter.c: the system calls that are left to a student's function.
 *
 * A list of what is allowed: memory, threads of this process, the clock, reading files that it can
 * see, writing to descriptors that it has. Everything else fails with EPERM. The jail has a filter
 * of its own; this one is narrower, since a worker starts no program. */
#define _GNU_SOURCE             /* CLONE_THREAD and the like */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <seccomp.h>
#include <unistd.h>

#include "grade/worker/worker_serve.h"

static const int allowed[] = {
    SCMP_SYS(brk), SCMP_SYS(mmap), SCMP_SYS(munmap), SCMP_SYS(mprotect), SCMP_SYS(mremap),
    SCMP_SYS(madvise), SCMP_SYS(mincore), SCMP_SYS(membarrier),

    SCMP_SYS(read), SCMP_SYS(readv), SCMP_SYS(pread64), SCMP_SYS(write), SCMP_SYS(writev),
    SCMP_SYS(lseek), SCMP_SYS(close), SCMP_SYS(fstat), SCMP_SYS(newfstatat), SCMP_SYS(stat),
    SCMP_SYS(lstat), SCMP_SYS(statx), SCMP_SYS(access), SCMP_SYS(faccessat), SCMP_SYS(faccessat2),
    SCMP_SYS(readlink), SCMP_SYS(readlinkat), SCMP_SYS(getcwd), SCMP_SYS(getdents64),
    SCMP_SYS(pipe), SCMP_SYS(pipe2),    /* by which AddressSanitizer asks what is readable */
    SCMP_SYS(poll), SCMP_SYS(ppoll), SCMP_SYS(recvfrom), SCMP_SYS(sendto),

    SCMP_SYS(futex), SCMP_SYS(set_robust_list), SCMP_SYS(get_robust_list), SCMP_SYS(rseq),
    SCMP_SYS(set_tid_address), SCMP_SYS(sched_yield), SCMP_SYS(sched_getaffinity),
    SCMP_SYS(getcpu), SCMP_SYS(arch_prctl), SCMP_SYS(exit), SCMP_SYS(exit_group),
    SCMP_SYS(restart_syscall),

    SCMP_SYS(rt_sigaction), SCMP_SYS(rt_sigprocmask), SCMP_SYS(rt_sigreturn),
    SCMP_SYS(rt_sigpending), SCMP_SYS(sigaltstack), SCMP_SYS(pause), SCMP_SYS(alarm),
    SCMP_SYS(setitimer), SCMP_SYS(getitimer), SCMP_SYS(timer_create), SCMP_SYS(timer_settime),
    SCMP_SYS(timer_gettime), SCMP_SYS(timer_getoverrun), SCMP_SYS(timer_delete),

    SCMP_SYS(getpid), SCMP_SYS(gettid), SCMP_SYS(getuid), SCMP_SYS(geteuid), SCMP_SYS(getgid),
    SCMP_SYS(getegid), SCMP_SYS(uname), SCMP_SYS(sysinfo), SCMP_SYS(getrlimit),
    SCMP_SYS(getrusage), SCMP_SYS(times), SCMP_SYS(getrandom), SCMP_SYS(clock_gettime),
    SCMP_SYS(clock_getres), SCMP_SYS(gettimeofday), SCMP_SYS(time), SCMP_SYS(nanosleep),
    SCMP_SYS(clock_nanosleep),
};

/* What a GPU's driver and its library ask for as well; files are opened as they like, since nothing
 * but its devices can be written to in the jail. */
static const int for_driver[] = {
    SCMP_SYS(ioctl), SCMP_SYS(open), SCMP_SYS(openat), SCMP_SYS(fcntl), SCMP_SYS(dup),
    SCMP_SYS(dup3), SCMP_SYS(eventfd2), SCMP_SYS(epoll_create1), SCMP_SYS(epoll_ctl),
    SCMP_SYS(epoll_wait), SCMP_SYS(select), SCMP_SYS(pselect6), SCMP_SYS(mlock), SCMP_SYS(munlock),
    SCMP_SYS(mbind), SCMP_SYS(get_mempolicy), SCMP_SYS(set_mempolicy), SCMP_SYS(memfd_create),
    SCMP_SYS(ftruncate), SCMP_SYS(fallocate), SCMP_SYS(statfs), SCMP_SYS(fstatfs), SCMP_SYS(prctl),
    SCMP_SYS(sched_getparam), SCMP_SYS(sched_getscheduler), SCMP_SYS(sched_get_priority_max),
    SCMP_SYS(sched_get_priority_min), SCMP_SYS(getppid), SCMP_SYS(recvmsg), SCMP_SYS(sendmsg),
};

#define NEW_SPACES (CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWUSER | \
                    CLONE_NEWPID | CLONE_NEWNET)

/* Those that are allowed for some arguments. */
static bool add_conditional(scmp_filter_ctx f, bool gpu)
{
    const unsigned writing = O_ACCMODE | O_CREAT | O_TRUNC | O_APPEND | (O_TMPFILE & ~O_DIRECTORY);
    const unsigned kind = CLONE_THREAD | CLONE_PARENT | CLONE_PTRACE | NEW_SPACES;
    const struct scmp_arg_cmp opening = SCMP_CMP(2, SCMP_CMP_MASKED_EQ, writing, O_RDONLY);
    const struct scmp_arg_cmp opening_old = SCMP_CMP(1, SCMP_CMP_MASKED_EQ, writing, O_RDONLY);
    const struct scmp_arg_cmp threads = SCMP_CMP(0, SCMP_CMP_MASKED_EQ, kind, CLONE_THREAD);
    const struct scmp_arg_cmp itself = SCMP_CMP(0, SCMP_CMP_EQ, (scmp_datum_t)getpid());
    const struct scmp_arg_cmp no_change = SCMP_CMP(2, SCMP_CMP_EQ, 0);
    const struct scmp_arg_cmp flags[] = { SCMP_CMP(1, SCMP_CMP_EQ, F_GETFD),
                                          SCMP_CMP(1, SCMP_CMP_EQ, F_GETFL) };

    return seccomp_rule_add(f, SCMP_ACT_ALLOW, SCMP_SYS(clone), 1, threads) == 0 &&
           seccomp_rule_add(f, SCMP_ACT_ALLOW, SCMP_SYS(tgkill), 1, itself) == 0 &&
           seccomp_rule_add(f, SCMP_ACT_ALLOW, SCMP_SYS(prlimit64), 1, no_change) == 0 &&
           (gpu ||
            (seccomp_rule_add(f, SCMP_ACT_ALLOW, SCMP_SYS(openat), 1, opening) == 0 &&
             seccomp_rule_add(f, SCMP_ACT_ALLOW, SCMP_SYS(open), 1, opening_old) == 0 &&
             seccomp_rule_add(f, SCMP_ACT_ALLOW, SCMP_SYS(fcntl), 1, flags[0]) == 0 &&
             seccomp_rule_add(f, SCMP_ACT_ALLOW, SCMP_SYS(fcntl), 1, flags[1]) == 0));
}

static bool add_all(scmp_filter_ctx f, const int *calls, size_t count)
{
    bool good = true;

    for (size_t i = 0; good && i < count; i++)
        good = seccomp_rule_add(f, SCMP_ACT_ALLOW, calls[i], 0) == 0;
    return good;
}

bool worker_filter(bool gpu)
{
    const scmp_filter_ctx f = seccomp_init(SCMP_ACT_ERRNO(EPERM));
    bool good = f && add_all(f, allowed, sizeof allowed / sizeof allowed[0]);

    if (gpu)                                    /* the driver's threads, too */
        good = good && add_all(f, for_driver, sizeof for_driver / sizeof for_driver[0]) &&
               seccomp_attr_set(f, SCMP_FLTATR_CTL_TSYNC, 1) == 0;
    /* Its flags lie in memory, where no filter can read them; the C library then takes clone(). */
    good = good && seccomp_rule_add(f, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3), 0) == 0 &&
           add_conditional(f, gpu) && seccomp_load(f) == 0;
    if (f)
        seccomp_release(f);
    return good;
}
