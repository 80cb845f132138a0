/* cpu.c: asks the processor once, then answers from memory. */
#include "kernels/core/cpu.h"

static int forced = -1;

isa cpu_isa_best(void)
{
#if defined(__x86_64__)
    __builtin_cpu_init();
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl") &&
        __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512bw"))
        return ISA_AVX512;
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"))
        return ISA_AVX2;
#endif
    return ISA_BASE;
}

isa cpu_isa(void)
{
    return forced >= 0 ? (isa)forced : cpu_isa_best();
}

bool cpu_isa_force(isa set)
{
    if (set > cpu_isa_best())
        return false;
    forced = (int)set;
    return true;
}

const char *isa_name(isa set)
{
    static const char *const names[ISA_COUNT] = { "base", "avx2", "avx512" };
    return names[set];
}
