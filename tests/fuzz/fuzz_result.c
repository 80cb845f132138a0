/* fuzz_result.c: any bytes at all as a result.json, and as a text to be cleaned.
 *
 * What the reader takes is written again and read again: both must be the same. What the cleaner
 * gives must be clean. */
#include "tests/fuzz/fuzz.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "grade/output_parts.h"
#include "grade/grade_result.h"
#include "grade/utf8.h"

static void require(bool fine)
{
    if (!fine)
        abort();
}

static bool same_text(const char *a, const char *b)
{
    return a && b ? strcmp(a, b) == 0 : !a && !b;
}

/* Texts of the file are cleaned when they are written: compared are two generations after that. */
static void require_same(const result *a, const result *b)
{
    require(a->count == b->count && strcmp(a->id, b->id) == 0 && a->points == b->points);
    require(a->max == b->max && a->scored == b->scored && a->complete == b->complete);
    require(a->tier == b->tier && same_text(a->remark, b->remark));
    for (int i = 0; i < a->count; i++) {
        const result_exercise *const e = &a->exercise[i], *const f = &b->exercise[i];
        require(e->state == f->state && e->points == f->points && e->seed == f->seed);
        require(e->part_count == f->part_count && same_text(e->printed, f->printed));
        for (int k = 0; k < e->part_count; k++)
            require(e->part[k].points == f->part[k].points && e->part[k].high == f->part[k].high &&
                    same_text(e->part[k].text, f->part[k].text));
    }
}

static void rewrite(const result *r, result *back)
{
    char path[64];
    file_error error;

    snprintf(path, sizeof path, P_tmpdir "/convlab-fuzz-result-%ld", (long)getpid());
    if (result_write(r, path, &error) != STATUS_OK ||
        result_read(back, path, &error) != STATUS_OK) {
        fprintf(stderr, "%s\n", error.text);
        unlink(path);
        abort();
    }
    unlink(path);
}

static void check_parsed(const result *r)
{
    static char *(*const formats[])(const result *, size_t *) = {
        output_text, output_gradescope, output_junit, output_prairielearn, output_classroom50,
        output_csv,
    };

    for (size_t i = 0; i < sizeof formats / sizeof formats[0]; i++) {
        size_t size = 0;
        char *const text = formats[i](r, &size);
        require(text && strlen(text) == size);
        free(text);
    }
    if (!*r->id)
        abort();
    result once, twice;
    rewrite(r, &once);
    require(once.points == r->points && once.max == r->max && once.count == r->count);
    rewrite(&once, &twice);
    require_same(&once, &twice);
    result_free(&once);
    result_free(&twice);
}

static void check_clean(const uint8_t *bytes, size_t size)
{
    const size_t most = size > 0 ? (size_t)bytes[0] * 4 : 0;
    char *const once = result_clean((const char *)bytes, size, most);
    require(once && strlen(once) <= most);
    for (size_t at = 0, left = strlen(once), length; left > 0; at += length, left -= length) {
        uint32_t c;
        length = utf8_read((const unsigned char *)once + at, left, &c);
        require(length > 0 && (c >= 0x20 || c == '\n' || c == '\t') && !(c >= 0x7f && c < 0xa0));
    }
    char *const twice = result_clean(once, strlen(once), most);
    require(twice && strcmp(once, twice) == 0);
    free(once);
    free(twice);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    file_error error = { "" };
    result r;

    check_clean(bytes, size);
    if (result_parse(&r, bytes, size, "fuzz", &error) == STATUS_OK)
        check_parsed(&r);
    else
        require(!r.exercise && !r.remark && r.count == 0 && error.text[0]);
    result_free(&r);
    return 0;
}

size_t fuzz_seed(int index, uint8_t *bytes)
{
#define HEAD "{\"format\":\"convlab/grade/v1\",\"id\":\"alice\",\"sha256\":\"\"," \
             "\"version\":\"0.1.0\",\"commit\":\"\"," \
             "\"secret\":\"00112233445566778899aabbccddeeff\",\"scored\":true," \
             "\"complete\":false,\"started\":\"2026-01-31T12:00:00Z\",\"seconds\":1.5,"
    static const char *const seeds[] = {
        HEAD "\"tier\":\"none\",\"points\":0,\"max\":0,\"exercises\":[]}",
        HEAD "\"tier\":\"landlock\",\"remark\":\"a\\nb\",\"points\":0,\"max\":0,\"exercises\":["
             "{\"lesson\":\"conv\",\"exercise\":\"forward\",\"file\":\"a.c\",\"state\":\"missing\","
             "\"points\":0,\"max\":0,\"seed\":\"0123456789abcdef\",\"seconds\":0,\"parts\":[]}]}",
        HEAD "\"tier\":\"namespaces\",\"points\":3.73,\"max\":8,\"exercises\":["
             "{\"lesson\":\"conv\",\"exercise\":\"forward\",\"file\":\"a.c\",\"state\":\"failed\","
             "\"title\":\"=1\",\"points\":3.73,\"max\":8,\"seed\":\"ffffffffffffffff\","
             "\"seconds\":0.25,\"feedback\":\"\\u001b[1mx\",\"printed\":\"\\u202e]]>\",\"parts\":["
             "{\"name\":\"all\",\"state\":\"failed\",\"points\":3.73,\"max\":4,\"passed\":9,"
             "\"cases\":12,\"value\":0,\"low\":0,\"high\":0,\"text\":\"<b>\"},"
             "{\"name\":\"speed\",\"state\":\"passed\",\"points\":0,\"max\":4,\"passed\":0,"
             "\"cases\":0,\"value\":1.62,\"low\":1.5,\"high\":1e3}]}]}",
        "\033[31mred\033[0m \033]0;title\a\xc2\x9b" "1m\xe2\x80\xae\xff\xfe plain text, "
        "long enough to be cut\r\nand a second line\xe2\x80\xa8third \033P...\033\\",
    };

    if (index >= (int)(sizeof seeds / sizeof seeds[0]))
        return 0;
    memcpy(bytes, seeds[index], strlen(seeds[index]));
    return strlen(seeds[index]);
}
