/* honest: lesson=conv, exercise=forward, file=conv2d_student.c, style=hungarian */
#include "kernels/conv2d/conv2d.h"

typedef int INT;
typedef float FLOAT, *LPFLOAT;
typedef const float *LPCFLOAT;
#define VOID void

static FLOAT fGetPixel(LPCFLOAT lpfImage, INT nWidth, INT nRow, INT nColumn)
{
    return lpfImage[nRow * nWidth + nColumn];
}

VOID conv2d_forward_student(const conv2d_shape *lpShape, LPCFLOAT lpfInput, LPCFLOAT lpfWeights,
                            LPCFLOAT lpfBias, LPFLOAT lpfOutput, VOID *lpvWorkspace)
{
    INT nOutRow, nOutColumn, nKernelRow, nKernelColumn;

    for (nOutRow = 0; nOutRow < lpShape->oh; nOutRow++) {
        for (nOutColumn = 0; nOutColumn < lpShape->ow; nOutColumn++) {
            FLOAT fSum = 0.0F;
            for (nKernelRow = 0; nKernelRow < lpShape->kernel_h; nKernelRow++) {
                for (nKernelColumn = 0; nKernelColumn < lpShape->kernel_w; nKernelColumn++) {
                    fSum += fGetPixel(lpfInput, lpShape->w, nOutRow + nKernelRow,
                                      nOutColumn + nKernelColumn) *
                            fGetPixel(lpfWeights, lpShape->kernel_w, nKernelRow, nKernelColumn);
                }
            }
            *(lpfOutput + nOutRow * lpShape->ow + nOutColumn) = fSum;
        }
    }
}
