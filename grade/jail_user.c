/* jail_user.c: user ids for jails, each held by one of them at a time.
 *
 * Idea: who has bound an abstract socket named after a user id has that user id. The kernel frees
 *       it with the last descriptor, however its holder ended, and there is no file to leave
 * behind. The ids are far above those of people; where a container maps only 65536 of them, from a
 * range that Debian and systemd leave alone. */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "grade/jail_parts.h"

enum { USERS_FAR = 2000000000, USERS_NEAR = 60578, USERS = 500 };

/* The first id of a range that this process's user namespace has as a whole; 0: none. */
static uid_t first_user(void)
{
    static const uid_t ranges[] = { USERS_FAR, USERS_NEAR };
    uid_t found = 0;
    unsigned long from, to, count;

    for (int r = 0; r < 2 && !found; r++) {
        FILE *const f = fopen("/proc/self/uid_map", "re");
        if (!f)
            return 0;
        while (!found && fscanf(f, "%lu %lu %lu", &from, &to, &count) == 3)
            if (ranges[r] >= from && ranges[r] - from + USERS <= count)
                found = ranges[r];
        fclose(f);
    }
    return found;
}

/* A descriptor, or -1: another has it (EADDRINUSE), or no socket could be had. */
static int hold(uid_t user)
{
    struct sockaddr_un name = { .sun_family = AF_UNIX };
    const int length = snprintf(name.sun_path + 1, sizeof name.sun_path - 1, "convlab-jail-%u",
                                (unsigned)user);
    const int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);

    if (fd < 0)
        return -1;
    if (bind(fd, (struct sockaddr *)&name,
             (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + (size_t)length))) {
        const int why = errno;
        close(fd);
        errno = why;
        return -1;
    }
    return fd;
}

bool jail_user_claim(uid_t *user, int *held, file_error *error)
{
    const uid_t first = geteuid() == 0 ? first_user() : 0;

    if (!first) {
        file_refuse(error, STATUS_VALUE, geteuid()
                        ? "a user id of its own needs root"
                        : "no user ids for jails in /proc/self/uid_map");
        return false;
    }
    for (int i = 0; i < USERS; i++) {
        *user = first + (uid_t)((getpid() + i) % USERS);
        *held = hold(*user);
        if (*held >= 0)
            return true;
        if (errno != EADDRINUSE)
            break;
    }
    file_refuse(error, STATUS_IO, "no user id for a jail: %m");
    return false;
}

/* Ends one process, if no jail of now has its user id. */
static void end_stray(pid_t pid, uid_t user)
{
    char path[40];
    struct stat st;
    const int held = hold(user);

    if (held < 0)
        return;
    snprintf(path, sizeof path, "/proc/%d", (int)pid);
    if (stat(path, &st) == 0 && st.st_uid == user)
        kill(pid, SIGKILL);
    close(held);
}

void jail_user_sweep(void)
{
    const uid_t first = geteuid() == 0 ? first_user() : 0;
    DIR *const proc = first ? opendir("/proc") : NULL;

    if (!proc)
        return;
    for (struct dirent *e; (e = readdir(proc));) {
        const long pid = strtol(e->d_name, NULL, 10);
        struct stat st;

        if (pid > 1 && fstatat(dirfd(proc), e->d_name, &st, 0) == 0 && st.st_uid >= first &&
            st.st_uid < first + USERS)
            end_stray((pid_t)pid, st.st_uid);
    }
    closedir(proc);
}
