// wrong: the lock is passed by value, and the destructor of the copy frees its memory
// found: use-after-free
#include <cstdio>

struct Lock {
    int *mutex;
    Lock()
    {
        cudaMalloc((void **)&mutex, sizeof(int));
        cudaMemset(mutex, 0, sizeof(int));
    }
    ~Lock() { cudaFree(mutex); } // <- here
    __device__ void lock()
    {
        while (atomicCAS(mutex, 0, 1) != 0) { }
        __threadfence();
    }
    __device__ void unlock()
    {
        __threadfence();
        atomicExch(mutex, 0);
    }
};

__global__ void add(Lock l, int *c)
{
    if (threadIdx.x != 0) return;
    l.lock();
    *c += 1;
    l.unlock();
}

int main()
{
    int *c, h = 0;
    cudaMalloc(&c, 4);
    cudaMemset(c, 0, 4);
    {
        Lock l;
        add<<<8, 64>>>(l, c);
        cudaMemcpy(&h, c, 4, cudaMemcpyDeviceToHost);
    }
    cudaFree(c);
    printf("%d %s\n", h, cudaGetErrorString(cudaGetLastError()));
    return h != 8;
}
