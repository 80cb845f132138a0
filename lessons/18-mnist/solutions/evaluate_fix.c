/* evaluate_fix.c: the outputs of a trained network, as it has to be asked: pixels scaled as in
 * training, dropout in training only. */
#include "lessons/18-mnist/training_head.h"

void head_logits_fix(const head_shape *s, const uint8_t *pixels, const uint8_t *mask,
                     const float *w, const float *b, float *logits)
{
    for (int n = 0; n < s->n; n++)
        for (int c = 0; c < s->classes; c++) {
            float sum = b[c];
            for (int i = 0; i < s->features; i++) {
                float x = (float)pixels[n * s->features + i] / 255.0f;
                if (s->training)
                    x = mask[n * s->features + i] ? x / (1.0f - s->p) : 0.0f;
                sum += w[c * s->features + i] * x;
            }
            logits[n * s->classes + c] = sum;
        }
}
