/* sigmoid_fix.c: the sigmoid in the form in which a large exp() does no harm: 1 / infinity is 0.
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
    for (ptrdiff_t i = 0; i < s->count; i++)
        y[i] = 1.0f / (1.0f + expf(-x[i]));
}
