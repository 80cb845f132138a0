/* scratch.c: a folder of its own for each test program, gone when it ends. */
#define _XOPEN_SOURCE 700       /* nftw */
#include "tests/support/scratch.h"

#include <dirent.h>
#include <ftw.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char folder[PATH_MAX / 2];

int scratch_make(void **state)
{
    const char *const parent = getenv("TMPDIR");

    (void)state;
    snprintf(folder, sizeof folder, "%s/convlab-test-XXXXXX", parent ? parent : "/tmp");
    return mkdtemp(folder) ? 0 : -1;
}

static int remove_one(const char *path, const struct stat *info, int kind, struct FTW *where)
{
    (void)info, (void)kind, (void)where;
    return remove(path);
}

int scratch_remove(void **state)
{
    (void)state;
    return nftw(folder, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

const char *scratch_path(const char *name)
{
    static char paths[8][PATH_MAX];
    static int next;

    char *const path = paths[next++ % 8];
    snprintf(path, sizeof paths[0], "%s%s%s", folder, name[0] ? "/" : "", name);
    return path;
}

const char *scratch_write(const char *name, const void *bytes, size_t size)
{
    const char *const path = scratch_path(name);
    FILE *const file = fopen(path, "wb");

    if (!file || (size > 0 && fwrite(bytes, 1, size, file) != size) || fclose(file) != 0) {
        perror(path);
        abort();
    }
    return path;
}

int scratch_entries(const char *path)
{
    DIR *const entries = opendir(path);
    int count = 0;

    if (!entries)
        return -1;
    for (const struct dirent *e; (e = readdir(entries));)
        count += strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0;
    closedir(entries);
    return count;
}
