/* coverage_exit.c: linked with -Wl,--wrap=_exit into programs that are instrumented for gcov: a
 * process that leaves by _exit() writes down what it counted, too. Calls that tests/faults would
 * make fail do not fail meanwhile. */
#include <unistd.h>

void __gcov_dump(void);
void failing_end(void) __attribute__((weak));
void __real__exit(int code) __attribute__((noreturn));
void __wrap__exit(int code) __attribute__((noreturn));

void __wrap__exit(int code)
{
    if (failing_end)
        failing_end();
    __gcov_dump();
    __real__exit(code);
}
