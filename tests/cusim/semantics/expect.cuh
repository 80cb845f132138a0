/* expect.cuh: what the programs in this folder check with. Each is plain CUDA, holds for a GPU as
 * for cusim, prints "ok" and ends with 0, or says which expression differs and ends with 1. */
#ifndef EXPECT_CUH
#define EXPECT_CUH

#include <stdio.h>

__device__ int expect_failures;

template <class T, class U>
__device__ void expect(const char *expression, int line, T got, U wanted)
{
    const bool both_nan = got != got && wanted != wanted;
    if (got == (T)wanted || both_nan)
        return;
    if (atomicAdd(&expect_failures, 1) < 20)
        printf("line %d, block %d, thread %d: %s is %.17g, not %.17g\n", line, (int)blockIdx.x,
               (int)threadIdx.x, expression, (double)got, (double)wanted);
}

/* Inside a kernel: the expression has this value. NaN is equal to NaN. */
#define EXPECT(expression, wanted) expect(#expression, __LINE__, expression, wanted)
#define EXPECT_TRUE(expression) expect(#expression, __LINE__, (bool)(expression), true)

/* At the end of main: waits for the kernels, and tells how it went. */
static int finish()
{
    int failures = -1;
    const cudaError_t error = cudaDeviceSynchronize();
    if (error != cudaSuccess) {
        printf("failed: %s\n", cudaGetErrorString(error));
        return 1;
    }
    if (cudaMemcpyFromSymbol(&failures, expect_failures, sizeof failures) != cudaSuccess)
        return 1;
    puts(failures ? "not ok" : "ok");
    return failures != 0;
}

#endif
