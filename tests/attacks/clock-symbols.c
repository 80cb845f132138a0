/* attack: class=patched-clock, lesson=im2col/multiply, expect=no-speed, set=often
 * says=times as fast as
 *
 * Brings clocks that stand still: clock_gettime(), gettimeofday(), clock(), times() and the clocks
 * of OpenMP, under the names that a harness in the same process would call. */
#include <stddef.h>
#include <sys/time.h>
#include <sys/times.h>
#include <time.h>

#include "kernels/gemm/gemm.h"

int clock_gettime(clockid_t clock, struct timespec *now)
{
    *now = (struct timespec){ 1, 0 };
    return 0;
}

int gettimeofday(struct timeval *restrict now, void *restrict zone)
{
    *now = (struct timeval){ 1, 0 };
    return 0;
}

clock_t clock(void)
{
    return 1;
}

clock_t times(struct tms *now)
{
    return 1;
}

double omp_get_wtime(void);
double omp_get_wtime(void)
{
    return 1.0;
}

void gemm_multiply_student(const gemm_shape *s, const float *a, const float *b, float *c,
                           void *workspace)
{
    for (int i = 0; i < s->M; i++)
        for (int j = 0; j < s->N; j++) {
            float sum = 0.0f;
            for (int k = 0; k < s->K; k++)
                sum += a[i * s->K + k] * b[k * s->N + j];
            c[i * s->N + j] = sum;
        }
}
