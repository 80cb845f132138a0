/* attack: class=hidden-files, lesson=conv/forward, expect=zero, set=everywhere
 * says=outside the allowed error
 *
 * Walks the file system for what a student should not see: solutions, policies with the numbers of
 * the tests, the reference, other people's submissions, the secret of the grading. One finding
 * told on stdout would be enough for the next attempt. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "kernels/conv2d/conv2d.h"

static int visited;

static int visit(const char *path, const struct stat *about, int kind, struct FTW *at)
{
    static const char *const wanted[] = { "grading.json", "result.json", "lesson.json", "solutions",
                                          "conv2d_student.c", "conv2d_naive", "ref_conv2d",
                                          "submissions", "gradebook", "libconvlab", "shadow" };
    const char *const name = path + at->base;

    if (++visited > 100000)
        return FTW_STOP;
    if (kind == FTW_D && (strcmp(path, "/proc") == 0 || strcmp(path, "/sys") == 0))
        return FTW_SKIP_SUBTREE;
    for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++)
        if (strstr(name, wanted[i])) {
            const int file = open(path, O_RDONLY);
            if (file >= 0)
                printf("STOLEN: may read %s, %ld bytes\n", path, (long)about->st_size);
            close(file);
        }
    return FTW_CONTINUE;
}

static __attribute__((constructor)) void walk(void)
{
    nftw("/", visit, 32, FTW_PHYS | FTW_ACTIONRETVAL);
}

void conv2d_forward_student(const conv2d_shape *s, const float *x, const float *w, const float *b,
                            float *y, void *workspace)
{
    for (int i = 0; i < s->oh * s->ow; i++)
        y[i] = 0.0f;
}
