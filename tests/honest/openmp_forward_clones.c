/* honest: lesson=openmp, exercise=forward, file=conv2d_student.c, style=target_clones, fast */
#include "kernels/conv2d/conv2d.h"

#ifdef __x86_64__
#define CLONES __attribute__((target_clones("avx512f", "avx2", "default"), optimize("O3")))
#else
#define CLONES
#endif

/* out[0 .. count-1] += weight * in[0 .. count-1] */
CLONES
void honest_add_rows(float *restrict out, const float *restrict in, float weight, int count)
{
    for (int i = 0; i < count; i++)
        out[i] += weight * in[i];
}

static void one_map(const conv2d_shape *s, const float *image, const float *filter, float bias,
                    float *map)
{
    for (int i = 0; i < s->oh * s->ow; i++)
        map[i] = bias;
    for (int c = 0; c < s->c; c++)
        for (int oh = 0; oh < s->oh; oh++)
            for (int kh = 0; kh < s->kernel_h; kh++)
                for (int kw = 0; kw < s->kernel_w; kw++) {
                    const int ih = oh - s->pad_top + kh, shift = kw - s->pad_left;
                    const int first = shift < 0 ? -shift : 0;
                    const int end = s->w - shift < s->ow ? s->w - shift : s->ow;
                    if (ih >= 0 && ih < s->h && end > first)
                        honest_add_rows(map + oh * s->ow + first,
                                        image + (c * s->h + ih) * s->w + first + shift,
                                        filter[(c * s->kernel_h + kh) * s->kernel_w + kw],
                                        end - first);
                }
}

void conv2d_forward_student(const conv2d_shape *s, const float *x, const float *w, const float *b,
                            float *y, void *workspace)
{
#pragma omp parallel for
    for (int map = 0; map < s->n * s->oc; map++)
        one_map(s, x + map / s->oc * s->c * s->h * s->w,
                w + map % s->oc * s->c * s->kernel_h * s->kernel_w, b ? b[map % s->oc] : 0.0f,
                y + map * s->oh * s->ow);
}
