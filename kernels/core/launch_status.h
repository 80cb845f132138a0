/* launch_status.h: how a CUDA launcher that failed tells the public entry that called it.
 *
 * A row's function returns nothing; a launch can still be refused (no device, too much shared
 * memory). The launcher notes that here, and the entry returns launch_status(). Per thread. */
#ifndef LAUNCH_STATUS_H
#define LAUNCH_STATUS_H

#include "kernels/core/status.h"

/* Notes that `kernel` could not be launched and says why on stderr. */
void launch_failed(const char *kernel, const char *why);

/* STATUS_DEVICE if a launch has failed since the last call, else STATUS_OK.
 * Host rows never fail. */
status launch_status(void);

#endif
