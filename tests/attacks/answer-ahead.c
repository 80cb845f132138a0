/* attack: class=forged-answer, lesson=conv/forward, expect=zero
 * says=outside the allowed error
 *
 * Knows that the worker answers on a socket, and answers in advance: takes the last message that
 * it can peek at, and plain guesses, and sends each to every socket many times, so that the
 * grader's next questions find an answer before they are asked. What the answer says must not
 * matter, and an answer that comes early must not make an output out of poison. */
#define _GNU_SOURCE
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>

#include "kernels/conv2d/conv2d.h"

static void answer(int socket)
{
    char message[256];
    uint32_t words[16] = { 0 };

    for (int i = 0; i < 64; i++) {
        memset(message, 0, sizeof message);
        send(socket, message, i < 4 ? 4 << i : i * 4, MSG_DONTWAIT | MSG_NOSIGNAL);
        words[0] = (uint32_t)i;
        send(socket, words, sizeof words, MSG_DONTWAIT | MSG_NOSIGNAL);
    }
}

void conv2d_forward_student(const conv2d_shape *s, const float *x, const float *w, const float *b,
                            float *y, void *workspace)
{
    for (int descriptor = 0; descriptor < 64; descriptor++) {
        int type = 0;
        socklen_t size = sizeof type;
        if (getsockopt(descriptor, SOL_SOCKET, SO_TYPE, &type, &size) == 0)
            answer(descriptor);
    }
    for (int i = 0; i < s->oh * s->ow; i++)
        y[i] = 0.0f;
}
