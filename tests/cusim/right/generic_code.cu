// C++ on both sides: templates, extended lambdas, functors, a class with __host__ __device__
// members, namespaces, overloaded kernels, variadic arguments, constexpr, kernels chosen by
// pointer.
// flags: -std=c++17 --extended-lambda --expt-relaxed-constexpr
#include <cstdio>
#include <memory>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#define CUDA_CHECK(expr) ::detail::throw_on_error((expr), #expr, __FILE__, __LINE__)

namespace detail {
inline void throw_on_error(cudaError_t e, const char *what, const char *file, int line)
{
    if (e != cudaSuccess)
        throw std::runtime_error(std::string(file) + ":" + std::to_string(line) + ": " + what +
                                 ": " + cudaGetErrorString(e));
}
}

// Owns device memory.
template <typename T>
class device_vector {
public:
    explicit device_vector(std::size_t n) : n_(n) { CUDA_CHECK(cudaMalloc(&p_, n * sizeof(T))); }
    explicit device_vector(const std::vector<T> &h) : device_vector(h.size())
    {
        CUDA_CHECK(cudaMemcpy(p_, h.data(), n_ * sizeof(T), cudaMemcpyHostToDevice));
    }
    device_vector(const device_vector &) = delete;
    device_vector(device_vector &&o) noexcept : p_(std::exchange(o.p_, nullptr)), n_(o.n_) {}
    ~device_vector() { cudaFree(p_); }
    operator std::vector<T>() const
    {
        std::vector<T> h(n_);
        CUDA_CHECK(cudaMemcpy(h.data(), p_, n_ * sizeof(T), cudaMemcpyDeviceToHost));
        return h;
    }
    T *data() { return p_; }
    T *begin() { return p_; }
    std::size_t size() const { return n_; }
private:
    T *p_ = nullptr;
    std::size_t n_;
};

namespace algebra {

struct Complex {
    float re, im;
    __host__ __device__ constexpr Complex(float re = 0, float im = 0) : re(re), im(im) {}
    __host__ __device__ friend Complex operator*(Complex a, Complex b)
    {
        return {a.re * b.re - a.im * b.im, a.re * b.im + a.im * b.re};
    }
    __host__ __device__ Complex &operator+=(const Complex &b)
    {
        re += b.re;
        im += b.im;
        return *this;
    }
    __host__ __device__ float norm2() const;
};
__host__ __device__ float Complex::norm2() const { return re * re + im * im; }

template <typename F, typename... Args>
__global__ void for_each_index(int n, F f, Args... args)
{
    for (int i = blockIdx.x * blockDim.x + threadIdx.x; i < n; i += blockDim.x * gridDim.x)
        f(i, args...);
}

template <typename T> __global__ void fill(T *x, T v, int n)
{
    if (int i = blockIdx.x * blockDim.x + threadIdx.x; i < n) x[i] = v;
}

__global__ void escape(const Complex *c, int *steps, int n)
{
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i >= n) return;
    Complex z;
    int k = 0;
    for (; k < 50 && z.norm2() <= 4.0f; k++) { z = z * z; z += c[i]; }
    steps[i] = k;
}

} // namespace algebra

namespace {
__global__ void twice(int *x) { x[threadIdx.x] *= 2; }
__global__ void twice(float *x) { x[threadIdx.x] *= 2.0f; }
}

template <int N> struct Power {
    template <typename T> __device__ T operator()(T x) const
    {
        if constexpr (N == 0) return T(1);
        else return x * Power<N - 1>{}(x);
    }
};

template <typename T, typename Op, int BLOCK = 64>
__global__ void map_reduce(const T *x, T *out, int n, Op op)
{
    __shared__ T s[BLOCK];
    __shared__
        typename std::conditional<std::is_floating_point<T>::value, double, long>::type total;
    s[threadIdx.x] = threadIdx.x < n ? op(x[threadIdx.x]) : T();
    if (threadIdx.x == 0) total = 0;
    __syncthreads();
    if (threadIdx.x == 0) {
        for (auto v : s) total += v;
        *out = static_cast<T>(total);
    }
}

static constexpr int blocks_for(int n, int threads) { return (n + threads - 1) / threads; }

static int run()
{
    using namespace algebra;
    const int n = 50;
    int wrong = 0;
    device_vector<float> x(n), sum(1);
    fill<<<blocks_for(n, 32), 32>>>(x.data(), 1.5f, n);
    float scale = 2.0f;
    for_each_index<<<2, 16>>>(
        n, [=] __device__(int i, float *p, float add) { p[i] = p[i] * scale + add + i; }, x.begin(),
        1.0f);
    twice<<<1, n>>>(x.data());
    std::vector<float> h = x;
    for (int i = 0; i < n; i++) wrong += h[i] != 2 * (1.5f * 2 + 1 + i);
    map_reduce<float, Power<2>><<<1, 64>>>(x.data(), sum.data(), n, Power<2>());
    float want = 0, got = std::vector<float>(sum)[0];
    for (float v : h) want += v * v;
    wrong += got != want;

    std::vector<Complex> points;
    for (int i = 0; i < n; i++) points.emplace_back(-2.0f + 0.05f * i, 0.01f * i);
    device_vector<Complex> c(points);
    device_vector<int> steps(n);
    void (*kernel)(const Complex *, int *, int) = escape;
    kernel<<<dim3(blocks_for(n, 16)), dim3(16)>>>(c.data(), steps.data(), n);
    (twice)<<<1, n>>>(steps.data());
    std::vector<int> k = steps;
    for (int i = 0; i < n; i++) {
        Complex z;
        int want_k = 0;
        for (; want_k < 50 && z.norm2() <= 4.0f; want_k++) { z = z * z; z += points[i]; }
        wrong += k[i] != 2 * want_k;
    }
    CUDA_CHECK(cudaGetLastError());
    return wrong;
}

int main()
{
    try {
        int wrong = run();
        std::printf("%d wrong\n", wrong);
        return wrong != 0;
    } catch (const std::exception &e) {
        std::fprintf(stderr, "%s\n", e.what());
        return 1;
    }
}
