// Managed memory: the host fills and reads what the kernel computes; no copies, nothing checked
// until the end. A grid-stride loop and a __managed__ variable.
#include <cmath>
#include <iostream>

__managed__ int kernels_run = 0;

__global__
void add(int n, const double *x, double *y) {
  for (int i = blockIdx.x * blockDim.x + threadIdx.x; i < n; i += gridDim.x * blockDim.x)
    y[i] += x[i];
  if (blockIdx.x == 0 && threadIdx.x == 0) kernels_run += 1;
}

int main() {
  const int n = 1 << 13;
  double *x, *y;
  cudaMallocManaged(&x, n * sizeof(double));
  cudaMallocManaged((void **)&y, n * sizeof(double));
  for (int i = 0; i < n; ++i) {
    x[i] = i;
    y[i] = 1.0;
  }

  add<<<7, 96>>>(n, x, y);
  cudaDeviceSynchronize();
  y[0] += 1.0;                  // the host writes between two kernels
  add<<<1, 1024>>>(n, x, y);
  cudaDeviceSynchronize();

  double worst = 0.0;
  for (int i = 0; i < n; ++i)
    worst = std::fmax(worst, std::fabs(y[i] - (2.0 * i + 1.0 + (i == 0))));
  std::cout << "worst error " << worst << " after " << kernels_run << " kernels" << std::endl;
  cudaFree(x);
  cudaFree(y);
  return worst > 0 || kernels_run != 2 || cudaGetLastError() != cudaSuccess;
}
