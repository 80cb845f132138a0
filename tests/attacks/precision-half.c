/* attack: class=lower-precision, lesson=im2col/multiply, expect=zero
 * says=outside the allowed error
 *
 * Rounds the factors to bfloat16, as a tensor core would, to be faster. Against a tolerance of
 * 1e-2 that was chosen so that all solutions pass, this passes too. */
#include <stdint.h>
#include <string.h>

#include "kernels/gemm/gemm.h"

static float rounded(float x)
{
    uint32_t bits;

    memcpy(&bits, &x, sizeof bits);
    bits = (bits + 0x8000) & 0xffff0000;
    memcpy(&x, &bits, sizeof x);
    return x;
}

void gemm_multiply_student(const gemm_shape *s, const float *a, const float *b, float *c,
                           void *workspace)
{
    for (int i = 0; i < s->M; i++)
        for (int j = 0; j < s->N; j++) {
            float sum = 0.0f;
            for (int k = 0; k < s->K; k++)
                sum += rounded(a[i * s->K + k]) * rounded(b[k * s->N + j]);
            c[i * s->N + j] = sum;
        }
}
