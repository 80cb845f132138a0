/* probe_codes.h: how convlab-jailer probe ends. */
#ifndef PROBE_CODES_H
#define PROBE_CODES_H

enum {
    PROBE_ALLOWED = 0,          /* as a program ends that should not have been started */
    PROBE_TRIAL = 7,
    PROBE_DENIED = 10,
    PROBE_NOT_HERE = 12         /* this machine has no such thing, allowed or not */
};

#endif
