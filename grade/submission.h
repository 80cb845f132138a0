/* submission.h: the files that a student handed in, in memory: a folder, a zip or a tar file
 * (plain, gz, bz2, xz, zst).
 *
 * Nothing is ever unpacked to disk: an entry is a name and bytes, kept if the course asks for a
 * file of that name. So names that climb out, links, devices and FIFOs have nothing to act on:
 * they are counted and told. Limits: bytes of one file, bytes that an archive unfolds to, entries,
 * depth of folders. */
#ifndef SUBMISSION_H
#define SUBMISSION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "data/file_error.h"
#include "lessons/lesson.h"

enum {
    SUBMISSION_MAX_FILES = 256,
    SUBMISSION_FILE_BYTES = 1 << 20,
    SUBMISSION_UNFOLDED_BYTES = 64 << 20,   /* also the longest archive that is read */
    SUBMISSION_MAX_ENTRIES = 10000,
    SUBMISSION_MAX_DEPTH = 16,              /* folders below the one that was handed in */
    SUBMISSION_ID_BYTES = 128
};

typedef struct {
    const lesson *lesson;
    const char *name;           /* the exercise's file: "conv2d_student.c" */
    uint8_t *bytes;             /* as they were handed in, with a NUL behind */
    size_t size;
} submission_file;

typedef struct {
    char id[SUBMISSION_ID_BYTES];       /* see submission_id() */
    char sha256[65];                    /* over lessons, names and bytes of the kept files */
    submission_file file[SUBMISSION_MAX_FILES];     /* in the order of the course */
    int count;
    int ignored;                        /* entries that no exercise asks for */
    file_error remark;                  /* what was left out and why, or "": for the student to
                                           read; printable ASCII */
} submission;

/* Reads `path`; a link is not followed. Kept are files whose path ends in LESSON/FILE or
 * NN-LESSON/FILE, as in student/; with `only` (one lesson) that lesson's alone, and also a bare
 * FILE, at whatever depth if there is just one of that name outside folders of other lessons. Of
 * several with the same ending the one nearest to the top is kept, else the first; the remark says
 * so. Names must match to the letter; '\' separates as '/' does.
 *
 * STATUS_VALUE after *error: what was handed in is no folder, zip or tar file (a device, a link,
 * too long, no entry readable): the student's doing. STATUS_IO or STATUS_MEMORY after *error: ours,
 * or the machine's; nothing of it may count. An archive that is damaged, or unfolds to too much,
 * keeps what came before and says so in remark. id is set in any case. Close it in any case. */
status submission_open(submission *s, const char *path, const course *c, const lesson *only,
                       file_error *error);

/* The same for an archive in memory, which was read from `path`. */
status submission_parse(submission *s, const char *path, const void *bytes, size_t size,
                        const course *c, const lesson *only, file_error *error);
void submission_close(submission *s);

/* The file of an exercise; NULL: not handed in. */
const submission_file *submission_find(const submission *s, const lesson *l, const char *name);

/* The name under which a submission is kept, from its path's last part without ".zip", ".tar.gz",
 * ...: letters, digits, '.', '-', '_', '@', no '.' in front; what is not such a letter becomes '_',
 * and then, or if it is cut, "-" and 8 digits of the SHA-256 of the whole are put behind, so that
 * names differ where they differed before ("" , "." and "..": "_"). It is never the name of a file
 * that the grader writes beside it. */
void submission_id(const char *path, char id[SUBMISSION_ID_BYTES]);

#endif
