/* attack: class=cuda-profile, lesson=cuda-conv/add, expect=no-profile
 * says=uses 'pthread_create'
 *
 * Right, with scattered accesses; and a thread of the host's that takes the grader's questions
 * from the socket before the worker does, and answers the one for the profile itself, with the
 * ticket that it carries, after it has written a perfect profile into the shared file. */
#include <pthread.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cuda_runtime.h>

extern "C" {
#include "kernels/add/add.h"
}

#include "kernels/core/cuda_launch.cuh"

enum { THREADS = 256 };

/* Neighbouring threads take elements that lie far apart: eight times the sectors. */
static __global__ void add_kernel(ptrdiff_t count, const float *a, const float *b, float *y)
{
    const ptrdiff_t threads = (ptrdiff_t)gridDim.x * THREADS, share = (count - 1) / threads + 1;
    const ptrdiff_t first = ((ptrdiff_t)blockIdx.x * THREADS + threadIdx.x) * share;

    for (ptrdiff_t i = first; i < first + share && i < count; i++)
        y[i] = a[i] + b[i];
}

enum { SOCKET = 3, OUTPUTS = 5, ASK_PROFILE = 3, SAY_PROFILE = 8, ANSWER_BYTES = 24 + 600 };

static const char profile[] =
    "{\"kernels\": [{\"name\": \"add_kernel\", \"launches\": 1, \"accesses\": [{\"space\": "
    "\"global\", \"op\": \"load\", \"requests\": 256, \"units\": 1024, \"sectors\": 1024}]}]}";

static void *listen_in(void *unused)
{
    static uint64_t question[4096], answer[ANSWER_BYTES / 8];

    for (;;) {
        const ssize_t size = recv(SOCKET, question, sizeof question, MSG_PEEK | MSG_DONTWAIT);
        if (size < 16 || question[0] != ASK_PROFILE)
            continue;
        if (recv(SOCKET, question, sizeof question, MSG_DONTWAIT) < 16 ||
            pwrite(OUTPUTS, profile, sizeof profile - 1, 0) < 0)
            continue;
        answer[0] = SAY_PROFILE;
        answer[1] = question[1];
        answer[2] = sizeof profile - 1;
        send(SOCKET, answer, sizeof answer, MSG_NOSIGNAL);
    }
    return unused;
}

extern "C" void add_forward_student(const add_shape *s, const float *a, const float *b, float *y)
{
    static pthread_t thread;

    if (!thread)
        pthread_create(&thread, NULL, listen_in, NULL);
    if (s->count == 0)
        return;
    add_kernel<<<1, THREADS>>>(s->count, a, b, y);
    cuda_launched("add_kernel");
}
