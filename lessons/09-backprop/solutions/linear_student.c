/* linear_student.c: a linear layer, backward. */
#include "kernels/linear/linear.h"

void linear_backward_data_student(const linear_shape *s, const float *dy, const float *w,
                                  float *dx, void *workspace)
{
    for (int n = 0; n < s->n; n++)
        for (int i = 0; i < s->in_features; i++) {
            float sum = 0.0f;
            for (int o = 0; o < s->out_features; o++)
                sum += dy[n * s->out_features + o] * w[o * s->in_features + i];
            dx[n * s->in_features + i] = sum;
        }
}

void linear_backward_weights_student(const linear_shape *s, const float *x, const float *dy,
                                     float *dw, float *db, void *workspace)
{
    for (int o = 0; o < s->out_features; o++) {
        for (int i = 0; i < s->in_features; i++) {
            float sum = 0.0f;
            for (int n = 0; n < s->n; n++)
                sum += dy[n * s->out_features + o] * x[n * s->in_features + i];
            dw[o * s->in_features + i] = sum;
        }
        db[o] = 0.0f;
        for (int n = 0; n < s->n; n++)
            db[o] += dy[n * s->out_features + o];
    }
}
