/* adam_student.c: your Adam, one step.
 *
 *     m[i] = beta1 * m[i] + (1 - beta1) * grad[i]
 *     v[i] = beta2 * v[i] + (1 - beta2) * grad[i]^2
 *     w[i] = w[i] - lr * (m[i] / (1 - beta1^step)) / (sqrt(v[i] / (1 - beta2^step)) + eps)
 *
 *   o      o->count numbers in each array (perhaps none); o->lr, o->beta1, o->beta2, o->eps, all
 *          double. No weight decay, no amsgrad.
 *   step   1 for the first step, then 2, ...
 *   grad   the gradient, which stays as it is
 *   w      the weights, m and v what Adam remembers: all to be changed in place. m and v are zeros
 *          before step 1.
 *   vmax   NULL here
 *
 * beta^step is pow(beta, (double)step). It is the same for all i: compute it once. Keep it, and
 * 1 - beta, in double: 1 - 0.999f is not 0.001f.
 *
 * The check says lr_millionths=10000 for a learning rate of 0.01, beta1_permille=500 for 0.5 and
 * eps_exponent=3 for 1e-3. What it does not name is: count 1, step 1, lr 0.001, beta1 0.9, beta2
 * 0.999, eps 1e-8.
 *
 * make lesson-adam checks it. */
#include "kernels/adam/adam.h"

#include <math.h>

void adam_step_student(const adam_options *o, int64_t step, const float *grad, float *w, float *m,
                       float *v, float *vmax)
{
    /* Your code here. */
}
