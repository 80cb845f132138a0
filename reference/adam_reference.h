/* adam_reference.h: the truth that every optimiser step is held against. */
#ifndef ADAM_REFERENCE_H
#define ADAM_REFERENCE_H

#include "kernels/adam/adam.h"
#include "reference/exact.h"

/* Inputs as in adam.h; what the step leaves behind goes to the exact elements. vmax and new_vmax
 * are NULL unless amsgrad; buf and new_buf are NULL if momentum is 0. */
void adam_reference_step(const adam_options *o, int64_t step, const float *grad, const float *w,
                         const float *m, const float *v, const float *vmax, exact *new_w,
                         exact *new_m, exact *new_v, exact *new_vmax);
void sgd_reference_step(const sgd_options *o, int64_t step, const float *grad, const float *w,
                        const float *buf, exact *new_w, exact *new_buf);

#endif
