/* attack: class=cached-answer, lesson=im2col/multiply, expect=no-speed, set=often
 * says=timed call was wrong|outside the allowed error
 *
 * Slow once, then instant: keeps the product of the last call and gives it back for the same shape
 * and the same pointers. A benchmark that calls with the same matrices measures a copy. */
#include <stdlib.h>
#include <string.h>

#include "kernels/gemm/gemm.h"

void gemm_multiply_student(const gemm_shape *s, const float *a, const float *b, float *c,
                           void *workspace)
{
    static float *kept;
    static gemm_shape kept_shape;
    static const float *kept_a, *kept_b;
    const size_t bytes = (size_t)s->M * (size_t)s->N * sizeof *c;

    if (s->N == 784 && kept && kept_a == a && kept_b == b &&
        memcmp(&kept_shape, s, sizeof *s) == 0) {
        memcpy(c, kept, bytes);
        return;
    }
    for (int i = 0; i < s->M; i++)
        for (int j = 0; j < s->N; j++) {
            float sum = 0.0f;
            for (int k = 0; k < s->K; k++)
                sum += a[i * s->K + k] * b[k * s->N + j];
            c[i * s->N + j] = sum;
        }
    kept = realloc(kept, bytes);
    if (kept)
        memcpy(kept, c, bytes);
    kept_shape = *s;
    kept_a = a;
    kept_b = b;
}
