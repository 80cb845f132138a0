// wrong: grid.sync() in a kernel that was not launched cooperatively
// found: deadlock
// also: leak
#include <cooperative_groups.h>
#include <cstdio>
namespace cg = cooperative_groups;

__global__ void two_phases(int *x)
{
    cg::grid_group grid = cg::this_grid();
    x[grid.thread_rank()] = 1;
    grid.sync(); // <- here
    x[grid.thread_rank()] += 1;
}

int main()
{
    int *x;
    if (cudaMalloc(&x, 128 * sizeof(int)) != cudaSuccess) return 2;
    two_phases<<<2, 64>>>(x);
    cudaError_t err = cudaDeviceSynchronize();
    printf("%s\n", cudaGetErrorString(err));
    return err != cudaSuccess;
}
