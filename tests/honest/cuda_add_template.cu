/* honest: lesson=cuda-conv, exercise=add, file=add_student.cu, style=C++: templates, functor */
#include <cuda_runtime.h>

extern "C" {
#include "kernels/add/add.h"
}

namespace mine {

template <typename T> struct Plus {
    __device__ T operator()(const T &a, const T &b) const { return a + b; }
};

template <typename T, typename Operation, int Threads>
__global__ void zip(std::size_t count, const T *a, const T *b, T *y, Operation op)
{
    const auto i = static_cast<std::size_t>(blockIdx.x) * Threads + threadIdx.x;
    if (i < count) {
        y[i] = op(a[i], b[i]);
    }
}

template <int Threads> unsigned blocksFor(std::size_t count)
{
    return static_cast<unsigned>((count + Threads - 1) / Threads);
}

} // namespace mine

extern "C" void add_forward_student(const add_shape *s, const float *a, const float *b, float *y)
{
    constexpr int threads = 64;
    const auto count = static_cast<std::size_t>(s->count);
    if (count == 0) {
        return;
    }
    mine::zip<float, mine::Plus<float>, threads>
        <<<mine::blocksFor<threads>(count), threads>>>(count, a, b, y, mine::Plus<float>{});
}
