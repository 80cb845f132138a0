/* honest: lesson=cuda-conv, exercise=naive, file=conv2d_naive_student.cu, style=struct helpers */
#include <cuda_runtime.h>

extern "C" {
#include "kernels/conv2d/conv2d.h"
}

#define THREADS_X 32
#define THREADS_Y 4
#define DIV_UP(a, b) (((a) + (b) - 1) / (b))

struct View {
    const float *data;
    int rows, columns;
    __device__ float at(int row, int column) const
    {
        if (row < 0 || row >= rows || column < 0 || column >= columns)
            return 0.0f;
        return data[row * columns + column];
    }
};

static __device__ float correlate(const View &image, const View &window, int top, int left)
{
    float sum = 0.0f;
    for (int i = 0; i < window.rows; ++i)
        for (int j = 0; j < window.columns; ++j)
            sum = fmaf(image.at(top + i, left + j), window.at(i, j), sum);
    return sum;
}

static __global__ void convolve(conv2d_shape s, const float *x, const float *w, const float *b,
                                float *y)
{
    const int ow = blockIdx.x * THREADS_X + threadIdx.x;
    const int oh = blockIdx.y * THREADS_Y + threadIdx.y;
    const int map = blockIdx.z, oc = map % s.oc, n = map / s.oc;

    if (ow >= s.ow || oh >= s.oh)
        return;
    float sum = b != nullptr ? b[oc] : 0.0f;
    for (int c = 0; c < s.c; ++c) {
        const View image = { x + (n * s.c + c) * s.h * s.w, s.h, s.w };
        const View window = { w + (oc * s.c + c) * s.kernel_h * s.kernel_w, s.kernel_h,
                              s.kernel_w };
        sum += correlate(image, window, oh - s.pad_top, ow - s.pad_left);
    }
    y[(map * s.oh + oh) * s.ow + ow] = sum;
}

extern "C" void conv2d_forward_naive(const conv2d_shape *s, const float *x, const float *w,
                                     const float *b, float *y, void *workspace)
{
    const dim3 grid(DIV_UP(s->ow, THREADS_X), DIV_UP(s->oh, THREADS_Y), s->n * s->oc);

    if (s->n == 0)
        return;
    convolve<<<grid, dim3(THREADS_X, THREADS_Y)>>>(*s, x, w, b, y);
}
