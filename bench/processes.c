/* processes.c: this program once more, in fresh processes. */
#define _GNU_SOURCE             /* open_memstream, mkstemp */
#include "bench/processes.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <math.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <jansson.h>

#include "data/whole_file.h"

enum { MAX_ARGUMENTS = 60 };

extern char **environ;

/* ---- One process ---- */

static bool open_temporary(char path[PATH_MAX], file_error *error)
{
    const char *const folder = getenv("TMPDIR");

    snprintf(path, PATH_MAX, "%s/convlab-process-XXXXXX", folder && *folder ? folder : "/tmp");
    const int descriptor = mkstemp(path);
    if (descriptor < 0) {
        file_refuse(error, STATUS_IO, "%s: %s", path, strerror(errno));
        return false;
    }
    close(descriptor);
    return true;
}

/* Runs argv and waits. Returns its exit code; -1: a signal ended it, or it could not be started. */
static int run(char *const *argv)
{
    posix_spawn_file_actions_t actions;
    pid_t child;
    int state = 0;

    if (posix_spawn_file_actions_init(&actions) != 0)
        return -1;
    const bool started =
        posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0) == 0 &&
        posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0) == 0 &&
        posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0) == 0 &&
        posix_spawn(&child, "/proc/self/exe", &actions, NULL, argv, environ) == 0;
    (void)posix_spawn_file_actions_destroy(&actions);
    if (!started)
        return -1;
    while (waitpid(child, &state, 0) < 0)
        if (errno != EINTR)
            return -1;
    return WIFEXITED(state) ? WEXITSTATUS(state) : -1;
}

bool process_measure(const char *const *arguments, result_file *f, file_error *error)
{
    char path[PATH_MAX], out[PATH_MAX + 20];
    char *argv[MAX_ARGUMENTS];
    int count = 0;

    *f = (result_file){ 0 };
    if (!open_temporary(path, error))
        return false;
    snprintf(out, sizeof out, "--benchmark_out=%s", path);
    argv[count++] = (char *)"convlab-bench";
    argv[count++] = out;
    for (int i = 0; arguments[i] && count < MAX_ARGUMENTS - 1; i++)
        argv[count++] = (char *)arguments[i];
    argv[count] = NULL;
    const int code = run(argv);
    bool good = code == 0 || code == 1;         /* 1: an output was wrong, the others count */
    if (!good)
        file_refuse(error, STATUS_IO, "convlab-bench in a fresh process: expected exit code 0, "
                    "found %d", code);
    good = good && result_read(path, f, error);
    (void)unlink(path);
    return good;
}

/* ---- Many ---- */

typedef struct {
    const char *name;
    int count;
    double mean, squares;       /* of log(yard): Welford's running mean and squared deviations */
} yards;

static int by_name(const void *a, const void *b)
{
    return strcmp(((const yards *)a)->name, ((const yards *)b)->name);
}

static void take(yards *y, double value)
{
    const double off = value - y->mean;

    y->count++;
    y->mean += off / y->count;
    y->squares += off * (value - y->mean);
}

static void take_all(yards *all, size_t count, const result_file *f)
{
    for (size_t i = 0; i < f->count; i++) {
        const bench_result *const b = &f->results[i];
        const yards like = { .name = b->name };
        yards *const y = bsearch(&like, all, count, sizeof *all, by_name);
        if (y && !b->skipped[0] && b->yard > 0.0)
            take(y, log(b->yard));
    }
}

/* The names in the file, sorted; they belong to `root`. NULL without memory. */
static yards *names_of(json_t *root, size_t *count)
{
    json_t *const rows = json_object_get(root, "benchmarks");
    yards *const all = calloc(json_array_size(rows) + 1, sizeof *all);
    json_t *row;
    size_t i;

    *count = 0;
    if (!all)
        return NULL;
    json_array_foreach(rows, i, row) {
        const char *const name = json_string_value(json_object_get(row, "name"));
        if (name)
            all[(*count)++].name = name;
    }
    qsort(all, *count, sizeof *all, by_name);
    return all;
}

/* One process can say nothing of a spread. */
static bool put_all(json_t *root, const yards *all, size_t count)
{
    json_t *row;
    size_t i;
    bool good = true;

    json_array_foreach(json_object_get(root, "benchmarks"), i, row) {
        const yards like = { .name = json_string_value(json_object_get(row, "name")) };
        const yards *const y = like.name ? bsearch(&like, all, count, sizeof *all, by_name) : NULL;
        if (!y || y->count < 2)
            continue;
        good = good && json_object_set_new(row, "processes", json_integer(y->count)) == 0 &&
               json_object_set_new(row, "yard_mean", json_real(exp(y->mean))) == 0 &&
               json_object_set_new(row, "yard_spread",
                                   json_real(sqrt(y->squares / (y->count - 1)))) == 0;
    }
    return good;
}

static bool replace(const char *path, const json_t *root, file_error *error)
{
    char *const text = json_dumps(root, JSON_INDENT(2));
    const file_part part = { text, text ? strlen(text) : 0 };
    const bool good = text ? file_replace(path, 1, &part, error) == STATUS_OK
                           : file_refuse(error, STATUS_MEMORY, "%s: out of memory", path) ==
                                 STATUS_OK;

    free(text);
    return good;
}

bool processes_add(const char *path, const char *const *arguments, int times,
                   const volatile int *stopped, FILE *progress, file_error *error)
{
    json_error_t problem;
    json_t *const root = json_load_file(path, 0, &problem);
    size_t count = 0;
    yards *const all = root ? names_of(root, &count) : NULL;
    bool good = all != NULL;

    if (!good)
        file_refuse(error, STATUS_IO, "%s: %s", path, root ? "out of memory" : problem.text);
    for (int i = 0; i < times && good && !*stopped; i++) {
        result_file f;
        if (progress)
            fprintf(progress, "how much do processes differ: %d of %d\n", i + 1, times);
        good = process_measure(arguments, &f, error);
        if (good)
            take_all(all, count, &f);
        result_free(&f);
    }
    if (good && !put_all(root, all, count))
        good = file_refuse(error, STATUS_MEMORY, "%s: out of memory", path) == STATUS_OK;
    good = good && replace(path, root, error);
    free(all);
    json_decref(root);
    return good;
}

/* ---- The filter ---- */

static size_t group_length(const char *name)
{
    const char *const slash = strrchr(name, '/');
    return slash ? (size_t)(slash - name) : strlen(name);
}

static bool is_first_of_group(const char *const *names, size_t at)
{
    const size_t length = group_length(names[at]);

    for (size_t i = 0; i < at; i++)
        if (group_length(names[i]) == length && memcmp(names[i], names[at], length) == 0)
            return false;
    return true;
}

char *processes_filter(const char *const *names, size_t count)
{
    char *text = NULL;
    size_t size;
    FILE *const out = open_memstream(&text, &size);

    if (!out)
        return NULL;
    fputs("--benchmark_filter=^(", out);
    for (size_t i = 0; i < count; i++) {
        if (!is_first_of_group(names, i))
            continue;
        if (i > 0)
            fputc('|', out);
        for (const char *c = names[i]; c < names[i] + group_length(names[i]); c++)
            fprintf(out, *c == '.' ? "\\%c" : "%c", *c);
    }
    fputs(")/[^/]*$", out);
    if (fclose(out) == 0)
        return text;
    free(text);
    return NULL;
}
