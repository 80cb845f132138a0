/* dense_conv_check.h: the lesson's concept, for demo.c. */
#ifndef DENSE_CONV_CHECK_H
#define DENSE_CONV_CHECK_H

#include "check/check.h"
#include "lessons/19-fashion/dense_conv.h"

extern const check_concept check_dense_conv;

/* The shape with its output; the window must fit into the image. */
dense_conv_shape dense_conv_shape_of(int h, int w, int kernel_h, int kernel_w);

#endif
