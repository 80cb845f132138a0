/* dropout_variants.h: the functions behind the rows of dropout_variants[]. */
#ifndef DROPOUT_VARIANTS_H
#define DROPOUT_VARIANTS_H

#include "kernels/dropout/dropout.h"

void dropout_draw_naive(const dropout_shape *s, rng *r, uint8_t *mask);
void dropout_forward_naive(const dropout_shape *s, const float *x, const uint8_t *mask, float *y);
void dropout_backward_naive(const dropout_shape *s, const float *dy, const uint8_t *mask,
                            float *dx);
void dropout_forward_openmp(const dropout_shape *s, const float *x, const uint8_t *mask, float *y);
void dropout_backward_openmp(const dropout_shape *s, const float *dy, const uint8_t *mask,
                             float *dx);

/* Device memory; built with CONVLAB_CUDA only. */
void dropout_draw_cuda_naive(const dropout_shape *s, rng *r, uint8_t *mask);
void dropout_forward_cuda_naive(const dropout_shape *s, const float *x, const uint8_t *mask,
                                float *y);
void dropout_backward_cuda_naive(const dropout_shape *s, const float *dy, const uint8_t *mask,
                                 float *dx);

#endif
