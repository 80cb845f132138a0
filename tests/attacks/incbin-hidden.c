/* attack: class=include-hidden, lesson=conv/forward, expect=zero, set=everywhere
 * says=file not found
 *
 * Goes past the preprocessor: the assembler's .incbin puts a file's bytes into the object, where
 * the function prints them. The source needs no #include for that. */
#include <stdio.h>

#include "kernels/conv2d/conv2d.h"

__asm__(".pushsection .rodata\n"
        ".globl hidden_bytes\n"
        "hidden_bytes: .incbin \"lessons/01-conv/solutions/conv2d_student.c\"\n"
        ".incbin \"lessons/01-conv/grading.json\"\n"
        ".incbin \"/etc/shadow\"\n"
        ".byte 0\n"
        ".popsection\n");
extern const char hidden_bytes[] __attribute__((visibility("hidden")));

void conv2d_forward_student(const conv2d_shape *s, const float *x, const float *w, const float *b,
                            float *y, void *workspace)
{
    printf("STOLEN: %s\n", hidden_bytes);
    for (int i = 0; i < s->oh * s->ow; i++)
        y[i] = 0.0f;
}
