/* device_heap.h: in checked and profiled programs, what stands in for the C library's functions of
 * memory, and those that write where their arguments say.
 *
 * The compiler does not instrument what malloc, memcpy and their like do, so that a kernel's would
 * go unseen. Their names are given to the runtime's own (device_heap.c) in the assembler, where
 * neither macros nor declarations are in the way. */
#ifndef CUSIM_DEVICE_HEAP_H
#define CUSIM_DEVICE_HEAP_H

#ifdef CUSIM_WATCHED
__asm__(".irp name, malloc, calloc, realloc, aligned_alloc, free, memcpy, memmove, memset, strcpy, "
        "strncpy, qsort, sincos, sincosf, frexp, frexpf, printf, fprintf, snprintf, fputs, fputc, "
        "fwrite, fflush\n"
        ".set \\name, cusim_\\name\n"
        ".endr\n"
        ".irp name, allocate_exception, free_exception, throw\n"
        ".set __cxa_\\name, cusim_\\name\n"
        ".endr\n"
        /* operator new, plain, for an array, and those that return NULL or are aligned; delete of
         * each, with and without a size. */
        ".irp suffix, wm, am, wmRKSt9nothrow_t, amRKSt9nothrow_t\n"
        ".set _Zn\\suffix, cusim_new\n"
        ".endr\n"
        ".irp suffix, wm, am\n"
        ".set _Zn\\suffix\\()St11align_val_t, cusim_new_aligned\n"
        ".endr\n"
        ".irp suffix, l, a\n"
        ".set _Zd\\suffix\\()Pv, cusim_delete\n"
        ".set _Zd\\suffix\\()Pvm, cusim_delete\n"
        ".set _Zd\\suffix\\()PvRKSt9nothrow_t, cusim_delete\n"
        ".set _Zd\\suffix\\()PvSt11align_val_t, cusim_delete\n"
        ".set _Zd\\suffix\\()PvmSt11align_val_t, cusim_delete\n"
        ".endr");
#endif
#endif
