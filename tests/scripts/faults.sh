#!/bin/bash
# faults.sh: every fallible call of the grader fails once, as TAP: memory, disk, pipes, processes.
#
# Grades one small submission while tests/faults/fault_inject.c makes one call fail, for each place in the
# grader from which such a call is made. Whatever fails: no crash, no hang, no score that is not the right
# one, no file that cannot be read, nothing left behind; and the same command again, with nothing failing,
# gives the right score. With --all [STEP [FIRST]] at every place (make faults), or at every STEP-th from the
# FIRST-th; otherwise at a sample, with each function in it. Another exercise than conv/forward is graded with
# FAULTS_EXERCISE=cuda-conv/add.
set -u
cd "$(dirname "$0")/../.." || exit 1

grader=${CONVLAB:-build/convlab}-grade
inject=$PWD/build/fault_inject.so
scratch=$(mktemp -d) || exit 1
trap 'rm -rf "$scratch"' EXIT
export TMPDIR=$scratch/tmp OMP_NUM_THREADS=1 NO_COLOR=1

number=0
verdict() { # verdict NAME COMPLAINTS: passes if there are none
    number=$((number + 1))
    if [ -z "$2" ]; then
        echo "ok $number - $1"
    else
        echo "not ok $number - $1"
        printf '%s\n' "$2" | head -n 40 | sed 's/^/# /'
    fi
}

exercise=${FAULTS_EXERCISE:-conv/forward}
folder=$(basename lessons/[0-9][0-9]-"${exercise%/*}")
mkdir -p "$scratch/right/$folder" "$scratch/wrong/$folder" "$TMPDIR"
cp "lessons/$folder/solutions/"* "$scratch/right/$folder/"
cp "lessons/$folder/exercises/"* "$scratch/wrong/$folder/"

grade() { # grade NAME OUT
    timeout -s KILL 60 "$grader" "$scratch/$1" --course . --lesson "${exercise%/*}" --exercise "${exercise#*/}" \
        --out "$2" --jobs 1 --secret 000102030405060708090a0b0c0d0e0f
}

row() { # row OUT: "points state" of the only submission
    "$grader" --gradebook "$1" >/dev/null 2>&1
    awk -F, 'NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i } NR == 2 { print $at["points"], $at["state"] }' \
        "$1/gradebook.csv" 2>/dev/null
}

for who in right wrong; do
    FAULT_LIST=$scratch/places LD_PRELOAD=$inject grade $who "$scratch/out-$who" >/dev/null 2>&1
    declare "$who=$(row "$scratch/out-$who")"
done
verdict "without a fault the right one gets more points than the wrong one" \
    "$(awk "BEGIN { exit !(${right% *}0 > ${wrong% *}0) }" && [ "${right#* }" = graded ] ||
       echo "right: $right, wrong: $wrong")"
sort -u -o "$scratch/places" "$scratch/places"

# What is wrong after a run in which the call at PLACE failed.
complaints() { # complaints PLACE WHO
    local out=$scratch/out rest code found expected=${!2}
    rm -rf "$out" "$scratch/done"
    FAULT_AT=$1 FAULT_DONE=$scratch/done LD_PRELOAD=$inject grade "$2" "$out" >"$scratch/said" 2>&1
    code=$?
    [ $code -lt 128 ] || { echo "ended with $code"; tail -n 3 "$scratch/said"; }
    if [ -d "$out" ]; then
        find "$out" -name '*.json' -size 0 -print
        find "$out" -type f \( -name '*.tmp*' -o -name '.*.new' \) -print
        found=$(row "$out")
        case $found in
        "$expected" | '' | *' incomplete' | *' broken') ;;
        *) [ $code -ne 0 ] && [ "${found% *}" = 0 ] || echo "scored '$found', not '$expected' (exit code $code)" ;;
        esac
    fi
    grade "$2" "$out" >"$scratch/said" 2>&1
    found=$(row "$out")
    [ "$found" = "$expected" ] || { echo "then, with nothing failing: '$found', not '$expected'"; cat "$scratch/said"; }
    rest=$(find "$TMPDIR" -mindepth 1 2>/dev/null)
    [ -z "$rest" ] || { echo "left: $rest"; rm -rf "${TMPDIR:?}"/*; }
}

# A sample: of each function one place, and one more for every fifty of its places.
sample() {
    awk '{ n[$2]++; line[$2, n[$2]] = $0 }
         END { for (f in n) for (i = 0; i <= n[f]; i += 50) print line[f, 1 + int(i * 0.99)] }' "$scratch/places" | sort
}

turn=0
while read -r place call; do
    turn=$((turn + 1))
    who=$([ $((turn % 4)) -eq 0 ] && echo wrong || echo right)        # who has points can lose them
    verdict "$call fails at $place ($who)" "$(complaints "$place" $who)"
done < <(if [ "${1:-}" = --all ]; then sed -n "${3:-1}~${2:-1}p" "$scratch/places"; else sample; fi)

echo "1..$number"
