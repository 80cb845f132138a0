/* honest: lesson=conv, exercise=forward, file=conv2d_student.c, style=pointers */
#include "kernels/conv2d/conv2d.h"

void conv2d_forward_student(const conv2d_shape *s, const float *restrict x,
                            const float *restrict w, const float *b, float *restrict y,
                            void *workspace)
{
    const float *const end = y + s->oh * s->ow;
    const float *row = x;

    while (y != end) {
        const float *const row_end = y + s->ow;
        const float *corner = row;
        while (y != row_end) {
            const float *tap = w, *pixel = corner++;
            *y = 0;
            for (const float *last = w + s->kernel_h * s->kernel_w; tap != last;
                 pixel += s->w - s->kernel_w)
                for (const float *next = tap + s->kernel_w; tap != next;)
                    *y += *pixel++ * *tap++;
            y++;
        }
        row += s->w;
    }
}
