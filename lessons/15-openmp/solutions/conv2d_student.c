/* conv2d_student.c: convolution, forward: threads share out the maps, and each weight is multiplied
 * with whole rows of the image, several numbers per instruction. */
#include "kernels/conv2d/conv2d.h"

/* out[0..count-1] += weight * in[0..count-1] */
static void add_row(float *out, const float *in, float weight, int count)
{
#pragma omp simd
    for (int i = 0; i < count; i++)
        out[i] += weight * in[i];
}

/* Adds what one weight brings to one map. Its row of outputs begins where the weight first meets
 * the image and ends where it last does. */
static void add_weight(const conv2d_shape *s, const float *image, float weight, int kh, int kw,
                       float *map)
{
    const int left = s->pad_left - kw, right = s->w + s->pad_left - kw;
    const int first = left > 0 ? left : 0, end = right < s->ow ? right : s->ow;

    for (int oh = 0; oh < s->oh; oh++) {
        const int ih = oh - s->pad_top + kh;
        if (ih >= 0 && ih < s->h && first < end)
            add_row(map + oh * s->ow + first, image + ih * s->w + first - left, weight,
                    end - first);
    }
}

void conv2d_forward_student(const conv2d_shape *s, const float *x, const float *w, const float *b,
                            float *y, void *workspace)
{
    const int plane = s->oh * s->ow, taps = s->kernel_h * s->kernel_w;

#pragma omp parallel for collapse(2)
    for (int n = 0; n < s->n; n++)
        for (int oc = 0; oc < s->oc; oc++) {
            float *const map = y + (n * s->oc + oc) * plane;
            for (int i = 0; i < plane; i++)
                map[i] = b ? b[oc] : 0.0f;
            for (int c = 0; c < s->c; c++)
                for (int tap = 0; tap < taps; tap++)
                    add_weight(s, x + (n * s->c + c) * s->h * s->w,
                               w[(oc * s->c + c) * taps + tap], tap / s->kernel_w,
                               tap % s->kernel_w, map);
        }
}
