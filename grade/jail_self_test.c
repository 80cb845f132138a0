/* jail_self_test.c: proves on this machine that a tier denies what it should: one jail per attempt,
 * convlab-jailer probe inside it (grade/jailer/jailer_probe.c), judged from out here where the
 * attempt cannot judge itself. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "grade/jail_parts.h"
#include "grade/jailer/probe_codes.h"

enum {
    TASKS = 12,                 /* limits of the jails here: small, so that bombs end soon */
    MEMORY = 48 << 20,
    DISK = 4 << 20,
    WAIT_SECONDS = 40           /* two seconds of processor time on a machine that is busy */
};

/* What an attempt gets beside the jailer itself. */
enum { PROGRAMS = 1, SCRATCH = 2, LARGE = 4, FREE_MEMORY = 8 };

/* How it is judged, beside its exit code. */
typedef enum { BY_CODE, BY_OUTPUT, BY_PIPE } judged;

typedef struct {
    const char *text, *probe, *argument;        /* argument: @x stands for a fact, see expand() */
    int with;
    judged how;
} attempt;

#define CALL(text, name) { text, "call", name, 0, BY_CODE }

static const attempt attempts[] = {
    { "reading /etc/passwd", "read", "/etc/passwd", 0, BY_CODE },
    { "reading a file that everybody outside may read", "read", "@hidden", 0, BY_CODE },
    { "reading the folder that the grader is in", "read", "@folder", 0, BY_CODE },
    { "reading the grader's own program", "read", "@self", 0, BY_CODE },
    { "reading the grader's own program through /proc", "read", "/proc/@pid/exe", 0, BY_CODE },
    { "reading the grader's memory map", "read", "/proc/@pid/maps", 0, BY_CODE },
    { "reading the grader's memory", "read", "/proc/@pid/mem", 0, BY_CODE },
    { "reading the grader's environment", "read", "/proc/@pid/environ", 0, BY_CODE },
    { "reading the grader's descriptors", "read", "/proc/@pid/fd/1", 0, BY_CODE },
    { "reading the environment of process 1", "read", "/proc/1/environ", 0, BY_CODE },
    { "reading /sys", "read", "/sys/kernel", 0, BY_CODE },
    { "reading a disk", "read", "@disk", 0, BY_CODE },
    { "reading the kernel's messages", "read", "/dev/kmsg", 0, BY_CODE },
    { "reading the machine's memory", "read", "/proc/kcore", 0, BY_CODE },
    { "reading the root user's home", "read", "/root", 0, BY_CODE },
    { "writing into /", "create", "/convlab-probe-@pid", 0, BY_CODE },
    { "writing into /tmp", "create", "/tmp/convlab-probe-@pid", 0, BY_CODE },
    { "writing into /dev/shm", "create", "/dev/shm/convlab-probe-@pid", 0, BY_CODE },
    { "writing beside the files that it was given", "create", "@inside.new", 0, BY_CODE },
    { "writing over a file that it was given", "overwrite", "@inside", 0, BY_CODE },
    { "writing over a file that everybody may write", "overwrite", "@hidden", 0, BY_CODE },
    { "renaming a file that it was given", "remove", "@inside", 0, BY_CODE },
    { "writing into sealed input through /proc/self/mem", "sealed", "", 0, BY_CODE },
    { "leaving a symbolic link", "symlink", "link", PROGRAMS | SCRATCH, BY_CODE },
    { "leaving a hard link", "link", "link", PROGRAMS | SCRATCH, BY_CODE },
    { "leaving a FIFO", "fifo", "fifo", PROGRAMS | SCRATCH, BY_CODE },
    { "leaving a device", "device", "device", PROGRAMS | SCRATCH, BY_CODE },
    { "finding descriptors of the grader's", "descriptors", "1", 0, BY_CODE },
    { "finding the grader's environment", "environment", "", 0, BY_CODE },

    { "being root, or having a capability", "privileges", "", 0, BY_CODE },
    { "the same, while compiling", "privileges", "", PROGRAMS | SCRATCH, BY_CODE },
    { "an IPv4 socket", "socket", "2", 0, BY_CODE },
    { "an IPv6 socket", "socket", "10", 0, BY_CODE },
    { "a Unix socket", "socket", "1", 0, BY_CODE },
    { "a netlink socket", "socket", "16", 0, BY_CODE },
    { "a socket, while compiling", "socket", "2", PROGRAMS | SCRATCH, BY_CODE },
    { "a pair of sockets", "pair", "", 0, BY_CODE },
    { "connecting to 127.0.0.1", "connect", "@port", 0, BY_CODE },

    { "signalling the grader", "kill", "@pid", 0, BY_CODE },
    { "signalling the grader, while compiling", "kill", "@pid", PROGRAMS | SCRATCH, BY_CODE },
    { "signalling a thread of the grader's", "tgkill", "@pid", 0, BY_CODE },
    { "tracing the grader", "ptrace", "@pid", 0, BY_CODE },
    { "tracing the grader, while compiling", "ptrace", "@pid", PROGRAMS | SCRATCH, BY_CODE },
    { "reading the grader's memory by process_vm_readv", "peek", "@pid", 0, BY_CODE },
    { "taking a descriptor of the grader's", "take", "@pid", 0, BY_CODE },
    { "looking at the grader's limits", "limit", "@pid", 0, BY_CODE },

    { "raising the limit on open files", "raise", "7", 0, BY_CODE },
    { "raising the limit on processor time", "raise", "0", 0, BY_CODE },
    { "raising the limit on file size", "raise", "1", 0, BY_CODE },
    { "running on more processors", "processors", "@online", 0, BY_CODE },
    { "starting another process", "fork", "", 0, BY_CODE },
    { "starting another program", "exec", "/bin/true", 0, BY_CODE },
    { "starting a program that it wrote", "exec-written", "written", SCRATCH, BY_CODE },

    CALL("bpf", "bpf"),
    CALL("perf_event_open", "perf_event_open"),
    CALL("userfaultfd", "userfaultfd"),
    CALL("io_uring_setup", "io_uring_setup"),
    CALL("keyctl", "keyctl"),
    CALL("add_key", "add_key"),
    CALL("personality", "personality"),
    CALL("clock_settime", "clock_settime"),
    CALL("mount", "mount"),
    CALL("umount2", "umount2"),
    CALL("pivot_root", "pivot_root"),
    CALL("fsopen", "fsopen"),
    CALL("open_tree", "open_tree"),
    CALL("chroot", "chroot"),
    CALL("unshare of users", "unshare-user"),
    CALL("unshare of mounts", "unshare-mount"),
    CALL("setns", "setns"),
    CALL("clone into another user namespace", "clone-user"),
    CALL("clone3", "clone3"),
    CALL("init_module", "init_module"),
    CALL("kexec_load", "kexec_load"),
    CALL("reboot", "reboot"),
    CALL("sethostname", "sethostname"),
    CALL("swapon", "swapon"),
    CALL("syslog", "syslog"),
    CALL("name_to_handle_at", "name_to_handle_at"),
    CALL("open_by_handle_at", "open_by_handle_at"),
    CALL("setuid(0)", "setuid"),
    CALL("setgroups", "setgroups"),
    CALL("memfd_create", "memfd_create"),
    CALL("shmget", "shmget"),
    CALL("msgget", "msgget"),
    CALL("mq_open", "mq_open"),
    CALL("timer_create", "timer_create"),
    CALL("F_SETSIG", "fcntl-signal"),
    CALL("TIOCSTI", "type-in"),
    CALL("PR_SET_DUMPABLE", "dumpable"),
    CALL("PR_SET_CHILD_SUBREAPER", "subreaper"),
    CALL("fanotify_init", "fanotify_init"),
    CALL("inotify_init", "inotify_init"),
    CALL("setpriority", "setpriority"),
    CALL("sched_setscheduler", "sched_setscheduler"),
    { "a system call of i386", "i386", "", 0, BY_CODE },
    { "a system call of x32", "x32", "", 0, BY_CODE },

    { "a fork bomb", "fork-bomb", "@tasks", PROGRAMS | SCRATCH, BY_CODE },
    { "a thread bomb", "thread-bomb", "@tasks", FREE_MEMORY, BY_CODE },
    { "using up private memory", "memory", "4096", 0, BY_CODE },
    { "using up shared memory", "memory", "-4096", 0, BY_CODE },
    { "using up memory where addresses have no limit", "memory", "1024", LARGE, BY_CODE },
    { "a file beyond its limit", "large-file", "8", PROGRAMS | SCRATCH, BY_CODE },
    { "filling the scratch with files", "disk", "40", PROGRAMS | SCRATCH, BY_CODE },
    { "filling the scratch with names", "inodes", "20000", PROGRAMS | SCRATCH, BY_CODE },
    { "a flood of output", "flood", "16", 0, BY_OUTPUT },
    { "processor time beyond its limit, SIGXCPU ignored", "spin", "5", 0, BY_CODE },
    { "outliving its end, signals ignored", "stay", "", 0, BY_PIPE },
    { "outliving its end as a daemon", "daemon", "", PROGRAMS | SCRATCH, BY_PIPE },
};

/* What the attempts are told of this machine. */
typedef struct {
    const char *self, *disk;
    char folder[1024], hidden[64], scratch[64];
    int listener, port, sealed;
    jail_tier tier;
    const char *jailer;
} facts;

/* ---- Facts ---- */

static int open_listener(int *port)
{
    struct sockaddr_in a = { .sin_family = AF_INET, .sin_addr = { htonl(INADDR_LOOPBACK) } };
    socklen_t size = sizeof a;
    const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    if (fd >= 0 && bind(fd, (struct sockaddr *)&a, sizeof a) == 0 && listen(fd, 1) == 0 &&
        getsockname(fd, (struct sockaddr *)&a, &size) == 0) {
        *port = ntohs(a.sin_port);
        return fd;
    }
    if (fd >= 0)
        close(fd);
    return -1;
}

static int open_sealed(void)
{
    const int fd = memfd_create("sealed", MFD_CLOEXEC | MFD_ALLOW_SEALING);

    if (fd >= 0 && ftruncate(fd, 4096) == 0 &&
        fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) == 0)
        return fd;
    if (fd >= 0)
        close(fd);
    return -1;
}

static const char *a_disk(void)
{
    static const char *const disks[] = { "/dev/vda", "/dev/sda", "/dev/nvme0n1", "/dev/xvda",
                                         "/dev/mmcblk0", NULL };
    int i = 0;

    while (disks[i] && access(disks[i], F_OK))
        i++;
    return disks[i];
}

static bool open_facts(facts *f, jail_tier tier, file_error *error)
{
    static char self[1024];
    const ssize_t length = readlink("/proc/self/exe", self, sizeof self - 1);

    *f = (facts){ .self = self, .disk = a_disk(), .listener = -1, .sealed = -1, .tier = tier,
                  .hidden = "/tmp/convlab-hidden-XXXXXX", .scratch = "/tmp/convlab-scratch-XXXXXX",
                  .jailer = jail_jailer(error) };
    self[length > 0 ? length : 0] = '\0';
    snprintf(f->folder, sizeof f->folder, "%.*s", (int)(strrchr(self, '/') - self), self);
    if (!f->jailer)
        return f->hidden[0] = f->scratch[0] = '\0', false;
    const int hidden = mkstemp(f->hidden);
    if (hidden < 0)
        f->hidden[0] = '\0';
    if (!mkdtemp(f->scratch))
        f->scratch[0] = '\0';
    f->listener = open_listener(&f->port);
    f->sealed = open_sealed();
    const bool all = hidden >= 0 && write(hidden, "x", 1) == 1 && fchmod(hidden, 0666) == 0 &&
                     *f->scratch && f->listener >= 0 && f->sealed >= 0;
    if (!all)
        file_refuse(error, STATUS_IO, "files for the self-test: %m");
    if (hidden >= 0)
        close(hidden);
    return all;
}

static void close_facts(facts *f)
{
    if (*f->hidden)
        unlink(f->hidden);
    if (*f->scratch)
        rmdir(f->scratch);
    if (f->listener >= 0)
        close(f->listener);
    if (f->sealed >= 0)
        close(f->sealed);
}

/* Copies an argument; "@pid" and the like become what they stand for. False: this machine has no
 * such thing. */
static bool expand(const facts *f, const char *argument, char *into, size_t size)
{
    char pid[16], port[16], tasks[16], online[16];
    snprintf(pid, sizeof pid, "%d", (int)getpid());
    snprintf(port, sizeof port, "%d", f->port);
    snprintf(tasks, sizeof tasks, "%d", TASKS);
    snprintf(online, sizeof online, "%ld", sysconf(_SC_NPROCESSORS_ONLN));
    const struct { const char *name, *value; } known[] = {
        { "@hidden", f->hidden }, { "@folder", f->folder }, { "@self", f->self },
        { "@disk", f->disk }, { "@pid", pid }, { "@port", port }, { "@tasks", tasks },
        { "@online", online },
        { "@inside", f->tier == JAIL_NAMESPACES ? "/trial" : f->jailer },
    };
    const char *const at = strchr(argument, '@');

    for (size_t i = 0; at && i < sizeof known / sizeof *known; i++) {
        const size_t length = strlen(known[i].name);
        if (strncmp(at, known[i].name, length) != 0)
            continue;
        if (known[i].value)
            snprintf(into, size, "%.*s%s%s", (int)(at - argument), argument, known[i].value,
                     at + length);
        return known[i].value != NULL;
    }
    snprintf(into, size, "%s", argument);
    return true;
}

/* ---- One attempt ---- */

typedef enum { DENIED, ALLOWED, NOT_HERE, UNKNOWN } verdict;

static verdict by_code(jail *j, char *why, size_t size)
{
    jail_end end;

    if (!jail_wait(j, WAIT_SECONDS, &end)) {
        snprintf(why, size, "still running after %d s", WAIT_SECONDS);
        return ALLOWED;
    }
    if (end.memory || end.disk)
        snprintf(why, size, "ended: %s", end.memory ? "memory" : "disk");
    else if (end.code < 0)
        snprintf(why, size, "ended by signal %d", end.signal);
    if (end.code < 0 || end.code == PROBE_DENIED)
        return DENIED;
    if (end.code == PROBE_NOT_HERE) {
        snprintf(why, size, "this machine has no such thing");
        return NOT_HERE;
    }
    if (end.code != PROBE_ALLOWED)
        snprintf(why, size, "unexpected exit code %d", end.code);
    return ALLOWED;
}

static verdict by_output(jail *j, char *why, size_t size)
{
    size_t length = 0;
    jail_end end;
    const bool ended = jail_wait(j, WAIT_SECONDS, &end);
    char *const said = jail_output(j, &length);

    free(said);
    snprintf(why, size, "%zu bytes arrived", length);
    return ended && said && length < JAIL_OUTPUT_BYTES ? DENIED : ALLOWED;
}

/* The pipe's other end is with the attempt and with nobody else: when it is closed, all is gone. */
static verdict by_pipe(jail **j, int pipe_read, char *why, size_t size)
{
    struct pollfd fd = { .fd = pipe_read, .events = POLLIN };
    char byte;

    if (poll(&fd, 1, 1000 * WAIT_SECONDS) != 1 || read(pipe_read, &byte, 1) < 0)
        return UNKNOWN;
    if (!jail_stop(*j, NULL))
        snprintf(why, size, "something was left");
    *j = NULL;
    if (poll(&fd, 1, 0) == 1 && read(pipe_read, &byte, 1) == 0)
        return *why ? ALLOWED : DENIED;
    return ALLOWED;
}

static verdict run(const facts *f, const attempt *a, char *why, size_t size)
{
    jail_options o = { .visible = { { f->jailer, "/trial" } }, .memory_bytes = MEMORY,
                       .disk_bytes = DISK, .tasks = TASKS, .cpus = 1, .cpu_seconds = 1,
                       .programs = (a->with & PROGRAMS) != 0,
                       .scratch = a->with & SCRATCH ? f->scratch : NULL,
                       .large_addresses = (a->with & LARGE) != 0 };
    char argument[1100];
    char *const argv[] = { (char *)jail_path(f->tier, &o, 0), (char *)"probe", (char *)a->probe,
                           argument, NULL };
    int ends[2], keep = f->sealed;
    file_error error = { "" };
    verdict v = UNKNOWN;

    if (a->with & FREE_MEMORY)
        o.memory_bytes = 1 << 30;
    if (!expand(f, a->argument, argument, sizeof argument)) {
        snprintf(why, size, "this machine has no such thing");
        return NOT_HERE;
    }
    if (pipe2(ends, O_CLOEXEC)) {
        snprintf(why, size, "pipe: %s", strerror(errno));
        return UNKNOWN;
    }
    if (a->how == BY_PIPE)
        keep = ends[1];
    jail *j = jail_start(f->tier, &o, argv, &keep, 1, &error);
    close(ends[1]);
    if (!j)
        snprintf(why, size, "%.150s", error.text);
    else
        v = a->how == BY_CODE ? by_code(j, why, size)
            : a->how == BY_OUTPUT ? by_output(j, why, size) : by_pipe(&j, ends[0], why, size);
    close(ends[0]);
    if (!jail_stop(j, &error)) {
        snprintf(why, size, "%.150s", error.text);
        v = ALLOWED;
    }
    return v;
}

int jail_self_test(jail_tier tier, FILE *out)
{
    static const char *const word[] = { "denied ", "ALLOWED", "n/a    ", "UNKNOWN" };
    const int count = (int)(sizeof attempts / sizeof *attempts);
    file_error error = { "" };
    facts f;
    int not_denied = 0;

    if (!open_facts(&f, tier, &error)) {
        fprintf(out, "UNKNOWN  %s\n", error.text);
        close_facts(&f);
        return count;
    }
    for (int i = 0; i < count; i++) {
        char why[200] = "";
        const verdict v = run(&f, &attempts[i], why, sizeof why);

        fprintf(out, "%s  %s%s%s%s\n", word[v], attempts[i].text, *why ? " (" : "", why,
                *why ? ")" : "");
        not_denied += v == ALLOWED || v == UNKNOWN;
    }
    close_facts(&f);
    return not_denied;
}
