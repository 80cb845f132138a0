/* language.h: who a thread is, barriers, fences, and the few functions of the language that are
 * neither mathematics nor memory.
 *
 * The built-in variables are objects of the runtime, set at every switch from one thread to the
 * next. To compiled code they are constants: it may keep them in registers, and checked mode does
 * not look at them. blockDim and gridDim are dim3 in CUDA; here they are what turns into a dim3 by
 * itself, since a class with constructors is no constant to the compiler. */
#ifndef CUSIM_LANGUAGE_H
#define CUSIM_LANGUAGE_H

#include "../vector_types.h"
#include "abi.h"

#ifndef __CUDA_ARCH__
#define __CUDA_ARCH__ 800
#endif

extern const uint3 threadIdx __asm__("cusim_thread_idx");
extern const uint3 blockIdx __asm__("cusim_block_idx");
extern const uint3 blockDim __asm__("cusim_block_dim");
extern const uint3 gridDim __asm__("cusim_grid_dim");
static const int warpSize = CUSIM_WARP;

/* Each barrier is a call in the kernel itself: the runtime knows barriers apart by the address that
 * they return to. */
CUSIM_INLINE void __syncthreads(void) { cusim_syncthreads(0, CUSIM_SYNC); }
CUSIM_INLINE int __syncthreads_count(int p) { return cusim_syncthreads(p, CUSIM_SYNC_COUNT); }
CUSIM_INLINE int __syncthreads_and(int p) { return cusim_syncthreads(p, CUSIM_SYNC_AND); }
CUSIM_INLINE int __syncthreads_or(int p) { return cusim_syncthreads(p, CUSIM_SYNC_OR); }
CUSIM_INLINE void __syncwarp(unsigned mask = 0xffffffffu) { cusim_syncwarp(mask); }

CUSIM_INLINE void __threadfence_block(void) { cusim_fence(0); }
CUSIM_INLINE void __threadfence(void) { cusim_fence(1); }
CUSIM_INLINE void __threadfence_system(void) { cusim_fence(2); }

CUSIM_INLINE void __nanosleep(unsigned) { cusim_yield(); }
CUSIM_INLINE long long clock64(void) { return cusim_clock(); }
CUSIM_INLINE void __trap(void) { cusim_trap(); }
CUSIM_INLINE void __brkpt(void) { cusim_trap(); }
#define __prof_trigger(counter) ((void)(counter))

#define __builtin_assume(condition) ((condition) ? (void)0 : __builtin_unreachable())
#define __nv_pure__ __attribute__((pure))

namespace cusim {

/* The thread's number in its block, x fastest; the lane is its rest by 32. */
CUSIM_INLINE unsigned thread_rank(void)
{
    return threadIdx.x + blockDim.x * (threadIdx.y + blockDim.y * threadIdx.z);
}
CUSIM_INLINE unsigned lane(void) { return thread_rank() % CUSIM_WARP; }

/* Copies an object for these headers: no call of memcpy, which checked mode would look into. */
template <class T>
CUSIM_UNSEEN void copy_object(void *to, const void *from)
{
    typedef unsigned __attribute__((may_alias, aligned(1))) word;
    for (size_t i = 0; i < sizeof(T) / sizeof(word); i++)
        ((word *)to)[i] = ((const word *)from)[i];
    for (size_t i = sizeof(T) / sizeof(word) * sizeof(word); i < sizeof(T); i++)
        ((char *)to)[i] = ((const char *)from)[i];
}

}  // namespace cusim

#endif
