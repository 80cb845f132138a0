/* findings.h: what the files of checked mode need of report.c, beyond runtime.h. */
#ifndef CUSIM_FINDINGS_H
#define CUSIM_FINDINGS_H

#include "cusim/runtime/runtime.h"

/* Who did something, and where in the program. thread < 0: the host, or nobody. */
typedef struct {
    const void *pc;             /* inside the instruction; NULL: unknown */
    uint64_t block;
    int thread;
} finding_party;

/* The running thread, or the host. */
finding_party finding_here(const void *pc);

/* If this kind was found at these places of this kernel before, counts it and returns true: a loop
 * over a million wrong accesses must not describe each of them. */
bool finding_again(cusim_finding_kind kind, const void *pc, const void *other_pc);

/* cusim_find for any two parties; other may be NULL. A note is told, but is no finding: not
 * counted, not in the JSON file, no reason for another exit code. */
__attribute__((format(printf, 5, 6)))
void finding_add(cusim_finding_kind kind, const finding_party *me, const finding_party *other,
                 bool is_note, const char *format, ...);

/* "(3,0,0)" of a thread or block that is counted x fastest. Returns text. */
const char *finding_index(char text[64], uint64_t linear, cusim_dim extent);

/* "file:line" of a code address, or "an unknown place". Returns text. */
const char *finding_place(char *text, size_t bytes, const void *pc);

#endif
