/* residual_check.h: what residual.c defines. */
#ifndef RESIDUAL_CHECK_H
#define RESIDUAL_CHECK_H

#include "check/check.h"

extern const check_concept check_residual;

#endif
