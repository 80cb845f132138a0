/* standard.h: cuda::std, which here is the standard library of the host. */
#ifndef CUSIM_STANDARD_H
#define CUSIM_STANDARD_H

#include <cstddef>

namespace cuda {
namespace std {
using namespace ::std;
}  // namespace std
}  // namespace cuda

#endif
