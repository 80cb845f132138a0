/* sgd_student.c: one step of gradient descent, without and with momentum.
 *
 *     without (o->momentum is 0):   w[i] = w[i] - lr * grad[i]
 *
 *     with:    step 1:         buf[i] = grad[i]
 *              later steps:    buf[i] = momentum * buf[i] + grad[i]
 *              both:           w[i]   = w[i] - lr * buf[i]
 *
 *   o      o->count numbers in each array (perhaps none); o->lr, o->momentum, both double.
 *          No dampening, no weight decay, no Nesterov.
 *   step   1 for the first step, then 2, ...
 *   grad   the gradient, which stays as it is
 *   w      the weights, to be changed in place
 *   buf    without momentum NULL; with it, what you left there in the step before. At step 1 it
 *          holds garbage.
 *
 * The check says lr_millionths=10000 for a learning rate of 0.01 and momentum_permille=900 for a
 * momentum of 0.9. What it does not name is: count 1, step 1, lr 0.001, momentum 0 or 0.5.
 *
 * make lesson-adam checks it: first without momentum, then with it. */
#include "kernels/adam/adam.h"

void sgd_step_student(const sgd_options *o, int64_t step, const float *grad, float *w, float *buf)
{
    /* Your code here. */
}
