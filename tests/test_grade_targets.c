/* test_grade_targets.c: where the code of a watched object may go: to the beginnings of its own
 * functions and of those that it may name, and back to behind a call; and nowhere else. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <dlfcn.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

#include "data/whole_file.h"
#include "grade/worker/worker_targets.h"
#include "lessons/subprocess.h"
#include "tests/support/scratch.h"

static const char source[] =
    "#include <errno.h>\n"
    "#include <pthread.h>\n"
    "#include <stdlib.h>\n"
    "#include <string.h>\n"
    "#include <sys/mman.h>\n"
    "static const void *seen;\n"
    "static int compare(const void *a, const void *b)\n"
    "{ seen = __builtin_return_address(0); return a < b; }\n"
    "static int mangled(void) __asm__(\"_Z7mangledv\");\n"
    "static __attribute__((used, noinline)) int mangled(void) { return 1; }\n"
    "static __attribute__((noipa)) const void *tell(void) { return __builtin_return_address(0); }\n"
    "const void *return_here(void) { const void *p = tell(); return p ? p : &seen; }\n"
    "const void *return_there(void) { return __builtin_return_address(0); }\n"
    "const void *return_library(void)\n"
    "{ int two[2] = { 1, 2 }; qsort(two, 2, sizeof two[0], compare); return seen; }\n"
    "const void *address_of(int which)\n"
    "{\n"
    "    const void *const all[] = { compare, mangled, strlen, pthread_create, mprotect,\n"
    "                                __errno_location, &seen };\n"
    "    return all[which];\n"
    "}\n"
    "#ifdef __x86_64__\n"
    "__asm__(\".text\\n.globl behind_far, behind_indirect\\n.skip 8, 0x90\\n\"\n"
    "        \".byte 0xe8, 0, 0, 0, 0x40\\nbehind_far: .skip 8, 0x90\\n\"\n"
    "        \"call *%rax\\nbehind_indirect: .skip 8, 0x90\\n\");\n"
    "#endif\n";

enum { COMPARE, MANGLED, STRLEN, PTHREAD_CREATE, MPROTECT, ERRNO_LOCATION, SEEN };

static char object_path[256];
static void *object;

static void compile(const char *text, const char *to)
{
    const char *const from = scratch_write("object.c", text, strlen(text));
    char *const argv[] = { "cc", "-shared", "-fPIC", "-O2", "-o", (char *)to, (char *)from, NULL };
    subprocess_result r = subprocess_run(argv, SUBPROCESS_OUTPUT, NULL, 30.0);

    if (!r.started || r.code != 0)
        print_error("%s\n", r.said);
    assert_true(r.started && r.code == 0);
    free(r.said);
}

static int make_object(void **state)
{
    if (scratch_make(state) != 0)
        return -1;
    strcpy(object_path, scratch_path("object.so"));
    compile(source, object_path);
    object = dlopen(object_path, RTLD_NOW | RTLD_LOCAL);
    return object ? 0 : -1;
}

static int drop_object(void **state)
{
    if (object)
        dlclose(object);
    return scratch_remove(state);
}

static uintptr_t symbol(const char *name)
{
    void *const at = dlsym(object, name);

    assert_non_null(at);
    return (uintptr_t)at;
}

static uintptr_t address_of(int which)
{
    const void *(*const function)(int) = (const void *(*)(int))symbol("address_of");
    return (uintptr_t)function(which);
}

/* A function of the object that tells where it, or another, returns to. */
static uintptr_t told_by(const char *name)
{
    const void *(*const function)(void) = (const void *(*)(void))symbol(name);
    const void *volatile told = function();     /* so that this is no jump */

    return (uintptr_t)told;
}

static void learn(bool cuda)
{
    worker_targets_learn(object_path, cuda);
    worker_targets_placed();
}

static void test_calls(void **state)
{
    int here = 0;

    (void)state;
    learn(false);
    assert_true(worker_may_call(symbol("return_here")));
    assert_false(worker_may_call(symbol("return_here") + 1));
    assert_false(worker_may_call(symbol("return_here") - 1));
    assert_true(worker_may_call(address_of(COMPARE)));
    assert_true(worker_may_call(address_of(STRLEN)));
    assert_false(worker_may_call(address_of(STRLEN) + 1));
    assert_true(worker_may_call(address_of(PTHREAD_CREATE)));
    assert_false(worker_may_call(address_of(MPROTECT)));        /* no student may use it */
    assert_false(worker_may_call(address_of(ERRNO_LOCATION)));  /* a name for compilers */
    assert_false(worker_may_call((uintptr_t)&strtoul));         /* it does not import it */
    assert_false(worker_may_call((uintptr_t)&test_calls));
    assert_false(worker_may_call(address_of(SEEN)));
    assert_false(worker_may_call((uintptr_t)&here));
    assert_false(worker_may_call(0));
    assert_false(worker_may_call(UINTPTR_MAX));
}

/* In C such names are the sanitizers', in C++ everybody's. */
static void test_languages(void **state)
{
    (void)state;
    learn(false);
    assert_false(worker_may_call(address_of(MANGLED)));
    learn(true);
    assert_true(worker_may_call(address_of(MANGLED)));
    assert_true(worker_may_call(address_of(STRLEN)));
    assert_false(worker_may_call(address_of(PTHREAD_CREATE)));
}

static void test_whose_code(void **state)
{
    (void)state;
    learn(false);
    assert_true(worker_targets_own(symbol("return_here") + 1));
    assert_false(worker_targets_own((uintptr_t)&test_whose_code));
    assert_false(worker_targets_own(address_of(SEEN)));
}

static void test_before_it_is_placed(void **state)
{
    (void)state;
    worker_targets_learn(object_path, false);
    assert_true(worker_may_call(symbol("return_here")));
    assert_false(worker_may_call(symbol("return_here") + 1));
}

static void test_who_asks(void **state)
{
    char asking[256];

    (void)state;
    learn(false);
    assert_false(worker_targets_asked());
    strcpy(asking, scratch_path("asking.so"));
    compile("extern void __x86_return_thunk(void);\n"
            "void *asks(void) { return (void *)&__x86_return_thunk; }\n", asking);
    worker_targets_learn(asking, false);
    assert_true(worker_targets_asked());
}

/* Its pages are this program's, and only to be read; no others of it are so many. */
static void test_table_is_not_to_be_written(void **state)
{
    enum { FUNCTIONS_BYTES = 128 << 10, MOST_BYTES = 160 << 10 };
    FILE *const maps = fopen("/proc/self/maps", "r");
    char line[512], may[5];
    unsigned long from, to;
    int found = 0;

    (void)state;
    assert_non_null(maps);
    learn(false);
    while (fgets(line, sizeof line, maps))
        found += sscanf(line, "%lx-%lx %4s", &from, &to, may) == 3 && strcmp(may, "r--p") == 0 &&
                 to - from > FUNCTIONS_BYTES && to - from < MOST_BYTES && !strstr(line, ".so");
    fclose(maps);
    assert_int_equal(found, 1);
}

/* No part of an object, however short, may end the worker, nor allow what is not in it. */
static void test_damaged_objects(void **state)
{
    const uint32_t large = 0xfffffff8;  /* and aligned */
    char wrong[256];
    file_error error;
    uint8_t *bytes;
    size_t size;

    (void)state;
    assert_int_equal(file_read_whole(object_path, 1 << 20, &bytes, &size, &error), STATUS_OK);
    for (size_t length = 0; length < size; length += 61) {
        worker_targets_learn(scratch_write("short.so", bytes, length), false);
        assert_false(worker_may_call((uintptr_t)&strtoul));
    }
    strcpy(wrong, scratch_write("wrong.so", bytes, size));
    const int fd = open(wrong, O_WRONLY | O_CLOEXEC);
    assert_true(fd >= 0);
    for (size_t at = 0; at + sizeof large <= size; at += sizeof large) {
        assert_int_equal(pwrite(fd, &large, sizeof large, (off_t)at), sizeof large);
        worker_targets_learn(wrong, false);
        assert_false(worker_may_call((uintptr_t)&strtoul));
        assert_int_equal(pwrite(fd, bytes + at, sizeof large, (off_t)at), sizeof large);
    }
    close(fd);
    free(bytes);
    worker_targets_learn("/nonexistent", false);
    assert_false(worker_may_call(symbol("return_here")));
}

/* ---- Returns, which are those of one processor ---- */

#ifdef __x86_64__
/* What stands in front of a label, and behind it what is no call. */
#define PLACE(name, code) ".globl place_" name "\n" code "\nplace_" name ": .skip 16, 0x90\n"
__asm__(".text\n.skip 16, 0x90\n"
        PLACE("direct", "call place_direct")
        PLACE("register", "call *%rax")
        PLACE("high_register", "call *%r11")
        PLACE("memory", "call *(%rbx)")
        PLACE("near", "call *16(%rbx)")
        PLACE("high_near", "call *16(%r12)")
        PLACE("far", "call *0x1234(%rbx)")
        PLACE("stack", "call *(%rsp)")
        PLACE("stack_far", "call *0x1234(%rsp)")
        PLACE("indexed", "call *(%rbx,%rcx,8)")
        PLACE("table", "call *0x1234(,%rcx,8)")
        PLACE("linked", "call *place_direct(%rip)")
        PLACE("jump", "jmp *%rax")
        PLACE("push", "pushq (%rax)")
        PLACE("nothing", "nop"));

extern char place_direct[], place_register[], place_high_register[], place_memory[], place_near[],
    place_high_near[], place_far[], place_stack[], place_stack_far[], place_indexed[],
    place_table[], place_linked[], place_jump[], place_push[], place_nothing[];

static void test_returns_to_others(void **state)
{
    const char *const calls[] = {
        place_direct, place_register, place_high_register, place_memory, place_near,
        place_high_near, place_far, place_stack, place_stack_far, place_indexed, place_table,
        place_linked
    };
    const char *const others[] = { place_jump, place_push, place_nothing };

    (void)state;
    learn(false);
    for (size_t i = 0; i < sizeof calls / sizeof *calls; i++) {
        assert_true(worker_may_return((uintptr_t)calls[i]));
        assert_false(worker_may_return((uintptr_t)calls[i] - 1));
        assert_false(worker_may_return((uintptr_t)calls[i] + 8));
    }
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        assert_false(worker_may_return((uintptr_t)others[i]));
    assert_true(worker_may_return(told_by("return_there")));
    assert_true(worker_may_return(told_by("return_library")));
    assert_false(worker_may_return((uintptr_t)&strtoul));
    assert_false(worker_may_return((uintptr_t)&calls));
    assert_false(worker_may_return(0));
}

static void test_returns_to_itself(void **state)
{
    (void)state;
    learn(false);
    assert_true(worker_may_return(told_by("return_here")));
    assert_false(worker_may_return(told_by("return_here") + 1));
    assert_false(worker_may_return(symbol("return_here")));
    assert_false(worker_may_return(symbol("behind_far")));      /* a call out of the object */
    assert_false(worker_may_return(symbol("behind_indirect"))); /* it has none of those */
}
#endif

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_calls),
        cmocka_unit_test(test_languages),
        cmocka_unit_test(test_whose_code),
        cmocka_unit_test(test_before_it_is_placed),
        cmocka_unit_test(test_who_asks),
        cmocka_unit_test(test_table_is_not_to_be_written),
        cmocka_unit_test(test_damaged_objects),
#ifdef __x86_64__
        cmocka_unit_test(test_returns_to_others),
        cmocka_unit_test(test_returns_to_itself),
#endif
    };

    return cmocka_run_group_tests(tests, make_object, drop_object);
}
