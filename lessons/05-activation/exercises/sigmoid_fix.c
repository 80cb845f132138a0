/* sigmoid_fix.c: somebody did not like the minus sign. "Multiply numerator and denominator of
 * 1 / (1 + exp(-x)) by exp(x), and you have exp(x) / (1 + exp(x)): the same thing." On paper it is.
 * Their program worked for months; then the network began to print nan. Find out why.
 *
 *     y[i] = sigmoid(x[i])
 *
 *   s    s->count is how many numbers there are
 *   x    the input, s->count numbers, from very small to very large; NaN stays NaN
 *   y    the output, s->count numbers between 0 and 1 */
#include "kernels/activation/activation.h"

#include <math.h>

void activation_sigmoid_fix(const activation_shape *s, const float *x, float *y)
{
    for (ptrdiff_t i = 0; i < s->count; i++) {
        const float power = expf(x[i]);
        y[i] = power / (1.0f + power);
    }
}
