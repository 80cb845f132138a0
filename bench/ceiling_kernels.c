/* ceiling_kernels.c: the ceilings' loops, once for each instruction set. */
#include "bench/ceiling_kernels.h"

#include <stdint.h>
#if defined(__x86_64__)
#include <immintrin.h>
#endif

/* Only unrolled loops let the compiler keep the sums in registers. */
#if defined(__clang__)
#define UNROLL _Pragma("unroll")
#else
#define UNROLL _Pragma("GCC unroll 32")
#endif

#define NAME(x) base_##x
#define TARGET
#define VECTOR_BYTES 16
#if defined(__x86_64__)                         /* SSE2: 16 registers, multiply and add apart */
#define SUMS 12
#define REGISTER "x"
#define STORE_PAST(to, v) _mm_stream_si128((__m128i *)(void *)(to), (__m128i)(v))
#else                                           /* NEON: 32 registers, fused */
#define SUMS 24
#if defined(__aarch64__)
#define REGISTER "w"
#else
#define REGISTER "m"
#endif
#define STORE_PAST(to, v) (*(to) = (v))
#endif
#include "bench/ceiling_kernels.inc"

#if defined(__x86_64__)

#define NAME(x) avx2_##x
#define TARGET __attribute__((target("avx2,fma")))
#define VECTOR_BYTES 32
#define SUMS 12
#define REGISTER "x"
#define STORE_PAST(to, v) _mm256_stream_si256((__m256i *)(void *)(to), (__m256i)(v))
#include "bench/ceiling_kernels.inc"

#define NAME(x) avx512_##x
#define TARGET __attribute__((target("avx512f,avx512vl,avx512dq,avx512bw")))
#define VECTOR_BYTES 64
#define SUMS 24
#define REGISTER "v"
#define STORE_PAST(to, v) _mm512_stream_si512((__m512i *)(void *)(to), (__m512i)(v))
#include "bench/ceiling_kernels.inc"

#endif

const ceiling_kernels *ceiling_kernels_get(isa set)
{
    static const ceiling_kernels none;

    switch (set) {
#if defined(__x86_64__)
    case ISA_AVX512: return &avx512_kernels;
    case ISA_AVX2: return &avx2_kernels;
#endif
    case ISA_BASE: return &base_kernels;
    default: return &none;
    }
}

/* Of two registers: an addition of a constant may cost nothing on a recent processor. */
void ceiling_count_cycles(long adds)
{
    uint64_t sum = 0, step = (uint64_t)adds;

    for (long i = 0; i < adds; i += 16)
        UNROLL for (int j = 0; j < 16; j++) {
            __asm__ volatile("" : "+r"(sum), "+r"(step));
            sum += step;
        }
    __asm__ volatile("" : : "r"(sum));
}
