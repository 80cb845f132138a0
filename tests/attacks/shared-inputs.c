/* attack: class=shared-files, lesson=conv/forward, expect=zero
 * says=written outside a buffer|outside the allowed
 *
 * Writes the sealed inputs through every door: the descriptor, a second opening of it for writing,
 * a new shared mapping, and a mapping from before the seal. If one is open, the grader computes
 * its expected values from what was written. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "kernels/conv2d/conv2d.h"

static void zero(int descriptor)
{
    static const char zeros[4096];
    struct stat about;

    if (fstat(descriptor, &about) != 0 || !S_ISREG(about.st_mode))
        return;
    void *const at = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0);
    if (at != MAP_FAILED)
        memset(at, 0, 4096);
    for (off_t offset = 0; offset < about.st_size && offset < 1 << 22; offset += 4096) {
        const ssize_t written = pwrite(descriptor, zeros, sizeof zeros, offset);
        (void)written;
    }
}

void conv2d_forward_student(const conv2d_shape *s, const float *x, const float *w, const float *b,
                            float *y, void *workspace)
{
    char path[64];

    for (int descriptor = 0; descriptor < 64; descriptor++) {
        zero(descriptor);
        snprintf(path, sizeof path, "/proc/self/fd/%d", descriptor);
        const int again = open(path, O_RDWR);
        if (again >= 0)
            zero(again);
        close(again);
    }
    for (int i = 0; i < s->oh * s->ow; i++)
        y[i] = 0.0f;
}
