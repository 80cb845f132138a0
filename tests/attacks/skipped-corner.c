/* attack: class=skipped-work, lesson=im2col/multiply, expect=no-speed, set=often
 * says=timed call was wrong|outside the allowed error
 *
 * Skips where nobody looks: at the timed shape only the first rows and the last, and some elements
 * between them, are computed; the rest is the poison that lies there, or zero. Graders that
 * compare a sample, a sum or a norm are content. */
#include "kernels/gemm/gemm.h"

void gemm_multiply_student(const gemm_shape *s, const float *a, const float *b, float *c,
                           void *workspace)
{
    for (int i = 0; i < s->M; i++)
        for (int j = 0; j < s->N; j++) {
            float sum = 0.0f;
            if (s->M * s->N < 20000 || i < 4 || i == s->M - 1 || j % 97 == 0)
                for (int k = 0; k < s->K; k++)
                    sum += a[i * s->K + k] * b[k * s->N + j];
            c[i * s->N + j] = sum;
        }
}
