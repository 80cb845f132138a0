/* conformance_paths.c: finds the case files below the folders that were named. */
#include "check/conformance/conformance.h"

#include <dirent.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { MAX_DEPTH = 64 };    /* folders within folders; a limit on links that lead in circles */

typedef struct {
    char **path;
    ptrdiff_t count;
} path_list;

static bool is_case_name(const char *name)
{
    static const char suffix[] = ".safetensors";
    const size_t length = strlen(name), end = sizeof suffix - 1;

    return length > end && strcmp(name + length - end, suffix) == 0;
}

/* Takes over `path`, also where it fails. */
static status append(path_list *list, char *path)
{
    char **const longer =
        path ? realloc(list->path, ((size_t)list->count + 1) * sizeof *longer) : NULL;

    if (!longer) {
        free(path);
        return STATUS_MEMORY;
    }
    list->path = longer;
    list->path[list->count++] = path;
    return STATUS_OK;
}

static char *joined(const char *folder, const char *name)
{
    const size_t size = strlen(folder) + strlen(name) + 2;
    char *const path = malloc(size);

    if (path)
        snprintf(path, size, "%s/%s", folder, name);
    return path;
}

static status collect(const char *folder, int depth, path_list *list, file_error *error)
{
    struct dirent **entry = NULL;
    const int count = scandir(folder, &entry, NULL, alphasort);
    status result = STATUS_OK;

    if (count < 0)
        return file_refuse(error, STATUS_IO, "%s: %s", folder, strerror(errno));
    for (int i = 0; i < count; i++) {
        const char *const name = entry[i]->d_name;
        char *const path = joined(folder, name);
        struct stat about;
        if (!path)
            result = STATUS_MEMORY;
        if (result != STATUS_OK || strcmp(name, ".") == 0 || strcmp(name, "..") == 0) {
            free(path);
        } else if (stat(path, &about) == 0 && S_ISDIR(about.st_mode)) {
            result = depth < MAX_DEPTH ? collect(path, depth + 1, list, error)
                                       : file_refuse(error, STATUS_IO, "%s: too deep", path);
            free(path);
        } else if (is_case_name(name)) {
            result = append(list, path);
        } else {
            free(path);
        }
        free(entry[i]);
    }
    free(entry);
    return result;
}

void conformance_paths_free(char **paths, ptrdiff_t count)
{
    for (ptrdiff_t i = 0; i < count; i++)
        free(paths[i]);
    free(paths);
}

status conformance_paths(int root_count, const char *const *roots, char ***paths,
                         ptrdiff_t *count, file_error *error)
{
    path_list list = { 0 };
    status result = STATUS_OK;

    for (int i = 0; i < root_count && result == STATUS_OK; i++) {
        const ptrdiff_t before = list.count;
        struct stat about;
        if (stat(roots[i], &about) != 0)
            result = file_refuse(error, STATUS_IO, "%s: %s", roots[i], strerror(errno));
        else if (S_ISDIR(about.st_mode))
            result = collect(roots[i], 0, &list, error);
        else
            result = append(&list, strdup(roots[i]));
        if (result == STATUS_OK && list.count == before)
            result = file_refuse(error, STATUS_IO, "%s: no *.safetensors file below it", roots[i]);
        if (result == STATUS_MEMORY)
            file_refuse(error, STATUS_MEMORY, "out of memory");
    }
    if (result != STATUS_OK) {
        conformance_paths_free(list.path, list.count);
        list = (path_list){ 0 };
    }
    *paths = list.path;
    *count = list.count;
    return result;
}
