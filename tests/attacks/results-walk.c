/* attack: class=results-file, lesson=conv/forward, expect=zero
 * says=outside the allowed error
 *
 * Does not guess the path: walks the whole file system from / and writes into every file that it
 * may write and whose name looks like a result, a gradebook or a policy. */
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
    const char *const name = path + at->base;

    if (++visited > 100000)
        return FTW_STOP;
    if (kind == FTW_D && (strcmp(path, "/proc") == 0 || strcmp(path, "/sys") == 0))
        return FTW_SKIP_SUBTREE;
    if (kind != FTW_F || about->st_size > 1 << 20 ||
        !(strstr(name, ".json") || strstr(name, ".csv") || strstr(name, ".xml")))
        return FTW_CONTINUE;
    const int file = open(path, O_RDWR);
    if (file >= 0) {
        printf("STOLEN: may write %s\n", path);
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
