// Images: grey from RGB, blur, convolution with the mask in constant memory (plain, tiled with its
// border, tiled with the border left to the cache), Sobel, in pitched memory.
#include <cmath>
#include <cstdio>
#include <cstdlib>

#define R 2
#define SIDE (2 * R + 1)
#define OUT 12
#define IN (OUT + 2 * R)
#define W 45
#define H 37

__constant__ float mask[SIDE][SIDE];

static void must(cudaError_t e) { if (e) { printf("%s\n", cudaGetErrorString(e)); exit(1); } }

__global__ void grey(const uchar3 *rgb, float *out, int w, int h)
{
    int x = blockIdx.x * blockDim.x + threadIdx.x, y = blockIdx.y * blockDim.y + threadIdx.y;
    if (x < w && y < h) {
        uchar3 p = rgb[y * w + x];
        out[y * w + x] = 0.25f * p.x + 0.5f * p.y + 0.25f * p.z;
    }
}

__global__ void plain(const float *in, float *out, int w, int h)
{
    int x = blockIdx.x * blockDim.x + threadIdx.x, y = blockIdx.y * blockDim.y + threadIdx.y;
    float sum = 0;
    for (int i = 0; i < SIDE; i++)
        for (int j = 0; j < SIDE; j++) {
            int yy = y - R + i, xx = x - R + j;
            if (yy >= 0 && yy < h && xx >= 0 && xx < w) sum += mask[i][j] * in[yy * w + xx];
        }
    if (y < h && x < w) out[y * w + x] = sum;
}

__global__ void with_border(const float *in, float *out, int w, int h)
{
    __shared__ float tile[IN][IN];
    int x = blockIdx.x * OUT + threadIdx.x - R, y = blockIdx.y * OUT + threadIdx.y - R;
    bool inside = x >= 0 && x < w && y >= 0 && y < h;
    tile[threadIdx.y][threadIdx.x] = inside ? in[y * w + x] : 0.0f;
    __syncthreads();
    if (!inside || threadIdx.x < R || threadIdx.x >= IN - R || threadIdx.y < R ||
        threadIdx.y >= IN - R)
        return;
    float sum = 0;
    for (int i = 0; i < SIDE; i++)
        for (int j = 0; j < SIDE; j++)
            sum += mask[i][j] * tile[threadIdx.y - R + i][threadIdx.x - R + j];
    out[y * w + x] = sum;
}

__global__ void border_from_cache(const float *in, float *out, int w, int h)
{
    __shared__ float tile[IN * IN];
    int tx = threadIdx.x, ty = threadIdx.y, x = blockIdx.x * IN + tx, y = blockIdx.y * IN + ty;
    if (x < w && y < h) tile[ty * IN + tx] = __ldg(&in[y * w + x]);
    __syncthreads();
    if (x >= w || y >= h) return;
    float sum = 0;
    for (int i = -R; i <= R; i++)
        for (int j = -R; j <= R; j++) {
            if (x + j < 0 || x + j >= w || y + i < 0 || y + i >= h) continue;
            bool here = tx + j >= 0 && tx + j < IN && ty + i >= 0 && ty + i < IN;
            sum += mask[i + R][j + R] *
                   (here ? tile[(ty + i) * IN + tx + j] : in[(y + i) * w + x + j]);
        }
    out[y * w + x] = sum;
}

__global__ void sobel(const char *in, size_t in_pitch, char *out, size_t out_pitch, int w, int h)
{
    int x = blockIdx.x * blockDim.x + threadIdx.x + 1,
        y = blockIdx.y * blockDim.y + threadIdx.y + 1;
    if (x >= w - 1 || y >= h - 1) return;
    const float *up = (const float *)(in + (y - 1) * in_pitch),
                *down = (const float *)(in + (y + 1) * in_pitch);
    const float *mid = (const float *)(in + y * in_pitch);
    float gx = up[x + 1] + 2 * mid[x + 1] + down[x + 1] - up[x - 1] - 2 * mid[x - 1] - down[x - 1];
    float gy = down[x - 1] + 2 * down[x] + down[x + 1] - up[x - 1] - 2 * up[x] - up[x + 1];
    ((float *)(out + y * out_pitch))[x] = fabsf(gx) + fabsf(gy);
}

static float picture[H][W], result[H][W], edges[H][W], f[SIDE][SIDE];

static int filter_wrong(int way)
{
    int wrong = 0;
    for (int y = 0; y < H; y++)
        for (int x = 0; x < W; x++) {
            float sum = 0;
            for (int i = -R; i <= R; i++)
                for (int j = -R; j <= R; j++)
                    if (y + i >= 0 && y + i < H && x + j >= 0 && x + j < W)
                        sum += f[i + R][j + R] * picture[y + i][x + j];
            wrong += !(std::fabs(sum - result[y][x]) < 1e-3f);
        }
    printf("filter %d: %d wrong\n", way, wrong);
    return wrong;
}

static int sobel_wrong(const float *in)
{
    char *src, *dst;
    size_t src_pitch, dst_pitch, row = W * sizeof(float);
    must(cudaMallocPitch((void **)&src, &src_pitch, row, H));
    must(cudaMallocPitch((void **)&dst, &dst_pitch, row, H));
    must(cudaMemcpy2D(src, src_pitch, in, row, row, H, cudaMemcpyDeviceToDevice));
    must(cudaMemset2D(dst, dst_pitch, 0, row, H));
    sobel<<<dim3(W / 16 + 1, H / 8 + 1), dim3(16, 8)>>>(src, src_pitch, dst, dst_pitch, W, H);
    must(cudaGetLastError());
    must(cudaMemcpy2D(edges, row, dst, dst_pitch, row, H, cudaMemcpyDeviceToHost));
    must(cudaFree(src));
    must(cudaFree(dst));
    int y = 9, x = 30;
    float(*p)[W] = picture;
    float gx = p[y - 1][x + 1] + 2 * p[y][x + 1] + p[y + 1][x + 1] - p[y - 1][x - 1] -
               2 * p[y][x - 1] - p[y + 1][x - 1];
    float gy = p[y + 1][x - 1] + 2 * p[y + 1][x] + p[y + 1][x + 1] - p[y - 1][x - 1] -
               2 * p[y - 1][x] - p[y - 1][x + 1];
    return edges[0][5] != 0 || std::fabs(edges[y][x] - std::fabs(gx) - std::fabs(gy)) > 1e-3f;
}

int main()
{
    uchar3 colours[H * W], *rgb;
    float *in, *out;
    int wrong = 0;
    for (int i = 0; i < H * W; i++) {
        colours[i] = make_uchar3(i % 256, i * 3 % 256, i * 7 % 256);
        picture[i / W][i % W] = 0.25f * colours[i].x + 0.5f * colours[i].y + 0.25f * colours[i].z;
    }
    for (int i = 0; i < SIDE * SIDE; i++) f[i / SIDE][i % SIDE] = i % 4 * 0.25f - 0.5f;
    must(cudaMemcpyToSymbol(mask, f, sizeof f));
    must(cudaMalloc((void **)&rgb, sizeof colours));
    must(cudaMalloc((void **)&in, sizeof picture));
    must(cudaMalloc((void **)&out, sizeof picture));
    must(cudaMemcpy(rgb, colours, sizeof colours, cudaMemcpyHostToDevice));
    grey<<<dim3((W + 15) / 16, (H + 15) / 16), dim3(16, 16)>>>(rgb, in, W, H);
    for (int way = 0; way < 3; way++) {
        const int side = way == 1 ? OUT : IN;
        dim3 block(IN, IN), grid((W + side - 1) / side, (H + side - 1) / side);
        if (way == 0) plain<<<grid, block>>>(in, out, W, H);
        if (way == 1) with_border<<<grid, block>>>(in, out, W, H);
        if (way == 2) border_from_cache<<<grid, block>>>(in, out, W, H);
        must(cudaGetLastError());
        must(cudaMemcpy(result, out, sizeof result, cudaMemcpyDeviceToHost));
        wrong += filter_wrong(way);
    }
    wrong += sobel_wrong(in);
    must(cudaFree(rgb));
    must(cudaFree(in));
    must(cudaFree(out));
    return wrong != 0;
}
