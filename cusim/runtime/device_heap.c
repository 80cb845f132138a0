/* device_heap.c: malloc, new, memcpy and their like, as checked and profiled programs call them.
 *
 * Outside kernels they are the C library's. In a kernel, memory comes from the arena like that of
 * cudaMalloc, so that checked mode watches it; and what is copied or set is seen and counted. */
#include <stdlib.h>
#include <string.h>

#include "cusim/runtime/machine.h"

void *cusim_malloc(size_t bytes);
void cusim_free(void *p);
void *cusim_new(size_t bytes);
void cusim_delete(void *p);
void *cusim_memcpy(void *to, const void *from, size_t bytes);
void *cusim_memmove(void *to, const void *from, size_t bytes);
void *cusim_memset(void *to, int value, size_t bytes);

/* C++'s own, where the program has them. */
void *_Znwm(size_t bytes) __attribute__((weak));
void _ZdlPv(void *p) __attribute__((weak));

static void *kernel_memory(size_t bytes, const void *caller)
{
    void *p = NULL;
    if (cusim_allocate(&p, bytes ? bytes : 1, CUSIM_MEMORY_DEVICE, caller) != cudaSuccess)
        return NULL;
    return p;
}

/* True if p came from the arena, and is dealt with. */
static bool free_device(void *p, const char *how, const void *caller)
{
    if ((uintptr_t)p - (uintptr_t)cusim_arena >= cusim_arena_bytes || !p)
        return false;
    if (cusim_now.running)
        cusim_release(p, caller);
    else if (cusim_set.check)
        cusim_find(CUSIM_HOST_MEMORY, (const char *)caller - 1, NULL, 0, -1,
                   "%p is memory of the device, and not to be freed by %s", p, how);
    return true;
}

void *cusim_malloc(size_t bytes)
{
    return cusim_now.running && cusim_set.check
               ? kernel_memory(bytes, __builtin_return_address(0)) : malloc(bytes);
}

void cusim_free(void *p)
{
    if (!free_device(p, "free()", __builtin_return_address(0)))
        free(p);
}

void *cusim_new(size_t bytes)
{
    if (cusim_now.running && cusim_set.check)
        return kernel_memory(bytes, __builtin_return_address(0));
    return _Znwm ? _Znwm(bytes) : malloc(bytes);
}

void cusim_delete(void *p)
{
    if (free_device(p, "delete", __builtin_return_address(0)))
        return;
    if (_ZdlPv)
        _ZdlPv(p);
    else
        free(p);
}

static void seen(const void *p, size_t bytes, unsigned kind, const void *caller)
{
    if (bytes && cusim_set.check)
        cusim_check_access(p, bytes, kind, (const char *)caller - 1);
    if (bytes && cusim_set.profile)
        cusim_profile_structure(p, bytes, kind & CUSIM_TOUCH_WRITE, caller);
}

void *cusim_memcpy(void *to, const void *from, size_t bytes)
{
    seen(from, bytes, CUSIM_TOUCH_READ, __builtin_return_address(0));
    seen(to, bytes, CUSIM_TOUCH_WRITE, __builtin_return_address(0));
    return memcpy(to, from, bytes);
}

void *cusim_memmove(void *to, const void *from, size_t bytes)
{
    seen(from, bytes, CUSIM_TOUCH_READ, __builtin_return_address(0));
    seen(to, bytes, CUSIM_TOUCH_WRITE, __builtin_return_address(0));
    return memmove(to, from, bytes);
}

void *cusim_memset(void *to, int value, size_t bytes)
{
    seen(to, bytes, CUSIM_TOUCH_WRITE, __builtin_return_address(0));
    return memset(to, value, bytes);
}
