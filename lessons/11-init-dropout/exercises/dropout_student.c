/* dropout_student.c: your dropout, forward and backward, with a mask that was drawn before.
 *
 *     y[i]  = x[i]  * (mask[i] ? scale : 0)          scale = 1 / (1 - p)
 *     dx[i] = dy[i] * (mask[i] ? scale : 0)
 *
 *   s      s->count numbers in each array; s->p is the probability of *dropping* a number, a
 *          double from 0 to 1. If it is 1, everything is dropped: all of y is 0
 *   mask   1: this one is kept, 0: it is dropped
 *   y, dx  to be written, every element
 *
 * A product, as the formula says: a NaN in x stays a NaN, even if it is dropped (NaN * 0 is NaN).
 * Something has gone wrong then, and it should be seen. Compute the scale in double; 1 - p in
 * float loses digits.
 *
 * make lesson-init-dropout checks the two functions, one after the other. */
#include "kernels/dropout/dropout.h"

void dropout_forward_student(const dropout_shape *s, const float *x, const uint8_t *mask,
                             float *y)
{
    for (int i = 0; i < s->count; i++) {
        /* Your code here. */
        y[i] = x[i];
    }
}

void dropout_backward_student(const dropout_shape *s, const float *dy, const uint8_t *mask,
                              float *dx)
{
    for (int i = 0; i < s->count; i++) {
        /* Your code here. */
        dx[i] = dy[i];
    }
}
