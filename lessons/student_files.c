/* student_files.c: copies starters; renames instead of overwriting. */
#include "lessons/student_files.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "data/whole_file.h"

enum { MOST_BYTES = 1 << 20, MOST_COPIES = 1000 };

void student_path(const course *c, const lesson *l, const char *file, lesson_path path)
{
    path_join(path, c->student, l->folder, file);
}

bool student_has(const course *c, const lesson *l)
{
    lesson_path folder;

    student_path(c, l, NULL, folder);
    return access(folder, F_OK) == 0;
}

static bool copy(const char *from, const char *to, file_error *error)
{
    uint8_t *bytes;
    size_t size;

    if (file_read_whole(from, MOST_BYTES, &bytes, &size, error) != STATUS_OK)
        return false;
    const file_part part = { bytes, size };
    const status written = file_replace(to, 1, &part, error);
    free(bytes);
    return written == STATUS_OK;
}

static bool make_folder(const char *path, file_error *error)
{
    if (mkdir(path, 0777) == 0 || errno == EEXIST)
        return true;
    file_refuse(error, STATUS_IO, "%s: cannot make this folder: %s", path, strerror(errno));
    return false;
}

bool student_prepare(const course *c, const lesson *l, file_error *error)
{
    lesson_path starters, from, folder, to;
    bool good = true;

    path_join(starters, l->path, "exercises", NULL);
    student_path(c, l, NULL, folder);
    if (!make_folder(c->student, error) || !make_folder(folder, error))
        return false;
    DIR *const entries = opendir(starters);
    if (!entries) {
        file_refuse(error, STATUS_IO, "%s: cannot read this folder: %s", starters,
                    strerror(errno));
        return false;
    }
    for (const struct dirent *e; good && (e = readdir(entries));) {
        struct stat info;
        path_join(from, starters, e->d_name, NULL);
        student_path(c, l, e->d_name, to);
        if (e->d_name[0] != '.' && stat(from, &info) == 0 && S_ISREG(info.st_mode) &&
            lstat(to, &info) != 0)
            good = copy(from, to, error);
    }
    closedir(entries);
    return good;
}

bool student_reset(const course *c, const lesson *l, const char *file, lesson_path kept,
                   file_error *error)
{
    lesson_path starter, path;
    struct stat info;
    int number = 0;

    kept[0] = '\0';
    path_join(starter, l->path, "exercises", file);
    student_path(c, l, file, path);
    if (lstat(path, &info) == 0) {
        do
            snprintf(kept, PATH_MAX, "%.4000s.%d", path, ++number);
        while (lstat(kept, &info) == 0 && number < MOST_COPIES);
        if (rename(path, kept) != 0) {
            file_refuse(error, STATUS_IO, "%s: cannot keep it as %s: %s", path, kept,
                        strerror(errno));
            return false;
        }
    }
    return copy(starter, path, error);
}
