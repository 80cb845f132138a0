/* gemm_kernel.c: the register-blocked kernel, once for each instruction set, chosen at run time.
 *
 * Idea:   a tile of C stays in registers while k runs: per step TILE_VECTORS loads of B and
 *         TILE_ROWS broadcasts of A feed TILE_ROWS * TILE_VECTORS multiply-adds. There must be
 *         enough independent sums to cover the latency of a multiply-add (4 cycles, 2 per cycle).
 * Source: Goto and van de Geijn, "Anatomy of High-Performance Matrix Multiplication", ACM TOMS 34,
 *         2008; Van Zee and van de Geijn, "BLIS", ACM TOMS 41, 2015. */
#include "kernels/gemm/gemm_kernel.h"

#include "kernels/core/cpu.h"

/* Only unrolled loops let the compiler keep the array of sums in registers. */
#if defined(__clang__)
#define UNROLL _Pragma("unroll")
#else
#define UNROLL _Pragma("GCC unroll 16")
#endif

/* SSE2 with 16 registers, or NEON: 12 sums, 2 + 1 operands. */
#define KERNEL_TARGET
#define VECTOR_BYTES 16
#define TILE_ROWS 6
#define KERNEL_NAME multiply_base
#define TILE_VECTORS 2
#include "kernels/gemm/gemm_kernel.inc"
#define KERNEL_NAME multiply_base_narrow
#define TILE_VECTORS 1
#include "kernels/gemm/gemm_kernel.inc"
#undef KERNEL_TARGET
#undef VECTOR_BYTES
#undef TILE_ROWS

#if defined(__x86_64__)

/* 16 registers: 12 sums, 2 + 1 operands. */
#define KERNEL_TARGET __attribute__((target("avx2,fma")))
#define VECTOR_BYTES 32
#define TILE_ROWS 6
#define KERNEL_NAME multiply_avx2
#define TILE_VECTORS 2
#include "kernels/gemm/gemm_kernel.inc"
#define KERNEL_NAME multiply_avx2_narrow
#define TILE_VECTORS 1
#include "kernels/gemm/gemm_kernel.inc"
#undef KERNEL_TARGET
#undef VECTOR_BYTES
#undef TILE_ROWS

/* 32 registers: 24 sums, 3 + 1 operands. Eight rows divide the usual channel counts. */
#define KERNEL_TARGET __attribute__((target("avx512f,avx512vl,avx512dq,avx512bw")))
#define VECTOR_BYTES 64
#define TILE_ROWS 8
#define KERNEL_NAME multiply_avx512
#define TILE_VECTORS 3
#include "kernels/gemm/gemm_kernel.inc"
#define KERNEL_NAME multiply_avx512_narrow
#define TILE_VECTORS 1
#include "kernels/gemm/gemm_kernel.inc"

#endif

static const gemm_kernel kernels[ISA_COUNT] = {
    [ISA_BASE] = { 6, 8, 4, multiply_base, multiply_base_narrow },
#if defined(__x86_64__)
    [ISA_AVX2] = { 6, 16, 8, multiply_avx2, multiply_avx2_narrow },
    [ISA_AVX512] = { 8, 48, 16, multiply_avx512, multiply_avx512_narrow },
#endif
};

const gemm_kernel *gemm_kernel_get(void)
{
    return &kernels[cpu_isa()];
}
