/* faults.h: crashes and the time limit of kernels. */
#ifndef CUSIM_FAULTS_H
#define CUSIM_FAULTS_H

#include "cusim/include/cusim/api.h"

/* Between these a signal that a kernel causes ends the launch instead of the program, and the time
 * limit runs. */
void cusim_faults_begin(void);
void cusim_faults_end(void);

/* The launch was ended by a signal: says what happened, where, to whom. Returns the error. */
cudaError_t cusim_fault_told(void);

#endif
