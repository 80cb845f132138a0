/* init_student.c: initial weights, drawn uniformly from [-a, a). */
#include <math.h>

#include "kernels/init/init.h"
#include "lessons/11-init-dropout/init_draw.h"

static double bound_of(const init_shape *s)
{
    switch (s->kind) {
    case INIT_KAIMING_UNIFORM:
        return sqrt(3.0) * sqrt(2.0 / (1.0 + s->slope * s->slope)) / sqrt((double)s->fan_in);
    case INIT_XAVIER_UNIFORM:
        return sqrt(3.0) * sqrt(2.0 / ((double)s->fan_in + s->fan_out));
    default:
        return 1.0 / sqrt((double)s->fan_in);
    }
}

void init_fill_student(const init_shape *s, rng *r, float *w)
{
    const float a = (float)bound_of(s);

    for (int i = 0; i < s->count; i++)
        w[i] = draw_uniform(r, -a, a);
}
