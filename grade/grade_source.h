/* grade_source.h: what a file may not contain, because then nobody could be sure of what the
 * simulator, or the sanitizers, find in it and count.
 *
 * CUDA: in the simulator the student's host code runs in the process that keeps the findings and
 * the profile. Outputs are judged elsewhere; but points for memory and for the profile rest on what
 * this process says. So the code may call only what lessons need (the CUDA runtime, mathematics,
 * memory, printing), no assembly of the host, no attribute or name that switches the watching off
 * or talks to the simulator itself. A file that does is refused.
 * C: the like holds where points are given for a run under the sanitizers, and there alone:
 * assembly may compute, but nobody sees what it reads. Such a file loses the points for memory.
 * Calls by address: functions that are found in memory instead of named are stopped elsewhere, see
 * worker/worker_targets.h, which goes by the same lists of names.
 * Not stopped: code that computes the address of the simulator's or the sanitizer's data from that
 * of a function it may call; intrinsics that load by an index or a mask, which the sanitizer does
 * not look at. Such a file is found by reading it; what it gains is bounded by the points for
 * memory and profile, and by what a profile can be believed (grade_profile.c). */
#ifndef GRADE_SOURCE_H
#define GRADE_SOURCE_H

#include <stdbool.h>
#include <stddef.h>

#include "data/file_error.h"

/* The file as handed in: false if it could pretend that a part of it is a header (#line and its
 * kin). Then the next two can trust the names in preprocessed text. *why says it. */
bool grade_source_honest(const char *text, size_t size, file_error *why);

/* Reads preprocessed text, in which lines such as `# 12 "name.cu" 2` say where what follows comes
 * from. What comes from files whose names begin with one of `headers` (ended by NULL) is ours or
 * the system's; all else is the student's. False if that has a forbidden word, which *why names. */
bool grade_source_allowed(const char *text, size_t size, const char *const *headers,
                          file_error *why);

/* The same for C: false if the sanitizers could not watch all that it does. */
bool grade_source_watched(const char *text, size_t size, const char *const *headers,
                          file_error *why);

/* The same text after the translation, when the device's assembly is no more: any is the host's. */
bool grade_source_has_assembly(const char *text, size_t size, const char *const *headers);

/* What `nm` says of the object: true if it wants no symbol but allowed ones; of C, none but those
 * of which the sanitizers know what they do. */
bool grade_symbols_allowed(const char *text, size_t size, file_error *why);
bool grade_symbols_watched(const char *text, size_t size, file_error *why);

#endif
