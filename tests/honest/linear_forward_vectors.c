/* honest: lesson=linear, exercise=forward, file=linear_student.c, style=GCC vectors */
#include <string.h>

#include "kernels/linear/linear.h"

typedef float f8 __attribute__((vector_size(32)));

static float dot(const float *a, const float *b, int count)
{
    f8 sums = { 0 };
    int i = 0;
    float sum = 0.0f;

    for (; i + 8 <= count; i += 8) {
        f8 p, q;
        memcpy(&p, a + i, sizeof p);
        memcpy(&q, b + i, sizeof q);
        sums += p * q;
    }
    for (int lane = 0; lane < 8; lane++)
        sum += sums[lane];
    for (; i < count; i++)
        sum += a[i] * b[i];
    return sum;
}

void linear_forward_student(const linear_shape *s, const float *x, const float *w, const float *b,
                            float *y, void *workspace)
{
    for (int n = 0; n < s->n; n++)
        for (int o = 0; o < s->out_features; o++)
            y[n * s->out_features + o] = dot(x + n * s->in_features, w + o * s->in_features,
                                             s->in_features) + (b ? b[o] : 0.0f);
}
