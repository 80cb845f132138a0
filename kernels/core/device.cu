/* device.cu: device.h over the CUDA runtime API. */
#include <cuda_runtime.h>

#include <stdio.h>
#include <stdlib.h>

extern "C" {
#include "kernels/core/device.h"
#ifdef __CUSIM__
#include <cusim.h>
#endif
}

struct device_graph {
    cudaGraphExec_t exec;
    int nodes;
};

static status told(const char *what, cudaError_t error)
{
    if (error == cudaSuccess)
        return STATUS_OK;
    fprintf(stderr, "%s: %s\n", what, cudaGetErrorString(error));
    (void)cudaGetLastError();                   /* a failed call leaves its error behind */
    return error == cudaErrorMemoryAllocation ? STATUS_MEMORY : STATUS_DEVICE;
}

extern "C" device_kind device_kind_built(void)
{
#ifdef __CUSIM__
    return DEVICE_CUSIM;
#else
    return DEVICE_CUDA;
#endif
}

extern "C" const char *device_missing(void)
{
    static char sentence[256];
    int devices = 0;
    const cudaError_t error = cudaGetDeviceCount(&devices);

    (void)cudaGetLastError();
    if (error == cudaSuccess && devices > 0)
        return NULL;
    snprintf(sentence, sizeof sentence, "there is no usable CUDA device (%s)",
             error == cudaSuccess ? "none found" : cudaGetErrorString(error));
    return sentence;
}

/* The first device's properties, asked for once; NULL without a device. */
static const cudaDeviceProp *properties(void)
{
    static cudaDeviceProp known;
    static bool asked, good;

    if (!asked) {
        good = cudaGetDeviceProperties(&known, 0) == cudaSuccess;
        (void)cudaGetLastError();
        asked = true;
    }
    return good ? &known : NULL;
}

extern "C" const char *device_name(void)
{
    const cudaDeviceProp *const p = properties();
    return p ? p->name : "";
}

extern "C" int device_capability(void)
{
    const cudaDeviceProp *const p = properties();
    return p ? 10 * p->major + p->minor : 0;
}

extern "C" status device_alloc(void **p, size_t bytes)
{
    *p = NULL;
    return bytes ? told("cudaMalloc", cudaMalloc(p, bytes)) : STATUS_OK;
}

extern "C" void device_free(void *p)
{
    (void)told("cudaFree", cudaFree(p));
}

extern "C" status device_upload(void *to_device, const void *from, size_t bytes)
{
    return told("copy to the device", cudaMemcpy(to_device, from, bytes, cudaMemcpyHostToDevice));
}

extern "C" status device_download(void *to, const void *from_device, size_t bytes)
{
    return told("copy from the device",
                cudaMemcpy(to, from_device, bytes, cudaMemcpyDeviceToHost));
}

extern "C" status device_copy(void *to_device, const void *from_device, size_t bytes)
{
    return told("copy on the device", cudaMemcpyAsync(to_device, from_device, bytes,
                                                      cudaMemcpyDeviceToDevice,
                                                      cudaStreamPerThread));
}

extern "C" status device_fill(void *device, int byte, size_t bytes)
{
    return told("cudaMemset", cudaMemsetAsync(device, byte, bytes, cudaStreamPerThread));
}

extern "C" status device_synchronize(void)
{
    return told("device", cudaStreamSynchronize(cudaStreamPerThread));
}

extern "C" void device_reset(void)
{
    (void)told("cudaDeviceReset", cudaDeviceReset());
}

#ifdef __CUSIM__
extern "C" bool device_checks(void)
{
    cusim_quiet(true);                          /* who asks tells the findings himself */
    return cusim_checks();
}

extern "C" size_t device_finding_count(void)
{
    return cusim_finding_count();
}

extern "C" const char *device_finding(size_t i)
{
    return cusim_finding_text(i);
}

extern "C" void device_findings_forget(void)
{
    cusim_forget_findings();
}

extern "C" void device_seed(uint64_t seed)
{
    cusim_seed(seed);
}
#else
extern "C" bool device_checks(void)
{
    return false;
}

extern "C" size_t device_finding_count(void)
{
    return 0;
}

extern "C" const char *device_finding(size_t i)
{
    (void)i;
    return NULL;
}

extern "C" void device_findings_forget(void)
{
}

extern "C" void device_seed(uint64_t seed)
{
    (void)seed;
}
#endif

extern "C" status device_graph_begin(void)
{
    return told("graph capture", cudaStreamBeginCapture(cudaStreamPerThread,
                                                        cudaStreamCaptureModeThreadLocal));
}

extern "C" status device_graph_end(device_graph **graph)
{
    cudaGraph_t recorded = NULL;
    size_t nodes = 0;

    *graph = NULL;
    if (told("graph capture", cudaStreamEndCapture(cudaStreamPerThread, &recorded)) != STATUS_OK)
        return STATUS_DEVICE;
    device_graph *const made = (device_graph *)calloc(1, sizeof *made);
    cudaError_t error = made ? cudaGraphGetNodes(recorded, NULL, &nodes)
                             : cudaErrorMemoryAllocation;
    if (error == cudaSuccess)
        error = cudaGraphInstantiate(&made->exec, recorded, 0);
    (void)told("graph", cudaGraphDestroy(recorded));
    if (error != cudaSuccess) {
        free(made);
        return told("graph", error);
    }
    made->nodes = (int)nodes;
    *graph = made;
    return STATUS_OK;
}

extern "C" status device_graph_launch(device_graph *graph)
{
    return told("graph launch", cudaGraphLaunch(graph->exec, cudaStreamPerThread));
}

extern "C" int device_graph_nodes(const device_graph *graph)
{
    return graph->nodes;
}

extern "C" void device_graph_free(device_graph *graph)
{
    if (!graph)
        return;
    (void)told("graph", cudaGraphExecDestroy(graph->exec));
    free(graph);
}
