/* copy_async.h: asynchronous copies as the libraries offer them, built on cp.async (abi.h). */
#ifndef CUSIM_COPY_ASYNC_H
#define CUSIM_COPY_ASYNC_H

#include <stdint.h>

#include "language.h"

namespace cusim {

/* Starts this thread's share of a copy that `threads` threads make together: pieces of 16, 8 or 4
 * bytes, as the addresses and the size allow, else single bytes; every threads-th piece is its
 * own. */
CUSIM_INLINE void copy_async_shared_out(void *to, const void *from, size_t bytes, size_t rank,
                                        size_t threads)
{
    const uintptr_t together = (uintptr_t)to | (uintptr_t)from | (uintptr_t)bytes;
    const size_t piece = together % 16 == 0  ? 16
                         : together % 8 == 0 ? 8
                         : together % 4 == 0 ? 4
                                             : 1;
    for (size_t at = rank * piece; at < bytes; at += threads * piece)
        cusim_copy_async((char *)to + at, (const char *)from + at, piece, piece);
}

}  // namespace cusim

namespace cuda {

/* A size in bytes that is known to be a multiple of Alignment. */
template <size_t Alignment>
struct aligned_size_t {
    static constexpr size_t align = Alignment;
    size_t value;
    constexpr explicit aligned_size_t(size_t bytes) : value(bytes) {}
    constexpr operator size_t() const { return value; }
};

}  // namespace cuda

#endif
