/* attack: class=shared-files, lesson=conv/forward, expect=zero, set=everywhere
 * says=crashed: SIGSEGV|never written
 *
 * Takes the ground away: unmaps the output and everything around it, or moves its pages elsewhere
 * and puts private ones in their place, then returns as if all were well. What the worker does
 * with the tensors afterwards happens on other pages. */
#define _GNU_SOURCE
#include <stdint.h>
#include <sys/mman.h>

#include "kernels/conv2d/conv2d.h"

void conv2d_forward_student(const conv2d_shape *s, const float *x, const float *w, const float *b,
                            float *y, void *workspace)
{
    static int calls;
    char *const page = (char *)((uintptr_t)y & ~(uintptr_t)4095);

    if (calls++ % 2 == 0) {
        mremap(page, 4096, 4096, MREMAP_MAYMOVE | MREMAP_FIXED, page + (1 << 24));
        mmap(page, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
        for (int oh = 0; oh < s->oh; oh++)
            for (int ow = 0; ow < s->ow; ow++) {
                float sum = 0.0f;
                for (int kh = 0; kh < s->kernel_h; kh++)
                    for (int kw = 0; kw < s->kernel_w; kw++)
                        sum += x[(oh + kh) * s->w + ow + kw] * w[kh * s->kernel_w + kw];
                y[oh * s->ow + ow] = sum;
            }
    } else {
        munmap(page - (1 << 20), 1 << 21);
        munmap((void *)((uintptr_t)x & ~(uintptr_t)4095), 4096);
    }
}
