/* test_cusim_api.c: cusim's CUDA runtime API: memory, copies, errors, streams, events, graphs. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "cusim/include/cusim.h"
#include "cusim/include/cusim/api.h"
#include "cusim/runtime/machine.h"

#define OK(call) assert_int_equal(call, cudaSuccess)
#define FAILS(error, call)                                                                        \
    do {                                                                                          \
        assert_int_equal(call, error);                                                            \
        assert_int_equal(cudaGetLastError(), error);                                              \
    } while (0)

static void expect_finding(const char *part)
{
    assert_int_equal(cusim_finding_count(), 1);
    if (!strstr(cusim_finding_text(0), part))
        fail_msg("'%s' is not in: %s", part, cusim_finding_text(0));
    cusim_forget_findings();
}

static int setup(void **state)
{
    (void)state;
    (void)cudaDeviceReset();
    cusim_seed(1);
    cusim_forget_findings();
    cusim_set.check = true;
    return 0;
}

/* ---- A kernel, and a variable ---- */

typedef struct {
    int *x;
    int n, add;
} add_arguments;

static void add_body(void *closure)
{
    const add_arguments *const k = closure;
    const unsigned i = cusim_block_idx.x * cusim_block_dim.x + cusim_thread_idx.x;

    if (i < (unsigned)k->n)
        k->x[i] += k->add;
}

static void *add_copy(void **arguments)
{
    add_arguments *const k = malloc(sizeof *k);

    assert_non_null(k);
    *k = (add_arguments){ *(int **)arguments[0], *(int *)arguments[1], *(int *)arguments[2] };
    return k;
}

static void crash_body(void *closure)
{
    (void)closure;
    cusim_trap();
}

static void nothing(void *closure)
{
    (void)closure;
}

static void *no_copy(void **arguments)
{
    (void)arguments;
    return NULL;
}

/* Any addresses will do for the kernels' own. */
static cusim_kernel add_kernel = { "add", &add_kernel, "k.cu", 3, 256, add_copy, add_body, free,
                                   NULL };
static cusim_kernel crash_kernel = { "crash", &crash_kernel, "k.cu", 9, 0, no_copy, crash_body,
                                     nothing, NULL };
static int table[8];
static cusim_variable table_variable = { "table", table, sizeof table, CUSIM_DEVICE, "k.cu", 1,
                                         NULL };

static cudaError_t launch_add(int *x, int n, int add, cudaStream_t stream)
{
    void *arguments[] = { &x, &n, &add };

    return cudaLaunchKernel(&add_kernel, (dim3){ ((unsigned)n + 127) / 128, 1, 1 },
                            (dim3){ 128, 1, 1 }, arguments, 0, stream);
}

static cudaError_t launch_crash(void)
{
    return cudaLaunchKernel(&crash_kernel, (dim3){ 1, 1, 1 }, (dim3){ 1, 1, 1 }, NULL, 0, NULL);
}

static int *device_ints(int n)
{
    int *x = NULL;

    OK(cudaMalloc((void **)&x, (size_t)n * sizeof *x));
    assert_non_null(x);
    return x;
}

static int value_at(const int *device)
{
    int value;

    OK(cudaMemcpy(&value, device, sizeof value, cudaMemcpyDeviceToHost));
    return value;
}

/* ---- Memory ---- */

static void test_allocation(void **state)
{
    unsigned char *p[3];
    void *none = &none;
    size_t room, total, room_after;

    (void)state;
    OK(cudaMemGetInfo(&room, &total));
    for (int i = 0; i < 3; i++) {
        OK(cudaMalloc((void **)&p[i], 1000));
        assert_int_equal((uintptr_t)p[i] % 256, 0);
        assert_int_not_equal(p[i][500], 0);     /* garbage */
    }
    assert_true(p[1] >= p[0] + 1000 + 256);
    assert_ptr_equal(cusim_allocation_at(p[1] + 999)->address, p[1]);
    assert_null(cusim_allocation_at(p[1] + 1000));
    assert_ptr_equal(cusim_allocation_near(p[1] + 1000)->address, p[1]);
    assert_ptr_equal(cusim_allocation_near(p[2] - 1)->address, p[2]);
    OK(cudaMemGetInfo(&room_after, &total));
    assert_int_equal(room - room_after, 3000);
    OK(cudaMalloc(&none, 0));
    assert_null(none);
    OK(cudaFree(NULL));
    FAILS(cudaErrorMemoryAllocation, cudaMalloc(&none, (size_t)1 << 40));
    FAILS(cudaErrorMemoryAllocation, cudaMalloc(&none, SIZE_MAX));
    FAILS(cudaErrorMemoryAllocation, cudaMalloc(&none, total - 2999));
    OK(cudaMalloc(&none, total - 3000));
    FAILS(cudaErrorInvalidValue, cudaMalloc(NULL, 4));
    for (int i = 0; i < 3; i++)
        OK(cudaFree(p[i]));
    OK(cudaFree(none));
    assert_null(cusim_allocation_number(0));
    assert_int_equal(cusim_finding_count(), 0);
}

static void test_wrong_frees(void **state)
{
    int *const x = device_ints(10), on_stack;

    (void)state;
    FAILS(cudaErrorInvalidValue, cudaFree(x + 1));
    expect_finding("inside an allocation");
    FAILS(cudaErrorInvalidValue, cudaFree(&on_stack));
    expect_finding("memory of the host");
    OK(cudaFree(x));
    FAILS(cudaErrorInvalidValue, cudaFree(x));
    expect_finding("freed twice");
}

/* Many more allocations than the arena has room for at once; none of the live ones overlap. */
static void test_reuse(void **state)
{
    enum { LIVE = 50, ROUNDS = 4000 };
    struct { unsigned char *p; size_t bytes; } live[LIVE] = { { NULL, 0 } };
    uint64_t random = 1;

    (void)state;
    cusim_set.check = false;
    for (int round = 0; round < ROUNDS; round++) {
        const int i = round % LIVE;
        random = random * 6364136223846793005u + 1442695040888963407u;
        for (size_t at = 0; at < live[i].bytes; at += 4096)
            assert_int_equal(live[i].p[at], i);
        OK(cudaFree(live[i].p));
        live[i].bytes = ((size_t)1 << (10 + (random >> 33) % 13)) + (random >> 40) % 5000;
        OK(cudaMalloc((void **)&live[i].p, live[i].bytes));
        for (size_t at = 0; at < live[i].bytes; at += 4096)
            live[i].p[at] = (unsigned char)i;
    }
}

static void test_kinds_of_memory(void **state)
{
    cudaPointerAttributes a;
    int *x, *on_device, host[4];
    size_t pitch;

    (void)state;
    OK(cudaMallocManaged((void **)&x, 64, cudaMemAttachGlobal));
    OK(cudaPointerGetAttributes(&a, x + 3));
    assert_int_equal(a.type, cudaMemoryTypeManaged);
    OK(cudaMemPrefetchAsync(x, 64, 0, NULL));
    OK(cudaMemAdvise(x, 64, cudaMemAdviseSetReadMostly, 0));
    OK(cudaFree(x));
    OK(cudaHostAlloc((void **)&x, 64, cudaHostAllocMapped));
    OK(cudaPointerGetAttributes(&a, x));
    assert_int_equal(a.type, cudaMemoryTypeHost);
    OK(cudaHostGetDevicePointer((void **)&on_device, x, 0));
    assert_ptr_equal(on_device, x);
    OK(cudaFreeHost(x));
    OK(cudaPointerGetAttributes(&a, host));
    assert_int_equal(a.type, cudaMemoryTypeUnregistered);
    FAILS(cudaErrorInvalidValue, cudaHostGetDevicePointer((void **)&on_device, host, 0));
    OK(cudaHostRegister(host, sizeof host, cudaHostRegisterDefault));
    assert_true(cusim_host_registered(host + 3) && !cusim_host_registered(host + 4));
    FAILS(cudaErrorHostMemoryAlreadyRegistered, cudaHostRegister(host, 4, 0));
    OK(cudaHostGetDevicePointer((void **)&on_device, host, 0));
    OK(cudaHostUnregister(host));
    FAILS(cudaErrorHostMemoryNotRegistered, cudaHostUnregister(host));
    OK(cudaMallocPitch((void **)&x, &pitch, 100, 10));
    assert_int_equal(pitch % 512, 0);
    OK(cudaMallocAsync((void **)&on_device, 64, NULL));
    OK(cudaFreeAsync(on_device, NULL));
    FAILS(cudaErrorMemoryAllocation, cudaMallocPitch((void **)&x, &pitch, SIZE_MAX / 2, 4));
}

/* ---- Copies ---- */

static void test_copies(void **state)
{
    int host[64], back[64] = { 0 };
    int *const x = device_ints(64), *const y = device_ints(64);

    (void)state;
    for (int i = 0; i < 64; i++)
        host[i] = i;
    OK(cudaMemcpy(x, host, sizeof host, cudaMemcpyHostToDevice));
    OK(cudaMemcpy(y, x, sizeof host, cudaMemcpyDeviceToDevice));
    OK(cudaMemcpy(back, y, sizeof host, cudaMemcpyDefault));
    assert_memory_equal(host, back, sizeof host);
    OK(cudaMemset(x, 0x7f, 4));
    OK(cudaMemsetAsync(x + 1, 0, 4, NULL));
    assert_int_equal(value_at(x), 0x7f7f7f7f);
    assert_int_equal(value_at(x + 1), 0);
    assert_int_equal(value_at(x + 2), 2);
    /* 3 rows of 2 ints from an 8-wide host matrix into a 4-wide one */
    OK(cudaMemcpy2D(y, 16, host + 1, 32, 8, 3, cudaMemcpyHostToDevice));
    assert_int_equal(value_at(y + 4), 9);
    assert_int_equal(value_at(y + 9), 18);
    assert_int_equal(value_at(y + 2), 2);
    OK(cudaMemset2D(y, 16, 1, 4, 2));
    assert_int_equal(value_at(y + 4), 0x01010101);
    assert_int_equal(value_at(y + 5), 10);
    OK(cudaMemcpy(x, host, 0, cudaMemcpyHostToDevice));
    assert_int_equal(cusim_finding_count(), 0);
}

static void test_wrong_copies(void **state)
{
    int host[64] = { 0 };
    int *const x = device_ints(64);

    (void)state;
    FAILS(cudaErrorInvalidValue, cudaMemcpy(host, x, sizeof host, cudaMemcpyHostToDevice));
    expect_finding("should be memory of the device, but is memory of the host");
    FAILS(cudaErrorInvalidValue, cudaMemcpy(x, host, sizeof host, cudaMemcpyDeviceToHost));
    expect_finding("should be memory of the host, but is device memory");
    FAILS(cudaErrorInvalidValue, cudaMemcpy(x + 1, host, sizeof host, cudaMemcpyHostToDevice));
    expect_finding("in an allocation of 256 bytes, of which 252 follow");
    FAILS(cudaErrorInvalidValue, cudaMemset(x, 0, 257));
    expect_finding("cudaMemset of 257 bytes: the destination");
    FAILS(cudaErrorInvalidValue, cudaMemcpy(NULL, host, 4, cudaMemcpyHostToDevice));
    expect_finding("NULL");
    FAILS(cudaErrorInvalidMemcpyDirection, cudaMemcpy(x, host, 4, (cudaMemcpyKind)9));
    FAILS(cudaErrorInvalidPitchValue, cudaMemcpy2D(x, 4, host, 8, 8, 2, cudaMemcpyHostToDevice));
    OK(cudaFree(x));
    FAILS(cudaErrorInvalidValue, cudaMemcpy(host, x, 4, cudaMemcpyDeviceToHost));
    expect_finding("device memory that has been freed");
}

static void test_symbols(void **state)
{
    int host[8] = { 1, 2, 3, 4, 5, 6, 7, 8 }, back[8] = { 0 };
    void *address;
    size_t bytes;

    (void)state;
    OK(cudaMemcpyToSymbol(table, host, 16, 16, cudaMemcpyHostToDevice));
    OK(cudaMemcpyToSymbol(table, host + 4, 16, 0, cudaMemcpyHostToDevice));
    OK(cudaMemcpyFromSymbol(back, table, 32, 0, cudaMemcpyDeviceToHost));
    assert_int_equal(back[0], 5);
    assert_int_equal(back[7], 4);
    OK(cudaGetSymbolAddress(&address, table));
    OK(cudaMemcpy(back, address, 32, cudaMemcpyDeviceToHost));
    OK(cudaGetSymbolSize(&bytes, table));
    assert_int_equal(bytes, 32);
    FAILS(cudaErrorInvalidSymbol, cudaMemcpyToSymbol(host, back, 4, 0, cudaMemcpyHostToDevice));
    FAILS(cudaErrorInvalidMemcpyDirection,
          cudaMemcpyToSymbol(table, host, 4, 0, cudaMemcpyDeviceToHost));
    FAILS(cudaErrorInvalidValue, cudaMemcpyToSymbol(table, host, 20, 16, cudaMemcpyHostToDevice));
    expect_finding("the variable table has 32 bytes");
}

/* ---- Errors ---- */

static void test_names(void **state)
{
    (void)state;
    assert_string_equal(cudaGetErrorName(cudaErrorIllegalAddress), "cudaErrorIllegalAddress");
    assert_string_equal(cudaGetErrorString(cudaErrorIllegalAddress),
                        "an illegal memory access was encountered");
    assert_int_equal(cudaErrorIllegalAddress, 700);
    assert_string_equal(cudaGetErrorString(cudaSuccess), "no error");
    assert_string_equal(cudaGetErrorName((cudaError_t)12345), "unrecognized error code");
}

static void test_last_error(void **state)
{
    (void)state;
    assert_int_equal(cudaSetDevice(1), cudaErrorInvalidDevice);
    OK(cudaSetDevice(0));                       /* success does not clear it */
    assert_int_equal(cudaPeekAtLastError(), cudaErrorInvalidDevice);
    assert_int_equal(cudaGetLastError(), cudaErrorInvalidDevice);
    OK(cudaGetLastError());
}

static int unread(void)
{
    const char *cause, *file;
    int line;

    return cusim_unread_error(&cause, &file, &line);
}

static void test_unread(void **state)
{
    static cusim_launch_site site = { "k", NULL, "k.cu", 30 };
    const cusim_config config = { { 0, 1, 1 }, { 1, 1, 1 }, 0, NULL };
    const char *cause, *file;
    int line;

    (void)state;
    cusim_set.check = false;
    assert_int_equal(cudaSetDevice(1), cudaErrorInvalidDevice);
    assert_int_equal(unread(), 0);              /* the caller has it */
    cusim_ignored(cudaSetDevice(1), "cudaSetDevice", "k.cu", 20);
    (void)cusim_launch(&site, &config, 0, nothing, NULL, nothing);
    assert_int_equal(cusim_unread_error(&cause, &file, &line), cudaErrorInvalidDevice);
    assert_string_equal(cause, "cudaSetDevice");
    assert_int_equal(line, 20);
    (void)cudaDeviceReset();

    (void)cusim_launch(&site, &config, 0, nothing, NULL, nothing);
    OK(cudaDeviceSynchronize());                /* tells nothing of a launch that was refused */
    assert_int_equal(cusim_unread_error(&cause, &file, &line), cudaErrorInvalidConfiguration);
    assert_int_equal(line, 30);
    (void)cudaGetLastError();
    assert_int_equal(unread(), 0);
}

static void crash_by_name(void)
{
    static cusim_launch_site site = { "crash", NULL, "k.cu", 40 };
    const cusim_config config = { { 1, 1, 1 }, { 1, 1, 1 }, 0, NULL };

    assert_int_equal(cusim_launch(&site, &config, 0, crash_body, NULL, nothing),
                     cudaErrorLaunchFailure);
}

/* A crash sticks; it has been read once a call has returned it to somebody who looks. */
static void test_sticky(void **state)
{
    int *const x = device_ints(4);

    (void)state;
    crash_by_name();
    assert_int_equal(unread(), cudaErrorLaunchFailure);
    cusim_ignored(cudaDeviceSynchronize(), "cudaDeviceSynchronize", "k.cu", 41);
    assert_int_equal(unread(), cudaErrorLaunchFailure);
    assert_int_equal(cudaDeviceSynchronize(), cudaErrorLaunchFailure);
    assert_int_equal(unread(), 0);
    cusim_ignored(cudaFree(x), "cudaFree", "k.cu", 42);     /* on the way out */
    assert_int_equal(unread(), 0);
    assert_int_equal(launch_add(x, 4, 1, NULL), cudaErrorLaunchFailure);
    OK(cudaDeviceReset());
    OK(launch_add(device_ints(4), 4, 1, NULL));
}

/* ---- Launches by address, attributes, occupancy ---- */

static void test_launch_by_address(void **state)
{
    int *const x = device_ints(300);
    int n = 300, add = 5;
    void *arguments[] = { (void *)&x, &n, &add };
    cudaFuncAttributes a;
    int blocks;

    (void)state;
    cusim_set.check = false;
    OK(cudaMemset(x, 0, 300 * sizeof *x));
    OK(launch_add(x, n, add, NULL));
    assert_int_equal(value_at(x + 299), 5);
    FAILS(cudaErrorInvalidDeviceFunction,
          cudaLaunchKernel(&n, (dim3){ 1, 1, 1 }, (dim3){ 1, 1, 1 }, arguments, 0, NULL));
    cusim_set.check = true;
    FAILS(cudaErrorInvalidValue, cudaLaunchKernel(&add_kernel, (dim3){ 1, 1, 1 },
                                                  (dim3){ 512, 1, 1 }, arguments, 0, NULL));
    expect_finding("__launch_bounds__ promises at most 256");
    cusim_set.check = false;
    OK(cudaFuncGetAttributes(&a, &add_kernel));
    assert_int_equal(a.maxThreadsPerBlock, 256);
    FAILS(cudaErrorInvalidValue, cudaLaunchKernel(&add_kernel, (dim3){ 1, 1, 1 },
                                                  (dim3){ 1, 1, 1 }, arguments, 100000, NULL));
    OK(cudaFuncSetAttribute(&add_kernel, cudaFuncAttributeMaxDynamicSharedMemorySize, 100000));
    OK(cudaLaunchKernel(&add_kernel, (dim3){ 1, 1, 1 }, (dim3){ 1, 1, 1 }, arguments, 100000,
                        NULL));
    FAILS(cudaErrorInvalidValue,
          cudaFuncSetAttribute(&add_kernel, cudaFuncAttributeMaxDynamicSharedMemorySize, 200000));
    OK(cudaOccupancyMaxActiveBlocksPerMultiprocessor(&blocks, &add_kernel, 256, 0));
    assert_int_equal(blocks, 8);
    OK(cudaOccupancyMaxActiveBlocksPerMultiprocessor(&blocks, &add_kernel, 64, 80 * 1024));
    assert_int_equal(blocks, 2);
}

static void test_device(void **state)
{
    cudaDeviceProp p;
    int value, count;

    (void)state;
    OK(cudaGetDeviceCount(&count));
    assert_int_equal(count, 1);
    OK(cudaGetDeviceProperties(&p, 0));
    assert_string_equal(p.name, "cusim");
    OK(cudaDeviceGetAttribute(&value, cudaDevAttrMultiProcessorCount, 0));
    assert_int_equal(value, p.multiProcessorCount);
    OK(cudaDeviceGetAttribute(&value, cudaDevAttrComputeCapabilityMajor, 0));
    assert_int_equal(value, 8);
    FAILS(cudaErrorInvalidDevice, cudaGetDeviceProperties(&p, 1));
}

/* ---- Streams and events ---- */

static int calls;

static void count_call(void *data)
{
    calls += *(int *)data;
}

static void test_streams(void **state)
{
    cudaStream_t stream;
    cudaEvent_t start, end;
    float time_ms = -1.0f;
    int ten = 10;

    (void)state;
    OK(cudaStreamCreateWithFlags(&stream, cudaStreamNonBlocking));
    OK(cudaEventCreate(&start));
    OK(cudaEventCreate(&end));
    FAILS(cudaErrorInvalidResourceHandle, cudaEventElapsedTime(&time_ms, start, end));
    OK(cudaEventRecord(start, stream));
    calls = 0;
    OK(cudaLaunchHostFunc(stream, count_call, &ten));
    OK(launch_add(device_ints(4), 4, 1, stream));
    OK(cudaEventRecord(end, stream));
    OK(cudaEventSynchronize(end));
    OK(cudaEventElapsedTime(&time_ms, start, end));
    assert_true(time_ms > 0.0f && time_ms < 1000.0f);
    OK(cudaEventElapsedTime(&time_ms, end, end));
    assert_true(time_ms > 0.0f);
    assert_int_equal(calls, 10);
    OK(cudaStreamWaitEvent(NULL, end, 0));
    OK(cudaStreamQuery(stream));
    OK(cudaStreamDestroy(stream));
    FAILS(cudaErrorInvalidResourceHandle, cudaStreamSynchronize(stream));
    FAILS(cudaErrorInvalidResourceHandle, launch_add(NULL, 4, 1, stream));
    OK(cudaEventDestroy(start));
    FAILS(cudaErrorInvalidResourceHandle, cudaEventRecord(start, NULL));
}

/* ---- Graphs ---- */

static void test_capture(void **state)
{
    int *const x = device_ints(8), *const y = device_ints(8);
    int ten = 10;
    cudaGraph_t graph;
    cudaGraphExec_t exec;
    cudaStreamCaptureStatus status;
    cudaGraphNode_t nodes[8];
    cudaGraphNodeType type;
    size_t count = 8;

    (void)state;
    cusim_set.check = false;
    OK(cudaMemset(y, 0, 32));
    calls = 0;
    OK(cudaStreamBeginCapture(cudaStreamPerThread, cudaStreamCaptureModeThreadLocal));
    OK(cudaMemsetAsync(x, 0, 32, cudaStreamPerThread));
    OK(launch_add(x, 8, 3, NULL));              /* the default stream by another name */
    OK(cudaMemcpyAsync(y, x, 16, cudaMemcpyDeviceToDevice, cudaStreamPerThread));
    OK(cudaLaunchHostFunc(cudaStreamPerThread, count_call, &ten));
    OK(cudaStreamIsCapturing(cudaStreamPerThread, &status));
    assert_int_equal(status, cudaStreamCaptureStatusActive);
    OK(cudaStreamEndCapture(cudaStreamPerThread, &graph));
    assert_int_equal(value_at(y), 0);           /* nothing has run */
    assert_int_equal(calls, 0);
    OK(cudaGraphGetNodes(graph, nodes, &count));
    assert_int_equal(count, 4);
    OK(cudaGraphNodeGetType(nodes[1], &type));
    assert_int_equal(type, cudaGraphNodeTypeKernel);
    count = 8;
    OK(cudaGraphGetRootNodes(graph, nodes, &count));
    assert_int_equal(count, 1);
    OK(cudaGraphInstantiate(&exec, graph, 0));
    OK(cudaGraphDestroy(graph));
    for (int i = 0; i < 3; i++)
        OK(cudaGraphLaunch(exec, cudaStreamPerThread));
    assert_int_equal(value_at(y + 3), 3);
    assert_int_equal(calls, 30);
    OK(cudaGraphExecDestroy(exec));
    FAILS(cudaErrorInvalidValue, cudaGraphLaunch(exec, NULL));
}

static void test_broken_captures(void **state)
{
    cudaStream_t stream;
    cudaGraph_t graph;
    void *p;

    (void)state;
    OK(cudaStreamCreate(&stream));
    FAILS(cudaErrorIllegalState, cudaStreamEndCapture(stream, &graph));
    OK(cudaStreamBeginCapture(stream, cudaStreamCaptureModeGlobal));
    FAILS(cudaErrorStreamCaptureUnsupported, cudaMalloc(&p, 16));
    FAILS(cudaErrorStreamCaptureInvalidated, launch_add(NULL, 4, 1, stream));
    FAILS(cudaErrorStreamCaptureInvalidated, cudaStreamEndCapture(stream, &graph));
    assert_null(graph);
    OK(cudaStreamBeginCapture(stream, cudaStreamCaptureModeRelaxed));
    OK(cudaMalloc(&p, 16));
    FAILS(cudaErrorStreamCaptureUnsupported, cudaStreamSynchronize(stream));
    FAILS(cudaErrorStreamCaptureInvalidated, cudaStreamEndCapture(stream, &graph));
    FAILS(cudaErrorStreamCaptureUnsupported,
          cudaStreamBeginCapture(cudaStreamLegacy, cudaStreamCaptureModeGlobal));
}

/* Work of a second stream joins the capture through events. */
static void test_capture_of_two_streams(void **state)
{
    int *const x = device_ints(8);
    cudaStream_t a, b;
    cudaEvent_t fork, join;
    cudaGraph_t graph;
    cudaGraphExec_t exec;
    size_t count;

    (void)state;
    cusim_set.check = false;
    OK(cudaMemset(x, 0, 32));
    OK(cudaStreamCreate(&a));
    OK(cudaStreamCreate(&b));
    OK(cudaEventCreate(&fork));
    OK(cudaEventCreate(&join));
    OK(cudaStreamBeginCapture(a, cudaStreamCaptureModeGlobal));
    OK(launch_add(x, 8, 1, a));
    OK(cudaEventRecord(fork, a));
    OK(cudaStreamWaitEvent(b, fork, 0));
    OK(launch_add(x, 8, 10, b));
    FAILS(cudaErrorStreamCaptureUnmatched, cudaStreamEndCapture(b, &graph));
    OK(cudaEventRecord(join, b));
    OK(cudaStreamWaitEvent(a, join, 0));
    OK(cudaStreamEndCapture(a, &graph));
    OK(cudaGraphGetNodes(graph, NULL, &count));
    assert_int_equal(count, 2);
    OK(cudaGraphInstantiate(&exec, graph, 0));
    OK(cudaGraphLaunch(exec, b));
    assert_int_equal(value_at(x), 11);
    OK(launch_add(x, 8, 1, b));                 /* b is free again */
    assert_int_equal(value_at(x), 12);
}

static void test_built_graph(void **state)
{
    int *x = device_ints(8), n = 8, add = 4, host[8] = { 0 };
    void *arguments[] = { (void *)&x, &n, &add };
    cudaKernelNodeParams kernel = { &add_kernel, { 1, 1, 1 }, { 32, 1, 1 }, 0, arguments, NULL };
    const cudaMemsetParams fill = { x, 0, 7, 4, 8, 1 };
    cudaGraph_t graph;
    cudaGraphExec_t exec;
    cudaGraphExecUpdateResultInfo info;
    cudaGraphNode_t nodes[3];

    (void)state;
    cusim_set.check = false;
    OK(cudaGraphCreate(&graph, 0));
    OK(cudaGraphAddMemsetNode(&nodes[0], graph, NULL, 0, &fill));
    OK(cudaGraphAddKernelNode(&nodes[1], graph, &nodes[0], 1, &kernel));
    OK(cudaGraphAddMemcpyNode1D(&nodes[2], graph, &nodes[1], 1, host, x, 32,
                                cudaMemcpyDeviceToHost));
    OK(cudaGraphInstantiate(&exec, graph, 0));
    OK(cudaGraphLaunch(exec, NULL));
    assert_int_equal(host[7], 11);
    add = 100;
    OK(cudaGraphExecKernelNodeSetParams(exec, nodes[1], &kernel));
    OK(cudaGraphLaunch(exec, NULL));
    assert_int_equal(host[0], 107);
    OK(cudaGraphExecUpdate(exec, graph, &info));
    OK(cudaGraphLaunch(exec, NULL));
    assert_int_equal(host[0], 11);
    OK(cudaGraphAddEmptyNode(&nodes[0], graph, nodes, 3));
    FAILS(cudaErrorGraphExecUpdateFailure, cudaGraphExecUpdate(exec, graph, &info));
    assert_int_equal(info.result, cudaGraphExecUpdateErrorTopologyChanged);
    OK(cudaGraphExecDestroy(exec));
    FAILS(cudaErrorInvalidValue, cudaGraphAddEmptyNode(&nodes[0], NULL, NULL, 0));
}

static void test_crash_in_graph(void **state)
{
    cudaGraph_t graph;
    cudaGraphExec_t exec;

    (void)state;
    OK(cudaStreamBeginCapture(cudaStreamPerThread, cudaStreamCaptureModeGlobal));
    OK(launch_crash());
    OK(cudaStreamEndCapture(cudaStreamPerThread, &graph));
    OK(cudaGraphInstantiate(&exec, graph, 0));
    assert_int_equal(cudaGraphLaunch(exec, NULL), cudaErrorLaunchFailure);
    assert_int_equal(cudaStreamSynchronize(NULL), cudaErrorLaunchFailure);
    (void)cudaDeviceReset();
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup(f, setup)
    const struct CMUnitTest tests[] = {
        TEST(test_allocation), TEST(test_wrong_frees), TEST(test_reuse), TEST(test_kinds_of_memory),
        TEST(test_copies), TEST(test_wrong_copies), TEST(test_symbols), TEST(test_names),
        TEST(test_last_error), TEST(test_unread), TEST(test_sticky), TEST(test_launch_by_address),
        TEST(test_device), TEST(test_streams), TEST(test_capture), TEST(test_broken_captures),
        TEST(test_capture_of_two_streams), TEST(test_built_graph), TEST(test_crash_in_graph),
    };
    cusim_quiet(true);
    cusim_register_kernel(&add_kernel);
    cusim_register_kernel(&crash_kernel);
    cusim_register_variable(&table_variable);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
