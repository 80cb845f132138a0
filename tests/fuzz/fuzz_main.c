/* fuzz_main.c: a small deterministic fuzzer for compilers without libFuzzer.
 *
 *     fuzz_NAME SEED RUNS [FIRST]
 *
 * Run number i takes one of the fuzzer's sound inputs and changes it a few times; seed and i
 * alone decide how. Prints the replay line of a run that dies. libFuzzer has a main of its own:
 * link a fuzzer without this file for it. */
#include "tests/fuzz/fuzz.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "kernels/core/rng.h"

/* Sanitizers have it, other builds do not. */
extern void __sanitizer_set_death_callback(void (*callback)(void)) __attribute__((weak));

static char replay[256];

static void say_replay(void)
{
    if (write(STDERR_FILENO, replay, strlen(replay)) < 0)
        _exit(1);
}

static void die(int number)
{
    say_replay();
    signal(number, SIG_DFL);
    raise(number);
}

static size_t below(rng *r, size_t limit)
{
    return rng_bits32(r) % limit;
}

static uint8_t interesting_byte(rng *r)
{
    static const char bytes[] = "\0\1\x08\x1f\x7f\x80\x8b\xc0\xff\"\\{}[],:-.0129e ";
    return (uint8_t)bytes[below(r, sizeof bytes - 1)];
}

/* One small change; returns the new size. */
static size_t change(rng *r, uint8_t *bytes, size_t size)
{
    const size_t at = below(r, size + 1), room = FUZZ_MAX_BYTES - size;
    size_t count = 1 + below(r, 16);

    switch (below(r, 7)) {
    case 0:                                     /* flip a bit */
        if (at < size)
            bytes[at] ^= (uint8_t)(1u << below(r, 8));
        return size;
    case 1:
        if (at < size)
            bytes[at] = interesting_byte(r);
        return size;
    case 2:                                     /* change a digit, or what stands for one */
        for (size_t i = at; i < size; i++)
            if (bytes[i] >= '0' && bytes[i] <= '9') {
                bytes[i] = (uint8_t)('0' + below(r, 10));
                break;
            }
        return size;
    case 3:                                     /* cut off the end */
        return below(r, 4) == 0 ? at : size;
    case 4:                                     /* take out a few */
        count = count > size - at ? size - at : count;
        memmove(bytes + at, bytes + at + count, size - at - count);
        return size - count;
    case 5:                                     /* put in a few */
        count = count > room ? room : count;
        memmove(bytes + at + count, bytes + at, size - at);
        for (size_t i = 0; i < count; i++)
            bytes[at + i] = interesting_byte(r);
        return size + count;
    default:                                    /* say a few twice */
        count = count > room ? room : count;
        count = count > size - at ? size - at : count;
        memmove(bytes + at + count, bytes + at, size - at);
        return size + count;
    }
}

static void run(uint64_t seed, int number, int seed_count)
{
    static uint8_t bytes[FUZZ_MAX_BYTES];
    rng r;

    rng_seed(&r, seed * 2654435769u + (uint64_t)number);
    size_t size = fuzz_seed((int)below(&r, (size_t)seed_count), bytes);
    for (size_t changes = below(&r, 8); changes > 0; changes--)
        size = change(&r, bytes, size);
    uint8_t *const exact = malloc(size > 0 ? size : 1);     /* a read beyond it is seen */
    if (!exact)
        abort();
    memcpy(exact, bytes, size);
    LLVMFuzzerTestOneInput(exact, size);
    free(exact);
}

int main(int argc, char **argv)
{
    static uint8_t bytes[FUZZ_MAX_BYTES];
    int seed_count = 0;

    if (argc != 3 && argc != 4) {
        fprintf(stderr, "usage: %s SEED RUNS [FIRST]\n", argv[0]);
        return 2;
    }
    const uint64_t seed = strtoull(argv[1], NULL, 10);
    const int runs = atoi(argv[2]), first = argc == 4 ? atoi(argv[3]) : 0;

    if (__sanitizer_set_death_callback)
        __sanitizer_set_death_callback(say_replay);
    signal(SIGABRT, die);
    while (fuzz_seed(seed_count, bytes) > 0)
        seed_count++;
    for (int i = first; i < first + runs; i++) {
        snprintf(replay, sizeof replay, "replay: %s %s 1 %d\n", argv[0], argv[1], i);
        run(seed, i, seed_count);
    }
    printf("%s: %d runs from seed %s\n", argv[0], runs, argv[1]);
    return 0;
}
