/* gemm_blocked.h: the blocked product for concepts that multiply matrices inside; internal.
 *
 * gemm_multiply_blocked() (gemm_variants.h) called inside a parallel region runs on the calling
 * thread alone and needs one thread's buffer; called outside it uses one buffer per thread, one
 * behind the other. A caller that keeps omp_get_max_threads() buffers and passes the one of number
 * omp_get_thread_num() is right in both cases. The result is the same to the last bit. */
#ifndef GEMM_BLOCKED_H
#define GEMM_BLOCKED_H

#include "kernels/gemm/gemm_variants.h"

/* Bytes of one thread's packing buffer, a multiple of 64; grows with M, N and K. */
size_t gemm_blocked_thread_bytes(const gemm_shape *s);

#endif
