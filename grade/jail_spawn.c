/* jail_spawn.c: starts convlab-jailer with a plan, and hears from it that the program runs.
 *
 * All that needs a fork() happens in the jailer, which is small; here is one posix_spawn(), which
 * does not copy this process, however large it is. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "grade/jail_parts.h"

enum {
    FAR = 64,                           /* descriptors from here on are not those of the jailer */
    START_SECONDS = 20,
    STACK_BYTES = 64 << 20,
    MOST_FILES = 4096                   /* in scratch */
};

/* Beside the memory that a program asks for: its text, its libraries, the files it was given. */
#define MAPPED_BYTES (INT64_C(2) << 30)

double jail_clock(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* ---- The plan ---- */

typedef struct {
    jail_plan plan;
    char *text;
    size_t size;
    int group;                          /* the one that strings are added to */
    uint32_t count;                     /* strings in all */
    bool full;
} draft;

static void add(draft *d, const char *string)
{
    const size_t length = strlen(string) + 1;
    char *const larger = d->full || d->count == JAIL_MAX_STRINGS
                             ? NULL : realloc(d->text, d->size + length);

    if (!larger) {
        d->full = true;
        return;
    }
    memcpy(larger + d->size, string, length);
    d->text = larger;
    d->size += length;
    d->count++;
    d->plan.strings[d->group]++;
}

static void add_all(draft *d, const char *const *strings)
{
    while (strings && *strings)
        add(d, *strings++);
}

static void add_number(draft *d, uint64_t number)
{
    char text[32];

    snprintf(text, sizeof text, "%llu", (unsigned long long)number);
    add(d, text);
}

static bool is_device(const char *path)
{
    struct stat st;

    return stat(path, &st) == 0 && S_ISCHR(st.st_mode);
}

/* bwrap makes the folders above a file that it binds for nobody but root. */
static void add_parents(draft *d, const char *path)
{
    char folder[4096];

    for (const char *slash = strchr(path + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
        if ((size_t)snprintf(folder, sizeof folder, "%.*s", (int)(slash - path), path) >=
            sizeof folder)
            d->full = true;
        add_all(d, (const char *const[]){ "--perms", "0755", "--dir", folder, NULL });
    }
}

static void add_bwrap(draft *d, jail_users users, const jail_options *o, const char *bwrap,
                      const char *jailer)
{
    static const char *const root[] = {
        "--unshare-ipc", "--unshare-pid", "--unshare-net", "--unshare-uts", "--unshare-cgroup-try",
        "--cap-drop", "ALL", "--cap-add", "CAP_SETUID", "--cap-add", "CAP_SETGID", "--cap-add",
        "CAP_KILL", "--cap-add", "CAP_SETPCAP", NULL };
    static const char *const ordinary[] = {
        "--unshare-all", "--unshare-user", "--uid", "65534", "--gid", "65534", "--cap-drop", "ALL",
        NULL };
    static const char *const both[] = {
        "--die-with-parent", "--new-session", "--as-pid-1", "--hostname", "jail", "--clearenv",
        "--proc", "/proc", "--perms", "0755", "--dir", "/dev", "--dev-bind", "/dev/null",
        "/dev/null", "--dev-bind", "/dev/zero", "/dev/zero", "--dev-bind", "/dev/urandom",
        "/dev/urandom", "--ro-bind", NULL };

    d->group = JAIL_BWRAP;
    add(d, bwrap);
    add_all(d, users == JAIL_USERS_OWN ? ordinary : root);
    add_all(d, both);
    add(d, jailer);
    add(d, "/jailer");
    if (o->scratch) {                           /* first: what is visible may lie below /tmp */
        add_all(d, (const char *const[]){ "--perms", "1777", "--size", NULL });
        add_number(d, o->disk_bytes ? o->disk_bytes : 1);
        add_all(d, (const char *const[]){ "--tmpfs", "/tmp", NULL });
    }
    for (int i = 0; i < JAIL_MAX_VISIBLE && o->visible[i].from; i++) {
        add_parents(d, jail_path(JAIL_NAMESPACES, o, i));
        add(d, is_device(o->visible[i].from) ? "--dev-bind" : "--ro-bind");
        add(d, o->visible[i].from);
        add(d, jail_path(JAIL_NAMESPACES, o, i));
    }
    add_all(d, (const char *const[]){ "--remount-ro", "/", "--chdir", "/", "--", "/jailer",
                                      "inside", NULL });
}

static void add_strings(draft *d, jail_tier tier, const jail_options *o, char *const *argv)
{
    const char *const scratch = jail_scratch(tier, o);

    d->group = JAIL_ARGUMENTS;
    add_all(d, (const char *const *)argv);
    d->group = JAIL_ENVIRONMENT;
    add_all(d, (const char *const[]){ "PATH=/usr/bin:/bin", "LC_ALL=C", NULL });
    if (scratch) {
        char text[4096];
        if (snprintf(text, sizeof text, "TMPDIR=%s", scratch) >= (int)sizeof text)
            d->full = true;
        add(d, text);
    }
    add_all(d, o->environment);
    d->group = JAIL_READABLE;
    if (tier == JAIL_LANDLOCK)
        for (int i = 0; i < JAIL_MAX_VISIBLE && o->visible[i].from; i++)
            add(d, o->visible[i].from);
    d->group = JAIL_SCRATCH;
    if (scratch)
        add(d, scratch);
}

/* `cpus` of those that this process may use; neighbours in process number begin at others. */
static void set_processors(jail_plan *p, int cpus)
{
    cpu_set_t all;
    int nth = 0;

    if (cpus <= 0 || sched_getaffinity(0, sizeof all, &all) || CPU_COUNT(&all) <= cpus)
        return;
    const int count = CPU_COUNT(&all), first = (int)(getpid() % count);
    CPU_ZERO(&p->cpus);
    for (size_t i = 0; i < CPU_SETSIZE; i++)
        if (CPU_ISSET(i, &all) && (nth++ - first + count) % count < cpus)
            CPU_SET(i, &p->cpus);
    p->affinity = true;
}

static void set_limits(jail_plan *p, const jail_options *o, bool own_user, bool grouped)
{
    const int64_t memory = (int64_t)o->memory_bytes, disk = (int64_t)o->disk_bytes;
    const int64_t threads = p->affinity ? CPU_COUNT(&p->cpus) : sysconf(_SC_NPROCESSORS_ONLN);

    for (int i = 0; i < 16; i++)
        p->limit[i] = -1;
    p->limit[RLIMIT_CORE] = 0;
    p->limit[RLIMIT_FSIZE] = disk > JAIL_OUTPUT_BYTES ? disk : JAIL_OUTPUT_BYTES;
    p->limit[RLIMIT_NOFILE] = o->programs ? 256 : 64;
    for (int i = 0; i < JAIL_MAX_VISIBLE && o->visible[i].from; i++)
        if (is_device(o->visible[i].from))
            p->limit[RLIMIT_NOFILE] = 1024;         /* a driver opens its devices again and again */
    p->limit[RLIMIT_STACK] = STACK_BYTES;
    p->limit[RLIMIT_MEMLOCK] = 0;
    p->limit[RLIMIT_MSGQUEUE] = 0;
    p->limit[RLIMIT_SIGPENDING] = 256;
    p->limit[RLIMIT_NICE] = 0;
    p->limit[RLIMIT_RTPRIO] = 0;
    if (o->cpu_seconds > 0)
        p->limit[RLIMIT_CPU] = (int64_t)ceil(o->cpu_seconds);
    if (own_user && o->tasks > 0)
        p->limit[RLIMIT_NPROC] = o->tasks + 1;      /* and the jailer */
    if (memory > 0 && !o->large_addresses) {
        p->limit[RLIMIT_DATA] = memory + threads * STACK_BYTES;
        p->limit[RLIMIT_AS] = p->limit[RLIMIT_DATA] + MAPPED_BYTES;
    }
    if (memory > 0 && !grouped && (o->large_addresses || o->programs))
        p->watch_memory = o->memory_bytes;
    if (o->scratch) {
        p->watch_disk = o->disk_bytes;
        p->watch_files = MOST_FILES;
    }
}

/* A sealed file with the plan; -1 without one. */
static int write_plan(draft *d)
{
    const int fd = memfd_create("plan", MFD_CLOEXEC | MFD_ALLOW_SEALING);

    d->plan.size = sizeof d->plan;
    d->plan.text_bytes = (uint32_t)d->size;
    if (fd < 0)
        return -1;
    if (write(fd, &d->plan, sizeof d->plan) == (ssize_t)sizeof d->plan &&
        write(fd, d->text, d->size) == (ssize_t)d->size &&
        fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) == 0)
        return fd;
    close(fd);
    return -1;
}

static int make_plan(jail *j, jail_tier tier, jail_users users, const jail_options *o,
                     char *const *argv, int kept, uid_t user, const char *jailer,
                     file_error *error)
{
    draft d = { .plan = { .tier = tier, .kept = kept, .programs = o->programs } };
    char bwrap[1024] = "";
    int fd = -1;

    if (tier == JAIL_NAMESPACES) {
        if (!jail_find_program("bwrap", bwrap, sizeof bwrap)) {
            file_refuse(error, STATUS_IO, "bwrap is not in PATH (Debian: bubblewrap)");
            return -1;
        }
        d.plan.user_namespace = users == JAIL_USERS_MAPPED;
        add_bwrap(&d, users, o, bwrap, jailer);
    }
    d.plan.change_user = user != 0;
    d.plan.user = d.plan.user_namespace ? JAIL_INSIDE_ID : user;
    add_strings(&d, tier, o, argv);
    set_processors(&d.plan, o->cpus);
    set_limits(&d.plan, o, user != 0 || tier == JAIL_NAMESPACES, j->group.memory);
    errno = d.full ? ENOMEM : 0;
    if (!d.full && (tier == JAIL_NONE || jail_filter_make(&d.plan, o, error))) {
        fd = write_plan(&d);
        if (fd < 0)
            file_refuse(error, STATUS_IO, "a plan for the jail: %m");
    } else if (d.full) {
        file_refuse(error, STATUS_MEMORY, "a plan for the jail: too long, or no memory");
    }
    free(d.text);
    return fd;
}

/* ---- Starting ---- */

/* Where the program's output goes: a file that neither grows nor blocks. */
static int make_output(void)
{
    const int fd = memfd_create("output", MFD_CLOEXEC | MFD_ALLOW_SEALING);

    if (fd >= 0 && ftruncate(fd, JAIL_OUTPUT_BYTES) == 0 &&
        fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) == 0)
        return fd;
    if (fd >= 0)
        close(fd);
    return -1;
}

/* The descriptors are copied to high numbers first, so that none is overwritten before its turn. */
static int spawn_with(pid_t *pid, const char *jailer, const int *fds, int count)
{
    char *const argv[] = { (char *)"convlab-jailer", (char *)"outside", NULL };
    int far[JAIL_KEPT_FD + JAIL_MAX_KEPT];
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    sigset_t none, all;
    int made = 0, why;

    for (; made < count; made++)
        if ((far[made] = fcntl(fds[made], F_DUPFD_CLOEXEC, FAR)) < 0)
            break;
    why = made < count ? errno : posix_spawn_file_actions_init(&actions);
    if (!why) {
        why = posix_spawnattr_init(&attributes);
        if (!why) {
            sigemptyset(&none), sigfillset(&all);
            posix_spawnattr_setsigmask(&attributes, &none);
            posix_spawnattr_setsigdefault(&attributes, &all);
            posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF |
                                                      POSIX_SPAWN_SETSID);
            for (int i = 0; i < count && !why; i++)
                why = posix_spawn_file_actions_adddup2(&actions, far[i], i);
            if (!why)
                why = posix_spawn(pid, jailer, &actions, &attributes, argv, (char *[]){ NULL });
            posix_spawnattr_destroy(&attributes);
        }
        posix_spawn_file_actions_destroy(&actions);
    }
    while (made > 0)
        close(far[--made]);
    return why;
}

static int spawn_jailer(jail *j, const char *jailer, int plan, const int *keep, int kept)
{
    int fds[JAIL_KEPT_FD + JAIL_MAX_KEPT], pair[2], why;
    const int nothing = open("/dev/null", O_RDONLY | O_CLOEXEC);

    if (nothing < 0)
        return errno;
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair)) {
        why = errno;
        close(nothing);
        return why;
    }
    fds[0] = nothing, fds[1] = fds[2] = j->output;
    fds[JAIL_PLAN_FD] = plan, fds[JAIL_CONTROL_FD] = pair[1];
    for (int i = 0; i < kept; i++)
        fds[JAIL_KEPT_FD + i] = keep[i];
    j->control = pair[0];
    why = spawn_with(&j->pid, jailer, fds, JAIL_KEPT_FD + kept);
    if (why)
        j->pid = 0;
    close(nothing);
    close(pair[1]);
    return why;
}

/* ---- Hearing from it ---- */

int jail_listen(const jail *j, double seconds, jail_message *m)
{
    const double until = jail_clock() + seconds;
    struct pollfd fd = { .fd = j->control, .events = POLLIN };

    for (;;) {
        const double rest = until - jail_clock();
        const int ms = rest <= 0 ? 0 : rest < 1e6 ? (int)ceil(1e3 * rest) : 1000000000;
        const int ready = poll(&fd, 1, ms);

        /* A call that fails is made again, for it says nothing of the program. */
        if (ready <= 0 && rest <= 0)
            return 0;
        if (ready <= 0)
            continue;
        const ssize_t got = recv(j->control, m, sizeof *m, MSG_DONTWAIT);
        if (got == (ssize_t)sizeof *m) {
            m->text[sizeof m->text - 1] = '\0';
            return 1;
        }
        if (got >= 0)
            return -1;
        if (rest <= 0)
            return 0;
    }
}

static bool write_map(pid_t pid, const char *name, uid_t user)
{
    char path[64], text[64];

    snprintf(path, sizeof path, "/proc/%d/%s", (int)pid, name);
    const int length = snprintf(text, sizeof text, "0 0 1\n%d %u 1\n", JAIL_INSIDE_ID,
                                (unsigned)user);
    const int fd = open(path, O_WRONLY | O_CLOEXEC);
    if (fd < 0)
        return false;
    const bool written = write(fd, text, (size_t)length) == length;
    close(fd);
    return written;
}

static void tell_silence(const jail *j, file_error *error)
{
    char *const said = jail_output(j, NULL);

    if (said)
        said[strcspn(said, "\n")] = '\0';
    file_refuse(error, STATUS_IO, "%s", said && *said ? said : "it ended without a word");
    free(said);
}

/* Until the program runs. False after *error, or with *again. */
static bool hear_start(jail *j, jail_users users, uid_t user, bool *again, file_error *error)
{
    const double until = jail_clock() + START_SECONDS;
    jail_message m;

    for (;;) {
        const int heard = jail_listen(j, until - jail_clock(), &m);

        if (heard == 0)
            return file_refuse(error, STATUS_IO, "it did not start within %d s", START_SECONDS),
                   false;
        if (heard < 0)
            return tell_silence(j, error), false;
        if (m.word == JAIL_SAYS_STARTED)
            return true;
        if (m.word == JAIL_SAYS_READY) {
            if (!jail_group_enter(&j->group, j->pid))
                return file_refuse(error, STATUS_IO, "entering a control group: %m"), false;
            if (users == JAIL_USERS_MAPPED && j->tier == JAIL_NAMESPACES &&
                (!write_map(j->pid, "uid_map", user) || !write_map(j->pid, "gid_map", user)))
                return *again = true, false;
            m = (jail_message){ .word = JAIL_GO };
            if (send(j->control, &m, sizeof m, MSG_NOSIGNAL) != (ssize_t)sizeof m)
                return tell_silence(j, error), false;
        } else if (m.word == JAIL_SAYS_NO_USERS) {
            return *again = true, false;
        } else {
            return file_refuse(error, STATUS_IO, "%s", m.text), false;
        }
    }
}

static bool options_fit(const jail_options *o, int kept, file_error *error)
{
    if (kept > JAIL_MAX_KEPT) {
        file_refuse(error, STATUS_VALUE, "at most %d descriptors can be kept", JAIL_MAX_KEPT);
        return false;
    }
    for (int i = 0; i < JAIL_MAX_VISIBLE && o->visible[i].from; i++)
        if (access(o->visible[i].from, F_OK)) {
            file_refuse(error, STATUS_IO, "%s: %m", o->visible[i].from);
            return false;
        }
    if (o->scratch && access(o->scratch, F_OK)) {
        file_refuse(error, STATUS_IO, "%s: %m", o->scratch);
        return false;
    }
    return true;
}

jail *jail_spawn(jail_tier tier, jail_users users, const jail_options *o, char *const *argv,
                 const int *keep, int keep_count, bool *again, file_error *error)
{
    const char *const jailer = jail_jailer(error);
    jail *const j = jailer && options_fit(o, keep_count, error) ? calloc(1, sizeof *j) : NULL;
    const bool own = tier == JAIL_LANDLOCK || (tier == JAIL_NAMESPACES && users != JAIL_USERS_OWN);
    uid_t user = 0;
    int plan = -1, why;

    *again = false;
    if (!j)
        return NULL;
    j->tier = tier;
    j->programs = o->programs;
    j->control = j->output = j->user_held = -1;
    if (own && !jail_user_claim(&user, &j->user_held, error))
        goto fail;
    jail_group_make(&j->group, "/proc", o);
    if ((j->output = make_output()) < 0) {
        file_refuse(error, STATUS_IO, "a file for its output: %m");
        goto fail;
    }
    plan = make_plan(j, tier, users, o, argv, keep_count, user, jailer, error);
    if (plan < 0)
        goto fail;
    why = spawn_jailer(j, jailer, plan, keep, keep_count);
    close(plan);
    if (why) {
        file_refuse(error, STATUS_IO, "starting %s: %s", jailer, strerror(why));
        goto fail;
    }
    if (hear_start(j, users, user, again, error))
        return j;
fail:
    jail_stop(j, NULL);
    return NULL;
}
