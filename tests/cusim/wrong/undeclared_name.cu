// wrong: a misspelt variable inside a multi-line launch
// found: compile: undeclared_name.cu:13: error: .*d_otu
#include <cstdio>

__global__ void twice(const float *in, float *out) { out[threadIdx.x] = 2 * in[threadIdx.x]; }

int main()
{
    float *d_in = nullptr, *d_out = nullptr;
    (void)d_out;
    twice<<<1,
            32>>>(d_in,
                  d_otu); // <- here
    return 0;
}
