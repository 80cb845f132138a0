#!/bin/bash
# run.sh: runs what `make test` has built and adds up what passed, failed and was skipped.
#
# Unit tests (cmocka, TAP output), the scripts in tests/scripts (TAP too), `convlab check`: one job each,
# as many at a time as there are cores. LONG=1 adds those that take long: the unit tests again under
# sanitizers, the grader's own and its attacks, the mutants, a short deterministic run of each fuzzer. A
# program that dies counts as one failure. Says only what failed or was skipped; V=1 shows all.
# `run.sh JOB` runs a single job, `run.sh --list` lists them.
set -u
cd "$(dirname "$0")/.." || exit 1

# Beside those under sanitizers.
LONG_JOBS='attacks:|fuzz:|mutants|script:(honest|faults|replay|device|large_tiles|cusim_(programs|semantics|cc))|test_grade_(exercise|hardware|jail|parts|remote):'

export CMOCKA_MESSAGE_OUTPUT=TAP
export OMP_NUM_THREADS=${OMP_NUM_THREADS:-2} OMP_WAIT_POLICY=passive
export ASAN_OPTIONS=${ASAN_OPTIONS:-detect_leaks=1} UBSAN_OPTIONS=print_stacktrace=1

# Names of all jobs, those that take longest first.
all_jobs() {
    printf '%s\n' attacks:namespaces test_golden:release script:honest script:faults attacks:landlock script:cusim_programs \
        test_grade_exercise:asan test_grade_exercise:release test_grade_parts:asan test_grade_parts:release script:grade script:replay script:lessons check:checked \
        check:cusim script:interchange script:device test_cli:asan test_check_concepts:asan \
        test_grade_remote:asan test_grade_remote:release test_grade_jail:asan test_grade_jail:release \
        test_plot:asan script:cusim_semantics test_conformance:asan check conformance
    for lesson in lessons/[0-9][0-9]-*; do
        echo "lesson:${lesson#lessons/??-}"
    done
    # cusim and the CUDA rows are not built under asan; whole networks and others' libraries take long there.
    for source in tests/test_*.c; do
        printf '%s\n' "$(basename "$source" .c):asan" "$(basename "$source" .c):release"
    done | grep -vxE 'test_(golden|grade_(exercise|parts|remote|jail)):.*|test_(cli|check_concepts|conformance|plot|bench_peer|cusim_.*):asan'
    printf '%s\n' mutants check:avx2 check:base check:asan
    for script in tests/scripts/*.sh; do
        echo "script:$(basename "$script" .sh)"
    done | grep -vxE 'script:(interchange|device|cusim_programs|cusim_semantics|lessons|attacks|honest|faults|grade|replay)'
    for source in tests/fuzz/fuzz_*.c; do
        echo "fuzz:$(basename "$source" .c)"
    done | grep -vx fuzz:fuzz_main
}

# Those of this run.
list_jobs() {
    if [ "${LONG:-0}" = 1 ]; then
        all_jobs
    else
        all_jobs | grep -vE ":asan$|^($LONG_JOBS)"
    fi
}

report() { # report JOB PASSED FAILED SKIPPED: the job's line, and what it said if that matters
    printf '%-32s %5d passed %3d failed %3d skipped %5d s\n' "$1" "$2" "$3" "$4" "$SECONDS"
    if [ "$3" -gt 0 ] || [ "${V:-0}" = 1 ]; then
        sed 's/^/    /' "$output"
    elif [ "$4" -gt 0 ]; then
        grep -hE '# SKIP|^skipped' "$output" | sed -E 's/^.*# SKIP */    skipped: /; t; s/^/    /'
    fi
}

run_tap() { # run_tap JOB COMMAND...
    local job=$1 code ok bad skip
    shift
    "$@" >"$output" 2>&1 </dev/null
    code=$?
    skip=$(grep -cE '^(not )?ok [0-9]+.*# SKIP' "$output")
    ok=$(grep -E '^ok [0-9]+' "$output" | grep -vc '# SKIP')
    bad=$(grep -E '^not ok [0-9]+' "$output" | grep -vc '# SKIP')
    if [ $((ok + bad + skip)) -eq 0 ] || { [ $code -ne 0 ] && [ "$bad" -eq 0 ]; }; then
        echo "$job: exit code $code" >>"$output"
        bad=$((bad + 1))
    fi
    report "$job" "$ok" "$bad" "$skip"
}

run_counted() { # run_counted JOB COMMAND...: the last line of output is "N passed, N failed, N skipped"
    local job=$1 code counts
    shift
    "$@" >"$output" 2>&1 </dev/null
    code=$?
    counts=$(tail -n 1 "$output" |
             sed -nE 's/^([0-9]+) passed, ([0-9]+) failed, ([0-9]+) skipped$/\1 \2 \3/p')
    if [ -z "$counts" ] || { [ $code -ne 0 ] && [ "$(echo "$counts" | cut -d' ' -f2)" -eq 0 ]; }; then
        echo "$job: exit code $code" >>"$output"
        counts="0 1 0"
    fi
    # shellcheck disable=SC2086  # three numbers
    report "$job" $counts
}

run_quiet() { # run_quiet JOB COMMAND...: one test, passed if the exit code is 0
    local job=$1
    shift
    if "$@" >"$output" 2>&1 </dev/null; then
        report "$job" 1 0 0
    else
        echo "$job: exit code $?" >>"$output"
        report "$job" 0 1 0
    fi
}

skip_job() { # skip_job JOB REASON
    echo "# SKIP $2" >"$output"
    report "$1" 0 0 1
}

run_job() {
    local name=${1#*:}
    output=$(mktemp) || exit 1
    trap 'rm -f "$output"' EXIT
    case $1 in
    test_*:release) CONVLAB=build/convlab run_tap "$1" "build/release/tests/${1%:*}" ;;
    test_*:asan) CONVLAB=build/asan/convlab run_tap "$1" "build/asan/tests/${1%:*}" ;;
    script:lessons) run_tap "$1" tests/scripts/lessons.sh --engine ;;
    script:*) run_tap "$1" "tests/scripts/$name.sh" ;;
    attacks:*) run_tap "$1" tests/scripts/attacks.sh --tier "$name" ;;
    lesson:*) run_tap "$1" tests/scripts/lessons.sh "$name" ;;
    fuzz:*) run_quiet "$1" "build/asan/fuzz/$name" 1 3000 ;;
    mutants) run_counted "$1" build/release/tests/mutants_main ;;
    check) run_counted "$1" build/convlab check --space host --cases 200 --seed 1 ;;
    check:cusim) run_counted "$1" build/convlab check --space cusim --cases 30 --seed 4 ;;
    check:checked) run_counted "$1" build/convlab check --space cusim --checked --cases 12 --seed 5 ;;
    check:asan) run_counted "$1" build/asan/convlab check --cases 10 --seed 2 ;;
    check:*)                                    # an instruction set that this processor may lack
        if build/convlab info --isa "$name" >/dev/null 2>&1; then
            run_counted "$1" build/convlab check --space host --isa "$name" --cases 40 --seed 3
        else
            skip_job "$1" "this processor lacks $name"
        fi ;;
    conformance)
        if [ -n "${CONVLAB_CONFORMANCE:-}" ]; then
            run_counted "$1" build/convlab conformance "$CONVLAB_CONFORMANCE"
        else
            skip_job "$1" "CONVLAB_CONFORMANCE names no folder of cases"
        fi ;;
    *)
        echo "run.sh: no job '$1'; run.sh --list lists them" >&2
        exit 2 ;;
    esac
}

# Workers of the grader run as users of their own, who must be able to enter the checkout: where they
# cannot (below /root, say), root runs it all through another name for it.
if [ "$(id -u)" -eq 0 ] && ! setpriv --reuid=65534 --regid=65534 --clear-groups test -x "$PWD/tests" 2>/dev/null &&
    unshare -m mount --bind "$PWD" /mnt 2>/dev/null; then
    exec unshare -m sh -c 'mount --bind "$PWD" /mnt && cd /mnt && exec tests/run.sh "$@"' run.sh "$@"
fi

case ${1:-} in
--list) list_jobs ;;
'')
    results=$(mktemp) || exit 1
    trap 'rm -f "$results"' EXIT
    list_jobs | xargs -P "$(nproc)" -I{} tests/run.sh {} | tee "$results"
    jobs=$(list_jobs | wc -l)
    awk -v jobs="$jobs" -v left_out=$(($(all_jobs | wc -l) - jobs)) '        # a job that said nothing has failed too
        / passed +[0-9]+ failed +[0-9]+ skipped / { passed += $2; failed += $4; skipped += $6; jobs-- }
        END {
            failed += jobs
            if (left_out) printf "\n%d jobs that take long were left out: make test LONG=1\n", left_out
            printf "\n%d passed, %d failed, %d skipped\n", passed, failed, skipped
            exit failed > 0 || passed == 0
        }' "$results" ;;
*) run_job "$1" ;;
esac
