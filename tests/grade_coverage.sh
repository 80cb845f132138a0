#!/bin/bash
# grade_coverage.sh COVERED: how much of grade/ is reached by its tests and scripts, instrumented in COVERED by
# `make covered`: branches and lines per file, and those in all. Assertions do not count, nor grade/worker,
# which is in no process of the grader's but when it serves the suite's own rows.
#
# Grades once more for each call of libc or of the system that the grader makes, while that one fails, as
# tests/scripts/faults.sh does; whether what comes of it is right is said there. It takes some minutes.
set -u
cd "$(dirname "$0")/.." || exit 1
umask 0                                         # tests that become another user write their counts too

covered=$1
export CONVLAB=$PWD/$covered/convlab OMP_NUM_THREADS=2 OMP_WAIT_POLICY=passive NO_COLOR=1 inject=$PWD/build/fault_inject.so
scratch=$(mktemp -d) || exit 1
trap 'rm -rf "$scratch"' EXIT
chmod 711 "$scratch"
export scratch

find "$covered" -name '*.gcda' -delete
say() { # say NAME COMMAND...: its output is shown only if it fails
    local name=$1
    shift
    timeout 900 "$@" >"$scratch/$$.said" 2>&1 || grep -q '^ok ' "$scratch/$$.said" && ! grep -q '^not ok' "$scratch/$$.said" ||
        { echo "grade_coverage: $name:" >&2; grep -A 8 -E '^not ok|ERROR|FAILED' "$scratch/$$.said" | head -n 40 >&2; }
}
for test in "$covered"/tests/test_grade_*[!.]??; do
    [ -x "$test" ] && CMOCKA_MESSAGE_OUTPUT=TAP say "${test##*/}" "$test"
done
say grade.sh tests/scripts/grade.sh
say honest.sh tests/scripts/honest.sh
say attacks.sh tests/scripts/attacks.sh exit-zero exit-signal archive-noise archive-zip-bomb cuda-trap cuda-printf-flood \
    flood-output loop-asleep exhaust-memory cached-contents asan-detected

# ---- One failing call at a time ----

export grade="timeout -s KILL 60 $covered/convlab-grade --course . --jobs 1 --secret 000102030405060708090a0b0c0d0e0f"
fail() { # fail EXERCISE PLACE CALL: the call at PLACE fails; its temporary files are in a folder of their own
    mkdir -m 711 -p "$scratch/$2/tmp"
    TMPDIR=$scratch/$2/tmp FAULT_AT=$2 FAULT_DONE=$scratch/$2/done LD_PRELOAD=$inject $grade "$scratch/in" \
        --lesson "${1%/*}" --exercise "${1#*/}" --out "$scratch/$2/out" >/dev/null 2>&1
    rm -rf "${scratch:?}/$2"
}
export -f fail

mkdir -m 755 "$scratch/in"
cp -r lessons/[0-9]*/ "$scratch/in/"
for folder in "$scratch"/in/*/; do cp "$folder"/solutions/* "$folder" && rm -rf "$folder"/{solutions,exercises}; done
: >"$scratch/tried"
for exercise in conv/forward conv/predict openmp/forward cuda-conv/naive; do
    FAULT_LIST=$scratch/places LD_PRELOAD=$inject $grade "$scratch/in" --lesson "${exercise%/*}" --exercise "${exercise#*/}" \
        --out "$scratch/out-${exercise/\//-}" >/dev/null 2>&1
    sort -u "$scratch/places" | comm -13 "$scratch/tried" - >"$scratch/new"
    echo "$exercise: $(wc -l <"$scratch/new") calls that may fail"
    xargs -a "$scratch/new" -P "$(nproc)" -L 1 bash -c 'fail "$@"' fail "$exercise"
    sort -u -o "$scratch/tried" "$scratch/tried" "$scratch/new"
done

# ---- The table ----

report() { # report FILE WHAT...
    gcovr --root . --object-directory "$covered" --filter 'grade/' --exclude 'grade/worker/' --exclude-unreachable-branches \
        --exclude-throw-branches --exclude-lines-by-pattern '\s*assert\(.*' --gcov-ignore-parse-errors "${@:2}" \
        --txt "$1" "$covered"
}
report "$covered/lines.txt"
report "$covered/branches.txt" --branches
awk '/^(grade\/|TOTAL)/ { if (FNR == NR) { lines[$1] = $4; next } printf "%-32s %6d %6d %5s branches %5s lines\n", $1, $2, $3, $4, lines[$1] }' \
    "$covered/lines.txt" "$covered/branches.txt" | tee "$covered/coverage.txt"
