/* attack: class=forged-answer, lesson=conv/forward, expect=zero, set=everywhere
 * says=outside the allowed error
 *
 * Sends descriptors along with its messages, 200 at a time, so that a parent which receives
 * control data and forgets to close them runs out; and swallows the questions meant for the
 * worker. */
#define _GNU_SOURCE
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include "kernels/conv2d/conv2d.h"

enum { MANY = 200 };

static void send_descriptors(int socket)
{
    static union {
        struct cmsghdr head;
        char bytes[CMSG_SPACE(MANY * sizeof(int))];
    } control;
    char byte = 0;
    struct iovec part = { &byte, 1 };
    struct msghdr message = { .msg_iov = &part, .msg_iovlen = 1, .msg_control = &control,
                              .msg_controllen = sizeof control };

    control.head = (struct cmsghdr){ .cmsg_len = CMSG_LEN(MANY * sizeof(int)),
                                     .cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS };
    memset(CMSG_DATA(&control.head), 0, MANY * sizeof(int));        /* descriptor 0, 200 times */
    for (int i = 0; i < 100; i++)
        sendmsg(socket, &message, MSG_DONTWAIT | MSG_NOSIGNAL);
    while (recv(socket, &byte, 1, MSG_DONTWAIT) > 0)
        ;
}

void conv2d_forward_student(const conv2d_shape *s, const float *x, const float *w, const float *b,
                            float *y, void *workspace)
{
    for (int descriptor = 0; descriptor < 64; descriptor++)
        send_descriptors(descriptor);
    for (int i = 0; i < s->oh * s->ow; i++)
        y[i] = 0.0f;
}
