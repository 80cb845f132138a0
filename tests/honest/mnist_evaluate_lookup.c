/* honest: lesson=mnist, exercise=fix, file=evaluate_fix.c, style=static table, made on first use */
#include <stdbool.h>

#include "lessons/18-mnist/training_head.h"

static float grey[256];
static bool ready = false;

static void make_table(void)
{
    for (int i = 0; i < 256; i++)
        grey[i] = (float)i / 255.0f;
    ready = true;
}

void head_logits_fix(const head_shape *s, const uint8_t *pixels, const uint8_t *mask,
                     const float *w, const float *b, float *logits)
{
    if (!ready)
        make_table();
    for (int n = 0; n < s->n; n++, pixels += s->features, mask += s->features)
        for (int c = 0; c < s->classes; c++) {
            float sum = b[c];
            for (int i = 0; i < s->features; i++) {
                if (s->training && !mask[i])
                    continue;
                const float kept = s->training ? 1.0f - s->p : 1.0f;
                sum += w[c * s->features + i] * (grey[pixels[i]] / kept);
            }
            *logits++ = sum;
        }
}
