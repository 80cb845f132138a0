/* cuda_pipeline.h: a thread's own asynchronous copies to shared memory. */
#ifndef CUSIM_CUDA_PIPELINE_H
#define CUSIM_CUDA_PIPELINE_H

#include "cuda_runtime.h"
#include "cusim/copy_async.h"

/* The last zeros of the bytes are not read but set to 0. */
CUSIM_INLINE void __pipeline_memcpy_async(void *to, const void *from, size_t bytes,
                                          size_t zeros = 0)
{
    cusim_copy_async(to, from, bytes, bytes - zeros);
}
CUSIM_INLINE void __pipeline_commit(void) { cusim_copy_async_commit(); }
CUSIM_INLINE void __pipeline_wait_prior(size_t groups_left)
{
    cusim_copy_async_wait((int)groups_left);
}

#endif
