/* training_head_check.h: the lesson's concept, for demo.c. */
#ifndef TRAINING_HEAD_CHECK_H
#define TRAINING_HEAD_CHECK_H

#include "check/check.h"
#include "lessons/18-mnist/training_head.h"

extern const check_concept check_training_head;

#endif
