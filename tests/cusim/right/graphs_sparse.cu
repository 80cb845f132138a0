// Irregular work: breadth-first search with frontiers, sparse matrix times vector
// (a thread and a warp per row), compaction by warp-aggregated atomics, connected components.
#include <algorithm>
#include <cstdio>
#include <queue>
#include <vector>

using namespace std;
typedef vector<int> ints;

template <class T> struct Array {               // managed, so that the host can look
    T *p = nullptr;
    explicit Array(size_t n) { if (cudaMallocManaged(&p, n * sizeof(T)) != cudaSuccess) abort(); }
    ~Array() { cudaFree(p); }
    operator T *() { return p; }
};

__global__ void bfs_level(const int *start, const int *edge, int *level, const int *frontier,
                          int size, int *next, int *next_size, int depth)
{
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i >= size) return;
    for (int v = frontier[i], e = start[v]; e < start[v + 1]; e++)
        if (atomicCAS(&level[edge[e]], -1, depth + 1) == -1)
            next[atomicAdd(next_size, 1)] = edge[e];
}

// As books have it: every thread that finds the flag to be set sets it, all to the same value.
__global__ void any_negative(const int *level, bool *found, int n)
{
    int v = blockIdx.x * blockDim.x + threadIdx.x;
    if (v < n && level[v] < 0) *found = true;
}

__global__ void spmv_thread(const int *start, const int *col, const double *val, const double *x,
                            double *y, int rows)
{
    for (int r = blockIdx.x * blockDim.x + threadIdx.x; r < rows; r += gridDim.x * blockDim.x) {
        double sum = 0;
        for (int e = start[r]; e < start[r + 1]; e++) sum += val[e] * x[col[e]];
        y[r] = sum;
    }
}

__global__ void spmv_warp(const int *start, const int *col, const double *val, const double *x,
                          double *y, int rows)
{
    const int row = (blockIdx.x * blockDim.x + threadIdx.x) / 32, lane = threadIdx.x % 32;
    if (row >= rows) return;
    double sum = 0;
    for (int e = start[row] + lane; e < start[row + 1]; e += 32) sum += val[e] * x[col[e]];
    for (int d = 16; d; d /= 2) sum += __shfl_xor_sync(0xffffffff, sum, d);
    if (lane == 0) y[row] = sum;
}

__device__ int reserve(int *counter)            // one atomic for all lanes that come by
{
    const unsigned active = __activemask();
    const int leader = __ffs(active) - 1, lane = threadIdx.x % 32;
    int base = 0;
    if (lane == leader) base = atomicAdd(counter, __popc(active));
    base = __shfl_sync(active, base, leader);
    return base + __popc(active & ((1u << lane) - 1));
}

__global__ void keep_odd(const int *in, int *out, int *count, int n)
{
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i < n && in[i] % 2) out[reserve(count)] = in[i];
}

__global__ void hook(const int2 *edges, int *label, int m, int *changed)
{
    int e = blockIdx.x * blockDim.x + threadIdx.x;
    if (e >= m) return;
    int a = atomicAdd(&label[edges[e].x], 0), b = atomicAdd(&label[edges[e].y], 0);
    if (a == b) return;
    atomicMin(&label[edges[e].x], b);
    atomicMin(&label[edges[e].y], a);
    atomicOr(changed, 1);
}

int main()
{
    const int n = 300, degree = 4;
    int wrong = 0, m = 0;
    Array<int> start(n + 1), edge(n * degree), level(n), out(n), count(1), in(n);
    Array<double> val(n * degree), x(n), y(n), y2(n);
    Array<bool> found(1);
    for (int v = 0; v < n; v++) {
        start[v] = m;
        for (int k = 0; k < v % (degree + 1); k++) {
            val[m] = k + 0.5;
            edge[m++] = (v * 7 + k * 31 + 1) % n;
        }
        level[v] = v == 4 ? 0 : -1;
        x[v] = v % 10;
        in[v] = v * 3;
    }
    start[n] = m;

    ints expected(n, -1);
    queue<int> q;
    for (q.push(4), expected[4] = 0; !q.empty(); q.pop())
        for (int v = q.front(), e = start[v]; e < start[v + 1]; e++)
            if (expected[edge[e]] < 0) { expected[edge[e]] = expected[v] + 1; q.push(edge[e]); }
    Array<int> frontier(n), next(n), next_size(1);
    int depth = 0, size = 1;
    frontier[0] = 4;
    for (; size > 0; depth++) {
        *next_size = 0;
        bfs_level<<<(size + 63) / 64, 64>>>(start, edge, level, frontier, size, next, next_size,
                                            depth);
        if (cudaDeviceSynchronize() != cudaSuccess) return 1;
        size = *next_size;
        swap(frontier.p, next.p);
    }
    *found = false;
    any_negative<<<3, 128>>>(level, found, n);
    cudaDeviceSynchronize();
    wrong +=
        *found != (count_if(expected.begin(), expected.end(), [](int l) { return l < 0; }) > 0);
    for (int v = 0; v < n; v++) wrong += level[v] != expected[v];
    printf("search: %d levels, %d wrong\n", depth, wrong);

    spmv_thread<<<2, 64>>>(start, edge, val, x, y, n);
    spmv_warp<<<(n + 3) / 4, 128>>>(start, edge, val, x, y2, n);
    *count = 0;
    keep_odd<<<3, 128>>>(in, out, count, n);
    cudaDeviceSynchronize();
    int sum = 0;
    for (int r = 0; r < n; r++) {
        double want = 0;
        for (int e = start[r]; e < start[r + 1]; e++) want += val[e] * x[edge[e]];
        wrong += y[r] != want || y2[r] != want;
    }
    for (int i = 0; i < *count; i++) { sum += out[i]; wrong += out[i] % 2 == 0; }
    wrong += *count != n / 2 || sum != 3 * (n / 2) * (n / 2);

    Array<int2> pairs(n);
    Array<int> label(n), changed(1);
    for (int i = 0; i < n; i++) { pairs[i] = make_int2(i, (i + 6) % n); label[i] = i; }
    do {
        *changed = 0;
        hook<<<5, 64>>>(pairs, label, n, changed);
        cudaDeviceSynchronize();
    } while (*changed);
    for (int i = 0; i < n; i++) wrong += label[i] != i % 6;
    printf("%d wrong, %s\n", wrong, cudaGetErrorString(cudaGetLastError()));
    return wrong != 0;
}
