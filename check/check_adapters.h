/* check_adapters.h: the adapters, one per concept: check/check_NAME.c defines check_NAME. */
#ifndef CHECK_ADAPTERS_H
#define CHECK_ADAPTERS_H

#include "check/check.h"

extern const check_concept check_gemm;
extern const check_concept check_conv2d;
extern const check_concept check_pad2d;
extern const check_concept check_conv1x1;
extern const check_concept check_pool2d;
extern const check_concept check_batchnorm2d;
extern const check_concept check_linear;
extern const check_concept check_activation;
extern const check_concept check_dropout;
extern const check_concept check_add;
extern const check_concept check_concat;
extern const check_concept check_softmax_ce;
extern const check_concept check_mse;
extern const check_concept check_adam;
extern const check_concept check_init;

#endif
