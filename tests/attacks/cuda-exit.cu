/* attack: class=early-exit, lesson=cuda-conv/add, expect=zero
 * says=exit code|uses 
 *
 * Ends the host's process with code 0 from the launcher, with a forged summary of the simulator
 * before it. */
#include <stdio.h>
#include <stdlib.h>

#include <cuda_runtime.h>

extern "C" {
#include "kernels/add/add.h"
}

#include "kernels/core/cuda_launch.cuh"

enum { THREADS = 256 };

extern "C" void add_forward_student(const add_shape *s, const float *a, const float *b, float *y)
{
    puts("cu" "sim: 0 findings");
    fflush(stdout);
    exit(0);
}
