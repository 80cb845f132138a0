/* submission_archive.c: reads a zip or tar file that was handed in.
 *
 * Idea:  in two steps. First the compression around it (gz, bz2, xz, zst; one layer) is taken off,
 *        into memory, and stopped at the limit; then a reader that knows zip and tar and nothing
 *        else reads that memory. So whatever the archive says of itself, the second step has a
 *        bounded number of bytes to look at, and only what zip's entries unfold to is counted.
 * Know:  A zip file's entries are found in the directory at its end, and what nobody asks for is
 *        never unfolded. Without that directory (it is cut off) they are read one after the other,
 *        and where one ends may show only by unfolding it: then all of them count.
 *        libarchive would start a program for a compression that it was built without: refused.
 * Source: libarchive 3.6, archive_read(3), archive_read_data(3). */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <archive.h>
#include <archive_entry.h>

#include "grade/submission_parts.h"

/* libarchive often tells a failed allocation of its own as a fault of the archive; errno, which is
 * 0 at the beginning, keeps it. */
static bool is_ours(struct archive *a)
{
    return archive_errno(a) == ENOMEM || errno == ENOMEM;
}

/* RETRY lies between OK and WARN: nothing of what was asked for is there. */
static bool is_bad(int r)
{
    return r < ARCHIVE_OK && r != ARCHIVE_WARN;
}

static bool no_memory(intake *in)
{
    return intake_fail(in, STATUS_MEMORY, "no memory to unfold it");
}

/* ---- First step ---- */

typedef struct {
    uint8_t *bytes;             /* to be freed; NULL: nothing was folded */
    size_t size, room;
    bool full;                  /* there was more than may be */
} unfolded;

static bool append(intake *in, unfolded *u, const void *block, size_t count)
{
    const size_t left = SUBMISSION_UNFOLDED_BYTES - u->size;

    u->full = count > left;
    if (u->full)
        count = left;
    if (!u->bytes || count > u->room - u->size) {
        size_t room = 2 * (u->size + count) + 1;
        if (room > SUBMISSION_UNFOLDED_BYTES + 1)
            room = SUBMISSION_UNFOLDED_BYTES + 1;
        uint8_t *const grown = realloc(u->bytes, room);
        if (!grown)
            return no_memory(in);
        u->bytes = grown;
        u->room = room;
    }
    if (count > 0)
        memcpy(u->bytes + u->size, block, count);
    u->size += count;
    return true;
}

static bool unfold_data(intake *in, struct archive *a, unfolded *u)
{
    const void *block;
    size_t count;
    la_int64_t offset;
    int r;

    while (!u->full && (r = archive_read_data_block(a, &block, &count, &offset)) != ARCHIVE_EOF) {
        if (r != ARCHIVE_OK) {
            if (is_ours(a))
                return no_memory(in);
            intake_note(in, NOTE_DAMAGED, "");
            return true;
        }
        if (!append(in, u, block, count))
            return false;
    }
    if (u->full)
        intake_note(in, NOTE_UNFOLDED, "");
    return true;
}

static bool knows_filters(struct archive *a)
{
    return archive_read_support_filter_gzip(a) == ARCHIVE_OK &&
           archive_read_support_filter_bzip2(a) == ARCHIVE_OK &&
           archive_read_support_filter_xz(a) == ARCHIVE_OK &&
           archive_read_support_filter_zstd(a) == ARCHIVE_OK &&
           archive_read_support_format_raw(a) == ARCHIVE_OK;
}

static bool unfold_with(intake *in, struct archive *a, const uint8_t *packed, size_t size,
                        unfolded *u)
{
    struct archive_entry *entry;

    if (!knows_filters(a))
        return is_ours(a) ? no_memory(in)
                          : intake_fail(in, STATUS_IO, "this libarchive lacks gz, bz2, xz or zst");
    if (archive_read_open_memory(a, packed, size) != ARCHIVE_OK ||
        is_bad(archive_read_next_header(a, &entry)))
        return is_ours(a) ? no_memory(in)
                          : intake_fail(in, STATUS_VALUE, "expected a zip or tar file, found one "
                                                          "that cannot be unfolded");
    if (archive_filter_count(a) > 2)                    /* the last is the memory itself */
        return intake_fail(in, STATUS_VALUE, "expected one layer of compression, found more");
    return archive_filter_code(a, 0) == ARCHIVE_FILTER_NONE || unfold_data(in, a, u);
}

/* Takes the compression off, if there is one. */
static bool unfold(intake *in, const uint8_t *packed, size_t size, unfolded *u)
{
    struct archive *const a = archive_read_new();

    if (!a)
        return no_memory(in);
    const bool good = unfold_with(in, a, packed, size, u);
    archive_read_free(a);
    return good;
}

/* ---- Second step ---- */

/* What came of reading an entry or its data. */
typedef enum { TAKEN, LEFT_OUT, STOP, FAILED } outcome;

/* Puts a block of an entry into the buffer, with zeros for a hole before it. */
static bool place_block(intake *in, size_t *size, const void *block, size_t count,
                        la_int64_t offset)
{
    const size_t most = SUBMISSION_FILE_BYTES;

    if (offset < 0 || (size_t)offset > most || count > most - (size_t)offset)
        return false;
    if ((size_t)offset > *size)
        memset(in->buffer + *size, 0, (size_t)offset - *size);
    if (count > 0)
        memcpy(in->buffer + offset, block, count);
    if ((size_t)offset + count > *size)
        *size = (size_t)offset + count;
    return true;
}

/* True if the first step stopped at the limit: it is we who cut it off. */
static bool is_cut(const intake *in)
{
    return in->notes[NOTE_UNFOLDED].count > 0;
}

static outcome damaged(intake *in, struct archive *a, int r, const char *name)
{
    if (is_ours(a)) {
        no_memory(in);
        return FAILED;
    }
    if (r != ARCHIVE_FATAL)
        intake_note(in, NOTE_SPOILT, name);
    else if (!is_cut(in))
        intake_note(in, NOTE_DAMAGED, "");
    return r == ARCHIVE_FATAL ? STOP : LEFT_OUT;
}

/* Reads an entry's data, into the buffer if it is wanted. */
static outcome read_data(intake *in, struct archive *a, bool wanted, const char *name,
                         size_t *size)
{
    const void *block;
    size_t count;
    la_int64_t offset;
    int r;

    *size = 0;
    while ((r = archive_read_data_block(a, &block, &count, &offset)) != ARCHIVE_EOF) {
        if (r != ARCHIVE_OK)                    /* a wrong checksum is but a warning */
            return damaged(in, a, r, name);
        if (count > SUBMISSION_UNFOLDED_BYTES - in->unfolded) {
            intake_note(in, NOTE_UNFOLDED, "");
            return STOP;
        }
        in->unfolded += count;
        if (wanted && !place_block(in, size, block, count, offset)) {
            intake_note(in, NOTE_LARGE, name);
            return LEFT_OUT;
        }
    }
    return TAKEN;
}

/* Other methods of zip are rarely met and bring their decoders' mistakes with them. */
static bool is_plain_method(struct archive *a)
{
    const char *const format = archive_format_name(a);

    return archive_format(a) != ARCHIVE_FORMAT_ZIP ||
           (format && (strstr(format, "(uncompressed)") || strstr(format, "(deflation)")));
}

/* Why an entry that is wanted cannot be had; NOTES: it can. */
static note_kind objection(struct archive *a, struct archive_entry *entry)
{
    if (archive_entry_is_encrypted(entry))
        return NOTE_ENCRYPTED;
    if (!is_plain_method(a))
        return NOTE_METHOD;
    return archive_entry_size_is_set(entry) && archive_entry_size(entry) > SUBMISSION_FILE_BYTES
               ? NOTE_LARGE
               : NOTES;
}

static outcome take_wanted(intake *in, struct archive *a, struct archive_entry *entry,
                           intake_place place, const char *name)
{
    const note_kind why = objection(a, entry);
    size_t size;

    if (why != NOTES) {
        intake_note(in, why, name);
        return LEFT_OUT;
    }
    const outcome read = read_data(in, a, true, name, &size);
    if (read != TAKEN)
        return read;
    if (archive_entry_size_is_set(entry))               /* a hole at the end has no block */
        place_block(in, &size, "", 0, archive_entry_size(entry));
    return intake_keep(in, place, name, in->buffer, size) ? TAKEN : FAILED;
}

static outcome take_file(intake *in, struct archive *a, struct archive_entry *entry,
                         const char *name, bool counted)
{
    const intake_place place = intake_find(in, name);
    size_t size;

    if (place.slot)
        return take_wanted(in, a, entry, place, name);
    return counted ? read_data(in, a, false, name, &size) : LEFT_OUT;
}

static outcome take_entry(intake *in, struct archive *a, struct archive_entry *entry, bool counted)
{
    const char *name = archive_entry_pathname(entry);

    if (!intake_entry(in))
        return STOP;
    if (!name)                                  /* not in this locale's letters */
        name = archive_entry_pathname_utf8(entry);
    if (!name) {
        intake_note(in, NOTE_NAME, "");
        in->into->ignored++;
        return LEFT_OUT;
    }
    if (archive_entry_filetype(entry) == AE_IFDIR)
        return LEFT_OUT;
    if (archive_entry_filetype(entry) != AE_IFREG || archive_entry_hardlink(entry)) {
        intake_note(in, NOTE_SPECIAL, name);
        in->into->ignored++;
        return LEFT_OUT;
    }
    return take_file(in, a, entry, name, counted);
}

static outcome read_entries(intake *in, struct archive *a, bool counted)
{
    struct archive_entry *entry;
    int r;

    while ((r = archive_read_next_header(a, &entry)) != ARCHIVE_EOF) {
        if (is_bad(r) && in->entries == 0 && !is_ours(a))
            return LEFT_OUT;
        const outcome o = is_bad(r) ? damaged(in, a, ARCHIVE_FATAL, "")
                                    : take_entry(in, a, entry, counted);
        if (o == FAILED || o == STOP)
            return o;
    }
    return TAKEN;
}

/* LEFT_OUT: not a single entry can be read so. */
static outcome read_archive(intake *in, const uint8_t *bytes, size_t size, bool whole)
{
    struct archive *const a = archive_read_new();
    outcome o = FAILED;

    if (!a || (whole && archive_read_support_format_tar(a) != ARCHIVE_OK) ||
        (whole ? archive_read_support_format_zip_seekable(a)
               : archive_read_support_format_zip_streamable(a)) != ARCHIVE_OK)
        no_memory(in);
    else if (archive_read_open_memory(a, bytes, size) != ARCHIVE_OK)
        o = is_ours(a) ? (no_memory(in), FAILED) : LEFT_OUT;
    else
        o = read_entries(in, a, !whole);
    archive_read_free(a);
    return o;
}

static bool read_either(intake *in, const uint8_t *bytes, size_t size)
{
    outcome o = read_archive(in, bytes, size, true);

    if (o == LEFT_OUT)
        o = read_archive(in, bytes, size, false);
    if (o == LEFT_OUT && is_cut(in))
        return intake_fail(in, STATUS_VALUE, "expected an archive of at most 64 MiB, found one "
                                             "that unfolds to more");
    return o == LEFT_OUT ? intake_fail(in, STATUS_VALUE, "expected a folder, a zip or a tar file, "
                                                         "found another or a damaged one")
                         : o != FAILED;
}

bool intake_archive(intake *in, const uint8_t *bytes, size_t size)
{
    unfolded u = { .bytes = NULL };

    if (size == 0)
        return intake_fail(in, STATUS_VALUE, "expected a folder, a zip or a tar file, found an "
                                             "empty file");
    if (size > SUBMISSION_UNFOLDED_BYTES)
        return intake_fail(in, STATUS_VALUE, "expected an archive of at most 64 MiB, found a "
                                             "larger one");
    errno = 0;
    bool good = unfold(in, bytes, size, &u) && read_either(in, u.bytes ? u.bytes : bytes,
                                                           u.bytes ? u.size : size);
    if (good && errno == ENOMEM)                /* it went on without something */
        good = no_memory(in);
    free(u.bytes);
    return good;
}
