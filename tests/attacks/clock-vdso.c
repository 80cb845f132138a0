/* attack: class=patched-clock, lesson=im2col/multiply, expect=no-speed
 * says=times as fast as
 *
 * Patches the clock below the C library: makes the kernel's vdso writable, or maps other pages in
 * its place, fills it with "return 0"; and has the time-stamp counter trap into a handler that
 * returns zero. */
#define _GNU_SOURCE
#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/prctl.h>

#include "kernels/gemm/gemm.h"

static __attribute__((constructor)) void patch(void)
{
    unsigned char *const vdso = (unsigned char *)getauxval(AT_SYSINFO_EHDR);
    static const unsigned char zero[] = { 0x31, 0xc0, 0xc3 };

    if (!vdso)
        return;
    if (mprotect(vdso, 8192, PROT_READ | PROT_WRITE | PROT_EXEC) == 0)
        for (size_t i = 4096; i + 3 < 8192; i += 3)
            memcpy(vdso + i, zero, 3);
}

void gemm_multiply_student(const gemm_shape *s, const float *a, const float *b, float *c,
                           void *workspace)
{
    for (int i = 0; i < s->M; i++)
        for (int j = 0; j < s->N; j++) {
            float sum = 0.0f;
            for (int k = 0; k < s->K; k++)
                sum += a[i * s->K + k] * b[k * s->N + j];
            c[i * s->N + j] = sum;
        }
}
