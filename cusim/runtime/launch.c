/* launch.c: launches: what CUDA refuses, and what is done around the blocks of one. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "cusim/runtime/faults.h"
#include "cusim/runtime/machine.h"
#include "cusim/runtime/occupancy.h"
#include "cusim/runtime/schedule.h"

enum { MAX_BLOCK_Z = 64, MAX_GRID_YZ = 65535, MAX_GRID_X = 0x7fffffff };

static cusim_kernel *kernels;
static cusim_function *functions;
static size_t function_count;
static uint64_t launches;

/* ---- Kernels by address ---- */

/* Copied, since a program may write to its own: the functions in it are called. */
void cusim_register_kernel(const cusim_kernel *kernel)
{
    cusim_kernel *const mine = malloc(sizeof *mine);

    if (!mine)
        cusim_fatal("no memory for the list of kernels");
    *mine = *kernel;
    mine->next = kernels;
    kernels = mine;
}

cusim_kernel *cusim_kernel_of(const void *function)
{
    cusim_kernel *k = kernels;

    while (k && k->function != function)
        k = k->next;
    return k;
}

const cusim_function *cusim_function_of(const void *function)
{
    for (size_t i = 0; i < function_count; i++)
        if (functions[i].function == function)
            return &functions[i];
    return NULL;
}

size_t cusim_opted_shared(const void *function)
{
    int most = 0;

    for (size_t i = 0; i < function_count; i++)
        if ((!function || functions[i].function == function) &&
            functions[i].max_dynamic_shared > most)
            most = functions[i].max_dynamic_shared;
    return (size_t)most;
}

cusim_function *cusim_function_set(const void *function)
{
    for (size_t i = 0; i < function_count; i++)
        if (functions[i].function == function)
            return &functions[i];
    cusim_function *const more = realloc(functions, (function_count + 1) * sizeof *more);
    if (!more)
        cusim_fatal("no memory for the attributes of kernels");
    functions = more;
    functions[function_count] = (cusim_function){ .function = function };
    return &functions[function_count++];
}

/* ---- What is refused ---- */

typedef struct {
    const cusim_launch_site *site;
    const void *caller;         /* of cudaLaunchKernel; NULL: the site knows file and line */
} origin;

__attribute__((format(printf, 3, 4)))
static cudaError_t refuse(origin from, cudaError_t error, const char *format, ...)
{
    const char *const form = "the launch of %s is refused: %s";
    char why[256];
    va_list arguments;

    if (!cusim_set.check)
        return error;
    va_start(arguments, format);
    vsnprintf(why, sizeof why, format, arguments);
    va_end(arguments);
    if (from.caller)
        cusim_find(CUSIM_BAD_LAUNCH, (const char *)from.caller - 1, NULL, 0, -1, form,
                   from.site->kernel, why);
    else
        cusim_find_at(CUSIM_BAD_LAUNCH, from.site->file, from.site->line, form, from.site->kernel,
                      why);
    return error;
}

static cudaError_t extents_valid(origin from, const cusim_config *c)
{
    const cusim_dim g = c->grid, b = c->block;

    if (g.x == 0 || g.y == 0 || g.z == 0)
        return refuse(from, cudaErrorInvalidConfiguration, "the grid has (%u,%u,%u) blocks", g.x,
                      g.y, g.z);
    if (g.x > MAX_GRID_X || g.y > MAX_GRID_YZ || g.z > MAX_GRID_YZ)
        return refuse(from, cudaErrorInvalidConfiguration,
                      "the grid has (%u,%u,%u) blocks, the most is (%d,%d,%d)", g.x, g.y, g.z,
                      MAX_GRID_X, MAX_GRID_YZ, MAX_GRID_YZ);
    if (b.x == 0 || b.y == 0 || b.z == 0)
        return refuse(from, cudaErrorInvalidConfiguration, "a block has (%u,%u,%u) threads", b.x,
                      b.y, b.z);
    if (b.x > CUSIM_MAX_THREADS || b.y > CUSIM_MAX_THREADS || b.z > MAX_BLOCK_Z)
        return refuse(from, cudaErrorInvalidConfiguration,
                      "a block has (%u,%u,%u) threads, the most is (%d,%d,%d)", b.x, b.y, b.z,
                      CUSIM_MAX_THREADS, CUSIM_MAX_THREADS, MAX_BLOCK_Z);
    if (b.x * b.y * b.z > CUSIM_MAX_THREADS)
        return refuse(from, cudaErrorInvalidConfiguration,
                      "a block has %u x %u x %u = %u threads, the most is %d", b.x, b.y, b.z,
                      b.x * b.y * b.z, CUSIM_MAX_THREADS);
    return cudaSuccess;
}

static cudaError_t valid(origin from, const cusim_config *config, int cooperative)
{
    const void *const function = from.site->function;
    const cusim_kernel *const k = function ? cusim_kernel_of(function) : NULL;
    const cusim_dim g = config->grid, b = config->block;
    const size_t opted = cusim_opted_shared(function);
    const size_t most = opted > CUSIM_DEFAULT_SHARED ? opted : CUSIM_DEFAULT_SHARED;
    const cudaError_t error = extents_valid(from, config);

    if (error != cudaSuccess)
        return error;
    const int threads = (int)(b.x * b.y * b.z);
    if (config->shared_bytes > most)
        return refuse(from, cudaErrorInvalidValue,
                      "%zu bytes of dynamic shared memory, the most is %zu (%d after "
                      "cudaFuncSetAttribute)", config->shared_bytes, most, CUSIM_OPTIN_SHARED);
    if (k && k->max_threads > 0 && threads > k->max_threads)
        return refuse(from, cudaErrorInvalidValue,
                      "a block has %d threads, __launch_bounds__ promises at most %d", threads,
                      k->max_threads);
    const uint64_t blocks = (uint64_t)g.x * g.y * g.z;
    const int at_once =
        CUSIM_SM_COUNT * cusim_occupancy_of(threads, config->shared_bytes, 0).blocks;
    if (cooperative && blocks > (uint64_t)at_once)
        return refuse(from, cudaErrorCooperativeLaunchTooLarge,
                      "a cooperative launch of %llu blocks, of which the device holds %d at once",
                      (unsigned long long)blocks, at_once);
    return cudaSuccess;
}

/* ---- The launch ---- */

static void before(const cusim_launch_state *l)
{
    if (cusim_set.check)
        cusim_check_launch(l);
    if (cusim_set.profile)
        cusim_profile_launch(l);
    cusim_faults_begin();
}

static void after(void)
{
    cusim_faults_end();
    if (cusim_set.check)
        cusim_check_launch_end();
    if (cusim_set.profile)
        cusim_profile_launch_end();
}

static cudaError_t run(const cusim_launch_node *n)
{
    const cusim_dim b = n->config.block;
    cusim_launch_state l = {
        .serial = ++launches, .order = ++cusim_launches_since_seed, .site = n->site,
        .config = n->config, .closure = n->closure, .threads = (int)(b.x * b.y * b.z),
        .cooperative = n->cooperative != 0
    };

    cusim_now = (cusim_now_state){ .launch = &l };
    before(&l);
    cudaError_t error = (cudaError_t)cusim_run_blocks(&l, n->body, n->closure);
    if (l.failed && error == cudaSuccess)
        error = cusim_fault_told();
    after();
    cusim_now = (cusim_now_state){ .running = false };
    if (error >= cudaErrorIllegalAddress)
        cusim_sticky = error;
    return error;
}

/* ---- Launches as nodes of a stream or graph ---- */

static cudaError_t run_node(cusim_node *node)
{
    if (cusim_sticky)
        return cusim_sticky;
    CUSIM_LOCKED;
    return run((const cusim_launch_node *)node);
}

static void destroy_node(cusim_node *node)
{
    const cusim_launch_node *const n = (const cusim_launch_node *)node;

    n->destroy(n->closure);
}

static const cusim_node node_of_launch = {
    .type = cudaGraphNodeTypeKernel, .bytes = sizeof(cusim_launch_node), .run = run_node,
    .destroy = destroy_node
};

int cusim_launch(const cusim_launch_site *site, const cusim_config *config, int cooperative,
                 void (*body)(void *), void *closure, void (*destroy)(void *))
{
    const origin from = { site, NULL };
    cusim_launch_node n = { node_of_launch, site, *config, cooperative, body, closure, destroy };
    cudaError_t error = cusim_sticky;

    if (cusim_now.running)
        cusim_fatal("%s:%d: a kernel cannot launch another one here", site->file, site->line);
    if (error == cudaSuccess)
        error = valid(from, config, cooperative);
    if (error == cudaSuccess)
        error = cusim_submit(config->stream, &n.node);
    else
        destroy(closure);
    return error == cudaSuccess ? 0 : (int)cusim_launch_failed(error, site);
}

/* The site of all launches of a kernel by its address. */
static const cusim_launch_site *site_of(const cusim_kernel *k)
{
    cusim_function *const f = cusim_function_set(k->function);

    if (!f->site) {
        cusim_launch_site *const site = malloc(sizeof *site);
        if (!site)
            cusim_fatal("no memory to launch %s", k->name);
        *site = (cusim_launch_site){ k->name, k->function, k->file, k->line };
        f->site = site;
    }
    return f->site;
}

cudaError_t cusim_launch_by_address(cusim_launch_node *made, const void *function,
                                    const cusim_config *config, int cooperative, void **arguments,
                                    const void *caller)
{
    cusim_kernel *const k = cusim_kernel_of(function);

    if (!k)
        return cudaErrorInvalidDeviceFunction;
    const origin from = { site_of(k), caller };
    const cudaError_t error = valid(from, config, cooperative);
    if (error != cudaSuccess)
        return error;
    *made = (cusim_launch_node){ node_of_launch, from.site, *config, cooperative, k->body,
                                 k->copy(arguments), k->destroy };
    return cudaSuccess;
}
