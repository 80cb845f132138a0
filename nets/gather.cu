/* gather.cu: one thread fetches one pixel of the batch. */
#include <cuda_runtime.h>

extern "C" {
#include "nets/gather.h"
}
#include "kernels/core/cuda_launch.cuh"

enum { THREADS = 256 };

/* Threads of a block lie along one image; blockIdx.y is the image. */
__global__ void gather_images_kernel(gather_shape s, const uint8_t *pixels, const uint8_t *labels,
                                     const int32_t *images, float *x, int32_t *labels_out)
{
    const int n = blockIdx.y, size = s.c * s.to_h * s.to_w;
    const int i = blockIdx.x * THREADS + threadIdx.x;
    if (i >= size)
        return;

    const int32_t image = images[n];
    const int h = i / s.to_w % s.to_h - (s.to_h - s.h) / 2, c = i / s.to_w / s.to_h;
    const int w = i % s.to_w - (s.to_w - s.w) / 2;
    const bool inside = h >= 0 && h < s.h && w >= 0 && w < s.w;

    x[(ptrdiff_t)n * size + i] =
        inside ? (float)pixels[(((ptrdiff_t)image * s.c + c) * s.h + h) * s.w + w] / 255.0f : 0.0f;
    if (i == 0)
        labels_out[n] = labels[image];
}

extern "C" void gather_images(const gather_shape *s, const uint8_t *pixels, const uint8_t *labels,
                              const int32_t *images, float *x, int32_t *labels_out)
{
    const int size = s->c * s->to_h * s->to_w;

    if (s->n == 0 || size == 0)
        return;
    const dim3 blocks((unsigned)(size + THREADS - 1) / THREADS, (unsigned)s->n);
    gather_images_kernel<<<blocks, THREADS>>>(*s, pixels, labels, images, x, labels_out);
    cuda_launched("gather_images_kernel");
}

__global__ void gather_cost_kernel(const float *loss, float steps, float *cost)
{
    *cost += *loss / steps;
}

extern "C" void gather_cost(const float *loss, int steps, float *cost)
{
    gather_cost_kernel<<<1, 1>>>(loss, (float)steps, cost);
    cuda_launched("gather_cost_kernel");
}
