/* honest: lesson=pool, exercise=max, file=pool2d_student.c, style=_Generic, macros, typeof */
#include "kernels/pool2d/pool2d.h"

static inline int imax(int a, int b) { return a > b ? a : b; }
static inline float fbig(float a, float b) { return a > b ? a : b; }
#define BIGGER(a, b) _Generic((a), int: imax, float: fbig)((a), (b))
#define SMALLER(a, b) ({ __typeof__(a) a_ = (a); __typeof__(b) b_ = (b); a_ < b_ ? a_ : b_; })
#define IS_NAN(f) ((f) != (f))

void pool2d_max_forward_student(const pool2d_shape *s, const float *x, float *y, int32_t *index)
{
    const int planes = s->n * s->c;

    for (int p = 0; p < planes; p++)
        for (int oh = 0; oh < s->oh; oh++)
            for (int ow = 0; ow < s->ow; ow++) {
                const float *const plane = &x[p * s->h * s->w];
                const int top = oh * s->stride_h - s->pad_top;
                const int left = ow * s->stride_w - s->pad_left;
                const int first = BIGGER(top, 0), last = SMALLER(top + s->kernel_h, s->h);
                const int from = BIGGER(left, 0), to = SMALLER(left + s->kernel_w, s->w);
                int32_t winner = first * s->w + from;

                for (int i = first; i < last; i++)
                    for (int j = from; j < to; j++) {
                        const float now = plane[i * s->w + j], best = plane[winner];
                        if (IS_NAN(best))
                            break;
                        if (IS_NAN(now) || (now > best && BIGGER(now, best) == now))
                            winner = i * s->w + j;
                    }
                y[(p * s->oh + oh) * s->ow + ow] = plane[winner];
                index[(p * s->oh + oh) * s->ow + ow] = winner;
            }
}
