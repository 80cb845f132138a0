/* random_numbers.cu: ranges, moments and streams of random numbers; Philox against its paper. */
#include <curand_kernel.h>

#include "expect.cuh"

__global__ void philox()
{
    curandStatePhilox4_32_10_t s, t;
    curand_init(0, 0, 0, &s);
    const uint4 first = curand4(&s);                    /* the known answer for counter 0, key 0 */
    EXPECT(first.x, 0x6627e8d5u);
    EXPECT(first.y, 0xe169c58du);
    EXPECT(first.z, 0xbc57ac4cu);
    EXPECT(first.w, 0x9b00dbd8u);
    curand_init(0, 0, 2, &t);
    EXPECT(curand(&t), first.z);
    EXPECT(curand(&t), first.w);
    EXPECT(curand(&t), curand(&s));
    skipahead(6, &t);
    for (int i = 0; i < 6; i++)
        curand(&s);
    EXPECT(curand(&t), curand(&s));
}

template <class State>
__device__ void stream(unsigned long long subsequence)
{
    const int n = 4000;
    State s, again, other;
    curand_init(42, subsequence, 0, &s);
    curand_init(42, subsequence, 5, &again);
    curand_init(42, subsequence + 1, 0, &other);
    double sum = 0, squares = 0, cubes = 0;
    int equal = 0;
    for (int i = 0; i < 5; i++)
        curand(&s);
    for (int i = 0; i < 100; i++) {
        const unsigned x = curand(&s);
        EXPECT(x, curand(&again));
        equal += x == curand(&other);
    }
    EXPECT_TRUE(equal <= 1);
    for (int i = 0; i < n; i++) {
        const float x = curand_uniform(&s);
        const double d = curand_uniform_double(&s);
        EXPECT_TRUE(x > 0 && x <= 1 && d > 0 && d <= 1);
        sum += x;
        squares += d * d;
    }
    EXPECT_TRUE(fabs(sum / n - 0.5) < 5 * 0.2887 / sqrt((double)n));
    EXPECT_TRUE(fabs(squares / n - 1.0 / 3) < 5 * 0.2981 / sqrt((double)n));
    sum = squares = 0;
    for (int i = 0; i < n; i++) {
        const double x = i % 2 ? curand_normal(&s) : curand_normal_double(&s);
        sum += x;
        squares += x * x;
        cubes += x * x * x;
    }
    EXPECT_TRUE(fabs(sum / n) < 5 / sqrt((double)n));
    EXPECT_TRUE(fabs(squares / n - 1) < 5 * 1.4143 / sqrt((double)n));
    EXPECT_TRUE(fabs(cubes / n) < 5 * 3.873 / sqrt((double)n));
    sum = 0;
    for (int i = 0; i < 500; i++)
        sum += curand_poisson(&s, 4.0);
    EXPECT_TRUE(fabs(sum / 500 - 4) < 5 * 2 / sqrt(500.0));
    EXPECT_TRUE(curand_log_normal(&s, 0.0f, 1.0f) > 0);
}

__global__ void streams()
{
    stream<curandState>(threadIdx.x);
    stream<curandStatePhilox4_32_10_t>(threadIdx.x);
}

/* States kept in global memory from one kernel to the next, and the estimate of pi. */
__global__ void set_up(curandState *states)
{
    curand_init(1234, threadIdx.x, 0, &states[threadIdx.x]);
}

__global__ void estimate(curandState *states, unsigned *inside)
{
    curandState s = states[threadIdx.x];
    unsigned count = 0;
    for (int i = 0; i < 500; i++) {
        const float x = curand_uniform(&s), y = curand_uniform(&s);
        count += x * x + y * y <= 1;
    }
    states[threadIdx.x] = s;
    atomicAdd(inside, count);
}

int main()
{
    curandState *states;
    unsigned *inside, count;
    if (cudaMalloc(&states, 64 * sizeof *states) || cudaMalloc(&inside, sizeof *inside) ||
        cudaMemset(inside, 0, sizeof *inside))
        return 1;
    philox<<<1, 1>>>();
    streams<<<1, 8>>>();
    set_up<<<1, 64>>>(states);
    estimate<<<1, 64>>>(states, inside);
    estimate<<<1, 64>>>(states, inside);
    if (cudaMemcpy(&count, inside, sizeof count, cudaMemcpyDeviceToHost))
        return 1;
    const double pi = 4.0 * count / 64000;
    if (pi < 3.11 || pi > 3.175)
        return printf("pi is %g\n", pi), 1;
    if (cudaFree(states) || cudaFree(inside))
        return 1;
    return finish();
}
