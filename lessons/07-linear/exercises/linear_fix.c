/* linear_fix.c: somebody else's fully connected layer. They tried it out with a single output, and
 * each number was right. Then they gave it the weights of a network with ten outputs. Find the
 * mistake.
 *
 * The contract is that of linear_student.c:
 *
 *     y[n][o] = b[o] + sum over i of  x[n][i] * w[o][i]
 *
 *   w    the weights, s->out_features rows of s->in_features numbers: one row per output
 *   b    s->out_features biases, or NULL: then there is nothing to add */
#include "kernels/linear/linear.h"

void linear_forward_fix(const linear_shape *s, const float *x, const float *w, const float *b,
                        float *y, void *workspace)
{
    for (int n = 0; n < s->n; n++) {
        const float *image = x + n * s->in_features;
        for (int o = 0; o < s->out_features; o++) {
            float sum = b ? b[o] : 0.0f;
            for (int i = 0; i < s->in_features; i++)
                sum += image[i] * w[i * s->out_features + o];
            y[n * s->out_features + o] = sum;
        }
    }
}
