/* honest: lesson=cuda-conv, exercise=tiled, file=conv2d_tiled_student.cu, style=flat loads */
#include <cuda_runtime.h>

extern "C" {
#include "kernels/conv2d/conv2d.h"
}

enum { W = 32, H = 8, K = 5, ROW = W + K - 1, ROWS = H + K - 1, THREADS = W * H };

struct where {
    int n, oc, oh, ow;
};

static __device__ void load_patch(const conv2d_shape &s, const float *plane, int top, int left,
                                  float *patch)
{
    const int width = W + s.kernel_w - 1, size = width * (H + s.kernel_h - 1);

    for (int i = threadIdx.x; i < size; i += THREADS) {
        const int row = i / width, column = i % width;
        const int ih = top + row, iw = left + column;
        float value = 0.0f;
        if (ih >= 0 && ih < s.h && iw >= 0 && iw < s.w)
            value = plane[ih * s.w + iw];
        patch[row * ROW + column] = value;
    }
}

static __global__ void conv(conv2d_shape s, const float *x, const float *w, const float *b,
                            float *y)
{
    __shared__ float patch[ROWS * ROW];
    const int tx = threadIdx.x % W, ty = threadIdx.x / W;
    where me;
    me.ow = blockIdx.x * W + tx;
    me.oh = blockIdx.y * H + ty;
    me.oc = blockIdx.z % s.oc;
    me.n = blockIdx.z / s.oc;
    float sum = 0.0f;

    for (int c = 0; c < s.c; c++) {
        load_patch(s, x + (me.n * s.c + c) * s.h * s.w, (int)blockIdx.y * H - s.pad_top,
                   (int)blockIdx.x * W - s.pad_left, patch);
        __syncthreads();
        const float *tap = w + (me.oc * s.c + c) * s.kernel_h * s.kernel_w;
        for (int kh = 0; kh < s.kernel_h; kh++)
            for (int kw = 0; kw < s.kernel_w; kw++)
                sum += *tap++ * patch[(ty + kh) * ROW + tx + kw];
        __syncthreads();
    }
    if (b)
        sum += b[me.oc];
    if (me.ow < s.ow && me.oh < s.oh)
        y[((me.n * s.oc + me.oc) * s.oh + me.oh) * s.ow + me.ow] = sum;
}

extern "C" void conv2d_forward_tiled(const conv2d_shape *s, const float *x, const float *w,
                                     const float *b, float *y, void *workspace)
{
    if (s->n > 0)
        conv<<<dim3((s->ow + W - 1) / W, (s->oh + H - 1) / H, s->n * s->oc), THREADS>>>(*s, x, w, b,
                                                                                        y);
}
