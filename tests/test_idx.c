/* test_idx.c: IDX files, sound and malformed, plain and packed. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <zlib.h>

#include "data/idx.h"
#include "tests/support/scratch.h"

#if defined(__SANITIZE_ADDRESS__)
#define SANITIZED true
#elif defined(__has_feature)
#define SANITIZED __has_feature(address_sanitizer)
#else
#define SANITIZED false
#endif

/* Packs bytes with gzip into out[room]; returns the packed size. */
static size_t pack(const uint8_t *bytes, size_t size, uint8_t *out, size_t room)
{
    z_stream z = { 0 };

    assert_int_equal(deflateInit2(&z, 9, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY), Z_OK);
    z.next_in = (z_const Bytef *)(uintptr_t)bytes;
    z.avail_in = (uInt)size;
    z.next_out = out;
    z.avail_out = (uInt)room;
    assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
    deflateEnd(&z);
    return room - z.avail_out;
}

/* A sound file of 2 x 3 x 2 bytes. */
static const uint8_t sound[] = { 0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0, 2,
                                 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12 };

static void check_sound(const char *path)
{
    idx_file file;
    file_error error;

    assert_int_equal(idx_read(path, 3, &file, &error), STATUS_OK);
    assert_int_equal(file.rank, 3);
    assert_int_equal(file.extent[0], 2);
    assert_int_equal(file.extent[1], 3);
    assert_int_equal(file.extent[2], 2);
    assert_int_equal(file.extent[3], 1);
    assert_memory_equal(file.bytes, sound + 16, 12);
    idx_free(&file);
    assert_null(file.bytes);
    idx_free(&file);
}

static void reads_plain(void **state)
{
    (void)state;
    check_sound(scratch_write("plain", sound, sizeof sound));
}

static void reads_packed(void **state)
{
    uint8_t packed[200];
    size_t size = pack(sound, sizeof sound, packed, sizeof packed);

    (void)state;
    check_sound(scratch_write("packed", packed, size));
    check_sound(scratch_write("packed-without-gz.gz", sound, sizeof sound));

    size = pack(sound, 17, packed, sizeof packed);      /* two gzip streams make one content */
    size += pack(sound + 17, sizeof sound - 17, packed + size, sizeof packed - size);
    check_sound(scratch_write("two-streams", packed, size));
}

static void reads_large_packed(void **state)
{
    enum { BODY = 3 << 20 };                    /* more than the first buffer holds */
    uint8_t *const bytes = calloc(1, 8 + BODY), *const packed = malloc(BODY);
    idx_file file;
    file_error error;

    (void)state;
    memcpy(bytes, (const uint8_t[]){ 0, 0, 8, 1, 0, BODY >> 16, 0, 0 }, 8);
    for (int i = 0; i < BODY; i++)
        bytes[8 + i] = (uint8_t)(i >> 12);
    const size_t size = pack(bytes, 8 + BODY, packed, BODY);
    assert_int_equal(idx_parse(packed, size, "large", 1, &file, &error), STATUS_OK);
    assert_int_equal(file.extent[0], BODY);
    assert_memory_equal(file.bytes, bytes + 8, BODY);
    idx_free(&file);
    free(bytes);
    free(packed);
}

static void reads_no_elements(void **state)
{
    static const uint8_t none[] = { 0, 0, 8, 2, 0, 0, 0, 0, 0, 0, 0, 5 };
    idx_file file;

    (void)state;
    assert_int_equal(idx_parse(none, sizeof none, "none", 2, &file, NULL), STATUS_OK);
    assert_int_equal(file.extent[0], 0);
    assert_non_null(file.bytes);
    idx_free(&file);
}

static void writes_what_it_reads(void **state)
{
    uint8_t bytes[12];
    const idx_file file = { 3, { 2, 3, 2, 1 }, bytes };
    const idx_file negative = { 1, { -1, 1, 1, 1 }, bytes };
    file_error error;

    (void)state;
    memcpy(bytes, sound + 16, 12);
    assert_int_equal(idx_write(scratch_path("written"), &file, &error), STATUS_OK);
    check_sound(scratch_path("written"));
    assert_int_equal(idx_write(scratch_path("missing/f"), &file, &error), STATUS_IO);
    assert_non_null(strstr(error.text, "missing/f: cannot write"));
    assert_int_equal(idx_write(scratch_path("negative"), &negative, &error), STATUS_SHAPE);
    assert_int_equal(access(scratch_path("negative"), F_OK), -1);
}

/* ---- Files that must be refused ---- */

typedef struct {
    const char *name;
    size_t size;
    uint8_t bytes[32];
    const char *says;           /* where, what was expected, what was found */
} refusal;

static const refusal refusals[] = {
    { "empty file", 0, { 0 }, "offset 0: expected IDX, found no bytes" },
    { "wrong magic number", 16, { 0x50, 0x4b, 8, 3 },
      "offset 0: expected the magic number 00 00, found 50 4b" },
    { "wrong first byte", 16, { 1, 0, 8, 3 }, "found 01 00" },
    { "wrong second byte", 16, { 0, 1, 8, 3 }, "found 00 01" },
    { "one byte", 1, { 0 }, "offset 1: truncated: expected 16 bytes, found 1" },
    { "signed bytes", 16, { 0, 0, 9, 3 }, "offset 2: expected type 08 (unsigned byte), found 09" },
    { "floats", 16, { 0, 0, 0x0d, 3 }, "found 0d" },
    { "labels for images", 10, { 0, 0, 8, 1, 0, 0, 0, 2, 1, 2 },
      "offset 3: expected 3 extents, found 1" },
    { "four extents", 21, { 0, 0, 8, 4, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1, 1 },
      "offset 3: expected 3 extents, found 4" },
    { "header cut", 15, { 0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0 },
      "offset 15: truncated: expected 16 bytes, found 15" },
    { "extent above int", 17, { 0, 0, 8, 3, 0, 0, 0, 1, 0x80, 0, 0, 0, 0, 0, 0, 1, 7 },
      "offset 8: expected an extent of at most 2147483647, found 2147483648" },
    { "product overflows", 17,
      { 0, 0, 8, 3, 0x7f, 0xff, 0xff, 0xff, 0x7f, 0xff, 0xff, 0xff, 0x7f, 0xff, 0xff, 0xff, 7 },
      "offset 4: expected extents of at most" },
    { "product overflows beside a zero", 16,
      { 0, 0, 8, 3, 0, 0, 0, 0, 0x7f, 0xff, 0xff, 0xff, 0x7f, 0xff, 0xff, 0xff },
      "offset 4: expected extents of at most" },
    { "claims 2 GiB", 17, { 0, 0, 8, 3, 0, 0, 0, 1, 0x7f, 0xff, 0xff, 0, 0, 0, 0, 1, 7 },
      "truncated: expected 2147483408 bytes, found 17" },
    { "truncated", 27, { 0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0, 2, 1, 2, 3, 4, 5 },
      "offset 27: truncated: expected 28 bytes, found 27" },
    { "no body", 16, { 0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0, 2 },
      "offset 16: truncated: expected 28 bytes, found 16" },
    { "trailing byte", 29, { 0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0, 2, 1, 2, 3, 4, 5 },
      "offset 28: expected the end, found trailing bytes" },
};

enum { REFUSAL_COUNT = sizeof refusals / sizeof refusals[0] };

static void check_refused(const char *path, const char *says)
{
    idx_file file;
    file_error error = { "" };

    assert_int_equal(idx_read(path, 3, &file, &error), STATUS_IO);
    if (!strstr(error.text, says) || strncmp(error.text, path, strlen(path)) != 0)
        fail_msg("expected \"%s: ... %s\", got \"%s\"", path, says, error.text);
    assert_null(file.bytes);
}

static void refuses(void **state)
{
    const refusal *const r = *state;
    uint8_t packed[200];

    check_refused(scratch_write("refused", r->bytes, r->size), r->says);
    const size_t size = pack(r->bytes, r->size, packed, sizeof packed);
    check_refused(scratch_write("refused.gz", packed, size), r->says);
}

static void refuses_damaged_gzip(void **state)
{
    uint8_t packed[200];
    const size_t size = pack(sound, sizeof sound, packed, sizeof packed);

    (void)state;
    for (size_t cut = 2; cut < size; cut++)
        check_refused(scratch_write("cut.gz", packed, cut), "truncated within its gzip stream");
    packed[size - 8] ^= 1;
    check_refused(scratch_write("crc.gz", packed, size), "damaged gzip: incorrect data check");
    packed[size - 8] ^= 1;
    packed[size - 4] ^= 1;
    check_refused(scratch_write("length.gz", packed, size),
                  "damaged gzip: incorrect length check");
    packed[size - 4] ^= 1;
    packed[10] = 0x07;                          /* a reserved kind of block */
    check_refused(scratch_write("block.gz", packed, size), "damaged gzip: invalid block type");
    packed[2] = 7;
    check_refused(scratch_write("method.gz", packed, size), "unknown compression method");
}

static void refuses_bytes_after_gzip(void **state)
{
    uint8_t packed[200];
    const size_t size = pack(sound, sizeof sound, packed, sizeof packed);

    (void)state;
    memcpy(packed + size, "junk", 4);
    check_refused(scratch_write("junk.gz", packed, size + 4), "found 4 trailing bytes");
}

static void refuses_what_is_no_file(void **state)
{
    (void)state;
    check_refused(scratch_path(""), "expected a file, found a folder");
    check_refused(scratch_path("nothing"), "cannot open: No such file or directory");
    check_refused("/dev/null", "expected a file, found a device or pipe");
    assert_int_equal(mkfifo(scratch_path("pipe"), 0600), 0);
    check_refused(scratch_path("pipe"), "expected a file, found a device or pipe");
}

static void refuses_unreadable(void **state)
{
    const char *const path = scratch_write("secret", sound, sizeof sound);

    (void)state;
    assert_int_equal(chmod(scratch_path(""), 0711), 0);
    assert_int_equal(chmod(path, 0), 0);
    const uid_t user = geteuid();
    if (user == 0)                              /* root may read everything, nobody may not */
        assert_int_equal(seteuid(65534), 0);
    check_refused(path, "cannot open: Permission denied");
    assert_int_equal(seteuid(user), 0);
}

/* A packed file of a few bytes that claims 2 GiB must not make us allocate them: refuse it while
 * the process may not have 64 MiB more. */
static void allocates_no_more_than_is_there(void **state)
{
    const refusal *claims = refusals;
    struct rlimit before, tight;
    uint8_t packed[200];

    (void)state;
    if (SANITIZED)
        skip();                                 /* shadow memory is larger than any limit */
    while (strcmp(claims->name, "claims 2 GiB") != 0)
        claims++;
    const size_t size = pack(claims->bytes, claims->size, packed, sizeof packed);
    const char *const path = scratch_write("claims.gz", packed, size);
    assert_int_equal(getrlimit(RLIMIT_DATA, &before), 0);
    tight = before;
    tight.rlim_cur = 64 << 20;
    assert_int_equal(setrlimit(RLIMIT_DATA, &tight), 0);
    check_refused(path, claims->says);
    assert_int_equal(setrlimit(RLIMIT_DATA, &before), 0);
}

static void refuses_impossible_rank(void **state)
{
    idx_file file;
    file_error error;

    (void)state;
    assert_int_equal(idx_parse(sound, sizeof sound, "f", 0, &file, &error), STATUS_SHAPE);
    assert_int_equal(idx_parse(sound, sizeof sound, "f", 5, &file, &error), STATUS_SHAPE);
}

int main(void)
{
    static const struct CMUnitTest named[] = {
        cmocka_unit_test(reads_plain),
        cmocka_unit_test(reads_packed),
        cmocka_unit_test(reads_large_packed),
        cmocka_unit_test(reads_no_elements),
        cmocka_unit_test(writes_what_it_reads),
        cmocka_unit_test(refuses_damaged_gzip),
        cmocka_unit_test(refuses_bytes_after_gzip),
        cmocka_unit_test(refuses_what_is_no_file),
        cmocka_unit_test(refuses_unreadable),
        cmocka_unit_test(allocates_no_more_than_is_there),
        cmocka_unit_test(refuses_impossible_rank),
    };
    enum { NAMED_COUNT = sizeof named / sizeof named[0] };
    struct CMUnitTest tests[NAMED_COUNT + REFUSAL_COUNT];

    memcpy(tests, named, sizeof named);
    for (int i = 0; i < REFUSAL_COUNT; i++)
        tests[NAMED_COUNT + i] = (struct CMUnitTest){
            .name = refusals[i].name, .test_func = refuses,
            .initial_state = (void *)(uintptr_t)&refusals[i],
        };
    return cmocka_run_group_tests_name("idx", tests, scratch_make, scratch_remove);
}
