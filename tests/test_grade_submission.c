/* test_grade_submission.c: what students hand in, honest and not: folders and archives of all
 * kinds, and what is kept of them. */
#define _GNU_SOURCE             /* mknod's modes, memmem */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <unistd.h>

#include <cmocka.h>

#include <archive.h>
#include <archive_entry.h>

#include "data/whole_file.h"
#include "grade/submission.h"
#include "tests/support/scratch.h"

/* ---- A course of two lessons ---- */

static course two;

static int make(void **state)
{
    static const char *const files[2][3] = { { "answers.txt", "conv2d_student.c",
                                               "conv2d_student.c" },
                                             { "conv2d_student.c", "pad2d_student.c", NULL } };
    static const char *const names[] = { "conv", "padding" };

    two.count = 2;
    for (int i = 0; i < 2; i++) {
        lesson *const l = &two.lessons[i];
        snprintf(l->name, sizeof l->name, "%s", names[i]);
        snprintf(l->folder, sizeof l->folder, "0%d-%s", i + 1, names[i]);
        for (; l->exercise_count < 3 && files[i][l->exercise_count]; l->exercise_count++)
            l->exercises[l->exercise_count].file = files[i][l->exercise_count];
    }
    return scratch_make(state);
}

/* What is expected of a submission; a name or a text that is NULL is not looked for. */
typedef struct {
    const lesson *only;
    int count;
    const char *kept, *text;            /* a file of lesson conv, and its contents */
    const char *remark;
    int ignored;                        /* -1: any number */
} expectation;

static void check_submission(const submission *s, const expectation *e)
{
    assert_int_equal(s->count, e->count);
    assert_int_equal(strlen(s->sha256), 64);
    if (e->ignored >= 0)
        assert_int_equal(s->ignored, e->ignored);
    if (e->remark && *e->remark)
        assert_non_null(strstr(s->remark.text, e->remark));
    else if (e->remark)
        assert_string_equal(s->remark.text, "");
    if (strstr(s->remark.text, "unfolds"))      /* it was not damaged before we cut it off */
        assert_null(strstr(s->remark.text, "damaged"));
    for (const char *c = s->remark.text; *c; c++)
        assert_true(*c >= ' ' && *c <= '~');
    if (!e->kept)
        return;
    const submission_file *const f = submission_find(s, &two.lessons[0], e->kept);
    assert_non_null(f);
    assert_string_equal((const char *)f->bytes, e->text);
    assert_int_equal(f->size, strlen(e->text));
}

static void reads(const char *path, expectation e)
{
    static submission s;
    file_error error = { "" };

    if (submission_open(&s, path, &two, e.only, &error) != STATUS_OK)
        fail_msg("%s", error.text);
    check_submission(&s, &e);
    submission_close(&s);
}

static void refuses(const char *path, status expected, const char *told)
{
    static submission s;
    file_error error = { "" };

    const status got = submission_open(&s, path, &two, NULL, &error);
    if (got != expected || !strstr(error.text, told))
        fail_msg("%s: expected %d '%s', found %d '%s%s'", path, expected, told, got, error.text,
                 s.remark.text);
    assert_null(strstr(error.text, scratch_path("")));      /* where it lies is not the student's */
    assert_true(s.id[0] && s.count == 0);
    submission_close(&s);
}

/* ---- Packing ---- */

typedef struct {
    const char *name, *text;
    int type;                           /* 0: a file */
    const char *link;                   /* where a link leads; hard if type is 0 */
} member;

typedef int set_format(struct archive *);

/* Packs members (ended by one without name) into a file of the scratch folder; its path. */
static const char *pack(const char *file, set_format *format, set_format *filter,
                        const char *options, const member *members)
{
    const char *const path = scratch_path(file);
    struct archive *const a = archive_write_new();

    assert_int_equal(format(a), ARCHIVE_OK);
    if (filter)
        assert_int_equal(filter(a), ARCHIVE_OK);
    if (options)
        assert_int_equal(archive_write_set_options(a, options), ARCHIVE_OK);
    assert_int_equal(archive_write_open_filename(a, path), ARCHIVE_OK);
    for (const member *m = members; m->name; m++) {
        struct archive_entry *const e = archive_entry_new();
        archive_entry_set_pathname(e, m->name);
        archive_entry_set_filetype(e, m->type ? (unsigned)m->type : AE_IFREG);
        archive_entry_set_perm(e, 0644);
        archive_entry_set_size(e, m->text ? (la_int64_t)strlen(m->text) : 0);
        if (m->link && m->type)
            archive_entry_set_symlink(e, m->link);
        else if (m->link)
            archive_entry_set_hardlink(e, m->link);
        assert_true(archive_write_header(a, e) >= ARCHIVE_WARN);
        if (m->text)
            assert_int_equal(archive_write_data(a, m->text, strlen(m->text)), strlen(m->text));
        archive_entry_free(e);
    }
    assert_int_equal(archive_write_close(a), ARCHIVE_OK);
    archive_write_free(a);
    return path;
}

#define TAR archive_write_set_format_pax_restricted
#define ZIP archive_write_set_format_zip
#define PACK(file, format, filter, ...) \
    pack(file, format, filter, NULL, (const member[]){ __VA_ARGS__, { 0 } })
#define SOLUTION { "student/01-conv/conv2d_student.c", "int x;\n", 0, NULL }

/* Rewrites a packed file. */
typedef void change(uint8_t *bytes, size_t *size);

static const char *changed(const char *path, change *by)
{
    uint8_t *bytes;
    size_t size;
    file_error error;

    assert_int_equal(file_read_whole(path, 1 << 26, &bytes, &size, &error), STATUS_OK);
    by(bytes, &size);
    const char *const name = scratch_write("changed.zip", bytes, size);
    free(bytes);
    return name;
}

/* ---- Ids ---- */

static void test_ids(void **state)
{
    static const struct { const char *path, *id; } known[] = {
        { "in/alice.zip", "alice" },     { "alice.tar.gz", "alice" },  { "alice.TGZ", "alice" },
        { "in/alice-hw1/", "alice-hw1" }, { "a@b.c_d.tar.zst", "a@b.c_d" },
        { "alice.c", "alice.c" },
        { "", "_" },  { "/", "_" },      { ".", "_" },  { "in/..", "_" },  { "...zip", "_" },
        { ".zip", "_zip-" },             { "a b", "a_b-" },  { ".hidden", "_hidden-" },
        { "gradebook.csv", "gradebook.csv-" }, { "Grading.json.zip", "Grading.json-" },
        { "\xea\xb9\x80\xec\xb2\xa0.zip", "______-" }, { "x\033[2J\n", "x__2J_-" },
    };
    char id[SUBMISSION_ID_BYTES], other[SUBMISSION_ID_BYTES], name[400];

    (void)state;
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        const size_t length = strlen(known[i].id);
        submission_id(known[i].path, id);
        if (length > 1 && known[i].id[length - 1] == '-') {
            assert_int_equal(strlen(id), length + 8);
            id[length] = '\0';
        }
        assert_string_equal(id, known[i].id);
    }
    memset(name, 'x', sizeof name);
    name[sizeof name - 1] = '\0';
    submission_id(name, id);
    name[sizeof name - 2] = 'y';
    submission_id(name, other);
    assert_int_equal(strlen(id), SUBMISSION_ID_BYTES - 1);
    assert_string_not_equal(id, other);
    name[SUBMISSION_ID_BYTES - 1] = '\0';
    submission_id(name, id);
    assert_string_equal(id, name);
}

/* ---- Honest archives ---- */

static void test_every_kind_of_archive(void **state)
{
    const expectation e = { NULL, 1, "conv2d_student.c", "int x;\n", "", 1 };

    (void)state;
#define BOTH SOLUTION, { "student/readme.txt", "hello", 0, NULL }, \
             { "student/01-conv", NULL, AE_IFDIR, NULL }
    reads(PACK("a.tar", TAR, NULL, BOTH), e);
    reads(PACK("a.tar.gz", TAR, archive_write_add_filter_gzip, BOTH), e);
    reads(PACK("a.tar.bz2", TAR, archive_write_add_filter_bzip2, BOTH), e);
    reads(PACK("a.tar.xz", TAR, archive_write_add_filter_xz, BOTH), e);
    reads(PACK("a.tar.zst", TAR, archive_write_add_filter_zstd, BOTH), e);
    reads(PACK("a.zip", ZIP, NULL, BOTH), e);
    reads(PACK("gnu.tar", archive_write_set_format_gnutar, NULL, BOTH), e);
    reads(PACK("ustar.tar", archive_write_set_format_ustar, NULL, BOTH), e);
    reads(pack("s.zip", ZIP, NULL, "compression=store", (const member[]){ BOTH, { 0 } }), e);
#undef BOTH
}

static void test_where_files_may_be(void **state)
{
    static const char *const good[] = {
        "01-conv/conv2d_student.c", "conv/conv2d_student.c", "alice/hw1/conv/conv2d_student.c",
        "./01-conv//conv2d_student.c", "/home/alice/01-conv/conv2d_student.c",
        "student\\01-conv\\conv2d_student.c", "\xff\xfe/01-conv/conv2d_student.c",
    };
    static const char *const bad[] = {
        "conv2d_student.c", "x01-conv/conv2d_student.c", "01-conv/deeper/conv2d_student.c",
        "01-conv/conv2d_student.c.bak", "__MACOSX/01-conv/conv2d_student.c",
        "01-conv/._conv2d_student.c", "01-conv/.DS_Store", ".git/01-conv/conv2d_student.c",
        "02-padding/answers.txt",
    };

    (void)state;
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++)
        reads(PACK("good.tar", TAR, NULL, { good[i], "a", 0, NULL }),
              (expectation){ NULL, 1, "conv2d_student.c", "a", "", 0 });
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        reads(PACK("bad.zip", ZIP, NULL, { bad[i], "a", 0, NULL }),
              (expectation){ NULL, 0, NULL, NULL, "one such as: '01-conv/answers.txt'", 1 });
}

static void test_one_lesson_takes_bare_files(void **state)
{
    const lesson *const conv = &two.lessons[0];
    const char *const name = "conv2d_student.c";

    (void)state;
    reads(PACK("b.zip", ZIP, NULL, { "conv2d_student.c", "bare", 0, NULL }),
          (expectation){ conv, 1, name, "bare", "", 0 });
    reads(PACK("b.zip", ZIP, NULL, { "alice/hw/conv2d_student.c", "deep", 0, NULL }),
          (expectation){ conv, 1, name, "deep", "", 0 });
    reads(PACK("b.zip", ZIP, NULL, { "a/conv2d_student.c", "1", 0, NULL },
               { "b/conv2d_student.c", "2", 0, NULL }),
          (expectation){ conv, 0, NULL, NULL, "more than one file of this name", 0 });
    reads(PACK("b.zip", ZIP, NULL, { "conv2d_student.c", "1", 0, NULL },
               { "x/01-conv/conv2d_student.c", "2", 0, NULL },
               { "y/conv2d_student.c", "3", 0, NULL }),
          (expectation){ conv, 1, name, "2", "", 0 });
    reads(PACK("b.zip", ZIP, NULL, { "02-padding/conv2d_student.c", "other", 0, NULL },
               { "02-padding/pad2d_student.c", "other", 0, NULL }),
          (expectation){ conv, 0, NULL, NULL, "no file", 2 });
}

static void test_the_nearest_counts(void **state)
{
    (void)state;
    reads(PACK("t.tar", TAR, NULL, { "01-conv/conv2d_student.c", "first", 0, NULL },
               { "01-conv/conv2d_student.c", "second", 0, NULL },
               { "./01-conv/conv2d_student.c", "third", 0, NULL }),
          (expectation){ NULL, 1, "conv2d_student.c", "first", "more than one", 0 });
    reads(PACK("t.tar", TAR, NULL, { "old/x/01-conv/conv2d_student.c", "old", 0, NULL },
               { "s/01-conv/conv2d_student.c", "new", 0, NULL }),
          (expectation){ NULL, 1, "conv2d_student.c", "new", "'s/01-conv/conv2d_student.c'", 0 });
}

static void test_bytes_stay_as_they_are(void **state)
{
    static const char utf16[] = "\xff\xfei\0n\0t\0", bom[] = "\xef\xbb\xbfint x;\r\n";
    static submission s;
    file_error error;

    (void)state;
    mkdir(scratch_path("bytes"), 0700);
    mkdir(scratch_path("bytes/conv"), 0700);
    scratch_write("bytes/conv/conv2d_student.c", utf16, sizeof utf16);
    scratch_write("bytes/conv/answers.txt", bom, sizeof bom - 1);
    assert_int_equal(submission_open(&s, scratch_path("bytes/"), &two, NULL, &error), STATUS_OK);
    assert_int_equal(s.count, 2);
    assert_string_equal(s.file[0].name, "answers.txt");         /* the order of the course */
    assert_memory_equal(s.file[0].bytes, bom, sizeof bom);
    assert_int_equal(s.file[1].size, sizeof utf16);
    assert_memory_equal(s.file[1].bytes, utf16, sizeof utf16);
    assert_null(submission_find(&s, &two.lessons[1], "answers.txt"));
    submission_close(&s);
}

static void hash_of(const char *path, char hash[65])
{
    static submission s;
    file_error error;

    assert_int_equal(submission_open(&s, path, &two, NULL, &error), STATUS_OK);
    memcpy(hash, s.sha256, 65);
    submission_close(&s);
}

static void test_hash_is_of_what_is_kept(void **state)
{
    char one[65], same[65], other[65];

    (void)state;
    hash_of(PACK("h.zip", ZIP, NULL, { "conv/answers.txt", "a", 0, NULL },
                 { "conv/conv2d_student.c", "b", 0, NULL }, { "more", "x", 0, NULL }), one);
    hash_of(PACK("h.tar", TAR, NULL, { "conv/conv2d_student.c", "b", 0, NULL },
                 { "conv/answers.txt", "a", 0, NULL }), same);
    assert_string_equal(one, same);
    hash_of(PACK("h.tar", TAR, NULL, { "conv/answers.txt", "ab", 0, NULL },
                 { "conv/conv2d_student.c", "", 0, NULL }), other);
    assert_string_not_equal(one, other);
    hash_of(PACK("h.tar", TAR, NULL, { "padding/conv2d_student.c", "b", 0, NULL },
                 { "conv/answers.txt", "a", 0, NULL }), other);
    assert_string_not_equal(one, other);
}

/* ---- Hostile archives ---- */

static void test_names_that_lead_elsewhere(void **state)
{
    (void)state;
    reads(PACK("n.tar", TAR, NULL, { "../../01-conv/answers.txt", "x", 0, NULL }, SOLUTION,
               { "a\\..\\conv\\answers.txt", "x", 0, NULL }, { "..", "x", 0, NULL }),
          (expectation){ NULL, 1, "conv2d_student.c", "int x;\n",
                         "'..' in it is left out: '../../01-conv/answers.txt' (and 2 more)", 3 });
    reads(PACK("n.zip", ZIP, NULL, { "/etc/passwd", "root", 0, NULL }, SOLUTION),
          (expectation){ NULL, 1, "conv2d_student.c", "int x;\n", "", 1 });
}

static void test_links_and_devices_in_archives(void **state)
{
    (void)state;
    reads(PACK("l.tar", TAR, NULL, { "01-conv/answers.txt", NULL, AE_IFLNK, "/etc/passwd" },
               { "01-conv/conv2d_student.c", NULL, 0, "/etc/passwd" },
               { "02-padding/conv2d_student.c", NULL, AE_IFIFO, NULL },
               { "02-padding/pad2d_student.c", NULL, AE_IFCHR, NULL }),
          (expectation){ NULL, 0, NULL, NULL, "links, devices and pipes are left out: '01-conv/"
                                              "answers.txt' (and 3 more)", 4 });
    reads(PACK("l.zip", ZIP, NULL, { "01-conv/answers.txt", NULL, AE_IFLNK, "/etc/passwd" },
               SOLUTION),
          (expectation){ NULL, 1, "conv2d_student.c", "int x;\n", "links", 1 });
    reads(PACK("d.tar", TAR, NULL, { "01-conv/answers.txt/", NULL, AE_IFDIR, NULL }, SOLUTION),
          (expectation){ NULL, 1, NULL, NULL, "", 0 });
}

static void test_remarks_are_clean(void **state)
{
    (void)state;
    reads(PACK("r.tar", TAR, NULL, { "01-conv/ANSWERS.txt", "x", 0, NULL },
               { "..\033[31m\n\xe2\x80\xae/../x", "x", 0, NULL }),
          (expectation){ NULL, 0, NULL, NULL, "'..?[31m?\?\?\?/../x'", 2 });
    reads(PACK("r.tar", TAR, NULL, { "01-Conv/Conv2d_student.C", "x", 0, NULL }),
          (expectation){ NULL, 0, NULL, NULL, "capital and small letters", 1 });
    reads(PACK("r.tar", TAR, NULL,
               { "../aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
                 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa/end", "x", 0, NULL }),
          (expectation){ NULL, 0, NULL, NULL, "'...aaa", 1 });
}

/* Bytes of text, to be freed. */
static char *long_text(size_t size)
{
    char *const text = malloc(size + 1);

    assert_non_null(text);
    memset(text, 'a', size);
    text[size] = '\0';
    return text;
}

static void test_large_files(void **state)
{
    char *const most = long_text(SUBMISSION_FILE_BYTES), *const more = long_text(
        SUBMISSION_FILE_BYTES + 1);

    (void)state;
    reads(PACK("m.zip", ZIP, NULL, { "conv/answers.txt", most, 0, NULL }, SOLUTION),
          (expectation){ NULL, 2, "answers.txt", most, "", 0 });
    reads(PACK("m.zip", ZIP, NULL, { "conv/answers.txt", more, 0, NULL }, SOLUTION),
          (expectation){ NULL, 1, "conv2d_student.c", "int x;\n", "larger than 1 MiB", 0 });
    reads(PACK("m.tar.gz", TAR, archive_write_add_filter_gzip,
               { "conv/answers.txt", more, 0, NULL }, SOLUTION),
          (expectation){ NULL, 1, "conv2d_student.c", "int x;\n", "larger than 1 MiB", 0 });
    mkdir(scratch_path("large"), 0700);
    mkdir(scratch_path("large/conv"), 0700);
    scratch_write("large/conv/conv2d_student.c", more, SUBMISSION_FILE_BYTES + 1);
    scratch_write("large/conv/answers.txt", most, SUBMISSION_FILE_BYTES);
    reads(scratch_path("large"), (expectation){ NULL, 1, "answers.txt", most, "larger", 0 });
    assert_int_equal(truncate(scratch_path("large/conv/conv2d_student.c"), (off_t)1 << 40), 0);
    reads(scratch_path("large"), (expectation){ NULL, 1, "answers.txt", most, "larger", 0 });
    free(most);
    free(more);
}

static void test_bombs(void **state)
{
    char *const much = long_text(SUBMISSION_UNFOLDED_BYTES);

    (void)state;
    /* Honest: what nobody asks for is not unfolded in a zip file. */
    reads(PACK("z.zip", ZIP, NULL, { "data", much, 0, NULL }, SOLUTION),
          (expectation){ NULL, 1, "conv2d_student.c", "int x;\n", "", 1 });
    reads(PACK("z.tar.gz", TAR, archive_write_add_filter_gzip, SOLUTION,
               { "data", much, 0, NULL }, { "conv/answers.txt", "x", 0, NULL }),
          (expectation){ NULL, 1, "conv2d_student.c", "int x;\n", "more than 64 MiB", -1 });
    reads(PACK("z.tar.xz", TAR, archive_write_add_filter_xz, SOLUTION, { "data", much, 0, NULL }),
          (expectation){ NULL, 1, "conv2d_student.c", "int x;\n", "more than 64 MiB", -1 });
    free(much);
    char *const more = long_text(SUBMISSION_UNFOLDED_BYTES + 1);
    refuses(PACK("z.gz", archive_write_set_format_raw, archive_write_add_filter_gzip,
                 { "data", more, 0, NULL }), STATUS_VALUE, "unfolds to more");
    free(more);
    scratch_write("z.tar", "", 0);
    assert_int_equal(truncate(scratch_path("z.tar"), SUBMISSION_UNFOLDED_BYTES + 1), 0);
    refuses(scratch_path("z.tar"), STATUS_VALUE, "64 MiB");
}

/* Cuts the directory at the end of a zip file off. */
static void cut_directory(uint8_t *bytes, size_t *size)
{
    *size = (size_t)((uint8_t *)memmem(bytes, *size, "PK\1\2", 4) - bytes);
}

/* And pretends that sizes are not known before. */
static void test_bomb_without_a_directory(void **state)
{
    char *const much = long_text(SUBMISSION_UNFOLDED_BYTES);
    const char *const path = PACK("w.zip", ZIP, NULL, SOLUTION, { "data", much, 0, NULL },
                                  { "conv/answers.txt", "x", 0, NULL });

    (void)state;
    reads(changed(path, cut_directory),
          (expectation){ NULL, 1, "conv2d_student.c", "int x;\n", "more than 64 MiB", -1 });
    free(much);
}

static void test_too_many_entries(void **state)
{
    enum { MANY = SUBMISSION_MAX_ENTRIES };
    member *const members = calloc(MANY + 2, sizeof *members);

    (void)state;
    assert_non_null(members);
    for (int i = 0; i < MANY; i++)
        members[i] = (member){ .name = "x" };
    members[MANY] = (member)SOLUTION;
    reads(pack("e.tar.gz", TAR, archive_write_add_filter_gzip, NULL, members),
          (expectation){ NULL, 0, NULL, NULL, "more than 10000 entries", MANY });
    members[0] = (member)SOLUTION;
    reads(pack("e.tar.gz", TAR, archive_write_add_filter_gzip, NULL, members),
          (expectation){ NULL, 1, "conv2d_student.c", "int x;\n", "more than 10000", -1 });
    free(members);
}

static void cut_half(uint8_t *bytes, size_t *size)
{
    (void)bytes;
    *size = *size / 2;
}

static void cut_tail(uint8_t *bytes, size_t *size)
{
    (void)bytes;
    *size -= 30;
}

static void spoil_data(uint8_t *bytes, size_t *size)
{
    uint8_t *const at = memmem(bytes, *size, "int x;", 6);

    at[0] ^= 1;
}

static void encrypt(uint8_t *bytes, size_t *size)
{
    bytes[6] |= 1;                              /* of the first entry, and in the directory */
    ((uint8_t *)memmem(bytes, *size, "PK\1\2", 4))[8] |= 1;
}

static void use_lzma(uint8_t *bytes, size_t *size)
{
    bytes[8] = 14;
    ((uint8_t *)memmem(bytes, *size, "PK\1\2", 4))[10] = 14;
}

static void spoil_header(uint8_t *bytes, size_t *size)
{
    (void)size;
    bytes[1024] ^= 0x55;                        /* the second header of a tar file */
}

static void test_damaged_archives(void **state)
{
    const expectation one = { NULL, 1, "conv2d_student.c", "int x;\n", "damaged", -1 };
    const expectation none = { NULL, 0, NULL, NULL, "damaged", -1 };
    char *const text = long_text(5000);

    (void)state;
#define THREE SOLUTION, { "data", text, 0, NULL }, { "conv/answers.txt", "a", 0, NULL }
    const char *path = PACK("c.tar", TAR, NULL, THREE);
    reads(changed(path, cut_half), one);
    reads(changed(path, spoil_header), one);
    path = PACK("c.tar.gz", TAR, archive_write_add_filter_gzip, THREE);
    refuses(changed(path, cut_tail), STATUS_VALUE, "cannot be unfolded");
    path = pack("c.zip", ZIP, NULL, "compression=store", (const member[]){ THREE, { 0 } });
    reads(changed(path, cut_half), one);
    path = pack("c.zip", ZIP, NULL, "compression=store",
                (const member[]){ SOLUTION, { 0 } });
    reads(changed(path, spoil_data), none);
    reads(changed(path, encrypt), (expectation){ NULL, 0, NULL, NULL, "encrypted", -1 });
    reads(changed(path, use_lzma), (expectation){ NULL, 0, NULL, NULL, "packed in a way", -1 });
    path = PACK("c.tar", TAR, NULL, { "conv/conv2d_student.c", text, 0, NULL });
    reads(changed(path, cut_half), none);       /* within a file: it does not count */
#undef THREE
    free(text);
}

/* What does not fold well, so that a cut goes through the middle of what it unfolds to. */
static void test_damaged_compression(void **state)
{
    enum { SIZE = 400000 };
    char *const text = long_text(SIZE);
    uint32_t x = 1;

    (void)state;
    for (int i = 0; i < SIZE; i++)
        text[i] = (char)('0' + ((x = x * 1664525 + 1013904223) >> 25) % 64);
    reads(changed(PACK("c.tar.gz", TAR, archive_write_add_filter_gzip, SOLUTION,
                       { "data", text, 0, NULL }), cut_half),
          (expectation){ NULL, 1, "conv2d_student.c", "int x;\n", "damaged", -1 });
    free(text);
}

static void test_no_archives(void **state)
{
    static const char garbage[3000] = "#include <stdio.h>\n", gz[] = "\x1f\x8b\x08\0garbage!";

    (void)state;
    refuses(scratch_write("g.zip", "", 0), STATUS_VALUE, "expected a folder, a zip or a tar file");
    refuses(scratch_write("g.zip", garbage, sizeof garbage), STATUS_VALUE, "expected a folder");
    refuses(scratch_write("g.tgz", gz, sizeof gz), STATUS_VALUE, "expected");
    refuses(scratch_write("g.zip", "PK\3\4", 4), STATUS_VALUE, "expected");
    refuses(scratch_path("nowhere.zip"), STATUS_IO, "No such file");
    refuses(PACK("x.7z", archive_write_set_format_7zip, NULL, SOLUTION), STATUS_VALUE, "expected");
    refuses(PACK("x.cpio", archive_write_set_format_cpio, NULL, SOLUTION), STATUS_VALUE,
            "expected");
    /* It begins as an empty tar file does, with zeros. */
    reads(PACK("x.iso", archive_write_set_format_iso9660, NULL, SOLUTION),
          (expectation){ .remark = "no file" });
    reads(PACK("empty.zip", ZIP, NULL, { 0 }), (expectation){ .remark = "no file" });
    reads(PACK("empty.tar", TAR, NULL, { 0 }), (expectation){ .remark = "no file" });
    reads(PACK("nested.zip", ZIP, NULL, { "alice.zip", "PK", 0, NULL }),
          (expectation){ .remark = "; found instead: 'alice.zip'", .ignored = 1 });
    reads(PACK("names.zip", ZIP, NULL, { ".DS_Store", "x", 0, NULL }, { "a (1).c", "x", 0, NULL },
               { "b.c", "x", 0, NULL }),
          (expectation){ .remark = "found instead: 'a (1).c' (and 1 more)", .ignored = 3 });
    reads(PACK("enough.zip", ZIP, NULL, SOLUTION, { "a.c", "x", 0, NULL }),
          (expectation){ NULL, 1, "conv2d_student.c", "int x;\n", "", 1 });
    refuses(scratch_write("\033]0;a.zip", "PK", 2), STATUS_VALUE, "?]0;a.zip: expected");
}

/* An archive whose compression has been compressed again. */
static void test_one_layer_of_compression(void **state)
{
    const char *const path = scratch_path("twice.tar.gz");
    struct archive *const a = archive_write_new();
    struct archive_entry *const e = archive_entry_new();

    (void)state;
    archive_write_set_format_ustar(a);
    archive_write_add_filter_gzip(a);
    archive_write_add_filter_gzip(a);
    assert_int_equal(archive_write_open_filename(a, path), ARCHIVE_OK);
    archive_entry_set_pathname(e, "conv/answers.txt");
    archive_entry_set_filetype(e, AE_IFREG);
    archive_write_header(a, e);
    archive_entry_free(e);
    archive_write_free(a);
    refuses(path, STATUS_VALUE, "one layer");
}

static void pack_sparse(const char *path, la_int64_t size)
{
    struct archive *const a = archive_write_new();
    struct archive_entry *const e = archive_entry_new();

    archive_write_set_format_pax(a);
    assert_int_equal(archive_write_open_filename(a, path), ARCHIVE_OK);
    archive_entry_set_pathname(e, "conv/answers.txt");
    archive_entry_set_filetype(e, AE_IFREG);
    archive_entry_set_size(e, size);
    archive_entry_sparse_add_entry(e, 600, 4);
    assert_int_equal(archive_write_header(a, e), ARCHIVE_OK);
    for (int i = 0; i < 600; i++)
        archive_write_data(a, "", 1);
    archive_write_data(a, "text", 4);
    archive_entry_free(e);
    archive_write_free(a);
}

static void test_sparse_files(void **state)
{
    static submission s;
    file_error error;
    const char *const path = scratch_path("sparse.tar");

    (void)state;
    pack_sparse(path, (la_int64_t)1 << 50);
    reads(path, (expectation){ NULL, 0, NULL, NULL, "larger than 1 MiB", 0 });
    pack_sparse(path, 1000);
    assert_int_equal(submission_open(&s, path, &two, NULL, &error), STATUS_OK);
    assert_int_equal(s.count, 1);
    assert_int_equal(s.file[0].size, 1000);
    assert_memory_equal(s.file[0].bytes + 596, "\0\0\0\0text\0", 10);
    submission_close(&s);
}

/* ---- Folders ---- */

static void make_folder(const char *name)
{
    assert_int_equal(mkdir(scratch_path(name), 0700), 0);
}

static void test_folder_with_special_files(void **state)
{
    (void)state;
    make_folder("f");
    make_folder("f/01-conv");
    make_folder("f/02-padding");
    make_folder("f/__MACOSX");
    make_folder("f/__MACOSX/01-conv");
    scratch_write("f/__MACOSX/01-conv/answers.txt", "x", 1);
    scratch_write("f/01-conv/conv2d_student.c", "int x;\n", 7);
    scratch_write("f/notes.txt", "x", 1);
    assert_int_equal(mkfifo(scratch_path("f/01-conv/answers.txt"), 0600), 0);
    assert_int_equal(symlink("/etc/passwd", scratch_path("f/02-padding/conv2d_student.c")), 0);
    assert_int_equal(symlink("..", scratch_path("f/02-padding/loop")), 0);
    reads(scratch_path("f"), (expectation){ NULL, 1, "conv2d_student.c", "int x;\n",
                                            "left out: '01-conv/answers.txt' (and 2 more)",
                                            4 });
    refuses(scratch_path("f/01-conv/answers.txt"), STATUS_VALUE, "device or pipe");
    assert_int_equal(symlink("f", scratch_path("link")), 0);
    refuses(scratch_path("link"), STATUS_VALUE, "found a link");
    refuses(scratch_path("link//"), STATUS_VALUE, "found a link");
    refuses("/dev/zero", STATUS_VALUE, "device");
    if (geteuid() == 0 && mknod(scratch_path("f/pad2d_student.c"), S_IFCHR | 0600, 0) == 0)
        reads(scratch_path("f"), (expectation){ NULL, 1, NULL, NULL, "(and 3 more)", 5 });
}

static void test_deep_folders(void **state)
{
    char path[200] = "deep";

    (void)state;
    make_folder(path);
    for (int i = 0; i < SUBMISSION_MAX_DEPTH; i++) {
        strcat(path, "/d");
        make_folder(path);
    }
    strcat(path, "/conv");
    make_folder(path);
    strcat(path, "/answers.txt");
    scratch_write(path, "x", 1);
    reads(scratch_path("deep"), (expectation){ NULL, 0, NULL, NULL, "more than 16 folders", 0 });
    reads(scratch_path("deep/d"), (expectation){ NULL, 1, "answers.txt", "x", "", 0 });
}

static void test_unreadable_file(void **state)
{
    (void)state;
    make_folder("u");
    make_folder("u/conv");
    scratch_write("u/conv/answers.txt", "x", 1);
    chmod(scratch_path("u/conv/answers.txt"), 0);
    if (geteuid() == 0)                         /* root reads it all the same */
        reads(scratch_path("u"), (expectation){ NULL, 1, "answers.txt", "x", "", 0 });
    else
        reads(scratch_path("u"), (expectation){ NULL, 0, NULL, NULL, "cannot be read", 0 });
}

static void test_many_files_in_a_folder(void **state)
{
    char name[40];

    (void)state;
    make_folder("many");
    for (int i = 0; i <= SUBMISSION_MAX_ENTRIES; i++) {
        snprintf(name, sizeof name, "many/%d", i);
        assert_int_equal(link(i == 0 ? scratch_write("one", "", 0) : scratch_path("one"),
                              scratch_path(name)), 0);
    }
    reads(scratch_path("many"),
          (expectation){ NULL, 0, NULL, NULL, "more than 10000 entries", SUBMISSION_MAX_ENTRIES });
}

static void test_too_long_a_path(void **state)
{
    char *const path = long_text(PATH_MAX);
    static course none;

    (void)state;
    refuses(path, STATUS_VALUE, "too long");
    free(path);
    static submission s;
    file_error error;
    assert_int_equal(submission_open(&s, scratch_path(""), &none, NULL, &error), STATUS_OK);
    assert_int_equal(s.count, 0);
    submission_close(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ids),
        cmocka_unit_test(test_every_kind_of_archive),
        cmocka_unit_test(test_where_files_may_be),
        cmocka_unit_test(test_one_lesson_takes_bare_files),
        cmocka_unit_test(test_the_nearest_counts),
        cmocka_unit_test(test_bytes_stay_as_they_are),
        cmocka_unit_test(test_hash_is_of_what_is_kept),
        cmocka_unit_test(test_names_that_lead_elsewhere),
        cmocka_unit_test(test_links_and_devices_in_archives),
        cmocka_unit_test(test_remarks_are_clean),
        cmocka_unit_test(test_large_files),
        cmocka_unit_test(test_bombs),
        cmocka_unit_test(test_bomb_without_a_directory),
        cmocka_unit_test(test_too_many_entries),
        cmocka_unit_test(test_damaged_archives),
        cmocka_unit_test(test_damaged_compression),
        cmocka_unit_test(test_no_archives),
        cmocka_unit_test(test_one_layer_of_compression),
        cmocka_unit_test(test_sparse_files),
        cmocka_unit_test(test_folder_with_special_files),
        cmocka_unit_test(test_deep_folders),
        cmocka_unit_test(test_unreadable_file),
        cmocka_unit_test(test_many_files_in_a_folder),
        cmocka_unit_test(test_too_long_a_path),
    };
    return cmocka_run_group_tests(tests, make, scratch_remove);
}
