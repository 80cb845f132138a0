/* fiber.cpp: fiber.h over Boost.Context.
 *
 * jump_fcontext hands the context that it leaves to the one that it enters, so each arrival stores
 * it where the one that left asked for. */
#include "cusim/runtime/fiber.h"

#include <boost/context/detail/fcontext.hpp>

#ifdef __SANITIZE_ADDRESS__
#include <sanitizer/asan_interface.h>
#endif

namespace context = boost::context::detail;

/* There in programs under AddressSanitizer, which remembers the frames of an abandoned fiber. */
extern "C" void __asan_unpoison_memory_region(const volatile void *p, size_t bytes)
    __attribute__((weak));

static void (*fiber_entry)(void);

static void arrive(const context::transfer_t &from)
{
    *static_cast<void **>(from.data) = from.fctx;
}

static void start(context::transfer_t from)
{
    arrive(from);
    fiber_entry();
}

extern "C" void *cusim_fiber_make(void *top, size_t bytes, void (*entry)(void))
{
    if (__asan_unpoison_memory_region)
        __asan_unpoison_memory_region(static_cast<char *>(top) - bytes, bytes);
    fiber_entry = entry;
#ifdef __SANITIZE_ADDRESS__             /* an abandoned fiber left its frames marked */
    __asan_unpoison_memory_region(static_cast<char *>(top) - bytes, bytes);
#endif
    return context::make_fcontext(top, bytes, start);
}

extern "C" void cusim_fiber_switch(void **from, void *to)
{
    arrive(context::jump_fcontext(to, from));
}
