/* bench_device_gpu.cu: how long the device takes, by its own clock.
 *
 * Idea:   the calls are recorded as a graph: launching it once costs the host a few microseconds,
 *         however many calls there are, so that short kernels are not measured by how fast the host
 *         launches. A kernel that only waits goes before, and keeps the device busy until the host
 *         has asked for everything: the clock starts when the work does.
 * Hazard: what a library does may not be recordable (it allocates, it waits). Then the calls are
 *         made plainly, and a host that launches too slowly is measured with them. */
#include <cuda_runtime.h>

#include <math.h>
#include <stdio.h>

#include "bench/bench_device.h"
#include "kernels/core/cuda_launch.cuh"

extern "C" {
#include "kernels/core/device.h"
}

enum { HOLD_CYCLES = 300000 };                  /* some 0.2 ms */

static __global__ void hold_kernel(long long cycles)
{
    const long long start = clock64();

    while (clock64() - start < cycles)
        ;
}

extern "C" const char *bench_device_missing(void)
{
    return device_missing();
}

extern "C" size_t bench_device_cache_bytes(void)
{
    int bytes = 0;

    if (device_missing() ||
        cudaDeviceGetAttribute(&bytes, cudaDevAttrL2CacheSize, 0) != cudaSuccess || bytes < 0)
        return 0;
    return (size_t)bytes;
}

typedef struct {
    void (*run)(void *context, int copy);
    void *context;
    int copies, first_copy, calls;
} timed_calls;

static void make_calls(const timed_calls *t)
{
    for (int i = 0; i < t->calls; i++)
        t->run(t->context, (int)(((long)t->first_copy + i) % t->copies));
}

/* The calls as a graph; NULL if they cannot be recorded, with no error left behind. */
static device_graph *record(const timed_calls *t)
{
    device_graph *graph = NULL;

    if (device_graph_begin() != STATUS_OK)
        return NULL;
    make_calls(t);
    const bool launched = launch_status() == STATUS_OK;
    if (device_graph_end(&graph) != STATUS_OK || !launched) {
        device_graph_free(graph);
        graph = NULL;
    }
    (void)cudaGetLastError();
    return graph;
}

/* Seconds from one event to the other, between which the work lies; NAN after a failure. */
static double time_between(cudaEvent_t start, cudaEvent_t end, const timed_calls *t,
                           device_graph *graph)
{
    float time_ms = 0.0f;
    status good = STATUS_OK;

    hold_kernel<<<1, 1, 0, cudaStreamPerThread>>>(HOLD_CYCLES);
    cuda_launched("hold_kernel");
    cudaError_t error = cudaEventRecord(start, cudaStreamPerThread);
    if (graph)
        good = device_graph_launch(graph);
    else
        make_calls(t);
    if (error == cudaSuccess)
        error = cudaEventRecord(end, cudaStreamPerThread);
    if (error == cudaSuccess)
        error = cudaEventSynchronize(end);
    if (error == cudaSuccess)
        error = cudaEventElapsedTime(&time_ms, start, end);
    if (error != cudaSuccess)
        fprintf(stderr, "timing on the device: %s\n", cudaGetErrorString(error));
    (void)cudaGetLastError();
    return error == cudaSuccess && good == STATUS_OK && launch_status() == STATUS_OK
               ? 1e-3 * (double)time_ms
               : (double)NAN;
}

extern "C" double bench_device_time(void (*run)(void *context, int copy), void *context, int copies,
                                    int first_copy, int calls)
{
    const timed_calls t = { run, context, copies, first_copy, calls };
    cudaEvent_t start = NULL, end = NULL;
    double seconds = (double)NAN;

    if (cudaEventCreate(&start) == cudaSuccess && cudaEventCreate(&end) == cudaSuccess) {
        device_graph *const graph = record(&t);
        seconds = time_between(start, end, &t, graph);
        device_graph_free(graph);
    }
    if (end)
        (void)cudaEventDestroy(end);
    if (start)
        (void)cudaEventDestroy(start);
    return seconds;
}
