/* bench_device.c: copies of a problem's tensors in device memory. */
#include "bench/bench_device.h"

#include <stdlib.h>

#include "kernels/core/device.h"

struct bench_device {
    int copies;
    check_problem *problem;     /* [copies] */
    void *workspace;
};

static size_t tensor_bytes(const check_tensor *t)
{
    return (size_t)t->count * (t->type == CHECK_BYTE ? 1 : 4);
}

static status allocate(bench_device *d, const check_problem *p, size_t workspace_bytes)
{
    for (int copy = 0; copy < d->copies; copy++) {
        d->problem[copy] = *p;
        for (int i = 0; i < p->tensor_count; i++)
            d->problem[copy].tensor[i].data = NULL;     /* so that a failure can close */
    }
    for (int copy = 0; copy < d->copies; copy++)
        for (int i = 0; i < p->tensor_count; i++) {
            check_tensor *const t = &d->problem[copy].tensor[i];
            const status s = device_alloc(&t->data, tensor_bytes(t));
            if (s != STATUS_OK)
                return s;
        }
    return device_alloc(&d->workspace, workspace_bytes);
}

status bench_device_open(bench_device **opened, const check_problem *p, int copies,
                         size_t workspace_bytes)
{
    bench_device *const d = calloc(1, sizeof *d);
    status s = STATUS_MEMORY;

    *opened = NULL;
    if (d && (d->problem = calloc((size_t)copies, sizeof *d->problem))) {
        d->copies = copies;
        s = allocate(d, p, workspace_bytes);
    }
    if (s == STATUS_OK)
        *opened = d;
    else
        bench_device_close(d);
    return s;
}

void bench_device_close(bench_device *d)
{
    if (!d)
        return;
    for (int copy = 0; copy < d->copies; copy++)
        for (int i = 0; i < d->problem[copy].tensor_count; i++)
            device_free(d->problem[copy].tensor[i].data);
    device_free(d->workspace);
    free(d->problem);
    free(d);
}

const check_problem *bench_device_problem(const bench_device *d, int copy)
{
    return &d->problem[copy];
}

void *bench_device_workspace(const bench_device *d)
{
    return d->workspace;
}

status bench_device_upload(const bench_device *d, int copy, const check_problem *from)
{
    status s = STATUS_OK;

    for (int i = 0; i < from->tensor_count && s == STATUS_OK; i++)
        s = device_upload(d->problem[copy].tensor[i].data, from->tensor[i].data,
                          tensor_bytes(&from->tensor[i]));
    return s;
}

status bench_device_download(const bench_device *d, int copy, const check_problem *to)
{
    status s = device_synchronize();

    for (int i = 0; i < to->tensor_count && s == STATUS_OK; i++)
        s = device_download(to->tensor[i].data, d->problem[copy].tensor[i].data,
                            tensor_bytes(&to->tensor[i]));
    return s;
}
