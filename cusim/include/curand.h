/* curand.h: cuRAND from the host: fills memory of the device (or of the host) with random numbers.
 *
 * Whatever generator is asked for, the numbers are Philox's (curand_kernel.h), made by the host. */
#ifndef CUSIM_CURAND_H
#define CUSIM_CURAND_H
#define CURAND_H_               /* the guard of cuRAND's own header, which programs ask for */

#include "curand_kernel.h"

typedef enum curandStatus {
    CURAND_STATUS_SUCCESS = 0, CURAND_STATUS_VERSION_MISMATCH = 100,
    CURAND_STATUS_NOT_INITIALIZED = 101, CURAND_STATUS_ALLOCATION_FAILED = 102,
    CURAND_STATUS_TYPE_ERROR = 103, CURAND_STATUS_OUT_OF_RANGE = 104,
    CURAND_STATUS_LENGTH_NOT_MULTIPLE = 105, CURAND_STATUS_DOUBLE_PRECISION_REQUIRED = 106,
    CURAND_STATUS_LAUNCH_FAILURE = 201, CURAND_STATUS_PREEXISTING_FAILURE = 202,
    CURAND_STATUS_INITIALIZATION_FAILED = 203, CURAND_STATUS_ARCH_MISMATCH = 204,
    CURAND_STATUS_INTERNAL_ERROR = 999
} curandStatus_t;
typedef curandStatus_t curandStatus;

typedef enum curandRngType {
    CURAND_RNG_PSEUDO_DEFAULT = 100, CURAND_RNG_PSEUDO_XORWOW = 101,
    CURAND_RNG_PSEUDO_MRG32K3A = 121, CURAND_RNG_PSEUDO_MTGP32 = 141,
    CURAND_RNG_PSEUDO_MT19937 = 142, CURAND_RNG_PSEUDO_PHILOX4_32_10 = 161
} curandRngType_t;
typedef curandRngType_t curandRngType;

typedef struct curandGenerator_st {
    curandStatePhilox4_32_10_t state;
    unsigned long long seed;
} *curandGenerator_t;

inline curandStatus_t curandSetPseudoRandomGeneratorSeed(curandGenerator_t g,
                                                         unsigned long long seed)
{
    g->seed = seed;
    curand_init(seed, 0, 0, &g->state);
    return CURAND_STATUS_SUCCESS;
}
inline curandStatus_t curandSetGeneratorOffset(curandGenerator_t g,
                                               unsigned long long offset)
{
    curand_init(g->seed, 0, offset, &g->state);
    return CURAND_STATUS_SUCCESS;
}
inline curandStatus_t curandCreateGenerator(curandGenerator_t *g, curandRngType_t)
{
    *g = new curandGenerator_st;
    return curandSetPseudoRandomGeneratorSeed(*g, 0);
}
inline curandStatus_t curandCreateGeneratorHost(curandGenerator_t *g, curandRngType_t type)
{
    return curandCreateGenerator(g, type);
}
inline curandStatus_t curandDestroyGenerator(curandGenerator_t g)
{
    delete g;
    return CURAND_STATUS_SUCCESS;
}
inline curandStatus_t curandSetStream(curandGenerator_t, cudaStream_t)
{
    return CURAND_STATUS_SUCCESS;
}

namespace cusim {

/* Draws n numbers and copies them to where they are wanted, so that it is known to be written. */
template <class T, class Draw>
inline curandStatus_t random_numbers(curandGenerator_t g, T *to, size_t n, Draw draw)
{
    T *const numbers = new T[n];
    for (size_t i = 0; i < n; i++)
        numbers[i] = draw(&g->state);
    const cudaError_t error = ::cudaMemcpy((void *)to, numbers, n * sizeof(T), cudaMemcpyDefault);
    delete[] numbers;
    return error == cudaSuccess ? CURAND_STATUS_SUCCESS : CURAND_STATUS_LAUNCH_FAILURE;
}

}  // namespace cusim

inline curandStatus_t curandGenerate(curandGenerator_t g, unsigned *to, size_t n)
{
    return cusim::random_numbers(g, to, n,
                                 [](curandStatePhilox4_32_10_t *s) { return curand(s); });
}
inline curandStatus_t curandGenerateUniform(curandGenerator_t g, float *to, size_t n)
{
    return cusim::random_numbers(g, to, n,
                                 [](curandStatePhilox4_32_10_t *s) { return curand_uniform(s); });
}
inline curandStatus_t curandGenerateUniformDouble(curandGenerator_t g, double *to, size_t n)
{
    return cusim::random_numbers(
        g, to, n, [](curandStatePhilox4_32_10_t *s) { return curand_uniform_double(s); });
}
inline curandStatus_t curandGenerateNormal(curandGenerator_t g, float *to, size_t n, float mean,
                                           float deviation)
{
    return cusim::random_numbers(g, to, n, [=](curandStatePhilox4_32_10_t *s) {
        return mean + deviation * curand_normal(s);
    });
}
inline curandStatus_t curandGenerateNormalDouble(curandGenerator_t g, double *to, size_t n,
                                                 double mean, double deviation)
{
    return cusim::random_numbers(g, to, n, [=](curandStatePhilox4_32_10_t *s) {
        return mean + deviation * curand_normal_double(s);
    });
}
inline curandStatus_t curandGenerateLogNormal(curandGenerator_t g, float *to, size_t n, float mean,
                                              float deviation)
{
    return cusim::random_numbers(g, to, n, [=](curandStatePhilox4_32_10_t *s) {
        return curand_log_normal(s, mean, deviation);
    });
}

#endif
