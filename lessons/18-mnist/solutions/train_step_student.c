/* train_step_student.c: one whole step of gradient descent for a linear classifier. */
#include "lessons/18-mnist/training_head.h"

#include <math.h>

/* The probabilities of one image: softmax of its logits. Returns the loss for this label. */
static float probabilities(const head_shape *s, const float *x, const float *w, const float *b,
                           int label, float *q)
{
    float max = -INFINITY, sum = 0.0f;

    for (int c = 0; c < s->classes; c++) {
        q[c] = b[c];
        for (int i = 0; i < s->features; i++)
            q[c] += w[c * s->features + i] * x[i];
        max = fmaxf(max, q[c]);
    }
    for (int c = 0; c < s->classes; c++)
        sum += expf(q[c] - max);
    const float loss = logf(sum) - (q[label] - max);
    for (int c = 0; c < s->classes; c++)
        q[c] = expf(q[c] - max) / sum;
    return loss;
}

void head_train_step_student(const head_shape *s, const float *x, const int32_t *labels, float *w,
                             float *b, float *loss)
{
    float g[s->n][HEAD_MOST_CLASSES];           /* first the probabilities, then dloss/dlogits */
    float sum = 0.0f;

    for (int n = 0; n < s->n; n++) {
        sum += probabilities(s, x + n * s->features, w, b, labels[n], g[n]);
        for (int c = 0; c < s->classes; c++)
            g[n][c] = (g[n][c] - (c == labels[n] ? 1.0f : 0.0f)) / (float)s->n;
    }
    *loss = sum / (float)s->n;

    for (int c = 0; c < s->classes; c++) {      /* only now: all images saw the old weights */
        float db = 0.0f;
        for (int n = 0; n < s->n; n++)
            db += g[n][c];
        b[c] -= s->lr * db;
        for (int i = 0; i < s->features; i++) {
            float dw = 0.0f;
            for (int n = 0; n < s->n; n++)
                dw += g[n][c] * x[n * s->features + i];
            w[c * s->features + i] -= s->lr * dw;
        }
    }
}
