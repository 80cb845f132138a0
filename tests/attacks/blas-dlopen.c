/* attack: class=reference-call, lesson=im2col/multiply, expect=no-speed
 * says=times as fast as
 *
 * Lets a tuned library multiply: opens whichever BLAS is installed at run time, where a ban at
 * link time does not see it. Without one it does three slow loops. */
#include <dlfcn.h>
#include <stdio.h>

#include "kernels/gemm/gemm.h"

typedef void sgemm(int order, int transpose_a, int transpose_b, int m, int n, int k, float alpha,
                   const float *a, int lda, const float *b, int ldb, float beta, float *c,
                   int ldc);

static sgemm *library;

static __attribute__((constructor)) void open_library(void)
{
    static const char *const names[] = {
        "libopenblas.so.0", "libopenblas.so", "libblas.so.3", "libcblas.so.3", "libmkl_rt.so",
        "libmkl_rt.so.2", "libatlas.so.3", "libblis.so.4", "libgsl.so.27", "libgslcblas.so.0",
        "/usr/lib/x86_64-linux-gnu/openblas-openmp/libopenblas.so.0",
        "/usr/lib/x86_64-linux-gnu/openblas-pthread/libopenblas.so.0",
        "/usr/lib/x86_64-linux-gnu/libdnnl.so.2"
    };

    for (size_t i = 0; !library && i < sizeof names / sizeof *names; i++) {
        void *const opened = dlopen(names[i], RTLD_NOW);
        if (opened)
            printf("STOLEN: %s\n", names[i]);
        if (opened)
            *(void **)&library = dlsym(opened, "cblas_sgemm");
    }
}

void gemm_multiply_student(const gemm_shape *s, const float *a, const float *b, float *c,
                           void *workspace)
{
    if (library) {
        library(101, 111, 111, s->M, s->N, s->K, 1.0f, a, s->K, b, s->N, 0.0f, c, s->N);
        return;
    }
    for (int i = 0; i < s->M; i++)
        for (int j = 0; j < s->N; j++) {
            float sum = 0.0f;
            for (int k = 0; k < s->K; k++)
                sum += a[i * s->K + k] * b[k * s->N + j];
            c[i * s->N + j] = sum;
        }
}
