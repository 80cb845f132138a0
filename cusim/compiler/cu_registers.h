/* cu_registers.h: what ptxas says of the kernels in a .cu file, for the profile's occupancy. */
#ifndef CU_REGISTERS_H
#define CU_REGISTERS_H

#include "cusim/compiler/cu_memory.h"
#include "cusim/compiler/cu_options.h"

/* Compiles source with nvcc for sm_80 and adds C++ to `to` that registers each kernel's registers
 * and static shared memory; it belongs at the end of the translated file. standard: -std=c++N or
 * gnu++N; flags: -I, -D and the like. Adds nothing where there is no nvcc or it cannot compile the
 * file. */
void cu_add_registers(const char *source, const char *standard, const cu_list *flags, bool verbose,
                      cu_text *to);

#endif
