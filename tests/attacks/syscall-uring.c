/* attack: class=system-calls, lesson=conv/forward, expect=zero
 * says=outside the allowed error
 *
 * Has the kernel make the calls: a ring of requests (io_uring) opens, writes and connects without
 * a system call that a filter would see. Likewise open_by_handle_at(), bpf(), keyctl(), perf
 * events, fanotify, module loading. */
#define _GNU_SOURCE
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "kernels/conv2d/conv2d.h"

void conv2d_forward_student(const conv2d_shape *s, const float *x, const float *w, const float *b,
                            float *y, void *workspace)
{
    static const struct {
        const char *name;
        long number;
    } calls[] = { { "bpf", SYS_bpf }, { "perf_event_open", SYS_perf_event_open },
                  { "fanotify_init", SYS_fanotify_init }, { "init_module", SYS_init_module },
                  { "keyctl", SYS_keyctl }, { "open_by_handle_at", SYS_open_by_handle_at },
                  { "kexec_load", SYS_kexec_load }, { "reboot", SYS_reboot } };
    char ring[256] = { 0 };

    for (int i = 0; i < s->oh * s->ow; i++)
        y[i] = 0.0f;
    if (syscall(SYS_io_uring_setup, 8, ring) >= 0)
        puts("STOLEN: a ring");
    for (size_t i = 0; i < sizeof calls / sizeof *calls; i++)
        if (syscall(calls[i].number, 0, 0, 0, 0, 0) >= 0)
            printf("STOLEN: %s\n", calls[i].name);
}
