/* gemm_kernel.h: the innermost part of gemm_blocked.c, one per instruction set; internal. */
#ifndef GEMM_KERNEL_H
#define GEMM_KERNEL_H

#include <stddef.h>

/* c[rows][columns] = alpha * a * b + beta * c for one tile of C that lives in vector registers.
 *   a      [depth][rows]: a packed panel of op(A)
 *   b      [depth][columns]: a packed panel of op(B), aligned to 64 bytes
 *   c      rows are ldc elements apart; not read if beta == 0 */
typedef void gemm_kernel_function(int depth, const float *a, const float *b, float alpha,
                                  float beta, float *c, ptrdiff_t ldc);

/* Two tiles of equal height: the wide one does the work, the narrow one what is left at the end of
 * a row of tiles if that is no wider. Both do the same operations on an element of C. */
typedef struct {
    int rows, columns, narrow_columns;
    gemm_kernel_function *multiply, *multiply_narrow;
} gemm_kernel;

/* No tile of any instruction set is larger. */
enum { GEMM_KERNEL_MAX_ROWS = 8, GEMM_KERNEL_MAX_COLUMNS = 48 };

/* The kernel for the instruction set that cpu_isa() names. */
const gemm_kernel *gemm_kernel_get(void);

#endif
