/* honest: lesson=backprop, exercise=linear_dw, file=linear_student.c, style=outer products */
#include <string.h>

#include "kernels/linear/linear.h"

/* rank-1 update: a[i][j] += u[i] * v[j] */
static void outer(int rows, int columns, const float *u, const float *v, float *a)
{
    for (int i = 0; i < rows; i++)
        for (int j = 0; j < columns; j++)
            a[i * columns + j] += u[i] * v[j];
}

void linear_backward_data_student(const linear_shape *s, const float *dy, const float *w,
                                  float *dx, void *workspace)
{
    memset(dx, 0, sizeof(float) * (size_t)s->n * (size_t)s->in_features);
    for (int o = 0; o < s->out_features; o++)
        for (int n = 0; n < s->n; n++)
            for (int i = 0; i < s->in_features; i++)
                dx[n * s->in_features + i] += dy[n * s->out_features + o] *
                                              w[o * s->in_features + i];
}

void linear_backward_weights_student(const linear_shape *s, const float *x, const float *dy,
                                     float *dw, float *db, void *workspace)
{
    memset(dw, 0, sizeof(float) * (size_t)s->out_features * (size_t)s->in_features);
    memset(db, 0, sizeof(float) * (size_t)s->out_features);
    for (int n = 0; n < s->n; n++) {
        outer(s->out_features, s->in_features, dy + n * s->out_features, x + n * s->in_features,
              dw);
        for (int o = 0; o < s->out_features; o++)
            db[o] += dy[n * s->out_features + o];
    }
}
