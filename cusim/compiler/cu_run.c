/* cu_run.c: child processes, temporary files, and what the host compiler says. */
#define _GNU_SOURCE             /* nftw's FTW_* */
#include "cusim/compiler/cu_run.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <signal.h>
#include <spawn.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

static char folder[PATH_MAX];
static volatile sig_atomic_t child;

/* ---- The folder of temporary files ---- */

static int remove_one(const char *path, const struct stat *s, int flag, struct FTW *at)
{
    (void)s;
    (void)flag;
    (void)at;
    return remove(path);
}

void cu_folder_remove(void)
{
    if (*folder)
        nftw(folder, remove_one, 16, FTW_DEPTH | FTW_PHYS);
    *folder = '\0';
}

/* The files are few and flat, and the program does nothing but wait when the signal comes. */
static void on_signal(int number)
{
    if (child > 0)
        kill((pid_t)child, SIGTERM);
    cu_folder_remove();
    signal(number, SIG_DFL);
    raise(number);
}

bool cu_folder_make(void)
{
    const char *const parent = getenv("TMPDIR");

    snprintf(folder, sizeof folder, "%s/cusim-cc-XXXXXX", parent && *parent ? parent : "/tmp");
    if (!mkdtemp(folder)) {
        fprintf(stderr, "cusim-cc: cannot make a temporary folder %s: %s\n", folder,
                strerror(errno));
        *folder = '\0';
        return false;
    }
    static const int numbers[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGPIPE };
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
        signal(numbers[i], on_signal);
    return true;
}

char *cu_folder_file(const char *ending)
{
    static int number;

    return cu_format("%s/%d.%s", folder, ++number, ending);
}

/* ---- Files ---- */

static bool failed(const char *what, const char *name)
{
    fprintf(stderr, "cusim-cc: cannot %s %s: %s\n", what, name, strerror(errno));
    return false;
}

bool cu_read_file(const char *name, cu_text *text)
{
    char some[65536];
    size_t count;
    FILE *const f = fopen(name, "rb");

    if (!f)
        return failed("read", name);
    cu_add(text, "", 0);
    while ((count = fread(some, 1, sizeof some, f)) > 0)
        cu_add(text, some, count);
    const bool fine = !ferror(f);
    fclose(f);
    return fine || failed("read", name);
}

bool cu_write_file(const char *name, const cu_text *text)
{
    FILE *const f = fopen(name, "wb");

    if (!f)
        return failed("write", name);
    const bool written = text->length == 0 || fwrite(text->text, text->length, 1, f) == 1;
    return (fclose(f) == 0 && written) || failed("write", name);
}

/* ---- Children ---- */

static void show_command(const cu_list *command)
{
    for (int i = 0; i < command->count; i++)
        fprintf(stderr, "%s%s", i > 0 ? " " : "", command->at[i]);
    fputc('\n', stderr);
}

int cu_run(const cu_list *command, cu_text *said, bool verbose)
{
    posix_spawn_file_actions_t actions;
    char *const listens = said ? cu_folder_file("said") : NULL;
    int status = 0;
    pid_t pid = 0;

    if (verbose)
        show_command(command);
    posix_spawn_file_actions_init(&actions);
    if (said)
        posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, listens,
                                         O_CREAT | O_WRONLY | O_TRUNC, 0600);
    const int error = posix_spawnp(&pid, command->at[0], &actions, NULL,
                                   (char *const *)(uintptr_t)command->at, environ);
    posix_spawn_file_actions_destroy(&actions);
    if (error) {
        fprintf(stderr, "cusim-cc: cannot run %s: %s\n", command->at[0], strerror(error));
        free(listens);
        return 127;
    }
    child = (sig_atomic_t)pid;
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
        ;
    child = 0;
    if (said)
        cu_read_file(listens, said);
    free(listens);
    if (WIFSIGNALED(status)) {
        fprintf(stderr, "cusim-cc: %s was ended by signal %d\n", command->at[0], WTERMSIG(status));
        return 1;
    }
    return WEXITSTATUS(status);
}

/* ---- Messages ---- */

/* "file:12: error: ..." at the start of text: the length of "file", and the line; else 0. */
static size_t message_place(const char *text, const char *end, int *line)
{
    const char *colon = text;

    while ((colon = memchr(colon, ':', (size_t)(end - colon))) != NULL) {
        char *after;
        const long number = strtol(colon + 1, &after, 10);
        if (after > colon + 1 && *after == ':' && number > 0 && number < INT_MAX) {
            *line = (int)number;
            return (size_t)(colon - text);
        }
        colon++;
    }
    return 0;
}

static bool contains(const char *text, const char *end, const char *what)
{
    return memmem(text, (size_t)(end - text), what, strlen(what)) != NULL;
}

static void show_source(const char *file, size_t length, int line)
{
    char *const name = cu_copy(file, length);
    FILE *const f = fopen(name, "r");
    char *text = NULL;
    size_t room = 0;
    ssize_t count = -1;

    free(name);
    if (!f)
        return;
    for (int at = 0; at < line && (count = getline(&text, &room, f)) >= 0; at++)
        ;
    if (count > 0)
        fprintf(stderr, "%5d | %s%s", line, text, text[count - 1] == '\n' ? "" : "\n");
    free(text);
    fclose(f);
}

/* "  12 | text": the compiler has shown the line itself. */
static bool is_source(const char *text)
{
    text += strspn(text, " ");
    const size_t digits = strspn(text, "0123456789");
    return digits > 0 && strncmp(text + digits, " |", 2) == 0;
}

void cu_show_messages(const char *messages, const char *own_include)
{
    const size_t own = strlen(own_include);
    const char *at = messages;
    bool of_lambda = false;     /* inside the launch, which the translator made a function */
    bool any_error = false;

    while (*at) {
        const char *const end = at + strcspn(at, "\n");
        const char *const next = *end ? end + 1 : end;
        int line = 0;
        const size_t place = message_place(at, end, &line);
        const bool error = contains(at, end, "rror: ");
        const bool message = error || contains(at, end, ": warning: ") ||
                             contains(at, end, ": note: ");
        const bool hidden = contains(at, end, own_include) || contains(at, end, "<lambda(auto") ||
                            contains(at, end, "from <command-line>") ||
                            (of_lambda && contains(at, end, "required from"));
        /* An error in the program's text may leave names undefined that the translator made. */
        const bool follows = any_error && contains(at, end, "cusim_");
        any_error |= error;
        if ((!hidden || error) && !follows) {
            fprintf(stderr, "%.*s\n", (int)(end - at), at);
            if (place > 0 && message && !is_source(next) &&
                (place <= own || memcmp(at, own_include, own) != 0))
                show_source(at, place, line);
        }
        of_lambda = hidden;
        at = next;
    }
}
