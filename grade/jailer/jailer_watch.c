/* jailer_watch.c: what limits of a process cannot hold: memory and files of all of them together,
 * looked at every few milliseconds; and clearing away what is left. */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/wait.h>
#include <unistd.h>

#include "grade/jailer/jailer.h"

enum { MAX_DEPTH = 64, SCAN_MOST = 20000, LOWEST_USER = 10000 };

/* ---- Memory ---- */

static uint64_t resident(int proc, const char *pid)
{
    char name[64], text[128];
    unsigned long long pages = 0;

    snprintf(name, sizeof name, "%.20s/statm", pid);
    const int fd = openat(proc, name, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return 0;
    const ssize_t got = read(fd, text, sizeof text - 1);
    close(fd);
    if (got <= 0)
        return 0;
    text[got] = '\0';
    if (sscanf(text, "%*s %llu", &pages) != 1)
        return 0;
    return pages * (uint64_t)sysconf(_SC_PAGESIZE);
}

uint64_t jailer_memory(const jailer_job *job, pid_t child)
{
    uint64_t sum = 0;
    DIR *const proc = opendir("/proc");

    if (!proc)
        return 0;
    for (struct dirent *e; (e = readdir(proc));) {
        const long pid = strtol(e->d_name, NULL, 10);
        struct stat st;

        if (pid < 2 || pid == getpid())
            continue;
        if (job->plan->tier == JAIL_LANDLOCK && pid != child &&
            (fstatat(dirfd(proc), e->d_name, &st, 0) || st.st_uid != job->plan->user))
            continue;
        if (job->plan->tier == JAIL_NONE && pid != child)
            continue;
        sum += resident(dirfd(proc), e->d_name);
    }
    closedir(proc);
    return sum;
}

/* ---- Files ---- */

static bool is_dots(const char *name)
{
    return strcmp(name, ".") == 0 || strcmp(name, "..") == 0;
}

typedef struct {
    uint64_t bytes, files;
} amount;

/* Never follows a link, never leaves the folder; the program may change it while we look. */
static void add_up(int folder, amount *sum, int depth)
{
    DIR *const d = fdopendir(folder);

    if (!d) {
        close(folder);
        return;
    }
    for (struct dirent *e; sum->files < SCAN_MOST && (e = readdir(d));) {
        struct stat st;

        if (is_dots(e->d_name))
            continue;
        if (fstatat(dirfd(d), e->d_name, &st, AT_SYMLINK_NOFOLLOW))
            continue;
        sum->files++;
        sum->bytes += (uint64_t)st.st_blocks * 512;
        if (S_ISDIR(st.st_mode) && depth == MAX_DEPTH)
            sum->files = SCAN_MOST;
        if (S_ISDIR(st.st_mode) && depth < MAX_DEPTH) {
            const int inner = openat(dirfd(d), e->d_name,
                                     O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
            if (inner >= 0)
                add_up(inner, sum, depth + 1);
        }
    }
    closedir(d);
}

bool jailer_disk_full(const jailer_job *job)
{
    const char *const folder = job->group[JAIL_SCRATCH][0];
    amount sum = { 0, 0 };
    struct statfs st;

    if (job->plan->tier == JAIL_NAMESPACES) {       /* a tmpfs of its own knows */
        if (statfs(folder, &st) == 0)
            sum.files = (uint64_t)(st.f_files - st.f_ffree);
    } else {
        const int fd = open(folder, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        if (fd >= 0)
            add_up(fd, &sum, 0);
    }
    return sum.bytes > job->plan->watch_disk || sum.files > job->plan->watch_files;
}

/* ---- Clearing away files ---- */

/* Files go at once; a folder's folders move up to the top, under names that nothing there has. So
 * no tree is too deep, and no path is too long. */
static bool flatten(int top, int folder, unsigned *number)
{
    DIR *const d = fdopendir(folder);
    bool all = true;

    if (!d) {
        close(folder);
        return false;
    }
    for (struct dirent *e; (e = readdir(d));) {
        char name[32];

        if (is_dots(e->d_name) || unlinkat(dirfd(d), e->d_name, 0) == 0)
            continue;
        snprintf(name, sizeof name, ".convlab-%u", (*number)++);
        all &= renameat2(dirfd(d), e->d_name, top, name, RENAME_NOREPLACE) == 0;
    }
    closedir(d);
    return all;
}

/* One pass over the top; true if something went. */
static bool empty_once(int top, unsigned *number, bool *empty)
{
    DIR *const d = fdopendir(openat(top, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    bool some = false;

    *empty = d != NULL;
    for (struct dirent *e; d && (e = readdir(d));) {
        if (is_dots(e->d_name))
            continue;
        *empty = false;
        if (unlinkat(top, e->d_name, 0) == 0) {
            some = true;
            continue;
        }
        fchmodat(top, e->d_name, 0700, 0);
        const int inner = openat(top, e->d_name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        if (inner >= 0)
            flatten(top, inner, number);
        some |= unlinkat(top, e->d_name, AT_REMOVEDIR) == 0;
    }
    if (d)
        closedir(d);
    return some;
}

bool jailer_empty(const char *folder)
{
    const int top = open(folder, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    unsigned number = 0;
    bool empty = false;

    if (top < 0)
        return errno == ENOENT;
    while (empty_once(top, &number, &empty))
        ;
    close(top);
    return empty;
}

/* ---- Clearing away processes ---- */

bool jailer_kill_children(void)
{
    for (int tries = 0; tries < 2000; tries++) {
        char name[64];
        pid_t pid;

        while ((pid = waitpid(-1, NULL, WNOHANG)) > 0)
            ;
        if (pid < 0 && errno == ECHILD)
            return true;
        snprintf(name, sizeof name, "/proc/self/task/%d/children", (int)getpid());
        FILE *const f = fopen(name, "re");
        for (int child; f && fscanf(f, "%d", &child) == 1;)
            kill(child, SIGKILL);
        if (f)
            fclose(f);
        usleep(500);
    }
    return false;
}

/* In a process of its own, which takes the user first: kill(-1) then reaches that user's processes
 * and no other. */
static _Noreturn void kill_as(uid_t user)
{
    uid_t real, effective, saved;

    if (setgroups(0, NULL) || setresgid(user, user, user) || setresuid(user, user, user) ||
        getresuid(&real, &effective, &saved) || real != user || effective != user || saved != user)
        _exit(1);
    kill(-1, SIGKILL);
    _exit(0);
}

/* Whether a process of the user is there that has not ended. */
static bool user_lives(uid_t user)
{
    DIR *const proc = opendir("/proc");
    bool found = !proc;

    for (struct dirent *e; proc && !found && (e = readdir(proc));) {
        char name[64], text[1024], *at;
        unsigned real;

        if (e->d_name[0] < '0' || e->d_name[0] > '9')
            continue;
        snprintf(name, sizeof name, "%.20s/status", e->d_name);
        const int fd = openat(dirfd(proc), name, O_RDONLY | O_CLOEXEC);
        if (fd < 0)
            continue;
        const ssize_t got = read(fd, text, sizeof text - 1);
        close(fd);
        text[got > 0 ? got : 0] = '\0';
        at = strstr(text, "\nUid:");
        if (at && sscanf(at, "\nUid: %u", &real) == 1 && real == user &&
            !strstr(text, "\nState:\tZ") && !strstr(text, "\nState:\tX"))
            found = true;
    }
    if (proc)
        closedir(proc);
    return found;
}

bool jailer_kill_user(uid_t user)
{
    if (user < LOWEST_USER)
        return false;
    for (int tries = 0; tries < 200; tries++) {
        int how;

        if (!user_lives(user))
            return true;
        const pid_t pid = fork();
        if (pid < 0)
            return false;
        if (pid == 0)
            kill_as(user);
        while (waitpid(pid, &how, 0) < 0)
            if (errno != EINTR)
                return false;
        if (WIFEXITED(how) && WEXITSTATUS(how))
            return false;       /* else it ended well, or the program killed it: once more */
        usleep(500);
    }
    return false;
}
