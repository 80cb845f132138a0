#include "kernels/conv2d/conv2d.h"

static float dot(p, q, n)
    register const float *p, *q;
    register int n;
{
    float t = 0;

    while (n-- > 0)
        t += *p++ * *q++;
    return t;
}

void conv2d_forward_student(s, x, w, b, y, workspace)
    const conv2d_shape *s;
    const float *x, *w, *b;
    float *y;
    void *workspace;
{
    register int i, j, k;

    for (i = 0; i < s->oh; i++)
        for (j = 0; j < s->ow; j++) {
            y[i * s->ow + j] = 0;
            for (k = 0; k < s->kernel_h; k++)
                y[i * s->ow + j] += dot(&x[(i + k) * s->w + j], &w[k * s->kernel_w], s->kernel_w);
        }
}
/* honest: lesson=conv, exercise=forward, file=conv2d_student.c, style=knr */
