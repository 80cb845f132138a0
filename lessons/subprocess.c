/* subprocess.c: fork, exec, a pipe, and a clock. */
#define _GNU_SOURCE             /* pipe2 */
#include "lessons/subprocess.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { CHUNK = 4096, MOST_BYTES = 1 << 22, NOT_FOUND = 127 };

static double now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static void child(char *const *argv, subprocess_pipe where, const char *output, int pipe_end)
{
    const int nothing = open("/dev/null", O_RDWR);
    const int file = output ? open(output, O_WRONLY | O_CREAT | O_TRUNC, 0600) : nothing;

    setpgid(0, 0);
    prctl(PR_SET_PDEATHSIG, SIGKILL);           /* Ctrl-C ends us, and so it */
    dup2(nothing, STDIN_FILENO);
    if (where == SUBPROCESS_PRIVATE)
        dup2(pipe_end, SUBPROCESS_FD);
    dup2(where == SUBPROCESS_PRIVATE ? file : pipe_end, STDOUT_FILENO);
    dup2(where == SUBPROCESS_PRIVATE ? file : pipe_end, STDERR_FILENO);
    execvp(argv[0], argv);
    _exit(NOT_FOUND);
}

/* Reads until the end of the pipe or of the time. Returns false if the time ended first. */
static bool collect(subprocess_result *r, int from, double end)
{
    char chunk[CHUNK];

    for (;;) {
        const double left = end - now();
        struct pollfd readable = { .fd = from, .events = POLLIN };
        if (left <= 0.0)
            return false;
        const int ready = poll(&readable, 1, (int)(1000.0 * left) + 1);
        if (ready < 0 && errno != EINTR)
            return true;
        if (ready <= 0)
            continue;
        const ssize_t count = read(from, chunk, sizeof chunk);
        if (count == 0 || (count < 0 && errno != EINTR))
            return true;
        if (count < 0 || r->size + (size_t)count > MOST_BYTES)
            continue;
        char *const more = realloc(r->said, r->size + (size_t)count + 1);
        if (!more)
            continue;
        r->said = more;
        memcpy(r->said + r->size, chunk, (size_t)count);
        r->size += (size_t)count;
        r->said[r->size] = '\0';
    }
}

/* Waits for the child, not beyond `end`. A child may close the pipe and go on. */
static bool wait_until(pid_t pid, int *state, double end)
{
    while (waitpid(pid, state, WNOHANG) == 0) {
        if (now() > end)
            return false;
        nanosleep(&(struct timespec){ .tv_nsec = 1000000 }, NULL);
    }
    return true;
}

subprocess_result subprocess_run(char *const *argv, subprocess_pipe where, const char *output,
                                 double seconds)
{
    subprocess_result r = { .code = -1, .said = calloc(1, 1) };
    const double end = now() + seconds;
    int ends[2], state = 0;

    if (!r.said || pipe2(ends, O_CLOEXEC) != 0)
        return r;
    const pid_t pid = fork();
    if (pid == 0)
        child(argv, where, output, ends[1]);
    close(ends[1]);
    if (pid < 0) {
        close(ends[0]);
        return r;
    }
    setpgid(pid, pid);                          /* whichever of the two comes first */
    r.late = !collect(&r, ends[0], end) || !wait_until(pid, &state, end);
    kill(-pid, SIGKILL);
    if (r.late) {
        kill(pid, SIGKILL);
        waitpid(pid, &state, 0);
    }
    close(ends[0]);
    r.code = WIFEXITED(state) ? WEXITSTATUS(state) : -1;
    r.signal = WIFSIGNALED(state) ? WTERMSIG(state) : 0;
    r.started = r.code != NOT_FOUND;
    return r;
}
