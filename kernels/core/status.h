/* status.h: what a public function returns. Bugs assert; bad caller data comes back as a status. */
#ifndef STATUS_H
#define STATUS_H

typedef enum {
    STATUS_OK,
    STATUS_SHAPE,       /* an extent is negative, does not fit another, or its product overflows */
    STATUS_VALUE,       /* a value lies outside its range: a label, a probability, a rate */
    STATUS_UNSUPPORTED, /* legal, but not what this variant can do */
    STATUS_MEMORY,
    STATUS_DEVICE,      /* the device refused; its own message is on stderr */
    STATUS_IO
} status;

/* A short English phrase, never NULL; static, not to be freed. */
const char *status_string(status s);

#endif
