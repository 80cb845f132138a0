/* fuzz_submission.c: any bytes at all as an archive that a student hands in. */
#include "tests/fuzz/fuzz.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <archive.h>
#include <archive_entry.h>

#include "grade/submission.h"

enum { BLOCK = 512, CHECKSUM_AT = 148, CHECKSUM_BYTES = 8, MAGIC_AT = 257 };

static const course *some_course(void)
{
    static course c = {
        .count = 2,
        .lessons = { { .name = "conv", .folder = "01-conv", .exercise_count = 2,
                       .exercises = { { .file = "a.txt" }, { .file = "b.c" } } },
                     { .name = "pad", .folder = "02-pad", .exercise_count = 1,
                       .exercises = { { .file = "b.c" } } } },
    };
    return &c;
}

static void read_as_archive(const uint8_t *bytes, size_t size, const lesson *only)
{
    static submission s;
    file_error error = { "" };

    const status verdict = submission_parse(&s, "x/fuzz.zip", bytes, size, some_course(), only,
                                            &error);
    if ((verdict != STATUS_OK) != (error.text[0] != '\0') || strcmp(s.id, "fuzz") != 0 ||
        (verdict == STATUS_OK && strlen(s.sha256) != 64))
        abort();
    for (int i = 0; i < s.count; i++)
        if (s.file[i].size > SUBMISSION_FILE_BYTES || s.file[i].bytes[s.file[i].size] != '\0' ||
            submission_find(&s, s.file[i].lesson, s.file[i].name) != &s.file[i])
            abort();
    for (const char *at = s.remark.text; *at; at++)
        if (*at < ' ' || *at > '~')
            abort();
    submission_close(&s);
}

/* Makes the checksum of what looks like a tar file's header right. */
static void repair(uint8_t *header)
{
    unsigned sum = CHECKSUM_BYTES * ' ';
    char digits[CHECKSUM_BYTES + 1];

    for (int i = 0; i < BLOCK; i++)
        if (i < CHECKSUM_AT || i >= CHECKSUM_AT + CHECKSUM_BYTES)
            sum += header[i];
    snprintf(digits, sizeof digits, "%06o", sum);
    memcpy(header + CHECKSUM_AT, digits, 7);
    header[CHECKSUM_AT + 7] = ' ';
}

/* Reads the input as it is, and again with the checksums of tar headers repaired, for most changes
 * would otherwise be stopped by them. */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    bool changed = false;

    if (size == 0)
        return 0;
    read_as_archive(bytes, size, NULL);
    read_as_archive(bytes, size, &some_course()->lessons[0]);
    uint8_t *const repaired = malloc(size);
    if (!repaired)
        abort();
    memcpy(repaired, bytes, size);
    for (size_t at = 0; at + BLOCK <= size; at += BLOCK)
        if (memcmp(repaired + at + MAGIC_AT, "ustar", 5) == 0) {
            repair(repaired + at);
            changed = true;
        }
    if (changed)
        read_as_archive(repaired, size, NULL);
    free(repaired);
    return 0;
}

static void add(struct archive *a, const char *name, const char *text, const char *link)
{
    struct archive_entry *const e = archive_entry_new();

    archive_entry_set_pathname(e, name);
    archive_entry_set_filetype(e, link ? AE_IFLNK : AE_IFREG);
    archive_entry_set_perm(e, 0644);
    archive_entry_set_size(e, (la_int64_t)strlen(text));
    if (link)
        archive_entry_set_symlink(e, link);
    archive_write_header(a, e);
    archive_write_data(a, text, strlen(text));
    archive_entry_free(e);
}

size_t fuzz_seed(int index, uint8_t *bytes)
{
    struct archive *const a = archive_write_new();
    size_t used = 0;

    if (index > 5 || !a) {
        archive_write_free(a);
        return 0;
    }
    switch (index) {
    case 0: archive_write_set_format_ustar(a); break;
    case 1: archive_write_set_format_pax(a); break;
    case 2: archive_write_set_format_gnutar(a); break;
    case 3: archive_write_set_format_ustar(a), archive_write_add_filter_gzip(a); break;
    default: archive_write_set_format_zip(a); break;
    }
    if (index == 5)
        archive_write_set_options(a, "compression=store");
    archive_write_set_bytes_in_last_block(a, 1);
    if (archive_write_open_memory(a, bytes, FUZZ_MAX_BYTES, &used) != ARCHIVE_OK)
        abort();
    add(a, "s/01-conv/b.c", "int x;\n", NULL);
    if (index == 4)
        add(a, "l", "", "/etc/passwd");
    if (index != 1)
        add(a, "a.txt", "rows = 3", NULL);
    archive_write_close(a);
    archive_write_free(a);
    return used;
}
