/* host_defines.h: the qualifiers of CUDA.
 *
 * In a .cu file __global__, __shared__ and the like are read by the translator, so they must not be
 * macros there. In a file for the host compiler they mean nothing. */
#ifndef CUSIM_HOST_DEFINES_H
#define CUSIM_HOST_DEFINES_H

#ifndef __CUDACC__
#define __host__
#define __device__
#define __global__
#define __shared__
#define __constant__
#define __managed__
#define __grid_constant__
#define __launch_bounds__(...)
#define __forceinline__ __inline__ __attribute__((always_inline))
#endif

#define __align__(bytes) __attribute__((aligned(bytes)))
#define __builtin_align__(bytes) __attribute__((aligned(bytes)))

#define CUDARTAPI
#define CUDART_CB
#define CUDAAPI
#define CUDA_CB

/* For functions of these headers. CUSIM_INLINE ones become part of the kernel, so that findings
 * name the kernel's line; the accesses of CUSIM_UNSEEN ones to memory are neither checked nor
 * counted. (A clone of such a function may get a value in place of a pointer, read by the kernel:
 * noclone.) */
#define CUSIM_INLINE static inline __attribute__((always_inline))
#if defined(__clang__)
#define CUSIM_UNSEEN __attribute__((no_sanitize("thread", "coverage")))
#else
#define CUSIM_UNSEEN __attribute__((no_sanitize_thread, no_sanitize_coverage, noclone))
#endif

#endif
