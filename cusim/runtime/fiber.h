/* fiber.h: the context switch. A fiber is a stack with a program counter; exactly one runs. */
#ifndef CUSIM_FIBER_H
#define CUSIM_FIBER_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/* A new fiber on the stack that ends at `top` (its highest address). It will run `entry`, which is
 * the same for all fibers and must not return. Costs no more than writing a few words, so that an
 * abandoned fiber is simply made again on the same stack. */
void *cusim_fiber_make(void *top, size_t bytes, void (*entry)(void));

/* Stops the running fiber, storing it in *from, and lets `to` go on. */
void cusim_fiber_switch(void **from, void *to);

#ifdef __cplusplus
}
#endif
#endif
