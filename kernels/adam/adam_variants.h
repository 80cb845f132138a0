/* adam_variants.h: the functions behind the rows of the table in adam.c; internal. */
#ifndef ADAM_VARIANTS_H
#define ADAM_VARIANTS_H

#include "kernels/adam/adam.h"

void adam_step_naive(const adam_options *o, int64_t step, const float *grad, float *w, float *m,
                     float *v, float *vmax);
void sgd_step_naive(const sgd_options *o, int64_t step, const float *grad, float *w, float *buf);

void adam_step_openmp(const adam_options *o, int64_t step, const float *grad, float *w, float *m,
                      float *v, float *vmax);
void sgd_step_openmp(const sgd_options *o, int64_t step, const float *grad, float *w, float *buf);

/* Device memory; built with CONVLAB_CUDA only. */
void adam_step_cuda_naive(const adam_options *o, int64_t step, const float *grad, float *w,
                          float *m, float *v, float *vmax);
void sgd_step_cuda_naive(const sgd_options *o, int64_t step, const float *grad, float *w,
                         float *buf);

void adam_step_cuda_fused(const adam_options *o, int64_t step, const float *grad, float *w,
                          float *m, float *v, float *vmax);
void sgd_step_cuda_fused(const sgd_options *o, int64_t step, const float *grad, float *w,
                         float *buf);
void adam_step_cuda_counted(const adam_options *o, int64_t *step, const float *grad, float *w,
                            float *m, float *v, float *vmax);

#endif
