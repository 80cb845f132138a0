/* attack: class=compiler-bomb, lesson=cuda-conv/add, expect=zero
 * says=compiler was stopped|error:
 *
 * Templates that need each other twice at every level, a constant expression that counts to 2 to
 * the power of 40, and a depth of instantiation that the pragma allows itself. */
#pragma GCC optimize("-ftemplate-depth=1000000")

#include <cuda_runtime.h>

extern "C" {
#include "kernels/add/add.h"
}

#include "kernels/core/cuda_launch.cuh"

enum { THREADS = 256 };

template <int level, int branch> struct deeper {
    static constexpr long value =
        deeper<level - 1, branch * 2>::value + deeper<level - 1, branch * 2 + 1>::value;
};

template <int branch> struct deeper<0, branch> {
    static constexpr long value = branch;
};

static constexpr long count(long to)
{
    long sum = 0;

    for (long i = 0; i < to; i++)
        for (long j = 0; j < to; j++)
            sum += i ^ j;
    return sum;
}

static constexpr long both = deeper<26, 1>::value + count(1L << 20);

extern "C" void add_forward_student(const add_shape *s, const float *a, const float *b, float *y)
{
    y[0] = (float)both;
}
