/* cu_translate.h: turns preprocessed CUDA C++ into C++ for the host compiler.
 *
 * What a launch, a __shared__ variable, a kernel and so on become is told in the files that write
 * it (cu_launch.c, cu_shared.c, cu_declare.c, cu_asm.c); cusim/include/cusim/launch.h and ptx.h
 * have what they call. Every token stays on its line, so the compiler's messages are about the
 * program's own lines. */
#ifndef CU_TRANSLATE_H
#define CU_TRANSLATE_H

#include <stdbool.h>

#include "cusim/compiler/cu_memory.h"

typedef struct {
    const char *own_include;    /* the folder of cusim's headers */
    bool relocatable;           /* -rdc=true: variables and functions are shared between files */
    bool check, profile;        /* the program says at its start that it was built so */
} cu_translate_options;

/* Adds the translation of text to `out`, and to `errors` one line for each thing that cusim does
 * not cover, as "prog.cu:12: error: ...". Returns the number of errors. */
int cu_translate(const char *text, size_t length, const cu_translate_options *options,
                 cu_text *out, cu_text *errors);

/* True if the program's own text declares something volatile (asm volatile is something else). */
bool cu_has_volatile(const char *text, size_t length, const char *own_include);

#endif
