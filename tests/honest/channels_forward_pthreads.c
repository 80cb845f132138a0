/* honest: lesson=channels, exercise=forward, file=conv2d_student.c, style=pthreads */
#include <pthread.h>

#include "kernels/conv2d/conv2d.h"

enum { HELPERS = 2 };

struct job {
    const conv2d_shape *s;
    const float *x, *w, *b;
    float *y;
    int first, end;
};

static void *work(void *argument)
{
    const struct job *const j = argument;
    const conv2d_shape *const s = j->s;

    for (int map = j->first; map < j->end; map++) {
        const int n = map / s->oc, oc = map % s->oc;
        for (int oh = 0; oh < s->oh; oh++)
            for (int ow = 0; ow < s->ow; ow++) {
                float sum = j->b ? j->b[oc] : 0.0f;
                for (int c = 0; c < s->c; c++)
                    for (int kh = 0; kh < s->kernel_h; kh++)
                        for (int kw = 0; kw < s->kernel_w; kw++) {
                            const int ih = oh * s->stride_h - s->pad_top + kh;
                            const int iw = ow * s->stride_w - s->pad_left + kw;
                            if (ih >= 0 && ih < s->h && iw >= 0 && iw < s->w)
                                sum += j->x[((n * s->c + c) * s->h + ih) * s->w + iw] *
                                       j->w[((oc * s->c + c) * s->kernel_h + kh) * s->kernel_w +
                                            kw];
                        }
                j->y[(map * s->oh + oh) * s->ow + ow] = sum;
            }
    }
    return NULL;
}

void conv2d_forward_student(const conv2d_shape *s, const float *x, const float *w, const float *b,
                            float *y, void *workspace)
{
    pthread_t thread[HELPERS];
    bool started[HELPERS];
    struct job job[HELPERS];
    const int maps = s->n * s->oc;

    for (int i = 0; i < HELPERS; i++) {
        job[i] = (struct job){ s, x, w, b, y, maps * i / HELPERS, maps * (i + 1) / HELPERS };
        started[i] = pthread_create(&thread[i], NULL, work, &job[i]) == 0;
        if (!started[i])
            work(&job[i]);
    }
    for (int i = 0; i < HELPERS; i++)
        if (started[i])
            pthread_join(thread[i], NULL);
}
