/* launch_status.c: the note that a failed launch leaves. */
#include "kernels/core/launch_status.h"

#include <stdio.h>

static _Thread_local status noted = STATUS_OK;

void launch_failed(const char *kernel, const char *why)
{
    fprintf(stderr, "%s: %s\n", kernel, why);
    noted = STATUS_DEVICE;
}

status launch_status(void)
{
    const status result = noted;

    noted = STATUS_OK;
    return result;
}
