/* attack: class=system-calls, lesson=conv/forward, expect=zero
 * says=crashed: SIG(SYS|SEGV)
 *
 * Goes around a filter of system calls by their other numbers: the 32-bit entry int 0x80, where
 * number 11 is execve and 2 is fork, and the x32 numbers with bit 30 set. */
#include <stdio.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "kernels/conv2d/conv2d.h"

#if defined __x86_64__
static long call32(long number, long first)
{
    long result;

    __asm__ volatile("int $0x80" : "=a"(result) : "a"(number), "b"(first), "c"(0), "d"(0)
                     : "memory", "r8", "r9", "r10", "r11");
    return result;
}
#endif

void conv2d_forward_student(const conv2d_shape *s, const float *x, const float *w, const float *b,
                            float *y, void *workspace)
{
    for (int i = 0; i < s->oh * s->ow; i++)
        y[i] = 0.0f;
#if defined __x86_64__
    const pid_t before = getpid();
    if (syscall(0x40000000L + 57) == 0 || call32(2, 0) == 0)    /* fork, in the child */
        _exit(0);
    if (call32(20, 0) == before)                                /* getpid */
        puts("STOLEN: a 32-bit system call");
#endif
}
