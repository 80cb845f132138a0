/* submission.c: which of a submission's entries are kept, and what the student is told about the
 * others. Folders are read by submission_folder.c, archives by submission_archive.c. */
#define _GNU_SOURCE             /* O_NOFOLLOW */
#include "grade/submission.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "grade/sha256.h"
#include "grade/submission_parts.h"

enum { DIGITS_BEHIND = 8 };

/* ---- The id ---- */

/* Length of a name without what says that it is an archive. */
static size_t without_suffix(const char *name, size_t length)
{
    static const char *const suffixes[] = { ".zip", ".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tbz2",
                                            ".tbz", ".tar.xz", ".txz", ".tar.zst", ".tzst" };

    for (size_t i = 0; i < sizeof suffixes / sizeof suffixes[0]; i++) {
        const size_t suffix = strlen(suffixes[i]);
        if (length > suffix && strncasecmp(name + length - suffix, suffixes[i], suffix) == 0)
            return length - suffix;
    }
    return length;
}

static bool is_taken(const char *id)
{
    static const char *const ours[] = { "grading.json", "gradebook.csv" };

    for (size_t i = 0; i < sizeof ours / sizeof ours[0]; i++)
        if (strcasecmp(id, ours[i]) == 0)
            return true;
    return false;
}

static bool is_plain(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           (c && strchr(".-_@", c));
}

/* The last part of a path, which ends before the slashes behind it. */
static const char *last_part(const char *path, size_t *length)
{
    size_t end = strlen(path);

    while (end > 0 && path[end - 1] == '/')
        end--;
    size_t start = end;
    while (start > 0 && path[start - 1] != '/')
        start--;
    *length = end - start;
    return path + start;
}

void submission_id(const char *path, char id[SUBMISSION_ID_BYTES])
{
    size_t length = 0, named;
    bool changed = false;
    const char *const name = last_part(path, &named);
    const size_t whole = without_suffix(name, named);

    for (; length < whole && length < SUBMISSION_ID_BYTES - 1; length++) {
        const bool good = is_plain(name[length]) && !(length == 0 && name[0] == '.');
        id[length] = good ? name[length] : '_';
        changed |= !good;
    }
    id[length] = '\0';
    if (whole == 0 || (whole <= 2 && strncmp(name, "..", whole) == 0)) {
        snprintf(id, SUBMISSION_ID_BYTES, "_");
    } else if (changed || length < whole || is_taken(id)) {
        char digits[SHA256_TEXT_BYTES];
        sha256 hash;
        sha256_begin(&hash);
        sha256_add(&hash, name, whole);
        sha256_end(&hash, digits);
        if (length > SUBMISSION_ID_BYTES - 2 - DIGITS_BEHIND)
            length = SUBMISSION_ID_BYTES - 2 - DIGITS_BEHIND;
        snprintf(id + length, SUBMISSION_ID_BYTES - length, "-%.*s", DIGITS_BEHIND, digits);
    }
}

/* ---- Remarks ---- */

static const char *const note_texts[NOTES] = {
    [NOTE_DAMAGED] = "the archive is damaged or cut off: what came before the damage counts",
    [NOTE_UNFOLDED] = "the archive unfolds to more than 64 MiB: what came before that counts",
    [NOTE_ENTRIES] = "more than 10000 entries: those after them are not looked at",
    [NOTE_CLIMBS] = "a path with '..' in it is left out",
    [NOTE_SPECIAL] = "links, devices and pipes are left out",
    [NOTE_ENCRYPTED] = "encrypted: left out",
    [NOTE_METHOD] = "packed in a way other than zip's own (deflate): left out",
    [NOTE_LARGE] = "larger than 1 MiB: left out",
    [NOTE_SPOILT] = "damaged: left out",
    [NOTE_UNREADABLE] = "cannot be read: left out",
    [NOTE_NAME] = "without a readable name: left out",
    [NOTE_DEEP] = "more than 16 folders deep: not looked at",
    [NOTE_TWICE] = "there is more than one: the one nearest to the top counts, else the first",
    [NOTE_AMBIGUOUS] = "more than one file of this name, none in a folder of the lesson's name: "
                       "none counts",
    [NOTE_CASE] = "capital and small letters differ from what is asked for: left out",
    [NOTE_NOTHING] = "no file that an exercise asks for; expected one such as",
    [NOTE_INSTEAD] = "found instead",
};

void intake_note(intake *in, note_kind kind, const char *name)
{
    const size_t length = strlen(name), room = sizeof in->notes[kind].first;
    char *const first = in->notes[kind].first;

    if (in->notes[kind].count++ > 0)
        return;
    if (length < room)
        memcpy(first, name, length + 1);
    else                                        /* the end of a path says more */
        snprintf(first, room, "...%s", name + length - (room - 4));
    for (char *c = first; *c; c++)
        if (*c < ' ' || *c > '~')               /* escape sequences, text that runs backwards */
            *c = '?';
}

/* All notes in one line. */
static void write_remark(const intake *in, file_error *remark)
{
    size_t used = 0;

    remark->text[0] = '\0';
    for (int kind = 0; kind < NOTES; kind++) {
        const int count = in->notes[kind].count;
        const size_t room = sizeof remark->text - used;
        char more[32] = "";
        if (count == 0)
            continue;
        if (count > 1)
            snprintf(more, sizeof more, " (and %d more)", count - 1);
        const bool named = in->notes[kind].first[0];
        const int written =
            snprintf(remark->text + used, room, "%s%s%s%s%s%s", used ? "; " : "", note_texts[kind],
                     named ? ": '" : "", in->notes[kind].first, named ? "'" : "", more);
        if (written < 0 || (size_t)written >= room)
            return;
        used += (size_t)written;
    }
}

/* Students read this: where their instructor keeps it is not for them. */
bool intake_fail(intake *in, status s, const char *what)
{
    size_t length;
    const char *const name = last_part(in->path, &length);

    in->failed = s;
    file_refuse(in->error, s, "%.*s: %s", length < 700 ? (int)length : 700, name, what);
    return false;
}

/* ---- Where an entry belongs ---- */

bool intake_entry(intake *in)
{
    if (in->entries < SUBMISSION_MAX_ENTRIES) {
        in->entries++;
        return true;
    }
    intake_note(in, NOTE_ENTRIES, "");
    return false;
}

bool intake_is_junk(const char *part, size_t length)
{
    return (length == 4 && memcmp(part, ".git", 4) == 0) ||
           (length == 8 && memcmp(part, "__MACOSX", 8) == 0);
}

/* A path taken apart. */
typedef struct {
    const char *file, *folder;          /* its last part, and the one before; "" if there is none */
    size_t file_length, folder_length;
    int parts;
    bool climbs, junk;
} parted;

static parted take_apart(const char *name)
{
    parted p = { .file = "", .folder = "" };

    for (const char *at = name; *at;) {
        const size_t length = strcspn(at, "/\\");
        if (length == 2 && at[0] == '.' && at[1] == '.')
            p.climbs = true;
        p.junk |= intake_is_junk(at, length);
        if (length > 0 && !(length == 1 && *at == '.')) {
            p.folder = p.file, p.folder_length = p.file_length;
            p.file = at, p.file_length = length;
            p.parts++;
        }
        at += length + (at[length] != '\0');
    }
    return p;
}

typedef int compare_function(const char *, const char *, size_t);

static bool same(const char *part, size_t length, const char *name, compare_function *compare)
{
    return strlen(name) == length && compare(part, name, length) == 0;
}

static bool in_folder_of(const parted *p, const lesson *l, compare_function *compare)
{
    return same(p->folder, p->folder_length, l->name, compare) ||
           same(p->folder, p->folder_length, l->folder, compare);
}

static bool in_any_lesson(const intake *in, const parted *p)
{
    for (int i = 0; i < in->course->count; i++)
        if (in_folder_of(p, &in->course->lessons[i], strncmp))
            return true;
    return false;
}

static slot *find_slot(intake *in, const parted *p, bool bare, compare_function *compare)
{
    for (int i = 0; i < in->slot_count; i++) {
        slot *const one = &in->slots[i];
        if (same(p->file, p->file_length, one->kept.name, compare) &&
            (bare || in_folder_of(p, one->kept.lesson, compare)))
            return one;
    }
    return NULL;
}

intake_place intake_find(intake *in, const char *name)
{
    const parted p = take_apart(name);
    intake_place place = { .depth = p.parts };

    if (p.climbs)
        intake_note(in, NOTE_CLIMBS, name);
    if (!p.climbs && !p.junk) {
        const bool bare = in->only && !in_any_lesson(in, &p);
        place.slot = find_slot(in, &p, false, strncmp);
        if (!place.slot && bare) {
            place.slot = find_slot(in, &p, true, strncmp);
            place.bare = true;
        }
        if (!place.slot && find_slot(in, &p, bare, strncasecmp))
            intake_note(in, NOTE_CASE, name);
        else if (!place.slot && *p.file != '.')
            intake_note(in, NOTE_INSTEAD, name);
    }
    if (!place.slot)
        in->into->ignored++;
    else if (place.bare)
        place.slot->bare_count++;
    return place;
}

/* ---- What is kept ---- */

bool intake_keep(intake *in, intake_place place, const char *name, const uint8_t *bytes,
                 size_t size)
{
    slot *const s = place.slot;
    const bool better = !s->kept.bytes || (s->bare && !place.bare) ||
                        (!s->bare && !place.bare && place.depth < s->depth);

    if (s->kept.bytes && !s->bare && !place.bare)
        intake_note(in, NOTE_TWICE, name);
    if (!better)
        return true;
    uint8_t *const copy = malloc(size + 1);
    if (!copy)
        return intake_fail(in, STATUS_MEMORY, "no memory for a file of it");
    memcpy(copy, bytes, size);
    copy[size] = '\0';
    free(s->kept.bytes);
    s->kept.bytes = copy;
    s->kept.size = size;
    s->depth = place.depth;
    s->bare = place.bare;
    return true;
}

static bool add_slot(intake *in, const lesson *l, const char *file)
{
    for (int i = 0; i < in->slot_count; i++)
        if (in->slots[i].kept.lesson == l && strcmp(in->slots[i].kept.name, file) == 0)
            return true;
    if (in->slot_count == SUBMISSION_MAX_FILES)
        return intake_fail(in, STATUS_IO, "the course asks for more than 256 files");
    in->slots[in->slot_count++] = (slot){ .kept = { .lesson = l, .name = file } };
    return true;
}

static bool begin(intake *in)
{
    for (int i = 0; i < in->course->count; i++) {
        const lesson *const l = &in->course->lessons[i];
        for (int e = 0; (!in->only || in->only == l) && e < l->exercise_count; e++)
            if (!add_slot(in, l, l->exercises[e].file))
                return false;
    }
    in->buffer = malloc(SUBMISSION_FILE_BYTES + 1);
    return in->buffer || intake_fail(in, STATUS_MEMORY, "no memory to read it");
}

/* Each part with its length before it, so that no two submissions have the same bytes to hash. */
static void hash_part(sha256 *hash, const void *bytes, size_t size)
{
    uint8_t length[8];

    for (int i = 0; i < 8; i++)
        length[i] = (uint8_t)((uint64_t)size >> (8 * i));
    sha256_add(hash, length, sizeof length);
    sha256_add(hash, bytes, size);
}

/* Moves what was found into the submission. */
static void end(intake *in)
{
    submission *const s = in->into;
    sha256 hash;

    sha256_begin(&hash);
    for (int i = 0; i < in->slot_count; i++) {
        slot *const one = &in->slots[i];
        if (one->bare && one->bare_count > 1) {
            intake_note(in, NOTE_AMBIGUOUS, one->kept.name);
            free(one->kept.bytes);
            one->kept.bytes = NULL;
        }
        if (!one->kept.bytes)
            continue;
        hash_part(&hash, one->kept.lesson->name, strlen(one->kept.lesson->name));
        hash_part(&hash, one->kept.name, strlen(one->kept.name));
        hash_part(&hash, one->kept.bytes, one->kept.size);
        s->file[s->count++] = one->kept;
        one->kept.bytes = NULL;
    }
    sha256_end(&hash, s->sha256);
    if (s->count == 0 && in->slot_count > 0) {
        lesson_path example;
        path_join(example, in->slots[0].kept.lesson->folder, in->slots[0].kept.name, NULL);
        intake_note(in, NOTE_NOTHING, example);
    } else {
        in->notes[NOTE_INSTEAD].count = 0;
    }
    write_remark(in, &s->remark);
}

static void drop(intake *in)
{
    for (int i = 0; i < in->slot_count; i++)
        free(in->slots[i].kept.bytes);
    free(in->buffer);
}

bool intake_read(int file, uint8_t *bytes, size_t most, size_t *size)
{
    *size = 0;
    while (*size < most) {
        const ssize_t got = read(file, bytes + *size, most - *size);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return got == 0;
        *size += (size_t)got;
    }
    return true;
}

/* ---- Opening ---- */

/* What is in a file that may be an archive. */
static bool take_file(intake *in, int file, const struct stat *info)
{
    size_t size;

    if (info->st_size > SUBMISSION_UNFOLDED_BYTES)
        return intake_fail(in, STATUS_VALUE, "expected an archive of at most 64 MiB, found a "
                                             "larger one");
    uint8_t *const bytes = malloc((size_t)info->st_size + 1);
    if (!bytes)
        return intake_fail(in, STATUS_MEMORY, "no memory to read it");
    const bool good = intake_read(file, bytes, (size_t)info->st_size, &size)
                          ? intake_archive(in, bytes, size)
                          : intake_fail(in, STATUS_IO, strerror(errno));
    free(bytes);
    return good;
}

static bool take_path(intake *in)
{
    struct stat info;
    char path[PATH_MAX];
    size_t length = strlen(in->path);

    if (length >= sizeof path)
        return intake_fail(in, STATUS_VALUE, strerror(ENAMETOOLONG));
    memcpy(path, in->path, length + 1);
    while (length > 1 && path[length - 1] == '/')       /* link/ would be followed */
        path[--length] = '\0';
    if (lstat(path, &info) != 0)
        return intake_fail(in, STATUS_IO, strerror(errno));
    if (!S_ISREG(info.st_mode) && !S_ISDIR(info.st_mode))
        return intake_fail(in, STATUS_VALUE, "expected a folder, a zip or a tar file, found a "
                                             "link, device or pipe");
    const int file = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    if (file < 0)
        return intake_fail(in, STATUS_IO, strerror(errno));
    if (fstat(file, &info) != 0) {
        const int why = errno;
        close(file);
        return intake_fail(in, STATUS_IO, strerror(why));
    }
    if (S_ISDIR(info.st_mode))
        return intake_folder(in, file);
    const bool good = S_ISREG(info.st_mode) ? take_file(in, file, &info)
                                            : intake_fail(in, STATUS_VALUE, "not a file any more");
    close(file);
    return good;
}

static status take(submission *s, const char *path, const void *bytes, size_t size,
                   const course *c, const lesson *only, file_error *error)
{
    intake in = { .into = s, .course = c, .only = only, .path = path, .error = error };

    memset(s, 0, sizeof *s);
    submission_id(path, s->id);
    if (begin(&in) && (bytes ? intake_archive(&in, bytes, size) : take_path(&in)))
        end(&in);
    drop(&in);
    return in.failed;
}

status submission_open(submission *s, const char *path, const course *c, const lesson *only,
                       file_error *error)
{
    return take(s, path, NULL, 0, c, only, error);
}

status submission_parse(submission *s, const char *path, const void *bytes, size_t size,
                        const course *c, const lesson *only, file_error *error)
{
    return take(s, path, bytes, size, c, only, error);
}

void submission_close(submission *s)
{
    for (int i = 0; i < s->count; i++)
        free(s->file[i].bytes);
    s->count = 0;
}

const submission_file *submission_find(const submission *s, const lesson *l, const char *name)
{
    for (int i = 0; i < s->count; i++)
        if (s->file[i].lesson == l && strcmp(s->file[i].name, name) == 0)
            return &s->file[i];
    return NULL;
}
