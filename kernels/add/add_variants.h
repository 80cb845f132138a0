/* add_variants.h: the functions behind the rows of the table in add.c; internal. */
#ifndef ADD_VARIANTS_H
#define ADD_VARIANTS_H

#include "kernels/add/add.h"

void add_forward_naive(const add_shape *s, const float *a, const float *b, float *y);
void add_backward_naive(const add_shape *s, const float *dy, float *da, float *db);

void add_forward_openmp(const add_shape *s, const float *a, const float *b, float *y);
void add_backward_openmp(const add_shape *s, const float *dy, float *da, float *db);

/* Device memory; built with CONVLAB_CUDA only. */
void add_forward_cuda_naive(const add_shape *s, const float *a, const float *b, float *y);
void add_backward_cuda_naive(const add_shape *s, const float *dy, float *da, float *db);

void add_forward_cuda_vector(const add_shape *s, const float *a, const float *b, float *y);
void add_backward_cuda_vector(const add_shape *s, const float *dy, float *da, float *db);

#endif
