/* worker_protocol.h: what the grader and its workers say to each other.
 *
 * One socket of packets and two shared files, as descriptors 3, 4 and 5 of the worker. The grader
 * asks, the worker answers; an answer counts only if it carries the ticket of the question, a
 * random number that nobody can know before it is asked. The order:
 *   worker: HELLO (it is set up, nothing of the student's has run), READY, NOT_LOADED
 *           or NO_FUNCTION
 *   then any number of times
 *   SPACE    how much workspace for this shape?              -> SPACE, .value
 *   PREPARE  map the tensors as `plan` says                  -> PREPARED
 *   CALL     call the function with the plan's arguments     -> DONE, or FINDING
 *   PROFILE  put cusim's profile into the outputs            -> PROFILE, .value bytes
 *
 * A region is a run of pages of one of the two files, mapped with pages that nobody may touch
 * before and after it. */
#ifndef WORKER_PROTOCOL_H
#define WORKER_PROTOCOL_H

#include <stddef.h>
#include <stdint.h>

enum { WORKER_SOCKET = 3, WORKER_INPUTS = 4, WORKER_OUTPUTS = 5 };

enum {
    WORKER_FILE_BYTES = 256 << 20,      /* of each file; it is sparse */
    WORKER_PROFILE_BYTES = 1 << 20,
    WORKER_MAX_REGIONS = 24,
    WORKER_MAX_ARGUMENTS = 12,
    WORKER_SHAPE_BYTES = 256,
    WORKER_TEXT_BYTES = 600,
    WORKER_SLACK_BYTES = 256,           /* beside a tensor, on the side without a wall */
    WORKER_MAX_THREADS = 16
};

/* Exit codes of its own; they prove nothing. ASTRAY: see worker/worker_targets.h. */
enum { WORKER_EXIT_USAGE = 120, WORKER_EXIT_SETUP, WORKER_EXIT_SOCKET, WORKER_EXIT_ASTRAY };

enum { WORKER_FILE_INPUTS, WORKER_FILE_OUTPUTS };       /* of a region */

typedef struct {
    uint64_t file;
    uint64_t start, pages_bytes;        /* in the file: whole pages */
    uint64_t data, bytes;               /* in the file */
    uint64_t before, after;             /* bytes beside it that the grader looks at too */
    uint64_t on_device;                 /* a CUDA worker carries it there */
} worker_region;

typedef enum { WORKER_NULL, WORKER_REGION, WORKER_INTEGER, WORKER_ARRAY } worker_argument_kind;

/* WORKER_REGION: the address of region `value`. WORKER_ARRAY: an array of the addresses of `count`
 * regions from `value` on. */
typedef struct {
    uint64_t kind;
    int64_t value, count;
} worker_argument;

typedef struct {
    uint64_t region_count, argument_count;
    worker_region region[WORKER_MAX_REGIONS];
    worker_argument argument[WORKER_MAX_ARGUMENTS];
} worker_plan;

typedef enum {
    WORKER_ASK_SPACE, WORKER_ASK_PREPARE, WORKER_ASK_CALL, WORKER_ASK_PROFILE
} worker_ask;

typedef struct {
    uint64_t ask, ticket, threads;
    union {
        worker_plan plan;                                       /* WORKER_ASK_PREPARE */
        _Alignas(16) unsigned char shape[WORKER_SHAPE_BYTES];   /* WORKER_ASK_SPACE */
    };
} worker_question;

typedef enum {
    WORKER_HELLO, WORKER_READY, WORKER_NO_FUNCTION, WORKER_SPACE, WORKER_PREPARED,
    WORKER_NOT_PREPARED, WORKER_DONE, WORKER_FINDING, WORKER_PROFILE, WORKER_SAYS,
    WORKER_NOT_LOADED
} worker_say;

typedef struct {
    uint64_t say, ticket, value;
    char text[WORKER_TEXT_BYTES];
} worker_answer;

#endif
