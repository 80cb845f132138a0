/* attack: class=signal-handler, lesson=conv/forward, expect=zero, set=often
 * says=exit code
 *
 * Turns every fatal signal into a success: handlers on an alternate stack end the process with
 * code 0 and a passing line, then the kernel dereferences nothing. */
#include <signal.h>
#include <stddef.h>
#include <unistd.h>

#include "kernels/conv2d/conv2d.h"

static void success(int number)
{
    const ssize_t written = write(STDOUT_FILENO, "100 passed, 0 failed\n", 21);

    (void)written;
    _exit(number * 0);
}

void conv2d_forward_student(const conv2d_shape *s, const float *x, const float *w, const float *b,
                            float *y, void *workspace)
{
    static char stack[1 << 16];
    const stack_t other = { .ss_sp = stack, .ss_size = sizeof stack };

    sigaltstack(&other, NULL);
    for (int number = 1; number < 32; number++) {
        struct sigaction action = { .sa_handler = success, .sa_flags = SA_ONSTACK };
        sigaction(number, &action, NULL);
    }
    *(volatile float *)NULL = 0.0f;
}
