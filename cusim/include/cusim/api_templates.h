/* api_templates.h: the forms of the runtime API that only C++ has: typed pointers, symbols and
 * kernels by name. Each becomes part of its caller, so that messages name the caller's line. */
#ifndef CUSIM_API_TEMPLATES_H
#define CUSIM_API_TEMPLATES_H

#include "../host_defines.h"
#include "api.h"
#include "abi.h"

#define CUSIM_TYPED(...) template <class T> CUSIM_INLINE __VA_ARGS__

/* ---- Memory ---- */

CUSIM_TYPED(cudaError_t cudaMalloc(T **p, size_t bytes))
{
    return cudaMalloc(reinterpret_cast<void **>(p), bytes);
}
CUSIM_TYPED(cudaError_t cudaMallocPitch(T **p, size_t *pitch, size_t width, size_t height))
{
    return cudaMallocPitch(reinterpret_cast<void **>(p), pitch, width, height);
}
CUSIM_TYPED(cudaError_t cudaMallocManaged(T **p, size_t bytes,
                                          unsigned flags = cudaMemAttachGlobal))
{
    return cudaMallocManaged(reinterpret_cast<void **>(p), bytes, flags);
}
CUSIM_TYPED(cudaError_t cudaHostAlloc(T **p, size_t bytes, unsigned flags))
{
    return cudaHostAlloc(reinterpret_cast<void **>(p), bytes, flags);
}
CUSIM_TYPED(cudaError_t cudaMallocHost(T **p, size_t bytes, unsigned flags = cudaHostAllocDefault))
{
    return cudaHostAlloc(reinterpret_cast<void **>(p), bytes, flags);
}
CUSIM_TYPED(cudaError_t cudaMallocAsync(T **p, size_t bytes, cudaStream_t stream))
{
    return cudaMallocAsync(reinterpret_cast<void **>(p), bytes, stream);
}
CUSIM_TYPED(cudaError_t cudaHostGetDevicePointer(T **device, void *host, unsigned flags))
{
    return cudaHostGetDevicePointer(reinterpret_cast<void **>(device), host, flags);
}
CUSIM_TYPED(cudaError_t cudaStreamAttachMemAsync(cudaStream_t stream, T *p, size_t bytes = 0,
                                                 unsigned flags = cudaMemAttachSingle))
{
    return cudaStreamAttachMemAsync(stream, static_cast<void *>(p), bytes, flags);
}

/* CUDA 13 names a place where CUDA 12 has a device number. */
CUSIM_INLINE cudaError_t cudaMemAdvise(const void *p, size_t bytes, cudaMemoryAdvise advice,
                                       cudaMemLocation place)
{
    return cudaMemAdvise(p, bytes, advice,
                         place.type == cudaMemLocationTypeHost ? +cudaCpuDeviceId : place.id);
}
CUSIM_INLINE cudaError_t cudaMemPrefetchAsync(const void *p, size_t bytes, cudaMemLocation place,
                                              unsigned, cudaStream_t stream = 0)
{
    return cudaMemPrefetchAsync(
        p, bytes, place.type == cudaMemLocationTypeHost ? +cudaCpuDeviceId : place.id, stream);
}

/* ---- Symbols ---- */

namespace cusim {
template <class T> CUSIM_INLINE const void *symbol_address(const T &symbol)
{
    return const_cast<const void *>(static_cast<const volatile void *>(
        &reinterpret_cast<const volatile char &>(symbol)));
}
}

CUSIM_TYPED(cudaError_t cudaMemcpyToSymbol(const T &symbol, const void *from, size_t bytes,
                                           size_t offset = 0,
                                           cudaMemcpyKind kind = cudaMemcpyHostToDevice))
{
    return cudaMemcpyToSymbol(cusim::symbol_address(symbol), from, bytes, offset, kind);
}
CUSIM_TYPED(cudaError_t cudaMemcpyToSymbolAsync(const T &symbol, const void *from, size_t bytes,
                                                size_t offset = 0,
                                                cudaMemcpyKind kind = cudaMemcpyHostToDevice,
                                                cudaStream_t stream = 0))
{
    return cudaMemcpyToSymbolAsync(cusim::symbol_address(symbol), from, bytes, offset, kind,
                                   stream);
}
CUSIM_TYPED(cudaError_t cudaMemcpyFromSymbol(void *to, const T &symbol, size_t bytes,
                                             size_t offset = 0,
                                             cudaMemcpyKind kind = cudaMemcpyDeviceToHost))
{
    return cudaMemcpyFromSymbol(to, cusim::symbol_address(symbol), bytes, offset, kind);
}
CUSIM_TYPED(cudaError_t cudaMemcpyFromSymbolAsync(void *to, const T &symbol, size_t bytes,
                                                  size_t offset = 0,
                                                  cudaMemcpyKind kind = cudaMemcpyDeviceToHost,
                                                  cudaStream_t stream = 0))
{
    return cudaMemcpyFromSymbolAsync(to, cusim::symbol_address(symbol), bytes, offset, kind,
                                     stream);
}
CUSIM_TYPED(cudaError_t cudaGetSymbolAddress(void **p, const T &symbol))
{
    return cudaGetSymbolAddress(p, cusim::symbol_address(symbol));
}
template <class P, class T> CUSIM_INLINE cudaError_t cudaGetSymbolAddress(P **p, const T &symbol)
{
    return cudaGetSymbolAddress(reinterpret_cast<void **>(p), cusim::symbol_address(symbol));
}
CUSIM_TYPED(cudaError_t cudaGetSymbolSize(size_t *bytes, const T &symbol))
{
    return cudaGetSymbolSize(bytes, cusim::symbol_address(symbol));
}

/* ---- Kernels ---- */

CUSIM_TYPED(cudaError_t cudaLaunchKernel(T *function, dim3 grid, dim3 block, void **arguments,
                                         size_t shared_bytes = 0, cudaStream_t stream = 0))
{
    return cudaLaunchKernel(reinterpret_cast<const void *>(function), grid, block, arguments,
                            shared_bytes, stream);
}
CUSIM_TYPED(cudaError_t cudaLaunchCooperativeKernel(T *function, dim3 grid, dim3 block,
                                                    void **arguments, size_t shared_bytes = 0,
                                                    cudaStream_t stream = 0))
{
    return cudaLaunchCooperativeKernel(reinterpret_cast<const void *>(function), grid, block,
                                       arguments, shared_bytes, stream);
}

/* The arguments are converted to the types of the kernel's parameters first. */
template <class... P, class... A>
CUSIM_INLINE cudaError_t cudaLaunchKernelEx(const cudaLaunchConfig_t *config, void (*kernel)(P...),
                                            A &&...arguments)
{
    return [&](P... converted) {
        void *pointers[] = { const_cast<void *>(cusim::symbol_address(converted))..., nullptr };
        return cudaLaunchKernelExC(config, reinterpret_cast<const void *>(kernel), pointers);
    }(static_cast<A &&>(arguments)...);
}

CUSIM_TYPED(cudaError_t cudaFuncGetAttributes(cudaFuncAttributes *attributes, T *function))
{
    return cudaFuncGetAttributes(attributes, reinterpret_cast<const void *>(function));
}
CUSIM_TYPED(cudaError_t cudaFuncSetAttribute(T *function, cudaFuncAttribute attribute, int value))
{
    return cudaFuncSetAttribute(reinterpret_cast<const void *>(function), attribute, value);
}
CUSIM_TYPED(cudaError_t cudaFuncSetCacheConfig(T *function, cudaFuncCache config))
{
    return cudaFuncSetCacheConfig(reinterpret_cast<const void *>(function), config);
}
CUSIM_TYPED(cudaError_t cudaFuncSetSharedMemConfig(T *function, cudaSharedMemConfig config))
{
    return cudaFuncSetSharedMemConfig(reinterpret_cast<const void *>(function), config);
}

/* ---- Occupancy ---- */

CUSIM_TYPED(cudaError_t cudaOccupancyMaxActiveBlocksPerMultiprocessor(
    int *blocks, T *function, int block_size, size_t shared_bytes))
{
    return cudaOccupancyMaxActiveBlocksPerMultiprocessor(
        blocks, reinterpret_cast<const void *>(function), block_size, shared_bytes);
}
CUSIM_TYPED(cudaError_t cudaOccupancyMaxActiveBlocksPerMultiprocessorWithFlags(
    int *blocks, T *function, int block_size, size_t shared_bytes, unsigned flags))
{
    return cudaOccupancyMaxActiveBlocksPerMultiprocessorWithFlags(
        blocks, reinterpret_cast<const void *>(function), block_size, shared_bytes, flags);
}
CUSIM_TYPED(cudaError_t cudaOccupancyAvailableDynamicSMemPerBlock(size_t *bytes, T *function,
                                                                  int blocks, int block_size))
{
    return cudaOccupancyAvailableDynamicSMemPerBlock(
        bytes, reinterpret_cast<const void *>(function), blocks, block_size);
}

/* Tries all multiples of the warp; of equals, the larger block. */
template <class T, class Bytes>
CUSIM_INLINE cudaError_t cudaOccupancyMaxPotentialBlockSizeVariableSMem(
    int *grid_size, int *block_size, T *function, Bytes bytes_of_block, int limit = 0)
{
    cudaFuncAttributes attributes;
    int multiprocessors = 0, best = 0;
    cudaError_t error = cudaFuncGetAttributes(&attributes, function);

    if (error == cudaSuccess)
        error = cudaDeviceGetAttribute(&multiprocessors, cudaDevAttrMultiProcessorCount, 0);
    if (error != cudaSuccess)
        return error;
    *grid_size = *block_size = 0;
    if (limit <= 0 || limit > attributes.maxThreadsPerBlock)
        limit = attributes.maxThreadsPerBlock;
    for (int size = (limit + CUSIM_WARP - 1) / CUSIM_WARP * CUSIM_WARP; size > 0;
         size -= CUSIM_WARP) {
        const int threads = size < limit ? size : limit;
        int blocks = 0;
        error = cudaOccupancyMaxActiveBlocksPerMultiprocessor(&blocks, function, threads,
                                                              bytes_of_block(threads));
        if (error != cudaSuccess)
            return error;
        if (blocks * threads > best) {
            best = blocks * threads;
            *grid_size = blocks * multiprocessors;
            *block_size = threads;
        }
    }
    return cudaSuccess;
}
CUSIM_TYPED(cudaError_t cudaOccupancyMaxPotentialBlockSize(int *grid_size, int *block_size,
                                                           T *function, size_t shared_bytes = 0,
                                                           int limit = 0))
{
    return cudaOccupancyMaxPotentialBlockSizeVariableSMem(
        grid_size, block_size, function, [=](int) { return shared_bytes; }, limit);
}
CUSIM_TYPED(cudaError_t cudaOccupancyMaxPotentialBlockSizeWithFlags(
    int *grid_size, int *block_size, T *function, size_t shared_bytes = 0, int limit = 0,
    unsigned = 0))
{
    return cudaOccupancyMaxPotentialBlockSize(grid_size, block_size, function, shared_bytes, limit);
}

/* ---- Events and graphs: older signatures ---- */

CUSIM_INLINE cudaError_t cudaEventCreate(cudaEvent_t *event, unsigned flags)
{
    return cudaEventCreateWithFlags(event, flags);
}
CUSIM_INLINE cudaError_t cudaGraphInstantiate(cudaGraphExec_t *exec, cudaGraph_t graph,
                                              cudaGraphNode_t *error_node, char *, size_t)
{
    if (error_node)
        *error_node = nullptr;
    return cudaGraphInstantiate(exec, graph, 0);
}
CUSIM_INLINE cudaError_t cudaGraphExecUpdate(cudaGraphExec_t exec, cudaGraph_t graph,
                                             cudaGraphNode_t *error_node,
                                             cudaGraphExecUpdateResult *result)
{
    cudaGraphExecUpdateResultInfo info;
    const cudaError_t error = cudaGraphExecUpdate(exec, graph, &info);

    if (error_node)
        *error_node = info.errorNode;
    if (result)
        *result = info.result;
    return error;
}

#undef CUSIM_TYPED

/* ---- Small structures ---- */

CUSIM_INLINE cudaExtent make_cudaExtent(size_t width, size_t height, size_t depth)
{
    return { width, height, depth };
}
CUSIM_INLINE cudaPos make_cudaPos(size_t x, size_t y, size_t z)
{
    return { x, y, z };
}
CUSIM_INLINE cudaPitchedPtr make_cudaPitchedPtr(void *p, size_t pitch, size_t width, size_t height)
{
    return { p, pitch, width, height };
}

#endif
