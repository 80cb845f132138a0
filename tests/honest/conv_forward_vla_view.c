/* honest: lesson=conv, exercise=forward, file=conv2d_student.c, style=arrays of variable length */
#include "kernels/conv2d/conv2d.h"

void conv2d_forward_student(const conv2d_shape *s, const float *x, const float *w, const float *b,
                            float *y, void *workspace)
{
    const float (*image)[s->w] = (const void *)x;
    const float (*window)[s->kernel_w] = (const void *)w;
    float (*out)[s->ow] = (void *)y;

    for (int i = 0; i < s->oh; i++)
        for (int j = 0; j < s->ow; j++) {
            double sum = 0.0;
            for (int k = 0; k < s->kernel_h; k++)
                for (int l = 0; l < s->kernel_w; l++)
                    sum += (double)image[i + k][j + l] * (double)window[k][l];
            out[i][j] = (float)sum;
        }
}
