/* init_student.c: your initial weights, drawn uniformly from [-a, a).
 *
 *     INIT_KAIMING_UNIFORM   a = sqrt(3) * sqrt(2 / (1 + slope * slope)) / sqrt(fan_in)
 *     INIT_XAVIER_UNIFORM    a = sqrt(3) * sqrt(2 / (fan_in + fan_out))
 *     INIT_BIAS_UNIFORM      a = 1 / sqrt(fan_in)
 *
 *   s    s->kind is one of these three; s->fan_in, s->fan_out, s->slope; s->count numbers are
 *        wanted
 *   r    the random generator: draw_uniform(r, from, to) gives the next number in [from, to).
 *        One draw for each element, in their order
 *   w    the weights, s->count numbers to be written
 *
 * The same seed has to give PyTorch's weights, to the last bit. So compute a in double (sqrt(),
 * not sqrtf()), and make it a float once, at the end.
 *
 * make lesson-init-dropout checks it. */
#include <math.h>

#include "kernels/init/init.h"
#include "lessons/11-init-dropout/init_draw.h"

void init_fill_student(const init_shape *s, rng *r, float *w)
{
    /* Your code here: first the bound, then the draws. */
    for (int i = 0; i < s->count; i++)
        w[i] = 0.0f;
}
