/* conv1x1_fix.c: the gradient of the weights: one sum over all images and pixels. */
#include "kernels/conv1x1/conv1x1.h"

void conv1x1_backward_weights_fix(const conv1x1_shape *s, const float *x, const float *dy,
                                  float *dw, float *db, void *workspace)
{
    const int plane = s->h * s->w;

    for (int oc = 0; oc < s->oc; oc++) {
        for (int c = 0; c < s->c; c++) {
            float sum = 0.0f;
            for (int n = 0; n < s->n; n++)
                for (int p = 0; p < plane; p++)
                    sum += dy[(n * s->oc + oc) * plane + p] * x[(n * s->c + c) * plane + p];
            dw[oc * s->c + c] = sum;
        }
        if (db) {
            float sum = 0.0f;
            for (int n = 0; n < s->n; n++)
                for (int p = 0; p < plane; p++)
                    sum += dy[(n * s->oc + oc) * plane + p];
            db[oc] = sum;
        }
    }
}
