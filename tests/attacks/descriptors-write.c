/* attack: class=descriptor-scan, lesson=conv/forward, expect=zero, set=everywhere
 * says=outside the allowed error
 *
 * Tries what can be done to every descriptor that it inherited: write a score, truncate, change
 * the mode, move the position, lock. A results file, a log or a pipe left open by the parent is
 * lost. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "kernels/conv2d/conv2d.h"

void conv2d_forward_student(const conv2d_shape *s, const float *x, const float *w, const float *b,
                            float *y, void *workspace)
{
    static const char forged[] = "{\"score\": 100}\n";

    for (int descriptor = 0; descriptor < 1024; descriptor++) {
        ssize_t ignored = pwrite(descriptor, forged, sizeof forged - 1, 0);
        ignored = write(descriptor, forged, sizeof forged - 1);
        ignored += ftruncate(descriptor, 0);
        ignored += fchmod(descriptor, 0);
        ignored += flock(descriptor, LOCK_EX | LOCK_NB);
        lseek(descriptor, 0, SEEK_SET);
        (void)ignored;
    }
    for (int i = 0; i < s->oh * s->ow; i++)
        y[i] = 0.0f;
}
