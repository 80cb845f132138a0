/* device_none.c: device.h in a build without CUDA rows: there is none, and whoever goes on
 * nevertheless gets STATUS_DEVICE. */
#include "kernels/core/device.h"

#ifndef CONVLAB_CUDA

device_kind device_kind_built(void)
{
    return DEVICE_NONE;
}

const char *device_missing(void)
{
    return "this build has no CUDA variants";
}

const char *device_name(void)
{
    return "";
}

int device_capability(void)
{
    return 0;
}

status device_alloc(void **p, size_t bytes)
{
    (void)bytes;
    *p = NULL;
    return STATUS_DEVICE;
}

void device_free(void *p)
{
    (void)p;
}

status device_upload(void *to_device, const void *from, size_t bytes)
{
    (void)to_device, (void)from, (void)bytes;
    return STATUS_DEVICE;
}

status device_download(void *to, const void *from_device, size_t bytes)
{
    (void)to, (void)from_device, (void)bytes;
    return STATUS_DEVICE;
}

status device_copy(void *to_device, const void *from_device, size_t bytes)
{
    (void)to_device, (void)from_device, (void)bytes;
    return STATUS_DEVICE;
}

status device_fill(void *device, int byte, size_t bytes)
{
    (void)device, (void)byte, (void)bytes;
    return STATUS_DEVICE;
}

status device_synchronize(void)
{
    return STATUS_DEVICE;
}

void device_reset(void)
{
}

bool device_checks(void)
{
    return false;
}

size_t device_finding_count(void)
{
    return 0;
}

const char *device_finding(size_t i)
{
    (void)i;
    return NULL;
}

void device_findings_forget(void)
{
}

void device_seed(uint64_t seed)
{
    (void)seed;
}

status device_graph_begin(void)
{
    return STATUS_DEVICE;
}

status device_graph_end(device_graph **graph)
{
    *graph = NULL;
    return STATUS_DEVICE;
}

status device_graph_launch(device_graph *graph)
{
    (void)graph;
    return STATUS_DEVICE;
}

int device_graph_nodes(const device_graph *graph)
{
    (void)graph;
    return 0;
}

void device_graph_free(device_graph *graph)
{
    (void)graph;
}

#endif
