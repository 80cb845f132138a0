/* cusim.h: what a program that is linked with cusim's runtime may ask it, beside the CUDA API.
 *
 * A program needs none of this; convlab uses it to count the findings of each kernel it checks and
 * to draw the order of threads from its own seed. Settings of the environment are in README.md. */
#ifndef CUSIM_H
#define CUSIM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* Draws the order of threads and the garbage in memory anew from this seed. */
void cusim_seed(uint64_t seed);

/* True if this program was compiled with --check, and checks. */
bool cusim_checks(void);

/* Findings so far, each counted once. */
size_t cusim_finding_count(void);

/* The text of finding number i, counted from 0; NULL beyond the last. Owned by cusim. */
const char *cusim_finding_text(size_t i);

/* Forgets all findings: what is found from now on is counted and told anew. */
void cusim_forget_findings(void);

/* Keeps findings from being printed on stderr when they happen. */
void cusim_quiet(bool quiet);

/* From now on the program may write to what is its own, and nowhere else: device and shared memory,
 * objects that are loaded later, what they allocate, and the stack up to `stack`. Whoever tries
 * ends the program with CUSIM_WALL_CODE, after a line on stderr, or in a kernel the launch with
 * cudaErrorIllegalAddress. Code that is not compiled by cusim-cc --check or --profile is not
 * watched, but for the functions of the API that it calls. may_call (or NULL: all) says which
 * functions it may give to what calls them, such as qsort(). May be repeated. */
void cusim_wall_up(const void *stack, bool (*may_call)(const void *function));
enum { CUSIM_WALL_CODE = 96 };

/* Who is trusted is at work until the next cusim_wall_up. */
void cusim_wall_down(void);

/* The profile so far as JSON, without the figures that need a disassembler; for a program that
 * profiles. */
void cusim_profile_print(FILE *to);

#endif
