/* jailer_main.c: build/convlab-jailer: the first program in a jail.
 *
 *   convlab-jailer outside   reads the plan; in JAIL_NAMESPACES makes a user namespace if it is
 *                            root and goes on as bwrap, which starts the next; in the other tiers
 *                            goes straight on to it
 *   convlab-jailer inside    starts the program, watches it, does what the grader says, and ends
 *                            all when the program or the grader ends; process 1 of its namespace
 *   convlab-jailer probe     one attempt of the self-test, as the program
 *
 * It is linked statically: inside there need be no libraries. It holds nothing that a student must
 * not see. In JAIL_NAMESPACES it may have the student's user id: it cannot be traced, and process 1
 * cannot be killed from inside. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "grade/jailer/jailer.h"

enum { WATCH_MS = 20, FAILED = 125 };

/* ---- Talking ---- */

static void say(jail_word word, int value, const char *text)
{
    jail_message m = { .word = word, .value = value };

    snprintf(m.text, sizeof m.text, "%s", text);
    send(JAIL_CONTROL_FD, &m, sizeof m, MSG_NOSIGNAL);
}

static _Noreturn void fail(const char *what, int why)
{
    char text[200];

    snprintf(text, sizeof text, "%s: %s", what, strerror(why));
    say(JAIL_SAYS_FAILED, why, text);
    _exit(FAILED);
}

/* ---- The plan ---- */

static void open_job(jailer_job *job)
{
    struct stat st;
    void *mapped;

    if (fstat(JAIL_PLAN_FD, &st) || st.st_size < (off_t)sizeof(jail_plan) ||
        (mapped = mmap(NULL, (size_t)st.st_size, PROT_READ | PROT_WRITE, MAP_PRIVATE, JAIL_PLAN_FD,
                       0)) == MAP_FAILED)
        fail("reading the plan", EINVAL);
    const jail_plan *const plan = mapped;
    if (plan->size != sizeof *plan ||
        (uint64_t)st.st_size != sizeof *plan + (uint64_t)plan->text_bytes)
        fail("convlab-jailer is of another version than the grader", EINVAL);

    char *at = (char *)mapped + sizeof *plan;
    size_t next = 0;
    job->plan = plan;
    for (int g = 0; g < JAIL_GROUPS; g++) {
        job->group[g] = job->string + next;
        for (uint32_t i = 0; i < plan->strings[g]; i++, at += strlen(at) + 1)
            job->string[next++] = at;
        job->string[next++] = NULL;
    }
}

/* ---- Outside ---- */

static void enter_user_namespace(void)
{
    if (unshare(CLONE_NEWUSER) != 0) {
        say(JAIL_SAYS_NO_USERS, errno, "");
        _exit(FAILED);
    }
}

static void await_go(void)
{
    jail_message m;

    say(JAIL_SAYS_READY, 0, "");
    if (recv(JAIL_CONTROL_FD, &m, sizeof m, 0) != (ssize_t)sizeof m || m.word != JAIL_GO)
        _exit(FAILED);
}

/* ---- Inside ---- */

typedef struct {
    char what[160];
    int why;
} failure;

static _Noreturn void start_program(const jailer_job *job, int report)
{
    const char *what = "";
    failure f = { "", 0 };

    jailer_become(job, &what);
    f.why = errno;
    snprintf(f.what, sizeof f.what, "%s%s", *what ? "" : "starting ",
             *what ? what : job->group[JAIL_ARGUMENTS][0]);
    (void)!write(report, &f, sizeof f);
    _exit(FAILED);
}

/* The pipe to the child is closed by its exec: nothing read means that it runs. */
static pid_t start_child(const jailer_job *job)
{
    int report[2];
    failure f;

    if (pipe2(report, O_CLOEXEC))
        fail("pipe", errno);
    /* Out of the way of the kept descriptors, which the child moves down to 3. */
    const int far = fcntl(report[1], F_DUPFD_CLOEXEC, JAIL_KEPT_FD + JAIL_MAX_KEPT + 2);
    if (far < 0)
        fail("pipe", errno);
    const pid_t child = fork();
    if (child < 0)
        fail("fork", errno);
    if (child == 0)
        start_program(job, far);
    close(report[1]);
    close(far);
    const ssize_t got = read(report[0], &f, sizeof f);
    close(report[0]);
    if (got == (ssize_t)sizeof f) {
        waitpid(child, NULL, 0);
        fail(f.what, f.why);
    }
    for (int i = 0; i < job->plan->kept; i++)
        close(JAIL_KEPT_FD + i);
    return child;
}

typedef struct {
    const jailer_job *job;
    pid_t child;
    bool ended, memory, disk;
    int how;                /* as waitpid() tells */
} watched;

static void reap(watched *w)
{
    int how;
    pid_t pid;

    while ((pid = waitpid(-1, &how, WNOHANG)) > 0)
        if (pid == w->child)
            w->ended = true, w->how = how;
}

static void obey(watched *w, const jail_message *m)
{
    int why = 0, how = 0;

    if (kill(w->child, m->word == JAIL_STOP ? SIGSTOP : SIGCONT) != 0) {
        why = errno;
    } else if (m->word == JAIL_STOP) {
        /* All its threads are stopped when wait says so. */
        while (waitpid(w->child, &how, WUNTRACED) < 0 && errno == EINTR)
            ;
        if (!WIFSTOPPED(how))
            w->ended = true, w->how = how, why = ESRCH;
    }
    say(JAIL_SAYS_DONE, why, "");
}

static void look(watched *w)
{
    const jail_plan *const p = w->job->plan;

    if (p->watch_memory && jailer_memory(w->job, w->child) > p->watch_memory)
        w->memory = true;
    if (p->watch_disk && jailer_disk_full(w->job))
        w->disk = true;
    if (w->memory || w->disk)
        kill(w->child, SIGKILL);
}

/* Returns when the program has ended, or false when the grader is gone. */
static bool watch(watched *w, int signals)
{
    const jail_plan *const p = w->job->plan;
    const int tick = p->watch_memory || p->watch_disk ? WATCH_MS : -1;
    struct pollfd fds[] = { { .fd = signals, .events = POLLIN },
                            { .fd = JAIL_CONTROL_FD, .events = POLLIN } };

    while (!w->ended) {
        const int ready = poll(fds, 2, tick);
        struct signalfd_siginfo info;
        jail_message m;

        if (ready < 0 && errno != EINTR)
            return false;
        if (ready > 0 && fds[0].revents) {
            (void)!read(signals, &info, sizeof info);
            reap(w);
        }
        if (ready > 0 && fds[1].revents && !w->ended) {
            if (recv(JAIL_CONTROL_FD, &m, sizeof m, MSG_DONTWAIT) != (ssize_t)sizeof m)
                return false;
            obey(w, &m);
        }
        if (!w->ended && tick > 0)
            look(w);
    }
    return true;
}

/* The scratch folder is the program's while it runs. */
static int lend(const jailer_job *job, struct stat *before)
{
    const char *const folder = job->group[JAIL_SCRATCH][0];

    if (job->plan->tier != JAIL_LANDLOCK || !folder)
        return 0;
    if (stat(folder, before) || chown(folder, job->plan->user, job->plan->user))
        return -1;
    return chmod(folder, 0700);
}

/* What is left when the program has ended: its descendants, and its files. */
static void clean(const jailer_job *job, const struct stat *before)
{
    const jail_plan *const p = job->plan;
    const char *const folder = job->group[JAIL_SCRATCH][0];
    bool gone = true;

    if (p->tier == JAIL_NAMESPACES)
        return;                         /* the end of process 1 ends all in its namespace */
    if (p->tier == JAIL_LANDLOCK)
        gone = jailer_kill_user(p->user);
    if (!jailer_kill_children() || !gone)
        say(JAIL_SAYS_LEFT, 0, "processes could not be killed");
    if (folder && !jailer_empty(folder))
        say(JAIL_SAYS_LEFT, 0, "files in the scratch folder could not be removed");
    if (folder && p->tier == JAIL_LANDLOCK &&
        (chmod(folder, before->st_mode & 07777) || chown(folder, before->st_uid, before->st_gid)))
        say(JAIL_SAYS_LEFT, 0, "the scratch folder could not be taken back");
}

static _Noreturn void inside(const jailer_job *job)
{
    struct stat before;
    sigset_t set;

    prctl(PR_SET_DUMPABLE, 0);
    if (job->plan->tier != JAIL_NAMESPACES && prctl(PR_SET_CHILD_SUBREAPER, 1))
        fail("PR_SET_CHILD_SUBREAPER", errno);
    sigemptyset(&set);
    sigaddset(&set, SIGCHLD);
    sigprocmask(SIG_BLOCK, &set, NULL);
    const int signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
    if (signals < 0)
        fail("signalfd", errno);
    if (job->plan->tier == JAIL_LANDLOCK && !jailer_kill_user(job->plan->user))
        fail("killing what an earlier jail of this user left", EBUSY);
    if (lend(job, &before))
        fail("giving the scratch folder to the jail's user", errno);

    watched w = { .job = job, .child = start_child(job) };
    say(JAIL_SAYS_STARTED, 0, "");
    if (watch(&w, signals)) {
        jail_message m = { .word = JAIL_SAYS_ENDED, .value = w.how, .memory = w.memory,
                           .disk = w.disk };
        send(JAIL_CONTROL_FD, &m, sizeof m, MSG_NOSIGNAL);
    }
    clean(job, &before);
    _exit(0);
}

int main(int argc, char **argv)
{
    static jailer_job job;

    if (argc > 1 && strcmp(argv[1], "probe") == 0)
        return jailer_probe(argc - 2, argv + 2);
    if (argc != 2) {
        fprintf(stderr, "convlab-jailer is started by the grader alone\n");
        return 2;
    }
    open_job(&job);
    if (strcmp(argv[1], "outside") == 0) {
        close_range((unsigned)(JAIL_KEPT_FD + job.plan->kept), ~0U, 0);
        if (job.plan->user_namespace)
            enter_user_namespace();
        await_go();
        if (job.plan->tier == JAIL_NAMESPACES) {
            execve(job.group[JAIL_BWRAP][0], job.group[JAIL_BWRAP], (char *[]){ NULL });
            fail("starting bwrap", errno);
        }
    }
    inside(&job);
}
