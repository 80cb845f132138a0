/* process.c: fork, exec and two temporary files for what the child prints. */
#include "tests/support/process.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { POLL_MS = 2, PATIENCE_MS = 120000 };

static void require(int fine, const char *what)
{
    if (!fine) {
        fprintf(stderr, "process.c: %s: %s\n", what, strerror(errno));
        exit(99);
    }
}

static char *read_all(FILE *file)
{
    require(fseek(file, 0, SEEK_END) == 0, "seek");
    const long size = ftell(file);
    char *const text = malloc((size_t)size + 1);

    require(text != NULL, "malloc");
    rewind(file);
    text[fread(text, 1, (size_t)size, file)] = '\0';
    return text;
}

static void child(const process_options *o, const char *const *argv, int out, int err)
{
    if (o->file_limit) {
        const struct rlimit limit = { (rlim_t)o->file_limit, (rlim_t)o->file_limit };
        signal(SIGXFSZ, SIG_IGN);               /* so that write() fails instead */
        if (setrlimit(RLIMIT_FSIZE, &limit) != 0)
            _exit(98);
    }
    dup2(err, STDERR_FILENO);
    if (o->stdout_path && *o->stdout_path)
        out = open(o->stdout_path, O_WRONLY);
    if (o->stdout_path && !*o->stdout_path)
        close(STDOUT_FILENO);
    else
        dup2(out, STDOUT_FILENO);
    execvp(argv[0], (char *const *)argv);
    _exit(127);
}

static void sleep_ms(int ms)
{
    nanosleep(&(struct timespec){ .tv_nsec = ms * 1000000L }, NULL);
}

static void kill_when_marked(const process_options *o, pid_t pid)
{
    for (int waited = 0; o->kill_signal && waited < PATIENCE_MS; waited += POLL_MS) {
        if (access(o->kill_marker, F_OK) == 0) {
            kill(pid, o->kill_signal);
            return;
        }
        sleep_ms(POLL_MS);
    }
}

process_result process_run(const process_options *options, const char *const *argv)
{
    static const process_options plain = { 0 };
    const process_options *const o = options ? options : &plain;
    FILE *const out = tmpfile(), *const err = tmpfile();
    int state;

    require(out && err, "tmpfile");
    fflush(NULL);
    const pid_t pid = fork();
    require(pid >= 0, "fork");
    if (pid == 0)
        child(o, argv, fileno(out), fileno(err));
    kill_when_marked(o, pid);
    require(waitpid(pid, &state, 0) == pid, "waitpid");

    const process_result result = { WIFEXITED(state) ? WEXITSTATUS(state) : 128 + WTERMSIG(state),
                                    read_all(out), read_all(err) };
    fclose(out);
    fclose(err);
    return result;
}

void process_free(process_result *result)
{
    free(result->out);
    free(result->err);
}

const char *process_convlab(void)
{
    const char *const path = getenv("CONVLAB");
    return path ? path : "build/convlab";
}
