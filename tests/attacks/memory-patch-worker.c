/* attack: class=proc-mem, lesson=conv/forward, expect=zero
 * says=outside the allowed error
 *
 * Writes its own memory through /proc/self/mem, past all page protections: an endless loop's worth
 * of "return 0" over every executable page of the program that loaded it. A checker in the same
 * process now finds no difference. In the worker there is nothing that judges. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "kernels/conv2d/conv2d.h"

static void patch(int memory, unsigned long from, unsigned long to)
{
    static unsigned char zero[4096];

    for (size_t i = 0; i + 3 <= sizeof zero; i += 3)
        memcpy(zero + i, "\x31\xc0\xc3", 3);            /* xor eax, eax; ret */
    for (; from < to; from += sizeof zero) {
        mprotect((void *)from, sizeof zero, PROT_READ | PROT_WRITE | PROT_EXEC);
        const ssize_t written = pwrite(memory, zero, sizeof zero, (off_t)from);
        (void)written;
    }
}

void conv2d_forward_student(const conv2d_shape *s, const float *x, const float *w, const float *b,
                            float *y, void *workspace)
{
    FILE *const maps = fopen("/proc/self/maps", "r");
    const int memory = open("/proc/self/mem", O_RDWR);
    char line[512], mode[8];
    unsigned long from, to;

    for (int i = 0; i < s->oh * s->ow; i++)
        y[i] = 0.0f;
    while (maps && fgets(line, sizeof line, maps))
        if (sscanf(line, "%lx-%lx %4s", &from, &to, mode) == 3 && mode[2] == 'x' &&
            strstr(line, "worker"))
            patch(memory, from, to);
}
