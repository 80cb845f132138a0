/* attack: class=skipped-work, lesson=im2col/multiply, expect=no-speed
 * says=timed call was wrong|outside the allowed error
 *
 * Does all the work while somebody looks: right in its first calls of the timed shape, then only
 * every 64th row is computed and the others are copies. Benchmarks that check the first result, or
 * the last, or none, report a record. */
#include <string.h>

#include "kernels/gemm/gemm.h"

void gemm_multiply_student(const gemm_shape *s, const float *a, const float *b, float *c,
                           void *workspace)
{
    static int calls;

    if (s->M == 64 && s->N == 784 && ++calls > 2) {
        for (int j = 0; j < s->N; j++) {
            c[j] = 0.0f;
            for (int k = 0; k < s->K; k++)
                c[j] += a[k] * b[k * s->N + j];
        }
        for (int i = 1; i < s->M; i++)
            memcpy(c + i * s->N, c, (size_t)s->N * sizeof *c);
        return;
    }
    for (int i = 0; i < s->M; i++)
        for (int j = 0; j < s->N; j++) {
            float sum = 0.0f;
            for (int k = 0; k < s->K; k++)
                sum += a[i * s->K + k] * b[k * s->N + j];
            c[i * s->N + j] = sum;
        }
}
