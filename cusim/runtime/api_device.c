/* api_device.c: the CUDA runtime API: the device, kernels as objects, occupancy.
 *
 * The device has the limits of compute capability 8.0 (an A100), with fewer multiprocessors. Clock
 * rates and the like are made up. */
#include <stdio.h>
#include <string.h>

#include "cusim/runtime/machine.h"
#include "cusim/runtime/occupancy.h"

enum {
    MEMORY_CLOCK_KHZ = 1215000, BUS_BITS = 1024, L2_BYTES = 4 << 20, CONSTANT_BYTES = 64 * 1024,
    SM_THREADS = CUSIM_SM_WARPS * CUSIM_WARP, RESERVED_SHARED = 1024, UNKNOWN_REGISTERS = 32,
    LIMITS = cudaLimitPersistingL2CacheSize + 1
};

static size_t limits[LIMITS] = { 1024, 1 << 20, 8 << 20, 2, 2048, 64, 0 };
static unsigned device_flags;
static cudaFuncCache cache_config;
static cudaSharedMemConfig bank_config = cudaSharedMemBankSizeFourByte;

/* ---- Which device ---- */

cudaError_t cudaGetDeviceCount(int *count)
{
    if (!CUSIM_TAKES(count))
        return cusim_done(cudaErrorInvalidValue);
    *count = 1;
    return cusim_done(cudaSuccess);
}

cudaError_t cudaGetDevice(int *device)
{
    if (!CUSIM_TAKES(device))
        return cusim_done(cudaErrorInvalidValue);
    *device = 0;
    return cusim_done(cudaSuccess);
}

cudaError_t cudaSetDevice(int device)
{
    return cusim_done(device == 0 ? cudaSuccess : cudaErrorInvalidDevice);
}

cudaError_t cudaInitDevice(int device, unsigned flags_of_device, unsigned flags)
{
    (void)flags_of_device;
    (void)flags;
    return cudaSetDevice(device);
}

cudaError_t cudaSetDeviceFlags(unsigned flags)
{
    device_flags = flags;
    return cusim_done(cudaSuccess);
}

cudaError_t cudaGetDeviceFlags(unsigned *flags)
{
    if (!CUSIM_TAKES(flags))
        return cusim_done(cudaErrorInvalidValue);
    *flags = device_flags;
    return cusim_done(cudaSuccess);
}

cudaError_t cudaSetValidDevices(int *devices, int count)
{
    for (int i = 0; i < count; i++)
        if (!devices || devices[i] != 0)
            return cusim_done(cudaErrorInvalidDevice);
    return cusim_done(cudaSuccess);
}

cudaError_t cudaChooseDevice(int *device, const cudaDeviceProp *properties)
{
    if (!CUSIM_TAKES(device) || !properties)
        return cusim_done(cudaErrorInvalidValue);
    *device = 0;
    return cusim_done(cudaSuccess);
}

cudaError_t cudaDeviceGetPCIBusId(char *text, int length, int device)
{
    if (length <= 0 || !CUSIM_TAKES_BYTES(text, (size_t)length) || device != 0)
        return cusim_done(device != 0 ? cudaErrorInvalidDevice : cudaErrorInvalidValue);
    snprintf(text, (size_t)length, "0000:00:00.0");
    return cusim_done(cudaSuccess);
}

cudaError_t cudaDeviceGetByPCIBusId(int *device, const char *text)
{
    if (!CUSIM_TAKES(device) || !text)
        return cusim_done(cudaErrorInvalidValue);
    if (strcmp(text, "0000:00:00.0") != 0)
        return cusim_done(cudaErrorInvalidDevice);
    *device = 0;
    return cusim_done(cudaSuccess);
}

/* ---- What it is like ---- */

static void describe(cudaDeviceProp *p)
{
    *p = (cudaDeviceProp){
        .name = "cusim", .totalGlobalMem = cusim_set.memory_bytes,
        .sharedMemPerBlock = CUSIM_DEFAULT_SHARED, .sharedMemPerBlockOptin = CUSIM_OPTIN_SHARED,
        .sharedMemPerMultiprocessor = CUSIM_SM_SHARED_BYTES,
        .reservedSharedMemPerBlock = RESERVED_SHARED, .regsPerBlock = CUSIM_SM_REGISTERS,
        .regsPerMultiprocessor = CUSIM_SM_REGISTERS, .warpSize = CUSIM_WARP,
        .memPitch = 0x7fffffff, .maxThreadsPerBlock = CUSIM_MAX_THREADS,
        .maxThreadsDim = { CUSIM_MAX_THREADS, CUSIM_MAX_THREADS, 64 },
        .maxGridSize = { 0x7fffffff, 65535, 65535 }, .clockRate = CUSIM_CLOCK_KHZ,
        .totalConstMem = CONSTANT_BYTES, .major = 8, .minor = 0, .textureAlignment = 512,
        .texturePitchAlignment = 32, .surfaceAlignment = 512, .deviceOverlap = 1,
        .multiProcessorCount = CUSIM_SM_COUNT, .integrated = 0, .canMapHostMemory = 1,
        .computeMode = cudaComputeModeDefault, .concurrentKernels = 1, .asyncEngineCount = 1,
        .unifiedAddressing = 1, .memoryClockRate = MEMORY_CLOCK_KHZ, .memoryBusWidth = BUS_BITS,
        .l2CacheSize = L2_BYTES, .maxThreadsPerMultiProcessor = SM_THREADS,
        .maxBlocksPerMultiProcessor = CUSIM_SM_BLOCKS, .streamPrioritiesSupported = 1,
        .globalL1CacheSupported = 1, .localL1CacheSupported = 1, .managedMemory = 1,
        .singleToDoublePrecisionPerfRatio = 2, .concurrentManagedAccess = 1,
        .computePreemptionSupported = 1, .canUseHostPointerForRegisteredMem = 1,
        .cooperativeLaunch = 1, .hostRegisterSupported = 1, .memoryPoolsSupported = 1
    };
}

cudaError_t cudaGetDeviceProperties(cudaDeviceProp *properties, int device)
{
    if (!CUSIM_TAKES(properties) || device != 0)
        return cusim_done(device != 0 ? cudaErrorInvalidDevice : cudaErrorInvalidValue);
    describe(properties);
    return cusim_done(cudaSuccess);
}

/* Attributes that are in cudaDeviceProp too. false: there is no such one. */
static bool attribute_of(const cudaDeviceProp *p, cudaDeviceAttr attribute, size_t *value)
{
    const struct { cudaDeviceAttr attribute; size_t value; } known[] = {
        { cudaDevAttrMaxThreadsPerBlock, (size_t)p->maxThreadsPerBlock },
        { cudaDevAttrMaxBlockDimX, (size_t)p->maxThreadsDim[0] },
        { cudaDevAttrMaxBlockDimY, (size_t)p->maxThreadsDim[1] },
        { cudaDevAttrMaxBlockDimZ, (size_t)p->maxThreadsDim[2] },
        { cudaDevAttrMaxGridDimX, (size_t)p->maxGridSize[0] },
        { cudaDevAttrMaxGridDimY, (size_t)p->maxGridSize[1] },
        { cudaDevAttrMaxGridDimZ, (size_t)p->maxGridSize[2] },
        { cudaDevAttrMaxSharedMemoryPerBlock, p->sharedMemPerBlock },
        { cudaDevAttrTotalConstantMemory, p->totalConstMem },
        { cudaDevAttrWarpSize, (size_t)p->warpSize },
        { cudaDevAttrMaxPitch, p->memPitch },
        { cudaDevAttrMaxRegistersPerBlock, (size_t)p->regsPerBlock },
        { cudaDevAttrClockRate, (size_t)p->clockRate },
        { cudaDevAttrTextureAlignment, p->textureAlignment },
        { cudaDevAttrGpuOverlap, (size_t)p->deviceOverlap },
        { cudaDevAttrMultiProcessorCount, (size_t)p->multiProcessorCount },
        { cudaDevAttrCanMapHostMemory, (size_t)p->canMapHostMemory },
        { cudaDevAttrConcurrentKernels, (size_t)p->concurrentKernels },
        { cudaDevAttrMemoryClockRate, (size_t)p->memoryClockRate },
        { cudaDevAttrGlobalMemoryBusWidth, (size_t)p->memoryBusWidth },
        { cudaDevAttrL2CacheSize, (size_t)p->l2CacheSize },
        { cudaDevAttrMaxThreadsPerMultiProcessor, (size_t)p->maxThreadsPerMultiProcessor },
        { cudaDevAttrAsyncEngineCount, (size_t)p->asyncEngineCount },
        { cudaDevAttrUnifiedAddressing, (size_t)p->unifiedAddressing },
        { cudaDevAttrComputeCapabilityMajor, (size_t)p->major },
        { cudaDevAttrStreamPrioritiesSupported, (size_t)p->streamPrioritiesSupported },
        { cudaDevAttrGlobalL1CacheSupported, (size_t)p->globalL1CacheSupported },
        { cudaDevAttrLocalL1CacheSupported, (size_t)p->localL1CacheSupported },
        { cudaDevAttrMaxSharedMemoryPerMultiprocessor, p->sharedMemPerMultiprocessor },
        { cudaDevAttrMaxRegistersPerMultiprocessor, (size_t)p->regsPerMultiprocessor },
        { cudaDevAttrManagedMemory, (size_t)p->managedMemory },
        { cudaDevAttrSingleToDoublePrecisionPerfRatio,
          (size_t)p->singleToDoublePrecisionPerfRatio },
        { cudaDevAttrConcurrentManagedAccess, (size_t)p->concurrentManagedAccess },
        { cudaDevAttrComputePreemptionSupported, (size_t)p->computePreemptionSupported },
        { cudaDevAttrCanUseHostPointerForRegisteredMem,
          (size_t)p->canUseHostPointerForRegisteredMem },
        { cudaDevAttrCooperativeLaunch, (size_t)p->cooperativeLaunch },
        { cudaDevAttrMaxSharedMemoryPerBlockOptin, p->sharedMemPerBlockOptin },
        { cudaDevAttrHostRegisterSupported, (size_t)p->hostRegisterSupported },
        { cudaDevAttrMaxBlocksPerMultiprocessor, (size_t)p->maxBlocksPerMultiProcessor },
        { cudaDevAttrReservedSharedMemoryPerBlock, p->reservedSharedMemPerBlock },
        { cudaDevAttrMemoryPoolsSupported, (size_t)p->memoryPoolsSupported },
    };

    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (known[i].attribute == attribute) {
            *value = known[i].value;
            return true;
        }
    return false;
}

cudaError_t cudaDeviceGetAttribute(int *value, cudaDeviceAttr attribute, int device)
{
    cudaDeviceProp p;
    size_t found = 0;                           /* what the device does not have */

    if (!CUSIM_TAKES(value) || device != 0)
        return cusim_done(device != 0 ? cudaErrorInvalidDevice : cudaErrorInvalidValue);
    if (attribute < cudaDevAttrMaxThreadsPerBlock || attribute > 150)
        return cusim_done(cudaErrorInvalidValue);
    describe(&p);
    (void)attribute_of(&p, attribute, &found);
    *value = (int)found;
    return cusim_done(cudaSuccess);
}

cudaError_t cudaDriverGetVersion(int *version)
{
    if (!CUSIM_TAKES(version))
        return cusim_done(cudaErrorInvalidValue);
    *version = CUDART_VERSION;
    return cusim_done(cudaSuccess);
}

cudaError_t cudaRuntimeGetVersion(int *version)
{
    return cudaDriverGetVersion(version);
}

/* ---- Its state ---- */

cudaError_t cudaDeviceSynchronize(void)
{
    return cusim_done(cusim_capture_forbids());
}

cudaError_t cudaDeviceReset(void)
{
    cusim_streams_reset();
    cusim_release_all();
    cusim_errors_reset();
    return cudaSuccess;
}

cudaError_t cudaThreadSynchronize(void)
{
    return cudaDeviceSynchronize();
}

cudaError_t cudaThreadExit(void)
{
    return cudaDeviceReset();
}

cudaError_t cudaDeviceSetLimit(cudaLimit limit, size_t value)
{
    if ((unsigned)limit >= LIMITS)
        return cusim_done(cudaErrorUnsupportedLimit);
    limits[limit] = value;
    return cusim_done(cudaSuccess);
}

cudaError_t cudaDeviceGetLimit(size_t *value, cudaLimit limit)
{
    if (!CUSIM_TAKES(value) || (unsigned)limit >= LIMITS)
        return cusim_done(value ? cudaErrorUnsupportedLimit : cudaErrorInvalidValue);
    *value = limits[limit];
    return cusim_done(cudaSuccess);
}

cudaError_t cudaDeviceSetCacheConfig(cudaFuncCache config)
{
    cache_config = config;
    return cusim_done(cudaSuccess);
}

cudaError_t cudaDeviceGetCacheConfig(cudaFuncCache *config)
{
    if (!CUSIM_TAKES(config))
        return cusim_done(cudaErrorInvalidValue);
    *config = cache_config;
    return cusim_done(cudaSuccess);
}

cudaError_t cudaDeviceSetSharedMemConfig(cudaSharedMemConfig config)
{
    (void)config;                               /* banks have four bytes, whatever is asked for */
    return cusim_done(cudaSuccess);
}

cudaError_t cudaDeviceGetSharedMemConfig(cudaSharedMemConfig *config)
{
    if (!CUSIM_TAKES(config))
        return cusim_done(cudaErrorInvalidValue);
    *config = bank_config;
    return cusim_done(cudaSuccess);
}

cudaError_t cudaDeviceCanAccessPeer(int *can, int device, int peer)
{
    if (!CUSIM_TAKES(can) || device != 0 || peer != 0)
        return cusim_done(can ? cudaErrorInvalidDevice : cudaErrorInvalidValue);
    *can = 0;
    return cusim_done(cudaSuccess);
}

cudaError_t cudaDeviceEnablePeerAccess(int peer, unsigned flags)
{
    (void)flags;
    return cusim_done(peer == 0 ? cudaErrorPeerAccessUnsupported : cudaErrorInvalidDevice);
}

cudaError_t cudaDeviceDisablePeerAccess(int peer)
{
    return cusim_done(peer == 0 ? cudaErrorPeerAccessNotEnabled : cudaErrorInvalidDevice);
}

cudaError_t cudaProfilerStart(void)
{
    return cusim_done(cudaSuccess);
}

cudaError_t cudaProfilerStop(void)
{
    return cusim_done(cudaSuccess);
}

/* ---- Launches by address ---- */

static cudaError_t launch(const void *function, dim3 grid, dim3 block, void **arguments,
                          size_t shared_bytes, cudaStream_t stream, int cooperative,
                          const void *caller)
{
    const cusim_config config = { { grid.x, grid.y, grid.z }, { block.x, block.y, block.z },
                                  shared_bytes, stream };
    cusim_launch_node n;
    cudaError_t error = cusim_sticky;

    if (error == cudaSuccess)
        error = cusim_launch_by_address(&n, function, &config, cooperative, arguments, caller);
    if (error == cudaSuccess)
        error = cusim_submit(stream, &n.node);
    return cusim_done(error);
}

cudaError_t cudaLaunchKernel(const void *function, dim3 grid, dim3 block, void **arguments,
                             size_t shared_bytes, cudaStream_t stream)
{
    return launch(function, grid, block, arguments, shared_bytes, stream, 0, CUSIM_CALLER);
}

cudaError_t cudaLaunchCooperativeKernel(const void *function, dim3 grid, dim3 block,
                                        void **arguments, size_t shared_bytes, cudaStream_t stream)
{
    return launch(function, grid, block, arguments, shared_bytes, stream, 1, CUSIM_CALLER);
}

cudaError_t cudaLaunchKernelExC(const cudaLaunchConfig_t *config, const void *function,
                                void **arguments)
{
    int cooperative = 0;

    if (!config || (config->numAttrs > 0 && !config->attrs))
        return cusim_done(cudaErrorInvalidValue);
    for (unsigned i = 0; i < config->numAttrs; i++)
        if (config->attrs[i].id == cudaLaunchAttributeCooperative)
            cooperative = config->attrs[i].val.cooperative;
    return launch(function, config->gridDim, config->blockDim, arguments,
                  config->dynamicSmemBytes, config->stream, cooperative, CUSIM_CALLER);
}

/* ---- Kernels as objects ---- */

cudaError_t cudaFuncGetAttributes(cudaFuncAttributes *attributes, const void *function)
{
    const cusim_kernel *const k = cusim_kernel_of(function);
    const cusim_function *const f = cusim_function_of(function);

    if (!CUSIM_TAKES(attributes) || !k)
        return cusim_done(attributes ? cudaErrorInvalidDeviceFunction : cudaErrorInvalidValue);
    *attributes = (cudaFuncAttributes){
        .maxThreadsPerBlock = k->max_threads > 0 ? k->max_threads : CUSIM_MAX_THREADS,
        .numRegs = UNKNOWN_REGISTERS, .ptxVersion = 80, .binaryVersion = 80,
        .maxDynamicSharedSizeBytes = f && f->max_dynamic_shared > 0 ? f->max_dynamic_shared
                                                                    : CUSIM_DEFAULT_SHARED,
        .preferredShmemCarveout = f ? f->carveout : cudaSharedmemCarveoutDefault
    };
    return cusim_done(cudaSuccess);
}

cudaError_t cudaFuncSetAttribute(const void *function, cudaFuncAttribute attribute, int value)
{
    if (!function || !cusim_kernel_of(function))
        return cusim_done(cudaErrorInvalidDeviceFunction);
    if (attribute == cudaFuncAttributeMaxDynamicSharedMemorySize) {
        if (value < 0 || value > CUSIM_OPTIN_SHARED)
            return cusim_done(cudaErrorInvalidValue);
        cusim_function_set(function)->max_dynamic_shared = value;
    } else if (attribute == cudaFuncAttributePreferredSharedMemoryCarveout) {
        if (value < cudaSharedmemCarveoutDefault || value > cudaSharedmemCarveoutMaxShared)
            return cusim_done(cudaErrorInvalidValue);
        cusim_function_set(function)->carveout = value;
    } else {
        return cusim_done(cudaErrorInvalidValue);
    }
    return cusim_done(cudaSuccess);
}

cudaError_t cudaFuncSetCacheConfig(const void *function, cudaFuncCache config)
{
    (void)config;
    return cusim_done(cusim_kernel_of(function) ? cudaSuccess : cudaErrorInvalidDeviceFunction);
}

cudaError_t cudaFuncSetSharedMemConfig(const void *function, cudaSharedMemConfig config)
{
    (void)config;
    return cusim_done(cusim_kernel_of(function) ? cudaSuccess : cudaErrorInvalidDeviceFunction);
}

/* ---- Occupancy: registers and static shared memory of a kernel are not known here ---- */

cudaError_t cudaOccupancyMaxActiveBlocksPerMultiprocessorWithFlags(
    int *blocks, const void *function, int block_size, size_t shared_bytes, unsigned flags)
{
    const cusim_kernel *const k = cusim_kernel_of(function);

    (void)flags;
    if (!CUSIM_TAKES(blocks) || block_size <= 0)
        return cusim_done(cudaErrorInvalidValue);
    if (!k)
        return cusim_done(cudaErrorInvalidDeviceFunction);
    const int most = k->max_threads > 0 ? k->max_threads : CUSIM_MAX_THREADS;
    *blocks = block_size > most || shared_bytes > CUSIM_OPTIN_SHARED
                  ? 0 : cusim_occupancy_of(block_size, shared_bytes, 0).blocks;
    return cusim_done(cudaSuccess);
}

cudaError_t cudaOccupancyMaxActiveBlocksPerMultiprocessor(int *blocks, const void *function,
                                                          int block_size, size_t shared_bytes)
{
    return cudaOccupancyMaxActiveBlocksPerMultiprocessorWithFlags(blocks, function, block_size,
                                                                  shared_bytes, 0);
}

cudaError_t cudaOccupancyAvailableDynamicSMemPerBlock(size_t *bytes, const void *function,
                                                      int blocks, int block_size)
{
    if (!CUSIM_TAKES(bytes) || blocks <= 0 || block_size <= 0 || block_size > CUSIM_MAX_THREADS)
        return cusim_done(cudaErrorInvalidValue);
    if (!cusim_kernel_of(function))
        return cusim_done(cudaErrorInvalidDeviceFunction);
    const size_t share = CUSIM_SM_SHARED_BYTES / (size_t)blocks / 128 * 128;
    *bytes = share > RESERVED_SHARED ? share - RESERVED_SHARED : 0;
    return cusim_done(cudaSuccess);
}
