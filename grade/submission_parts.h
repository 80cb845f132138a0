/* submission_parts.h: what submission*.c share: the files that are looked for, what has been found,
 * and what has to be remarked. */
#ifndef SUBMISSION_PARTS_H
#define SUBMISSION_PARTS_H

#include "grade/submission.h"

/* What a remark says; its name is that of the first entry that it happened to. */
typedef enum {
    NOTE_DAMAGED,
    NOTE_UNFOLDED,
    NOTE_ENTRIES,
    NOTE_CLIMBS,
    NOTE_SPECIAL,
    NOTE_ENCRYPTED,
    NOTE_METHOD,
    NOTE_LARGE,
    NOTE_SPOILT,
    NOTE_UNREADABLE,
    NOTE_NAME,
    NOTE_DEEP,
    NOTE_TWICE,
    NOTE_AMBIGUOUS,
    NOTE_CASE,
    NOTE_NOTHING,
    NOTE_INSTEAD,
    NOTES
} note_kind;

/* A file that the course asks for. */
typedef struct {
    submission_file kept;       /* .bytes NULL: not found yet */
    int depth;                  /* parts of the path that it came from */
    bool bare;                  /* and that did not end in LESSON/FILE */
    int bare_count;
} slot;

typedef struct {
    submission *into;
    const course *course;
    const lesson *only;
    slot slots[SUBMISSION_MAX_FILES];
    int slot_count;
    int entries;
    size_t unfolded;
    struct {
        int count;
        char first[80];
    } notes[NOTES];
    uint8_t *buffer;            /* SUBMISSION_FILE_BYTES + 1: the file that is being read */
    const char *path;           /* of the submission */
    status failed;              /* ours; then *error says why */
    file_error *error;
} intake;

/* Where an entry belongs. */
typedef struct {
    slot *slot;                 /* NULL: nobody asks for it */
    int depth;
    bool bare;
} intake_place;

/* Counts one more entry; false, and noted, if there have been too many. */
bool intake_entry(intake *in);

/* Says where a regular file of that path belongs; what does not is counted, and noted where the
 * student should know. */
intake_place intake_find(intake *in, const char *name);

/* Keeps a copy of the bytes if nothing better is there. False: failed. */
bool intake_keep(intake *in, intake_place place, const char *name, const uint8_t *bytes,
                 size_t size);

/* Folders whose contents are nobody's work: ".git", "__MACOSX". */
bool intake_is_junk(const char *part, size_t length);

void intake_note(intake *in, note_kind kind, const char *name);

/* Ends in failure: false. */
bool intake_fail(intake *in, status s, const char *what);

/* Reads all of a folder (whose descriptor it closes) or of an archive. False: failed. */
bool intake_folder(intake *in, int folder);
bool intake_archive(intake *in, const uint8_t *bytes, size_t size);

/* Reads at most `most` bytes of a regular file; false: errno says why. */
bool intake_read(int file, uint8_t *bytes, size_t most, size_t *size);

#endif
