/* jailer_become.c: the last steps of the process that becomes the program, in the only order that
 * works: limits and descriptors, then the user, then Landlock, then the filter, then exec. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <linux/capability.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "grade/jailer/jailer.h"

static int set_limits(const jail_plan *p)
{
    for (int i = 0; i < 16; i++) {
        if (p->limit[i] < 0)
            continue;
        struct rlimit l = { (rlim_t)p->limit[i], (rlim_t)p->limit[i] };
        /* A signal that says why, and a second later one that cannot be ignored. */
        if (i == RLIMIT_CPU)
            l.rlim_max++;
        struct rlimit now;
        if (getrlimit((__rlimit_resource_t)i, &now))
            return -1;
        if (now.rlim_max < l.rlim_max)
            l.rlim_max = now.rlim_max;
        if (l.rlim_max < l.rlim_cur)
            l.rlim_cur = l.rlim_max;
        if (setrlimit((__rlimit_resource_t)i, &l))
            return -1;
    }
    return 0;
}

/* Kept descriptors go down to 3, ...; the plan, the socket and all others close. The report to the
 * parent, the first one beyond them, closes itself at exec. */
static int set_descriptors(const jail_plan *p)
{
    const int far = JAIL_KEPT_FD + JAIL_MAX_KEPT + 2;

    for (int i = 0; i < p->kept; i++)
        if (dup2(JAIL_KEPT_FD + i, JAIL_PLAN_FD + i) < 0)
            return -1;
    if (close_range((unsigned)(JAIL_PLAN_FD + p->kept), (unsigned)far - 1, 0))
        return -1;
    return close_range((unsigned)far + 1, ~0U, 0);
}

/* None is left in any set, nor can one come back. */
static int drop_capabilities(void)
{
    struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
    struct __user_cap_data_struct none[2] = { { 0, 0, 0 }, { 0, 0, 0 } };

    if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0))
        return -1;
    return (int)syscall(SYS_capset, &header, none);
}

/* Needs a capability that not everybody has who may change users; without it the user's own id and
 * no new privileges keep the rest out of reach. */
static void drop_bounds(void)
{
    for (int c = 0; prctl(PR_CAPBSET_READ, c) >= 0; c++)
        if (prctl(PR_CAPBSET_DROP, c))
            return;
}

static int set_user(const jail_plan *p)
{
    if (!p->change_user)
        return 0;
    drop_bounds();
    if (setgroups(0, NULL) || setresgid(p->user, p->user, p->user) ||
        setresuid(p->user, p->user, p->user))
        return -1;
    uid_t real, effective, saved;
    if (getresuid(&real, &effective, &saved) || real != p->user || effective != p->user ||
        saved != p->user || setresuid(0, 0, 0) == 0) {
        errno = EPERM;
        return -1;
    }
    return 0;
}

/* What the parent set for itself is not for the program. A write beyond a limit fails, instead of
 * killing with a signal that nobody asked for. */
static int set_signals(void)
{
    sigset_t none;

    sigemptyset(&none);
    for (int s = 1; s < NSIG; s++)
        signal(s, s == SIGXFSZ ? SIG_IGN : SIG_DFL);
    return sigprocmask(SIG_SETMASK, &none, NULL);
}

static int set_filter(const jail_plan *p)
{
    const struct sock_fprog program = { (unsigned short)p->filter_count,
                                        (struct sock_filter *)p->filter };

    return p->filtered ? prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) : 0;
}

void jailer_become(const jailer_job *job, const char **what)
{
    const jail_plan *const p = job->plan;
    char **const scratch = job->group[JAIL_SCRATCH];

    if (*what = "a session of its own", setsid() < 0)
        return;
    if (*what = "limits", set_limits(p))
        return;
    if (*what = "processors", p->affinity && sched_setaffinity(0, sizeof p->cpus, &p->cpus))
        return;
    if (*what = "descriptors", set_descriptors(p))
        return;
    if (*what = "signals", set_signals())
        return;
    if (*what = "user id", set_user(p))
        return;
    if (*what = "capabilities", p->tier != JAIL_NONE && drop_capabilities())
        return;
    if (*what = "dying with its parent", prctl(PR_SET_PDEATHSIG, SIGKILL))
        return;
    umask(022);
    if (*what = scratch[0] ? scratch[0] : "/", chdir(*what))
        return;
    if (*what = "no new privileges", prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
        return;
    if (p->tier == JAIL_LANDLOCK && jailer_landlock(job, what))
        return;
    if (*what = "seccomp filter", set_filter(p))
        return;
    *what = "";
    execve(job->group[JAIL_ARGUMENTS][0], job->group[JAIL_ARGUMENTS],
           job->group[JAIL_ENVIRONMENT]);
}
