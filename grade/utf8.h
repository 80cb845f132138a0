/* utf8.h: one character of UTF-8.
 *
 * Source: The Unicode Standard, table 3-7, well-formed UTF-8 byte sequences. */
#ifndef UTF8_H
#define UTF8_H

#include <stddef.h>
#include <stdint.h>

/* Reads the character at bytes[0 .. size), size > 0, into *code and returns its length. 0: it is
 * not well-formed; *code is then how many bytes stand for one wrong character: at least 1. */
size_t utf8_read(const unsigned char *bytes, size_t size, uint32_t *code);

/* Writes a character and returns its length, 1 to 4. */
size_t utf8_write(uint32_t code, unsigned char bytes[4]);

#endif
