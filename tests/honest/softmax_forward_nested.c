/* honest: lesson=softmax-ce, exercise=softmax, file=softmax_student.c, style=nested functions */
#include <math.h>

#include "kernels/softmax_ce/softmax_ce.h"

void softmax_forward_student(const softmax_ce_shape *s, const float *x, float *y)
{
    int row = 0;
    float logit(int c) { return x[row * s->classes + c]; }
    float largest(void)
    {
        float m = logit(0);
        for (int c = 1; c < s->classes; c++)
            m = fmaxf(m, logit(c));
        return m;
    }
    float sum_above(float m)
    {
        float sum = 0;
        for (int c = 0; c < s->classes; c++)
            sum += expf(logit(c) - m);
        return sum;
    }

    for (; row < s->n; row++) {
        const float m = largest(), sum = sum_above(m);
        for (int c = 0; c < s->classes; c++)
            y[row * s->classes + c] = expf(logit(c) - m) / sum;
    }
}
