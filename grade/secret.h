/* secret.h: the seeds of a grading, all from one secret, so that it can be repeated for an appeal.
 *
 * A seed is SipHash-2-4 of the names of what it is for, under a 128-bit key that the operating
 * system drew: knowing one seed tells nothing about another.
 * Source: Aumasson and Bernstein, "SipHash: a fast short-input PRF", INDOCRYPT 2012. */
#ifndef SECRET_H
#define SECRET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { SECRET_TEXT_BYTES = 33 };        /* 32 hexadecimal digits and a NUL */

typedef struct {
    uint8_t key[16];
} secret;

/* From the operating system; false if it gives none. */
bool secret_draw(secret *s);

/* From and to 32 hexadecimal digits; false: that is not what the text is. */
bool secret_read(secret *s, const char *text);
void secret_print(const secret *s, char text[SECRET_TEXT_BYTES]);

/* SipHash-2-4 of size bytes. */
uint64_t secret_hash(const secret *s, const void *bytes, size_t size);

/* A seed for up to four names (NULL: none) and a number: submission, lesson, exercise, purpose. */
uint64_t secret_seed(const secret *s, const char *a, const char *b, const char *c, const char *d,
                     uint64_t number);

#endif
