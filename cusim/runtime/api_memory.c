/* api_memory.c: the CUDA runtime API: memory.
 *
 * Every kind of memory comes from memory.c. Prefetches and advice only check their pointers, since
 * there is one memory. */
#include "cusim/runtime/machine.h"

enum { PITCH = 512 };

/* cudaMalloc and the like may not be called while a stream is being captured. Part of each of them,
 * for CUSIM_TAKES. */
__attribute__((always_inline))
static inline cudaError_t new_memory(void **p, size_t bytes, int kind, const void *caller)
{
    const cudaError_t error = CUSIM_TAKES(p) ? cusim_capture_forbids() : cudaErrorInvalidValue;

    return cusim_done(error != cudaSuccess ? error : cusim_allocate(p, bytes, kind, caller));
}

cudaError_t cudaMalloc(void **p, size_t bytes)
{
    return new_memory(p, bytes, CUSIM_MEMORY_DEVICE, CUSIM_CALLER);
}

cudaError_t cudaMallocManaged(void **p, size_t bytes, unsigned flags)
{
    if (bytes == 0 || (flags != cudaMemAttachGlobal && flags != cudaMemAttachHost))
        return cusim_done(cudaErrorInvalidValue);
    return new_memory(p, bytes, CUSIM_MEMORY_MANAGED, CUSIM_CALLER);
}

cudaError_t cudaMallocHost(void **p, size_t bytes)
{
    return new_memory(p, bytes, CUSIM_MEMORY_PINNED, CUSIM_CALLER);
}

cudaError_t cudaHostAlloc(void **p, size_t bytes, unsigned flags)
{
    const unsigned known =
        cudaHostAllocPortable | cudaHostAllocMapped | cudaHostAllocWriteCombined;

    if (flags & ~known)
        return cusim_done(cudaErrorInvalidValue);
    return new_memory(p, bytes, CUSIM_MEMORY_PINNED, CUSIM_CALLER);
}

cudaError_t cudaMallocAsync(void **p, size_t bytes, cudaStream_t stream)
{
    const cudaError_t error = cusim_stream_valid(stream);

    if (error != cudaSuccess)
        return cusim_done(error);
    return new_memory(p, bytes, CUSIM_MEMORY_DEVICE, CUSIM_CALLER);
}

cudaError_t cudaMallocPitch(void **p, size_t *pitch, size_t width, size_t height)
{
    if (!CUSIM_TAKES(pitch) || width > SIZE_MAX - PITCH)
        return cusim_done(cudaErrorInvalidValue);
    *pitch = (width + PITCH - 1) / PITCH * PITCH;
    if (height > 0 && *pitch > SIZE_MAX / height)
        return cusim_done(cudaErrorMemoryAllocation);
    return new_memory(p, *pitch * height, CUSIM_MEMORY_DEVICE, CUSIM_CALLER);
}

cudaError_t cudaMalloc3D(cudaPitchedPtr *p, cudaExtent extent)
{
    size_t rows;

    if (!CUSIM_TAKES(p) || extent.width > SIZE_MAX - PITCH)
        return cusim_done(cudaErrorInvalidValue);
    p->pitch = (extent.width + PITCH - 1) / PITCH * PITCH;
    p->xsize = extent.width;
    p->ysize = extent.height;
    size_t bytes;
    if (__builtin_mul_overflow(extent.height, extent.depth, &rows) ||
        __builtin_mul_overflow(rows, p->pitch, &bytes))
        return cusim_done(cudaErrorMemoryAllocation);
    return new_memory(&p->ptr, bytes, CUSIM_MEMORY_DEVICE, CUSIM_CALLER);
}

static cudaError_t free_memory(void *p, const void *caller)
{
    const cudaError_t error = p ? cusim_capture_forbids() : cudaSuccess;

    if (cusim_now.running)              /* the destructor of a thread's argument: see launch.h */
        return cudaSuccess;
    return cusim_done(error != cudaSuccess ? error : cusim_release(p, caller));
}

cudaError_t cudaFree(void *p)
{
    return free_memory(p, CUSIM_CALLER);
}

cudaError_t cudaFreeHost(void *p)
{
    return free_memory(p, CUSIM_CALLER);
}

cudaError_t cudaFreeAsync(void *p, cudaStream_t stream)
{
    const cudaError_t error = cusim_stream_valid(stream);

    return error != cudaSuccess ? cusim_done(error) : free_memory(p, CUSIM_CALLER);
}

cudaError_t cudaHostRegister(void *p, size_t bytes, unsigned flags)
{
    (void)flags;
    return cusim_done(cusim_register_host(p, bytes));
}

cudaError_t cudaHostUnregister(void *p)
{
    return cusim_done(cusim_unregister_host(p));
}

cudaError_t cudaHostGetDevicePointer(void **device, void *host, unsigned flags)
{
    if (!CUSIM_TAKES(device) || flags != 0 || cusim_place_of(host, 1) != CUSIM_PLACE_BOTH)
        return cusim_done(cudaErrorInvalidValue);
    *device = host;
    return cusim_done(cudaSuccess);
}

cudaError_t cudaHostGetFlags(unsigned *flags, void *host)
{
    if (!CUSIM_TAKES(flags) || cusim_place_of(host, 1) != CUSIM_PLACE_BOTH)
        return cusim_done(cudaErrorInvalidValue);
    *flags = cudaHostAllocMapped;
    return cusim_done(cudaSuccess);
}

cudaError_t cudaMemGetInfo(size_t *free_bytes, size_t *total_bytes)
{
    if (!CUSIM_TAKES(free_bytes) || !CUSIM_TAKES(total_bytes))
        return cusim_done(cudaErrorInvalidValue);
    cusim_memory_room(free_bytes, total_bytes);
    return cusim_done(cudaSuccess);
}

cudaError_t cudaPointerGetAttributes(cudaPointerAttributes *attributes, const void *p)
{
    const cusim_allocation *const a = cusim_allocation_at(p);
    const cusim_variable *const v = cusim_variable_at(p);
    void *const same = (void *)(uintptr_t)p;
    cudaPointerAttributes found = { .type = cudaMemoryTypeUnregistered, .device = -2,
                                    .hostPointer = same };

    if (!CUSIM_TAKES(attributes))
        return cusim_done(cudaErrorInvalidValue);
    if ((a && !a->freed) || v) {
        const bool managed = a ? a->kind == CUSIM_MEMORY_MANAGED : v->kind == CUSIM_MANAGED;
        const bool pinned = a && a->kind == CUSIM_MEMORY_PINNED;
        found.type = managed ? cudaMemoryTypeManaged
                     : pinned ? cudaMemoryTypeHost : cudaMemoryTypeDevice;
        found.device = 0;
        found.devicePointer = same;
        found.hostPointer = managed || pinned ? same : NULL;
    } else if (cusim_host_registered(p)) {
        found.type = cudaMemoryTypeHost;
        found.device = 0;
        found.devicePointer = same;
    }
    *attributes = found;
    return cusim_done(cudaSuccess);
}

/* Managed memory, or memory of the host that the device sees. */
static cudaError_t shared_by_both(const void *p, size_t bytes)
{
    return cusim_place_of(p, bytes) == CUSIM_PLACE_BOTH ? cudaSuccess : cudaErrorInvalidValue;
}

static bool known_place(int device)
{
    return device == 0 || device == cudaCpuDeviceId;
}

cudaError_t cudaMemAdvise(const void *p, size_t bytes, cudaMemoryAdvise advice, int device)
{
    if (advice < cudaMemAdviseSetReadMostly || advice > cudaMemAdviseUnsetAccessedBy)
        return cusim_done(cudaErrorInvalidValue);
    if (advice >= cudaMemAdviseSetPreferredLocation && !known_place(device))
        return cusim_done(cudaErrorInvalidDevice);
    return cusim_done(shared_by_both(p, bytes));
}

cudaError_t cudaMemPrefetchAsync(const void *p, size_t bytes, int device, cudaStream_t stream)
{
    const cudaError_t error = cusim_stream_valid(stream);

    if (error != cudaSuccess)
        return cusim_done(error);
    return cusim_done(known_place(device) ? shared_by_both(p, bytes) : cudaErrorInvalidDevice);
}

cudaError_t cudaStreamAttachMemAsync(cudaStream_t stream, void *p, size_t bytes, unsigned flags)
{
    const cudaError_t error = cusim_stream_valid(stream);

    (void)flags;
    return cusim_done(error != cudaSuccess ? error : shared_by_both(p, bytes));
}

/* ---- The pool of cudaMallocAsync ---- */

static struct CUmemPoolHandle_st {
    uint64_t release_threshold;
    int reuse[cudaMemPoolAttrReleaseThreshold];
} pool;

cudaError_t cudaDeviceGetDefaultMemPool(cudaMemPool_t *found, int device)
{
    if (device != 0 || !CUSIM_TAKES(found))
        return cusim_done(device != 0 ? cudaErrorInvalidDevice : cudaErrorInvalidValue);
    *found = &pool;
    return cusim_done(cudaSuccess);
}

cudaError_t cudaDeviceGetMemPool(cudaMemPool_t *found, int device)
{
    return cudaDeviceGetDefaultMemPool(found, device);
}

cudaError_t cudaMemPoolSetAttribute(cudaMemPool_t of, cudaMemPoolAttr attribute, void *value)
{
    if (of != &pool || !value)
        return cusim_done(cudaErrorInvalidValue);
    if (attribute == cudaMemPoolAttrReleaseThreshold)
        pool.release_threshold = *(const uint64_t *)value;
    else if (attribute < cudaMemPoolAttrReleaseThreshold)
        pool.reuse[attribute] = *(const int *)value;
    return cusim_done(cudaSuccess);
}

cudaError_t cudaMemPoolGetAttribute(cudaMemPool_t of, cudaMemPoolAttr attribute, void *value)
{
    const bool is_int = attribute < cudaMemPoolAttrReleaseThreshold;

    if (of != &pool || !CUSIM_TAKES_BYTES(value, is_int ? sizeof(int) : sizeof(uint64_t)))
        return cusim_done(cudaErrorInvalidValue);
    if (is_int) {
        *(int *)value = pool.reuse[attribute];
    } else {
        size_t room, total;
        cusim_memory_room(&room, &total);
        *(uint64_t *)value = attribute == cudaMemPoolAttrReleaseThreshold ? pool.release_threshold
                                                                          : total - room;
    }
    return cusim_done(cudaSuccess);
}

cudaError_t cudaMemPoolTrimTo(cudaMemPool_t of, size_t bytes)
{
    (void)bytes;
    return cusim_done(of == &pool ? cudaSuccess : cudaErrorInvalidValue);
}
