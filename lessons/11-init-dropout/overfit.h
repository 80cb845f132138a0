/* overfit.h: the part of the text that trains. */
#ifndef OVERFIT_H
#define OVERFIT_H

#include "lessons/demo.h"

/* A dense network on a few images, without dropout and with it. */
void print_overfit(const demo *d);

#endif
