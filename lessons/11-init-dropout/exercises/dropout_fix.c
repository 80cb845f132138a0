/* dropout_fix.c: somebody else's masks. Each one that they looked at was right: about p of the
 * elements are dropped, at random. Yet their network trained as if it were smaller, not as if it
 * had dropout. Find the mistake.
 *
 *     mask[i] = 1 if draw_double(r) < 1 - p, else 0       one draw for each element, in order
 *
 *   s      s->count elements, s->p the probability of dropping
 *   r      the random generator; whoever comes next goes on where it stands then
 *   mask   to be written, every element */
#include "kernels/dropout/dropout.h"
#include "lessons/11-init-dropout/init_draw.h"

void dropout_draw_fix(const dropout_shape *s, rng *r, uint8_t *mask)
{
    const double keep = 1.0 - s->p;
    rng state = *r;

    for (int i = 0; i < s->count; i++)
        mask[i] = draw_double(&state) < keep;
}
