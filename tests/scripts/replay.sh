#!/bin/bash
# replay.sh: hands in the starters of all lessons and repeats, as a student would, each failure that the
# grader tells: the command must show the same shape, and the same wrong number or a fault. As TAP.
set -u
cd "$(dirname "$0")/../.." || exit 1
export OMP_NUM_THREADS=${OMP_NUM_THREADS:-2} OMP_WAIT_POLICY=passive CONVLAB_LANG=en NO_COLOR=1

scratch=$(mktemp -d) || exit 1
trap 'rm -rf "$scratch"' EXIT
export CONVLAB_STUDENT=$scratch/student TMPDIR=$scratch/tmp
mkdir "$TMPDIR" "$CONVLAB_STUDENT"
chmod 711 "$scratch" "$TMPDIR"                  # in tier landlock the sandbox has a user id of its own

number=0
verdict() { # verdict NAME COMPLAINT: passes if there is none
    number=$((number + 1))
    if [ -z "$2" ]; then
        echo "ok $number - $1"
    else
        echo "not ok $number - $1"
        printf '%s\n' "$2" | head -n 40 | sed 's/^/# /'
    fi
}

# The shape and the numbers of a failure as told: "h = 3", "y[0][0][1][1]: yours is 0.25, expected ...".
numbers() { sed -nE 's/^ *//; /^[a-z_]+ = -?[0-9]+ |: yours is .*, expected is /p' | sed 's/, the diff.*//' | sort -u; }

for lesson in lessons/[0-9]*; do
    cp -r "$lesson/exercises" "$CONVLAB_STUDENT/${lesson##*/}"
    said=$(timeout 300 build/convlab grade "$CONVLAB_STUDENT" --course . --lesson "${lesson#*/??-}" \
           --out "$scratch/out" --secret 000102030405060708090a0b0c0d0e0f 2>&1)
    feedback=$scratch/out/student/feedback.txt
    complaint=
    [ -s "$feedback" ] || complaint+="no feedback: $said"$'\n'
    csplit -sz -f "$scratch/part-" "$feedback" '/^Exercise /' '{*}' 2>/dev/null
    for part in "$scratch"/part-*; do
        [ -s "$part" ] || continue
        command=$(grep -A1 'build/convlab lesson' "$part" | sed 's/^ *//; s/\\$//' | tr -d '\n')
        [ -n "$command" ] || continue
        again=$(timeout 120 $command 2>&1)
        [ $? -eq 1 ] || complaint+="$command: passes, or cannot be run: $again"$'\n'
        told=$(numbers <"$part") mine=$(numbers <<<"$again")
        # Faults are told with their shape alone, and by a lesson with a line of the source.
        [ -z "$told" ] || [ "$told" = "$mine" ] || complaint+="$command"$'\n'"--- $told"$'\n'"+++ $mine"$'\n'
    done
    rm -rf "$scratch"/part-* "$scratch/out" "${CONVLAB_STUDENT:?}"/*
    verdict "replay: ${lesson#*/??-}" "$complaint"
done
echo "1..$number"
