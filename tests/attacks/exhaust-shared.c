/* attack: class=memory-exhaustion, lesson=conv/forward, expect=zero
 * says=outside the allowed error
 *
 * Takes memory that is nobody's address space: files in memory that it maps, fills, unmaps and
 * keeps by their descriptors, and System V segments that outlive the process. */
#define _GNU_SOURCE
#include <string.h>
#include <sys/mman.h>
#include <sys/shm.h>
#include <unistd.h>

#include "kernels/conv2d/conv2d.h"

enum { BYTES = 1 << 26 };

void conv2d_forward_student(const conv2d_shape *s, const float *x, const float *w, const float *b,
                            float *y, void *workspace)
{
    for (int i = 0; i < 500; i++) {
        const int file = memfd_create("held", MFD_CLOEXEC);
        const int segment = shmget(IPC_PRIVATE, BYTES, IPC_CREAT | 0600);
        void *at = file >= 0 && ftruncate(file, BYTES) == 0
                       ? mmap(NULL, BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0)
                       : MAP_FAILED;
        if (at != MAP_FAILED) {
            memset(at, 1, BYTES);
            munmap(at, BYTES);
        }
        at = segment >= 0 ? shmat(segment, NULL, 0) : (void *)-1;
        if (at != (void *)-1) {
            memset(at, 1, BYTES);
            shmdt(at);
        }
    }
    for (int i = 0; i < s->oh * s->ow; i++)
        y[i] = 0.0f;
}
