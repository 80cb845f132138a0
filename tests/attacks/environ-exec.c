/* attack: class=environment, lesson=conv/forward, expect=zero, set=everywhere
 * says=outside the allowed error
 *
 * Sets LD_PRELOAD, LD_AUDIT, GCONV_PATH and PATH to what it likes and starts itself and the shell
 * anew, so that its own code is the first in everything that runs from here on. */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "kernels/conv2d/conv2d.h"

void conv2d_forward_student(const conv2d_shape *s, const float *x, const float *w, const float *b,
                            float *y, void *workspace)
{
    char *const shell[] = { "sh", "-c", "echo STOLEN: a shell runs", NULL };
    char *const self[] = { "worker", "--version", NULL };

    for (int i = 0; i < s->oh * s->ow; i++)
        y[i] = 0.0f;
    setenv("LD_PRELOAD", "/tmp/object.so", 1);
    setenv("LD_AUDIT", "/tmp/object.so", 1);
    setenv("GCONV_PATH", "/tmp", 1);
    setenv("PATH", "/tmp:.", 1);
    execvp("sh", shell);
    execv("/bin/sh", shell);
    execv("/usr/bin/sh", shell);
    execv("/proc/self/exe", self);
}
