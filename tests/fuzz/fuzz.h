/* fuzz.h: what each fuzzer provides, for libFuzzer and for fuzz_main.c alike. */
#ifndef FUZZ_H
#define FUZZ_H

#include <stddef.h>
#include <stdint.h>

enum { FUZZ_MAX_BYTES = 4096 };

/* Feeds one input to the reader; aborts if what the reader returns is not what it promises. */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

/* The sound input number `index` (0, 1, ...), from which mutation starts: fills
 * bytes[FUZZ_MAX_BYTES] and returns its size, or 0 if there are no more. */
size_t fuzz_seed(int index, uint8_t *bytes);

#endif
