/* secret.c: SipHash-2-4 as in its paper, section 2, and seeds made of it. */
#define _GNU_SOURCE             /* getrandom */
#include "grade/secret.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>

bool secret_draw(secret *s)
{
    ssize_t got;

    do
        got = getrandom(s->key, sizeof s->key, 0);
    while (got < 0 && errno == EINTR);
    return got == (ssize_t)sizeof s->key;
}

static int digit_of(char c)
{
    static const char digits[] = "0123456789abcdef0123456789ABCDEF";
    const char *const at = c ? strchr(digits, c) : NULL;

    return at ? (int)(at - digits) % 16 : -1;
}

bool secret_read(secret *s, const char *text)
{
    secret read;

    if (strlen(text) != SECRET_TEXT_BYTES - 1)
        return false;
    for (size_t i = 0; i < sizeof read.key; i++) {
        const int high = digit_of(text[2 * i]), low = digit_of(text[2 * i + 1]);
        if (high < 0 || low < 0)
            return false;
        read.key[i] = (uint8_t)(16 * high + low);
    }
    *s = read;
    return true;
}

void secret_print(const secret *s, char text[SECRET_TEXT_BYTES])
{
    for (size_t i = 0; i < sizeof s->key; i++)
        snprintf(text + 2 * i, 3, "%02x", (unsigned)s->key[i]);
}

/* ---- SipHash ---- */

static uint64_t rotate(uint64_t x, int by)
{
    return x << by | x >> (64 - by);
}

static uint64_t little_endian(const uint8_t *bytes, size_t count)
{
    uint64_t word = 0;

    for (size_t i = 0; i < count; i++)
        word |= (uint64_t)bytes[i] << (8 * i);
    return word;
}

static void rounds(uint64_t v[4], int count)
{
    for (int i = 0; i < count; i++) {
        v[0] += v[1], v[2] += v[3];
        v[1] = rotate(v[1], 13) ^ v[0], v[3] = rotate(v[3], 16) ^ v[2];
        v[0] = rotate(v[0], 32);
        v[2] += v[1], v[0] += v[3];
        v[1] = rotate(v[1], 17) ^ v[2], v[3] = rotate(v[3], 21) ^ v[0];
        v[2] = rotate(v[2], 32);
    }
}

static void take_word(uint64_t v[4], uint64_t word)
{
    v[3] ^= word;
    rounds(v, 2);
    v[0] ^= word;
}

uint64_t secret_hash(const secret *s, const void *bytes, size_t size)
{
    const uint8_t *const from = bytes;
    const uint64_t low = little_endian(s->key, 8), high = little_endian(s->key + 8, 8);
    const size_t whole = size - size % 8;
    uint64_t v[4] = { low ^ UINT64_C(0x736f6d6570736575), high ^ UINT64_C(0x646f72616e646f6d),
                      low ^ UINT64_C(0x6c7967656e657261), high ^ UINT64_C(0x7465646279746573) };

    for (size_t i = 0; i < whole; i += 8)
        take_word(v, little_endian(from + i, 8));
    take_word(v, little_endian(from + whole, size - whole) | (uint64_t)size << 56);
    v[2] ^= 0xff;
    rounds(v, 4);
    return v[0] ^ v[1] ^ v[2] ^ v[3];
}

/* The hash of each name's hash, so that no two lists of names run into each other. */
uint64_t secret_seed(const secret *s, const char *a, const char *b, const char *c, const char *d,
                     uint64_t number)
{
    const char *const names[] = { a, b, c, d };
    uint64_t words[9] = { number };
    uint8_t bytes[sizeof words];

    for (int i = 0; i < 4; i++) {
        words[1 + 2 * i] = names[i] != NULL;
        words[2 + 2 * i] = names[i] ? secret_hash(s, names[i], strlen(names[i])) : 0;
    }
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (uint8_t)(words[i / 8] >> (8 * (i % 8)));    /* the same on every machine */
    return secret_hash(s, bytes, sizeof bytes);
}
