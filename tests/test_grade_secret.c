/* test_grade_secret.c: the seeds of a grading, and the hash that names its bytes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "grade/secret.h"
#include "grade/sha256.h"

/* The key 00 01 .. 0f and messages 00, 00 01, ...: appendix A of the paper has the one of 15 bytes,
 * its reference implementation the others. */
static void test_siphash_of_the_paper(void **state)
{
    static const struct { size_t size; uint64_t hash; } known[] = {
        { 0, UINT64_C(0x726fdb47dd0e0e31) },  { 1, UINT64_C(0x74f839c593dc67fd) },
        { 2, UINT64_C(0x0d6c8009d9a94f5a) },  { 3, UINT64_C(0x85676696d7fb7e2d) },
        { 7, UINT64_C(0xab0200f58b01d137) },  { 15, UINT64_C(0xa129ca6149be45e5) },
    };
    secret s;
    uint8_t message[16];

    (void)state;
    for (size_t i = 0; i < 16; i++)
        s.key[i] = message[i] = (uint8_t)i;
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        assert_int_equal(secret_hash(&s, message, known[i].size), known[i].hash);
}

static void test_secret_as_text(void **state)
{
    static const char *const wrong[] = {
        "", "0123456789abcdef0123456789abcde", "0123456789abcdef0123456789abcdef0",
        "0123456789abcdef0123456789abcdeg", "0123456789abcdef 123456789abcdef",
        "0123456789abcdef0123456789abc\nef",
    };
    char text[SECRET_TEXT_BYTES];
    secret s = { { 7 } }, same;

    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        assert_false(secret_read(&s, wrong[i]));
    assert_int_equal(s.key[0], 7);
    assert_true(secret_read(&s, "0123456789abcdefFEDCBA9876543210"));
    secret_print(&s, text);
    assert_string_equal(text, "0123456789abcdeffedcba9876543210");
    assert_true(secret_read(&same, text));
    assert_memory_equal(&s, &same, sizeof s);
}

static void test_drawn_secrets_differ(void **state)
{
    secret a = { { 0 } }, b = { { 0 } };

    (void)state;
    assert_true(secret_draw(&a) && secret_draw(&b));
    assert_memory_not_equal(&a, &b, sizeof a);
}

static void test_seeds_depend_on_all(void **state)
{
    secret s = { { 1 } }, other = { { 2 } };

    (void)state;
    const uint64_t seeds[] = {
        secret_seed(&s, "alice", "conv", "forward", "cases", 0),
        secret_seed(&s, "alice", "conv", "forward", "cases", 1),
        secret_seed(&s, "alice", "conv", "forward", NULL, 0),
        secret_seed(&s, "alice", "conv", "forward", "", 0),
        secret_seed(&s, "alice", "conv", "forwardcases", NULL, 0),
        secret_seed(&s, "aliceconv", NULL, "forward", "cases", 0),
        secret_seed(&s, "bob", "conv", "forward", "cases", 0),
        secret_seed(&s, NULL, NULL, NULL, NULL, 0),
        secret_seed(&other, "alice", "conv", "forward", "cases", 0),
    };
    for (size_t i = 0; i < sizeof seeds / sizeof seeds[0]; i++)
        for (size_t k = 0; k < i; k++)
            assert_true(seeds[i] != seeds[k]);
    assert_true(seeds[0] == secret_seed(&s, "alice", "conv", "forward", "cases", 0));
}

/* ---- SHA-256 ---- */

static void hashes_to(const char *text, size_t times, const char *expected)
{
    char got[SHA256_TEXT_BYTES];
    sha256 s;

    sha256_begin(&s);
    for (size_t i = 0; i < times; i++)
        sha256_add(&s, text, strlen(text));
    sha256_end(&s, got);
    assert_string_equal(got, expected);
}

/* NIST's examples for the standard; the last in parts of 10 bytes. */
static void test_sha256_of_the_standard(void **state)
{
    (void)state;
    hashes_to("", 1, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    hashes_to("abc", 1, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    hashes_to("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", 1,
              "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
    hashes_to("abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmnhijklmnoijklmnopjklmnopq"
              "klmnopqrlmnopqrsmnopqrstnopqrstu", 1,
              "cf5b16a778af8380036ce59e7b0492370b249b11e8f07a51afac45037afee9d1");
    hashes_to("aaaaaaaaaa", 100000,
              "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_siphash_of_the_paper),
        cmocka_unit_test(test_secret_as_text),
        cmocka_unit_test(test_drawn_secrets_differ),
        cmocka_unit_test(test_seeds_depend_on_all),
        cmocka_unit_test(test_sha256_of_the_standard),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
