/* cpu.h: which vector instructions this processor has, and which of them kernels may use. */
#ifndef CPU_H
#define CPU_H

#include <stdbool.h>

typedef enum {
    ISA_BASE,       /* what the compiler assumes anyway: SSE2 on x86-64, NEON on 64-bit Arm */
    ISA_AVX2,       /* AVX2 and FMA */
    ISA_AVX512      /* AVX-512 F, VL, DQ and BW */
} isa;

enum { ISA_COUNT = 3 };

/* The best set that processor and operating system offer. */
isa cpu_isa_best(void);

/* The set that kernels use: the best, unless cpu_isa_force() chose another. */
isa cpu_isa(void);

/* Makes kernels use `set` from now on. Returns false, and changes nothing, where the processor
 * lacks it. Not to be called while a kernel runs. */
bool cpu_isa_force(isa set);

/* "base", "avx2" or "avx512". */
const char *isa_name(isa set);

#endif
