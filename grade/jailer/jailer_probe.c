/* jailer_probe.c: attempts at what a jail forbids, one per run: convlab-jailer probe WHAT
 * [ARGUMENT].
 *
 * Each is harmless where it is allowed, for the self-test of JAIL_NONE runs them all, as root too:
 * calls get arguments that the kernel refuses after it has looked whether they are permitted, and
 * bombs stop a little beyond the limit that should have held. The exit code tells how it went. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#include "grade/jailer/jailer.h"
#include "grade/jailer/probe_codes.h"

extern char **environ;

static int denied_if(bool denied)
{
    return denied ? PROBE_DENIED : PROBE_ALLOWED;
}

/* ---- Files ---- */

static int probe_read(const char *path)
{
    const int fd = open(path, O_RDONLY | O_NONBLOCK);
    char byte;

    return denied_if(fd < 0 || (read(fd, &byte, 1) < 0 && errno != EISDIR && errno != EAGAIN));
}

static int probe_create(const char *path)
{
    const int fd = open(path, O_WRONLY | O_CREAT | O_EXCL, 0600);

    if (fd >= 0)
        unlink(path);
    return denied_if(fd < 0);
}

static int probe_overwrite(const char *path)
{
    return denied_if(open(path, O_WRONLY) < 0);
}

static int probe_remove(const char *path)
{
    /* To its own name: nothing changes where it is allowed. */
    return denied_if(rename(path, path) != 0);
}

static int probe_symlink(const char *path)
{
    return denied_if(symlink("/etc/passwd", path) != 0);
}

static int probe_link(const char *path)
{
    char other[512];

    snprintf(other, sizeof other, "%s-2", path);
    const int fd = open(path, O_WRONLY | O_CREAT, 0600);
    return denied_if(fd >= 0 && link(path, other) != 0);
}

static int probe_fifo(const char *path)
{
    return denied_if(mkfifo(path, 0600) != 0);
}

static int probe_device(const char *path)
{
    return denied_if(mknod(path, S_IFCHR | 0600, (dev_t)0x103) != 0);    /* 1:3 is /dev/null */
}

/* Descriptor 3 is a sealed file of the grader's. Its bytes, mapped for reading, are written through
 * the door that ignores page protections. */
static int probe_sealed(const char *unused)
{
    (void)unused;
    char *const at = mmap(NULL, 4096, PROT_READ, MAP_SHARED, 3, 0);
    const int mem = open("/proc/self/mem", O_RDWR);

    if (at == MAP_FAILED)
        return PROBE_NOT_HERE;
    if (mem >= 0 && pwrite(mem, "X", 1, (off_t)(uintptr_t)at) == 1 && *at == 'X')
        return PROBE_ALLOWED;
    return denied_if(pwrite(3, "X", 1, 0) != 1 && mprotect(at, 4096, PROT_READ | PROT_WRITE) != 0);
}

static int probe_descriptors(const char *kept)
{
    const int beyond = 3 + atoi(kept);

    for (int fd = beyond; fd < 1024; fd++)
        if (fcntl(fd, F_GETFD) >= 0)
            return PROBE_ALLOWED;
    return PROBE_DENIED;
}

static int probe_environment(const char *unused)
{
    (void)unused;
    for (char **e = environ; *e; e++)
        if (strncmp(*e, "PATH=", 5) != 0 && strncmp(*e, "LC_ALL=", 7) != 0 &&
            strncmp(*e, "TMPDIR=", 7) != 0)
            return PROBE_ALLOWED;
    return PROBE_DENIED;
}

static int probe_privileges(const char *unused)
{
    struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
    struct __user_cap_data_struct set[2];

    (void)unused;
    if (getuid() == 0 || geteuid() == 0 || getgid() == 0 || syscall(SYS_capget, &header, set))
        return PROBE_ALLOWED;
    return denied_if(!(set[0].effective | set[1].effective | set[0].permitted | set[1].permitted |
                       set[0].inheritable | set[1].inheritable));
}

/* ---- System calls that no program needs ---- */

typedef struct {
    const char *name;
    long number;
    long a[6];
} attempt;

static const char root_folder[] = "/", nothing[] = "";

#define AT(p) (long)(uintptr_t)(p)

/* Denied is what answers that it may not be, or is not there. Any other answer means that the
 * kernel got as far as the arguments. */
static const attempt attempts[] = {
    { "bpf", SYS_bpf, { -1, 0, 0 } },
    { "perf_event_open", SYS_perf_event_open, { 0, 0, -1, -1, 0 } },
    { "userfaultfd", SYS_userfaultfd, { 0 } },
    { "io_uring_setup", SYS_io_uring_setup, { 0, 0 } },
    { "keyctl", SYS_keyctl, { 0, -3, 0 } },
    { "add_key", SYS_add_key, { 0, 0, 0, 0, 0 } },
    { "personality", SYS_personality, { 0x0040000 } },
    { "clock_settime", SYS_clock_settime, { CLOCK_MONOTONIC, 0 } },
    { "mount", SYS_mount, { AT(nothing), AT(root_folder), AT("no-such-type"), 0, 0 } },
    { "umount2", SYS_umount2, { AT(nothing), ~0L } },
    { "pivot_root", SYS_pivot_root, { AT(nothing), AT(nothing) } },
    { "fsopen", SYS_fsopen, { AT("no-such-type"), 0 } },
    { "open_tree", SYS_open_tree, { -100, AT(root_folder), 1 } },
    { "chroot", SYS_chroot, { AT(root_folder) } },
    { "unshare-user", SYS_unshare, { CLONE_NEWUSER } },
    { "unshare-mount", SYS_unshare, { CLONE_NEWNS } },
    { "setns", SYS_setns, { 0, 0 } },
    { "clone-user", SYS_clone, { CLONE_NEWUSER | CLONE_THREAD, 0, 0, 0, 0 } },
    { "clone3", SYS_clone3, { 0, 0 } },
    { "init_module", SYS_init_module, { 0, 0, AT(nothing) } },
    { "kexec_load", SYS_kexec_load, { 0, 0, 0, 0xff } },
    { "reboot", SYS_reboot, { 0, 0, 0, 0 } },
    { "sethostname", SYS_sethostname, { AT(nothing), -1 } },
    { "swapon", SYS_swapon, { AT(nothing), 0 } },
    { "syslog", SYS_syslog, { 10, 0, 0 } },
    { "name_to_handle_at", SYS_name_to_handle_at, { -100, AT(root_folder), 0, 0, 0 } },
    { "open_by_handle_at", SYS_open_by_handle_at, { -100, 0, 0 } },
    { "setuid", SYS_setuid, { 0 } },
    { "setgroups", SYS_setgroups, { 0, 0 } },
    { "memfd_create", SYS_memfd_create, { AT("probe"), 0 } },
    { "shmget", SYS_shmget, { 1, 0, 0 } },
    { "msgget", SYS_msgget, { 1, 0 } },
    { "mq_open", SYS_mq_open, { AT(nothing), 0, 0, 0 } },
    { "timer_create", SYS_timer_create, { CLOCK_MONOTONIC, 0, 0 } },
    { "fcntl-signal", SYS_fcntl, { 0, F_SETSIG, SIGCONT } },
    { "type-in", SYS_ioctl, { 0, TIOCSTI, 0 } },
    { "dumpable", SYS_prctl, { PR_SET_DUMPABLE, 1, 0, 0, 0 } },
    { "subreaper", SYS_prctl, { PR_SET_CHILD_SUBREAPER, 0, 0, 0, 0 } },
    { "fanotify_init", SYS_fanotify_init, { 0, 0 } },
    { "inotify_init", SYS_inotify_init1, { 0 } },
    { "setpriority", SYS_setpriority, { 0, 0, 0 } },
    { "sched_setscheduler", SYS_sched_setscheduler, { 0, 0, 0 } },
};

static int probe_call(const char *name)
{
    for (size_t i = 0; i < sizeof attempts / sizeof *attempts; i++) {
        const attempt *const t = &attempts[i];
        if (strcmp(t->name, name) != 0)
            continue;
        const long got = syscall(t->number, t->a[0], t->a[1], t->a[2], t->a[3], t->a[4], t->a[5]);
        return denied_if(got < 0 && (errno == ENOSYS || errno == EPERM || errno == EACCES));
    }
    return PROBE_NOT_HERE;
}

/* Those whose numbers belong to another architecture end the process by a signal. */
static int probe_i386(const char *unused)
{
    (void)unused;
#ifdef __x86_64__
    long result = 20;           /* getpid */
    __asm__ volatile("int $0x80" : "+a"(result) : : "memory", "r8", "r9", "r10", "r11");
    return result == -ENOSYS ? PROBE_NOT_HERE : PROBE_ALLOWED;
#else
    return PROBE_NOT_HERE;
#endif
}

static int probe_x32(const char *unused)
{
    (void)unused;
#ifdef __x86_64__
    return denied_if(syscall(0x40000000 + 39) < 0);
#else
    return PROBE_NOT_HERE;
#endif
}

/* ---- Network ---- */

static int probe_socket(const char *family)
{
    return denied_if(socket(atoi(family), SOCK_DGRAM, 0) < 0);
}

static int probe_pair(const char *unused)
{
    int pair[2];

    (void)unused;
    return denied_if(socketpair(AF_UNIX, SOCK_STREAM, 0, pair) != 0);
}

static int probe_connect(const char *port)
{
    struct sockaddr_in a = { .sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(port)),
                             .sin_addr = { htonl(INADDR_LOOPBACK) } };
    const int fd = socket(AF_INET, SOCK_STREAM, 0);

    return denied_if(fd < 0 || connect(fd, (struct sockaddr *)&a, sizeof a) != 0);
}

/* ---- Other processes ---- */

static int probe_kill(const char *pid)
{
    return denied_if(kill(atoi(pid), 0) != 0);
}

static int probe_tgkill(const char *pid)
{
    return denied_if(syscall(SYS_tgkill, atoi(pid), atoi(pid), 0) != 0);
}

static int probe_ptrace(const char *pid)
{
    errno = 0;
    syscall(SYS_ptrace, 0x7fff, atoi(pid), 0, 0);
    return denied_if(errno == ENOSYS || errno == EPERM);
}

static int probe_peek(const char *pid)
{
    char byte;
    struct iovec here = { &byte, 1 }, there = { &byte, 1 };
    const ssize_t got = process_vm_readv(atoi(pid), &here, 1, &there, 1, 0);

    return denied_if(got < 0 && errno != EFAULT);
}

static int probe_take_descriptor(const char *pid)
{
    const int process = (int)syscall(SYS_pidfd_open, atoi(pid), 0);

    return denied_if(process < 0 || syscall(SYS_pidfd_getfd, process, 1, 0) < 0);
}

static int probe_limit_other(const char *pid)
{
    struct rlimit l;

    return denied_if(prlimit(atoi(pid), RLIMIT_CORE, NULL, &l) != 0);
}

/* ---- Limits ---- */

static int probe_raise(const char *number)
{
    const int which = atoi(number);
    struct rlimit l;

    if (getrlimit((__rlimit_resource_t)which, &l) || l.rlim_max == RLIM_INFINITY)
        return PROBE_ALLOWED;
    l.rlim_max += 4096;
    l.rlim_cur = l.rlim_max;
    return denied_if(setrlimit((__rlimit_resource_t)which, &l) != 0);
}

static int probe_processors(const char *online)
{
    cpu_set_t before, all;

    if (atoi(online) < 2)
        return PROBE_NOT_HERE;
    memset(&all, 0xff, sizeof all);
    if (sched_getaffinity(0, sizeof before, &before) ||
        sched_setaffinity(0, sizeof all, &all) ||
        sched_getaffinity(0, sizeof all, &all))
        return PROBE_DENIED;
    return denied_if(CPU_COUNT(&all) <= CPU_COUNT(&before));
}

static int probe_exec(const char *path)
{
    execl(path, path, NULL);
    return PROBE_DENIED;        /* where it works, /bin/true ends with 0: PROBE_ALLOWED */
}

static int probe_exec_written(const char *path)
{
    const int fd = open(path, O_RDWR | O_CREAT, 0700);
    static const char script[] = "#!/bin/true\n";

    if (fd < 0 || write(fd, script, sizeof script - 1) < 0 || close(fd))
        return PROBE_DENIED;
    return probe_exec(path);
}

static int probe_fork(const char *unused)
{
    (void)unused;
    const pid_t pid = fork();
    if (pid == 0)
        _exit(0);
    return denied_if(pid < 0);
}

static int probe_fork_bomb(const char *most)
{
    const int limit = atoi(most);
    int count = 0;

    for (; count < limit + 20; count++) {
        const pid_t pid = fork();
        if (pid < 0)
            break;
        if (pid == 0) {
            usleep(300000);
            _exit(0);
        }
    }
    return denied_if(count < limit + 2);
}

static void *sleep_a_while(void *unused)
{
    usleep(300000);
    return unused;
}

static int probe_thread_bomb(const char *most)
{
    const int limit = atoi(most);
    pthread_attr_t small;
    pthread_t thread;
    int count = 0;

    pthread_attr_init(&small);
    pthread_attr_setstacksize(&small, 64 << 10);
    while (count < limit + 20 && pthread_create(&thread, &small, sleep_a_while, NULL) == 0)
        count++;
    return denied_if(count < limit + 2);
}

/* Touches mebibytes one by one, private ones or shared ones. */
static int probe_memory(const char *megabytes)
{
    const int most = abs(atoi(megabytes)), kind = atoi(megabytes) < 0 ? MAP_SHARED : MAP_PRIVATE;

    for (int i = 0; i < most; i++) {
        char *const at = mmap(NULL, 1 << 20, PROT_READ | PROT_WRITE, kind | MAP_ANONYMOUS, -1, 0);
        if (at == MAP_FAILED)
            return PROBE_DENIED;
        memset(at, 1, 1 << 20);
    }
    usleep(200000);             /* for who looks now and then */
    return PROBE_ALLOWED;
}

static int probe_disk(const char *megabytes)
{
    static char block[1 << 20];
    char name[64];

    memset(block, 1, sizeof block);
    for (int i = 0; i < atoi(megabytes); i++) {
        snprintf(name, sizeof name, "file-%d", i);
        const int fd = open(name, O_WRONLY | O_CREAT, 0600);
        if (fd < 0 || write(fd, block, sizeof block) != (ssize_t)sizeof block)
            return PROBE_DENIED;
        close(fd);
    }
    usleep(200000);
    return PROBE_ALLOWED;
}

static int probe_large_file(const char *megabytes)
{
    static char block[1 << 20];
    const int fd = open("large", O_WRONLY | O_CREAT, 0600);

    for (int i = 0; i < atoi(megabytes); i++)
        if (write(fd, block, sizeof block) != (ssize_t)sizeof block)
            return PROBE_DENIED;
    return PROBE_ALLOWED;
}

static int probe_inodes(const char *count)
{
    char name[64];

    for (int i = 0; i < atoi(count); i++) {
        snprintf(name, sizeof name, "file-%d", i);
        const int fd = open(name, O_WRONLY | O_CREAT, 0600);
        if (fd < 0)
            return PROBE_DENIED;
        close(fd);
    }
    usleep(200000);
    return PROBE_ALLOWED;
}

static int probe_flood(const char *megabytes)
{
    static char block[1 << 16];

    memset(block, 'x', sizeof block);
    for (int i = 0; i < 16 * atoi(megabytes); i++)
        (void)!write(1, block, sizeof block);
    return PROBE_DENIED;        /* the grader looks at how much of it arrived */
}

static int probe_spin(const char *seconds)
{
    const clock_t end = (clock_t)atoi(seconds) * CLOCKS_PER_SEC;

    signal(SIGXCPU, SIG_IGN);
    while (clock() < end)
        ;
    return PROBE_ALLOWED;
}

/* Holds descriptor 3, a pipe of the grader's, until it is ended. */
static int probe_stay(const char *unused)
{
    (void)unused;
    for (int s = 1; s < NSIG; s++)
        signal(s, SIG_IGN);
    (void)!write(3, "s", 1);
    while (pause() < 0)
        ;
    return PROBE_DENIED;
}

static int probe_daemon(const char *unused)
{
    if (fork() == 0) {
        setsid();
        setpgid(0, 0);
        if (fork() == 0)
            return probe_stay(unused);
        _exit(0);
    }
    usleep(20000);
    return PROBE_DENIED;        /* the grader looks whether anybody still holds its pipe */
}

/* jail_find()'s: whether what matters most is denied, and a library's usual calls are not. */
static int probe_trial(const char *tier)
{
    if (strcmp(tier, "none") == 0)
        return PROBE_TRIAL;
    if (prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) != 1 || prctl(PR_GET_SECCOMP, 0, 0, 0, 0) != 2 ||
        getuid() == 0 || open("/etc/passwd", O_RDONLY) >= 0 || open("/new", O_CREAT, 0600) >= 0 ||
        socket(AF_INET, SOCK_STREAM, 0) >= 0 || fork() >= 0)
        return PROBE_ALLOWED;
    return open("/dev/null", O_RDWR) < 0 ? PROBE_NOT_HERE : PROBE_TRIAL;
}

int jailer_probe(int count, char **argument)
{
    static const struct { const char *name; int (*run)(const char *argument); } probes[] = {
        { "read", probe_read }, { "create", probe_create }, { "overwrite", probe_overwrite },
        { "remove", probe_remove }, { "symlink", probe_symlink }, { "link", probe_link },
        { "fifo", probe_fifo }, { "device", probe_device }, { "sealed", probe_sealed },
        { "descriptors", probe_descriptors }, { "environment", probe_environment },
        { "privileges", probe_privileges },
        { "call", probe_call }, { "i386", probe_i386 }, { "x32", probe_x32 },
        { "socket", probe_socket }, { "pair", probe_pair }, { "connect", probe_connect },
        { "kill", probe_kill }, { "tgkill", probe_tgkill }, { "ptrace", probe_ptrace },
        { "peek", probe_peek }, { "take", probe_take_descriptor }, { "limit", probe_limit_other },
        { "raise", probe_raise }, { "processors", probe_processors }, { "exec", probe_exec },
        { "exec-written", probe_exec_written }, { "fork", probe_fork },
        { "fork-bomb", probe_fork_bomb }, { "thread-bomb", probe_thread_bomb },
        { "memory", probe_memory }, { "disk", probe_disk }, { "large-file", probe_large_file },
        { "inodes", probe_inodes }, { "flood", probe_flood }, { "spin", probe_spin },
        { "stay", probe_stay }, { "daemon", probe_daemon }, { "trial", probe_trial },
    };

    for (size_t i = 0; count > 0 && i < sizeof probes / sizeof *probes; i++)
        if (strcmp(argument[0], probes[i].name) == 0)
            return probes[i].run(count > 1 ? argument[1] : "");
    return PROBE_NOT_HERE;
}
