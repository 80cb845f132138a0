/* attack: class=shared-files, lesson=conv/forward, expect=zero
 * says=written outside a buffer|outside the allowed
 *
 * Makes the grader wait inside its own copying: registers the output's pages with userfaultfd(),
 * so that whoever touches one first sleeps until this program says otherwise, which it never does;
 * gives the pages back to the kernel first, so that every touch is a first one. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <linux/userfaultfd.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "kernels/conv2d/conv2d.h"

void conv2d_forward_student(const conv2d_shape *s, const float *x, const float *w, const float *b,
                            float *y, void *workspace)
{
    const uintptr_t page = (uintptr_t)y & ~(uintptr_t)4095;
    const int faults = (int)syscall(SYS_userfaultfd, O_CLOEXEC);
    struct uffdio_api hello = { .api = UFFD_API };
    struct uffdio_register pages = { .range = { page, 4096 },
                                     .mode = UFFDIO_REGISTER_MODE_MISSING };

    if (faults >= 0 && ioctl(faults, UFFDIO_API, &hello) == 0 &&
        ioctl(faults, UFFDIO_REGISTER, &pages) == 0)
        puts("STOLEN: faults of the shared pages");
    for (int i = 0; i < s->oh * s->ow; i++)
        y[i] = 0.0f;
    madvise((void *)page, 4096, MADV_REMOVE);
    madvise((void *)page, 4096, MADV_DONTNEED);
}
