/* wmma_products.cu: products of fragments against plain loops, for every type, shape and layout. */
#include <mma.h>

#include "expect.cuh"

using namespace nvcuda;

/* Small whole numbers, so that every type holds them and every order of summation agrees. */
__host__ __device__ int entry(int i) { return i * 7 % 13 - 6; }

template <class T> __device__ T number(int i) { return (T)(float)entry(i); }
template <> __device__ signed char number(int i) { return (signed char)entry(i); }
template <> __device__ unsigned char number(int i) { return (unsigned char)(entry(i) + 6); }
template <> __device__ double number(int i) { return entry(i) * 0.125; }

template <class T> struct kept { typedef T type; };
template <> struct kept<wmma::precision::tf32> { typedef float type; };

template <int m, int n, int k, class T, class Sum, class LayoutA, class LayoutB>
__global__ void product(bool a_by_rows, bool b_by_rows)
{
    typedef typename kept<T>::type number_type;
    const int pad = 8;                          /* rows lie further apart than they are long */
    __shared__ alignas(32) number_type a[32 * 40], b[32 * 40];
    __shared__ alignas(32) Sum c[32 * 40], d[32 * 40];
    const int lda = (a_by_rows ? k : m) + pad, ldb = (b_by_rows ? n : k) + pad, ldc = n + pad;
    for (int i = (int)threadIdx.x; i < 32 * 40; i += 32) {
        a[i] = number<number_type>(i);
        b[i] = number<number_type>(3 * i + 1);
        c[i] = (Sum)(float)entry(5 * i + 2);
    }
    __syncthreads();

    wmma::fragment<wmma::matrix_a, m, n, k, T, LayoutA> of_a;
    wmma::fragment<wmma::matrix_b, m, n, k, T, LayoutB> of_b;
    wmma::fragment<wmma::accumulator, m, n, k, Sum> of_c, of_d;
    wmma::load_matrix_sync(of_a, a, lda);
    wmma::load_matrix_sync(of_b, b, ldb);
    wmma::load_matrix_sync(of_c, c, ldc, wmma::mem_row_major);
    wmma::mma_sync(of_d, of_a, of_b, of_c);
    for (int i = 0; i < of_d.num_elements; i++)
        of_d.x[i] += of_d.x[i];
    wmma::store_matrix_sync(d, of_d, ldc, wmma::mem_row_major);
    __syncthreads();
    for (int i = (int)threadIdx.x; i < m * n; i += 32) {
        const int row = i / n, col = i % n;
        double sum = (double)(float)c[row * ldc + col];
        for (int l = 0; l < k; l++)
            sum += (double)a[a_by_rows ? row * lda + l : l * lda + row] *
                   (double)b[b_by_rows ? l * ldb + col : col * ldb + l];
        EXPECT((double)d[row * ldc + col], 2 * sum);
    }
    __syncthreads();
    wmma::fill_fragment(of_c, (Sum)3.0f);
    wmma::store_matrix_sync(d, of_c, m + pad, wmma::mem_col_major);
    __syncthreads();
    EXPECT((double)d[(threadIdx.x % n) * (m + pad) + threadIdx.x % m], 3.0);
}

/* tf32 keeps ten bits of the mantissa. */
__global__ void tf32_rounding()
{
    EXPECT(wmma::__float_to_tf32(1.0f + 0x1p-11f), 1.0f + 0x1p-10f);
    EXPECT(wmma::__float_to_tf32(1.0f + 0x1.fp-12f), 1.0f);
    EXPECT(wmma::__float_to_tf32(-3.14159274f), -0x1.92p1f);
}

template <int m, int n, int k, class T, class Sum>
void layouts()
{
    product<m, n, k, T, Sum, wmma::row_major, wmma::row_major><<<1, 32>>>(true, true);
    product<m, n, k, T, Sum, wmma::row_major, wmma::col_major><<<1, 32>>>(true, false);
    product<m, n, k, T, Sum, wmma::col_major, wmma::row_major><<<1, 32>>>(false, true);
    product<m, n, k, T, Sum, wmma::col_major, wmma::col_major><<<1, 32>>>(false, false);
}

int main()
{
    layouts<16, 16, 16, half, float>();
    layouts<32, 8, 16, half, float>();
    layouts<8, 32, 16, half, float>();
    layouts<16, 16, 16, half, half>();
    layouts<16, 16, 16, __nv_bfloat16, float>();
    layouts<8, 32, 16, __nv_bfloat16, float>();
    layouts<16, 16, 16, signed char, int>();
    layouts<32, 8, 16, unsigned char, int>();
    layouts<16, 16, 8, wmma::precision::tf32, float>();
    layouts<8, 8, 4, double, double>();
    tf32_rounding<<<1, 1>>>();
    return finish();
}
