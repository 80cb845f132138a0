/* mma.h: nvcuda::wmma, matrix products by a whole warp.
 *
 * A fragment is one lane's share of a matrix. Which elements a lane holds is nobody's business in
 * CUDA; here
 *
 *   of A (m x k) and B (k x n), in the order in which memory has their elements (row by row or
 *     column by column), lane l holds numbers l, l + 32, l + 64, ..., so that each load of a warp
 *     takes neighbours;
 *   of an accumulator (m x n), cut into blocks of 8 x 8, lane l holds from row l / 4 of each block
 *     columns 2 (l % 4) and the next, as the hardware does.
 *
 * mma_sync puts A and B down, widened to float (int for bytes), and each lane adds up its elements
 * of the result in the order of k; with half accumulators they are rounded once at the end. Loads
 * and stores are ordinary ones of each lane, and checked as such. */
#ifndef CUSIM_MMA_H
#define CUSIM_MMA_H

#include "cuda_bf16.h"
#include "cuda_fp16.h"
#include "cuda_runtime.h"

namespace nvcuda {
namespace wmma {

struct matrix_a;
struct matrix_b;
struct accumulator;
struct row_major;
struct col_major;
enum layout_t { mem_row_major, mem_col_major };

namespace precision {
struct tf32;
}

/* To nearest, ties away from zero, with ten mantissa bits. */
CUSIM_INLINE float __float_to_tf32(float x)
{
    const unsigned bits = __float_as_uint(x);
    return (bits & 0x7f800000u) == 0x7f800000u ? x
                                               : __uint_as_float((bits + 0x1000u) & 0xffffe000u);
}

namespace details {

/* What an element is kept as, and what it is multiplied as. */
template <class T> struct element {
    typedef T storage;
    typedef T wide;
    CUSIM_INLINE T widen(T x) { return x; }
};
template <> struct element<__half> {
    typedef __half storage;
    typedef float wide;
    CUSIM_INLINE float widen(__half x) { return x; }
};
template <> struct element<__nv_bfloat16> {
    typedef __nv_bfloat16 storage;
    typedef float wide;
    CUSIM_INLINE float widen(__nv_bfloat16 x) { return x; }
};
template <> struct element<precision::tf32> {
    typedef float storage;
    typedef float wide;
    CUSIM_INLINE float widen(float x) { return __uint_as_float(__float_as_uint(x) & 0xffffe000u); }
};
template <> struct element<signed char> {
    typedef signed char storage;
    typedef int wide;
    CUSIM_INLINE int widen(signed char x) { return x; }
};
template <> struct element<unsigned char> {
    typedef unsigned char storage;
    typedef int wide;
    CUSIM_INLINE int widen(unsigned char x) { return x; }
};

template <class T, class U> struct same { enum { value = 0 }; };
template <class T> struct same<T, T> { enum { value = 1 }; };

/* Which shapes there are, for elements of which type. */
template <int m, int n, int k, class T>
struct supported {
    enum {
        of_16 = (m == 16 && n == 16) || (m == 32 && n == 8) || (m == 8 && n == 32),
        narrow = same<T, __half>::value || same<T, __nv_bfloat16>::value ||
                 same<T, signed char>::value || same<T, unsigned char>::value,
        sum = same<T, __half>::value || same<T, float>::value || same<T, int>::value,
        value = (of_16 && k == 16 && (narrow || sum)) ||
                (m == 16 && n == 16 && k == 8 &&
                 (same<T, precision::tf32>::value || same<T, float>::value)) ||
                (m == 8 && n == 8 && k == 4 && same<T, double>::value)
    };
};

/* A matrix whose elements are numbered row by row, or column by column. */
template <int rows, int cols, class Layout> struct numbered {
    CUSIM_INLINE int number(int row, int col) { return row * cols + col; }
    CUSIM_INLINE int row(int number) { return number / cols; }
    CUSIM_INLINE int col(int number) { return number % cols; }
};
template <int rows, int cols> struct numbered<rows, cols, col_major> {
    CUSIM_INLINE int number(int row, int col) { return col * rows + row; }
    CUSIM_INLINE int row(int number) { return number % rows; }
    CUSIM_INLINE int col(int number) { return number / rows; }
};

/* Where element i of a lane is: its row and column in the matrix. */
template <class Use, int m, int n, int k, class Layout> struct place;
template <int m, int n, int k, class Layout> struct place<matrix_a, m, n, k, Layout> {
    enum { ELEMENTS = m * k / 32 };
    typedef numbered<m, k, Layout> order;
    CUSIM_INLINE int row(int i) { return order::row(i * 32 + (int)cusim::lane()); }
    CUSIM_INLINE int col(int i) { return order::col(i * 32 + (int)cusim::lane()); }
};
template <int m, int n, int k, class Layout> struct place<matrix_b, m, n, k, Layout> {
    enum { ELEMENTS = n * k / 32 };
    typedef numbered<k, n, Layout> order;
    CUSIM_INLINE int row(int i) { return order::row(i * 32 + (int)cusim::lane()); }
    CUSIM_INLINE int col(int i) { return order::col(i * 32 + (int)cusim::lane()); }
};
template <int m, int n, int k> struct place<accumulator, m, n, k, void> {
    enum { ELEMENTS = m * n / 32 };
    CUSIM_INLINE int row(int i) { return i / 2 / (n / 8) * 8 + (int)cusim::lane() / 4; }
    CUSIM_INLINE int col(int i)
    {
        return i / 2 % (n / 8) * 8 + (int)cusim::lane() % 4 * 2 + i % 2;
    }
};

}  // namespace details

template <class Use, int m, int n, int k, class T, class Layout = void>
class fragment {
    static_assert(details::supported<m, n, k, T>::value,
                  "cusim does not cover wmma::fragment of this shape and type");

public:
    typedef typename details::element<T>::storage element_type;
    typedef element_type storage_element_type;
    enum { num_elements = details::place<Use, m, n, k, Layout>::ELEMENTS };
    enum { num_storage_elements = num_elements };
    element_type x[num_elements];
};

/* ---- Memory: ldm is the distance of rows (row_major) or columns (col_major) in elements ---- */

namespace details {

template <class Use, int m, int n, int k, class T, class Layout>
CUSIM_INLINE size_t offset(const fragment<Use, m, n, k, T, Layout> &, int i, unsigned ldm,
                           bool row_major)
{
    typedef place<Use, m, n, k, Layout> at;
    return row_major ? (size_t)at::row(i) * ldm + (size_t)at::col(i)
                     : (size_t)at::col(i) * ldm + (size_t)at::row(i);
}

}  // namespace details

template <class Use, int m, int n, int k, class T, class Layout, class From>
CUSIM_INLINE void load_matrix_sync(fragment<Use, m, n, k, T, Layout> &f, const From *p,
                                   unsigned ldm)
{
    static_assert(!details::same<Use, accumulator>::value, "an accumulator needs a layout");
    for (int i = 0; i < f.num_elements; i++)
        f.x[i] = p[details::offset(f, i, ldm, details::same<Layout, row_major>::value)];
}

template <int m, int n, int k, class T, class From>
CUSIM_INLINE void load_matrix_sync(fragment<accumulator, m, n, k, T> &f, const From *p,
                                   unsigned ldm, layout_t layout)
{
    for (int i = 0; i < f.num_elements; i++)
        f.x[i] = p[details::offset(f, i, ldm, layout == mem_row_major)];
}

template <int m, int n, int k, class T, class To>
CUSIM_INLINE void store_matrix_sync(To *p, const fragment<accumulator, m, n, k, T> &f, unsigned ldm,
                                    layout_t layout)
{
    for (int i = 0; i < f.num_elements; i++)
        p[details::offset(f, i, ldm, layout == mem_row_major)] = f.x[i];
}

template <class Use, int m, int n, int k, class T, class Layout, class Value>
CUSIM_INLINE void fill_fragment(fragment<Use, m, n, k, T, Layout> &f, const Value &value)
{
    for (int i = 0; i < f.num_elements; i++)
        f.x[i] = value;
}

/* ---- d = a b + c ---- */

namespace details {

/* What one lane puts down for a product. */
template <int m, int n, int k, class Wide>
struct factors {
    Wide a[m * k / 32], b[n * k / 32];
};

CUSIM_INLINE float multiply_add(float a, float b, float c) { return a * b + c; }
CUSIM_INLINE double multiply_add(double a, double b, double c) { return std::fma(a, b, c); }
CUSIM_INLINE int multiply_add(int a, int b, int c)
{
    return (int)((unsigned)a * (unsigned)b + (unsigned)c);
}

/* c plus row times column; lanes that came not count as NaN. */
template <int m, int n, int k, class LayoutA, class LayoutB, class Wide, class Sum>
CUSIM_UNSEEN Sum row_times_column(cusim_exchanged all, int row, int col, Sum c)
{
    typedef factors<m, n, k, Wide> lane_factors;
    for (int i = 0; i < k; i++) {
        const int a = numbered<m, k, LayoutA>::number(row, i);
        const int b = numbered<k, n, LayoutB>::number(i, col);
        const lane_factors *of_a =
            (const lane_factors *)(all.slots + a % 32 * CUSIM_EXCHANGE_BYTES);
        const lane_factors *of_b =
            (const lane_factors *)(all.slots + b % 32 * CUSIM_EXCHANGE_BYTES);
        c = multiply_add(of_a->a[a / 32], of_b->b[b / 32], c);
    }
    return c;
}

}  // namespace details

template <int m, int n, int k, class T, class LayoutA, class LayoutB, class D, class C>
CUSIM_INLINE void mma_sync(fragment<accumulator, m, n, k, D> &d,
                           const fragment<matrix_a, m, n, k, T, LayoutA> &a,
                           const fragment<matrix_b, m, n, k, T, LayoutB> &b,
                           const fragment<accumulator, m, n, k, C> &c, bool = false)
{
    typedef details::element<T> element;
    typedef typename element::wide wide;
    details::factors<m, n, k, wide> mine;
    for (int i = 0; i < a.num_elements; i++)
        mine.a[i] = element::widen(a.x[i]);
    for (int i = 0; i < b.num_elements; i++)
        mine.b[i] = element::widen(b.x[i]);
    const cusim_exchanged all = cusim_exchange(0xffffffffu, &mine, sizeof mine, "mma_sync");
    if (all.lanes != 0xffffffffu)
        cusim_inactive_lane(__builtin_ctz(~all.lanes), "mma_sync");
    typedef details::place<accumulator, m, n, k, void> at;
    for (int i = 0; i < d.num_elements; i++)
        d.x[i] = details::row_times_column<m, n, k, LayoutA, LayoutB, wide>(
            all, at::row(i), at::col(i), (wide)c.x[i]);
    cusim_flop(2 * m * n * k / 32);
}

}  // namespace wmma
}  // namespace nvcuda

#endif
