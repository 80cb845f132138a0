/* device_heap.h: in checked and profiled programs, what stands in for the C library's memory
 * functions.
 *
 * The compiler does not instrument what malloc, memcpy and their like do, so that a kernel's would
 * go unseen. Their names are given to the runtime's own (device_heap.c) in the assembler, where
 * neither macros nor declarations are in the way. */
#ifndef CUSIM_DEVICE_HEAP_H
#define CUSIM_DEVICE_HEAP_H

#ifdef CUSIM_WATCHED
__asm__(".set malloc, cusim_malloc\n"
        ".set free, cusim_free\n"
        ".set memcpy, cusim_memcpy\n"
        ".set memmove, cusim_memmove\n"
        ".set memset, cusim_memset\n"
        ".set _Znwm, cusim_new\n"
        ".set _Znam, cusim_new\n"
        ".set _ZdlPv, cusim_delete\n"
        ".set _ZdaPv, cusim_delete\n"
        ".set _ZdlPvm, cusim_delete\n"
        ".set _ZdaPvm, cusim_delete");
#endif
#endif
