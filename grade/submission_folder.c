/* submission_folder.c: reads a folder that was handed in. Nothing is opened but folders and regular
 * files, each below the one before it and never through a link: opening a device may act, and
 * opening a FIFO waits. In the order of the names, so that every machine finds the same first. */
#define _GNU_SOURCE             /* O_NOFOLLOW, O_DIRECTORY */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "grade/submission_parts.h"

typedef struct {
    char **name;
    int count, room;
} name_list;

static bool walk(intake *in, int folder, char *path, size_t length, int depth);

/* What another made so that it cannot be opened is theirs; anything else is ours. */
static bool cannot(intake *in, const char *path)
{
    switch (errno) {
    case EACCES: case EPERM: case ELOOP: case ENOENT: case ENOTDIR: case ENXIO: case ENODEV:
        intake_note(in, NOTE_UNREADABLE, path);
        return true;
    default:
        return intake_fail(in, errno == ENOMEM ? STATUS_MEMORY : STATUS_IO, strerror(errno));
    }
}

static bool read_open(intake *in, int file, intake_place place, const char *path)
{
    struct stat info;
    size_t size;

    if (fstat(file, &info) != 0)
        return intake_fail(in, STATUS_IO, strerror(errno));
    if (!S_ISREG(info.st_mode)) {
        intake_note(in, NOTE_SPECIAL, path);
        return true;
    }
    if (info.st_size <= SUBMISSION_FILE_BYTES &&
        !intake_read(file, in->buffer, SUBMISSION_FILE_BYTES + 1, &size))
        return cannot(in, path);
    if (info.st_size > SUBMISSION_FILE_BYTES || size > SUBMISSION_FILE_BYTES) {
        intake_note(in, NOTE_LARGE, path);
        return true;
    }
    return intake_keep(in, place, path, in->buffer, size);
}

static bool take_file(intake *in, int folder, const char *name, const char *path)
{
    const intake_place place = intake_find(in, path);

    if (!place.slot)
        return true;
    const int file = openat(folder, name,
                            O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    if (file < 0)
        return cannot(in, path);
    const bool good = read_open(in, file, place, path);
    close(file);
    return good;
}

static bool take_folder(intake *in, int folder, const char *name, char *path, size_t length,
                        int depth)
{
    if (intake_is_junk(name, strlen(name)))
        return true;
    if (depth == SUBMISSION_MAX_DEPTH) {
        intake_note(in, NOTE_DEEP, path);
        return true;
    }
    const int inner = openat(folder, name, O_RDONLY | O_NOFOLLOW | O_DIRECTORY | O_CLOEXEC);
    return inner < 0 ? cannot(in, path) : walk(in, inner, path, length, depth + 1);
}

static bool take_entry(intake *in, int folder, const char *name, char *path, size_t length,
                       int depth)
{
    const size_t added = strlen(name) + (length > 0);
    struct stat info;

    if (length + added >= PATH_MAX) {
        intake_note(in, NOTE_DEEP, path);
        return true;
    }
    if (length > 0)
        path[length] = '/';
    strcpy(path + length + (length > 0), name);
    if (fstatat(folder, name, &info, AT_SYMLINK_NOFOLLOW) != 0)
        return cannot(in, path);
    if (S_ISDIR(info.st_mode))
        return take_folder(in, folder, name, path, length + added, depth);
    if (S_ISREG(info.st_mode))
        return take_file(in, folder, name, path);
    intake_note(in, NOTE_SPECIAL, path);
    in->into->ignored++;
    return true;
}

/* ---- The names in a folder ---- */

static bool add_name(intake *in, name_list *list, const char *name)
{
    if (list->count == list->room) {
        const int room = list->room ? 2 * list->room : 64;
        char **const grown = realloc(list->name, (size_t)room * sizeof *grown);
        if (!grown)
            return intake_fail(in, STATUS_MEMORY, "no memory for its list of files");
        list->name = grown;
        list->room = room;
    }
    list->name[list->count] = strdup(name);
    if (!list->name[list->count])
        return intake_fail(in, STATUS_MEMORY, "no memory for its list of files");
    list->count++;
    return true;
}

/* Up to the limit of entries. */
static bool list_names(intake *in, DIR *folder, name_list *list)
{
    const struct dirent *e;

    while (errno = 0, (e = readdir(folder))) {
        if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0)
            continue;
        if (!intake_entry(in))
            return true;
        if (!add_name(in, list, e->d_name))
            return false;
    }
    return errno == 0 || intake_fail(in, STATUS_IO, strerror(errno));
}

static int by_name(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Everything in the folder; path (PATH_MAX bytes) names it. Closes it. */
static bool walk(intake *in, int folder, char *path, size_t length, int depth)
{
    name_list list = { NULL, 0, 0 };
    DIR *const open = fdopendir(folder);

    if (!open) {
        const int why = errno;
        close(folder);
        return intake_fail(in, STATUS_IO, strerror(why));
    }
    bool good = list_names(in, open, &list);
    if (list.count > 1)
        qsort(list.name, (size_t)list.count, sizeof *list.name, by_name);
    for (int i = 0; i < list.count; i++) {
        good = good && take_entry(in, folder, list.name[i], path, length, depth);
        path[length] = '\0';
        free(list.name[i]);
    }
    free(list.name);
    closedir(open);
    return good;
}

bool intake_folder(intake *in, int folder)
{
    char path[PATH_MAX] = "";

    return walk(in, folder, path, 0, 0);
}
