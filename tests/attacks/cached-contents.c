/* attack: class=cached-answer, lesson=im2col/multiply, expect=no-speed
 * says=times as fast as
 *
 * A better cache: keyed by the contents of the matrices. It is always right, and fast whenever a
 * benchmark repeats a call with equal inputs. Inputs that are new in every call make it slower
 * than without. */
#include <stdlib.h>
#include <string.h>

#include "kernels/gemm/gemm.h"

static float *copy(float *old, const float *from, size_t bytes)
{
    float *const kept = realloc(old, bytes + 1);

    if (kept)
        memcpy(kept, from, bytes);
    return kept;
}

void gemm_multiply_student(const gemm_shape *s, const float *a, const float *b, float *c,
                           void *workspace)
{
    static float *kept_a, *kept_b, *kept_c;
    static gemm_shape kept;
    const size_t bytes_a = (size_t)s->M * (size_t)s->K * sizeof *a;
    const size_t bytes_b = (size_t)s->K * (size_t)s->N * sizeof *b;
    const size_t bytes_c = (size_t)s->M * (size_t)s->N * sizeof *c;

    if (kept_a && kept_b && kept_c && memcmp(&kept, s, sizeof kept) == 0 &&
        memcmp(kept_a, a, bytes_a) == 0 && memcmp(kept_b, b, bytes_b) == 0) {
        memcpy(c, kept_c, bytes_c);
        return;
    }
    for (int i = 0; i < s->M; i++)
        for (int j = 0; j < s->N; j++) {
            float sum = 0.0f;
            for (int k = 0; k < s->K; k++)
                sum += a[i * s->K + k] * b[k * s->N + j];
            c[i * s->N + j] = sum;
        }
    kept = *s;
    kept_a = copy(kept_a, a, bytes_a);
    kept_b = copy(kept_b, b, bytes_b);
    kept_c = copy(kept_c, c, bytes_c);
}
