/* whole_file.c: a file read in one piece, and a file replaced in one step.
 *
 * Idea:  rename() within a folder is atomic: other processes, and the disk after a crash, see the
 *        old file or the new one. The new bytes are flushed before the rename and the folder after
 *        it, for otherwise a crash of the machine could leave the new name with no content.
 * Source: POSIX.1-2017, rename, fsync. */
#include "data/whole_file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Reads size bytes; *size becomes fewer if the file ends before. */
static status read_all(int descriptor, const char *path, uint8_t *bytes, size_t *size,
                       file_error *error)
{
    size_t done = 0;

    while (done < *size) {
        const ssize_t got = read(descriptor, bytes + done, *size - done);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return file_refuse(error, STATUS_IO, "%s: cannot read: %s", path, strerror(errno));
        if (got == 0)
            break;
        done += (size_t)got;
    }
    *size = done;
    return STATUS_OK;
}

static status read_open(int descriptor, const char *path, size_t limit, uint8_t **bytes,
                        size_t *size, file_error *error)
{
    struct stat info;

    if (fstat(descriptor, &info) != 0)
        return file_refuse(error, STATUS_IO, "%s: cannot read: %s", path, strerror(errno));
    if (!S_ISREG(info.st_mode))
        return file_refuse(error, STATUS_IO, "%s: expected a file, found %s", path,
                           S_ISDIR(info.st_mode) ? "a folder" : "a device or pipe");
    if ((uintmax_t)info.st_size > limit)
        return file_refuse(error, STATUS_IO, "%s: expected at most %zu bytes, found %jd", path,
                           limit, (intmax_t)info.st_size);
    *size = (size_t)info.st_size;
    *bytes = malloc(*size > 0 ? *size : 1);
    if (!*bytes)
        return file_refuse(error, STATUS_MEMORY, "%s: no memory for its %zu bytes", path, *size);
    const status s = read_all(descriptor, path, *bytes, size, error);
    if (s != STATUS_OK) {
        free(*bytes);
        *bytes = NULL;
    }
    return s;
}

status file_read_whole(const char *path, size_t limit, uint8_t **bytes, size_t *size,
                       file_error *error)
{
    *bytes = NULL;
    *size = 0;
    /* O_NONBLOCK: opening a pipe must not wait for its writer. */
    const int descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (descriptor < 0)
        return file_refuse(error, STATUS_IO, "%s: cannot open: %s", path, strerror(errno));
    const status s = read_open(descriptor, path, limit, bytes, size, error);
    close(descriptor);
    return s;
}

/* Each of the following returns 0 or the errno of what failed. */
static int write_all(int descriptor, const file_part *part)
{
    const uint8_t *bytes = part->bytes;
    size_t left = part->size;

    while (left > 0) {
        const ssize_t put = write(descriptor, bytes, left);
        if (put < 0 && errno == EINTR)
            continue;
        if (put < 0)
            return errno;
        bytes += put;
        left -= (size_t)put;
    }
    return 0;
}

static int write_new(const char *path, int part_count, const file_part *parts)
{
    const int descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    int failed = 0;

    if (descriptor < 0)
        return errno;
    for (int i = 0; i < part_count && !failed; i++)
        failed = write_all(descriptor, &parts[i]);
    if (!failed && fsync(descriptor) != 0)
        failed = errno;
    if (close(descriptor) != 0 && !failed)
        failed = errno;
    return failed;
}

static int flush_folder_of(const char *path)
{
    char folder[PATH_MAX];
    const char *const slash = strrchr(path, '/');

    /* "file" lies in ".", "/file" in "/". */
    if (slash)
        snprintf(folder, sizeof folder, "%.*s", slash == path ? 1 : (int)(slash - path), path);
    const int descriptor = open(slash ? folder : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (descriptor < 0)
        return errno;
    const int failed = fsync(descriptor) != 0 ? errno : 0;
    close(descriptor);
    return failed == EINVAL ? 0 : failed;       /* some file systems cannot flush a folder */
}

status file_replace(const char *path, int part_count, const file_part *parts, file_error *error)
{
    char fresh[PATH_MAX];
    struct stat info;

    if (stat(path, &info) == 0 && !S_ISREG(info.st_mode))
        return file_refuse(error, STATUS_IO, "%s: cannot write: not a regular file", path);
    const int length = snprintf(fresh, sizeof fresh, "%s.part-%ld", path, (long)getpid());
    if (length < 0 || (size_t)length >= sizeof fresh)
        return file_refuse(error, STATUS_IO, "%s: cannot write: name too long", path);

    unlink(fresh);                              /* left by a killed process of the same id */
    int failed = write_new(fresh, part_count, parts);
    if (!failed && rename(fresh, path) != 0)
        failed = errno;
    if (failed) {
        unlink(fresh);
        return file_refuse(error, STATUS_IO, "%s: cannot write: %s", path, strerror(failed));
    }
    failed = flush_folder_of(path);
    if (failed)
        return file_refuse(error, STATUS_IO, "%s: written, but its folder is not on the disk: %s",
                           path, strerror(failed));
    return STATUS_OK;
}
