/* utf8.c: one character of UTF-8. */
#include "grade/utf8.h"

size_t utf8_read(const unsigned char *bytes, size_t size, uint32_t *code)
{
    const unsigned char first = bytes[0];
    const size_t length = first < 0x80 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;

    if (length == 1) {
        *code = first;
        return 1;
    }
    *code = 1;
    if (first < 0xc2 || first > 0xf4)
        return 0;
    /* The second byte's range keeps out what is too long, surrogates and what lies above 10FFFF. */
    unsigned low = first == 0xe0 ? 0xa0 : first == 0xf0 ? 0x90 : 0x80;
    unsigned high = first == 0xed ? 0x9f : first == 0xf4 ? 0x8f : 0xbf;
    uint32_t value = first & (0x7fu >> length);
    for (size_t i = 1; i < length; i++) {
        if (i >= size || bytes[i] < low || bytes[i] > high) {
            *code = (uint32_t)i;
            return 0;
        }
        value = value << 6 | (bytes[i] & 0x3fu);
        low = 0x80;
        high = 0xbf;
    }
    *code = value;
    return length;
}

size_t utf8_write(uint32_t code, unsigned char bytes[4])
{
    static const unsigned char lead[] = { 0, 0, 0xc0, 0xe0, 0xf0 };
    const size_t length = code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;

    for (size_t i = length - 1; i > 0; i--) {
        bytes[i] = (unsigned char)(0x80 | (code & 0x3f));
        code >>= 6;
    }
    bytes[0] = (unsigned char)(lead[length] | code);
    return length;
}
