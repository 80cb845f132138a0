/* spoilt_worker.h: a machine on which one worker of a grading meets with something: it cannot be
 * started, it cannot be asked, the clock has gone on by hours when it has answered, its processor
 * time cannot be read, or its jail cannot be cleared away. For one source file of a program, which
 * it gives its own definitions of libc's functions.
 *
 * Workers are counted from 1 in the order in which they are started: that of the groups, that of
 * the memory run, then of the speed the student's and the suite's own, or that of the profile. */
#ifndef SPOILT_WORKER_H
#define SPOILT_WORKER_H

#ifndef _GNU_SOURCE                     /* this header comes before all others */
#define _GNU_SOURCE
#endif
#include <errno.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "grade/jail_plan.h"

typedef enum {
    NOT_SPOILT,
    NO_START,
    NO_QUESTION,                        /* number `at` since the worker has been started */
    HOURS_LATER,                        /* from its answer number `at` on; 1 and 2: it is ready */
    NO_PROCESSOR_TIME,                  /* the same; it stands still from then on */
    SOMETHING_LEFT                      /* by the jail that ends as number `at` since its start */
} spoilt_how;

static struct {
    spoilt_how how;
    int worker, at;
    int started, asked, answered, ended;
    double processor_share;             /* 1: processor time is as it is */
} spoilt = { .processor_share = 1.0 };

/* From here on, until the next call; NOT_SPOILT: nothing more. */
static void spoil(spoilt_how how, int worker, int at)
{
    spoilt.how = how;
    spoilt.worker = worker;
    spoilt.at = at;
    spoilt.started = spoilt.asked = spoilt.answered = spoilt.ended = 0;
    spoilt.processor_share = 1.0;
}

static int spoilt_now(spoilt_how how)
{
    return spoilt.how == how && spoilt.started == spoilt.worker;
}

/* A worker's socket, and no other of ours, is asked for the sender. */
int setsockopt(int fd, int level, int name, const void *value, socklen_t size)
{
    if (level == SOL_SOCKET && name == SO_PASSCRED) {
        spoilt.started++;
        spoilt.asked = spoilt.answered = spoilt.ended = 0;
        if (spoilt_now(NO_START)) {
            errno = EPERM;
            return -1;
        }
    }
    return (int)syscall(SYS_setsockopt, fd, level, name, value, size);
}

/* For the ticket of a question. */
ssize_t getrandom(void *into, size_t size, unsigned flags)
{
    spoilt.asked++;
    if (spoilt_now(NO_QUESTION) && spoilt.asked == spoilt.at) {
        errno = EIO;
        return -1;
    }
    return syscall(SYS_getrandom, into, size, flags);
}

ssize_t recvmsg(int fd, struct msghdr *message, int flags)
{
    const ssize_t size = syscall(SYS_recvmsg, fd, message, flags);

    spoilt.answered += size > 0;
    return size;
}

/* A jailer has closed its end; before that it tells what is left. */
ssize_t recv(int fd, void *into, size_t size, int flags)
{
    const ssize_t got = syscall(SYS_recvfrom, fd, into, size, flags, NULL, NULL);
    jail_message *const m = (jail_message *)into;

    if (got != 0 || size != sizeof *m || ++spoilt.ended != spoilt.at ||
        !spoilt_now(SOMETHING_LEFT))
        return got;
    *m = (jail_message){ .word = JAIL_SAYS_LEFT, .text = "a file of the test's" };
    return (ssize_t)sizeof *m;
}

int clock_gettime(clockid_t clock, struct timespec *now)
{
    const int done = (int)syscall(SYS_clock_gettime, clock, now);
    const int late = spoilt.started > spoilt.worker ||
                     (spoilt.started == spoilt.worker && spoilt.answered >= spoilt.at);

    if (clock == CLOCK_MONOTONIC && spoilt.how == HOURS_LATER && late)
        now->tv_sec += 7200;
    if (clock < 0) {                    /* processor time of a process */
        const double share = spoilt.how == NO_PROCESSOR_TIME && late ? 0.0 : spoilt.processor_share;
        const double seconds = share * ((double)now->tv_sec + 1e-9 * (double)now->tv_nsec);
        now->tv_sec = (time_t)seconds;
        now->tv_nsec = (long)(1e9 * (seconds - (double)now->tv_sec));
    }
    return done;
}

#endif
