/* attack: class=left-behind, lesson=conv/forward, expect=harmless, set=everywhere
 * says=.
 *
 * A right kernel that leaves what outlives a process: System V memory, semaphores and queues,
 * POSIX shared memory, semaphores and queues, keys in a keyring. They cost the machine memory
 * until it is started anew, and carry answers from one submission to the next. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <mqueue.h>
#include <semaphore.h>
#include <sys/mman.h>
#include <sys/msg.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "kernels/conv2d/conv2d.h"

static __attribute__((constructor)) void leave(void)
{
    const int shared = shm_open("/attack-shared", O_RDWR | O_CREAT, 0666);

    if (shared >= 0 && ftruncate(shared, 1 << 20) == 0)
        mmap(NULL, 1 << 20, PROT_READ | PROT_WRITE, MAP_SHARED, shared, 0);
    shmget(0x41545441, 1 << 20, IPC_CREAT | 0666);
    semget(0x41545441, 8, IPC_CREAT | 0666);
    msgget(0x41545441, IPC_CREAT | 0666);
    sem_open("/attack-semaphore", O_CREAT, 0666, 1);
    mq_open("/attack-queue", O_RDWR | O_CREAT, 0666, NULL);
    syscall(SYS_add_key, "user", "attack-key", "x", 1, -4);
}

void conv2d_forward_student(const conv2d_shape *s, const float *x, const float *w, const float *b,
                            float *y, void *workspace)
{
    for (int oh = 0; oh < s->oh; oh++)
        for (int ow = 0; ow < s->ow; ow++) {
            float sum = 0.0f;
            for (int kh = 0; kh < s->kernel_h; kh++)
                for (int kw = 0; kw < s->kernel_w; kw++)
                    sum += x[(oh + kh) * s->w + ow + kw] * w[kh * s->kernel_w + kw];
            y[oh * s->ow + ow] = sum;
        }
}
