/* worker_device.c: a worker's tensors on a CUDA device: a GPU, or the simulator.
 *
 * Under the simulator a tensor goes alone, so that it sees each access beyond it; on a GPU the
 * bytes beside it travel along, and the grader finds what was written there. A tensor's address is
 * as far from a multiple of 64 as the grader has it. */
#include "grade/worker/worker_serve.h"

#include <cuda_runtime_api.h>
#include <dlfcn.h>
#include <glob.h>
#include <stdio.h>
#include <string.h>

#include "kernels/core/launch_status.h"
#ifdef WORKER_CUSIM
#include "cusim/include/cusim.h"
#include "grade/worker/worker_targets.h"
#endif

enum { ALIGNMENT = 64 };

static void *blocks[WORKER_MAX_REGIONS];
static int block_count;
static cudaError_t last;
static bool launched_badly;

static bool fine(cudaError_t error)
{
    if (error != cudaSuccess && last == cudaSuccess)
        last = error;
    return error == cudaSuccess;
}

#ifdef WORKER_CUSIM
static const bool gpu = false;

static void load(void)
{
}

static const void *whole_stack;         /* below main()'s */

static bool may_call(const void *function)
{
    return !worker_targets_asked() || worker_may_call((uintptr_t)function);
}

/* The student's code, which is loaded later, has no business in what is here by now, nor above
 * `stack`. It runs whenever this file does not. */
static void give_way(const void *stack)
{
    cusim_wall_up(stack, may_call);
}

static void take_over(void)
{
    cusim_wall_down();
}

static bool start(char *why)
{
    whole_stack = __builtin_dwarf_cfa();
    give_way(whole_stack);
    return why != NULL;
}

static bool alone(void)
{
    return cusim_checks();
}

static bool found_something(void)
{
    return cusim_finding_count() > 0;
}

static const char *finding(void)
{
    return cusim_finding_text(0);
}

static void begin(uint64_t seed)
{
    cusim_quiet(true);
    cusim_forget_findings();
    cusim_seed(seed);
}

static size_t profile(char *to, size_t most)
{
    FILE *const out = fmemopen(to, most, "w");

    if (!out)
        return 0;
    cusim_profile_print(out);
    const long size = ftell(out);
    return ferror(out) | fclose(out) || size < 0 ? 0 : (size_t)size;
}
#else
static const bool gpu = true;
static const void *const whole_stack;

static void give_way(const void *stack)
{
    (void)stack;
}

static void take_over(void)
{
}

/* The second compiles PTX for GPUs that are newer than nvcc was told of. */
static void load(void)
{
    static const char *const libraries[] = { "libcuda.so.1", "libnvidia-ptxjitcompiler.so.1" };
    static const char *const files[] = { "/etc/ld.so.cache", "/dev/nvidiactl", "/dev/nvidia-uvm",
                                         "/dev/nvidia[0-9]*", "/dev/nvidia-caps/*" };
    glob_t found;

    for (int i = 0; i < 2; i++)
        (void)dlopen(libraries[i], RTLD_LAZY);
    for (int i = 0; i < 5; i++) {
        if (glob(files[i], 0, NULL, &found) != 0)
            continue;
        for (size_t k = 0; k < found.gl_pathc; k++)
            puts(found.gl_pathv[k]);
        globfree(&found);
    }
}

/* A GPU for which nvcc compiles nothing here, or without room for the largest problem, would make
 * right code look wrong. */
static bool start(char *why)
{
    enum { OLDEST = 75 };
    const size_t needed = 2 * (size_t)WORKER_FILE_BYTES;
    size_t free_bytes = 0, all_bytes = 0;
    int major = 0, minor = 0;

    if (!fine(cudaFree(NULL)) ||
        !fine(cudaDeviceGetAttribute(&major, cudaDevAttrComputeCapabilityMajor, 0)) ||
        !fine(cudaDeviceGetAttribute(&minor, cudaDevAttrComputeCapabilityMinor, 0)) ||
        !fine(cudaMemGetInfo(&free_bytes, &all_bytes)))
        snprintf(why, WORKER_TEXT_BYTES, "the GPU: %s", cudaGetErrorString(last));
    else if (10 * major + minor < OLDEST)
        snprintf(why, WORKER_TEXT_BYTES, "the GPU is of compute capability %d.%d, 7.5 is needed",
                 major, minor);
    else if (free_bytes < needed)
        snprintf(why, WORKER_TEXT_BYTES, "the GPU has %zu bytes of memory free, %zu are needed",
                 free_bytes, needed);
    else
        return true;
    return false;
}

static bool alone(void)
{
    return false;
}

static bool found_something(void)
{
    return false;
}

static const char *finding(void)
{
    return NULL;
}

static void begin(uint64_t seed)
{
    (void)seed;
}

static size_t profile(char *to, size_t most)
{
    (void)to, (void)most;
    return 0;
}
#endif

/* ---- Carrying ---- */

static size_t before(const worker_region *r)
{
    return alone() ? 0 : r->before;
}

static size_t travelling(const worker_region *r)
{
    return before(r) + r->bytes + (alone() ? 0 : r->after);
}

static bool prepare(const worker_plan *plan, void **address)
{
    bool good = true;

    take_over();
    while (block_count > 0)
        (void)cudaFree(blocks[--block_count]);
    (void)cudaGetLastError();
    last = cudaSuccess;
    for (uint64_t i = 0; good && i < plan->region_count; i++) {
        const worker_region *const r = &plan->region[i];
        const size_t lead = r->data % ALIGNMENT;
        void *block;
        if (!r->on_device)
            continue;
        const size_t bytes = lead + travelling(r);
        good = fine(cudaMalloc(&block, bytes ? bytes : 1));
        if (!good)
            break;
        blocks[block_count++] = block;
        address[i] = (char *)block + lead + before(r);
    }
    give_way(whole_stack);
    return good;
}

static bool upload(const worker_plan *plan, unsigned char *const *home, void *const *address)
{
    bool good = true;

    take_over();
    launched_badly = false;
    for (uint64_t i = 0; good && i < plan->region_count; i++) {
        const worker_region *const r = &plan->region[i];
        if (r->on_device && travelling(r) > 0)
            good = fine(cudaMemcpy((char *)address[i] - before(r), home[i] - before(r),
                                   travelling(r), cudaMemcpyHostToDevice));
    }
    give_way(__builtin_dwarf_cfa());            /* the call comes next */
    return good;
}

static bool download(const worker_plan *plan, unsigned char *const *home, void *const *address)
{
    take_over();
    bool good = fine(cudaDeviceSynchronize());

    launched_badly = launch_status() != STATUS_OK;
    good = good && !launched_badly && !found_something();
    for (uint64_t i = 0; good && i < plan->region_count; i++) {
        const worker_region *const r = &plan->region[i];
        if (r->on_device && r->file == WORKER_FILE_OUTPUTS && travelling(r) > 0)
            good = fine(cudaMemcpy(home[i] - before(r), (char *)address[i] - before(r),
                                   travelling(r), cudaMemcpyDeviceToHost));
    }
    give_way(whole_stack);
    return good && !found_something();
}

static void explain(char *text)
{
    const char *const found = finding();

    take_over();
    snprintf(text, WORKER_TEXT_BYTES, "%s", found ? found
             : launched_badly ? "a kernel could not be launched" : cudaGetErrorString(last));
    (void)cudaDeviceReset();
    (void)cudaGetLastError();
    last = cudaSuccess;
    block_count = 0;                            /* the reset has freed them */
    give_way(whole_stack);
}

const worker_device worker_device_here = { gpu, load, start, prepare, upload, download, explain,
                                            profile, begin };
