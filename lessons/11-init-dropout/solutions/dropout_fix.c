/* dropout_fix.c: masks, drawn from the caller's generator, which moves on with every draw. */
#include "kernels/dropout/dropout.h"
#include "lessons/11-init-dropout/init_draw.h"

void dropout_draw_fix(const dropout_shape *s, rng *r, uint8_t *mask)
{
    const double keep = 1.0 - s->p;

    for (int i = 0; i < s->count; i++)
        mask[i] = draw_double(r) < keep;
}
