/* attack: class=more-threads, lesson=im2col/multiply, expect=no-speed, set=often
 * says=times as fast as
 *
 * Three slow loops on more processors than the exercise allows: 16 threads of OpenMP, asked for in
 * the pragma itself, where no environment variable overrides it. */
#include <omp.h>

#include "kernels/gemm/gemm.h"

void gemm_multiply_student(const gemm_shape *s, const float *a, const float *b, float *c,
                           void *workspace)
{
#pragma omp parallel for num_threads(16) schedule(dynamic, 1)
    for (int i = 0; i < s->M; i++)
        for (int j = 0; j < s->N; j++) {
            float sum = 0.0f;
            for (int k = 0; k < s->K; k++)
                sum += a[i * s->K + k] * b[k * s->N + j];
            c[i * s->N + j] = sum;
        }
}
