// Letters counted with atomics: in global memory, in a copy per block, and run by run.
#include <cstring>
#include <iostream>
#include <string>
using namespace std;

#define LETTERS 26

__global__ void count_global(const char *text, int n, unsigned int *bins)
{
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i < n && text[i] >= 'a' && text[i] <= 'z')
        atomicAdd(&bins[text[i] - 'a'], 1);
}

__global__ void count_shared(const char *text, int n, unsigned int *bins)
{
    __shared__ unsigned int mine[LETTERS];
    for (int b = threadIdx.x; b < LETTERS; b += blockDim.x)
        mine[b] = 0u;
    __syncthreads();
    for (int i = blockIdx.x * blockDim.x + threadIdx.x; i < n; i += blockDim.x * gridDim.x) {
        int b = text[i] - 'a';
        if (0 <= b && b < LETTERS)
            atomicAdd(mine + b, 1u);
    }
    __syncthreads();
    for (int b = threadIdx.x; b < LETTERS; b += blockDim.x)
        if (mine[b] > 0)
            atomicAdd(bins + b, mine[b]);
}

__global__ void count_runs(const char *text, int n, unsigned int *bins)
{
    const int each = 16;
    int run = -1;
    unsigned int length = 0;
    int from = (blockIdx.x * blockDim.x + threadIdx.x) * each;
    for (int i = from; i < min(n, from + each); i++) {
        int b = text[i] - 'a';
        if (b < 0 || b >= LETTERS) continue;
        if (b != run) {
            if (length) atomicAdd(&bins[run], length);
            run = b;
            length = 0;
        }
        length++;
    }
    if (length) atomicAdd(&bins[run], length);
}

void show(cudaError_t e)
{
    if (e != cudaSuccess) {
        cerr << "CUDA error: " << cudaGetErrorString(e) << endl;
        exit(1);
    }
}

int main()
{
    string text;
    while (text.size() < 6000)
        text += "the quick brown fox jumps over the lazy dog, aaaaand again; ";
    const int n = (int)text.size();
    unsigned int expected[LETTERS] = {}, got[LETTERS], *bins;
    for (char c : text)
        if (c >= 'a' && c <= 'z') expected[c - 'a']++;
    char *dev_text;
    show(cudaMalloc(&dev_text, n));
    show(cudaMalloc(&bins, sizeof(got)));
    show(cudaMemcpy(dev_text, text.c_str(), n, cudaMemcpyHostToDevice));
    cudaDeviceProp prop;
    show(cudaGetDeviceProperties(&prop, 0));
    for (int way = 0; way < 3; way++) {
        show(cudaMemset(bins, 0, sizeof(got)));
        if (way == 0)
            count_global<<<(n + 127) / 128, 128>>>(dev_text, n, bins);
        else if (way == 1)
            count_shared<<<prop.multiProcessorCount, 96>>>(dev_text, n, bins);
        else
            count_runs<<<(n + 16 * 64 - 1) / (16 * 64), 64>>>(dev_text, n, bins);
        show(cudaGetLastError());
        show(cudaMemcpy(got, bins, sizeof(got), cudaMemcpyDeviceToHost));
        if (memcmp(got, expected, sizeof(got)) != 0) {
            cout << "way " << way << " is wrong" << endl;
            return 1;
        }
    }
    show(cudaFree(dev_text));
    show(cudaFree(bins));
    cout << "a: " << got[0] << ", z: " << got[25] << endl;
    return 0;
}
