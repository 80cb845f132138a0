/* attack: class=left-behind, lesson=conv/forward, expect=harmless
 * says=.
 *
 * A right kernel that leaves sockets: bound in the file system, bound to names without a file,
 * which the next submission could meet to trade answers, and listening on the network. */
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "kernels/conv2d/conv2d.h"

static __attribute__((constructor)) void leave(void)
{
    struct sockaddr_un name = { .sun_family = AF_UNIX, .sun_path = "/tmp/attack-socket" };
    const struct sockaddr_in port = { .sin_family = AF_INET, .sin_port = htons(34567),
                                      .sin_addr = { htonl(INADDR_ANY) } };
    const int one = socket(AF_UNIX, SOCK_STREAM, 0), two = socket(AF_UNIX, SOCK_STREAM, 0);
    const int three = socket(AF_INET, SOCK_STREAM, 0);

    if (bind(one, (struct sockaddr *)&name, sizeof name) == 0)
        listen(one, 8);
    memcpy(name.sun_path, "\0attack-abstract", 16);
    if (bind(two, (struct sockaddr *)&name, sizeof(sa_family_t) + 16) == 0)
        listen(two, 8);
    if (connect(socket(AF_UNIX, SOCK_STREAM, 0), (struct sockaddr *)&name,
                sizeof(sa_family_t) + 16) == 0)
        puts("met somebody");
    if (bind(three, (const struct sockaddr *)&port, sizeof port) == 0)
        listen(three, 8);
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
