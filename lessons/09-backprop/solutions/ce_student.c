/* ce_student.c: softmax and cross-entropy, backward: probability minus truth. */
#include "kernels/softmax_ce/softmax_ce.h"

#include <math.h>

void ce_backward_student(const softmax_ce_shape *s, const float *logp, const int32_t *labels,
                         const float *class_weights, const float *dloss, float *dx)
{
    int counted = 0;

    for (int n = 0; n < s->n; n++)
        counted += labels[n] != s->ignore_index;
    for (int n = 0; n < s->n; n++)
        for (int c = 0; c < s->classes; c++) {
            const int i = n * s->classes + c;
            const float truth = c == labels[n] ? 1.0f : 0.0f;
            if (labels[n] == s->ignore_index)
                dx[i] = 0.0f;
            else
                dx[i] = *dloss / (float)counted * (expf(logp[i]) - truth);
        }
}
