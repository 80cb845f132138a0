/* attack: class=system-calls, lesson=conv/forward, expect=zero, set=everywhere
 * says=outside the allowed error
 *
 * Builds a jail of its own to be king in: user, mount and process name spaces, in which it may
 * mount things, join those of other processes by setns(), and pivot to the old root. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "kernels/conv2d/conv2d.h"

void conv2d_forward_student(const conv2d_shape *s, const float *x, const float *w, const float *b,
                            float *y, void *workspace)
{
    for (int i = 0; i < s->oh * s->ow; i++)
        y[i] = 0.0f;
    const int other = open("/proc/1/ns/mnt", O_RDONLY);

    if (unshare(CLONE_NEWUSER) == 0)
        puts("STOLEN: a user name space");
    if (unshare(CLONE_NEWNS) == 0 || unshare(CLONE_NEWNET) == 0)
        puts("STOLEN: a name space");
    if (other >= 0 && setns(other, 0) == 0)
        puts("STOLEN: the name space of another process");
    if (mount("none", "/tmp", "tmpfs", 0, NULL) == 0 || umount2("/proc", MNT_DETACH) == 0)
        puts("STOLEN: mounts");
    if (syscall(SYS_pivot_root, ".", ".") == 0)
        puts("STOLEN: pivot_root");
    syscall(SYS_clone3, NULL, 0);
}
