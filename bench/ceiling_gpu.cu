/* ceiling_gpu.cu: measures a GPU's ceilings.
 *
 * Arithmetic: each thread keeps independent sums in registers and does nothing but fused
 *         multiply-adds; with tensor cores each warp does mma.sync on fragments that stay in
 *         registers.
 * Bandwidth: all threads together stream through a footprint, 16 bytes at a time, and again and
 *         again, so that a launch costs nothing. Loads go beside L1 (ld.cg): a kernel finds L1
 *         empty when it starts, so what L1 would give a second sweep is no ceiling of a kernel's.
 * Latency: the host's clock around an empty kernel and the wait for it; and the difference between
 *         graphs that are long and short chains of empty kernels.
 * Best of many: work is doubled until a window lasts a millisecond; the best window counts.
 * Theory: what a multiprocessor does in a cycle is taken from the tables of the CUDA C++
 *         Programming Guide and the architectures' white papers. From compute capability 9.0 on,
 *         tensor cores are faster with instructions (wgmma, tcgen05) that only code for exactly one
 *         architecture can have; libraries have it, this program does not. There the theory is the
 *         roof. */
#include <cuda_runtime.h>

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "bench/bench_device.h"
#include "bench/ceiling.h"
#include "kernels/core/cuda_launch.cuh"

extern "C" {
#include "kernels/core/device.h"
}

enum {
    THREADS = 256,
    SUMS = 16, TILES = 8,               /* independent, of a thread and of a warp */
    CHAIN = 256,
    MOST_REPEATS = 1 << 24
};
static const double WINDOW_SECONDS = 1e-3;
static const size_t LEAST_FOOTPRINT = (size_t)1 << 20;

/* ---- Kernels ---- */

static __global__ void ceiling_empty_kernel(void)
{
}

/* 2 * SUMS FLOP per repeat and thread. The store never happens; the compiler cannot know. */
static __global__ void ceiling_fp32_kernel(float *out, int repeats, float x, float y)
{
    float sum[SUMS];

#pragma unroll
    for (int i = 0; i < SUMS; i++)
        sum[i] = (float)i * x;
    for (int repeat = 0; repeat < repeats; repeat++)
#pragma unroll
        for (int i = 0; i < SUMS; i++)
            sum[i] = fmaf(x, y, sum[i]);
    float total = 0.0f;
#pragma unroll
    for (int i = 0; i < SUMS; i++)
        total += sum[i];
    if (total == -1.0f)
        *out = total;
}

/* TILES products of 16 x 8 by 8 x 8 per repeat and warp. */
static __global__ void ceiling_tf32_kernel(float *out, int repeats, unsigned a, unsigned b)
{
#if defined __CUDA_ARCH__ && __CUDA_ARCH__ >= 800
    float sum[TILES][4] = {};
    float total = 0.0f;

    for (int repeat = 0; repeat < repeats; repeat++)
#pragma unroll
        for (int i = 0; i < TILES; i++)
            asm("mma.sync.aligned.m16n8k8.row.col.f32.tf32.tf32.f32 "
                "{%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9}, {%0, %1, %2, %3};"
                : "+f"(sum[i][0]), "+f"(sum[i][1]), "+f"(sum[i][2]), "+f"(sum[i][3])
                : "r"(a), "r"(a), "r"(b), "r"(b), "r"(b), "r"(a));
#pragma unroll
    for (int i = 0; i < TILES; i++)
        total += sum[i][0] + sum[i][1] + sum[i][2] + sum[i][3];
    if (total == -1.0f)
        *out = total;
#else
    (void)out, (void)repeats, (void)a, (void)b;
#endif
}

static __global__ void ceiling_read_kernel(const float4 *a, size_t count, int repeats, float *out)
{
    const size_t first = (size_t)blockIdx.x * THREADS + threadIdx.x;
    const size_t step = (size_t)gridDim.x * THREADS;
    float sum = 0.0f;

    for (int repeat = 0; repeat < repeats; repeat++)
#pragma unroll 4
        for (size_t i = first; i < count; i += step) {
            const float4 v = __ldcg(a + i);
            sum += v.x + v.y + v.z + v.w;
        }
    if (sum == -1.0f)
        *out = sum;
}

static __global__ void ceiling_copy_kernel(const float4 *from, float4 *to, size_t count,
                                           int repeats)
{
    const size_t first = (size_t)blockIdx.x * THREADS + threadIdx.x;
    const size_t step = (size_t)gridDim.x * THREADS;

    for (int repeat = 0; repeat < repeats; repeat++)
#pragma unroll 4
        for (size_t i = first; i < count; i += step)
            __stcg(to + i, __ldcg(from + i));
}

/* ---- Windows ---- */

static double now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* The best rate at which launch(repeats) does `amount` per repeat, in `seconds` seconds or one
 * window of WINDOW_SECONDS; 0 after a failure, whose reason is then on stderr. */
template <class LAUNCH>
static double best_rate(double amount, double seconds, LAUNCH launch)
{
    const double start = now();
    cudaEvent_t from = NULL, to = NULL;
    double best = 0.0;
    cudaError_t error = cudaEventCreate(&from);

    if (error == cudaSuccess)
        error = cudaEventCreate(&to);
    for (int repeats = 1; error == cudaSuccess; ) {
        float time_ms = 0.0f;
        error = cudaEventRecord(from, cudaStreamPerThread);
        launch(repeats);
        if (error == cudaSuccess)
            error = cudaGetLastError();
        if (error == cudaSuccess)
            error = cudaEventRecord(to, cudaStreamPerThread);
        if (error == cudaSuccess)
            error = cudaEventSynchronize(to);
        if (error == cudaSuccess)
            error = cudaEventElapsedTime(&time_ms, from, to);
        if (error == cudaSuccess && time_ms > 0.0f)
            best = fmax(best, amount * repeats / (1e-3 * (double)time_ms));
        const bool short_window = 1e-3 * (double)time_ms < WINDOW_SECONDS;
        if (now() - start >= seconds && (!short_window || repeats >= MOST_REPEATS))
            break;
        if (short_window && repeats < MOST_REPEATS)
            repeats *= 2;
    }
    if (error != cudaSuccess)
        fprintf(stderr, "ceilings of the device: %s\n", cudaGetErrorString(error));
    if (to)
        (void)cudaEventDestroy(to);
    if (from)
        (void)cudaEventDestroy(from);
    return error == cudaSuccess ? best : 0.0;
}

/* ---- Theory ---- */

typedef struct {
    int capability;             /* 10 * major + minor; the row for this and all below the next */
    int fp32_lanes;             /* of a multiprocessor */
    int library_tf32_flop;      /* per cycle of a multiprocessor, dense, by instructions other than
                                   mma.sync; 0: mma.sync is the fastest there is */
} sm_rate;

static const sm_rate sm_rates[] = {
    { 75, 64, 0 }, { 80, 64, 0 }, { 86, 128, 0 }, { 90, 128, 2048 }, { 100, 128, 4096 },
    { 110, 128, 0 },
};

static void work_out_theory(device_ceilings *c)
{
    const int capability = device_capability();
    sm_rate rate = sm_rates[0];
    int khz = 0, multiprocessors = 0;

    if (cudaDeviceGetAttribute(&khz, cudaDevAttrClockRate, 0) != cudaSuccess ||
        cudaDeviceGetAttribute(&multiprocessors, cudaDevAttrMultiProcessorCount, 0) != cudaSuccess)
        return;
    for (size_t i = 0; i < sizeof sm_rates / sizeof *sm_rates; i++)
        if (sm_rates[i].capability <= capability)
            rate = sm_rates[i];
    const double cycles = 1e3 * khz * multiprocessors;
    c->theory_flop_rate = 2.0 * rate.fp32_lanes * cycles;
    c->tf32_theory_flop_rate = rate.library_tf32_flop * cycles;
}

/* ---- What is measured ---- */

/* As many blocks as the device holds at a time: no block waits for another to end. */
template <class KERNEL>
static unsigned blocks_for(KERNEL kernel)
{
    int multiprocessors = 0, blocks = 0;

    if (cudaDeviceGetAttribute(&multiprocessors, cudaDevAttrMultiProcessorCount, 0) !=
            cudaSuccess ||
        cudaOccupancyMaxActiveBlocksPerMultiprocessor(&blocks, kernel, THREADS, 0) !=
            cudaSuccess ||
        multiprocessors * blocks == 0)
        return 1;
    return (unsigned)(multiprocessors * blocks);
}

static bool measure_arithmetic(device_ceilings *c, float *out, double seconds)
{
    unsigned blocks = blocks_for(ceiling_fp32_kernel);
    double threads = (double)blocks * THREADS;

    c->fp32_flop_rate = best_rate(2.0 * SUMS * threads, seconds, [=](int repeats) {
        ceiling_fp32_kernel<<<blocks, THREADS, 0, cudaStreamPerThread>>>(out, repeats, 1.0009766f,
                                                                         0.7071068f);
    });
    if (device_capability() < 80)
        return c->fp32_flop_rate > 0.0;
    blocks = blocks_for(ceiling_tf32_kernel);
    threads = (double)blocks * THREADS;
    /* 2 * 16 * 8 * 8 FLOP a tile; the factors are 1.5 and 0.75. */
    c->tf32_flop_rate = best_rate(2048.0 * TILES * threads / 32, seconds, [=](int repeats) {
        ceiling_tf32_kernel<<<blocks, THREADS, 0, cudaStreamPerThread>>>(out, repeats, 0x3fc00000u,
                                                                         0x3f400000u);
    });
    return c->fp32_flop_rate > 0.0 && c->tf32_flop_rate > 0.0;
}

/* One footprint: all of it read; one half copied onto the other. */
static bool measure_point(device_ceilings *c, char *memory, size_t bytes, float *out,
                          double seconds)
{
    const unsigned blocks = blocks_for(ceiling_read_kernel);
    const unsigned copy_blocks = blocks_for(ceiling_copy_kernel);
    const size_t count = bytes / sizeof(float4), half = count / 2;
    float4 *const a = (float4 *)memory, *const b = a + half;
    ceiling_point *const read = &c->read[c->point_count], *const copy = &c->copy[c->point_count];

    read->bytes = copy->bytes = bytes;
    read->bandwidth = best_rate((double)bytes, seconds, [=](int repeats) {
        ceiling_read_kernel<<<blocks, THREADS, 0, cudaStreamPerThread>>>(a, count, repeats, out);
    });
    copy->bandwidth = best_rate((double)bytes, seconds, [=](int repeats) {
        ceiling_copy_kernel<<<copy_blocks, THREADS, 0, cudaStreamPerThread>>>(a, b, half, repeats);
    });
    c->point_count++;
    return read->bandwidth > 0.0 && copy->bandwidth > 0.0;
}

/* Powers of two of bytes, up to 4 times the L2 cache or half of the free memory. */
static bool measure_bandwidth(device_ceilings *c, float *out, double seconds)
{
    size_t largest = 4 * c->cache_bytes, free_bytes = 0, all_bytes = 0;
    void *memory = NULL;
    bool good = true;

    if (cudaMemGetInfo(&free_bytes, &all_bytes) == cudaSuccess && largest > free_bytes / 2)
        largest = free_bytes / 2;
    if (largest < LEAST_FOOTPRINT)
        largest = LEAST_FOOTPRINT;
    if (device_alloc(&memory, largest) != STATUS_OK || device_fill(memory, 1, largest) != STATUS_OK)
        good = false;
    int points = 1;
    while (LEAST_FOOTPRINT << points <= largest && points < CEILING_MAX_POINTS)
        points++;
    for (int i = 0; good && i < points; i++)
        good = measure_point(c, (char *)memory, LEAST_FOOTPRINT << i, out,
                             seconds / (2.0 * points));
    device_free(memory);
    return good;
}

/* A chain of `nodes` empty kernels as a graph; NULL after a failure. */
static device_graph *record_chain(int nodes)
{
    device_graph *graph = NULL;

    if (device_graph_begin() != STATUS_OK)
        return NULL;
    for (int i = 0; i < nodes; i++)
        ceiling_empty_kernel<<<1, 1, 0, cudaStreamPerThread>>>();
    return device_graph_end(&graph) == STATUS_OK ? graph : NULL;
}

/* The shortest time from asking for something until the host knows it done; 0 after a failure. */
template <class ASK>
static double shortest_wait(double seconds, ASK ask)
{
    const double start = now();
    double best = (double)INFINITY;

    for (int i = 0; i < 3 || now() - start < seconds; i++) {
        const double asked = now();
        if (!ask() || device_synchronize() != STATUS_OK)
            return 0.0;
        best = fmin(best, now() - asked);
    }
    return best;
}

static bool measure_latency(device_ceilings *c, double seconds)
{
    device_graph *const single = record_chain(1), *const chain = record_chain(1 + CHAIN);
    bool good = false;

    c->launch_seconds = shortest_wait(seconds, []() {
        ceiling_empty_kernel<<<1, 1, 0, cudaStreamPerThread>>>();
        return cudaGetLastError() == cudaSuccess;
    });
    if (single && chain) {
        const double one = shortest_wait(seconds, [=]() {
            return device_graph_launch(single) == STATUS_OK;
        });
        const double many = shortest_wait(seconds, [=]() {
            return device_graph_launch(chain) == STATUS_OK;
        });
        c->graph_node_seconds = fmax(0.0, many - one) / CHAIN;
        good = one > 0.0 && many > 0.0 && c->launch_seconds > 0.0;
    }
    device_graph_free(chain);
    device_graph_free(single);
    return good;
}

extern "C" bool device_ceilings_measure(device_ceilings *c, double seconds)
{
    void *out = NULL;

    memset(c, 0, sizeof *c);
    if (bench_device_missing() || device_alloc(&out, sizeof(float)) != STATUS_OK)
        return false;
    c->cache_bytes = bench_device_cache_bytes();
    work_out_theory(c);
    const bool good = measure_arithmetic(c, (float *)out, seconds / 8.0) &&
                      measure_bandwidth(c, (float *)out, seconds / 2.0) &&
                      measure_latency(c, seconds / 16.0);
    device_free(out);
    return good;
}
