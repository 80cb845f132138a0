// An ordinary C++ file that is linked with the two .cu files.
#include <cstdio>
#include <vector>
#include <cuda_runtime.h>
#include "shapes_host.h"

int main()
{
    int devices = 0;
    if (cudaGetDeviceCount(&devices) != cudaSuccess || devices < 1) return 1;
    const int n = 200;
    std::vector<float> a(n), b(n), out(n);
    for (int i = 0; i < n; i++) {
        a[i] = 1.0f * i;
        b[i] = 0.5f;
    }
    if (areas_on_device(a.data(), b.data(), out.data(), n) || scaled_on_device(out.data(), n, 4.0f))
        return 1;
    for (int i = 0; i < n; i++)
        if (out[i] != 2.0f * i) {
            std::printf("element %d is %g\n", i, out[i]);
            return 1;
        }
    std::puts("ok");
    return 0;
}
