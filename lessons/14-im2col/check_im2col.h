/* check_im2col.h: unfolding and folding as the checking engine sees them. */
#ifndef CHECK_IM2COL_H
#define CHECK_IM2COL_H

#include "check/check.h"

extern const check_concept check_im2col;

#endif
