/* attack: class=constructor, lesson=conv/forward, expect=zero
 * says=outside the allowed error
 *
 * A constructor without the word: an entry placed in .init_array by a section attribute, for who
 * searches sources for __attribute__((constructor)). It looks for the harness's verdict function
 * by name and would overwrite it with "return 1". */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

#include "kernels/conv2d/conv2d.h"

static void patch(void)
{
    static const char *const names[] = { "check_variant", "check_trial_run", "check_compare",
                                         "exercise_run", "main", "policy_open" };
    static const unsigned char yes[] = { 0xb8, 1, 0, 0, 0, 0xc3 };

    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        void *const at = dlsym(RTLD_DEFAULT, names[i]);
        if (!at || mprotect((void *)((uintptr_t)at & ~(uintptr_t)4095), 8192,
                            PROT_READ | PROT_WRITE | PROT_EXEC) != 0)
            continue;
        memcpy(at, yes, sizeof yes);
        if (strcmp(names[i], "main") != 0)
            printf("STOLEN %s\n", names[i]);
    }
}

__attribute__((section(".init_array"), used)) static void (*const entry)(void) = patch;

void conv2d_forward_student(const conv2d_shape *s, const float *x, const float *w, const float *b,
                            float *y, void *workspace)
{
    for (int i = 0; i < s->oh * s->ow; i++)
        y[i] = 0.0f;
}
