/* init_variants.h: the functions behind the rows of the table in init.c; internal. */
#ifndef INIT_VARIANTS_H
#define INIT_VARIANTS_H

#include "kernels/init/init.h"

void init_fill_naive(const init_shape *s, rng *r, float *w);
void init_fill_openmp(const init_shape *s, rng *r, float *w);

/* Device memory; built with CONVLAB_CUDA only. */
void init_fill_cuda_naive(const init_shape *s, rng *r, float *w);

#endif
