/* attack_run.c: runs a command and tells what it leaves running.
 *
 *   attack_run SECONDS COMMAND...
 *
 * Idea: as the nearest subreaper it inherits every process whose parents have ended, also those
 * with a session of their own. So whatever is its child when the command has ended was left behind:
 * it is named on stdout, a line each, and killed. After SECONDS the command itself is. It is
 * named as well if it ever holds more descriptors than a few: it grades many submissions, and one
 * that each leaves would show. What the command prints goes to stderr. */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* Reads /proc/PID/what into text. */
static void read_about(int process, const char *what, char *text, size_t size)
{
    char path[64];

    snprintf(path, sizeof path, "/proc/%d/%s", process, what);
    FILE *const file = fopen(path, "r");
    const size_t got = file ? fread(text, 1, size - 1, file) : 0;
    text[got] = '\0';
    if (file)
        fclose(file);
}

enum { PAUSE_MS = 20, MOST_DESCRIPTORS = 40 };

static int descriptors_of(int process)
{
    char path[64];
    int count = -2;                             /* "." and ".." */

    snprintf(path, sizeof path, "/proc/%d/fd", process);
    DIR *const entries = opendir(path);
    while (entries && readdir(entries))
        count++;
    if (entries)
        closedir(entries);
    return count;
}

/* The first child that has not ended, and its name; 0: there is none. */
static int living_child(char *name, size_t size)
{
    char children[4096], path[64];

    snprintf(path, sizeof path, "task/%d/children", (int)getpid());
    for (;;) {
        while (waitpid(-1, NULL, WNOHANG) > 0)
            ;
        read_about((int)getpid(), path, children, sizeof children);
        const int child = atoi(children);
        if (child <= 0)
            return 0;
        read_about(child, "comm", name, size);
        name[strcspn(name, "\n")] = '\0';
        return child;
    }
}

int main(int argc, char **argv)
{
    int how = 0;
    char name[64];

    if (argc < 3) {
        fputs("usage: attack_run SECONDS COMMAND...\n", stderr);
        return 2;
    }
    prctl(PR_SET_CHILD_SUBREAPER, 1);
    const pid_t child = fork();
    if (child == 0) {
        dup2(STDERR_FILENO, STDOUT_FILENO);
        execvp(argv[2], argv + 2);
        perror(argv[2]);
        _exit(127);
    }
    struct pollfd end = { .fd = (int)syscall(SYS_pidfd_open, child, 0), .events = POLLIN };
    int rounds = atoi(argv[1]) * (1000 / PAUSE_MS), most = 0;
    while (child > 0 && end.fd >= 0 && rounds-- > 0 && poll(&end, 1, PAUSE_MS) != 1) {
        const int held = descriptors_of((int)child);
        most = held > most ? held : most;
    }
    if (most > MOST_DESCRIPTORS)
        printf("%s held %d descriptors\n", argv[2], most);
    if (child < 0 || end.fd < 0 || rounds < 0) {
        printf("%s had not ended after %s s\n", argv[2], argv[1]);
        kill(child, SIGKILL);
    }
    waitpid(child, &how, 0);
    usleep(50000);                              /* what has been killed needs a moment to end */
    for (int left; (left = living_child(name, sizeof name)) > 0;) {
        printf("process %d was left running: %s\n", left, name);
        kill(left, SIGKILL);
        usleep(10000);
    }
    return WIFEXITED(how) ? WEXITSTATUS(how) : 128 + WTERMSIG(how);
}
