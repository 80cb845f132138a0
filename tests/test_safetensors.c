/* test_safetensors.c: safetensors files, sound, forbidden, and interrupted while written. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>

#include <cmocka.h>

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "data/safetensors.h"
#include "data/whole_file.h"
#include "tests/support/scratch.h"

enum { MAX_FILE = 4096 };

/* Puts together a file with this header and `data` zero bytes; returns its size. */
static size_t build(const char *header, size_t header_size, size_t data, uint8_t *bytes)
{
    assert_true(8 + header_size + data <= MAX_FILE);
    memset(bytes, 0, MAX_FILE);
    bytes[0] = (uint8_t)header_size;
    bytes[1] = (uint8_t)(header_size >> 8);
    memcpy(bytes + 8, header, header_size);
    return 8 + header_size + data;
}

/* ---- Sound files ---- */

static void reads_what_it_wrote(void **state)
{
    const float weights[6] = { 1, -2, 3.5f, 0x1p-140f, 5, 6 };
    const double scalar = 0.1;
    const int64_t step = INT64_MIN;
    const uint8_t flags[3] = { 1, 0, 1 };
    const safetensors_tensor tensors[] = {
        { "flags", SAFETENSORS_BOOL, 1, { 3 }, flags },
        { "layer1.0.weight", SAFETENSORS_F32, 2, { 2, 3 }, weights },
        { "empty", SAFETENSORS_F16, 2, { 0, 7 }, NULL },
        { "scalar", SAFETENSORS_F64, 0, { 0 }, &scalar },
        { "step", SAFETENSORS_I64, 1, { 1 }, &step },
    };
    const safetensors_string strings[] = { { "net", "cnn-basic" }, { "\"\\\n", "caf\xc3\xa9" } };
    const char *const path = scratch_path("sound");
    safetensors_file file;
    file_error error = { "" };

    (void)state;
    assert_int_equal(safetensors_write(path, 5, tensors, 2, strings, &error), STATUS_OK);
    assert_int_equal(safetensors_read(path, &file, &error), STATUS_OK);
    assert_int_equal(file.tensor_count, 5);
    for (int i = 0; i < 5; i++) {
        const safetensors_tensor *const t = safetensors_find(&file, tensors[i].name);
        assert_non_null(t);
        assert_int_equal(t->type, tensors[i].type);
        assert_int_equal(t->rank, tensors[i].rank);
        assert_int_equal(safetensors_count(t), safetensors_count(&tensors[i]));
        assert_true((uintptr_t)t->data % 64 == 0);
        if (tensors[i].data)
            assert_memory_equal(t->data, tensors[i].data, (size_t)safetensors_count(t) *
                                                              safetensors_type_bytes(t->type));
    }
    assert_int_equal(safetensors_find(&file, "layer1.0.weight")->shape[1], 3);
    assert_null(safetensors_find(&file, "layer1"));
    assert_int_equal(file.metadata_count, 2);
    assert_string_equal(safetensors_metadata(&file, "net"), "cnn-basic");
    assert_string_equal(safetensors_metadata(&file, "\"\\\n"), "caf\xc3\xa9");
    assert_null(safetensors_metadata(&file, "nets"));
    safetensors_free(&file);
    assert_null(file.tensors);
    safetensors_free(&file);
}

/* Whoever maps the file finds each tensor aligned to its type, and the data to 8 bytes. */
static void writes_aligned(void **state)
{
    const uint8_t byte = 1;
    const float one = 1.0f;
    const double two = 2.0;
    const safetensors_tensor tensors[] = {
        { "b", SAFETENSORS_U8, 1, { 1 }, &byte },
        { "f", SAFETENSORS_F32, 1, { 1 }, &one },
        { "d", SAFETENSORS_F64, 1, { 1 }, &two },
    };
    const char *const path = scratch_path("aligned");
    uint8_t *bytes;
    size_t size;
    file_error error;

    (void)state;
    for (int count = 0; count <= 3; count++) {
        assert_int_equal(safetensors_write(path, count, tensors, 0, NULL, &error), STATUS_OK);
        assert_int_equal(file_read_whole(path, MAX_FILE, &bytes, &size, &error), STATUS_OK);
        assert_int_equal(bytes[0] % 8, 0);
        assert_int_equal(bytes[8], '{');
        if (count == 3) {                       /* widest first */
            assert_memory_equal(bytes + size - 13, &two, 8);
            assert_memory_equal(bytes + size - 5, &one, 4);
            assert_int_equal(bytes[size - 1], byte);
        }
        free(bytes);
    }
}

static void reads_every_type(void **state)
{
    static const struct {
        const char *name;
        size_t bytes;
    } all[] = { { "F64", 8 }, { "F32", 4 }, { "F16", 2 }, { "BF16", 2 }, { "I64", 8 },
                { "I32", 4 }, { "I16", 2 }, { "I8", 1 }, { "U64", 8 }, { "U32", 4 },
                { "U16", 2 }, { "U8", 1 }, { "BOOL", 1 } };
    uint8_t bytes[MAX_FILE];
    safetensors_file file;
    file_error error;

    (void)state;
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        char header[128];
        snprintf(header, sizeof header,
                 "{\"t\":{\"dtype\":\"%s\",\"shape\":[3],\"data_offsets\":[0,%zu]}}", all[i].name,
                 3 * all[i].bytes);
        const size_t size = build(header, strlen(header), 3 * all[i].bytes, bytes);
        assert_int_equal(safetensors_parse(bytes, size, "f", &file, &error), STATUS_OK);
        assert_string_equal(safetensors_type_name(file.tensors[0].type), all[i].name);
        assert_int_equal(safetensors_type_bytes(file.tensors[0].type), all[i].bytes);
        safetensors_free(&file);
    }
}

/* Legal, if unusual: {description, header, bytes of data, tensors}. */
static const struct {
    const char *header;
    size_t data;
    int tensors;
} unusual[] = {
    { "{}", 0, 0 },
    { "{}      ", 0, 0 },
    { "{\"__metadata__\":{}}", 0, 0 },
    /* not in the order of their offsets, at odd offsets, with empty ones between */
    { "{\"b\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[3,7]},"
      "\"e\":{\"dtype\":\"F32\",\"shape\":[0],\"data_offsets\":[3,3]},"
      "\"a\":{\"dtype\":\"U8\",\"shape\":[3],\"data_offsets\":[0,3]}}", 7, 3 },
    { "{\"s\":{\"dtype\":\"F32\",\"shape\":[],\"data_offsets\":[0,4]}}", 4, 1 },
    { "{\"\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[0,1],\"more\":null}}", 1, 1 },
    { "{\"r\":{\"dtype\":\"U8\",\"shape\":[1,1,1,1,1,1,1,2],\"data_offsets\":[0,2]}}", 2, 1 },
};

static void reads_the_unusual(void **state)
{
    uint8_t bytes[MAX_FILE];
    safetensors_file file;
    file_error error;

    (void)state;
    for (size_t i = 0; i < sizeof unusual / sizeof unusual[0]; i++) {
        const size_t size = build(unusual[i].header, strlen(unusual[i].header), unusual[i].data,
                                  bytes);
        if (safetensors_parse(bytes, size, "f", &file, &error) != STATUS_OK)
            fail_msg("%s: %s", unusual[i].header, error.text);
        assert_int_equal(file.tensor_count, unusual[i].tensors);
        safetensors_free(&file);
    }
}

/* ---- Forbidden files ---- */

#define TENSOR(rest) "{\"t\":{" rest "}}"
#define ONE(dtype, shape, offsets) \
    "{\"t\":{\"dtype\":" dtype ",\"shape\":" shape ",\"data_offsets\":" offsets "}}"
#define TWO(first, second) \
    "{\"a\":{\"dtype\":\"U8\",\"shape\":[4],\"data_offsets\":" first "}," \
    "\"b\":{\"dtype\":\"U8\",\"shape\":[4],\"data_offsets\":" second "}}"

typedef struct {
    const char *name;
    const char *header;
    size_t data;                /* bytes after the header */
    const char *says;
} refusal;

static const refusal refusals[] = {
    /* JSON */
    { "no JSON", "{nothing}", 0, "offset 16: malformed header: " },
    { "JSON cut", "{\"t\":{", 0, "malformed header" },
    { "a list", "[]", 0, "offset 8: expected a header that starts with '{'" },
    { "a leading space", " {}", 0, "offset 8: expected a header that starts with '{'" },
    { "a byte order mark", "\xef\xbb\xbf{}", 0, "offset 8: expected a header that starts" },
    { "an empty header", "", 0, "offset 8: expected a header that starts with '{'" },
    { "a second object", "{}{}", 0, "malformed header" },
    { "trailing text", "{} x", 0, "malformed header" },
    { "a trailing comma", "{\"__metadata__\":{\"a\":\"b\",}}", 0, "malformed header" },
    { "a comment", "{}/**/", 0, "malformed header" },
    { "invalid UTF-8 in a name", "{\"\xff\":{}}", 0, "malformed header" },
    { "an overlong form of /", "{\"\xc0\xaf\":{}}", 0, "malformed header" },
    { "half a surrogate pair", "{\"\\ud800\":{}}", 0, "malformed header" },
    { "UTF-8 cut", "{\"__metadata__\":{\"a\":\"\xe2\x82\"}}", 0, "malformed header" },
    { "a NUL in a name", "{\"a\\u0000b\":{}}", 0, "malformed header" },
    { "a tensor twice",
      "{\"t\":{\"dtype\":\"U8\",\"shape\":[0],\"data_offsets\":[0,0]},"
      "\"t\":{\"dtype\":\"U8\",\"shape\":[0],\"data_offsets\":[0,0]}}", 0, "duplicate" },
    { "metadata twice", "{\"__metadata__\":{},\"__metadata__\":{}}", 0, "duplicate" },
    { "a key of the metadata twice", "{\"__metadata__\":{\"a\":\"1\",\"a\":\"1\"}}", 0,
      "duplicate" },
    { "a dtype twice",
      TENSOR("\"dtype\":\"U8\",\"dtype\":\"U8\",\"shape\":[0],\"data_offsets\":[0,0]"), 0,
      "duplicate" },
    { "a key twice, once escaped", "{\"__metadata__\":{\"a\":\"1\",\"\\u0061\":\"2\"}}", 0,
      "duplicate" },
    /* metadata */
    { "metadata as a list", "{\"__metadata__\":[]}", 0, "expected __metadata__ to be an object" },
    { "metadata as null", "{\"__metadata__\":null}", 0, "expected __metadata__ to be an object" },
    { "a number in the metadata", "{\"__metadata__\":{\"epoch\":3}}", 0,
      "__metadata__: \"epoch\" is no string" },
    { "an object in the metadata", "{\"__metadata__\":{\"a\":{}}}", 0, "\"a\" is no string" },
    /* fields */
    { "a tensor as a list", "{\"t\":[]}", 0, "tensor \"t\": expected an object" },
    { "no dtype", TENSOR("\"shape\":[0],\"data_offsets\":[0,0]"), 0,
      "tensor \"t\": expected a string \"dtype\"" },
    { "no shape", TENSOR("\"dtype\":\"U8\",\"data_offsets\":[0,0]"), 0,
      "tensor \"t\": expected an array \"shape\"" },
    { "no offsets", TENSOR("\"dtype\":\"U8\",\"shape\":[0]"), 0,
      "tensor \"t\": expected \"data_offsets\"" },
    { "dtype as a number", ONE("32", "[0]", "[0,0]"), 0, "expected a string \"dtype\"" },
    { "an unknown dtype", ONE("\"F33\"", "[0]", "[0,0]"), 0, "unknown dtype \"F33\"" },
    { "dtype in lower case", ONE("\"f32\"", "[0]", "[0,0]"), 0, "unknown dtype \"f32\"" },
    { "shape as a number", ONE("\"U8\"", "4", "[0,4]"), 4, "expected an array \"shape\"" },
    { "a negative extent", ONE("\"U8\"", "[-4]", "[0,4]"), 4, "is no integer >= 0" },
    { "two negative extents", ONE("\"U8\"", "[-2,-2]", "[0,4]"), 4, "is no integer >= 0" },
    { "an extent with a point", ONE("\"U8\"", "[4.0]", "[0,4]"), 4, "is no integer >= 0" },
    { "an extent as a string", ONE("\"U8\"", "[\"4\"]", "[0,4]"), 4, "is no integer >= 0" },
    { "nine extents", ONE("\"U8\"", "[1,1,1,1,1,1,1,1,1]", "[0,1]"), 1,
      "expected at most 8 extents, found 9" },
    { "an extent beyond 64 bits", ONE("\"U8\"", "[18446744073709551616]", "[0,0]"), 0,
      "malformed header" },
    { "a product that overflows", ONE("\"U8\"", "[4294967296,4294967296]", "[0,0]"), 0,
      "the product of its shape overflows" },
    { "a product that overflows beside a zero",
      ONE("\"F32\"", "[9223372036854775807,0,2]", "[0,0]"), 0,
      "the product of its shape overflows" },
    { "bytes that overflow", ONE("\"F64\"", "[2305843009213693952]", "[0,0]"), 0,
      "the product of its shape overflows" },
    /* offsets */
    { "one offset", ONE("\"U8\"", "[4]", "[4]"), 4, "expected \"data_offsets\"" },
    { "three offsets", ONE("\"U8\"", "[4]", "[0,4,4]"), 4, "expected \"data_offsets\"" },
    { "offsets as an object", ONE("\"U8\"", "[4]", "{}"), 4, "expected \"data_offsets\"" },
    { "an offset with a point", ONE("\"U8\"", "[4]", "[0,4.0]"), 4, "expected \"data_offsets\"" },
    { "an offset with an exponent", ONE("\"U8\"", "[4]", "[0,4e0]"), 4,
      "expected \"data_offsets\"" },
    { "a negative offset", ONE("\"U8\"", "[4]", "[-4,0]"), 4, "are negative or reversed" },
    { "reversed offsets", ONE("\"U8\"", "[4]", "[4,0]"), 4, "are negative or reversed" },
    { "an offset beyond 64 bits", ONE("\"U8\"", "[4]", "[0,99999999999999999999]"), 4,
      "malformed header" },
    { "an end beyond the file", ONE("\"U8\"", "[5]", "[0,5]"), 4,
      "tensor \"t\": ends at 5, but only 4 bytes follow the header" },
    { "a place far beyond the file",
      ONE("\"U8\"", "[4]", "[9223372036854775803,9223372036854775807]"), 4, "ends at" },
    { "too few bytes for the shape", ONE("\"F32\"", "[2]", "[0,4]"), 4,
      "its shape needs 8 bytes, its data_offsets enclose 4" },
    { "too many bytes for the shape", ONE("\"F32\"", "[1]", "[0,8]"), 8,
      "its shape needs 4 bytes, its data_offsets enclose 8" },
    { "no bytes for a scalar", ONE("\"F32\"", "[]", "[0,0]"), 0, "its shape needs 4 bytes" },
    /* cover */
    { "a hole at the start", ONE("\"U8\"", "[4]", "[1,5]"), 5,
      "tensor \"t\": begins at 1, after a hole" },
    { "a hole between", TWO("[0,4]", "[5,9]"), 9, "tensor \"b\": begins at 5, after a hole" },
    { "an overlap", TWO("[0,4]", "[3,7]"), 7, "tensor \"b\": begins at 3, an overlap" },
    { "two tensors in one place", TWO("[0,4]", "[0,4]"), 4, "begins at 0, an overlap" },
    { "an empty tensor within another",
      "{\"a\":{\"dtype\":\"U8\",\"shape\":[4],\"data_offsets\":[0,4]},"
      "\"e\":{\"dtype\":\"U8\",\"shape\":[0],\"data_offsets\":[2,2]}}", 4,
      "tensor \"e\": begins at 2, an overlap" },
    { "trailing bytes", ONE("\"U8\"", "[4]", "[0,4]"), 5,
      "5 bytes follow the header, but its tensors end at 4: trailing bytes" },
    { "bytes without a tensor", "{}", 1, "trailing bytes" },
};

enum { REFUSAL_COUNT = sizeof refusals / sizeof refusals[0] };

static void check_refused(const uint8_t *bytes, size_t size, const char *says)
{
    const char *const path = scratch_write("refused", bytes, size);
    safetensors_file file;
    file_error error = { "" };

    assert_int_equal(safetensors_read(path, &file, &error), STATUS_IO);
    if (!strstr(error.text, says) || strncmp(error.text, path, strlen(path)) != 0)
        fail_msg("expected \"%s: ... %s\", got \"%s\"", path, says, error.text);
    assert_null(file.tensors);
    assert_null(file.header);
    assert_null(file.storage);
}

static void refuses(void **state)
{
    const refusal *const r = *state;
    uint8_t bytes[MAX_FILE];

    check_refused(bytes, build(r->header, strlen(r->header), r->data, bytes), r->says);
}

static void refuses_a_bad_length(void **state)
{
    static const uint8_t seven[7] = { 2, 0, 0, 0, 0, 0, 0 };
    static const uint8_t beyond[11] = { 4, 0, 0, 0, 0, 0, 0, 0, '{', '}', ' ' };
    static const uint8_t huge[10] = { 1, 0xe1, 0xf5, 5, 0, 0, 0, 0, '{', '}' };
    static const uint8_t negative[10] = { 255, 255, 255, 255, 255, 255, 255, 255, '{', '}' };

    (void)state;
    check_refused(seven, 0, "truncated: expected at least 8 bytes, found 0");
    check_refused(seven, 7, "truncated: expected at least 8 bytes, found 7");
    check_refused(beyond, 11, "expected a header of 4 bytes, found 3 bytes");
    check_refused(beyond, 8, "expected a header of 4 bytes, found 0 bytes");
    check_refused(huge, 10, "expected a header of at most 100000000 bytes, found 100000001");
    check_refused(negative, 10, "at most 100000000 bytes, found 18446744073709551615");
}

static void refuses_a_nul_after_the_header(void **state)
{
    uint8_t bytes[MAX_FILE];

    (void)state;
    check_refused(bytes, build("{}\0\0", 4, 0, bytes), "malformed header");
}

static void refuses_every_cut(void **state)
{
    static const char header[] = ONE("\"F32\"", "[2,2]", "[0,16]");
    uint8_t bytes[MAX_FILE];
    safetensors_file file;
    const size_t size = build(header, strlen(header), 16, bytes);

    (void)state;
    assert_int_equal(safetensors_parse(bytes, size, "f", &file, NULL), STATUS_OK);
    safetensors_free(&file);
    for (size_t cut = 0; cut < size; cut++) {
        uint8_t *const exact = malloc(cut > 0 ? cut : 1);   /* a read beyond it is seen */
        memcpy(exact, bytes, cut);
        assert_int_equal(safetensors_parse(exact, cut, "f", &file, NULL), STATUS_IO);
        free(exact);
    }
}

static void messages_hold_no_control_characters(void **state)
{
    static const char header[] = "{\"\\u001b[2J\\n\":[]}";
    uint8_t bytes[MAX_FILE];

    (void)state;
    check_refused(bytes, build(header, strlen(header), 0, bytes), "tensor \"?[2J?\": expected");
}

static void refuses_what_is_no_file(void **state)
{
    safetensors_file file;
    file_error error;

    (void)state;
    assert_int_equal(safetensors_read(scratch_path(""), &file, &error), STATUS_IO);
    assert_non_null(strstr(error.text, "expected a file, found a folder"));
    assert_int_equal(safetensors_read(scratch_path("missing"), &file, &error), STATUS_IO);
    assert_non_null(strstr(error.text, "cannot open: No such file"));
}

/* ---- Writing ---- */

static void writes_nothing_that_it_would_not_read(void **state)
{
    static const uint8_t data[8];
    static const struct {
        safetensors_tensor tensors[2];
        int count;
        status expected;
    } bad[] = {
        { { { "t", SAFETENSORS_U8, 1, { -1 }, data } }, 1, STATUS_SHAPE },
        { { { "t", SAFETENSORS_U8, 9, { 1 }, data } }, 1, STATUS_SHAPE },
        { { { "t", SAFETENSORS_U8, -1, { 1 }, data } }, 1, STATUS_SHAPE },
        { { { "t", SAFETENSORS_F64, 2, { INT64_MAX, 2 }, data } }, 1, STATUS_SHAPE },
        { { { "t", SAFETENSORS_U8, 1, { 8 }, data }, { "t", SAFETENSORS_U8, 1, { 8 }, data } },
          2, STATUS_VALUE },
        { { { "__metadata__", SAFETENSORS_U8, 1, { 8 }, data } }, 1, STATUS_VALUE },
        { { { "\xff", SAFETENSORS_U8, 1, { 8 }, data } }, 1, STATUS_VALUE },
    };
    static const safetensors_string twice[] = { { "a", "1" }, { "a", "2" } };
    static const safetensors_string not_utf8[] = { { "a", "\xff" } };
    static const safetensors_string bad_key[] = { { "\xff", "" } };
    const char *const path = scratch_path("unwritten");
    file_error error;

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_int_equal(safetensors_write(path, bad[i].count, bad[i].tensors, 0, NULL, &error),
                         bad[i].expected);
    assert_int_equal(safetensors_write(path, 0, NULL, 2, twice, &error), STATUS_VALUE);
    assert_int_equal(safetensors_write(path, 0, NULL, 1, not_utf8, &error), STATUS_VALUE);
    assert_int_equal(safetensors_write(path, 0, NULL, 1, bad_key, &error), STATUS_VALUE);
    assert_int_equal(access(path, F_OK), -1);
}

/* Readers accept headers of 100 MB: here 25 bytes of JSON around one string. */
static void writes_no_header_that_is_too_long(void **state)
{
    enum { LONGEST = 100000000 - 25 };          /* {"__metadata__":{"a":"..."}} */
    const char *const path = scratch_path("long");
    char *const text = malloc(LONGEST + 2);
    const safetensors_string a = { "a", text };
    safetensors_file file;
    file_error error = { "" };

    (void)state;
    assert_non_null(text);
    memset(text, 'x', LONGEST + 1);
    text[LONGEST + 1] = '\0';
    assert_int_equal(safetensors_write(path, 0, NULL, 1, &a, &error), STATUS_VALUE);
    assert_non_null(strstr(error.text, "header would be longer than the 100000000 bytes"));
    assert_int_equal(access(path, F_OK), -1);
    text[LONGEST] = '\0';
    assert_int_equal(safetensors_write(path, 0, NULL, 1, &a, &error), STATUS_OK);
    free(text);
    assert_int_equal(safetensors_read(path, &file, &error), STATUS_OK);
    safetensors_free(&file);
    assert_int_equal(unlink(path), 0);
}

enum { BIG = 1 << 18 };                         /* floats */

/* Writes a file whose BIG floats all have the value `mark`. */
static status write_marked(const char *path, float mark, file_error *error)
{
    float *const data = malloc(BIG * sizeof *data);

    for (int i = 0; i < BIG; i++)
        data[i] = mark;
    const safetensors_tensor t = { "t", SAFETENSORS_F32, 1, { BIG }, data };
    const status s = safetensors_write(path, 1, &t, 0, NULL, error);
    free(data);
    return s;
}

/* The mark of such a file, if it is whole; fails if not. */
static float read_mark(const char *path)
{
    safetensors_file file;
    file_error error;

    if (safetensors_read(path, &file, &error) != STATUS_OK)
        fail_msg("%s", error.text);
    const float *const data = safetensors_find(&file, "t")->data;
    const float mark = data[0];
    for (int i = 0; i < BIG; i++)
        assert_true(data[i] == mark);
    safetensors_free(&file);
    return mark;
}

/* A file may not grow beyond 64 KiB: the disk is full, as far as the writer can tell. */
static void a_full_disk_leaves_the_old_file(void **state)
{
    const char *path;
    struct rlimit before, small;
    file_error error = { "" };

    (void)state;
    mkdir(scratch_path("full"), 0755);
    path = scratch_path("full/file");
    assert_int_equal(write_marked(path, 1.0f, &error), STATUS_OK);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    small = before;
    small.rlim_cur = 65536;
    signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
    const status s = write_marked(path, 2.0f, &error);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
    signal(SIGXFSZ, SIG_DFL);
    assert_int_equal(s, STATUS_IO);
    assert_non_null(strstr(error.text, "full/file: cannot write: File too large"));
    assert_true(read_mark(path) == 1.0f);
    assert_int_equal(scratch_entries(scratch_path("full")), 1);     /* no remains */
}

static void an_unwritable_place_is_refused(void **state)
{
    file_error error;
    struct stat info;

    (void)state;
    assert_int_equal(write_marked(scratch_path("no/file"), 1.0f, &error), STATUS_IO);
    assert_non_null(strstr(error.text, "no/file: cannot write: No such file or directory"));
    scratch_write("plain", "x", 1);
    assert_int_equal(write_marked(scratch_path("plain/file"), 1.0f, &error), STATUS_IO);
    assert_non_null(strstr(error.text, "Not a directory"));
    assert_int_equal(write_marked("/proc/convlab", 1.0f, &error), STATUS_IO);
    assert_int_equal(write_marked(scratch_path(""), 1.0f, &error), STATUS_IO);
    assert_non_null(strstr(error.text, "not a regular file"));
    assert_int_equal(write_marked("/dev/full", 1.0f, &error), STATUS_IO);
    assert_int_equal(stat("/dev/full", &info), 0);
    assert_true(S_ISCHR(info.st_mode));         /* and not replaced, even by root */
}

static void a_read_only_folder_is_refused(void **state)
{
    file_error error;
    const uid_t user = geteuid();

    (void)state;
    assert_int_equal(mkdir(scratch_path("locked"), 0555), 0);
    assert_int_equal(chmod(scratch_path(""), 0755), 0);
    if (user == 0)                              /* root may write anywhere, nobody may not */
        assert_int_equal(seteuid(65534), 0);
    const status s = write_marked(scratch_path("locked/file"), 1.0f, &error);
    assert_int_equal(seteuid(user), 0);
    assert_int_equal(s, STATUS_IO);
    assert_non_null(strstr(error.text, "cannot write: Permission denied"));
}

static void writes_into_the_current_folder(void **state)
{
    char before[4096];
    file_error error;

    (void)state;
    assert_non_null(getcwd(before, sizeof before));
    assert_int_equal(chdir(scratch_path("")), 0);
    const status s = write_marked("bare-name", 4.0f, &error);
    assert_int_equal(chdir(before), 0);
    assert_int_equal(s, STATUS_OK);
    assert_true(read_mark(scratch_path("bare-name")) == 4.0f);
}

/* Kills a process that does nothing but rewrite the file, at many moments. */
static void a_killed_writer_leaves_a_whole_file(void **state)
{
    const char *path;
    file_error error;
    int rewritten = 0;

    (void)state;
    mkdir(scratch_path("killed"), 0755);
    for (int round = 0; round < 25; round++) {
        path = scratch_path("killed/file");
        assert_int_equal(write_marked(path, -1.0f, &error), STATUS_OK);
        const pid_t child = fork();
        assert_true(child >= 0);
        if (child == 0)
            for (float mark = 0.0f;; mark++)
                if (write_marked(path, mark, NULL) != STATUS_OK)
                    _exit(1);
        usleep(1000u * (unsigned)(2 + round));
        kill(child, SIGKILL);
        int how;
        assert_int_equal(waitpid(child, &how, 0), child);
        assert_true(WIFSIGNALED(how));
        rewritten += read_mark(path) >= 0.0f;
    }
    assert_true(rewritten > 0);                 /* else the test has seen nothing */
}

int main(void)
{
    static const struct CMUnitTest named[] = {
        cmocka_unit_test(reads_what_it_wrote),
        cmocka_unit_test(writes_aligned),
        cmocka_unit_test(reads_every_type),
        cmocka_unit_test(reads_the_unusual),
        cmocka_unit_test(refuses_a_bad_length),
        cmocka_unit_test(refuses_a_nul_after_the_header),
        cmocka_unit_test(refuses_every_cut),
        cmocka_unit_test(messages_hold_no_control_characters),
        cmocka_unit_test(refuses_what_is_no_file),
        cmocka_unit_test(writes_nothing_that_it_would_not_read),
        cmocka_unit_test(writes_no_header_that_is_too_long),
        cmocka_unit_test(a_full_disk_leaves_the_old_file),
        cmocka_unit_test(an_unwritable_place_is_refused),
        cmocka_unit_test(a_read_only_folder_is_refused),
        cmocka_unit_test(writes_into_the_current_folder),
        cmocka_unit_test(a_killed_writer_leaves_a_whole_file),
    };
    enum { NAMED_COUNT = sizeof named / sizeof named[0] };
    struct CMUnitTest tests[NAMED_COUNT + REFUSAL_COUNT];

    memcpy(tests, named, sizeof named);
    for (int i = 0; i < REFUSAL_COUNT; i++)
        tests[NAMED_COUNT + i] = (struct CMUnitTest){
            .name = refusals[i].name, .test_func = refuses,
            .initial_state = (void *)(uintptr_t)&refusals[i],
        };
    return cmocka_run_group_tests_name("safetensors", tests, scratch_make, scratch_remove);
}
