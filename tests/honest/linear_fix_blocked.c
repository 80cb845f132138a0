/* honest: lesson=linear, exercise=fix, file=linear_fix.c, style=blocked */
#include "kernels/linear/linear.h"

#define MIN(a, b) ((a) < (b) ? (a) : (b))
#define BLOCK 32

void linear_forward_fix(const linear_shape *s, const float *x, const float *w, const float *b,
                        float *y, void *workspace)
{
    const int I = s->in_features, O = s->out_features;

    for (int n = 0; n < s->n; n++)
        for (int o = 0; o < O; o++)
            y[n * O + o] = b ? b[o] : 0.0f;
    for (int ii = 0; ii < I; ii += BLOCK)
        for (int oo = 0; oo < O; oo += BLOCK)
            for (int n = 0; n < s->n; n++)
                for (int o = oo; o < MIN(oo + BLOCK, O); o++) {
                    float part = 0.0f;
                    for (int i = ii; i < MIN(ii + BLOCK, I); i++)
                        part += x[n * I + i] * w[o * I + i];
                    y[n * O + o] += part;
                }
}
