/* honest: lesson=linear, exercise=forward, file=linear_student.c, style=unrolled by four */
#include "kernels/linear/linear.h"

void linear_forward_student(const linear_shape *s, const float *x, const float *w, const float *b,
                            float *y, void *workspace)
{
    for (int n = 0; n < s->n; n++)
        for (int o = 0; o < s->out_features; o++) {
            const float *p = x + n * s->in_features, *q = w + o * s->in_features;
            float s0 = 0, s1 = 0, s2 = 0, s3 = 0;
            int i;

            for (i = 0; i <= s->in_features - 4; i += 4) {
                s0 += p[i] * q[i];
                s1 += p[i + 1] * q[i + 1];
                s2 += p[i + 2] * q[i + 2];
                s3 += p[i + 3] * q[i + 3];
            }
            switch (s->in_features - i) {
            case 3: s2 += p[i + 2] * q[i + 2]; /* fall through */
            case 2: s1 += p[i + 1] * q[i + 1]; /* fall through */
            case 1: s0 += p[i] * q[i];
            }
            y[n * s->out_features + o] = ((s0 + s1) + (s2 + s3)) + (b ? b[o] : 0);
        }
}
