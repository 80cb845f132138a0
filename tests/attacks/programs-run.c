/* attack: class=other-programs, lesson=conv/forward, expect=zero, set=everywhere
 * says=outside the allowed error
 *
 * Lets other programs do the work: the suite's own, a shell, Python, the compiler, by system(),
 * popen(), posix_spawn() and execveat() on a file in memory. */
#define _GNU_SOURCE
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "kernels/conv2d/conv2d.h"

extern char **environ;

static __attribute__((constructor)) void run(void)
{
    static const char *const programs[] = { "/bin/sh", "/usr/bin/python3", "/usr/bin/cc",
                                            "/usr/bin/env", "build/convlab", "/proc/self/exe" };
    char *const arguments[] = { "x", "--help", NULL };
    static const char script[] = "#!/bin/sh\necho STOLEN: a script runs\n";
    char line[256];
    pid_t child;

    for (size_t i = 0; i < sizeof programs / sizeof *programs; i++)
        if (posix_spawn(&child, programs[i], NULL, NULL, arguments, environ) == 0) {
            int how = -1;
            waitpid(child, &how, 0);
            if (WIFEXITED(how) && WEXITSTATUS(how) == 0)
                printf("STOLEN: %s runs\n", programs[i]);
        }
    if (system("echo STOLEN: system") == 0)
        puts("STOLEN: system() worked");
    FILE *const pipe = popen("echo STOLEN: popen", "r");
    if (pipe && fgets(line, sizeof line, pipe))
        fputs(line, stdout);
    const int file = memfd_create("program", 0);
    if (file >= 0 && write(file, script, sizeof script - 1) > 0 && fork() == 0)
        fexecve(file, arguments, environ);
}

void conv2d_forward_student(const conv2d_shape *s, const float *x, const float *w, const float *b,
                            float *y, void *workspace)
{
    for (int i = 0; i < s->oh * s->ow; i++)
        y[i] = 0.0f;
}
