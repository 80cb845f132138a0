/* evaluate_fix.c: the tutorials' test loop: the outputs (logits) of a trained network. It trains
 * well, and then tells you that your network is worse than it is. It has more than one mistake.
 *
 *     x[n][i]      = pixels[n][i] / 255
 *                    in training dropout follows: x[n][i] / (1 - p) where mask[n][i] is 1, else 0
 *     logits[n][c] = b[c] + sum over i of w[c][i] * x[n][i]
 *
 *   s        s->n images of s->features pixels, s->classes outputs; s->training says whether this
 *            is training or a test; s->p is dropout's p
 *   pixels   [n][features], bytes 0 .. 255
 *   mask     [n][features], 0 or 1: drawn for dropout; there even when this is no training
 *   w, b     [classes][features] and [classes]
 *   logits   [n][classes], to be written */
#include "lessons/18-mnist/training_head.h"

void head_logits_fix(const head_shape *s, const uint8_t *pixels, const uint8_t *mask,
                     const float *w, const float *b, float *logits)
{
    for (int n = 0; n < s->n; n++)
        for (int c = 0; c < s->classes; c++) {
            float sum = b[c];
            for (int i = 0; i < s->features; i++) {
                float x = (float)pixels[n * s->features + i];
                if (s->training)
                    x = x / 255.0f;
                x = mask[n * s->features + i] ? x / (1.0f - s->p) : 0.0f;
                sum += w[c * s->features + i] * x;
            }
            logits[n * s->classes + c] = sum;
        }
}
