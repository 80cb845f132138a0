#!/bin/sh
# coverage.sh BUILD: runs the unit tests of an instrumented build and prints line coverage per file.
set -eu
build=$1
find "$build" -name '*.gcda' -delete
for test in "$build"/tests/test_*; do
    case $test in *.o | *.d | *.gcno | *.gcda) continue ;; esac
    CONVLAB=$build/convlab "$test" >/dev/null 2>&1 || echo "coverage: $test failed" >&2
done
gcovr --root . --object-directory "$build" --filter 'kernels/' --filter 'reference/' \
    --filter 'data/' --filter 'nets/' --filter 'check/' --filter 'cli/' \
    --gcov-ignore-parse-errors --txt "$build/coverage.txt"
cat "$build/coverage.txt"
