/* attack: class=system-calls, lesson=conv/forward, expect=zero
 * says=outside the allowed error
 *
 * Changes what kind of process it is: no address randomisation and executable data by
 * personality(), dumpable and undebuggable by prctl(), another user id, back to all
 * capabilities. */
#define _GNU_SOURCE
#include <stdio.h>
#include <sys/fsuid.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "kernels/conv2d/conv2d.h"

void conv2d_forward_student(const conv2d_shape *s, const float *x, const float *w, const float *b,
                            float *y, void *workspace)
{
    for (int i = 0; i < s->oh * s->ow; i++)
        y[i] = 0.0f;
    const uid_t was = getuid();

    if (personality(ADDR_NO_RANDOMIZE | READ_IMPLIES_EXEC) >= 0 &&
        (personality(0xffffffff) & ADDR_NO_RANDOMIZE))
        puts("STOLEN: another personality");
    if (was != 0 && (setuid(0) == 0 || setresuid(0, 0, 0) == 0))
        puts("STOLEN: the super-user's id");
    if (chroot(".") == 0)
        puts("STOLEN: chroot");
    prctl(PR_SET_DUMPABLE, 1);
    prctl(PR_SET_NO_NEW_PRIVS, 0);
    prctl(PR_CAPBSET_DROP, 0);
    prctl(PR_SET_SECCOMP, 0);
}
