// wrong: nothing for a GPU, but cusim does not cover textures and says so
// found: compile: texture_fetch.cu:[0-9]+: error: cusim does not cover 'tex2D'
#include <cstdio>

__global__ void rotate(cudaTextureObject_t image, float *out, int width, float theta)
{
    float u = threadIdx.x * cosf(theta) - blockIdx.x * sinf(theta);
    float v = blockIdx.x * cosf(theta) + threadIdx.x * sinf(theta);
    out[blockIdx.x * width + threadIdx.x] = tex2D<float>(image, u + 0.5f, v + 0.5f); // <- here
}

int main()
{
    printf("nothing to show\n");
    return 0;
}
