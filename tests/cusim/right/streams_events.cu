// SAXPY in chunks over several streams with pinned memory, ordered and timed with events.
#include <cassert>
#include <cstdio>
#include <vector>

static inline cudaError_t ok(cudaError_t result)
{
    if (result != cudaSuccess)
        fprintf(stderr, "CUDA runtime: %s\n", cudaGetErrorName(result));
    assert(result == cudaSuccess);
    return result;
}

__global__ void saxpy(int n, float a, const float *__restrict__ x, float *__restrict__ y)
{
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i < n) y[i] = fmaf(a, x[i], y[i]);
}

static void CUDART_CB note(void *counter) { ++*static_cast<int *>(counter); }

int main()
{
    const int chunks = 5, chunk = 1000, n = chunks * chunk;
    float *x, *y, *dx, *dy;
    ok( cudaMallocHost((void **)&x, n * sizeof(float)) );
    ok( cudaHostAlloc((void **)&y, n * sizeof(float), cudaHostAllocDefault) );
    ok( cudaMalloc(&dx, n * sizeof(float)) );
    ok( cudaMalloc(&dy, n * sizeof(float)) );
    for (int i = 0; i < n; i++) {
        x[i] = (float)(i % 100);
        y[i] = 1.0f;
    }
    std::vector<cudaStream_t> stream(chunks);
    cudaEvent_t begin, copied, end;
    ok( cudaEventCreate(&begin) );
    ok( cudaEventCreateWithFlags(&copied, cudaEventDisableTiming) );
    ok( cudaEventCreate(&end) );
    for (auto &s : stream) ok( cudaStreamCreateWithFlags(&s, cudaStreamNonBlocking) );

    int done = 0;
    ok( cudaEventRecord(begin, stream[0]) );
    ok( cudaMemcpyAsync(dy, y, n * sizeof(float), cudaMemcpyHostToDevice, stream[0]) );
    ok( cudaEventRecord(copied, stream[0]) );
    for (int c = 0; c < chunks; c++) {
        size_t at = (size_t)c * chunk, bytes = chunk * sizeof(float);
        ok( cudaStreamWaitEvent(stream[c], copied, 0) );
        ok( cudaMemcpyAsync(dx + at, x + at, bytes, cudaMemcpyHostToDevice, stream[c]) );
        saxpy<<<(chunk + 127) / 128, 128, 0, stream[c]>>>(chunk, 2.0f, dx + at, dy + at);
        ok( cudaMemcpyAsync(y + at, dy + at, bytes, cudaMemcpyDeviceToHost, stream[c]) );
        ok( cudaLaunchHostFunc(stream[c], note, &done) );
    }
    for (auto s : stream) ok( cudaStreamSynchronize(s) );
    ok( cudaEventRecord(end, stream[0]) );
    ok( cudaEventSynchronize(end) );
    ok( cudaEventQuery(end) );
    float time_ms = -1.0f;
    ok( cudaEventElapsedTime(&time_ms, begin, end) );
    ok( cudaGetLastError() );

    int wrong = 0;
    for (int i = 0; i < n; i++) wrong += y[i] != 2.0f * (i % 100) + 1.0f;
    printf("%d wrong, %d chunks, %s\n", wrong, done, time_ms >= 0 ? "timed" : "not timed");
    for (auto s : stream) ok( cudaStreamDestroy(s) );
    ok( cudaEventDestroy(begin) );
    ok( cudaEventDestroy(copied) );
    ok( cudaEventDestroy(end) );
    ok( cudaFreeHost(x) );
    ok( cudaFreeHost(y) );
    ok( cudaFree(dx) );
    ok( cudaFree(dy) );
    return wrong != 0 || done != chunks || time_ms < 0;
}
