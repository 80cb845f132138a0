/* batchnorm2d_variants.h: the functions behind the rows of batchnorm2d_variants[]. */
#ifndef BATCHNORM2D_VARIANTS_H
#define BATCHNORM2D_VARIANTS_H

#include "kernels/batchnorm2d/batchnorm2d.h"

void batchnorm2d_train_forward_naive(const batchnorm2d_shape *s, const float *x,
                                     const float *gamma, const float *beta, float *running_mean,
                                     float *running_var, float *y, float *saved_mean,
                                     float *saved_invstd);
void batchnorm2d_train_backward_naive(const batchnorm2d_shape *s, const float *x,
                                      const float *gamma, const float *saved_mean,
                                      const float *saved_invstd, const float *dy, float *dx,
                                      float *dgamma, float *dbeta);
void batchnorm2d_eval_forward_naive(const batchnorm2d_shape *s, const float *x, const float *gamma,
                                    const float *beta, const float *running_mean,
                                    const float *running_var, float *y);
void batchnorm2d_eval_backward_naive(const batchnorm2d_shape *s, const float *x,
                                     const float *gamma, const float *running_mean,
                                     const float *running_var, const float *dy, float *dx,
                                     float *dgamma, float *dbeta);

void batchnorm2d_train_forward_openmp(const batchnorm2d_shape *s, const float *x,
                                      const float *gamma, const float *beta, float *running_mean,
                                      float *running_var, float *y, float *saved_mean,
                                      float *saved_invstd);
void batchnorm2d_train_backward_openmp(const batchnorm2d_shape *s, const float *x,
                                       const float *gamma, const float *saved_mean,
                                       const float *saved_invstd, const float *dy, float *dx,
                                       float *dgamma, float *dbeta);
void batchnorm2d_eval_forward_openmp(const batchnorm2d_shape *s, const float *x,
                                     const float *gamma, const float *beta,
                                     const float *running_mean, const float *running_var,
                                     float *y);
void batchnorm2d_eval_backward_openmp(const batchnorm2d_shape *s, const float *x,
                                      const float *gamma, const float *running_mean,
                                      const float *running_var, const float *dy, float *dx,
                                      float *dgamma, float *dbeta);

/* Device memory; built with CONVLAB_CUDA only. */
void batchnorm2d_train_forward_cuda_naive(const batchnorm2d_shape *s, const float *x,
                                          const float *gamma, const float *beta,
                                          float *running_mean, float *running_var, float *y,
                                          float *saved_mean, float *saved_invstd);
void batchnorm2d_train_backward_cuda_naive(const batchnorm2d_shape *s, const float *x,
                                           const float *gamma, const float *saved_mean,
                                           const float *saved_invstd, const float *dy, float *dx,
                                           float *dgamma, float *dbeta);
void batchnorm2d_eval_forward_cuda_naive(const batchnorm2d_shape *s, const float *x,
                                         const float *gamma, const float *beta,
                                         const float *running_mean, const float *running_var,
                                         float *y);
void batchnorm2d_eval_backward_cuda_naive(const batchnorm2d_shape *s, const float *x,
                                          const float *gamma, const float *running_mean,
                                          const float *running_var, const float *dy, float *dx,
                                          float *dgamma, float *dbeta);

void batchnorm2d_train_forward_cuda_warp(const batchnorm2d_shape *s, const float *x,
                                         const float *gamma, const float *beta, float *running_mean,
                                         float *running_var, float *y, float *saved_mean,
                                         float *saved_invstd);
void batchnorm2d_train_backward_cuda_warp(const batchnorm2d_shape *s, const float *x,
                                          const float *gamma, const float *saved_mean,
                                          const float *saved_invstd, const float *dy, float *dx,
                                          float *dgamma, float *dbeta);
void batchnorm2d_eval_forward_cuda_warp(const batchnorm2d_shape *s, const float *x,
                                        const float *gamma, const float *beta,
                                        const float *running_mean, const float *running_var,
                                        float *y);
void batchnorm2d_eval_backward_cuda_warp(const batchnorm2d_shape *s, const float *x,
                                         const float *gamma, const float *running_mean,
                                         const float *running_var, const float *dy, float *dx,
                                         float *dgamma, float *dbeta);

#endif
