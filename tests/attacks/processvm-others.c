/* attack: class=ptrace, lesson=conv/forward, expect=zero, set=everywhere
 * says=outside the allowed error
 *
 * Reads and writes another process without attaching: process_vm_readv() and
 * process_vm_writev() on the parent, pidfd_open() and pidfd_getfd() for its open files, the
 * results file among them. */
#define _GNU_SOURCE
#include <stdio.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include "kernels/conv2d/conv2d.h"

static void try(int process)
{
    char here[8] = "forged";
    /* Where a position-dependent program begins, and what never is mapped: EFAULT would tell that
     * the access itself was allowed. */
    const struct iovec mine = { here, sizeof here }, theirs = { (void *)0x400000, sizeof here };
    const long handle = syscall(SYS_pidfd_open, process, 0);

    if (process_vm_readv(process, &mine, 1, &theirs, 1, 0) > 0 ||
        process_vm_writev(process, &mine, 1, &theirs, 1, 0) > 0)
        printf("STOLEN: the memory of process %d\n", process);
    for (int descriptor = 0; handle >= 0 && descriptor < 32; descriptor++) {
        const long theirs_here = syscall(SYS_pidfd_getfd, handle, descriptor, 0);
        if (theirs_here >= 0) {
            printf("STOLEN: descriptor %d of process %d\n", descriptor, process);
            close((int)theirs_here);
        }
    }
    if (handle >= 0)
        close((int)handle);
}

static __attribute__((constructor)) void others(void)
{
    for (int process = 1; process < 2000; process++)
        if (process != (int)getpid())
            try(process);
    if (getppid() > 0)
        try((int)getppid());
}

void conv2d_forward_student(const conv2d_shape *s, const float *x, const float *w, const float *b,
                            float *y, void *workspace)
{
    for (int i = 0; i < s->oh * s->ow; i++)
        y[i] = 0.0f;
}
