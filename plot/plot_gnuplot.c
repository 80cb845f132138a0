/* plot_gnuplot.c: starts gnuplot, the program.
 *
 * Idea:  script, picture and complaints each go through a temporary file without a name: no pipe
 *        that could fill up while the other side waits. */
#include "plot/plot_gnuplot.h"

#include <errno.h>
#include <limits.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "plot/plot.h"

enum { COMPLAINT_BYTES = 512 };

static const char missing[] = "gnuplot is not installed, so no pictures can be drawn; "
                              "'apt-get install gnuplot-nox' gets it";

extern char **environ;

const char *plot_missing(void)
{
    const char *path = getenv("PATH");
    char program[PATH_MAX];

    if (!path)
        path = "/usr/bin:/bin";
    while (*path) {
        const int length = (int)strcspn(path, ":");
        const int used = snprintf(program, sizeof program, "%.*s/gnuplot", length, path);
        if (length && used < (int)sizeof program && access(program, X_OK) == 0)
            return NULL;
        path += length + (path[length] == ':');
    }
    return missing;
}

/* Starts it with these three as its standard files. Returns 0 or an errno. */
static int spawn(FILE *const files[3], pid_t *child)
{
    char *const arguments[] = { "gnuplot", "-d", NULL };    /* -d: not the user's settings */
    posix_spawn_file_actions_t actions;
    int failed = posix_spawn_file_actions_init(&actions);

    if (failed)
        return failed;
    for (int i = 0; i < 3 && !failed; i++)
        failed = posix_spawn_file_actions_adddup2(&actions, fileno(files[i]), i);
    if (!failed)
        failed = posix_spawnp(child, "gnuplot", &actions, NULL, arguments, environ);
    posix_spawn_file_actions_destroy(&actions);
    return failed;
}

/* All that a file holds, with a NUL behind it; NULL if it cannot be read. */
static char *read_back(FILE *file, size_t *size)
{
    if (fseek(file, 0, SEEK_END) != 0)
        return NULL;
    const long length = ftell(file);
    char *const text = length >= 0 ? malloc((size_t)length + 1) : NULL;
    if (!text)
        return NULL;
    rewind(file);
    *size = fread(text, 1, (size_t)length, file);
    text[*size] = '\0';
    return text;
}

/* The line of gnuplot's complaint that says what is wrong: it repeats the script's line, points at
 * the place with a ^, and then says it. */
static void last_line(FILE *file, char text[COMPLAINT_BYTES])
{
    char line[COMPLAINT_BYTES];

    snprintf(text, COMPLAINT_BYTES, "it says nothing");
    rewind(file);
    while (fgets(line, sizeof line, file)) {
        const char *const start = line + strspn(line, " \t\n^");
        if (*start)
            snprintf(text, COMPLAINT_BYTES, "%.*s", (int)strcspn(start, "\n"), start);
    }
}

static status run_with(FILE *const files[3], const char *path, char **picture, size_t *size,
                       file_error *error)
{
    char complaint[COMPLAINT_BYTES];
    pid_t child;
    int state;

    const int failed = spawn(files, &child);
    if (failed)
        return file_refuse(error, STATUS_IO, "%s: cannot start gnuplot: %s", path,
                           strerror(failed));
    while (waitpid(child, &state, 0) < 0)
        if (errno != EINTR)
            return file_refuse(error, STATUS_IO, "%s: gnuplot is lost: %s", path, strerror(errno));
    if (WIFSIGNALED(state))
        return file_refuse(error, STATUS_IO, "%s: gnuplot was ended by signal %d", path,
                           WTERMSIG(state));
    *picture = read_back(files[1], size);
    if (!*picture)
        return file_refuse(error, STATUS_MEMORY, "%s: out of memory", path);
    if (WEXITSTATUS(state) == 0 && *size > 0)
        return STATUS_OK;
    free(*picture);
    *picture = NULL;
    last_line(files[2], complaint);
    return file_refuse(error, STATUS_VALUE, "%s: gnuplot cannot draw it: %s", path, complaint);
}

status gnuplot_run(const char *script, size_t size, const char *path, char **picture,
                   size_t *picture_size, file_error *error)
{
    FILE *files[3] = { NULL };
    status s = STATUS_OK;

    *picture = NULL;
    if (plot_missing())
        return file_refuse(error, STATUS_UNSUPPORTED, "%s: %s", path, plot_missing());
    for (int i = 0; i < 3 && s == STATUS_OK; i++)
        if (!(files[i] = tmpfile()))
            s = file_refuse(error, STATUS_IO, "%s: cannot make a temporary file: %s", path,
                            strerror(errno));
    if (s == STATUS_OK &&
        (fwrite(script, 1, size, files[0]) != size || fflush(files[0]) != 0 ||
         lseek(fileno(files[0]), 0, SEEK_SET) != 0))
        s = file_refuse(error, STATUS_IO, "%s: cannot write a temporary file: %s", path,
                        strerror(errno));
    if (s == STATUS_OK)
        s = run_with(files, path, picture, picture_size, error);
    for (int i = 0; i < 3; i++)
        if (files[i])
            fclose(files[i]);
    return s;
}
