/* honest: lesson=activation, exercise=relu, file=relu_student.c, style=intrinsics, dispatch */
#include "kernels/activation/activation.h"

static void relu_plain(ptrdiff_t count, const float *x, float *y)
{
    for (ptrdiff_t i = 0; i < count; i++)
        y[i] = x[i] < 0.0f ? 0.0f : x[i];
}

#ifdef __x86_64__
#include <immintrin.h>

__attribute__((target("avx2")))
static void relu_avx2(ptrdiff_t count, const float *x, float *y)
{
    const __m256 zero = _mm256_setzero_ps();
    ptrdiff_t i = 0;

    for (; i + 8 <= count; i += 8) {
        const __m256 v = _mm256_loadu_ps(x + i);
        const __m256 negative = _mm256_cmp_ps(v, zero, _CMP_LT_OQ);
        _mm256_storeu_ps(y + i, _mm256_andnot_ps(negative, v));
    }
    relu_plain(count - i, x + i, y + i);
}
#endif

void activation_relu_student(const activation_shape *s, const float *x, float *y)
{
#ifdef __x86_64__
    if (__builtin_cpu_supports("avx2")) {
        relu_avx2(s->count, x, y);
        return;
    }
#endif
    relu_plain(s->count, x, y);
}
