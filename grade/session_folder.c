/* session_folder.c: places for temporary files that are gone afterwards, even if the grader was
 * killed.
 *
 * Idea: a folder /tmp/convlab-grade-XXXXXX is locked as long as its grader lives. A lock ends with
 *       its process, however that ends; so a folder of that name whose lock is free is nobody's,
 *       and the next grader removes it. */
#define _GNU_SOURCE             /* O_DIRECTORY, mkdtemp */
#include "grade/session_parts.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

static const char prefix[] = "convlab-grade-";

/* Students may nest folders as deep as they like, and we have no more than so many descriptors:
 * what lies deeper is first moved up. */
enum { MOST_DEPTH = 32 };

static bool remove_entry(int folder, const char *name, int top, int depth);

/* Removes what is in an open folder, and closes it. */
static bool empty(int fd, int top, int depth)
{
    DIR *const entries = fdopendir(fd);
    const struct dirent *e;
    bool all = true;

    if (!entries) {
        close(fd);
        return false;
    }
    while ((e = readdir(entries)))
        if (strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0)
            all = remove_entry(dirfd(entries), e->d_name, top, depth) && all;
    closedir(entries);
    return all;
}

static bool remove_entry(int folder, const char *name, int top, int depth)
{
    static unsigned number;
    char moved[64];

    if (unlinkat(folder, name, 0) == 0 || errno == ENOENT)
        return true;
    if (errno != EISDIR && errno != EPERM)
        return false;
    if (depth > MOST_DEPTH) {
        snprintf(moved, sizeof moved, ".moved-%u", number++);
        return renameat(folder, name, top, moved) == 0;
    }
    fchmodat(folder, name, 0700, 0);            /* it may have been made unreadable */
    const int fd = openat(folder, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0)
        return false;
    const bool emptied = empty(fd, top, depth + 1);
    return unlinkat(folder, name, AT_REMOVEDIR) == 0 && emptied;
}

bool folder_remove(const char *path)
{
    bool all = true;

    /* Moving up adds entries behind our back: again until nothing is left, or nothing changes. */
    for (int round = 0; round < 1000; round++) {
        const int fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        if (fd < 0)
            return errno == ENOENT;
        const int top = dup(fd);
        if (top < 0) {
            close(fd);
            return false;
        }
        all = empty(fd, top, 0);
        close(top);
        if (rmdir(path) == 0)
            return true;
        if (!all)
            return false;
    }
    return false;
}

/* Removes the folders of graders that are gone. */
static void sweep(const char *where)
{
    DIR *const entries = opendir(where);
    const struct dirent *e;

    while (entries && (e = readdir(entries))) {
        struct stat about;
        lesson_path path;
        if (strncmp(e->d_name, prefix, strlen(prefix)) != 0)
            continue;
        const int fd = openat(dirfd(entries), e->d_name,
                              O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        if (fd < 0)
            continue;
        path_join(path, where, e->d_name, NULL);
        if (fstat(fd, &about) == 0 && about.st_uid == geteuid() && *path &&
            flock(fd, LOCK_EX | LOCK_NB) == 0)
            folder_remove(path);
        close(fd);
    }
    if (entries)
        closedir(entries);
}

/* One try: between making a folder and locking it another grader may take it for nobody's. */
static bool make_locked(const char *where, lesson_path path, int *lock)
{
    lesson_path made;

    snprintf(made, sizeof made, "%sXXXXXX", prefix);
    path_join(path, where, made, NULL);
    if (!*path || !mkdtemp(path))
        return false;
    *lock = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    /* Who works under a user id of their own must be able to go through, not to look around. */
    if (*lock >= 0 && flock(*lock, LOCK_EX | LOCK_NB) == 0 && chmod(path, 0711) == 0)
        return true;
    const int why = errno;
    if (*lock >= 0)
        close(*lock);
    *lock = -1;
    folder_remove(path);
    errno = why;
    return false;
}

status folder_make(lesson_path path, int *lock, file_error *error)
{
    enum { TRIES = 20 };
    const char *const wanted = getenv("TMPDIR");
    const char *const where = wanted && *wanted ? wanted : "/tmp";

    sweep(where);
    for (int i = 0; i < TRIES; i++) {
        if (make_locked(where, path, lock))
            return STATUS_OK;
        if (errno != ENOENT && errno != EWOULDBLOCK)
            break;
    }
    return file_refuse(error, STATUS_IO, "%s: expected to make a folder for temporary files there, "
                                         "found: %s", where, strerror(errno));
}
