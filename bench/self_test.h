/* self_test.h: does the method hold on this machine, with the noise it has right now?
 *
 * Each of `runs` runs measures a kernel against itself (A/A: the interval must contain 1), against
 * a third entry of the same (no difference may be reported), and against itself with one call in 20
 * more (5 % slower: must be reported). Prints a table to `out`.
 * Returns 0 if 19 of 20 A/A intervals contain 1, 9 of 10 planted slow-downs are found and none is
 * reported where there is none; else 1; 3 without memory. */
#ifndef SELF_TEST_H
#define SELF_TEST_H

#include <stdio.h>

#include "bench/group.h"

int self_test(int runs, const group_options *o, FILE *out);

#endif
