/* worker_main.c: the process that holds a student's object.
 *
 *     convlab-worker OBJECT FUNCTION [WORKSPACE]      descriptors as in worker_protocol.h
 *     convlab-worker --libraries                      prints the shared objects it consists of,
 *                                                     and what else a GPU's driver has to see
 *     convlab-worker --ready                          starts the device; 1 and a line if it fails
 *
 * Order: the device and the filter first, then HELLO, and only then the student's object is loaded:
 * a HELLO that does not come is our fault, whatever comes later is theirs. */
#define _GNU_SOURCE             /* dl_iterate_phdr */
#include <dlfcn.h>
#include <link.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "grade/worker/worker_serve.h"
#include "grade/worker/worker_targets.h"

static int print_library(struct dl_phdr_info *info, size_t size, void *unused)
{
    (void)size, (void)unused;
    if (info->dlpi_name[0] == '/')
        puts(info->dlpi_name);
    return 0;
}

static _Noreturn void not_loaded(const char *object)
{
    const char *const why = dlerror();
    const size_t length = strlen(object);
    const bool named = why && strncmp(why, object, length) == 0 && why[length] == ':';

    worker_tell(WORKER_NOT_LOADED, named ? why + length + strspn(why + length, ": ") : why);
    _exit(0);
}

int main(int argc, char **argv)
{
    const worker_device *const device = &worker_device_here;
    char why[WORKER_TEXT_BYTES] = "";

    if (argc == 2 && strcmp(argv[1], "--ready") == 0) {
        const bool ready = !device || device->start(why);
        fputs(why, stdout);
        return !ready;
    }
    if (argc == 2 && strcmp(argv[1], "--libraries") == 0) {
        if (device)
            device->load();
        dl_iterate_phdr(print_library, NULL);
        return 0;
    }
    if (argc != 3 && argc != 4) {
        fprintf(stderr, "convlab-worker is started by convlab-grade\n");
        return WORKER_EXIT_USAGE;
    }
    setrlimit(RLIMIT_CORE, &(struct rlimit){ 0, 0 });
    if (device && !device->start(why)) {
        worker_tell(WORKER_SAYS, why);
        return WORKER_EXIT_SETUP;
    }
    if (!worker_filter(device && device->gpu)) {
        worker_tell(WORKER_SAYS, "the seccomp filter cannot be installed");
        return WORKER_EXIT_SETUP;
    }
    worker_targets_learn(argv[1], device != NULL);
    worker_tell(WORKER_HELLO, NULL);
    void *const object = dlopen(argv[1], RTLD_NOW | RTLD_LOCAL);
    if (!object)
        not_loaded(argv[1]);
    worker_targets_placed();
    void *const function = dlsym(object, argv[2]);
    void *const workspace = argc == 4 ? dlsym(object, argv[3]) : NULL;
    if (!function || (argc == 4 && !workspace)) {
        worker_tell(WORKER_NO_FUNCTION, dlerror());
        return 0;
    }
    worker_tell(WORKER_READY, NULL);
    worker_serve(function, workspace);
}
