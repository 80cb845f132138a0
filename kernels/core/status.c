/* status.c: the words for each status. */
#include "kernels/core/status.h"

const char *status_string(status s)
{
    switch (s) {
    case STATUS_OK: return "ok";
    case STATUS_SHAPE: return "impossible shape";
    case STATUS_VALUE: return "value out of range";
    case STATUS_UNSUPPORTED: return "not supported by this variant";
    case STATUS_MEMORY: return "out of memory";
    case STATUS_DEVICE: return "device error";
    case STATUS_IO: return "input or output error";
    }
    return "unknown status";
}
