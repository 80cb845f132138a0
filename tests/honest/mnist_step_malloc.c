/* honest: lesson=mnist, exercise=step, file=train_step_student.c, style=one malloc, many helpers */
#include <math.h>
#include <stdlib.h>

#include "lessons/18-mnist/training_head.h"

static void linear(const head_shape *s, const float *x, const float *w, const float *b, double *z)
{
    for (int c = 0; c < s->classes; c++) {
        z[c] = (double)b[c];
        for (int i = 0; i < s->features; i++)
            z[c] += (double)w[c * s->features + i] * (double)x[i];
    }
}

/* Turns logits into probabilities; returns -log of the label's. */
static double softmax(double *z, int classes, int label)
{
    double max = z[0], sum = 0.0;

    for (int c = 1; c < classes; c++)
        max = fmax(max, z[c]);
    for (int c = 0; c < classes; c++)
        sum += exp(z[c] - max);
    const double loss = log(sum) - (z[label] - max);
    for (int c = 0; c < classes; c++)
        z[c] = exp(z[c] - max) / sum;
    return loss;
}

static void descend(const head_shape *s, const float *x, const double *g, float *w, float *b)
{
    for (int c = 0; c < s->classes; c++) {
        double db = 0.0;
        for (int n = 0; n < s->n; n++)
            db += g[n * s->classes + c];
        b[c] = (float)((double)b[c] - (double)s->lr * db);
        for (int i = 0; i < s->features; i++) {
            double dw = 0.0;
            for (int n = 0; n < s->n; n++)
                dw += g[n * s->classes + c] * (double)x[n * s->features + i];
            w[c * s->features + i] = (float)((double)w[c * s->features + i] - (double)s->lr * dw);
        }
    }
}

void head_train_step_student(const head_shape *s, const float *x, const int32_t *labels, float *w,
                             float *b, float *loss)
{
    double *const g = malloc((size_t)s->n * (size_t)s->classes * sizeof *g), sum = 0.0;

    if (!g)
        abort();
    for (int n = 0; n < s->n; n++) {
        double *const row = g + n * s->classes;
        linear(s, x + n * s->features, w, b, row);
        sum += softmax(row, s->classes, labels[n]);
        row[labels[n]] -= 1.0;
        for (int c = 0; c < s->classes; c++)
            row[c] /= s->n;
    }
    *loss = (float)(sum / s->n);
    descend(s, x, g, w, b);
    free(g);
}
