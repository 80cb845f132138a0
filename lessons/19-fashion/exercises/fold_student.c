/* fold_student.c: the way back. Given how the loss depends on every weight of the dense layer, how
 * does it depend on the few weights of the window, of which those are copies?
 *
 *     dw[kh][kw] = sum over oh, ow of  dm[oh][ow][oh + kh][ow + kw]
 *
 *   s    the extents, as in unroll_student.c
 *   dm   the gradient with respect to the dense layer's weights, laid out like m:
 *        [oh][ow][h][w]
 *   dw   the gradient with respect to the window, [kernel_h][kernel_w], to be written
 *
 * make lesson-fashion checks it. */
#include "lessons/19-fashion/dense_conv.h"

void dense_conv_backward_student(const dense_conv_shape *s, const float *dm, float *dw)
{
    for (int kh = 0; kh < s->kernel_h; kh++)
        for (int kw = 0; kw < s->kernel_w; kw++) {
            /* Your code here: the sum over all copies of this weight. */
            dw[kh * s->kernel_w + kw] = 0.0f;
        }
}
