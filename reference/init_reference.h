/* init_reference.h: the truth that every initialiser is held against. */
#ifndef INIT_REFERENCE_H
#define INIT_REFERENCE_H

#include "kernels/init/init.h"
#include "reference/exact.h"
#include "reference/mt19937_reference.h"

/* A generator that draws what kernels/core/rng.h promises to draw. */
typedef struct {
    mt19937_reference bits;
    bool has_normal;            /* a scalar normal draw left its second value */
    double normal;
} init_reference_rng;

void init_reference_seed(init_reference_rng *r, uint64_t seed);

/* w[count] as exact elements; r moves on. */
void init_reference_fill(const init_shape *s, init_reference_rng *r, exact *w);

#endif
