/* honest: lesson=softmax-ce, exercise=loss, file=loss_student.c, style=while, comma, no braces */
#include "kernels/softmax_ce/softmax_ce.h"

void nll_forward_student(const softmax_ce_shape *s, const float *logp, const int32_t *labels,
                         const float *class_weights, float *loss)
{
    double total = 0;
    int left = s->n, counted = 0;

    do
        if (*labels != s->ignore_index)
            total -= (double)logp[*labels], ++counted;
        else
            ;
    while (logp += s->classes, ++labels, --left);
    *loss = (float)(total / counted);
}
