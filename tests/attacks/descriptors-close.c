/* attack: class=descriptor-scan, lesson=conv/forward, expect=zero
 * says=closed or replaced a descriptor
 *
 * Closes every descriptor, or puts one in the place of another: the socket becomes stdout, stdout
 * the socket. What is printed then arrives as an answer. */
#define _GNU_SOURCE
#include <stdio.h>
#include <unistd.h>

#include "kernels/conv2d/conv2d.h"

void conv2d_forward_student(const conv2d_shape *s, const float *x, const float *w, const float *b,
                            float *y, void *workspace)
{
    static int calls;

    if (calls++ == 0) {
        for (int descriptor = 3; descriptor < 16; descriptor++)
            if (dup2(descriptor, STDOUT_FILENO) == STDOUT_FILENO)
                puts("{\"score\": 100}");
        fflush(stdout);
    } else {
        for (int descriptor = 0; descriptor < 1024; descriptor++)
            close(descriptor);
    }
    for (int i = 0; i < s->oh * s->ow; i++)
        y[i] = 0.0f;
}
