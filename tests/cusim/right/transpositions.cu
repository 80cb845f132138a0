// A matrix transposed element by element, through a tile, and through a padded tile; any size,
// chosen through a table of function pointers.
#include <cstdio>
#include <cstdlib>
#include <vector>

constexpr int TILE = 32, ROWS = 8;

__global__ void plain(const double *in, double *out, int rows, int cols)
{
    const int c = blockIdx.x * TILE + threadIdx.x;
    for (int k = 0; k < TILE; k += ROWS) {
        const int r = blockIdx.y * TILE + threadIdx.y + k;
        if (r < rows && c < cols) out[(size_t)c * rows + r] = in[(size_t)r * cols + c];
    }
}

template <int PADDING>
__global__ void through_tile(const double *in, double *out, int rows, int cols)
{
    __shared__ double tile[TILE][TILE + PADDING];
    int c = blockIdx.x * TILE + threadIdx.x, r = blockIdx.y * TILE + threadIdx.y;
    for (int k = 0; k < TILE; k += ROWS)
        if (r + k < rows && c < cols) tile[threadIdx.y + k][threadIdx.x] = in[(r + k) * cols + c];
    __syncthreads();
    c = blockIdx.y * TILE + threadIdx.x;        // rows and columns have changed places
    r = blockIdx.x * TILE + threadIdx.y;
    for (int k = 0; k < TILE; k += ROWS)
        if (r + k < cols && c < rows) out[(r + k) * rows + c] = tile[threadIdx.x][threadIdx.y + k];
}

using kernel_t = void (*)(const double *, double *, int, int);

int main(int argc, char *argv[])
{
    const int rows = argc > 2 ? atoi(argv[1]) : 70, cols = argc > 2 ? atoi(argv[2]) : 45;
    std::vector<double> in(rows * cols), out(rows * cols);
    for (size_t i = 0; i < in.size(); i++) in[i] = double(i);
    double *d_in = nullptr, *d_out = nullptr;
    const size_t bytes = in.size() * sizeof(double);
    if (cudaMalloc(&d_in, bytes) != cudaSuccess || cudaMalloc(&d_out, bytes) != cudaSuccess)
        return 1;
    if (cudaMemcpy(d_in, in.data(), bytes, cudaMemcpyHostToDevice) != cudaSuccess) return 1;

    const struct {
        const char *name;
        kernel_t kernel;
    } ways[] = {{"plain", plain}, {"tile", through_tile<0>}, {"padded tile", &through_tile<1>}};
    const dim3 block(TILE, ROWS), grid((cols + TILE - 1) / TILE, (rows + TILE - 1) / TILE);
    for (const auto &way : ways) {
        if (cudaMemset(d_out, 0, bytes) != cudaSuccess) return 1;
        way.kernel<<<grid, block>>>(d_in, d_out, rows, cols);
        if (cudaMemcpy(out.data(), d_out, bytes, cudaMemcpyDeviceToHost) != cudaSuccess) return 1;
        int wrong = 0;
        for (int r = 0; r < rows; r++)
            for (int c = 0; c < cols; c++) wrong += out[c * rows + r] != in[r * cols + c];
        std::printf("%s: %d wrong\n", way.name, wrong);
        if (wrong) return 1;
    }
    cudaFree(d_in);
    cudaFree(d_out);
    return cudaGetLastError() == cudaSuccess ? EXIT_SUCCESS : EXIT_FAILURE;
}
