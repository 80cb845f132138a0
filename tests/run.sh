#!/bin/bash
# run.sh: runs everything that `make test` has built and adds up what passed, failed and was skipped.
#
# Unit tests (cmocka, TAP output) in the release build and again under sanitizers, the scripts in
# tests/scripts (TAP too), `convlab check`, the mutants, and a short deterministic run of each fuzzer.
# A program that dies counts as one failure. Says only what failed or was skipped; V=1 shows all.
set -u
cd "$(dirname "$0")/.." || exit 1

export CMOCKA_MESSAGE_OUTPUT=TAP
export OMP_NUM_THREADS=${OMP_NUM_THREADS:-2} OMP_WAIT_POLICY=passive
export ASAN_OPTIONS=${ASAN_OPTIONS:-detect_leaks=1} UBSAN_OPTIONS=print_stacktrace=1
passed=0 failed=0 skipped=0
output=$(mktemp) || exit 1
trap 'rm -f "$output"' EXIT

report() { # report NAME PASSED FAILED SKIPPED SECONDS
    passed=$((passed + $2)) failed=$((failed + $3)) skipped=$((skipped + $4))
    printf '%-44s %5d passed %3d failed %3d skipped %5d s\n' "$1" "$2" "$3" "$4" "$5"
    if [ "$3" -gt 0 ] || [ "${V:-0}" = 1 ]; then
        sed 's/^/    /' "$output"
    fi
}

run_tap() { # run_tap NAME COMMAND...
    local name=$1 start=$SECONDS code ok bad skip
    shift
    "$@" >"$output" 2>&1 </dev/null
    code=$?
    skip=$(grep -cE '^(not )?ok [0-9]+.*# SKIP' "$output")
    ok=$(grep -E '^ok [0-9]+' "$output" | grep -vc '# SKIP')
    bad=$(grep -E '^not ok [0-9]+' "$output" | grep -vc '# SKIP')
    if [ $((ok + bad + skip)) -eq 0 ] || { [ $code -ne 0 ] && [ "$bad" -eq 0 ]; }; then
        echo "$name: exit code $code" >>"$output"
        bad=$((bad + 1))
    fi
    report "$name" "$ok" "$bad" "$skip" $((SECONDS - start))
    [ "${V:-0}" = 1 ] || grep -E '# SKIP' "$output" | sed 's/^.*# SKIP */    skipped: /'
}

run_counted() { # run_counted NAME COMMAND...: the last line of output is "N passed, N failed, N skipped"
    local name=$1 start=$SECONDS code counts
    shift
    "$@" >"$output" 2>&1 </dev/null
    code=$?
    counts=$(tail -n 1 "$output" |
             sed -nE 's/^([0-9]+) passed, ([0-9]+) failed, ([0-9]+) skipped$/\1 \2 \3/p')
    if [ -z "$counts" ]; then
        echo "$name: exit code $code, no closing line with counts" >>"$output"
        counts="0 1 0"
    elif [ $code -ne 0 ] && [ "$(echo "$counts" | cut -d' ' -f2)" -eq 0 ]; then
        echo "$name: exit code $code" >>"$output"
        counts="0 1 0"
    fi
    # shellcheck disable=SC2086  # three numbers
    report "$name" $counts $((SECONDS - start))
}

run_quiet() { # run_quiet NAME COMMAND...: one test, passed if the exit code is 0
    local name=$1 start=$SECONDS
    shift
    if "$@" >"$output" 2>&1 </dev/null; then
        report "$name" 1 0 0 $((SECONDS - start))
    else
        echo "$name: exit code $?" >>"$output"
        report "$name" 0 1 0 $((SECONDS - start))
    fi
}

for source in tests/test_*.c; do
    test=$(basename "$source" .c)
    CONVLAB=build/convlab run_tap "$test" "build/release/tests/$test"
    CONVLAB=build/asan/convlab run_tap "$test (sanitizers)" "build/asan/tests/$test"
done
for script in tests/scripts/*.sh; do
    run_tap "$(basename "$script" .sh)" "$script"
done
run_counted "convlab check" build/convlab check --cases 200 --seed 1
for isa in base avx2; do
    if build/convlab info --isa $isa >/dev/null 2>&1; then
        run_counted "convlab check --isa $isa" build/convlab check --isa $isa --cases 40 --seed 3
    fi
done
run_counted "convlab check (sanitizers)" build/asan/convlab check --cases 10 --seed 2
if [ -n "${CONVLAB_CONFORMANCE:-}" ]; then
    run_counted "conformance" build/convlab conformance "$CONVLAB_CONFORMANCE"
fi
run_counted "mutants" build/release/tests/mutants_main
for source in tests/fuzz/fuzz_*.c; do
    fuzzer=$(basename "$source" .c)
    [ "$fuzzer" = fuzz_main ] && continue
    run_quiet "$fuzzer (sanitizers)" "build/asan/fuzz/$fuzzer" 1 3000
done

echo
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ]
