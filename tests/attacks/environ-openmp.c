/* attack: class=environment, lesson=im2col/multiply, expect=no-speed
 * says=times as fast as
 *
 * Three slow loops with threads, in an exercise that allows one. Before OpenMP's runtime starts
 * it rewrites the environment that the grader set: OMP_NUM_THREADS, OMP_THREAD_LIMIT,
 * OMP_PROC_BIND. */
#include <omp.h>
#include <stdlib.h>

#include "kernels/gemm/gemm.h"

static __attribute__((constructor)) void many(void)
{
    setenv("OMP_NUM_THREADS", "16", 1);
    setenv("OMP_THREAD_LIMIT", "64", 1);
    setenv("OMP_PROC_BIND", "false", 1);
    setenv("OMP_DYNAMIC", "false", 1);
    unsetenv("GOMP_CPU_AFFINITY");
    omp_set_dynamic(0);
    omp_set_num_threads(16);
}

void gemm_multiply_student(const gemm_shape *s, const float *a, const float *b, float *c,
                           void *workspace)
{
#pragma omp parallel for
    for (int i = 0; i < s->M; i++)
        for (int j = 0; j < s->N; j++) {
            float sum = 0.0f;
            for (int k = 0; k < s->K; k++)
                sum += a[i * s->K + k] * b[k * s->N + j];
            c[i * s->N + j] = sum;
        }
}
